"""Delimited text of any encoding, delimiter, line end and kind of quotes: what it is, with what speaks for it, and its cells.

Only a byte order mark, or bytes that are UTF-8 throughout, tell an encoding for certain. Of the older encodings with one byte per
character each reads any file as something; which is meant, charset-normalizer estimates from the words, and the estimate is
marked as unsure, with words of the file under each encoding that reads them otherwise. The delimiter is that with which most rows
have one and the same number of cells.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forecast.contacts.spreadsheets.sheet import MOST_ROWS, Grid, library
from forecast.errors import Fault, InputError
from forecast.files import form_of

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
OLD = ("cp1251", "cp1252", "cp1250", "koi8_r", "cp866", "mac_roman")
"""Encodings of one byte in which such files are met: Windows (Cyrillic, western, central European), Unix, DOS, old Macintosh."""
NAMES = {"cp1251": "windows-1251", "cp1252": "windows-1252", "cp1250": "windows-1250"}
SAMPLE = 65_536
_WORD = re.compile(r"\w*[^\x00-\x7f]\w*")
_SEP = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Text:
    """How a delimited file is read.

    Parameters
    ----------
    encoding, delimiter : str
        Names of both; the delimiter is a key of ``DELIMITERS``.
    curly_quotes : bool
        Whether typographic quotation marks stand around cells.
    doubts : dict
        ``encoding`` or ``delimiter`` -> why it is not certain.
    """

    encoding: str
    delimiter: str
    curly_quotes: bool
    doubts: dict[str, str]


def is_text(raw: bytes) -> bool:
    """Whether bytes may be delimited text: UTF-16 with its mark, or none of the known binary forms."""
    return raw.startswith(tuple(mark for mark, _ in MARKS)) or form_of(raw) is None


def look_at(path: Path, raw: bytes) -> Text:
    """Find encoding, delimiter and quotes of a delimited file (raises InputError where it is certainly none)."""
    encoding, doubt = encoding_of(path, raw)
    text = decoded(path, raw, encoding)
    curly, delimiter, unsure = _layout(text)
    doubts = {name: why for name, why in (("encoding", doubt), ("delimiter", unsure)) if why}
    return Text(encoding=encoding, delimiter=delimiter, curly_quotes=curly, doubts=doubts)


def encoding_of(path: Path, raw: bytes) -> tuple[str, str]:
    """Name of the encoding, and why it is not certain; the reason is empty where it is."""
    for mark, name in MARKS:
        if raw.startswith(mark):
            return name.removesuffix("-sig"), ""
    try:
        raw.decode("utf-8")
        return "utf-8", ""
    except UnicodeDecodeError:
        return _old_encoding(path, raw)


def _old_encoding(path: Path, raw: bytes) -> tuple[str, str]:
    """The likeliest of the older encodings, with words of the file as it and its rivals read them."""
    normalizer = library("charset_normalizer", path, "texts that are not UTF-8")
    found = [one.encoding for one in normalizer.from_bytes(raw[:SAMPLE], cp_isolation=list(OLD))]
    readable = [name for name in dict.fromkeys([*found, *OLD]) if _reads(raw, name)]
    if not readable:
        raise InputError([Fault(source=str(path), where="whole file", expected="text in a known encoding",
                                found="bytes that fit none", remedy="Save the file as UTF-8, or as a workbook.")])
    best = next(name for name in OLD if name in readable and raw.decode(name) == raw.decode(readable[0]))
    words = {name: tuple(sorted(set(_WORD.findall(raw.decode(name))))[:3]) for name in readable}
    rivals = [name for name in readable if words[name] != words[best]][:2]
    shown = "; ".join(f"read as {NAMES.get(name, name)} it has {', '.join(words[name])}" for name in (best, *rivals))
    return NAMES.get(best, best), f"the file is not UTF-8, and nothing in it names its encoding: {shown}" if rivals else ""


def _reads(raw: bytes, encoding: str) -> bool:
    try:
        return not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", raw.decode(encoding))
    except UnicodeDecodeError:
        return False


def decoded(path: Path, raw: bytes, encoding: str) -> str:
    """Text of the file (raises InputError where the encoding is unknown or does not fit)."""
    name = "utf-8-sig" if encoding.lower().replace("_", "-") == "utf-8" else encoding
    try:
        return raw.decode(name)
    except LookupError:
        found, where = f"'{encoding}', which is unknown", "read.encoding"
    except UnicodeDecodeError as error:
        where = f"line {1 + len(re.findall(rb'\r\n|\r|\n', raw[:error.start]))}"
        found = f"the byte 0x{raw[error.start]:02x}"
    except (UnicodeError, ValueError) as error:
        found, where = str(error)[:100], "whole file"
    raise InputError([Fault(source=str(path), where=where, expected=f"text in the encoding {encoding}", found=found,
                            remedy="Correct read.encoding in the mapping file, or save the file as UTF-8.")])


def _layout(text: str) -> tuple[bool, str, str]:
    """Kind of quotes, delimiter, and why that is not certain: the reading under which most rows are of one width."""
    told = _SEP.match(text)
    named = next((name for name, mark in DELIMITERS.items() if told and told[1] == mark), None)
    ways = {(curly, name): _evenness(text, name, curly) for curly in (False, True) for name in DELIMITERS
            if named in (None, name)}
    (curly, best), (share, width) = max(ways.items(), key=lambda one: (one[1], not one[0][0]))
    if width < 2:
        return False, best, "no delimiter makes more than one column of it"
    rivals = [name for (quotes, name), found in ways.items() if quotes == curly and name != best and found[0] >= share
              and found[1] > 1]
    return curly, best, f"{' and '.join([best, *rivals])} make even rows alike" if rivals else ""


def _evenness(text: str, delimiter: str, curly: bool) -> tuple[float, int]:
    """Share of rows that have the commonest number of cells, zero where that is one; and that number."""
    widths = Counter(len(cells) for _, cells in _records(text[:SAMPLE], delimiter, curly))
    width, count = max(widths.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
    return (round(count / widths.total(), 3) if width > 1 else 0.0), width


def _records(text: str, delimiter: str, curly: bool) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, numbered as a spreadsheet does; ``sep=;`` above them is no row there."""
    body = _SEP.sub("", text, count=1) if _SEP.match(text) else text
    lines = io.StringIO(straight_quotes(body) if curly else body, newline=None)
    reader = csv.reader(lines, delimiter=DELIMITERS[delimiter], skipinitialspace=True)
    for number, cells in enumerate(reader, start=1):
        if any(cell.strip() for cell in cells):
            yield number, cells


