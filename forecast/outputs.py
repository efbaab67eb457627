"""Everything that a command writes: checked before the work begins, whole or not at all, and never over a user's file.

A folder of results carries ``manifest.json``, which names the program, the kind of result and the SHA-256 of every file in it.
Only what such a manifest vouches for is ever replaced: one more file in the folder, or one that was changed, and the folder is
refused. A single file is replaced only where its content is what the program last wrote under that name; that is noted in the
user's cache.

How an output takes its place is told in :mod:`forecast.placement`.
"""

import errno
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace as changed
from pathlib import Path
from typing import Any, TypeGuard

from forecast.errors import Fault, ForecastError, InputError
from forecast.placement import alone, atomic_file, cache_directory, hidden, made, put, recover, sweep_partials

MANIFEST = "manifest.json"
PROGRAM = "bilateral-forecast"
OUT = "option --out"
HARMLESS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that file managers lay into any folder."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
"""What a write reports without the name of its file."""


@contextmanager
def called(target: Path, where: str) -> Iterator[None]:
    """Tell faults of an output by the option or argument that names it, where that is not --out."""
    try:
        yield
    except InputError as error:
        raise InputError(changed(one, where=where) if (one.source, one.where) == (str(target), OUT) else one
                         for one in error.faults) from None


@contextmanager
def output_directory(target: Path, kind: str, inputs: Iterable[Path | None] = ()) -> Iterator[Path]:
    """Give an empty folder to write into, and put it in place of the target once everything is written.

    Enter it before the work begins: it refuses at once what could not be written in the end.

    Parameters
    ----------
    target : Path
        New or empty, or an earlier output of the same kind without anything else in it.
    kind : str
        What is written, such as ``run``; an output of another kind is not replaced.
    inputs : iterable of Path or None
        What the command reads, none of which may lie in the target.

    Yields
    ------
    Path
        The hidden folder; where its content includes ``manifest.json``, the list of files is added to it.

    Raises
    ------
    InputError
        Where the target must not or cannot be written.
    """
    with _refusals(target):
        place = _resolved(target)
        with alone(place.parent):
            recover(place, lambda folder: _manifest_or_none(folder / MANIFEST) is not None)
        check_directory(target, kind, inputs)
    with _taken(place, target), _hidden_beside(place, target) as partial:
        content = partial / "content"
        with _refusals(target):
            content.mkdir()
        with _full(target, partial):
            yield content
        with _refusals(target):
            _sign(content, kind)
            check_directory(target, kind, inputs)  # what a user laid there while the work went on
            with alone(place.parent):
                put(content, place)


@contextmanager
def output_file(target: Path, inputs: Iterable[Path | None] = (), *, replace: bool = True) -> Iterator[Path]:
    """Give a path to write a file to, and put it in place of the target once it is written.

    Parameters
    ----------
    target : Path
        New, or what the program itself wrote there and nobody changed.
    inputs : iterable of Path or None
        What the command reads; none of them may be the target.
    replace : bool
        Whether an earlier file of the program may be replaced.

    Yields
    ------
    Path
        In a hidden folder; with the name of the target.

    Raises
    ------
    InputError
        Where the target must not or cannot be written.
    """
    with _refusals(target):
        place = _resolved(target)
        check_file(target, inputs, replace=replace)
    with _taken(place, target), _hidden_beside(place, target) as partial:
        with _full(target, partial):
            yield partial / place.name
        with _refusals(target):
            check_file(target, inputs, replace=replace)
            digest = sha256(partial / place.name)
            os.replace(partial / place.name, place)
    with suppress(OSError):  # without a note the file is not replaced next time
        note = _note(place)
        sweep_partials(note.parent)
        with atomic_file(note) as partial:
            partial.write_text(json.dumps({"path": str(place), "sha256": digest}), encoding="utf-8")


def check_directory(target: Path, kind: str, inputs: Iterable[Path | None] = ()) -> None:
    """Refuse a folder that holds, or would replace, anything that the program did not write (raises InputError)."""
    with _refusals(target):
        place, found = _resolved(target), None
        if place.exists() and not place.is_dir():
            found = "a file"
        elif Path.cwd().is_relative_to(place):
            found = "the folder that the command was started in, or one around it"
        elif dyad := _dyad_folder(place):
            found = "a dyad folder" if dyad == place else f"a place in the dyad folder {dyad}"
        elif os.path.ismount(place):
            found = "the root of a disk, which cannot be exchanged"
        elif within := next((one for one in inputs if one is not None and _end(one).is_relative_to(place)), None):
            found = f"a folder with {within}, which the command reads"
        elif place.is_dir():
            found = _foreign(place, kind)
    if found:
        raise InputError([_refusal(target, f"a new folder, or an earlier output of this command ({kind})", found,
                                   "Choose another folder, or move what is in it.")])
    _check_room(place, target)


