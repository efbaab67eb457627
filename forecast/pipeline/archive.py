"""A run as one file that an editor can run again: inputs, program, environment, tables, and the texts that journals ask for.

The archive is a zip whose bytes depend on the run and the program alone. ``archive.json`` names every member with its SHA-256 and
what is needed to repeat the run: the request, the program, the packages, the kind of processor. Nothing in it names a folder of
the machine. Inputs are found by their hashes, among what ships and what is given; the program must be the one that made the run,
or there is no archive. :mod:`forecast.pipeline.verify` reads it.
"""

import base64
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from llvmlite import binding
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

import forecast
from forecast import shipped
from forecast.config import read_yaml
from forecast.console import Progress
from forecast.contacts import load_dyad
from forecast.errors import Fault, InputError
from forecast.files import MEGABYTE, is_file, read_bytes
from forecast.outputs import MANIFEST, PROGRAM, sha256
from forecast.pipeline.run_directory import RunManifest, read_run
from forecast.simulation.scenario import Scenario, load_scenario
from forecast.workers import call_program

if TYPE_CHECKING:
    from forecast.report.archive import Citation

# What computes: the kind of processor, the program, the packages.

PACKAGE = Path(forecast.__file__).parent
ROOMS = ("priors", "scenarios")
"""What lies beside the package in a checkout and inside it in a wheel; users edit it, and its hashes are those of inputs."""


def machine() -> dict[str, Any]:
    """System, architecture and processor with the features that NumPy uses: what decides how sums are rounded."""
    found = np.show_config(mode="dicts")["SIMD Extensions"]
    return {"system": platform.system(), "machine": platform.machine(), "processor": binding.get_host_cpu_name(),
            "features": [*found["baseline"], *found["found"]]}


def program_files() -> dict[str, Path]:
    """Every file of the program by its place in a wheel."""
    rooms = {room: PACKAGE.parent / room for room in ROOMS if not (PACKAGE / room).is_dir()}
    return {f"forecast/{place}{path.relative_to(folder).as_posix()}": path
            for place, folder in {"": PACKAGE, **{f"{room}/": folder for room, folder in rooms.items()}}.items()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(folder).parts)}


@cache
def program_digest() -> str:
    """Hash of the program and the facts that ship with it, the same in a checkout and a wheel; without priors and scenarios."""
    digest = hashlib.sha256()
    for name, path in sorted(program_files().items()):
        if name.split("/")[1] not in ROOMS:
            digest.update(f"{name} {sha256(path)}\n".encode())
    return digest.hexdigest()


class Package(TypedDict):
    """A package that was installed: its version, and the hash of what its wheel lists."""

    version: str
    content: str


def packages() -> dict[str, Package]:
    """What the program needs, directly or by way of others: version, and a hash of the files as their wheel lists them."""
    found: dict[str, Package] = {}
    seen: set[tuple[str, str]] = set()
    todo = [(_program(), "")]
    while todo:
        for name, extra in _needed(*todo.pop()):
            with suppress(PackageNotFoundError):  # an extra of the program that is not installed
                if (name, extra) not in seen:
                    one = distribution(name)
                    found[name] = {"version": one.version, "content": _content(name)}
                    todo.append((one, extra))
                seen.add((name, extra))
    return dict(sorted(found.items()))


def _needed(one: Distribution, extra: str) -> Iterator[tuple[str, str]]:
    """What a package with an extra needs on this system: names, once plain and once for every extra that is asked for."""
    for asked in map(Requirement, one.requires or ()):
        if asked.marker is None or asked.marker.evaluate({"extra": extra}):
            yield from ((str(canonicalize_name(asked.name)), wanted) for wanted in ("", *sorted(asked.extras)))


def _program() -> Distribution:
    try:
        return distribution(PROGRAM)
    except PackageNotFoundError:
        raise InputError([Fault(source=PROGRAM, where="installed packages", expected="the program, installed",
                                found="none of this name", remedy="Install it (make forecast, or pip install).")]) from None


@cache
def _content(name: str) -> str:
    """Hash of the hashes that the installer noted; without what differs from place to place (scripts, notes of the installer)."""
    rows = sorted(f"{path.as_posix()} {path.hash.value}" for path in distribution(name).files or ()
                  if path.hash and path.parts[0] != ".." and ".dist-info" not in path.parts[0] and path.suffix != ".pyc")
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