def straight_quotes(text: str) -> str:
    """A text whose typographic double quotes are straight."""
    return re.sub("[“”„]", '"', text)


def read_text_grid(path: Path, raw: bytes, how: Text, header_row: int = 1) -> Grid:
    """Cells of a delimited file.

    Parameters
    ----------
    path, raw : Path and bytes
        The file and its content.
    how : Text
        How it is read.
    header_row : int
        Row whose number of cells the others must have; 0 where it is not known yet.

    Returns
    -------
    Grid
        Rows with as many cells as the headings; the others are among its faults, each by its row.
    """
    text = decoded(path, raw, how.encoding)
    rows: dict[int, list[str]] = {}
    try:
        for number, cells in _records(text, how.delimiter, how.curly_quotes):
            rows[number] = [cell.strip() for cell in cells]
            if len(rows) > MOST_ROWS:
                break
    except csv.Error as error:
        fault = Fault(source=str(path), where=f"after row {max(rows, default=0)}", expected="well-formed cells",
                      found=str(error), remedy="Close the quotation mark there; later rows were not read.")
        return Grid(path=path, rows=rows, faults=(fault,))
    if len(rows) > MOST_ROWS:
        raise InputError([Fault(source=str(path), where="whole file", expected=f"at most {MOST_ROWS:,} rows", found="more",
                                remedy="Name the right file.")])
    return _even(path, rows, header_row) if header_row else Grid(path=path, rows=rows)


def _even(path: Path, rows: dict[int, list[str]], header_row: int) -> Grid:
    """Take out rows below the headings with cells too many or too few; empty ones at the end do no harm."""
    heads = rows.get(header_row, [])
    while heads and not heads[-1]:
        heads = heads[:-1]
    width, whole, faults = len(heads), {}, []
    for number, cells in rows.items():
        if number < header_row or (width <= len(cells) and not any(cells[width:])):
            whole[number] = cells[:width] if number >= header_row else cells
        else:
            faults.append(Fault(
                source=str(path), where=f"row {number}, whole row", expected=f"{width} cells", found=str(len(cells)),
                remedy="Quote cells that hold the delimiter; fill in those left out."))
    return Grid(path=path, rows=whole, faults=tuple(faults))


