"""What the machine refuses, and what users' texts do to a terminal: one message or plain text, never a traceback."""

import ast
import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import cli
import forecast
from cli import app
from forecast.cli import console as trouble
from forecast.cli.console import faults, print_json, progress_bars
from forecast.console import console, say

ROOT = Path(cli.__file__).parent
TITLE = "[/x] \x1b[31m é"
SCENARIO = """\
name: odd
title: "[/x] é"
description: For a test.
extends: trump
"""


@pytest.mark.parametrize(("error", "code", "words"), [
    (OSError(errno.ENOSPC, "x", "out/points.csv"), 2, "out/points.csv: .*No space left on device. Make room"),
    (OSError(errno.EROFS, "x", "run"), 2, "run: .*Read-only file system. Choose a place that can be written"),
    (PermissionError(errno.EACCES, "x", "run"), 2, "run: .*Permission denied"),
    (OSError(errno.ENAMETOOLONG, "x", "n" * 300), 2, "File name too long. Choose a shorter name"),
    (NotADirectoryError(errno.ENOTDIR, "x", "a/b"), 2, "a/b: .*leads through a file"),
    (FileNotFoundError(errno.ENOENT, "x", b"gone"), 2, "gone: .*No such file"),
    (OSError("Can't write data (file write failed: time = Tue, errno = 28, error message = 'No space')"), 2, "No space left"),
    (OSError(errno.EIO, "x"), 1, "operating system: .*Input/output error. Try again"),
    (ConnectionRefusedError(errno.ECONNREFUSED, "x"), 1, "Connection refused"),
    (MemoryError("Unable to allocate 8 TiB"), 1, "memory: .*Unable to allocate 8 TiB. Close other programs"),
    (ValueError("stat: embedded null character in path"), 2, "a zero byte in one of them"),
])
def test_what_the_machine_refuses_is_one_message(capsys, error, code, words):
    with pytest.raises(typer.Exit) as caught, faults():
        raise error
    assert caught.value.exit_code == code
    said = capsys.readouterr().err
    assert re.fullmatch(f"error: .*{words}.*\n", said), said


@pytest.mark.parametrize(("free", "code", "words"), [
    (1 << 30, 1, "worker process: .*ended from outside"), (4096, 2, "room to write.*No space left on device")])
def test_a_process_that_ended_without_a_word_is_explained(capsys, monkeypatch, free, code, words):
    monkeypatch.setattr(trouble.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    with pytest.raises(typer.Exit) as caught, faults():
        raise BrokenProcessPool("A process in the process pool was terminated abruptly")
    assert caught.value.exit_code == code
    assert re.fullmatch(f"error: .*{words}.*\n", capsys.readouterr().err)


def test_errors_of_the_program_itself_are_not_hidden():
    with pytest.raises(ZeroDivisionError), faults():
        raise ZeroDivisionError
    with pytest.raises(ValueError, match="of another kind"), faults():
        raise ValueError("of another kind")


def test_also_commands_without_care_of_their_own_are_covered(monkeypatch):
    monkeypatch.setattr("forecast.simulation.scenario.schema.json_schema", full)
    found = CliRunner().invoke(app, ["scenario", "schema"])
    assert found.exit_code == 2
    assert re.fullmatch("error: .*No space left on device.*\n", found.stderr)


def full(*_, **__):
    raise OSError(errno.ENOSPC, "x", "disk")


def test_a_disk_that_fills_up_during_the_work_leaves_nothing(tmp_path, monkeypatch):
    from forecast.evaluation.frozen import write_frozen
    from tests.evaluation.frozen.example import frozen

    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    write_frozen(frozen(), tmp_path / "frozen.json")
    monkeypatch.setattr("forecast.report.files.write_table", full)
    found = CliRunner().invoke(app, ["export", "frozen.json", "--out", "deep/hub"])
    assert (found.exit_code, found.stderr.count("\n")) == (2, 1), found.output
    assert "No space left on device" in found.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["frozen.json"]


def test_texts_of_users_are_printed_as_they_are(capsys):
    from rich.table import Table

    table = Table(title=TITLE)
    table.add_column("[bold]head")
    table.add_row("[/x] :smile: [link=x]")
    console(width=60).print(table)
    console().print(TITLE)
    say(TITLE)
    printed = capsys.readouterr().out
    assert printed.count(r"[/x] \x1b[31m é") == 3
    assert "[bold]head" in printed
    assert "[/x] :smile: [link=x]" in printed
    assert "\x1b" not in printed


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_json_is_the_same_content_without_what_commands_a_terminal(monkeypatch, encoding):
    content = {"text": "caf\u00e9 \u009b31mRED \u202eback \u200b \u2028 \U0001f600 \U000e0001 \x1b[0m\t",
               "list": ["\u043c\u0438\u0440", 0.5, None]}
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", stream)
    print_json(**content)
    stream.flush()
    printed = stream.buffer.getvalue().decode(encoding)
    assert json.loads(printed) == content
    assert all(one.isprintable() or one == "\n" for one in printed)
    assert ("caf\u00e9" in printed) == (encoding == "utf-8")


def test_there_is_one_way_to_print():
    """Every other would send characters to a terminal that command it."""
    root = Path(forecast.__file__).parent
    wrong = re.compile(r"\b(typer|click)\.(secho|echo)\(|\bsys\.std(out|err)\.write\(|(?<![\w.])print\(|\bsay\([^\n]*json\.dumps")
    found = {path.relative_to(root).as_posix() for path in root.rglob("*.py") for line in _code(path) if wrong.search(line)}
    assert found <= {"console.py"}


def _code(path):
    """Lines of a module with its texts left out, which may hold programs for processes of their own."""
    return ast.unparse(_Wordless().visit(ast.parse(path.read_text(encoding="utf-8")))).splitlines()


class _Wordless(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, _):
        return ast.Constant("")


def test_names_in_progress_bars_are_printed_as_they_are(capsys):
    with progress_bars(quiet=False) as progress:
        progress(f"simulate {TITLE}", 1, 2)
    printed = capsys.readouterr().err
    assert r"simulate [/x] \x1b[31m é" in printed
    assert "\x1b" not in printed


def run(arguments, folder, **environment):
    return subprocess.run([sys.executable, ROOT / "cli.py", *arguments], capture_output=True, cwd=folder,
                          env=os.environ | {"FORECAST_CACHE": str(folder / "cache")} | environment)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "koi8-r"])