_LOCKED = re.compile(r"^([\w.-]+)==([^\s;\\]+)[^\n]*\\\n((?:\s+--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


def requirements(found: Mapping[str, Package]) -> tuple[str, bool]:
    """Lines for pip with every package and version; with the hashes of their files where a checkout has them all locked."""
    file = PACKAGE.parent / "requirements.txt"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    locked = {(str(canonicalize_name(name)), version): hashes.replace(" \\", "").split()
              for name, version, hashes in _LOCKED.findall(text)}
    pins = [(name, one["version"]) for name, one in found.items()]
    hashed = all(pin in locked for pin in pins)
    lines = [" \\\n    ".join([f"{name}=={version}", *(locked[name, version] if hashed else ())]) for name, version in pins]
    return "\n".join(lines) + "\n", hashed


def commit() -> str | None:
    """The commit of a checkout, with a remark where its files were changed since; None outside of one."""
    if not (PACKAGE.parent / ".git").exists():
        return None
    with suppress(OSError, subprocess.SubprocessError):
        head, changed = (call_program(["git", "-C", str(PACKAGE.parent), *words], seconds=60, check=True).stdout.decode().strip()
                         for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--", "forecast", *ROOMS)))
        return f"{head}{', with changes' if changed else ''}"
    return None


def wheel() -> tuple[str, dict[str, bytes]]:
    """Name and members of a wheel of the program as it is installed here, from a checkout or not."""
    one = _program()
    stem = f"{PROGRAM.replace('-', '_')}-{one.version}"
    about = {name: one.read_text(name) for name in ("METADATA", "entry_points.txt", "licenses/LICENSE")}
    about["WHEEL"] = f"Wheel-Version: 1.0\nGenerator: {PROGRAM} ({one.version})\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    content = {name: path.read_bytes() for name, path in program_files().items()}
    content |= {f"{stem}.dist-info/{name}": text.encode() for name, text in about.items() if text}
    rows = [f"{name},sha256={_urlsafe(body)},{len(body)}" for name, body in sorted(content.items())]
    content[f"{stem}.dist-info/RECORD"] = "\n".join([*rows, f"{stem}.dist-info/RECORD,,", ""]).encode()
    return f"{stem}-py3-none-any.whl", content


def _urlsafe(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


# What is asked for: how a run is repeated.

Given = Annotated[str, StringConstraints(pattern=r"^\w[^\x00-\x1f\\]*$", max_length=300)]
"""Name of something shipped, or of a member of the archive."""


class Repeat(BaseModel):
    """The request of a run, with the names of what ships and the members of what does not."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

    scenarios: tuple[Given, ...] = Field(min_length=1)
    then: tuple[Given, ...] = ()
    priors: Given
    dyad: Given | None = None
    data: Given | None = None
    elections: Given | None = None
    as_of: date
    seed: int = Field(ge=0)
    paths: int = Field(ge=40)
    paths_asked: bool = False
    precision: float | None = None
    draws: int | None = Field(default=None, ge=100)
    all_paths: bool = False
    alone: bool = False
    ignore_gates: bool = False
    figures: bool = True
    lang: str | None = None

    def words(self) -> list[str]:
        """The command, word by word, without where it writes."""
        valued = {"--priors": self.priors, "--dyad": self.dyad, "--data": self.data, "--elections": self.elections,
                  "--as-of": self.as_of, "--seed": self.seed, "--precision": self.precision,
                  "--paths": self.paths if self.paths_asked or self.precision is None else None, "--draws": self.draws,
                  "--lang": self.lang}
        flags = {"--all-paths": self.all_paths, "--alone": self.alone, "--ignore-gates": self.ignore_gates,
                 "--no-figures": not self.figures}
        later = [word for one in self.then for word in ("--then", one)]
        return ["run", *self.scenarios, *later, *(str(word) for option, value in valued.items() if value is not None
                                          for word in (option, value)), *(option for option, on in flags.items() if on)]


class About(BaseModel):
    """What ``archive.json`` says."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    program: Literal["bilateral-forecast"] = "bilateral-forecast"
    kind: Literal["archive"] = "archive"
    format: Literal[1] = 1
    version: str
    commit: str | None
    digest: str
    wheel: Given
    python: str
    machine: Mapping[str, Any]
    packages: Mapping[str, Package]
    hashed: bool
    repeat: Repeat
    files: Mapping[str, str]


ABOUT = "archive.json"


# Inputs, found by their hashes.

class Shelf:
    """Files by their SHA-256: those given, and those that ship.

    Parameters
    ----------
    data : Path, optional
        Folder of the dyad.
    more : iterable of Path
        Single files.
    """

    def __init__(self, data: Path | None, more: Iterable[Path]) -> None:
        self.given = {hashlib.sha256(read_bytes(path)).hexdigest(): path for path in more}
        self.told = ", ".join(map(str, [*([data] if data else []), *self.given.values()])) or "what is given (nothing)"
        folder = [path for path in sorted(data.glob("[!.]*")) if path.is_file()] if data else []
        ships = [path for name, path in program_files().items() if name.split("/")[1] in ("data", *ROOMS)]
        self.known = self.given | {sha256(path): path for path in (*ships, *folder)}

    def find(self, run: Path, name: str, digest: str) -> Path:
        """The file of an input (raises InputError)."""
        if digest not in self.known:
            remedy = ("Give it with --with FILE, unchanged." if not name.startswith("data ") else
                      "Give the folder with --data, unchanged, or run the forecast again.")
            raise InputError([Fault(source=str(run), where=f"input '{name}'", expected=f"a file with the SHA-256 {digest}",
                                    found=f"none, neither among what ships nor in {self.told}", remedy=remedy)])
        return self.known[digest]


Places = dict[str, dict[str, Path]]
"""Name of an input -> its members, by their places in the archive, itself first."""


def inputs(run: Path, manifest: RunManifest, shelf: Shelf) -> Places:
    """Every file that a run read (raises InputError)."""
    found: Places = {}
    for name, digest in manifest.hashes.items():
        kind, _, rest = name.partition(" ")
        if kind not in ("backtest", "sweep"):  # a section of the page: no table rests on it
            found[name] = _members_of(run, manifest, kind, rest, shelf.find(run, name, digest))
    _check_places(run, found)
    used = {sha256(path) for members in found.values() for path in members.values()}
    if strange := [path for digest, path in shelf.given.items() if digest not in used]:
        raise InputError(Fault(source=str(path), where="whole file", expected="a file that the run read, unchanged",
                               found="another content", remedy=f"Leave it out, or see hashes in {run / MANIFEST}.")
                         for path in strange)
    return found


def _check_places(run: Path, found: Places) -> None:
    """Refuse two files that would have one place in the archive, of which only one would be kept (raises InputError)."""
    by_place: dict[str, Path] = {}
    for members in found.values():
        for place, path in members.items():
            other = by_place.setdefault(place, path)
            if sha256(other) != sha256(path):
                raise InputError([_cannot(run, place, "one file of this name", f"two: {other} and {path}",
                                          "Give the files of the run names of their own, and run the forecast again.")])


def facts() -> dict[str, Path]:
    """What ships and every run reads, or may: elections, administrations, codebook, context series with their sources."""
    found = [*shipped.DATA.glob("*.*"), *(shipped.DATA / "series").glob("*.*")]
    return {f"data/{path.relative_to(shipped.DATA).as_posix()}": path for path in sorted(found)}


def _members_of(run: Path, manifest: RunManifest, kind: str, rest: str, path: Path) -> dict[str, Path]:
    """Places of an input, and of what a scenario extends."""
    if kind == "scenario":
        return _scenario_files(run, next(one for one in (*manifest.scenarios, *manifest.then) if one.name == rest), path)
    place = {"data": f"data/{rest}", "series": f"data/series/{rest}", "priors": f"priors/{f'{rest}.yaml' if rest else path.name}",
             "elections": f"elections/{path.name}"}.get(kind)
    if place is None:
        raise InputError([_cannot(run, f"input '{kind}'", "inputs that forecast run takes", "others, given from Python",
                                  "Write questions into a scenario file, and run with it.")])
    return {place: path}


def _scenario_files(run: Path, scenario: Scenario, path: Path) -> dict[str, Path]:
    """A scenario file and the files that it extends or names, which must still say what the run was told."""
    same, apart = load_scenario(path), {"questions", "as_of"}  # the last day that was used is said of the run as a whole
    if same.model_dump(exclude=apart) != scenario.model_dump(exclude=apart) or not (
            {one.id: one for one in scenario.questions}.items() <= {one.id: one for one in same.questions}.items()):
        raise InputError([_cannot(run, f"scenario '{scenario.name}'", "the files that it extends or names, as they were",
                                  "others", "Run the forecast again.")])
    found = {f"scenarios/{path.name}": path}
    home = shipped.scenario_folder()
    for one in {other.resolve() for other in _leads_to(path)}:
        near = os.path.relpath(one, path.resolve().parent)
        ships = home is not None and one.is_relative_to(home.resolve())
        if near.startswith("..") and not ships:
            raise InputError([_cannot(run, f"scenario '{scenario.name}'", "what it extends beside it or below it", str(one),
                                      "Lay the files into one folder, and run the forecast again.")])
        found[f"scenarios/{one.relative_to(home.resolve()).as_posix() if ships and home else Path(near).as_posix()}"] = one
    return found


def _leads_to(path: Path) -> Iterator[Path]:
    """Files that a scenario file extends, and files of questions that it names: beside it, or shipped."""
    content = read_yaml(path)
    for key, shipped_one in (("extends", shipped.shipped_scenario), ("questions", lambda name: shipped.shipped_file(str(name)))):
        if isinstance(name := content.get(key), str):
            beside = path.parent / name
            found = beside if is_file(beside) else shipped_one(Path(name))
            if found:
                yield found
                yield from _leads_to(found) if key == "extends" else ()


def _cannot(run: Path, where: str, expected: str, found: str, remedy: str) -> Fault:
    return Fault(source=str(run), where=where, expected=expected, found=found, remedy=remedy)


def repeat_of(run: Path, manifest: RunManifest, asked: Mapping[str, Any], found: Places) -> Repeat:
    """How a run is repeated (raises InputError where forecast run cannot)."""
    ships = {path.resolve(): name for names in (shipped.shipped_priors(), shipped.shipped_scenarios())
             for name, path in names.items()}

    def named(name: str) -> str:
        place, path = next(iter(found[name].items()))
        return ships.get(path.resolve(), place)

    own = asked["own_data"]
    if manifest.paths < 40 or (asked["draws"] or 100) < 100:
        raise InputError([_cannot(run, "request", "at least 40 futures and 100 draws, as forecast run takes them", "fewer",
                                  "Run the forecast again.")])
    return Repeat(scenarios=tuple(named(f"scenario {one.name}") for one in manifest.scenarios), priors=named("priors"),
                  then=tuple(named(f"scenario {one.name}") for one in manifest.then),
                  dyad=None if own else manifest.dyad, data=f"data/{manifest.dyad}" if own else None,
                  elections=named("elections") if "elections" in found else None,
                  as_of=manifest.as_of, seed=manifest.seed, lang=asked.get("lang"),
                  **{key: asked[key] for key in ("paths", "paths_asked", "precision", "draws", "all_paths", "alone",
                                                 "ignore_gates", "figures")})


# The archive.

LARGE = ("trajectories/", "posterior/")
"""Of a run: in the archive by request only; their hashes are in the run's manifest."""
PAPER = (".csv", ".tex", ".json", ".pdf")
"""Endings of the files of a run that are kept: tables, what their columns mean, and figures for print."""


def cited(what: str) -> "list[Citation]":
    """What a paper cites on a run, a shipped dyad or the folder of one (raises InputError)."""
    from forecast.report.archive import citations, of_manifest

    ships = what in shipped.dyads()
    folder = shipped.dyad(what) if ships else Path(what)
    if not ships and not (folder / "dyad.yaml").is_file():
        return of_manifest(read_run(folder)[1])
    about = load_dyad(folder)
    return citations(about.id, about.version, about.partner, sha256(folder / "contacts.csv"))


def check_program(run: Path, content: Mapping[str, Any]) -> None:
    """Refuse a run of another program, other packages or another command than forecast run (raises InputError)."""
    versions = {name: one["version"] for name, one in packages().items()} | {
        "forecast": forecast.__version__, "python": platform.python_version()}
    other = [f"{name} {said}" for name, said in content["versions"].items() if versions.get(name) != said]
    if content.get("running"):
        fault = ("command", "a run of forecast run", "one of forecast update", "Archive a run whose term has not begun.")
    elif "request" not in content or "machine" not in content:
        fault = ("key request", "what a run of this version was asked", "none", "Run the forecast again.")
    elif content.get("program_digest") != program_digest():
        fault = ("key program_digest", f"{program_digest()}, the program that is installed",
                 f"{content.get('program_digest')}", "Run the forecast again, and archive it with the same program.")
    elif other:
        fault = ("key versions", "the packages that are installed", ", ".join(other),
                 "Archive it in the environment that made it, or run the forecast again.")
    else:
        return
    raise InputError([_cannot(run / MANIFEST, *fault)])


def write_archive(run: Path, target: Path, *, data: Path | None = None, more: Iterable[Path] = (), large: bool = False,
                  progress: Progress = lambda *_: None) -> About:
    """Write the archive of a run directory.

    Parameters
    ----------
    run : Path
        What ``forecast run`` wrote.
    target : Path
        The file to write.
    data : Path, optional
        Folder of the dyad, where it is none that ships.
    more : iterable of Path
        Files that the run read and that do not ship: priors, scenarios, elections.
    large : bool
        With futures and posteriors.
    progress : callable, optional
        Told how many files are in the archive.

    Raises
    ------
    InputError
        Where this is no run, an input is missing or was changed, or program or packages are not those of the run.
    """
    from forecast.report.archive import texts

    manifest, content = read_run(run)
    check_program(run, content)
    read = inputs(run, manifest, Shelf(data, more))
    again = repeat_of(run, manifest, content["request"], read)
    progress("collect", 0, 1)
    found = facts() | {place: path for members in read.values() for place, path in members.items()}
    needed = packages()
    lines, hashed = requirements(needed)
    name, members = wheel()
    written: dict[str, Path | bytes] = {**found, **_of_run(run, content, large), f"code/{name}": zipped(members),
                                        "requirements.txt": lines.encode()}
    about = About(version=forecast.__version__, commit=commit(), digest=program_digest(), wheel=f"code/{name}",
                  python=platform.python_version(), machine=content["machine"], packages=needed, hashed=hashed, repeat=again,
                  files={})
    told = texts(content, about.model_dump(mode="json"), again.words(), found, run, [*written])
    written |= {name: text.encode() for name, text in told.items()}
    about = about.model_copy(update={"files": {name: _digest(body) for name, body in sorted(written.items())}})
    written[ABOUT] = (json.dumps(about.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n").encode()
    progress("collect", 1, 1)
    write_zip(written, target, lambda done: progress("archive", done, len(written)))
    return about


def _of_run(run: Path, content: Mapping[str, Any], large: bool) -> dict[str, Path]:
    """Files of a run that are kept, its manifest first."""
    kept = [name for name in content["files"] if name.startswith(LARGE) and large or (
        not name.startswith(LARGE) and name.endswith(PAPER))]
    return {f"run/{name}": run / name for name in (MANIFEST, *kept)}


def _digest(body: Path | bytes) -> str:
    return sha256(body) if isinstance(body, Path) else hashlib.sha256(body).hexdigest()


def write_zip(members: Mapping[str, Path | bytes], target: Path | BytesIO, tell: Callable[[int], None] = lambda _: None) -> None:
    """Write members in the order of their names, with one time and one mode for all: else every archive were another one."""
    with ZipFile(target, "w") as file:
        for place, (name, body) in enumerate(sorted(members.items())):
            tell(place)
            about = ZipInfo(name)  # the first day that a zip can tell
            about.compress_type, about.create_system, about.external_attr = ZIP_DEFLATED, 3, 0o100644 << 16
            about.file_size = body.stat().st_size if isinstance(body, Path) else len(body)
            with file.open(about, "w") as member, (body.open("rb") if isinstance(body, Path) else BytesIO(body)) as source:
                shutil.copyfileobj(source, member, MEGABYTE)
    tell(len(members))


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip in memory."""
    found = BytesIO()
    write_zip(members, found)
    return found.getvalue()
