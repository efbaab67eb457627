"""An archive, tried: unpacked, repeated from nothing in an environment of its own, and compared with what it says, file by file.

What is read was made by others. Every member must lie inside the archive, be named in ``archive.json`` and be as its SHA-256
says; inputs and copies of tables must be those that the run's manifest names. What is left is what hashes cannot tell, a table
that was changed together with all its hashes: the repeated run tells it.

On the kind of processor that made the run every file must have the same bytes. Another kind rounds sums differently, sampling
amplifies it, and the draws are others: numbers are then compared within ``LIMITS``, texts around them exactly, and what cannot be
compared so (pictures, futures, posteriors) is counted apart.
"""

import csv
import errno
import json
import os
import platform
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from stat import S_ISLNK
from tempfile import gettempdir
from time import perf_counter
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecast.errors import Fault, ForecastError, InputError, first_of
from forecast.files import DAMAGED_ZIP, MEGABYTE, check_ordinary, read_json, read_text
from forecast.outputs import MANIFEST, sha256
from forecast.pipeline.archive import ABOUT, About, machine, packages, program_digest
from forecast.placement import hidden, sweep_partials
from forecast.workers import call_program
from forecast.yaml_reader import faults_of, of_key

LARGEST = 8192 * MEGABYTE
"""Bytes of an archive, and of all its members together."""
MOST_MEMBERS = 20_000
SECTIONS = ("backtest ", "sweep ")
"""Beginnings of the names of what becomes a section of the page, on which no table rests."""
LIMITS = {"relative": 0.10, "of_column": 0.05}
"""On another kind of processor a number may differ by a share of itself, a share of the largest of its column, and one unit of
its last digit, together."""
RUN = "import sys; from forecast.cli.app import main; main()"
Tell = Callable[[str], None]


# What is found.

SAME, WITHIN, DIFFERS, MISSING, APART = "same bytes", "within limits", "differs", "not made", "not compared"


STATES = (SAME, WITHIN, DIFFERS, MISSING, APART)
KINDS = ("manifest", "tables", "printed tables", "figures and page", "futures", "posteriors")


