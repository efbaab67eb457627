"""`forecast condition` on a run directory: its numbers are those of the files that the run kept, filtered by hand."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from cli import app
from forecast import api, shipped
from forecast.evaluation.condition import AXES, read_given
from forecast.evaluation.condition import agreeing as agreeing_with
from forecast.evaluation.quantity import yearly_sums
from forecast.evaluation.questions import holds
from forecast.outputs import output_directory
from forecast.pipeline import Request
from forecast.pipeline.condition import AXIS, _of_all_outcomes, _summed, condition_run, kept_of_files
from forecast.pipeline.run_directory import read_run
from tests.golden.run_directory import write_run
from tests.heard import Heard

SCENARIOS, PATHS = ("harris", "trump", "mixture"), 1200
GIVEN = ("presidents_meet_2025=yes", "contacts_2025>=5", "contacts_total_trade=1..12")
OPTIONS = [word for one in GIVEN for word in ("--given", one)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(Request(scenarios=SCENARIOS, paths=PATHS, seed=3), tmp_path_factory.mktemp("condition") / "run")


@pytest.fixture(scope="module")
def found(run):
    return condition_run(run, GIVEN)[0]


def test_the_work_is_told(run):
    heard = Heard()
    condition_run(run, ["contacts_total>=0"], heard)
    assert (list(heard.stages), heard.faults()) == (["read futures", "condition"], [])


def futures(run, name):
    """Sums by path, and by path and year, and contacts that count for questions."""
    table = pd.read_parquet(run / "trajectories" / f"{name}.parquet")
    columns = [one for one in table if one.startswith(("contact_", "mention_", "travel_"))]
    year = pd.to_datetime(table["month"]).dt.year.rename("year")
    questions = pd.read_parquet(run / "trajectories" / "questions" / f"{name}.parquet").set_index("path")
    return table.astype(dict.fromkeys(columns, int)).groupby(["path", year])[columns].sum(), questions


def agreeing(years, questions):
    contacts = years.filter(like="contact_").sum(axis=1)
    trade = years["mention_trade"].groupby("path").sum()
    agree = (questions["presidents_meet_2025"] >= 1) & (contacts.xs(2025, level="year") >= 5) & trade.between(1, 12)
    assert 0 < agree.sum() < len(agree)
    return agree


def test_sums_by_year_in_memory_are_those_of_files():
    """Outcomes are added up after the months of a year here, and before them there."""
    rng, months = np.random.default_rng(3), pd.date_range("2025-01-01", periods=30, freq="MS")
    labels = {name: list(AXES[name][0].labels) for name in AXIS}
    count = {name: (("path", "month", axis), rng.poisson(1, (7, 30, len(labels[name]))).astype(np.uint16))
             for name, axis in AXIS.items()}
    contact = rng.poisson(1, (7, 30, len(labels["contact"]), 4)).astype(np.uint16)
    paths = xr.Dataset(count | {"contact": (("path", "month", "rank", "outcome"), contact)},
                       {"path": range(7), "month": months, "outcome": range(4), **{AXIS[name]: labels[name] for name in AXIS}})
    of_files = _summed({name: paths[name].sum("outcome") if name == "contact" else paths[name] for name in AXIS})
    found = _of_all_outcomes(yearly_sums(paths))
    xr.testing.assert_identical(found, of_files)
    assert {str(one.dtype) for one in found.data_vars.values()} == {"int32"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_contacts_and_agenda_are_those_of_the_rows_that_agree(run, found, name):
    years, questions = futures(run, name)
    agree = agreeing(years, questions)
    row = found.agreement.set_index("scenario").loc[name]
    assert (row["agree"], row["kept"], row["probability"]) == (agree.sum(), PATHS, agree.mean())
    change = found.change[found.change["scenario"] == name].set_index(["quantity", "key", "window"])
    for window in ("2025-2028", "2025", "2026", "2027", "2028"):
        of = years.groupby("path").sum() if "-" in window else years.xs(int(window), level="year")
        contact, mention = of.filter(like="contact_"), of.filter(like="mention_")
        wanted = {("contact", "all"): contact.sum(axis=1), ("contact", "cabinet"): contact["contact_cabinet"],
                  ("mention_share", "minerals"): mention["mention_minerals"] / mention.sum(axis=1).replace(0, np.nan)}
        for key, values in wanted.items():
            told = change.loc[(*key, window)]
            assert told["after"] == pytest.approx(values[agree].mean(), rel=1e-12), (key, window)
            assert told["before"] == pytest.approx(values.mean(), rel=1e-12), (key, window)
            assert told["after_q05"] == values[agree].quantile(0.05), (key, window)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_question_is_that_of_the_rows_that_agree(run, found, name):
    years, questions = futures(run, name)
    agree = agreeing(years, questions)
    scenario = next(one for one in read_run(run)[0].scenarios if one.name == name)
    told = found.questions[found.questions["scenario"] == name].set_index("id")
    assert len(told) == len(scenario.questions) > 40
    for one in scenario.questions:
        held = pd.Series(holds(questions[one.id].to_numpy(), one), questions.index)
        assert told.loc[one.id, "after"] == held[agree].mean(), one.id
        assert told.loc[one.id, "before"] == held.mean(), one.id


def test_every_question_can_be_a_condition(run):
    """Yes and no share the futures out as the answers of the run do."""
    manifest, content = read_run(run)
    told = pd.read_csv(run / "questions.csv").set_index(["scenario", "id"])["probability"]
    kept = kept_of_files(run, manifest, content["files"])
    for scenario in manifest.scenarios:
        for one in scenario.questions:
            yes, no = (agreeing_with(kept[scenario.name], read_given([f"{one.id}={answer}"], manifest.scenarios))
                       for answer in ("yes", "no"))
            assert (yes != no).all()
            assert yes.mean() == pytest.approx(told[scenario.name, one.id], rel=1e-7), one.id


def test_before_is_what_the_tables_of_the_run_say(run, found):
    summary = pd.read_csv(run / "summary.csv")
    both = found.change.merge(summary, on=["scenario", "quantity", "key", "window"])
    assert len(both) == len(found.change) > 300
    for ours, theirs in (("before", "mean"), ("before_q05", "q05"), ("before_q50", "q50"), ("before_q95", "q95")):
        np.testing.assert_allclose(both[ours], both[theirs], rtol=1e-7, atol=1e-12, err_msg=ours)
    asked = found.questions.merge(pd.read_csv(run / "questions.csv"), on=["scenario", "id"])
    np.testing.assert_allclose(asked["before"], asked["probability"], rtol=1e-7)


def test_the_errors_before_are_those_of_the_run_where_nothing_else_is_leant_on(run):
    """All posteriors of this run have as many draws, so that there is one kind of batches, of one size."""
    found = condition_run(run, ["contacts_total>=0"])[0]
    both = found.change.merge(pd.read_csv(run / "summary.csv"), on=["scenario", "quantity", "key", "window"])
    contacts = both[both["quantity"] == "contact"]
    np.testing.assert_allclose(contacts["before_mcse"], contacts["mcse"], rtol=1e-6, atol=1e-12)
    asked = found.questions.merge(pd.read_csv(run / "questions.csv"), on=["scenario", "id"])
    np.testing.assert_allclose(asked["before_mcse"], asked["mcse"], rtol=1e-6, atol=1e-12)


def test_futures_of_an_open_election_follow_the_outcome_that_is_told(run, found):
    """A future of the mixture is that of the scenario with its outcome: who wins is found in the files themselves."""
    open_one = pd.read_parquet(run / "trajectories" / "mixture.parquet").set_index(["path", "month"])
    same = {name: (open_one == pd.read_parquet(run / "trajectories" / f"{name}.parquet").set_index(["path", "month"])).all(axis=1)
            .groupby("path").all() for name in ("harris", "trump")}
    only = same["harris"] != same["trump"]
    assert only.mean() > 0.9
    agree = agreeing(*futures(run, "mixture"))
    told = found.outcomes.set_index("outcome")
    assert set(found.outcomes["scenario"]) == {"mixture"}
    for side, chosen in (("before", only), ("after", only & agree)):
        rest = PATHS - only.sum() if side == "before" else (agree & ~only).sum()
        count = PATHS if side == "before" else agree.sum()
        assert abs(told.loc["trump", side] * count - same["trump"][chosen].sum()) <= rest + 1e-6
    assert told["after"].sum() == pytest.approx(1)


def test_python_gives_the_same_from_memory_and_from_files(run, found):
    back = api.load_run(run).condition(list(GIVEN))
    for name, table in vars(found).items():
        pd.testing.assert_frame_equal(table, getattr(back, name), obj=name)


# The command.

def call(*words):
    return CliRunner().invoke(app, [*words], env={"TTY_COMPATIBLE": "1", "TERM": "dumb", "COLUMNS": "80"})


def test_the_command_tells_how_many_agree_and_fits_eighty_columns(run, found):
    result = call("condition", str(run), *OPTIONS)
    assert result.exit_code == 0, result.output
    row = found.agreement.iloc[0]
    assert (f"harris: {row['agree']:,} of 1,200 futures agree ({100 * row['probability']:.1f} % ± {100 * row['mcse']:.1f})"
            in result.stdout)
    assert "mixture: probability of an outcome, per cent" in result.stdout
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines()[1:-1])) <= 80


def test_ranks_and_topics_are_told_in_the_words_of_the_dyad(tmp_path):
    """They stand in the manifest: a run directory does not hold the folder of its dyad."""
    own = shutil.copytree(shipped.DYAD, tmp_path / "dyad")
    with (own / "dyad.yaml").open("a", encoding="utf-8") as file:
        file.write("labels:\n  us_rank: {vice_president: Deputy head}\n  agenda: {trade: Buying and selling}\n")
    run = write_run(Request(scenarios=("harris",), paths=400, seed=3, data=own), tmp_path / "run")
    result = call("condition", str(run), "--given", "contacts_total>=0")
    assert result.exit_code == 0, result.output
    assert "2025-2028, Deputy head" in result.stdout
    assert "Buying and selling" in result.stdout
    assert not re.search(r"vice.president |^ *trade ", result.stdout, re.MULTILINE)


def test_json_is_all_that_is_printed_and_has_every_table(run, found):
    result = call("condition", str(run), *OPTIONS, "--json")
    told = json.loads(result.stdout)
    assert told["given"] == list(GIVEN)
    assert told["run"]["seed"] == 3
    for name, table in vars(found).items():
        assert [list(row) for row in told[name]] == [list(table.columns)] * len(table), name
    assert told["change"][0]["after"] == found.change["after"].iloc[0]


def test_tables_are_written_with_a_manifest_and_nothing_of_a_user_is_replaced(run, found, tmp_path):
    out = tmp_path / "what_if"
    assert call("condition", str(run), *OPTIONS, "--out", str(out)).exit_code == 0
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["kind"] == "condition"
    assert manifest["given"] == list(GIVEN)
    assert set(manifest["files"]) == {"agreement.csv", "change.csv", "questions.csv", "outcomes.csv"}
    np.testing.assert_allclose(pd.read_csv(out / "change.csv")["after"], found.change["after"], rtol=1e-7)
    (out / "note.txt").write_text("mine")
    again = call("condition", str(run), *OPTIONS, "--out", str(out))
    assert again.exit_code == 2
    assert "files that the program did not write" in again.stderr


def test_what_no_future_agrees_with_is_refused_with_a_remedy(run):
    result = call("condition", str(run), "--given", "contacts_2025>=5", "--given", "contacts_2025<5", "--quiet")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()] == ["error"] * 3
    assert "found 0 of 1,200. Give looser conditions, or run the forecast with more --paths" in result.stderr


def test_a_run_that_kept_some_of_its_futures_says_so(run, tmp_path):
    """The manifest then names more futures than the files have."""
    content = json.loads((run / "manifest.json").read_text())
    with output_directory(tmp_path / "run", "run") as folder:
        shutil.copytree(run, folder, dirs_exist_ok=True)
        (folder / "manifest.json").write_text(json.dumps(content | {"paths": 50_000, "paths_held": PATHS}))
    result = call("condition", str(tmp_path / "run"), *OPTIONS)
    assert result.exit_code == 0, result.output
    assert "note: harris: the run kept 1,200 of its 50,000 futures" in result.stderr
