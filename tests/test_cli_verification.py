"""Commands of verification: what they say to wrong input, and a small backtest of the registers as it is written."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast.evaluation.frozen import write_frozen
from forecast.evaluation.hub import model_output
from tests.evaluation.frozen.example import frozen
from tests.fixture.record import RECORD


def call(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_frozen(frozen(), tmp_path / "frozen.json")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "later.csv").write_text((RECORD / "contacts.csv").read_text().splitlines()[0] + "\n")
    folder = shutil.copytree(RECORD, tmp_path / "us_uz")
    (folder / "dyad.yaml").write_text((folder / "dyad.yaml").read_text().replace("id: us_kz", "id: us_uz"))
    return tmp_path / "frozen.json"


@pytest.mark.parametrize(("arguments", "words"), [
    (("backtest", "--dyad", "us_uz", "--data", RECORD), "expected one dyad, found 2: us_kz, us_uz"),
    (("backtest", "--dyad", "us_xx", "--data", RECORD), "option --dyad: expected a shipped dyad, found 'us_xx'"),
    (("freeze", "nowhere", "--out", "new.json"), "an output of this program of the kind 'run'"),
    (("freeze", "nowhere", "--out", "frozen.json"), "one that exists"),
    (("score", "frozen.json", RECORD, "--outcome", "nobody"), "harris, trump"),
    (("score", "frozen.json", RECORD / "contacts.csv", "--outcome", "trump"), "--coded-until"),
    (("score", "missing.json", RECORD, "--outcome", "trump"), "forecast freeze"),
    (("score", "frozen.json", "empty.csv", "--outcome", "trump", "--coded-until", "2025-03-01"), "empty.csv"),
    (("score", "frozen.json", "later.csv", "--outcome", "trump", "--coded-until", "2025-01-19"), "the end of 2025-01"),
    (("score", "frozen.json", "us_uz", "--outcome", "trump"), "expected us_kz, the dyad of the forecast, found us_uz"),
    (("score", "later.csv", "later.csv", "--outcome", "trump"), "Name a file of forecast freeze"),
    (("score", "frozen.json", "later.csv", "--outcome", "trump", "--coded-until", "2025-03-01", "--with", "empty.csv"),
     "header: expected the columns origin_date"),
    (("export", "frozen.json", "--team", "a-b"), "1 to 16 letters"),
    (("export", "frozen.json", "--team", "mylab\n"), r"digits or underscores, found 'mylab\n'"),
    (("export", "frozen.json", "--team", "a/../../b", "--model", "a" * 17), "option --model"),
    (("export", "later.csv"), "Name a file of forecast freeze"),
    (("run", "--precision", "0.00001"), "0.0002"),
])
def test_wrong_input_ends_in_one_message(file, arguments, words):
    found = call(*arguments)
    assert found.exit_code == 2, found.output
    assert words in found.output.replace("\n", " ")
    assert "Traceback" not in found.output


def test_an_export_can_be_scored_beside(file):
    assert call("export", "frozen.json", "--out", "hub", "--team", "a", "--model", "b").exit_code == 0
    hub = file.parent / "hub"
    assert json.loads((hub / "hub-config" / "tasks.json").read_text())["rounds"]
    assert {path.name for path in (hub / "hub-config").iterdir()} == {"admin.json", "tasks.json", "model-metadata-schema.json"}
    assert (hub / "model-metadata" / "a-b.yml").exists()
    other = file.parent / "hub" / "model-output" / "a-b" / "2024-11-04-a-b.csv"
    later = file.parent / "later.csv"
    arguments = ("--coded-until", "2025-02-28", "--outcome", "trump", "--with", other, "--out", "s")
    found = call("score", "frozen.json", later, *arguments)
    assert found.exit_code == 0, found.output
    assert "Beside others" in found.output
    written = sorted(path.name for path in (file.parent / "s").iterdir())
    assert written == ["beside.csv", "manifest.json", "months.csv", "power.csv", "questions.csv", "sequence.csv"]


def beside(later, *others):
    given = [part for one in others for part in ("--with", one)]
    found = call("score", "frozen.json", later, "--coded-until", "2025-02-28", "--outcome", "trump", "--out", "s", *given)
    assert found.exit_code == 0, found.output
    return found.output, pd.read_csv("s/beside.csv")


def test_files_of_one_name_and_one_named_like_ours_all_have_their_rows(file):
    """Once the last of them replaced the others, and our own forecast."""
    table = model_output(frozen())
    table["value"] += (table["output_type"] == "sample").to_numpy()  # theirs are a contact too high
    (file.parent / "one").mkdir()
    (file.parent / "two").mkdir()
    for name in ("one/x.csv", "two/x.csv", "frozen.csv"):
        table.to_csv(file.parent / name, index=False)
    _, found = beside(file.parent / "later.csv", "one/x.csv", "two/x.csv", "frozen.csv")
    assert set(found["model"]) == {"frozen", "one/x", "two/x", f"{file.parent.name}/frozen"}
    mean = found[found["loss"] == "CRPS of samples"].groupby("model")["value"].mean()
    assert mean["one/x"] == mean[f"{file.parent.name}/frozen"] > mean["frozen"]


def test_what_is_not_scored_of_another_forecaster_is_said(file):
    table = model_output(frozen())
    few = table[(table["output_type"] != "quantile") | (table["output_type_id"] == "0.5")]
    few.to_csv(file.parent / "few.csv", index=False)
    table[table["scenario_id"] == "other"].to_csv(file.parent / "lost.csv", index=False)
    told, found = beside(file.parent / "later.csv", "few.csv", "lost.csv")
    assert set(found[found["loss"] == "mean quantile score"]["model"]) == {"frozen"}
    assert "note: few: row 3: expected quantiles of all levels" in told
    assert "note: lost: none of its tasks can be scored yet, or under this outcome." in told


@pytest.mark.slow
def test_a_backtest_of_registers_writes_a_page(tmp_path, monkeypatch):
    from forecast.pipeline import backtest as module

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
