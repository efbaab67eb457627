"""What programs write: workbooks (Excel, OpenDocument) and files of Stata and SPSS, read by the libraries that are made for them.

Workbooks go through calamine, statistics files through pyreadstat. Nothing is taken for missing that is not: a
text such as ``NA`` or ``none`` stays what it is. Of a coded variable the label of the value is read, as the programs show it.

A workbook may claim a size that no memory holds (one stray cell in the last row and column is enough), and the library then ends
the process that called it. So another process calls it, with a limit of memory where the system has limits; whatever happens
there is told as one fault. Its program is the source of some functions here, which import nothing but the library and the
standard one and so start at once.

The library gives nothing for a cell that holds an error (``#N/A``), and a day for one that shows only a month: *May 2018* is kept
as 1 May 2018 with a format that hides the day. So errors are looked for in the file itself, in all four forms, and formats in the
form that nearly everybody uses (xlsx); of the others, and of statistics files, it is said that a first day may be a month.
"""

import inspect
import io
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from forecast.contacts.spreadsheets.sheet import Grid, cell_text, library
from forecast.errors import Fault, InputError
from forecast.files import check_ordinary
from forecast.workers import call_program

WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""First bytes of xlsx, xlsb and ods (zip archives) and of xls."""
LARGEST, LARGEST_UNPACKED = 64 << 20, 512 << 20
LARGEST_MEMORY = 3 << 30
"""Bytes of address space of the process that reads a workbook."""
MOST_CELLS = 5_000_000
"""Of one sheet, empty ones among them."""
SECONDS = 60
APART = "cells so far apart that no memory holds what lies between them, or a damaged file"
STATISTICS = {"stata": ("read_dta", "a Stata file", "observation"), "spss": ("read_sav", "an SPSS file", "case")}


@contextmanager
def _refusals(path: Path, what: str) -> Iterator[None]:
    """Whatever a library says of a file that it cannot read, as one fault."""
    try:
        yield
    except (InputError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a library in Rust is no Exception
        found = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError([Fault(source=str(path), where="whole file", expected=f"{what} that can be read", found=found,
                                remedy="Open it in the program it comes from and save it anew, without a password; or save "
                                       "the table as CSV (UTF-8).")]) from None


def is_workbook(raw: bytes) -> bool:
    """Whether bytes are those of a workbook, or of another zip archive."""
    return raw.startswith(WORKBOOK)


def statistics_form(raw: bytes) -> Literal["stata", "spss"] | None:
    """``stata`` or ``spss`` where the first bytes are theirs."""
    if raw.startswith((b"$FL2", b"$FL3")):
        return "spss"
    old_stata = raw[:1] in (b"\x6c", b"\x6e", b"\x6f", b"\x71", b"\x72", b"\x73") and raw[1:3] in (b"\x01\x01", b"\x02\x01")
    return "stata" if raw.startswith(b"<stata_dta>") or old_stata else None


def read_workbook(path: Path, raw: bytes) -> list[Grid]:
    """Every sheet of a workbook that has more than one row (raises InputError)."""
    library("python_calamine", path, "workbooks (xlsx, xlsb, xls, ods)")
    _check_size(path, raw)
    with _refusals(path, "a workbook"):
        sheets = sheets_of(path)
    formats = raw.startswith(WORKBOOK[0]) and _has_formats(raw)
    grids = [Grid(path=path, name=name, rows=_numbered(rows), hides_months=not formats) for name, rows in sheets]
    filled = [grid for grid in grids if len(grid.rows) > 1]
    if not filled:
        raise InputError([Fault(source=str(path), where="whole file", expected="a sheet with headings and rows",
                                found=f"{len(grids)} without", remedy="Name the right file.")])
    return filled


def _has_formats(raw: bytes) -> bool:
    """Whether a zip archive is a workbook whose formats of numbers are read."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return any(name.lower() == "xl/workbook.xml" for name in archive.namelist())


class UnreadableError(Exception):
    """What the library, or the system, said of a workbook."""


def sheets_of(path: Path) -> list[tuple[str, list[list[Any]]]]:
    """Name and cells of every sheet, empty areas at the beginning included.

    Raises
    ------
    UnreadableError
        Where the workbook cannot be read, or needs more memory or time than is allowed.
    """
    sources = (inspect.getsource(one) for one in ALONE)
    program = "\n".join(["import sys", "from typing import Any", *sources, "_print_sheets(*sys.argv[1:])"])
    given = (str(path), str(LARGEST_MEMORY), str(MOST_CELLS), APART)
    try:
        done = call_program([sys.executable, "-P", "-c", program, *given], seconds=SECONDS)
    except subprocess.TimeoutExpired:
        raise UnreadableError(f"no end within {SECONDS} seconds") from None
    if done.returncode == 0:
        return list(pickle.loads(done.stdout))
    lines = done.stderr.decode("utf-8", errors="replace").splitlines()
    told = next((line.removeprefix("unreadable: ") for line in lines if line.startswith("unreadable: ")), "")
    raise UnreadableError(told or APART)


