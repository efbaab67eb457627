"""Plain and packed files as a stream of bytes and lines: memory does not grow with the file."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from forecast.errors import Fault, InputError
from forecast.files import DAMAGED_ZIP, MEGABYTE, check_ordinary, form_of

# Packed files: how each form is unpacked while it is read, and how much may come out.

LZMAError = lzma.LZMAError
ALWAYS = 32 * MEGABYTE
RATIO = 200
"""Bytes unpacked for each packed one; tables of events have five to thirty, a file made to fill a disk a thousand."""
Bytes = IO[bytes] | gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile
UNPACK: Mapping[bytes, Callable[[IO[bytes]], Bytes]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file), b"BZh": bz2.BZ2File, b"\xfd7zXZ\x00": lzma.LZMAFile,
}
"""First bytes -> how to open."""


class TooLargeError(Exception):
    """More was unpacked than is allowed."""

    def __init__(self, most: int) -> None:
        self.expected = f"at most {most:,} bytes unpacked ({RATIO} for each packed one)"
        super().__init__(self.expected)


class Allowance:
    """Bytes that may be unpacked of a file or an archive of a size."""

    def __init__(self, packed: int) -> None:
        self.most = self.left = max(ALWAYS, RATIO * packed)

    def take(self, count: int) -> None:
        """Use up some of it (raises TooLargeError where it does not reach)."""
        self.left -= count
        if self.left < 0:
            raise TooLargeError(self.most)


# Faults of large files, and rows of them left out: all are counted in one pass, and the first are told.

CAP = 50
MOST = 10_000
"""Faults after which no more is read: it is another kind of file."""


class FaultList:
    """Faults met while a file streams by.

    Parameters
    ----------
    cap : int
        How many are told in full; the rest is only counted.
    """

    def __init__(self, cap: int = CAP) -> None:
        self.cap, self.count = cap, 0
        self.told: list[Fault] = []

    @property
    def full(self) -> bool:
        """Whether there is no use in reading on."""
        return self.count >= MOST

    def add(self, source: str, where: str, expected: str, found: str, remedy: str) -> None:
        """Note one fault."""
        self.count += 1
        if len(self.told) < self.cap:
            self.told.append(Fault(source=source, where=where, expected=expected, found=found, remedy=remedy))

    def take(self, faults: Iterable[Fault]) -> None:
        """Note faults that another reader found."""
        for fault in faults:
            self.add(fault.source, fault.where, fault.expected, fault.found, fault.remedy)

    def stop(self) -> None:
        """Raise InputError where anything was at fault; the last entry says how many faults are not told."""
        if not self.count:
            return
        more = self.count - len(self.told)
        found = f"{more:,} more" + (", and what stands later was not read" if self.full else "")
        rest = [Fault(source="all files", where=f"after the first {self.cap} faults", expected="no fault",
                      found=found, remedy="Repair those above and import again.")] if more else []
        raise InputError([*self.told, *rest])


class LeftOut:
    """What could not be read of single rows that a machine coded: counted, and said with the first place of each kind."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.first: dict[str, str] = {}

    def add(self, what: str, source: str, where: str, found: str) -> None:
        """Note one row."""
        self.count[what] += 1
        self.first.setdefault(what, f"{source}, {where}: {found[:100]}")

    def remarks(self, *, places: bool) -> tuple[str, ...]:
        """How many of each kind, with the first of them where places are asked for."""
        return tuple(f"{what}: {count:,}" + (f", first {self.first[what]}" if places else "")
                     for what, count in self.count.items())


# Plain and packed files as a stream of bytes and lines.

LONGEST_LINE = 1 << 22  # bytes; a file without line ends would otherwise be read as one line
LARGEST = 1 << 38  # bytes of one file: ten times all events of GDELT of a year
_UNREADABLE = (*DAMAGED_ZIP, TooLargeError)
_STEP = 1 << 20  # bytes between two reports of progress
_BUFFER = 1 << 16
_NO_XML = {"UTF-16 text", "binary data"}  # what XML may well be: it says its encoding itself

type Progress = Callable[[str, int, int], None]