def kind(file: str) -> str:
    """What a file of a run is."""
    first = file.partition("/")[0]
    by_folder = {"tables": "printed tables", "figures": "figures and page", "trajectories": "futures", "posterior": "posteriors"}
    return by_folder.get(first) or ("tables" if file.endswith(".csv") else "figures and page" if file.endswith(".html")
                                    else "manifest")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What became of a file: `state`, and in words what differs; of numbers compared how many, and the largest difference."""

    file: str
    state: str
    detail: str = ""

    @property
    def agrees(self) -> bool:
        """Whether nothing speaks against it."""
        return self.state in (SAME, WITHIN, APART)


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What a verification found.

    Parameters
    ----------
    here : bool
        Whether the environment that is installed was used.
    same_kind : bool
        Of the processor.
    made_on, found_on : mapping
        Processor of the run, and of this machine.
    noted : tuple of str
        Where program, Python or packages differ from those of the archive.
    rows : tuple of Row
        One for every file of the run.
    seconds : mapping of str to float
        By step.
    """

    here: bool
    same_kind: bool
    made_on: Mapping[str, Any]
    found_on: Mapping[str, Any]
    noted: tuple[str, ...]
    rows: tuple[Row, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether everything does that can be compared, tables among it."""
        return all(row.agrees for row in self.rows) and any(row.state in (SAME, WITHIN) for row in self.rows)


def verify(archive: Path, *, here: bool, wheels: Path | None, quiet: bool, tell: Tell) -> Verified:
    """Unpack an archive, repeat its run with an empty cache, and compare.

    Parameters
    ----------
    archive : Path
        A file of :func:`forecast.pipeline.archive.write_archive`.
    here : bool
        Use the environment that is installed, and not a new one with the packages and the program of the archive.
    wheels : Path, optional
        Folder of wheels: nothing is fetched.
    quiet : bool
        Without the progress of the run.
    tell : callable
        Told what is being done.

    Raises
    ------
    InputError
        Where this is no archive, or it was changed; nothing was run by then.
    ForecastError
        Where the environment cannot be made, or the run ends with an error.
    """
    clock, seconds = perf_counter(), {}

    def lap(step: str) -> None:
        nonlocal clock
        seconds[step], clock = perf_counter() - clock, perf_counter()

    sweep_partials(Path(gettempdir()))
    with hidden(Path(gettempdir())) as place:
        content = place / "archive"
        about = unpack(archive, content)
        manifest = check_run(archive, content, about)
        lap("unpack and check")
        python = Path(sys.executable)
        if not here:
            tell("making an environment with the packages and the program of the archive")
            python = new_environment(place / "environment", content, about, wheels)
            lap("make the environment")
        found = _environment(python, here)
        tell(f"repeating the run from nothing: forecast {' '.join(about.repeat.words())}")
        made = place / "made"  # one of its own: this process holds the lock of the one around it, and the run would wait for it
        made.mkdir()
        _repeat(python, about, content, made, quiet)
        lap("repeat the run")
        same_kind = found["machine"] == about.machine
        rows = tuple(compare_files(manifest, content / "run", made / "run", same_kind))
        lap("compare")
    return Verified(here=here, same_kind=same_kind, made_on=about.machine, found_on=found["machine"],
                    noted=tuple(environment_differences(about, found)), rows=rows, seconds=seconds)


# Unpacked, and checked before anything is run.

def unpack(archive: Path, target: Path) -> About:
    """Write the members of an archive into a new folder, each as its hash says (raises InputError)."""
    check_ordinary([archive], LARGEST)
    try:
        with zipfile.ZipFile(archive) as file:
            _check_members(archive, file.infolist())
            file.extractall(target)
    except DAMAGED_ZIP as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # EINVAL: a place before the file's beginning
            raise  # of the disk that is unpacked to
        raise InputError([_fault(archive, "whole file", "an archive as forecast archive wrote it",
                                 f"a damaged one, or another kind of file ({str(error)[:100]})")]) from None
    try:
        about = About.model_validate_json(json.dumps(read_json(target / ABOUT)))
    except ValidationError as error:
        raise InputError(first_of(faults_of(error, archive, REMEDY, lambda key: f"{ABOUT}, {of_key(key)}"))) from None
    members = {path.relative_to(target).as_posix(): path for path in sorted(target.rglob("*")) if path.is_file()}
    wrong = [(name, "the member as it was written", "another content" if name in members else "none")
             for name, digest in about.files.items() if name not in members or sha256(members[name]) != digest]
    wrong += [(name, f"a member that {ABOUT} names", "one more") for name in members if name not in about.files and name != ABOUT]
    wrong += [(name, "a member of the archive", "none") for name in (about.wheel, "requirements.txt", f"run/{MANIFEST}")
              if name not in about.files]
    if wrong:
        raise InputError(first_of(_fault(archive, name, expected, found) for name, expected, found in wrong))
    return about


def _check_members(archive: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse what a zip of the program never has, before anything is written (raises InputError)."""
    names = [one.filename for one in members]
    strange = next((one for one in members if _outside(one.filename) or S_ISLNK(one.external_attr >> 16) or one.flag_bits & 1),
                   None)
    if strange:
        raise InputError([_fault(archive, repr(strange.filename[:100]), "members inside the archive, plain files",
                                 "a place outside of it, a link or an encrypted one")])
    if len(names) > MOST_MEMBERS or sum(one.file_size for one in members) > LARGEST:
        raise InputError([_fault(archive, "all members", f"at most {MOST_MEMBERS:,}, of {LARGEST:,} bytes together",
                                 f"{len(names):,} of {sum(one.file_size for one in members):,}")])
    if len({name.casefold() for name in names}) < len(names) or ABOUT not in names:
        raise InputError([_fault(archive, "all members", f"every name once, and {ABOUT}",
                                 "a name twice" if ABOUT in names else f"no {ABOUT}")])


def _outside(name: str) -> bool:
    """Whether a name leads out of the folder that it is written into, on any system."""
    path = PurePosixPath(name)
    return (path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or name.endswith("/") or not path.parts
            or any(ord(sign) < 32 for sign in name))


class Hashed(BaseModel):
    """What a run's manifest says of its files and of what it read."""

    model_config = ConfigDict(strict=True, frozen=True)

    files: Mapping[str, str] = Field(min_length=1)
    hashes: Mapping[str, str]


def check_run(archive: Path, content: Path, about: About) -> Mapping[str, Any]:
    """Manifest of the run, after its tables and its inputs were found in the archive as it names them (raises InputError)."""
    known: Mapping[str, Any] = read_json(content / "run" / MANIFEST)
    try:
        hashed = Hashed.model_validate(known)
    except ValidationError as error:
        raise InputError(first_of(faults_of(error, archive, REMEDY, lambda key: f"run/{MANIFEST}, {of_key(key)}"))) from None
    wrong = [name for name in about.files if name.startswith("run/") and name != f"run/{MANIFEST}"
             and about.files[name] != hashed.files.get(name.removeprefix("run/"))]
    held = set(about.files.values())
    wrong += [name for name, digest in hashed.hashes.items() if digest not in held and not name.startswith(SECTIONS)]
    try:
        wrong += _other_than_shipped(content, about)
    except DAMAGED_ZIP as error:
        found = f"a damaged one ({str(error)[:100]})"
        raise InputError([_fault(archive, about.wheel, "a wheel of the program", found)]) from None
    wrong += _not_held(about)
    if wrong:
        raise InputError(first_of(_fault(archive, name, "the file as the run's manifest, or the program in the archive, has it",
                                         "another content") for name in wrong))
    return known


def _not_held(about: About) -> list[str]:
    """What the request names and is neither a member nor the name of something that ships."""
    asked = about.repeat
    named = [one for one in (*asked.scenarios, *asked.then, asked.priors, asked.dyad, asked.elections) if one]
    wrong = [one for one in named if one not in about.files and not re.fullmatch(r"[\w-]+", one)]
    held = asked.data is None or any(name.startswith(f"{asked.data}/") for name in about.files)
    return wrong if held or asked.data is None else [*wrong, asked.data]


def _other_than_shipped(content: Path, about: About) -> Iterator[str]:
    """Copies for readers of what ships inside the wheel, that differ from it."""
    with zipfile.ZipFile(content / about.wheel) as file:
        names = {one.filename for one in file.infolist()}
        for name in about.files:
            inside = f"forecast/{name}"
            copied = name.startswith("data/") and inside in names and not name.startswith(f"{about.repeat.data}/")
            if copied and file.read(inside) != (content / name).read_bytes():
                yield name


REMEDY = "Take the original file: an archive counts only as it was written."


def _fault(archive: Path, where: str, expected: str, found: str) -> Fault:
    return Fault(source=str(archive), where=where, expected=expected, found=found, remedy=REMEDY)


# An environment, and the run in it.

def new_environment(folder: Path, content: Path, about: About, wheels: Path | None) -> Path:
    """Make an environment with what the archive names; returns its Python (raises ForecastError)."""
    try:
        venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    except (OSError, subprocess.CalledProcessError) as error:
        raise ForecastError(f"No environment could be made ({error}). Install the part of Python that makes them (python3-venv), "
                            "or use --here.") from None
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    offline = ["--no-index", f"--find-links={wheels.resolve()}"] if wheels else []
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    hashes = ["--require-hashes"] if about.hashed else []
    for words in ([*pip, *offline, "--only-binary=:all:", *hashes, "-r", str(content / "requirements.txt")],
                  [*pip, "--no-index", str(content / about.wheel)]):
        done = _called(words, content, CLEAN)
        if done.returncode:
            remedy = "Fill the folder of --wheels with: pip download --no-deps -r requirements.txt." if wheels else (
                "Without a network give a folder of wheels (--wheels), or use --here.")
            raise ForecastError(f"The packages of the archive could not be installed: {_last(done.stderr)} {remedy}")
    return python


def _environment(python: Path, here: bool) -> dict[str, Any]:
    """What is installed: hash of the program, Python, packages, processor."""
    if here:
        return {"digest": program_digest(), "python": platform.python_version(), "packages": packages(), "machine": machine()}
    code = ("import json, platform; from forecast.pipeline.archive import machine, packages, program_digest; print(json.dumps("
            "dict(digest=program_digest(), python=platform.python_version(), packages=packages(), machine=machine())))")
    done = _called([str(python), "-P", "-c", code], python.parent, CLEAN)
    if done.returncode:
        raise ForecastError(f"The program of the archive does not start: {_last(done.stderr)}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def environment_differences(about: About, found: Mapping[str, Any]) -> Iterator[str]:
    """Where an environment is another than that of the archive, in words."""
    if found["digest"] != about.digest:
        yield f"program: SHA-256 of its files {found['digest'][:16]}, in the archive {about.digest[:16]}"
    if found["python"] != about.python:
        yield f"Python {found['python']}, in the archive {about.python}"
    for name, one in about.packages.items():
        other = found["packages"].get(name, {"version": "none", "content": ""})
        if other["version"] != one["version"]:
            yield f"{name} {other['version']}, in the archive {one['version']}"
        elif other["content"] != one["content"]:
            yield f"{name} {one['version']}: other files of the same version"


def _repeat(python: Path, about: About, content: Path, place: Path, quiet: bool) -> None:
    """Run the command of an archive with an empty cache (raises ForecastError)."""
    words = [str(python), "-P", "-c", RUN, *about.repeat.words(), "--out", str(place / "run"), *(["--quiet"] if quiet else [])]
    own = {} if str(python) == sys.executable else CLEAN
    done = _called(words, content, {"FORECAST_CACHE": str(place / "cache"), **own}, aloud=not quiet)
    if done.returncode:
        raise ForecastError(f"The run of the archive ended with an error. {_last(done.stderr)}".strip())


CLEAN = {"PYTHONHOME": "", "PYTHONPATH": ""}
"""For a new environment: Python takes empty ones for none."""


def _called(words: Sequence[str], place: Path, more: Mapping[str, str], *, aloud: bool = False,
            ) -> "subprocess.CompletedProcess[str]":
    """Call a program, which ends with this one; aloud where its progress is shown as it comes."""
    done = call_program(words, place=place, environment={**os.environ, **more}, aloud=aloud)
    return subprocess.CompletedProcess(words, done.returncode, *(part.decode(errors="replace")
                                                                 for part in (done.stdout, done.stderr)))


def _last(text: str) -> str:
    """The last lines of what a program said, in one."""
    return " ".join(" ".join(text.split("\n")[-6:]).split())[-600:]


# File by file.

def compare_files(manifest: Mapping[str, Any], kept: Path, made: Path, same_kind: bool) -> Iterator[Row]:
    """What became of every file of a run: those of the manifest, and those that are made beyond."""
    new = read_json(made / MANIFEST)
    for what in ("dyad", "as_of", "seed", "hashes"):
        told = {key: value for key, value in (manifest.get(what) or {}).items() if not key.startswith(SECTIONS)} if (
            what == "hashes") else manifest.get(what)
        yield Row(file=f"{MANIFEST}, {what}", state=SAME if new.get(what) == told else DIFFERS)
    for name, digest in sorted(manifest["files"].items()):
        if name not in new["files"]:
            yield Row(file=name, state=MISSING)
        elif new["files"][name] == digest:
            yield Row(file=name, state=SAME)
        elif same_kind:
            yield Row(file=name, state=DIFFERS, detail=_where(kept / name, made / name))
        else:
            yield _within(name, kept / name, made / name)
    for name in sorted(set(new["files"]) - set(manifest["files"])):
        yield Row(file=name, state=DIFFERS, detail="made, and not in the archive")


TEXT = (".csv", ".tex", ".json")


def _where(kept: Path, made: Path) -> str:
    """The first line in which two texts differ."""
    if kept.suffix not in TEXT or not kept.is_file():
        return ""
    pairs = zip(read_text(kept).split("\n"), read_text(made).split("\n"), strict=False)
    number, one, other = next(((at, *pair) for at, pair in enumerate(pairs, 1) if pair[0] != pair[1]), (0, "", ""))
    return f"line {number}: {one[:60]!r} in the archive, {other[:60]!r} made" if number else "one is longer"


_NUMBER = re.compile(r"(?<![\w.])[-+\u2212]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\w)")


def _within(name: str, kept: Path, made: Path) -> Row:
    """A text whose numbers may differ within limits."""
    if kept.suffix not in TEXT or not kept.is_file():
        return Row(file=name, state=APART, detail="not in the archive" if not kept.is_file() else "no text")
    one, other = (_cells(path) for path in (kept, made))
    if [len(row) for row in one] != [len(row) for row in other]:
        return Row(file=name, state=DIFFERS, detail="another number of rows or cells")
    largest = [max((abs(value) for row in one if place < len(row) for value in _numbers(row[place])), default=0.0)
               for place in range(max(map(len, one), default=0))]
    cells = [(row, place, *pair) for row, pairs in enumerate(zip(one, other, strict=True), 1)
             for place, pair in enumerate(zip(*pairs, strict=True))]
    outside = [(row, first, second) for row, place, first, second in cells if not near(first, second, largest[place])]
    if outside:
        row, first, second = outside[0]
        return Row(file=name, state=DIFFERS, detail=f"{len(outside)} of {len(cells)} cells beyond the limits, first in line "
                                                    f"{row}: {first[:60]!r} in the archive, {second[:60]!r} made")
    changed = sum(first != second for *_, first, second in cells)
    return Row(file=name, state=WITHIN, detail=f"{changed} of {len(cells)} cells differ")


def _cells(path: Path) -> list[list[str]]:
    text = read_text(path)
    return list(csv.reader(text.splitlines())) if path.suffix == ".csv" else [re.split(r"&", line) for line in text.split("\n")]


def _numbers(text: str) -> list[float]:
    return [float(one.replace("\u2212", "-")) for one in _NUMBER.findall(text)]


def near(one: str, other: str, largest: float) -> bool:
    """Whether two cells say the same words, and numbers within the limits."""
    if one == other:
        return True
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
        return False
    return all(abs(first - second) <= LIMITS["relative"] * max(abs(first), abs(second)) + LIMITS["of_column"] * largest
               + 10.0 ** -_decimals(text) for first, second, text in zip(_numbers(one), _numbers(other), _NUMBER.findall(one),
                                                                         strict=True))


def _decimals(text: str) -> int:
    return 0 if "e" in text.lower() else len(text.partition(".")[2])