# The program of the other process: each of these functions has nothing of this file but the others of ALONE.

def _print_sheets(path: str, memory: str, most_cells: str, apart: str) -> None:
    """Write the sheets to the standard output."""
    import pickle
    import sys

    from python_calamine import CalamineWorkbook

    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    try:
        book = CalamineWorkbook.from_path(path)
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
        if any(sheet.total_height * sheet.total_width > int(most_cells) for _, sheet in sheets):
            sys.exit(f"unreadable: {apart}")
        odd = _odd_cells(path)
        found = [(name, _with_odd(sheet.to_python(skip_empty_area=False), odd.get(name, {}))) for name, sheet in sheets]
    except Exception as error:
        sys.exit(f"unreadable: {' '.join(str(error).split())}")
    sys.stdout.buffer.write(pickle.dumps(found))


def _with_odd(rows: list[list[Any]], odd: dict[tuple[int, int], tuple[str, str]]) -> list[list[Any]]:
    """Cells of a sheet, errors by their names, and months as months where the library gives their first days."""
    for (row, column), (kind, text) in odd.items():
        if kind == "error":
            rows += [[] for _ in range(len(rows), row + 1)]
            rows[row] += [""] * (column + 1 - len(rows[row]))
            rows[row][column] = text
            continue
        day: Any = rows[row][column] if row < len(rows) and column < len(rows[row]) else ""
        if getattr(day, "day", 0) == 1 and (text == "%Y-%m" or day.month == 1):
            rows[row][column] = day.strftime(text)
    return rows


def _odd_cells(path: str) -> dict[str, dict[tuple[int, int], tuple[str, str]]]:
    """Sheet -> row and column, from 0 -> ``error`` and its name, or ``format`` and what it shows of a day."""
    import zipfile

    with open(path, "rb") as file:
        if file.read(2) != b"PK":
            file.seek(0)
            return _odd_of_xls(file.read())
    with zipfile.ZipFile(path) as archive:
        parts = {name.lower(): name for name in archive.namelist()}
        if "xl/workbook.xml" in parts:
            return _odd_of_xlsx(archive, parts)
        return _odd_of_xlsb(archive, parts) if "xl/workbook.bin" in parts else _odd_of_ods(archive)


def _relations(archive: Any, parts: dict[str, str], book: str) -> dict[str, str]:
    """Relation of a workbook -> name of the part of the archive."""
    from xml.etree.ElementTree import fromstring

    found = {}
    for one in fromstring(archive.read(parts[f"xl/_rels/{book}.rels"])):
        target = one.get("Target", "")
        place = target.lstrip("/") if target.startswith("/") else f"xl/{target.removeprefix('./')}"
        found[one.get("Id", "")] = parts.get(place.lower(), "")
    return found


