"""A second dyad that lies in a folder: the commands need no code for it, and nothing they write speaks of the first."""

import hashlib
import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast.components.registry import COMPONENT
from forecast.evaluation.backtest_origin import LAST
from forecast.pipeline import run
from forecast.pipeline.backtest import past_terms
from tests.fixture.record import RECORD
from tests.fixture.second import write_second_dyad
from tests.golden.example import posteriors


def call(*arguments):
    wide = {"COLUMNS": "200"}
    return CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False, env=wide)


def told(folder):
    """Text of everything that a run wrote for people and programs, by file."""
    kinds = (".html", ".json", ".csv", ".tex", ".svg")
    return {path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.suffix in kinds}


def check_run(data, out):
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["dyad"], manifest["partner"]) == ("us_uz", "Synthetic Uzbekistan")
    hashes = {name.removeprefix("data us_uz/"): value for name, value in manifest["hashes"].items() if "us_uz" in name}
    assert hashes == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in data.iterdir()}
    texts = told(out)
    assert {"report.html", "result.tex", "media.svg", "summary.csv"} <= texts.keys()
    assert not [name for name, text in texts.items() if re.search("kazakh|us_kz", text, re.IGNORECASE)]
    for name in ("report.html", "result.tex"):
        assert "Synthetic Uzbekistan pages" in texts[name]
    summary = pd.read_csv(out / "summary.csv").query("quantity == 'contact' and key == 'all' and window == '2025-2028'")
    assert (summary["q95"] > 0).all()


def stub(monkeypatch):
    def frozen(inputs, *_):
        return posteriors(inputs.panel, inputs.priors)

    monkeypatch.setattr(run, "fit", frozen)
    monkeypatch.setattr("forecast.pipeline.fit", frozen)
    monkeypatch.setattr("forecast.report.files.copy_posteriors", lambda *_: None)


@pytest.mark.usefixtures("vector_figures")
def test_a_run_speaks_of_the_dyad_in_the_folder(tmp_path, monkeypatch):
    stub(monkeypatch)
    data, out = write_second_dyad(tmp_path / "us_uz"), tmp_path / "run"
    found = call("run", "--data", data, "--out", out, "--paths", 200)
    assert found.exit_code == 0, found.output
    check_run(data, out)


@pytest.mark.slow
@pytest.mark.parametrize("keep", [lambda row: row["date"] > "2021-02", lambda row: row["us_rank"] == "assistant"],
                         ids=["one administration", "one rank"])
def test_a_thin_record_without_pages_runs(tmp_path, monkeypatch, keep):
    stub(monkeypatch)
    monkeypatch.setattr("forecast.pipeline.run.write_report", lambda *_: None)
    data = write_second_dyad(tmp_path / "us_uz", keep=keep, pages=False)
    found = call("run", "trump", "--data", data, "--out", tmp_path / "run", "--paths", 40)
    assert found.exit_code == 0, found.output


@pytest.mark.slow
def test_the_fit_is_shown_for_the_dyad_in_the_folder(tmp_path, monkeypatch):
    stub(monkeypatch)
    found = call("fit", "--data", write_second_dyad(tmp_path / "us_uz"))
    assert found.exit_code == 0
    assert "frequency" in found.stdout


