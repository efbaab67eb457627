"""A seal at the end of a file: the SHA-256 of all bytes before it.

Readers of HDF5 and NetCDF files stop where the file says that it ends, so that a sealed file is read by everybody, and needs no
second file beside it.
"""

import hashlib
from pathlib import Path

HEAD = b"\nforecast sha256 "
LENGTH = len(HEAD) + 64


def add(path: Path) -> None:
    """Seal a file that is complete."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with path.open("ab") as file:
        file.write(HEAD + digest.encode())


def opened(content: bytes) -> bytes | None:
    """What a sealed file holds, or None where it is cut, longer, or changed in any byte."""
    body, seal = content[:-LENGTH], content[-LENGTH:]
    return body if seal == HEAD + hashlib.sha256(body).hexdigest().encode() else None
