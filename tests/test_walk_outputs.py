"""Every option of every command that writes, against everything that must not be written over: one message, nothing changed.

The options are found by walking the command line itself; one that is in neither table below fails the first test.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest
import typer
from typer.testing import CliRunner

from cli import app
from forecast.evaluation.frozen import write_frozen
from forecast.evaluation.platform import text_of
from forecast.evaluation.platform_questions import platform_file
from tests.evaluation.frozen.example import frozen
from tests.fixture.record import RECORD
from tests.walk.right import ANSWER

SWEEP = """\
name: small
title: Small
description: For a test.
scenarios: [trump, harris]
design: grid
paths: 100
vary:
  - {path: adjustments.topic.trade, values: [0, 1], reason: A test.}
"""
SCENARIO = "name: mine\ntitle: Mine\ndescription: For a test.\nextends: harris\n"
MAP = "target: contacts\nread: {form: text}\ncolumns: {date: {heading: date}}\n"
PRIORS = "name: mine\ntitle: Mine\nextends: default\ncomponent: {}\n"
READING = {"--data", "--backtest", "--resolve", "--with", "--later", "--map", "--elections", "--frozen",
           "--decisions", "--questions", "--verify", "--wheels", "--answers", "--chips", "--sweep"}
"""Options that name what is read."""


@dataclass(frozen=True, kw_only=True)
class Writer:
    """An option that writes.

    Parameters
    ----------
    call : tuple of str
        The command with its arguments; files are those of the fixture `lab`.
    own : str, optional
        Something that it reads, which is then named as its output too.
    file : bool
        Whether a single file is written.
    below : str
        What is written below the folder that the option names, where it is not that folder itself.
    """

    call: tuple[str, ...]
    own: str | None
    file: bool = False
    below: str = ""


WRITERS = {
    ("run", "--out"): Writer(call=("run", "mine.yaml", "harris", "--data", "us_kz"), own="mine.yaml"),
    ("check", "--out"): Writer(call=("check", "--data", "us_kz"), own="us_kz"),
    ("calibrate", "--out"): Writer(call=("calibrate", "media", "--priors", "priors.yaml"), own="priors.yaml"),
    ("compare", "--out"): Writer(call=("compare", "mine.yaml", "trump", "--data", "us_kz"), own="mine.yaml"),
    ("compare-administrations", "--out"): Writer(call=("compare-administrations", "Trump", "Biden", "--data", "us_kz"),
                                                 own="us_kz"),
    ("pool", "--out"): Writer(call=("pool", "--priors", "priors.yaml"), own="priors.yaml"),
    ("questions", "--out"): Writer(call=("questions", "mine.yaml", "--resolve", "us_kz"), own="us_kz"),
    ("sweep", "--out"): Writer(call=("sweep", "sweep.yaml"), own="sweep.yaml"),
    ("backtest", "--out"): Writer(call=("backtest", "--dyad", "us_kz", "--registers", "--data", "us_kz"), own="us_kz",
                                  below="us_kz"),
    ("region", "--out"): Writer(call=("region", "central_asia", "mine.yaml"), own="mine.yaml"),
    ("condition", "--out"): Writer(call=("condition", "run", "--given", "contacts_total=0"), own="run/manifest.json"),
    ("paper", "--out"): Writer(call=("paper", "run", "--data", "us_kz"), own="run/manifest.json"),
    ("archive", "--out"): Writer(call=("archive", "run", "--data", "us_kz"), own="run/manifest.json", file=True),
    ("update", "--out"): Writer(call=("update", "--as-of", "2022-06-30", "--data", "us_kz"), own="us_kz"),
    ("country", "--out"): Writer(call=("country", "uzbekistan"), own=None),
    ("freeze", "--out"): Writer(call=("freeze", "run", "--data", "us_kz"), own="run/manifest.json", file=True),
    ("freeze", "--registration"): Writer(call=("freeze", "run", "--data", "us_kz", "--out", "new.json"), own="run/manifest.json",
                                         file=True),
    ("score", "--out"): Writer(call=("score", "frozen.json", "us_kz", "--outcome", "trump"), own="frozen.json"),
    ("ledger add", "--ledger"): Writer(call=("ledger", "add", "frozen.json"), own="frozen.json"),
    ("ledger score", "--out"): Writer(call=("ledger", "score", "--ledger", "run"), own="run/manifest.json"),
    ("platform export", "--out"): Writer(call=("platform", "export", "frozen.json"), own="frozen.json", file=True),
    ("platform import", "--out"): Writer(call=("platform", "import", "expert.json"), own="expert.json", file=True),
    ("platform pool", "--out"): Writer(call=("platform", "pool", "frozen.json", "expert.json"), own="expert.json"),
    ("export", "--out"): Writer(call=("export", "frozen.json"), own="frozen.json"),
    ("data new", "--directory"): Writer(call=("data", "new", "us_uz", "--partner", "Uzbekistan", "--iso2", "UZ"), own=None,
                                        below="us_uz"),
    ("data map", "--out"): Writer(call=("data", "map", "old.csv"), own="old.csv", file=True),
    ("data convert", "--out"): Writer(call=("data", "convert", "old.csv", "--map", "map.yaml"), own="map.yaml"),
    **{(f"data import {form}", "--out"): Writer(call=("data", "import", form, "events.csv", "--code", "KAZ"), own="events.csv",
                                                file=True) for form in ("historian", "gdelt", "icews", "polecat", "colt")},
    ("data migrate", "--out"): Writer(call=("data", "migrate", "older"), own="older/mine.yaml"),
    ("data completeness", "--out"): Writer(call=("data", "completeness", "us_kz"), own="us_kz"),
    ("data diff", "--out"): Writer(call=("data", "diff", "old.csv", "us_kz/contacts.csv"), own="old.csv", file=True),
    ("data reliability", "--out"): Writer(call=("data", "reliability", "old.csv", "second.csv"), own="second.csv", file=True),
    ("data reliability", "--tables"): Writer(call=("data", "reliability", "us_kz"), own="us_kz/second_coding.csv", file=True),
    ("data adjudicate", "--out"): Writer(call=("data", "adjudicate", "us_kz"), own="us_kz/contacts.csv", file=True),
    ("data show", "--out"): Writer(call=("data", "show", "us_kz"), own="us_kz"),
    ("data queue", "--out"): Writer(call=("data", "queue", "us_kz"), own="us_kz/contacts.csv", file=True),
    ("data events", "--out"): Writer(call=("data", "events", "us_kz"), own="us_kz/contacts.csv", file=True),
    ("priors show", "--out"): Writer(call=("priors", "show", "priors.yaml"), own="priors.yaml"),
    ("priors check", "--out"): Writer(call=("priors", "check", "priors.yaml"), own="priors.yaml"),
    ("priors elicit", "--out"): Writer(call=("priors", "elicit", "frequency.type_scale", "--answers", "answer.json"),
                                       own="answer.json", file=True),
    ("priors elicit", "--record"): Writer(call=("priors", "elicit", "frequency.type_scale", "--answers", "answer.json", "--out",
                                                "new.yaml"), own="answer.json"),
    ("priors from-registers", "--out"): Writer(call=("priors", "from-registers", "--base", "priors.yaml"), own="priors.yaml",
                                               file=True),
    ("priors from-registers", "--figures"): Writer(
        call=("priors", "from-registers", "--base", "priors.yaml", "--out", "new.yaml"), own="priors.yaml"),
    ("scenario new", "--out"): Writer(call=("scenario", "new", "another", "--extends", "mine.yaml"), own=None,
                                      below="another.yaml", file=True),
    ("scenario schema", "--out"): Writer(call=("scenario", "schema"), own=None, file=True),
    ("scenario plot", "--out"): Writer(call=("scenario", "plot", "mine.yaml"), own="mine.yaml"),
}


def commands(command, name=()):
    for word, one in getattr(command, "commands", {}).items():
        yield from commands(one, (*name, word))
    if not hasattr(command, "commands"):
        yield " ".join(name), command


def is_path(option):
    """Whether the value of an option is a path, or a list of them."""
    annotation = option.type_descriptor.annotation
    return Path in (annotation, *get_args(annotation))


def test_every_option_that_names_a_place_is_known_to_read_or_to_write():
    found = {(name, option.opts[0]) for name, command in commands(typer.main.get_command(app)) for option in command.params
             if option.param_type_name == "option" and is_path(option)}
    reading = ("ledger score", "--ledger")  # which ledger add writes
    assert {one for one in found if one[1] not in READING} == {*WRITERS, reading}
    assert {option for _, option in found} >= READING


def begun(*_, **__):
    raise AssertionError("the work was begun")


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A folder in which every command finds what it reads, and a user has things of their own."""
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor.submit", begun)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(RECORD, tmp_path / "us_kz")
    shutil.copyfile(RECORD / "contacts.csv", tmp_path / "old.csv")
    shutil.copyfile(RECORD / "contacts.csv", tmp_path / "second.csv")
    write_frozen(frozen(), tmp_path / "frozen.json")
    expert = platform_file(frozen()).model_copy(update={"forecaster": "expert"})
    (tmp_path / "expert.json").write_text(text_of(expert), encoding="utf-8")
    for name, text in {"answer.json": json.dumps(ANSWER), "sweep.yaml": SWEEP,
                       "mine.yaml": SCENARIO, "priors.yaml": PRIORS, "map.yaml": MAP,
                       "events.csv": "1\t2\n", "older/mine.yaml": "adjustments:\n  tone:\n    kz: 0.1\n",
                       "run/manifest.json": "{}", "app/manifest.json": '{"name": "app"}', "app/src/main.js": "code",
                       "app/thesis.docx": "years of work", "app/us_kz/note.txt": "mine", "app/us_uz/note.txt": "mine",
                       "app/another.yaml/note.txt": "mine", "plain": "mine", "files/us_kz": "mine", "files/us_uz": "mine",
                       "files/another.yaml": "mine", "closed/kept.txt": "mine"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "closed").chmod(0o555)
    return tmp_path


