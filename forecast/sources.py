"""What a stored result owes to code: the source files behind a module, found by following imports, and a hash of them.

Posteriors and machine code are stored and used again. Both are right only as long as the code that made them is the same, and no
list written by hand stays complete. So the modules that a module imports, and those that they import, are read from the source:
statements at the top and inside functions alike, except under ``if TYPE_CHECKING:``, which is never run.

Machine code
------------
Numba keeps compiled functions by the content of the file in which they stand. A function that it calls from another file, or a
constant that it takes from there, is compiled into it and yet not part of that key: old code would run after a change.
:func:`compiled` keeps every function in a folder named after the hash of all files of its package that it can reach and of the
constants in them, so that any change is a folder of its own.
"""

import hashlib
import os
import pickle
import re
import sys
from collections.abc import Callable, Collection, Iterable
from functools import cache
from pathlib import Path
from shutil import rmtree
from types import ModuleType
from typing import Any, cast

from forecast.placement import cache_directory

TOP = "forecast"
KEPT = 4
"""Folders of machine code that stay beside one another: of the newest states of the source."""
_UNRUN = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+.*\n|\n)+", re.MULTILINE)
_FROM = re.compile(rf"^[ \t]*from[ \t]+({TOP}(?:\.\w+)*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE)
_IMPORT = re.compile(rf"^[ \t]*import[ \t]+({TOP}(?:\.\w+)+)", re.MULTILINE)


def reached(roots: Iterable[str], *, inside: str = TOP, without: Collection[str] = ()) -> tuple[str, ...]:
    """Modules that are imported with some modules, directly or by way of others, sorted; the roots are among them.

    The packages around a module are imported with it, but for the outermost, which holds the version and the door for users.

    Parameters
    ----------
    roots : iterable of str
        Full names of modules.
    inside : str
        Package that is not left.
    without : collection of str
        Modules and packages that are passed over, with all in them.

    Raises
    ------
    ModuleNotFoundError
        Where a root has no source file.
    """
    found: dict[str, Path] = {name: _path(name) for name in roots}
    todo = list(found)
    while todo:
        name = todo.pop()
        for other in (*imports(found[name]), name.rpartition(".")[0]):
            path = path_of(other) if other not in found and _in(other, [inside]) and not _in(other, without) else None
            if path is not None:
                found[other] = path
                todo.append(other)
    return tuple(sorted(found))


def _in(name: str, packages: Iterable[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in packages)


def hash_of(modules: Iterable[str]) -> str:
    """Hash of the names and source files of modules (hex, 32 characters); line ends of Windows count as those of Unix."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(modules):
        content = _path(name).read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def path_of(name: str) -> Path | None:
    """Source file of a module, None where the name is that of something in a module, or of the outermost package."""
    if not _in(name, [TOP]):
        file = getattr(sys.modules.get(name), "__file__", None)
        return Path(file) if file else None
    return _inside(_root(), name) if name != TOP else None


@cache
def _inside(root: Path, name: str) -> Path | None:
    """Source file of a module of the program, whose package lies in `root`."""
    place = os.path.join(root, *name.split(".")[1:])
    found = next((path for path in (f"{place}.py", os.path.join(place, "__init__.py")) if os.path.isfile(path)), None)
    return Path(found) if found else None


@cache
def imports(path: Path) -> frozenset[str]:
    """Names that a file imports from the program: of modules, and of what may be modules in them."""
    text = _UNRUN.sub("", path.read_text(encoding="utf-8"))
    found = set(_IMPORT.findall(text))
    for module, names in _FROM.findall(text):
        words = re.findall(r"\w+", re.sub(r"#.*", "", names))
        found |= {module, *(f"{module}.{word}" for word in words)}
    return frozenset(found)


def _root() -> Path:
    return Path(sys.modules[TOP].__file__ or "").parent


def _path(name: str) -> Path:
    path = path_of(name)
    if path is None:
        raise ModuleNotFoundError(f"no source file of {name}")
    return path


# Machine code.

SEAL = hashlib.sha256().digest_size

def compiled(kind: Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]],
             **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Numba's `njit` or `vectorize` with a cache that no change of the code outlives.

    Parameters
    ----------
    kind : callable
        ``numba.njit`` or ``numba.vectorize``.
    options
        Its options, without ``cache``.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        from numba.core import config as numba_config

        config: Any = numba_config  # its settings are made as it is imported

        folder = _folder(function.__module__)
        if folder is None:  # nowhere to write: compiled in every process
            return kind(**options)(function)
        before, config.CACHE_DIR = config.CACHE_DIR, str(folder)  # read while the function is decorated, and not after
        try:
            found = kind(cache=True, **options)(function)
        finally:
            config.CACHE_DIR = before
        stored: Any = getattr(found, "_cache", None) or getattr(getattr(found, "_dispatcher", None), "cache", None)
        if hasattr(stored, "_cache_file"):
            stored._cache_file.__class__ = _sealed()
        return found

    return decorate


@cache
def _sealed() -> type:
    """Numba's files of machine code with a hash behind their content; what does not match counts as none and is written anew.

    Numba itself ends in a traceback over a file that was cut off, and runs machine code that was changed.
    """
    from numba.core.caching import IndexDataCacheFile

    class Sealed(IndexDataCacheFile):
        def _dump(self, value: Any) -> bytes:
            content: bytes = super()._dump(value)  # type: ignore[no-untyped-call]
            return content + hashlib.sha256(content).digest()  # Python's pickles end where they say that they end

        def _load_index(self) -> dict[Any, str]:
            try:
                with open(self._index_path, "rb") as file:
                    pickle.load(file)  # the version of Numba
                    _check_seal(file.read())
                return cast("dict[Any, str]", super()._load_index())  # type: ignore[no-untyped-call]
            except Exception:  # whatever a damaged pickle raises
                return {}

        def _load_data(self, name: str) -> Any:
            _check_seal(Path(self._data_path(name)).read_bytes())  # type: ignore[no-untyped-call]
            return super()._load_data(name)  # type: ignore[no-untyped-call]

    return Sealed


def _check_seal(content: bytes) -> None:
    if content[-SEAL:] != hashlib.sha256(content[:-SEAL]).digest():
        raise OSError("not as it was written")  # which Numba takes for a file that was removed


@cache
def _folder(module: str) -> Path | None:
    """Where compiled functions of a module are kept: beside its source, else in the cache; None where neither can be written."""
    from numba.core import config as numba_config

    config: Any = numba_config
    modules = reached([module], inside=module.rpartition(".")[0])
    constants = repr([(name, _constants(sys.modules[name])) for name in modules if name in sys.modules])
    key = hashlib.blake2b((hash_of(modules) + constants).encode(), digest_size=8).hexdigest()
    head = f"numba-{module.rpartition('.')[2]}-"
    beside = _path(module).parent / "__pycache__"
    for place in ([Path(config.CACHE_DIR)] if config.CACHE_DIR else [beside, cache_directory() / "numba"]):
        try:
            (place / f"{head}{key}").mkdir(parents=True, exist_ok=True)
            os.utime(place / f"{head}{key}")
        except OSError:
            continue
        _forget(place, head)
        return place / f"{head}{key}"
    return None


def _constants(module: ModuleType) -> dict[str, Any]:
    """Numbers and texts of a module, and rows of them; compiled code holds the values that they had."""
    return {name: value for name, value in sorted(vars(module).items()) if not name.startswith("__") and _plain(value)}


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | str) or (isinstance(value, tuple) and all(map(_plain, value)))


def _forget(place: Path, head: str) -> None:
    """Remove the machine code of all but the newest states of a module."""
    folders = sorted(place.glob(f"{head}*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders[KEPT:]:
        rmtree(folder, ignore_errors=True)
