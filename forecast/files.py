"""Files of others as bytes or text, or one message: ordinary files only, within a limit, in the form that was asked for.

Every reader of the program opens what it is given through this module, so that a device, a pipe, a compressed file, a workbook or
a file of some gigabytes ends in a sentence that says what it is and what to do, and never in a traceback, a hang or full memory.

CSV files for people
--------------------
Texts that a spreadsheet would take for formulas are marked as texts.

Titles, names and notes come from files of others. A cell that begins with ``=``, ``+``, ``-`` or ``@`` is run as a formula when
the file is opened in a spreadsheet, so such a text gets an apostrophe in front, which spreadsheets read as "this is text".
Numbers stay numbers, also where they stand in a column of texts.

Files that the program reads back as data (dyad folders, hub files) are not written through this module.
"""

import json
import lzma
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd


MEGABYTE = 1 << 20
LARGEST_TEXT = 64 * MEGABYTE
"""Bytes of a CSV, YAML or JSON file that is read whole."""
DEEPEST_JSON = 40
"""Mappings and lists inside one another."""

DAMAGED_ZIP = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, EOFError,
               ValueError, OSError)
"""What reading a zip archive raises, or a member of it, that is damaged, packed in a way that is not known, or has a password."""

_FORMS = (
    (b"\x1f\x8b", "a gzip file", "Unpack it first (gunzip)."),
    (b"BZh", "a bzip2 file", "Unpack it first (bunzip2)."),
    (b"\xfd7zXZ\x00", "an xz file", "Unpack it first (unxz)."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "Unpack it first (unzstd)."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it first."),
    (b"PK\x03\x04", "a zip archive or an office workbook", "Unpack it, or save its sheet of data as CSV (UTF-8)."),
    (b"PK\x05\x06", "an empty zip archive", "Name the file itself."),
    (b"PAR1", "a Parquet file", "Save it as CSV (UTF-8)."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office workbook (xls)", "Save its sheet of data as CSV (UTF-8)."),
    (b"\x89HDF", "an HDF5 or NetCDF file", "Save it as text."),
    (b"SQLite format 3", "a database file", "Save its table as CSV (UTF-8)."),
    (b"%PDF", "a PDF file", "Name the data file."),
    (b"\x89PNG", "a picture", "Name the data file."),
    (b"\xff\xfe", "UTF-16 text", "Save it as UTF-8."),
    (b"\xfe\xff", "UTF-16 text", "Save it as UTF-8."),
)
"""First bytes, what they say, what to do."""


def read_bytes(path: Path, limit: int = LARGEST_TEXT) -> bytes:
    """Content of an ordinary file.

    Parameters
    ----------
    path : Path
        The file; links are followed.
    limit : int
        Bytes that it may have.

    Returns
    -------
    bytes
        All of it.

    Raises
    ------
    InputError
        Where it is missing, unreadable, a folder, a device or a pipe, or larger than the limit.
    """
    check_ordinary([path], limit)
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise InputError([unreadable(path, error)]) from None
    if len(content) > limit:  # it grew, or its size is not told (as in /proc)
        raise InputError([_too_large(path, limit, f"more than {limit:,} bytes")])
    return content


def read_text(path: Path, limit: int = LARGEST_TEXT) -> str:
    """UTF-8 text of an ordinary file, without its byte order mark (raises InputError)."""
    content = read_bytes(path, limit)
    if foreign := form_of(content):
        raise InputError([Fault(source=str(path), where="whole file", expected="a text file", found=foreign[0],
                                remedy=foreign[1])])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError([Fault(source=str(path), where=f"line {line}", expected="UTF-8 text",
                                found=f"the byte 0x{content[error.start]:02x}", remedy="Save the file as UTF-8.")]) from None


def read_json(path: Path, limit: int = LARGEST_TEXT) -> Any:
    """Value of a JSON file within limits of size and depth, without NaN or doubled keys (raises InputError)."""
    text = read_text(path, limit)
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        _check_depth(value)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        known = {UnicodeEncodeError: "half of a surrogate pair", RecursionError: "a very deep nesting"}
        found = known.get(type(error), str(error))
        raise InputError([Fault(source=str(path), where="whole file", expected="valid JSON", found=found[:200],
                                remedy="Take the original file.")]) from None
    return value


def is_file(path: Path) -> bool:
    """Whether a name means the file there, and not something shipped: an ordinary file, or a link that leads nowhere.

    The link is refused by who reads it; taken for nothing, it would be replaced by what is shipped under its name. Names that no
    file can have (too long, with a zero byte) are none.
    """
    return os.path.isfile(path) or (os.path.islink(path) and not os.path.exists(path))  # pathlib's own raise an OSError of some


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file that is there."""
    return os.path.isfile(one) and os.path.isfile(other) and os.path.samefile(one, other)


def form_of(content: bytes) -> tuple[str, str] | None:
    """What a file is by its first bytes, with a remedy, where it is certainly no UTF-8 text."""
    known = next(((what, remedy) for head, what, remedy in _FORMS if content.startswith(head)), None)
    if known or b"\x00" not in content[:4096]:
        return known
    return "binary data", "Name a text file."


def unreadable(path: Path, error: OSError) -> Fault:
    """An operating system's refusal as a fault."""
    found = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    return Fault(source=str(path), where="whole file", expected="a readable file", found=found, remedy="Check the path.")


def check_ordinary(paths: Iterable[Path], limit: int) -> None:
    """Refuse what is no ordinary file or has more bytes than the limit, before any of it is read (raises InputError)."""
    faults = [fault for path in paths if (fault := _ordinary(path, limit))]
    if faults:
        raise InputError(faults)


def _ordinary(path: Path, limit: int) -> Fault | None:
    try:
        about = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        return unreadable(path, error if isinstance(error, OSError) else OSError(str(error)))
    if not stat.S_ISREG(about.st_mode):
        found = "a folder" if stat.S_ISDIR(about.st_mode) else "a device, pipe or socket"
        return Fault(source=str(path), where="whole file", expected="an ordinary file", found=found, remedy="Name a file.")
    return _too_large(path, limit, f"{about.st_size:,}") if about.st_size > limit else None


def _too_large(path: Path, limit: int, found: str) -> Fault:
    return Fault(source=str(path), where="whole file", expected=f"at most {limit:,} bytes", found=found,
                 remedy="Name the right file, or a part of it.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key that stands twice in one mapping")
    return content


def _no_constant(word: str) -> float:
    raise ValueError(f"{word}, which is no number of JSON")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST_JSON):
        level = [child for one in level for child in (one.values() if isinstance(one, dict) else one)
                 if isinstance(child, dict | list)] if isinstance(level[0], dict | list) else []
        if not level:
            return
    raise ValueError(f"more than {DEEPEST_JSON} mappings and lists inside one another")


# CSV files for people.

_FORMULA = re.compile(r"\s*[=+\-@\uff0b\uff0d\uff1d\uff20]")  # the last four: full-width forms, which some spreadsheets read too
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def literal(cell: Any) -> Any:
    """A text as a spreadsheet shows it and does not run it; whatever is no such text, unchanged."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def unguarded(cell: str) -> str:
    """The text that :func:`literal` marked, as it was."""
    return cell[1:] if cell.startswith("'") and literal(cell[1:]) == cell else cell


def literal_frame(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The frame with its texts, headings included, as a spreadsheet does not run them."""
    from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

    safe = frame.copy(deep=False)
    for place, dtype in enumerate(frame.dtypes):
        if not (is_numeric_dtype(dtype) or is_bool_dtype(dtype) or is_datetime64_any_dtype(dtype)):
            cells = list(frame.iloc[:, place])
            marked = [literal(cell) for cell in cells]
            # other columns stay as they are: made anew, a column of numbers could get another type and other digits
            if any(new is not old for new, old in zip(marked, cells, strict=True)):
                safe.isetitem(place, _objects(marked, frame))
    safe.columns = frame.columns.map(_heading)
    return safe


def write_csv(frame: "pd.DataFrame", path: Path, **options: Any) -> None:
    """Write a table without its index as CSV in UTF-8 with Unix line ends; options are those of ``to_csv``."""
    literal_frame(frame).to_csv(path, index=False, lineterminator="\n", encoding="utf-8", errors="backslashreplace", **options)


def csv_text(frame: "pd.DataFrame", **options: Any) -> str:
    """The text that :func:`write_csv` would write."""
    text: str = literal_frame(frame).to_csv(index=False, lineterminator="\n", **options)
    return text


def _objects(cells: list[Any], frame: "pd.DataFrame") -> "pd.Series":
    import pandas as pd

    return pd.Series(cells, index=frame.index, dtype=object)


def _heading(name: Hashable) -> Hashable:
    return tuple(map(literal, name)) if isinstance(name, tuple) else literal(name)
