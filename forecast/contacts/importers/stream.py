"""Plain and zipped files as a stream of bytes and lines: memory does not grow with the file."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from forecast.contacts.importers.fault_list import FaultList

LONGEST_LINE = 1 << 22  # bytes; a file without line ends would otherwise be read as one line
_UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError)  # the last: a password
_STEP = 1 << 20  # bytes between two reports of progress

type Progress = Callable[[str, int, int], None]


def _silent(_stage: str, _done: int, _total: int) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is read, and how.

    Parameters
    ----------
    paths : sequence of Path
        Plain files or zip archives of them.
    encoding : str
        Of text files; XML declares its own.
    faults : FaultList
        Where faults are noted.
    progress : callable
        Told of name, kilobytes read and kilobytes in all.
    """

    paths: Sequence[Path]
    encoding: str = "utf-8"
    faults: FaultList = field(default_factory=FaultList)
    progress: Progress = _silent


class Counted:
    """A binary file that tells how far it was read; where it breaks off, that is noted and it ends."""

    def __init__(self, file: BinaryIO, name: str, size: int, reading: Reading) -> None:
        self.file, self.name, self.size, self.reading = file, name, size, reading
        self.done = self.told = 0
        self.broken = False

    def read(self, size: int = -1) -> bytes:
        """Read some bytes."""
        return self._count(self.file.read, size)

    def readline(self, size: int = -1) -> bytes:
        """Read to the end of a line."""
        return self._count(self.file.readline, size)

    def _count(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            raw = b"" if self.broken else read(size)
        except (*_UNREADABLE, zlib.error) as error:
            self.broken, raw = True, b""
            _note(self.name, error, self.reading.faults)
        self.done += len(raw)
        if self.done - self.told >= _STEP or not raw:
            self.told = self.done
            self.reading.progress(f"read {Path(self.name).name}", self.done // 1024, max(self.size, self.done) // 1024)
        return raw


def files(reading: Reading) -> Iterator[tuple[str, Counted]]:
    """Open each file, and each member of an archive, one after the other.

    Yields
    ------
    tuple of str and Counted
        Name for faults, e.g. ``events.zip/20150218230000.export.CSV``, and the open file.
    """
    for path in reading.paths:
        try:
            yield from _archive(path, reading) if zipfile.is_zipfile(path) else _plain(path, reading)
        except _UNREADABLE as error:
            _note(str(path), error, reading.faults)


def _note(name: str, error: Exception, faults: FaultList) -> None:
    found = getattr(error, "strerror", None) or str(error) or type(error).__name__
    faults.add(name, "whole file", "a readable file or zip archive", found,
               "Name an existing file, and download it again where it is broken.")


def _plain(path: Path, reading: Reading) -> Iterator[tuple[str, Counted]]:
    with path.open("rb") as file:
        yield str(path), Counted(file, str(path), path.stat().st_size, reading)


def _archive(path: Path, reading: Reading) -> Iterator[tuple[str, Counted]]:
    with zipfile.ZipFile(path) as archive:
        members = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
        if any(one.filename == "[Content_Types].xml" for one in members):
            reading.faults.add(str(path), "whole file", "a text file", "a spreadsheet workbook",
                               "Save its sheet of data as CSV (UTF-8).")
            return
        if not members:
            reading.faults.add(str(path), "whole file", "an archive with files", "an empty one", "Download it again.")
        for one in members:
            with archive.open(one) as file:
                name = f"{path}/{one.filename}"
                yield name, Counted(file, name, one.file_size, reading)


def lines(name: str, file: Counted, reading: Reading) -> Iterator[str]:
    """Decode a file line by line; a line that cannot be decoded is noted, and stands as an empty one."""
    number = 0
    while raw := file.readline(LONGEST_LINE):
        number += 1
        if len(raw) == LONGEST_LINE:
            reading.faults.add(name, f"row {number}, whole row", f"less than {LONGEST_LINE} bytes", "a longer row",
                               "Name a text file with one record a row; later rows were not read.")
            return
        yield _text(name, number, raw, reading)


def _text(name: str, number: int, raw: bytes, reading: Reading) -> str:
    mark = raw.startswith(b"\xef\xbb\xbf") and number == 1  # spreadsheets write one
    try:
        return (raw[3:] if mark else raw).decode(reading.encoding)
    except UnicodeDecodeError as error:
        reading.faults.add(name, f"row {number}, byte {error.start}", f"{reading.encoding} text",
                           f"byte 0x{error.object[error.start]:02x}",
                           "Name the true encoding with --encoding, e.g. latin-1, or save the file as UTF-8.")
        return "\n"
