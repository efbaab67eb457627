"""Every reader of records beside every file that is none: one message, exit code 2, within seconds, nothing changed."""

import hashlib
import os
import random
import shutil
import signal
import stat
import time
import zipfile
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

import forecast.evaluation.freezing
import forecast.evaluation.hub_models
import forecast.pipeline.scenario
from cli import app
from forecast.evaluation.frozen import write_frozen
from tests.conftest import some, some_rows
from tests.contacts.example import contact, page, second, write, write_dyad
from tests.contacts.importing import FILES
from tests.evaluation.frozen.example import frozen

LATE = (forecast.evaluation.freezing, forecast.evaluation.hub_models, forecast.pipeline.scenario)
"""Imported before any time is taken: commands import them when they are called."""
SECONDS = 5
NOISE = 10 << 20
SAMPLE = {"gdelt": "gdelt2.export.CSV", "icews": "icews.tab", "polecat": "polecat.txt", "colt": "colt.csv",
          "historian": "visits.xml"}


@pytest.fixture(scope="module")
def noise():
    return random.Random(20241104).randbytes(NOISE)


@pytest.fixture
def place(tmp_path):
    """A dyad folder, and a copy of it with another contact."""
    row = contact()
    for name in ("dyad", "other"):
        folder = write_dyad(tmp_path / name, [row], [page(row["id"])])
        write(folder / "second_coding.csv", [second(row["id"])])
    write_frozen(frozen(), tmp_path / "frozen.json")
    return tmp_path


def spoil(path: Path, kind: str, noise: bytes, good: bytes) -> Path:
    """Put something of a kind in the place of a file; the path to name."""
    path.unlink(missing_ok=True)
    if kind == "a device":
        return Path("/dev/zero")
    content = {"empty": b"", "truncated": good[:-12], "binary": b"\x7fELF\x02\x01\x01" + bytes(300), "noise": noise,
               "noise without zeros": noise.replace(b"\0", b"x"), "gzip": b"\x1f\x8b\x08\x00 not unpacked"}
    if kind in content:
        path.write_bytes(content[kind])
    elif kind == "a folder":
        path.mkdir()
    elif kind == "a pipe":
        os.mkfifo(path)
    return path


KINDS = ("empty", "truncated", "binary", "noise", "noise without zeros", "gzip", "a folder", "missing", "a pipe", "a device")


@contextmanager
def in_time():
    """Fail where the program hangs, or takes longer than it may."""
    def hang(*_):
        raise TimeoutError("hangs")

    before, begun = signal.signal(signal.SIGALRM, hang), time.process_time()
    signal.alarm(12 * SECONDS)  # the machine may be busy; a hang is for ever
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert time.process_time() - begun < SECONDS


def tree(folder: Path) -> dict[str, str]:
    """What stands in a folder."""
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(path.lstat().st_mode) else "special"
            for path in sorted(folder.rglob("*"))}


def refuses(place: Path, *arguments: str | Path, messages: int = 1) -> str:
    before = tree(place)
    with in_time():
        found = CliRunner().invoke(app, [str(one) for one in arguments])
    said = [line for line in found.stderr.splitlines() if line.startswith("error: ")]
    assert found.exit_code == 2, (found.output, found.exception)
    assert len(said) == len(found.stderr.splitlines()) == messages, found.stderr
    assert all(len(line) < 1000 and line.isprintable() for line in said)
    assert tree(place) == before
    return said[0]


SAYS = {"empty": "an empty file", "binary": "binary data", "noise": "binary data", "noise without zeros": "text",
        "gzip": "a gzip file", "a folder": "a folder", "missing": "No such file", "a pipe": "a device, pipe or socket",
        "a device": "a device, pipe or socket", "truncated": ""}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["contacts.csv", "media.csv", "second_coding.csv"])