@pytest.mark.parametrize("command", ["run", "fit"])
def test_faults_of_the_folder_stop_before_anything_is_written(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    data = write_second_dyad(tmp_path / "us_uz")
    for name, old, new in (("contacts.csv", ",UZ", ",uz"), ("contacts.csv", "cabinet", "cabinett"), ("dyad.yaml", "UZ", "uz")):
        (data / name).write_text((data / name).read_text().replace(old, new))
    found = call(command, "--data", data)
    assert found.exit_code == 2
    assert f"{data / 'dyad.yaml'}: line 3, key partner_iso2" in found.stderr
    assert "Did you mean 'cabinet'?" in found.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["us_uz"]


def test_a_scenario_made_for_another_dyad_ends_with_a_message(tmp_path):
    data = write_second_dyad(tmp_path / "us_uz")
    found = call("run", "trump_ukraine_ceasefire", "--data", data, "--out", tmp_path / "run")
    assert found.exit_code == 2
    assert "us_uz, the dyad of the data in" in found.stderr
    assert "found us_kz" in found.stderr
    assert not (tmp_path / "run").exists()


def test_the_record_and_its_codebook_are_those_of_the_dyad(tmp_path):
    data = write_second_dyad(tmp_path / "us_uz")
    assert CliRunner().invoke(app, ["data", "diff", str(data), str(data)]).stdout == "No difference.\n"
    for form in ("markdown", "latex"):
        found = CliRunner().invoke(app, ["data", "codebook", str(data), "--format", form]).stdout
        assert re.search(r"UZ (\||&) Synthetic Uzbekistan", found)
        assert not re.search("KZ|kazakh", found)


def test_the_remedy_for_a_dyad_without_questions_leads_to_questions(tmp_path, monkeypatch):
    """Followed word by word, as the message gives it."""
    stub(monkeypatch)
    monkeypatch.chdir(tmp_path)
    write_second_dyad(tmp_path / "us_uz")
    found = call("questions", "--data", "us_uz")
    assert found.exit_code == 2
    assert "expected a question asked of us_uz, found none" in found.stderr
    first, last = re.findall(r"forecast ((?:scenario )?questions .*?)(?:\. Ask|$)", found.stderr.strip())
    assert CliRunner().invoke(app, first.split()).exit_code == 0
    answered = call(*last.split(), "--paths", 100)
    assert answered.exit_code == 0, answered.output
    assert "with Synthetic Uzbekistan be recorded in 2025" in " ".join(answered.stdout.split())


@pytest.mark.slow
def test_a_dyad_without_questions_is_backtested_to_the_end(tmp_path, monkeypatch):
    """One term, with posteriors that need no sampler."""
    monkeypatch.setattr("forecast.pipeline.backtest._dyad_fits", lambda past, inputs, *_: {
        label: posteriors(panel, inputs.priors) for label, panel in past.items()})
    data = write_second_dyad(tmp_path / "us_uz")
    found = call("backtest", "--data", data, "--first", 2016, "--last", 2016, "--paths", 400, "--out", tmp_path / "out")
    assert found.exit_code == 0, found.output
    content = pd.read_csv(tmp_path / "out" / "us_uz" / "content.csv")
    assert set(content["measure"]) == {"agenda", "outcome", "ranks together"}
    assert (tmp_path / "out" / "us_uz" / "calibration.svg").exists()


@pytest.mark.parametrize("start", ["1995-03-01", "2014-03-01"])
def test_past_terms_before_which_nothing_is_on_record_are_left_out(tmp_path, capsys, start):
    """Whether relations began later or nobody looked: their forecasts would be the priors alone."""
    data = write_second_dyad(tmp_path / "us_uz", keep=lambda row: row["date"] > "2014-06")
    about = (data / "dyad.yaml").read_text(encoding="utf-8")
    (data / "dyad.yaml").write_text(about.replace("relations_start: 1995-03-01", f"relations_start: {start}"), encoding="utf-8")
    chosen, whole = past_terms(data, 2004, LAST)
    assert [one.label for one in chosen] == ["2017-2021"]
    assert whole.contact["date"].min().year == 2014
    assert "Left out: 2005-2009, 2009-2013, 2013-2017: no contact of us_uz is on record before." in capsys.readouterr().err
    past_terms(data, 2016, LAST)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("options", [(), ("--within",)])
def test_a_record_of_one_term_has_no_past_to_be_forecast_and_says_so(tmp_path, monkeypatch, options):
    for module in ("backtest._dyad_fits", "update.fits"):
        monkeypatch.setattr(f"forecast.pipeline.{module}", lambda *_: pytest.fail("nothing is to be fitted"))
    data = write_second_dyad(tmp_path / "us_uz", keep=lambda row: row["date"] > "2018")
    found = call("backtest", "--data", data, "--alone", "--out", tmp_path / "out", *options)
    assert found.exit_code == 2
    assert "a contact dated up to 2016-11-07, the eve of the last term that is over and coded, found none" in found.stderr
    assert "--as-of" not in found.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_second_dyad_from_its_rows_to_the_report(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    data, out = write_second_dyad(tmp_path / "us_uz"), tmp_path / "run"
    common = ("--data", data, "--draws", 100, "--ignore-gates")
    fitted = call("fit", *common)
    assert fitted.exit_code == 0, fitted.output
    assert fitted.stdout.count("fitted") == len(COMPONENT)
    scenario = tmp_path / "harris_uz.yaml"
    scenario.write_text("name: harris_uz\ntitle: Harris\ndescription: As harris.\nextends: harris.yaml\ndyad: us_uz\n")
    found = call("run", scenario, "trump", *common, "--out", out, "--paths", 400)
    assert found.exit_code == 0, found.output
    check_run(data, out)
    manifest = json.loads((out / "manifest.json").read_text())
    assert all(one["reused"] for one in manifest["posterior"].values())
    assert (out / "trajectories" / "harris_uz.parquet").exists()


def test_tables_are_json_on_request(monkeypatch):
    """Of the futures alone: what a run tells of administrations and poles is not computed for questions."""
    stub(monkeypatch)
    for name in ("administration_tables", "drift_table", "pole_tables"):
        monkeypatch.setattr(run, name, lambda *_, **__: pytest.fail("nobody asked for it"))
    found = call("questions", "harris", "--data", RECORD, "--paths", 200, "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert set(told) == {"questions", "questions_contrast", "questions_past"}
    assert {"id", "probability", "mcse"} <= set(told["questions"][0])


@pytest.mark.usefixtures("undrawn")
def test_nothing_is_estimated_from_pages_where_none_is_on_record(tmp_path, monkeypatch):
    """Pages, tone and contacts that leave no record would be the prior alone."""
    stub(monkeypatch)
    data, out = write_second_dyad(tmp_path / "us_uz", pages=False), tmp_path / "run"
    found = call("run", "--data", data, "--out", out, "--paths", 200)
    assert found.exit_code == 0, found.output
    assert "Estimated contacts" not in found.stdout
    for name in ("summary", "contrast"):
        quantities = set(pd.read_csv(out / f"{name}.csv")["quantity"])
        assert "contact" in quantities
        assert not quantities & {"pages", "tone", "contact_estimated", "log_rate_ratio_estimated"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert not (out / "figures" / "media.svg").exists()
    assert "no page of the media is on record" in page
    assert "from 0 pages" not in page
    assert "recapture" not in page
    assert json.loads((out / "manifest.json").read_text())["measure"] == "recorded contacts"


def test_counts_are_not_adjusted_by_a_share_that_nothing_tells(tmp_path):
    data = write_second_dyad(tmp_path / "us_uz", pages=False)
    found = call("compare-administrations", "Trump", "Biden", "--data", data, "--completeness")
    assert found.exit_code == 2
    assert "without --completeness" in " ".join(found.output.split())
