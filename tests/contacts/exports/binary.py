"""A minimal binary workbook of Excel (xlsb), written record by record after [MS-XLSB]: no free library does.

A part is a sequence of records: type and size as base-128 integers, then the content. Only what a sheet of texts needs is there.
"""

import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/worksheets/sheet1.bin" ContentType="application/vnd.ms-excel.worksheet"/></Types>"""
RELATION = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>"""
BEGIN_BOOK, END_BOOK, BEGIN_SHEETS, END_SHEETS, SHEET = 131, 132, 143, 144, 156
BEGIN_SHEET, END_SHEET, DIMENSION, BEGIN_DATA, END_DATA, ROW, TEXT, ERROR = 129, 130, 148, 145, 146, 0, 6, 3
ERROR_CODES = {"#N/A": 42, "#DIV/0!": 7}


def _varint(number: int) -> bytes:
    parts = bytearray()
    while True:
        parts.append((number & 0x7F) | (0x80 if number > 0x7F else 0))
        number >>= 7
        if not number:
            return bytes(parts)


def _record(kind: int, content: bytes = b"") -> bytes:
    # types of two bytes carry the mark of continuation in their low byte
    head = bytes([kind]) if kind < 128 else bytes([(kind & 0x7F) | 0x80, kind >> 7])
    return head + _varint(len(content)) + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def _cell(place: int, cell: str) -> bytes:
    if cell in ERROR_CODES:
        return _record(ERROR, struct.pack("<IIB", place, 0, ERROR_CODES[cell]))
    return _record(TEXT, struct.pack("<II", place, 0) + _wide(cell))


def write_xlsb(path: Path, sheet: str, rows: Iterable[Iterable[object]], last: tuple[int, int] | None = None) -> None:
    """Write a sheet; where `last` is given, its last cell is said to stand in that row and column, counted from 0."""
    cells = [[str(cell) for cell in row] for row in rows]
    book = b"".join((_record(BEGIN_BOOK), _record(BEGIN_SHEETS),
                     _record(SHEET, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(sheet)), _record(END_SHEETS),
                     _record(END_BOOK)))
    body = [_record(BEGIN_SHEET), _record(DIMENSION, struct.pack("<IIII", 0, len(cells) - 1, 0, len(cells[0]) - 1)),
            _record(BEGIN_DATA)]
    for number, row in enumerate(cells):
        if last and row is cells[-1]:
            number = last[0]
        body.append(_record(ROW, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0)))
        body += [_cell(last[1] if last and cell is cells[-1][-1] else place, cell) for place, cell in enumerate(row)]
    body += [_record(END_DATA), _record(END_SHEET)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATION.format(kind="officeDocument", target="xl/workbook.bin"))
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", RELATION.format(kind="worksheet", target="worksheets/sheet1.bin"))
        archive.writestr("xl/worksheets/sheet1.bin", b"".join(body))