def silent(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody how far reading went."""
    return None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is read, and how.

    Parameters
    ----------
    paths : sequence of Path
        Plain files, packed ones (gzip, bzip2, xz), or zip archives of plain ones.
    encoding : str
        Of text files; XML declares its own.
    faults : FaultList
        Where faults are noted.
    left_out : LeftOut
        Where rows are noted that could not be read, or not wholly.
    progress : callable
        Told of name, kilobytes read and kilobytes in all.
    """

    paths: Sequence[Path]
    encoding: str = "utf-8"
    faults: FaultList = field(default_factory=FaultList)
    left_out: LeftOut = field(default_factory=LeftOut)
    progress: Progress = silent


class Counted:
    """A binary file that tells how far it was read; where it breaks off, that is noted and it ends.

    Parameters
    ----------
    file : binary file
        What is read: unpacked bytes.
    name : str
        For faults.
    size : int
        In all, as `at` counts.
    reading : Reading
        Where faults and progress go.
    allowance : Allowance, optional
        Of bytes that may be unpacked.
    at : callable, optional
        How far a packed file was read; without it, as many bytes as were given.
    """

    def __init__(self, file: Bytes, name: str, size: int, reading: Reading, allowance: Allowance | None = None,
                 at: Callable[[], int] | None = None) -> None:
        self.file, self.name, self.size, self.reading = io.BufferedReader(cast(io.RawIOBase, file), _BUFFER), name, size, reading
        self.allowance, self.at = allowance, at
        self.done = self.told = 0
        self.broken = False

    def peek(self) -> bytes:
        """First bytes, without reading them."""
        return self._guarded(lambda _: self.file.peek(_BUFFER), 0)

    def read(self, size: int = -1) -> bytes:
        """Read some bytes."""
        return self._count(self.file.read, size)

    def readline(self, size: int = -1) -> bytes:
        """Read to the end of a line."""
        return self._count(self.file.readline, size)

    def _count(self, read: Callable[[int], bytes], size: int) -> bytes:
        raw = self._guarded(read, size)
        self.done += len(raw)
        if self.done - self.told >= _STEP or not raw:
            self.told = self.done
            far = self.at() if self.at else self.done
            self.reading.progress(f"read {Path(self.name).name}", far // 1024, max(self.size, far) // 1024)
        return raw

    def _guarded(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            raw = b"" if self.broken else read(size)
            if self.allowance and size:
                self.allowance.take(len(raw))
        except _UNREADABLE as error:
            self.broken, raw = True, b""
            _note(self.name, error, self.reading.faults)
        return raw


def files(reading: Reading, *, xml: bool = False) -> Iterator[tuple[str, Counted]]:
    """Open each file, and each member of an archive, one after the other.

    Parameters
    ----------
    reading : Reading
        What is read.
    xml : bool
        Whether the files are XML, which may be in UTF-16.

    Yields
    ------
    tuple of str and Counted
        Name for faults, e.g. ``events.zip/20150218230000.export.CSV``, and the open file.
    """
    for path in reading.paths:
        try:
            check_ordinary([path], LARGEST)
            for name, file in _archive(path, reading) if zipfile.is_zipfile(path) else _plain(path, reading):
                if not reading.faults.full and _known(name, file, reading, xml):
                    yield name, file
        except InputError as error:
            reading.faults.take(error.faults)
        except _UNREADABLE as error:
            _note(str(path), error, reading.faults)


def _known(name: str, file: Counted, reading: Reading, xml: bool) -> bool:
    """Whether a file may be text; what it is else is noted."""
    head = file.peek()
    form = form_of(head) or (None if xml else _garbled(head, reading.encoding))
    if form and not (xml and form[0] in _NO_XML):
        reading.faults.add(name, "whole file", "an XML file" if xml else "a text file", *form)
        return False
    return not file.broken


def _garbled(head: bytes, encoding: str) -> tuple[str, str] | None:
    """Say so where a tenth of the first bytes is no text in the encoding named: then no line is worth its own fault."""
    if 10 * len(head.decode(encoding, "ignore").encode(encoding)) >= 9 * len(head):
        return None
    return f"bytes that are no {encoding} text", "Name a text file, or its true encoding with --encoding."


def _note(name: str, error: Exception, faults: FaultList) -> None:
    if isinstance(error, TooLargeError):
        faults.add(name, "whole file", error.expected, "more", "Name another file: no table packs so tightly.")
        return
    found = getattr(error, "strerror", None) or str(error) or type(error).__name__
    faults.add(name, "whole file", "a readable file or zip archive", found,
               "Name an existing file, and download it again where it is broken.")


def _plain(path: Path, reading: Reading) -> Iterator[tuple[str, Counted]]:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(6)
        file.seek(0)
        unpack = next((opener for mark, opener in UNPACK.items() if head.startswith(mark)), None)
        if head.startswith(b"PK\x03\x04"):
            raise zipfile.BadZipFile("a zip archive that breaks off")
        if unpack is None:
            yield str(path), Counted(file, str(path), size, reading)
            return
        with unpack(file) as unpacked:
            yield str(path), Counted(unpacked, str(path), size, reading, Allowance(size), file.tell)


def _archive(path: Path, reading: Reading) -> Iterator[tuple[str, Counted]]:
    allowance = Allowance(path.stat().st_size)
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
                yield name, Counted(file, name, one.file_size, reading, allowance)


def lines(name: str, file: Counted, reading: Reading) -> Iterator[str]:
    """Decode a file line by line; a line that cannot be decoded is noted, and stands as an empty one."""
    for number, raw in enumerate(_old_mac(file) or iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
        if len(raw) >= LONGEST_LINE:
            reading.faults.add(name, f"line {number}, whole line", f"less than {LONGEST_LINE} bytes", "a longer row",
                               "Name a text file with one record a row; later rows were not read.")
            return
        yield _text(name, number, raw, reading)


def _old_mac(file: Counted) -> Iterator[bytes] | None:
    """Lines of a file that ends them as old Macs did; None where it does not."""
    head = file.peek()
    return _split(file) if b"\r" in head and b"\n" not in head else None


def _split(file: Counted) -> Iterator[bytes]:
    rest = b""
    while chunk := file.read(_BUFFER):
        *whole, rest = (rest + chunk).split(b"\r")
        yield from (line + b"\n" for line in whole)
        if len(rest) >= LONGEST_LINE:
            break
    if rest:
        yield rest


def _text(name: str, number: int, raw: bytes, reading: Reading) -> str:
    mark = raw.startswith(b"\xef\xbb\xbf") and number == 1  # spreadsheets write one
    try:
        return (raw[3:] if mark else raw).decode(reading.encoding)
    except UnicodeDecodeError as error:
        reading.faults.add(name, f"line {number}, byte {error.start}", f"{reading.encoding} text",
                           f"byte 0x{error.object[error.start]:02x}",
                           "Name the true encoding with --encoding, e.g. latin-1, or save the file as UTF-8.")
        return "\n"
