"""What a user waits for, measured on a program that takes its time and writes what a run writes."""

import sys

import pytest

from benchmarks import run

PROGRAM = """
import json, sys, time
from pathlib import Path
held = bytearray({megabytes} * 2**20)
time.sleep({seconds})
if "--out" in sys.argv:
    place = Path(sys.argv[sys.argv.index("--out") + 1])
    place.mkdir()
    (place / "manifest.json").write_text(json.dumps({{"seconds": {{"simulate": 1.5}}}}))
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(megabytes=120, seconds=0.2))
    monkeypatch.setattr(run, "COMMAND", [sys.executable, str(path)])
    monkeypatch.setattr(run, "EVERY", 0.02)
    return path


def test_every_line_of_runs_has_its_bound(program):
    found, notes = run.lines()
    assert [line.bound for line in found] == ["0.2", "8.0", "4.0", "700", "700"]
    assert all(float(line.measured.split(" – ")[0]) >= 0.2 for line in found[:3])
    assert all(110 < float(line.measured) < 400 for line in found[3:])
    assert "simulate 1.5" in notes[0]


def test_a_command_that_fails_is_not_measured(program):
    program.write_text("raise SystemExit(3)")
    with pytest.raises(run.subprocess.CalledProcessError):
        run.lines()
