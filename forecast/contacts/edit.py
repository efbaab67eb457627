"""Changes of a dyad folder: new rows, written all or none; two versions compared; an older form brought up to date."""

import csv
import errno
import io
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml.comments import CommentedMap

from forecast.config import read_yaml
from forecast.contacts.cells import Check
from forecast.contacts.dyad import load_dyad
from forecast.contacts.load import names_in, read_folder
from forecast.contacts.record import CONTACT, MEDIA, OPTIONAL, cell_faults, media_checks, read_contacts, repeat_faults
from forecast.contacts.table import Row, Table, header_of, read_table
from forecast.errors import Fault, InputError
from forecast.files import read_bytes
from forecast.outputs import check_directory
from forecast.placement import alone, atomic_file, hidden, made, put, sweep_partials
from forecast.shipped import CASE

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
    names = load_dyad(folder).names
    new = _read(rows, name, names)
    if new.faults:
        raise InputError(new.faults)
    with _refusals(folder / name):
        place = (folder / name).resolve()  # through a link to the file itself
        old = read_bytes(place)
        _same_columns(old, new, folder / name)
        grown = _grown(old, name, [_as_written(row, new.names) for row in new.rows.values()])
        _check(folder, name, grown, rows)
        _replace(place, old, grown)
    return name, len(new.rows)


def _file_of(rows: Path) -> str:
    """The file whose header shares most columns with that of the new rows."""
    header = header_of(rows)
    return max(FILES, key=lambda name: len(set(header) & set(FILES[name])))


def _read(path: Path, name: str, names: Mapping[str, str]) -> Table:
    return read_contacts(path, names) if name == "contacts.csv" else read_table(path, tuple(FILES[name]))


def _header(text: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline="")), [])
    except csv.Error:  # told by the reader of tables, with its place
        return []


@contextmanager
def _refusals(path: Path, done: str = "Nothing was added.") -> Iterator[None]:
    """A refusal of the operating system as one message."""
    try:
        yield
    except OSError as error:
        raise InputError([Fault(source=str(path), where="whole file", expected="a file that can be written",
                                found=os.strerror(error.errno) if error.errno else str(error),
                                remedy=f"{done} Make room, or permit writing.")]) from None


def _same_columns(old: bytes, new: Table, grown: Path) -> None:
    """Refuse an optional column of the new rows that the file does not have (raises InputError)."""
    header = _header(old.decode("utf-8"))
    more = [column for column in next(iter(new.rows.values()), {}) if new.names.get(column, column) not in header]
    if more:
        raise InputError([Fault(source=str(new.path), where=f"row 1, column {column}", expected=f"a column of {grown}",
                                found=f"'{column}', an optional one that it does not have",
                                remedy=f"Add the column to {grown.name}, with empty cells, or leave it out.") for column in more])


def _as_written(row: Row, names: Mapping[str, str]) -> Row:
    """A row under the names that the files of the dyad use."""
    return {names.get(column, column): names.get(cell, cell) if column == "direction" else cell for column, cell in row.items()}


def _grown(old: bytes, name: str, rows: list[dict[str, str]]) -> bytes:
    header = _header(old.decode("utf-8"))
    text = io.StringIO(newline="")
    end = "\r\n" if b"\r\n" in old else "\n" if b"\n" in old else "\r" if b"\r" in old else "\n"
    csv.DictWriter(text, header, lineterminator=end).writerows(rows)
    gap = b"" if old.endswith((b"\n", b"\r")) else end.encode()
    return old + gap + text.getvalue().encode("utf-8")