def foreign_file(writer: Writer) -> str:
    return "files" if writer.below else "plain"


def own(writer: Writer) -> str:
    if writer.own is None:
        pytest.skip("reads nothing")
    return writer.own


IN_THE_WAY: dict[str, Callable[[Writer], str]] = {
    "a file of a user": foreign_file,
    "a folder of a user": lambda _: "app",
    "a read-only folder": lambda writer: "closed" if writer.below else "closed/new",
    "a read-only folder, deeper": lambda _: "closed/deep/new",
    "a place below a file": lambda _: "plain/deep/new",
    "a name that no disk takes": lambda _: "n" * 256,
    "a link that leads nowhere": lambda _: "astray",
    "a dyad folder": lambda writer: "us_kz/new.csv" if writer.file and not writer.below else "us_kz",
    "a place in a dyad folder": lambda _: "us_kz/deep/new",
    "what it reads": own,
}


def tree(folder):
    """Every name below a folder, hidden ones too, with its kind, rights and content."""
    return {path.relative_to(folder).as_posix(): (path.lstat().st_mode, path.readlink() if path.is_symlink() else
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "") for path in folder.rglob("*")}


def _cases():
    """Every writer with everything in its way; the fast lane has one of these for each writer, in turn."""
    for number, (command, option) in enumerate(WRITERS):
        for place, way in enumerate(IN_THE_WAY):
            mine = place == number % len(IN_THE_WAY)
            yield pytest.param(command, option, way, id=f"{command}{option}-{way}", marks=[] if mine else [pytest.mark.slow])


