"""Every command that reads, against what it cannot read: one message, exit code 2, nothing changed, nothing begun.

The fast lane spoils every input in one way, another one for the next, and the slow lane (minutes) it and every file in it in
all ways.
"""

import hashlib
import shlex
import shutil
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from tests.walk.program import textual
from tests.walk.reading import ELSEWHERE, NEITHER, READS, WRITES, Reading
from tests.walk.right import IMPORTED
from tests.walk.spoiled import FILE, FOLDER, TABLE, Spoil

SECONDS = 5.0
"""Processor time that a refusal may take."""
HANG = 60
LONGEST = 100_000
"""Characters of a message: faults of a table are many, raw content is more."""
IN_TURN = (("truncated", "a file"), ("missing",))
"""A file is cut off where a folder has a file in its place; then either is missing."""
CASES = {f"{command} {parameter}" + (f" {reading.right}" if len(readings) > 1 else ""): reading
         for (command, parameter), readings in READS.items() for reading in readings}


def _is_table(name: str) -> bool:
    """Whether a table has columns of ours; importers pass over those that they do not need."""
    return name.endswith(".csv") and name not in IMPORTED.values()


class WorkBegunError(Exception):
    """Something long would have begun."""


def _begun(*_: object, **__: object) -> None:
    raise WorkBegunError


@pytest.fixture
def place(right, tmp_path, monkeypatch) -> Path:
    """A copy of everything right, as the working directory; what is long raises an error."""
    import forecast.pipeline.fits  # noqa: F401

    folder = shutil.copytree(right, tmp_path / "place")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FORECAST_CACHE", str(folder / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("forecast.posterior.fit._fit_all", lambda jobs, _: _begun() if jobs else None)
    monkeypatch.setattr("forecast.posterior.sampler.Compiler.__call__", _begun)
    monkeypatch.setattr("concurrent.futures.process.ProcessPoolExecutor.__init__", _begun)
    monkeypatch.setattr("forecast.pipeline.fits.check_priors", _begun)
    monkeypatch.setattr("forecast.pipeline.verify._called", _begun)
    monkeypatch.setattr("forecast.pipeline.verify.new_environment", _begun)
    monkeypatch.setattr("forecast.report.style.save_figure", lambda *_: ())  # figures are looked at elsewhere
    # gets ready beside the reading, and computes nothing
    monkeypatch.setattr("forecast.report.run.figure_worker", lambda **_: nullcontext())
    return folder


def test_every_argument_and_option_is_known_to_read_or_not():
    unknown = [one for one in textual() if one not in READS and one not in NEITHER | ELSEWHERE and one[1] not in WRITES]
    assert not unknown, "say in tests/walk/reading.py what these read, or that they read nothing"
    assert {*READS, *NEITHER} <= set(textual())


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_read_is_one_message(place, right, name):
    ways = IN_TURN[[*CASES].index(name) % len(IN_TURN)]
    assert not list(_met(CASES[name], place, right, ways, members=False))


@pytest.mark.parametrize("name", [name for name, one in CASES.items() if _is_table(one.right)])
def test_a_table_with_a_misspelt_column_is_one_message(place, right, name):
    assert not list(_met(CASES[name], place, right, TABLE, members=False))


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_is_spoiled_in_any_way_is_one_message(place, right, name):
    assert not list(_met(CASES[name], place, right, {**FILE, **FOLDER, **TABLE}, members=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_is_right_is_read(place, name):
    """Without this, a refusal could be one of something else."""
    result = _call(CASES[name])
    assert isinstance(result.exception, WorkBegunError) or result.exit_code == 0, result.output


def _met(reading: Reading, place: Path, right: Path, ways: Iterable[str], members: bool) -> Iterator[str]:
    """What is wrong with how a command meets an input (and each file in it) that is spoiled in some ways."""
    def file(name: str) -> dict[str, Spoil]:
        return FILE | (TABLE if _is_table(name) else {})

    parts = [(reading.right, FOLDER if reading.members else file(reading.right))]
    parts += [(f"{reading.right}/{name}", file(name)) for name in reading.members if members]
    for part, spoils in parts:
        for how in ways:
            if how not in spoils or (how == "missing" and part.partition("/")[2] in reading.optional):
                continue
            yield from (f"{part} is {how}: {wrong}" for wrong in _wrong(reading, place, right, spoils[how], place / part))


def _wrong(reading: Reading, place: Path, right: Path, spoil: Spoil, path: Path) -> Iterator[str]:
    """What is wrong with how a command meets a spoiled input; the right one is back afterwards."""
    spoil(path)
    before, begin = _tree(place), time.process_time()
    try:
        with _no_hang():
            result = _call(reading)
        yield from _faults_of(result, path)
        if (took := time.process_time() - begin) > SECONDS:
            yield f"took {took:.1f} s"
        if _tree(place) != before:
            yield f"changed {sorted(set(_tree(place)) ^ set(before))}"
    except TimeoutError:
        yield "hangs"
    finally:
        _restore(place, right, reading.right)


def _faults_of(result, path: Path) -> Iterator[str]:
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    if result.exception and not isinstance(result.exception, SystemExit):
        yield f"raised {result.exception!r:.200}"
    elif result.exit_code != 2:
        yield f"exit code {result.exit_code}: {result.output[:200]!r}"
    elif not lines or not all(line.startswith("error: ") for line in lines):
        yield f"told {result.stderr[:300]!r}"
    elif path.name not in result.stderr.replace("\n", ""):
        yield f"does not name {path.name}: {lines[0][:300]}"
    elif not all(line.isprintable() for line in lines):
        yield f"prints raw bytes: {result.stderr[:200]!r}"
    elif len(result.stderr) > LONGEST:
        yield f"prints {len(result.stderr):,} characters"
    elif result.stdout.strip():
        yield f"prints {result.stdout[:200]!r} first"


def _call(reading: Reading):
    words = [reading.right if word == "{}" else word for word in shlex.split(reading.line)]
    return CliRunner().invoke(app, words)


def _restore(place: Path, right: Path, name: str) -> None:
    for path in place.iterdir():
        if path.name == name or not (right / path.name).exists():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    shutil.copytree(right / name, place / name) if (right / name).is_dir() else shutil.copy(right / name, place / name)


def _tree(place: Path) -> dict[str, tuple]:
    return {str(path.relative_to(place)): _content(path) for path in sorted(place.rglob("*"))}


def _content(path: Path) -> tuple:
    about = path.lstat()
    small = path.is_file() and about.st_size < 1_000_000
    return about.st_mode, about.st_size, hashlib.sha256(path.read_bytes()).hexdigest() if small else about.st_mtime_ns


@contextmanager
def _no_hang() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    earlier = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, earlier)