def _odd_of_xlsx(archive: Any, parts: dict[str, str]) -> dict[str, dict[tuple[int, int], tuple[str, str]]]:
    """Cells of the type of errors, and cells with a format that shows no day."""
    import re
    from xml.etree.ElementTree import fromstring, iterparse

    related, shows = _relations(archive, parts, "workbook.xml"), _shown_by_style(archive, parts)
    found: dict[str, dict[tuple[int, int], tuple[str, str]]] = {}
    for sheet in fromstring(archive.read(parts["xl/workbook.xml"])).iter():
        part = next((related.get(value, "") for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        if not sheet.tag.endswith("}sheet") or not part:
            continue
        odd, row, column = found.setdefault(sheet.get("name", ""), {}), -1, -1
        with archive.open(part) as file:
            for event, one in iterparse(file, events=("start", "end")):
                tag = one.tag.rpartition("}")[2]
                if event == "start" and tag == "row":
                    row, column = int(one.get("r", row + 2)) - 1, -1
                elif event == "end" and tag == "c":
                    letters = "".join(re.findall("^[A-Z]*", one.get("r", "").upper()))
                    place = -1
                    for letter in letters:
                        place = (place + 1) * 26 + ord(letter) - ord("A")
                    column = place if letters else column + 1
                    text = next((part.text for part in one if part.tag.endswith("}v")), None) or "#ERROR!"
                    if one.get("t") == "e":
                        odd[row, column] = ("error", text)
                    elif one.get("s") in shows:
                        odd[row, column] = ("format", shows[one.get("s")])
                if event == "end" and tag == "row":
                    one.clear()
    return found


def _shown_by_style(archive: Any, parts: dict[str, str]) -> dict[str, str]:
    """Style of cells -> what it shows of a day, where that is a month or a year: ``%Y-%m`` or ``%Y``."""
    import re
    from xml.etree.ElementTree import fromstring

    if "xl/styles.xml" not in parts:
        return {}
    written, styles, found = {"17": "mmm-yy"}, [], {}
    for one in fromstring(archive.read(parts["xl/styles.xml"])).iter():
        tag = one.tag.rpartition("}")[2]
        if tag == "numFmt":
            written[one.get("numFmtId", "")] = one.get("formatCode", "")
        elif tag == "cellXfs":
            styles = [style.get("numFmtId", "") for style in one]
    for number, style in enumerate(styles):
        bare = re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", written.get(style, "").partition(";")[0]).lower()
        if re.fullmatch(r"[ymg\s./,'-]*[ym][ymg\s./,'-]*", bare):
            found[str(number)] = "%Y-%m" if "m" in bare else "%Y"
    return found


def _odd_of_xlsb(archive: Any, parts: dict[str, str]) -> dict[str, dict[tuple[int, int], tuple[str, str]]]:
    """Records of errors, and of formulas whose result is one."""
    import struct

    found: dict[str, dict[tuple[int, int], tuple[str, str]]] = {}
    related = _relations(archive, parts, "workbook.bin")
    for kind, content in _records_of_xlsb(archive.read(parts["xl/workbook.bin"])):
        if kind != 156:  # a sheet: state and number, then relation and name, each with its length
            continue
        long = max(0, struct.unpack_from("<i", content, 8)[0])
        part = related.get(content[12:12 + 2 * long].decode("utf-16-le"), "")
        odd, row = found.setdefault(content[16 + 2 * long:].decode("utf-16-le"), {}), 0
        for of_cell, cell in _records_of_xlsb(archive.read(part)) if part else ():
            if of_cell == 0:
                row = struct.unpack_from("<I", cell)[0]
            elif of_cell in (3, 11):
                odd[row, struct.unpack_from("<I", cell)[0]] = ("error", _error_name(cell[8]))
    return found


def _records_of_xlsb(raw: bytes) -> Any:
    """Number and content of each record of a part: number and size are written in base 128, in at most two and four bytes."""
    place = 0
    while place < len(raw):
        told = []
        for most in (2, 4):
            number = 0
            for step in range(most):
                byte = raw[place] if place < len(raw) else 0
                number, place = number | (byte & 0x7F) << 7 * step, place + 1
                if byte < 0x80:
                    break
            told.append(number)
        yield told[0], raw[place:place + told[1]]
        place += told[1]


def _odd_of_xls(raw: bytes) -> dict[str, dict[tuple[int, int], tuple[str, str]]]:
    """Records of errors, and of formulas whose result is one, below the beginning of each sheet."""
    import struct

    found: dict[str, dict[tuple[int, int], tuple[str, str]]] = {}
    places: dict[str, int] = {}
    stream, new, depth = _stream_of_xls(raw), False, 0
    for place, kind, content in _records_of_xls(stream, 0):
        if kind == 0x809 and not place:
            new = content[:2] == b"\0\6"
        elif kind == 0x85:
            wide = new and content[7] & 1
            places[content[8 if new else 7:].decode("utf-16-le" if wide else "latin-1")] = struct.unpack_from("<I", content)[0]
        elif kind == 0x0A:
            break
    for name, begin in places.items():
        odd = found.setdefault(name, {})
        for _, kind, content in _records_of_xls(stream, begin):
            depth += {0x809: 1, 0x0A: -1}.get(kind, 0)  # charts within a sheet begin and end as sheets do
            if not depth:
                break
            formula = kind == 6 and content[12:14] == b"\xff\xff" and content[6] == 2
            if depth == 1 and (formula or (kind == 0x205 and content[7] == 1)):
                odd[struct.unpack_from("<HH", content)] = ("error", _error_name(content[8 if formula else 6]))
    return found


def _records_of_xls(stream: bytes, place: int) -> Any:
    """Place, number and content of each record of a stream."""
    import struct

    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        yield place, kind, stream[place + 4:place + 4 + size]
        place += 4 + size


def _stream_of_xls(raw: bytes) -> bytes:
    """The stream of the workbook in a compound file ([MS-CFB]): sectors that a table chains, small streams within another one."""
    import struct

    size, small = 1 << struct.unpack_from("<H", raw, 30)[0], 1 << struct.unpack_from("<H", raw, 32)[0]
    first, cutoff, first_small = struct.unpack_from("<I", raw, 48)[0], *struct.unpack_from("<II", raw, 56)
    more, count = struct.unpack_from("<II", raw, 68)

    def chained(start: int, table: Any, whole: bytes, width: int, before: int) -> bytes:
        held: list[bytes] = []
        while start < len(table) and len(held) <= len(table):
            held.append(whole[(start + before) * width:(start + before + 1) * width])
            start = table[start]
        return b"".join(held)

    numbers = list(struct.unpack_from("<109I", raw, 76))
    for _ in range(min(count, len(raw) // size)):
        listed = struct.unpack_from(f"<{size // 4}I", raw, (more + 1) * size)
        numbers, more = numbers + list(listed[:-1]), listed[-1]
    table = [one for number in numbers if number < 0xFFFFFFFA
             for one in struct.unpack_from(f"<{size // 4}I", raw, (number + 1) * size)]
    folder, root = chained(first, table, raw, size, 1), (0, 0)
    for place in range(0, len(folder), 128):
        name = folder[place:place + 64].decode("utf-16-le", errors="replace").partition("\0")[0]
        start, length = struct.unpack_from("<II", folder, place + 116)
        root = (start, length) if folder[place + 66] == 5 else root
        if name.lower() in ("workbook", "book") and folder[place + 66] == 2:
            if length >= cutoff:
                return chained(start, table, raw, size, 1)[:length]
            own, within = chained(first_small, table, raw, size, 1), chained(root[0], table, raw, size, 1)
            return chained(start, struct.unpack(f"<{len(own) // 4}I", own), within, small, 0)[:length]
    return b""


def _odd_of_ods(archive: Any) -> dict[str, dict[tuple[int, int], tuple[str, str]]]:
    """Cells of the type of errors; rows and cells may stand for several."""
    from xml.etree.ElementTree import iterparse

    found: dict[str, dict[tuple[int, int], tuple[str, str]]] = {}
    name, row, column, rows = "", 0, 0, 1
    with archive.open("content.xml") as file:
        for event, one in iterparse(file, events=("start", "end")):
            tag, about = one.tag.rpartition("}")[2], {key.rpartition("}")[2]: value for key, value in one.attrib.items()}
            if event == "start" and tag == "table":
                name, row = about.get("name", ""), 0
            elif event == "start" and tag == "table-row":
                column, rows = 0, int(about.get("number-rows-repeated", 1))
            elif event == "end" and tag in ("table-cell", "covered-table-cell"):
                cells = int(about.get("number-columns-repeated", 1))
                if any(key.endswith("}value-type") and value == "error" for key, value in one.attrib.items()):
                    text = next(("".join(part.itertext()) for part in one if part.tag.endswith("}p")), "") or "#ERROR!"
                    found.setdefault(name, {}).update({(row + down, column + right): ("error", text)
                                                       for down in range(min(rows, 1000)) for right in range(min(cells, 1000))})
                column += cells
            elif event == "end" and tag == "table-row":
                row += rows
                one.clear()
    return found


def _error_name(code: int) -> str:
    return {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}.get(code, "#ERROR!")


ALONE = (_print_sheets, _with_odd, _odd_cells, _relations, _odd_of_xlsx, _shown_by_style, _odd_of_xlsb, _records_of_xlsb,
         _odd_of_xls, _records_of_xls, _stream_of_xls, _odd_of_ods, _error_name)
"""The program of the process that reads a workbook."""


def _check_size(path: Path, raw: bytes) -> None:
    """Refuse a workbook that would fill the memory when it is unpacked (raises InputError)."""
    if not raw.startswith(WORKBOOK[0]):
        return
    with _refusals(path, "a workbook"), zipfile.ZipFile(io.BytesIO(raw)) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > LARGEST_UNPACKED:
        raise InputError([Fault(source=str(path), where="whole file", expected=f"at most {LARGEST_UNPACKED:,} bytes unpacked",
                                found=f"{unpacked:,}", remedy="Name the right file, or save the sheet as CSV (UTF-8).")])


def _numbered(cells: Iterable[Iterable[Any]]) -> dict[int, list[str]]:
    """Rows that hold something, numbered from one."""
    rows = ((number, [cell_text(cell) for cell in row]) for number, row in enumerate(cells, start=1))
    return {number: row for number, row in rows if any(row)}


def read_statistics(path: Path, form: str, encoding: str | None = None) -> Grid:
    """Observations of a Stata or SPSS file, coded variables by their labels (raises InputError)."""
    check_ordinary([path], LARGEST)
    reader, what, unit = STATISTICS[form]
    pyreadstat = library("pyreadstat", path, "files of Stata and SPSS")
    options: dict[str, Any] = {"encoding": encoding} if encoding else {}
    with _refusals(path, what):
        frame, about = getattr(pyreadstat, reader)(str(path), apply_value_formats=True, formats_as_category=False, **options)
        headings = tuple(str(name) for name in frame.columns)
        labels = {name: label for name, label in about.column_names_to_labels.items() if label and label != name}
        rows = _numbered(frame.itertuples(index=False, name=None))
    return Grid(path=path, rows=rows, unit=unit, across="variable", headings=headings, labels=labels, hides_months=True)
