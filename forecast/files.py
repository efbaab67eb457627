"""Files of others as bytes or text, or one message: ordinary files only, within a limit, in the form that was asked for.

Every reader of the program opens what it is given through this module, so that a device, a pipe, a compressed file, a workbook or
a file of some gigabytes ends in a sentence that says what it is and what to do, and never in a traceback, a hang or full memory.
"""

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from forecast.errors import Fault, InputError

MEGABYTE = 1 << 20
LARGEST_TEXT = 64 * MEGABYTE
"""Bytes of a CSV, YAML or JSON file that is read whole."""
DEEPEST_JSON = 40
"""Mappings and lists inside one another."""

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