@pytest.mark.parametrize(("command", "option", "way"), [*_cases()])
def test_nothing_is_replaced_and_one_line_says_why(lab, command, option, way):
    writer = WRITERS[command, option]
    (lab / "astray").symlink_to("nowhere")
    before = tree(lab)
    found = CliRunner().invoke(app, [*writer.call, option, IN_THE_WAY[way](writer)])
    assert not isinstance(found.exception, Exception), found.exception
    assert found.exit_code == 2, found.output
    assert [line[:7] for line in found.stderr.splitlines()] == ["error: "], found.stderr
    assert tree(lab) == before


@pytest.mark.parametrize(("command", "option"), WRITERS, ids="".join)
def test_the_place_that_one_works_in_is_not_replaced(lab, command, option):
    if WRITERS[command, option].below:
        pytest.skip("writes below the folder that is named")
    before = tree(lab)
    found = CliRunner().invoke(app, [*WRITERS[command, option].call, option, "."])
    assert found.exit_code == 2, found.output
    assert [line[:7] for line in found.stderr.splitlines()] == ["error: "], found.stderr
    assert tree(lab) == before


def _pairs():
    """Every two options of one command that write, in either order."""
    yield from ((command, one, other) for command, one in WRITERS for of, other in WRITERS if of == command and one != other)


@pytest.mark.parametrize("second", ["same", "same/deep"])
@pytest.mark.parametrize(("command", "one", "other"), [*_pairs()])
def test_two_outputs_of_one_command_have_places_of_their_own(lab, command, one, other, second):
    before = tree(lab)
    found = CliRunner().invoke(app, [*WRITERS[command, other].call, one, "same", other, second])
    assert not isinstance(found.exception, Exception), found.exception
    assert found.exit_code == 2, found.output
    assert [line[:7] for line in found.stderr.splitlines()] == ["error: "], found.stderr
    assert tree(lab) == before


@pytest.mark.parametrize(("arguments", "words"), [
    (("check", "--out", "zero\0byte"), "embedded null character"), (("freeze", "zero\0byte"), "embedded null character"),
    (("questions", "zero\0byte"), r"error: zero\x00byte: scenario: expected a file"),
    (("check", "--priors", "zero\0byte"), r"error: zero\x00byte: option --priors"),
])
def test_a_name_with_a_zero_byte_is_told(lab, arguments, words):
    found = CliRunner().invoke(app, arguments)
    assert not isinstance(found.exception, Exception), found.exception
    assert found.exit_code == 2
    assert words in found.stderr


def test_a_folder_that_vanished_under_the_command_is_told(lab, monkeypatch):
    (lab / "gone").mkdir()
    monkeypatch.chdir(lab / "gone")
    os.rmdir(lab / "gone")
    found = CliRunner().invoke(app, ["check", "--out", "x"])
    assert found.exit_code == 2
    assert "No such file or directory" in found.stderr
