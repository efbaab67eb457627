"""`forecast compare-administrations` as it is typed: in an empty folder, into a pipe, 80 columns wide."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from tests.fixture.record import RECORD

ROOT = Path(__file__).parents[1]
COMMAND = "compare-administrations"
WRITTEN = {
    "administrations.html", "administrations.tex", "agreements.csv", "agreements.tex", "chronology.csv", "chronology.pdf",
    "chronology.png", "chronology.svg", "chronology.tex", "chronology_narrow.pdf", "chronology_narrow.png",
    "chronology_narrow.svg", "counts.csv", "differences.csv", "frame_distance.csv", "frames.csv", "manifest.json",
    "practice.csv", "practice.tex"}


def call(*arguments):
    return CliRunner().invoke(app, [COMMAND, *map(str, arguments)])


def piped(folder, *arguments):
    """Type the command in a folder, its output going to a pipe."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "FORECAST_CACHE": str(folder / "cache"), "COLUMNS": "80"}
    return subprocess.run([sys.executable, "-c", "from cli import app; app()", COMMAND, *arguments], cwd=folder, env=environment,
                          capture_output=True, text=True, timeout=300, check=False)


def test_in_an_empty_folder_and_piped_no_line_is_wider_than_80_columns(tmp_path):
    done = piped(tmp_path, "Trump", "Biden")
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "…" not in done.stdout  # nothing is cut off
    assert "All recorded contacts\t49 (12.2)\t85 (21.2)" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_everything_is_written_and_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        result = call("Trump", "Biden", "--data", RECORD, "--out", tmp_path / name)
        assert result.exit_code == 0, result.output
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert set(one) == WRITTEN
    assert one == two
    assert set(json.loads(one["manifest.json"])["files"]) == WRITTEN - {"manifest.json"}
    differences = pd.read_csv(tmp_path / "one" / "differences.csv")
    assert differences["first"].eq("Trump").all()
    assert len(pd.read_csv(tmp_path / "one" / "chronology.csv")) == pd.read_csv(tmp_path / "one" / "counts.csv").query(
        "group == 'contacts'")["n"].sum()


def test_three_names_and_a_term_are_compared_pair_by_pair():
    result = call("obama 2", "Trump", "Biden", "--data", RECORD)
    assert result.exit_code == 0
    assert all(f"{pair}: " in result.stdout for pair in ("Obama 2 and Trump", "Obama 2 and Biden", "Trump and Biden"))


def test_a_record_without_pages_or_contacts_is_told_and_not_refused(tmp_path):
    for name in ("dyad.yaml", "contacts.csv"):
        (tmp_path / name).write_bytes((RECORD / name).read_bytes())
    head = (RECORD / "media.csv").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "media.csv").write_text(f"{head}\n", encoding="utf-8")
    result = call("Trump", "Biden", "--data", tmp_path)
    assert result.exit_code == 0, result.output
    assert "the record holds no page of either side" in " ".join(result.stdout.split())
    contacts = (tmp_path / "contacts.csv").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "contacts.csv").write_text(f"{contacts}\n", encoding="utf-8")
    result = call("Trump", "Biden", "--data", tmp_path, "--out", tmp_path.with_name("out"))
    assert result.exit_code == 0, result.output
    assert "Trump: 0 recorded contacts on 0 visits" in result.stdout
    assert "nothing on record to compare" in result.stdout


@pytest.mark.parametrize(("arguments", "words"), [
    (("Trump", "Bidne"), "expected a president or a term of administrations.csv, found 'Bidne'. Did you mean 'Biden'?"),
    (("Trump",), "argument NAMES: expected two names or more, found 1."),
    (("Obama", "Obama 1"), "argument NAMES: expected names without a common term, found Obama and Obama 1 (Obama 1)."),
    (("Trump", "Biden", "--as-of", "2030-01-01"), "as-of date: expected a day up to 2025-01-19"),
    (("Trump", "Biden", "--as-of", "2018-01-01"), "found Biden. Give another date (--as-of), or leave the name out."),
    (("Trump", "Biden", "--dyad", "us_kx"), "option --dyad: expected a shipped dyad, found 'us_kx'."),
    (("Trump", "Biden", "--dyad", "us_kz", "--dyad", "us_uz"), "--region: expected one dyad, found 2: us_kz, us_uz."),
    (("Trump", "Biden", "--priors", "defualt"), "option --priors: expected a file or a shipped prior set"),
])
def test_what_cannot_be_compared_ends_with_code_2_and_says_why(arguments, words):
    result = call(*arguments)
    assert result.exit_code == 2
    assert {line[:7] for line in result.stderr.splitlines()} == {"error: "}
    assert words in result.stderr
