"""New rows for a dyad folder: checked with the rows that are there, and written all or none."""

import csv
import io
import os
import shutil
import tempfile
from pathlib import Path

from forecast.contacts.folder import read_folder
from forecast.contacts.record import CONTACT, MEDIA
from forecast.contacts.table import header_of, read_table
from forecast.errors import Fault, InputError

FILES = {"contacts.csv": CONTACT, "media.csv": MEDIA}


def append(folder: Path, rows: Path) -> tuple[str, int]:
    """Append the rows of a CSV file to contacts.csv or media.csv, whichever has its columns.

    Existing bytes stay as they are; the order of rows means nothing, because loading sorts by date.

    Parameters
    ----------
    folder : Path
        A dyad folder without faults.
    rows : Path
        New rows under the header of contacts.csv or media.csv.

    Returns
    -------
    tuple of str and int
        The file that grew, and by how many rows.

    Raises
    ------
    InputError
        With every fault of the folder and of the new rows, these by their own row numbers; nothing was written.
    """
    before = read_folder(folder).faults
    if before:
        raise InputError(before)
    name = _file_of(rows)
    new = read_table(rows, tuple(FILES[name]))
    if new.faults:
        raise InputError(new.faults)
    grown = _grown((folder / name).read_bytes(), name, list(new.rows.values()))
    _check(folder, name, grown, rows)
    _replace(folder / name, grown)
    return name, len(new.rows)


def _file_of(rows: Path) -> str:
    """The file whose header shares most columns with that of the new rows."""
    header = header_of(rows)
    return max(FILES, key=lambda name: len(set(header) & set(FILES[name])))


def _grown(old: bytes, name: str, rows: list[dict[str, str]]) -> bytes:
    header = next(csv.reader(io.StringIO(old.decode("utf-8"), newline="")))
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\r\n" if b"\r\n" in old else "\n")
    writer.writerows(rows)
    gap = b"" if old.endswith(b"\n") else b"\n"
    return old + gap + text.getvalue().encode("utf-8")


def _check(folder: Path, name: str, grown: bytes, rows: Path) -> None:
    """Check the folder as it would be; faults of new rows are told by their place in the file of new rows."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / folder.resolve().name
        copy.mkdir()
        for path in folder.iterdir():
            if path.suffix in (".csv", ".yaml"):
                shutil.copyfile(path, copy / path.name)
        (copy / name).write_bytes(grown)
        faults = read_folder(copy).faults
        before = len(read_table(folder / name, tuple(FILES[name])).rows)
    if faults:
        raise InputError([_own(fault, copy / name, before, rows) for fault in faults])


def _own(fault: Fault, grown: Path, before: int, rows: Path) -> Fault:
    """The same fault with the row number of the new file."""
    head, _, rest = fault.where.partition(",")
    number = int(head.removeprefix("row ")) if head.startswith("row ") and head[4:].isdigit() else 0
    if fault.source != str(grown) or number <= before + 1:
        return fault
    return Fault(source=str(rows), where=f"row {number - before},{rest}", expected=fault.expected, found=fault.found,
                 remedy=fault.remedy)


def _replace(path: Path, content: bytes) -> None:
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    shutil.copymode(path, partial)
    os.replace(partial, path)