def check_file(target: Path, inputs: Iterable[Path | None] = (), *, replace: bool = True) -> None:
    """Refuse to replace a file that the program did not write, or that was changed since (raises InputError)."""
    with _refusals(target):
        place, found = _resolved(target), None
        if place.is_dir():
            found = "a folder"
        elif place.exists() and not place.is_file():
            found = "a device, pipe or socket"
        elif any(one is not None and _end(one) == place for one in inputs):
            found = "a file that the command reads"
        elif dyad := _dyad_folder(place.parent):
            found = f"a place in the dyad folder {dyad}"
        elif place.exists() and not replace:
            found = "one that exists"
        elif place.exists() and not _ours(place):
            found = "a file that the program did not write, or that was changed since"
    if found:
        expected = "a new file, or one that this program wrote" if replace else "a new file"
        raise InputError([_refusal(target, expected, found, "Choose another name.")])
    _check_room(place, target)


def read_manifest(directory: Path, kind: str) -> dict[str, Any]:
    """Manifest of an output, after every file that it names was found unchanged.

    Raises
    ------
    InputError
        Where the folder is no output of this kind, or a file of it is missing or was changed.
    """
    from forecast.files import read_json  # here: most outputs are written and not read

    content = read_json(directory / MANIFEST) if (directory / MANIFEST).exists() else None
    if not _is_manifest(content) or content["kind"] != kind:
        raise InputError([Fault(source=str(directory), where=MANIFEST, expected=f"an output of this program of the kind '{kind}'",
                                found="none", remedy="Name a folder that the program wrote, whole.")])
    faults = [Fault(source=str(directory / name), where="whole file", expected="the file as the program wrote it",
                    found="another content" if (directory / name).exists() else "no file",
                    remedy="Write the folder anew: it counts only as it was written.")
              for name, digest in content["files"].items() if _digest_or_none(directory / name) != digest]
    if faults:
        raise InputError(faults)
    return content


_TAKEN: list[Path] = []
"""Places of the outputs that are being written."""


@contextmanager
def _taken(place: Path, target: Path) -> Iterator[None]:
    """Keep a place for one output: another of the same command would replace it, lie in it or around it (raises InputError)."""
    other = next((one for one in tuple(_TAKEN) if place.is_relative_to(one) or one.is_relative_to(place)), None)
    if other is not None:
        where = "that place" if other == place else "a place in it" if place.is_relative_to(other) else "a place around it"
        raise InputError([_refusal(target, "a place of its own for every output", f"{where}: another output is {other}",
                                   "Choose another name.")])
    _TAKEN.append(place)
    try:
        yield
    finally:
        _TAKEN.remove(place)