def test_a_terminal_that_lacks_letters_gets_their_numbers(tmp_path, encoding):
    (tmp_path / "odd.yaml").write_text(SCENARIO, encoding="utf-8")
    found = run(["scenario", "check", "odd.yaml"], tmp_path, PYTHONIOENCODING=encoding)
    assert found.returncode == 0, found.stderr
    letter = "é" if encoding == "utf-8" else r"\xe9"
    assert found.stdout.decode(encoding) == f"odd: [/x] {letter}: no faults." + "\n"
    assert run(["--help"], tmp_path, PYTHONIOENCODING=encoding).returncode == 0
    wrong = run(["run", "--seed", TITLE], tmp_path, PYTHONIOENCODING=encoding)
    assert wrong.returncode == 2
    assert b"Traceback" not in wrong.stderr
    assert b"\x1b" not in wrong.stderr


def test_a_word_that_is_no_command_cannot_move_the_cursor(tmp_path):
    found = run(["\x1b[31mnope"], tmp_path)
    assert (found.returncode, b"\x1b" in found.stderr, rb"\x1b[31mnope" in found.stderr) == (2, False, True)


@pytest.mark.slow
def test_a_reader_that_leaves_ends_the_program_quietly(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    found = subprocess.run([sys.executable, ROOT / "cli.py", "data", "codebook"], stdout=writer, stderr=subprocess.PIPE,
                           cwd=tmp_path)
    os.close(writer)
    assert (found.returncode, found.stderr) == (141, b"")


BUSY = """
import sys
import numpy as np
import cli
@cli.app.command()
def busy():
    from pathlib import Path
    from forecast.outputs import output_directory
    with output_directory(Path("deep/out"), "run") as folder:
        print("begun", flush=True)
        many = np.random.default_rng(1).normal(size=(6000, 6000))
        np.linalg.svd(many)
cli.main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_the_program_within_two_seconds_with_one_line(tmp_path, number, code):
    """Also while compiled code runs; what is half written goes."""
    running = subprocess.Popen([sys.executable, "-c", BUSY, "busy"], cwd=tmp_path, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert running.stdout.readline() == b"begun\n"
    time.sleep(0.5)
    begun = time.monotonic()
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert time.monotonic() - begun < 2
    assert running.returncode == code
    assert re.fullmatch(rb"Interrupted\. .* are kept .*\n", said), said
    assert list(tmp_path.iterdir()) == []


def test_the_program_is_started_by_the_function_that_hears_signals():
    import tomllib

    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["forecast"] == "forecast.cli.app:main"


def stumbled(first, then):
    try:
        raise first
    except OSError:
        raise then  # noqa: B904


def test_a_full_disk_that_a_library_stumbled_over_is_told_as_such(capsys):
    with pytest.raises(typer.Exit) as caught, faults():
        stumbled(OSError(errno.ENOSPC, "No space left on device", "figure.pdf"), ValueError("inconsistent stream state"))
    assert caught.value.exit_code == 2
    assert "No space left on device" in capsys.readouterr().err
    with pytest.raises(ValueError, match=r"^wrong$"), faults():
        stumbled(FileNotFoundError(errno.ENOENT, "no file"), ValueError("wrong"))