def _check(folder: Path, name: str, grown: bytes, rows: Path) -> None:
    """Check the folder as it would be; faults of new rows are told by their place in the file of new rows."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / folder.resolve().name
        copy.mkdir()
        for path in folder.iterdir():
            if path.suffix in (".csv", ".yaml") and path.is_file():
                shutil.copyfile(path, copy / path.name)
        (copy / name).write_bytes(grown)
        faults = read_folder(copy).faults
        before = len(_read(folder / name, name, {}).rows)
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


def _replace(path: Path, old: bytes, content: bytes) -> None:
    """Put the grown file in place of the old one, unless somebody else changed that while the rows were checked."""
    if not path.stat().st_mode & 0o222:  # a replacement would not ask for the permission to write
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    sweep_partials(path.parent)
    with atomic_file(path) as partial:
        partial.write_bytes(content)
        shutil.copymode(path, partial)
        if path.read_bytes() != old:
            raise InputError([Fault(source=str(path), where="whole file", found="another content",
                                    expected="the file as it was when the rows were checked",
                                    remedy="Nothing was added. Add the rows again.")])


# Two versions of a record: what was added, changed and removed.

COMPARED_FILES: Mapping[str, tuple[Mapping[str, Check], tuple[str, ...]]] = {
    "contacts.csv": ({**CONTACT, **OPTIONAL}, ("id",)), "media.csv": (MEDIA, ("contact_id", "url")),
}
"""Columns of each file, and those that tell one row from another."""

DIFF_COLUMNS = ("file", "key", "change", "date", "us_rank", "column", "old", "new")


def compare_records(old: Path, new: Path) -> pd.DataFrame:
    """Compare two dyad folders, or two files of one kind.

    Parameters
    ----------
    old, new : Path
        Folders that hold contacts.csv (and media.csv), or contacts.csv files.

    Returns
    -------
    DataFrame
        Columns file, key, change (added, removed, changed), date and us_rank of the contact (of the newer row where there
        are two; empty for pages of unknown contacts), column, old, new. An added or removed row takes one line, a changed row
        one for each column that changed.

    Raises
    ------
    InputError
        With every fault of both sides.
    """
    names = tuple(COMPARED_FILES) if old.is_dir() and new.is_dir() else ("contacts.csv",)
    tables = {name: [_read_version(side, name) for side in (old, new)] for name in names}
    faults = [fault for name, pair in tables.items() for side, table in zip((old, new), pair, strict=True)
              for fault in _faults(table, name, side)]
    if faults:
        raise InputError(faults)
    contact = {row["id"]: row for table in tables["contacts.csv"] for row in table.rows.values()}
    lines = [line for name, pair in tables.items() for line in _lines(name, *(_by_key(table, name) for table in pair))]
    frame = pd.DataFrame(lines, columns=["file", "key", "contact", "change", "column", "old", "new"], dtype=str)
    for column in ("date", "us_rank"):
        frame[column] = [contact.get(of, {}).get(column, "") for of in frame["contact"]]
    return frame[list(DIFF_COLUMNS)]


def _read_version(side: Path, name: str) -> Table:
    path = side / name if side.is_dir() else side
    return read_contacts(path, names_in(path)) if name == "contacts.csv" else read_table(path, tuple(COMPARED_FILES[name][0]))


def _faults(table: Table, name: str, side: Path) -> list[Fault]:
    checks, key = COMPARED_FILES[name]
    if name == "media.csv":  # whose outlets these are, the dyad tells, where an older version has a valid dyad.yaml
        with suppress(InputError):
            checks = media_checks(load_dyad(side))
    return [*table.faults, *cell_faults(table, checks), *repeat_faults(table, key)]


Rows = dict[tuple[str, ...], dict[str, str]]
"""Rows of a file by the columns that tell them apart."""


def _by_key(table: Table, name: str) -> Rows:
    return {tuple(row[column] for column in COMPARED_FILES[name][1]): row for row in table.rows.values()}


def _lines(name: str, old: Rows, new: Rows) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    for key in dict.fromkeys((*old, *new)):
        head = (name, " ".join(key), key[0])
        if key not in old or key not in new:
            lines.append((*head, "added" if key in new else "removed", "", "", ""))
        else:
            before, after = old[key], new[key]  # of which one may have an optional column
            lines += [(*head, "changed", column, before.get(column, ""), after.get(column, ""))
                      for column in {**before, **after} if before.get(column, "") != after.get(column, "")]
    return lines


def count_rows(lines: pd.DataFrame) -> pd.DataFrame:
    """Number of rows by file and change, (file and change,): a row that changed in three columns counts once."""
    return lines.drop_duplicates(["file", "key", "change"]).groupby(["file", "change"]).size().rename("rows").reset_index()


# A folder of an older version: what it called otherwise gets the present names, and nothing else changes.

def migrate(folder: Path, out: Path | None = None) -> tuple[str, ...]:
    """Write a folder in the present form: tables of a dyad folder and scenarios beside them.

    Parameters
    ----------
    folder : Path
        A dyad folder, or a folder of scenarios or codings, of this or an older version.
    out : Path, optional
        New folder for the present form; the folder itself, exchanged whole, where none is given.

    Returns
    -------
    tuple of str
        What was renamed, one sentence a name; nothing was written where nothing was.

    Raises
    ------
    InputError
        Where the folder is none, a file cannot be read, or the place cannot be written; nothing was written then.
    """
    if not folder.is_dir():
        raise InputError([Fault(source=str(folder), where="argument DIR", expected="a folder", remedy="Name the folder.",
                                found="a file" if folder.exists() else "nothing of that name")])
    place = out or folder.resolve()
    if out:
        _check_new(out, folder)
    found = {path: _renamed(path) for path in sorted(folder.iterdir()) if path.suffix in (".csv", ".yaml") and path.is_file()}
    changed = {path: (text, told) for path, (text, told) in found.items() if told}
    if changed:
        with _refusals(place, "Nothing was written."):
            _write_migrated(folder, place, {path.name: text for path, (text, _) in changed.items()})
    return tuple(f"{path.name}: {one}" for path, (_, told) in changed.items() for one in told)


def _check_new(out: Path, folder: Path) -> None:
    """Refuse what is there, a place in the folder that is read, and whatever no output may take the place of."""
    found = "one that exists" if os.path.lexists(out) else None
    if not found:
        check_directory(out, "data migrate")
        found = f"a place in {folder}, which is read" if out.resolve().is_relative_to(folder.resolve()) else None
    if found:
        raise InputError([Fault(source=str(out), where="option --out", expected="a new folder", found=found,
                                remedy="Choose another name.")])


def _write_migrated(folder: Path, place: Path, texts: dict[str, bytes]) -> None:
    """Copy the folder with the new texts, and put the copy in its place in one step."""
    with made(place.parent), hidden(place.parent) as partial:
        content = partial / "content"
        shutil.copytree(folder, content, symlinks=True)
        for name, text in texts.items():
            (content / name).unlink()  # of a link the text takes the place, not the file it leads to
            (content / name).write_bytes(text)
            shutil.copymode(folder / name, content / name)
        with alone(place.parent):
            put(content, place)


def _renamed(path: Path) -> tuple[bytes, list[str]]:
    """Text of a file with present names, and what was renamed."""
    raw = read_bytes(path)
    return _renamed_columns(raw) if path.suffix == ".csv" else _renamed_keys(path, raw)


def _renamed_columns(raw: bytes) -> tuple[bytes, list[str]]:
    end = next((one for one in (b"\r\n", b"\n", b"\r") if one in raw), b"\n")
    head, _, rest = raw.partition(end)
    names, told = head.split(b","), []
    for old, new in CASE.old_names("csv").items():
        if old.encode() in names and new.encode() not in names:
            names[names.index(old.encode())] = new.encode()
            told.append(f"column {old} is now {new}")
    return b",".join(names) + raw[len(head):] if told else raw, told


def _renamed_keys(path: Path, raw: bytes) -> tuple[bytes, list[str]]:
    """Old keys of every mapping called ``tone``, each exchanged where it stands; remarks and layout stay."""
    if b"tone:" not in raw:
        return raw, []
    lines = raw.decode("utf-8").splitlines(keepends=True)
    spots = sorted((*mapping.lc.key(old), old, new) for mapping in _tones(read_yaml(path))
                   for old, new in CASE.old_names("yaml").items() if old in mapping and new not in mapping)
    for line, column, old, new in reversed(spots):  # from the end, so that earlier places stay where they are
        lines[line] = lines[line][:column] + new + lines[line][column + len(old):]
    return "".join(lines).encode(), [f"line {line + 1}, key tone.{old} is now {new}" for line, _, old, new in spots]


def _tones(content: Any) -> Iterator[CommentedMap]:
    """Mappings called ``tone`` anywhere in a file."""
    if isinstance(content, CommentedMap) and isinstance(content.get("tone"), CommentedMap):
        yield content["tone"]
    for part in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from _tones(part)