def sha256(path: Path) -> str:
    """Hash of a file's content (hex)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refusal(target: Path, expected: str, found: str, remedy: str) -> Fault:
    return Fault(source=str(target), where=OUT, expected=expected, found=found, remedy=remedy)


@contextmanager
def _refusals(target: Path) -> Iterator[None]:
    """A refusal of the operating system as one message about the target."""
    try:
        yield
    except ForecastError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # ValueError: a zero byte in a name; RuntimeError: a loop of links
        found = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise InputError([_refusal(target, "a place that can be written", found[:200], "Choose another place.")]) from None


@contextmanager
def _full(target: Path, partial: Path) -> Iterator[None]:
    """What keeps the content from being written (a full disk, a name that is too long) as one message about the target.

    An error about another file is another's matter and passes through.
    """
    try:
        yield
    except OSError as error:
        named = [Path(os.fsdecode(name)) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
        if not any(name.is_relative_to(partial) for name in named) if named else error.errno not in _NO_ROOM:
            raise
        with _refusals(target):
            raise


def _resolved(path: Path) -> Path:
    """Where a path leads; links are followed, also those at its end, but none that leads nowhere."""
    if path.parts[:1] == ("~",) and not os.path.lexists("~"):
        raise OSError(f"a ~ that the shell left as it is (it stands for {Path.home()} only at the beginning of a word)")
    astray = next((one for one in (path, *path.parents) if one.is_symlink() and not one.exists()), None)
    if astray:
        raise OSError(f"a link that leads nowhere ({astray})")
    return path.resolve()


def _dyad_folder(place: Path) -> Path | None:
    """The dyad folder that a place is, or lies in."""
    return next((folder for folder in (place, *place.parents) if (folder / "dyad.yaml").exists()), None)


def _end(given: Path) -> Path:
    """Where the path of an input leads, if anywhere: what is wrong with it is told by its reader."""
    try:
        return given.resolve()
    except (OSError, ValueError, RuntimeError):
        return given.absolute()


def _check_room(place: Path, target: Path) -> None:
    """Refuse places below a file, names that no disk takes, and what has no write permission (which would not stop root)."""
    with _refusals(target):
        around = next(folder for folder in place.parents if folder.exists())
        if not around.is_dir():
            found = f"the file {around} on the way"
            raise InputError([_refusal(target, "a place below folders", found, "Choose another place.")])
        with suppress(FileNotFoundError):
            place.lstat()  # a name that is too long is told here
        for one in (around, place):
            if one.exists() and not (one.stat().st_mode & 0o222 and os.access(one, os.W_OK)):
                what = "folder" if one.is_dir() else "file"
                raise InputError([_refusal(target, "a place that can be written", f"the read-only {what} {one}",
                                           "Choose another place.")])


def _foreign(place: Path, kind: str) -> str | None:
    """What in a folder the program did not write, if anything."""
    files = {path.relative_to(place).as_posix(): path for path in sorted(place.rglob("*"))
             if not _has_content(path) and path.name not in HARMLESS}
    if not files:
        return None
    manifest = _manifest_or_none(place / MANIFEST)
    if manifest is None:
        return f"files that the program did not write ({_listed(files)})"
    if manifest["kind"] != kind:
        return f"an output of another command ({manifest['kind']})"
    strange = [name for name, path in files.items() if name != MANIFEST and (
        name not in manifest["files"] or path.is_symlink() or _digest_or_none(path) != manifest["files"][name])]
    return f"files that the program did not write, or that were changed since ({_listed(strange)})" if strange else None


def _has_content(path: Path) -> bool:
    """Whether something is a folder with content: an empty one was laid out by someone."""
    return path.is_dir() and not path.is_symlink() and any(path.iterdir())


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _manifest_or_none(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if _is_manifest(content) else None


def _is_manifest(content: Any) -> TypeGuard[dict[str, Any]]:
    return (isinstance(content, dict) and content.get("program") == PROGRAM and isinstance(content.get("kind"), str)
            and isinstance(content.get("files"), dict)
            and all(isinstance(digest, str) for digest in content["files"].values()))


def _digest_or_none(path: Path) -> str | None:
    try:
        return sha256(path) if path.is_file() else None  # opening a pipe would wait for its writer
    except OSError:
        return None


def _sign(content: Path, kind: str) -> None:
    """Complete the manifest with the program, the kind and the hash of every file."""
    for folder in sorted((path for path in content.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    own = content / MANIFEST
    said = json.loads(own.read_text(encoding="utf-8")) if own.exists() else {}
    files = {path.relative_to(content).as_posix(): sha256(path)
             for path in sorted(content.rglob("*")) if path.is_file() and path != own}
    said = {"program": PROGRAM, "kind": kind, **said, "files": files}
    own.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _note(place: Path) -> Path:
    return cache_directory() / "outputs" / f"{hashlib.blake2b(os.fsencode(place), digest_size=16).hexdigest()}.json"


def _ours(place: Path) -> bool:
    """Whether a file holds what the program last wrote under its name."""
    try:
        return bool(json.loads(_note(place).read_text(encoding="utf-8"))["sha256"] == sha256(place))
    except (OSError, ValueError, KeyError, TypeError):
        return False


@contextmanager
def _hidden_beside(place: Path, target: Path) -> Iterator[Path]:
    with ExitStack() as stack:
        with _refusals(target):
            stack.enter_context(made(place.parent))
            sweep_partials(place.parent)
            folder = stack.enter_context(hidden(place.parent))
        yield folder
