"""Commands of verification: what they say to wrong input, and a small backtest of the registers as it is written."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cli import app
from forecast.evaluation.frozen.record import write_frozen
from tests.evaluation.frozen.example import frozen
from tests.fixture.record import RECORD


def call(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_frozen(frozen(), tmp_path / "frozen.json")
    return tmp_path / "frozen.json"


@pytest.mark.parametrize(("arguments", "words"), [
    (("backtest", "--dyad", "us_uz", "--data", RECORD), "expected us_kz, found us_uz"),
    (("freeze", "nowhere", "--out", "new.json"), "the manifest of a run"),
    (("freeze", "nowhere", "--out", "frozen.json"), "one that exists"),
    (("score", "frozen.json", RECORD, "--outcome", "nobody"), "harris, trump"),
    (("score", "frozen.json", RECORD / "contacts.csv", "--outcome", "trump"), "--coded-until"),
    (("score", "missing.json", RECORD, "--outcome", "trump"), "forecast freeze"),
    (("export", "frozen.json", "--team", "a-b"), "1 to 15 letters"),
    (("run", "--precision", "0.00001"), "0.0002"),
])
def test_wrong_input_ends_in_one_message(file, arguments, words):
    found = call(*arguments)
    assert found.exit_code == 2, found.output
    assert words in found.output.replace("\n", " ")
    assert "Traceback" not in found.output


def test_an_export_can_be_scored_beside(file):
    assert call("export", "frozen.json", "--out", "hub", "--team", "a", "--model", "b").exit_code == 0
    assert json.loads((file.parent / "hub" / "hub-config" / "tasks.json").read_text())["rounds"]
    other = file.parent / "hub" / "model-output" / "a-b" / "2024-11-04-a-b.csv"
    later = file.parent / "later.csv"
    later.write_text((RECORD / "contacts.csv").read_text().splitlines()[0] + "\n")
    arguments = ("--coded-until", "2025-02-28", "--outcome", "trump", "--with", other, "--out", "s")
    found = call("score", "frozen.json", later, *arguments)
    assert found.exit_code == 0, found.output
    assert "Beside others" in found.output
    written = sorted(path.name for path in (file.parent / "s").iterdir())
    assert written == ["beside.csv", "manifest.json", "months.csv", "questions.csv", "sequence.csv"]


def test_a_backtest_of_registers_writes_a_page(tmp_path, monkeypatch):
    from forecast.pipeline import backtest_registers as module

    def made_up(fit, origin, outcome, seed):
        country = module.load_register_years(origin.as_of).country["country"].tolist()
        return country, np.full((9, len(country), 3), -3.0 + 0.1 * (outcome == origin.happened)), np.full((9, 3), 2.0)

    class Passed:
        gates = type("Gates", (), {"failures": (), "max_rhat": 1.0})

    monkeypatch.setattr(module, "_fit", lambda origin, seed: (Passed, None))
    monkeypatch.setattr(module, "_projected", made_up)
    found = call("backtest", "--registers", "--first", "1992", "--last", "1992", "--out", tmp_path, "--quiet")
    assert found.exit_code == 0, found.output
    page = (tmp_path / "registers" / "backtest.html").read_text()
    assert "Central Asia" in page
    assert "the best baseline" in page
    assert {path.suffix for path in (tmp_path / "registers").iterdir()} == {".html", ".csv", ".svg", ".png", ".pdf", ".json"}