def test_check_reads_each_file_of_a_folder(place, noise, name, kind):
    path = place / "dyad" / name
    spoilt = spoil(path, kind, noise, path.read_bytes())
    if kind == "missing" and name == "second_coding.csv":
        assert CliRunner().invoke(app, ["data", "check", str(place / "dyad")]).exit_code == 0
        return
    if spoilt != path:
        path.symlink_to(spoilt)
    said = refuses(place, "data", "check", place / "dyad")
    assert str(path) in said
    assert SAYS[kind] in said


COMMANDS = ("add", "diff", "diff back", "reliability", "reliability back", "score", "check", "resolve")
QUICK = {*product(("check", "diff"), KINDS), *product(COMMANDS, ("noise without zeros", "a folder", "a pipe"))}
"""Everything that can be wrong with a folder and with a file, and with every command what is read furthest or not at all."""


@pytest.mark.parametrize(("command", "kind"), some_rows(product(COMMANDS, KINDS), QUICK))
def test_every_command_that_reads_a_file_of_records(place, noise, command, kind):
    path = spoil(place / "given.csv", kind, noise, (place / "dyad" / "contacts.csv").read_bytes())
    good = place / "other" / "contacts.csv"
    arguments = {
        "add": ("data", "add", place / "dyad", path), "diff": ("data", "diff", good, path),
        "diff back": ("data", "diff", path, good), "reliability": ("data", "reliability", path, good, "-q"),
        "reliability back": ("data", "reliability", good, path, "-q"), "check": ("data", "check", path),
        "score": ("score", place / "frozen.json", path, "--outcome", "trump", "--coded-until", "2025-01-31"),
        "resolve": ("questions", "trump", "--resolve", path),
    }[command]
    folder = command in ("check", "resolve") or (kind == "a folder" and command in ("diff", "diff back", "score", "reliability"))
    missing = kind == "a folder" and command in ("check", "resolve", "score")  # dyad.yaml, contacts.csv, media.csv
    said = refuses(place, *arguments, messages=3 if missing else 1)
    assert str(path) in said
    assert folder or SAYS[kind] in said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", SAMPLE)
def test_every_importer(place, noise, form, kind):
    path = spoil(place / "given", kind, noise, (FILES / SAMPLE[form]).read_bytes().rstrip())
    if kind == "truncated" and form != "historian":
        path.write_bytes((FILES / SAMPLE[form]).read_bytes().rsplit(b"\t" if form != "colt" else b",", 4)[0])
    refuses(place, "data", "import", form, path, "--code", "KAZ", "--out", place / "out.csv", "-q")


@pytest.mark.parametrize("form", some(SAMPLE, ("gdelt", "colt")))
def test_every_importer_refuses_an_archive_made_to_fill_memory(place, form):
    with zipfile.ZipFile(place / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("events.csv", "w") as file:
        for _ in range(160):
            file.write(b"\n" * (1 << 20))
    said = refuses(place, "data", "import", form, place / "bomb.zip", "--code", "KAZ", "-q")
    assert "at most" in said


@pytest.mark.slow
def test_a_large_file_of_rows_of_other_widths_is_told_in_time(place):
    path = place / "dyad" / "contacts.csv"
    path.write_text(path.read_text() + "a,b\n" * 90_000)
    said = refuses(place, "data", "check", place / "dyad", messages=51)
    assert "row 3, whole row: expected 16 cells, found 2" in said
    path.write_text(path.read_text() + "a,b\n" * (30 << 18))
    assert "at most 100,000 rows" in refuses(place, "data", "check", place / "dyad")
    path.write_bytes(path.read_bytes() * 2)
    assert "at most 33,554,432 bytes" in refuses(place, "data", "check", place / "dyad")
    for form in ("gdelt", "icews"):
        given = place / "given"
        shutil.copy(FILES / SAMPLE[form], given)
        with given.open("a") as file:
            file.write("a\tb\n" * (45 << 18))
        refuses(place, "data", "import", form, given, "--code", "KAZ", "-q", messages=51)
