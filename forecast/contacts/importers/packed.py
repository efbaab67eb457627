"""Packed files: how each form is unpacked while it is read, and how much may come out."""

import bz2
import gzip
import lzma
from collections.abc import Callable, Mapping
from typing import BinaryIO

from forecast.files import MEGABYTE

LZMAError = lzma.LZMAError
ALWAYS = 32 * MEGABYTE
RATIO = 200
"""Bytes unpacked for each packed one; tables of events have five to thirty, a file made to fill a disk a thousand."""
UNPACK: Mapping[bytes, Callable[[BinaryIO], BinaryIO]] = {
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
