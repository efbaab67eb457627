"""Backtest of a dyad on the frozen record, with posteriors that need no sampler."""

import shutil
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast import shipped
from forecast.components.prior_file import load_priors
from forecast.components.registry import needs
from forecast.contacts import codes
from forecast.evaluation.backtest_dyad import (
    MODEL,
    PAGES,
    PAGES_OF_TERM,
    PLACEBO,
    RANKS,
    UNPOOLED,
    content_scores,
    count_scores,
    moved,
    of_draws,
    pages_by_year,
    simulated,
    term_of,
)
from forecast.evaluation.backtest_origin import origins
from forecast.evaluation.baselines import BASELINE, page_rate, past_pages
from forecast.evaluation.questions import past_windows
from forecast.evaluation.scores import LONGEST
from forecast.panel import load_panel
from forecast.panel.calendar import month_exposure
from forecast.panel.elections import load_administrations, load_elections
from forecast.pipeline import Request, backtest
from forecast.posterior.fit import plan
from forecast.posterior.pool import pooled
from forecast.posterior.sampler import SamplerSettings
from forecast.simulation.scenario import Question
from tests.fixture.record import RECORD
from tests.golden.example import posteriors
from tests.simulation.conftest import question

UNTIL = date(2025, 1, 19)


@pytest.fixture(scope="module")
def origin():
    return origins(load_elections(), load_administrations(), UNTIL, first=2016, last=2016)[0]


@pytest.fixture(scope="module")
def term(origin):
    return term_of(origin, load_panel(RECORD, as_of=origin.as_of), load_panel(RECORD, as_of=UNTIL))


@pytest.fixture(scope="module")
def asked():
    now = Question.model_validate(question("visit", window=("2025-01", "2026-12"), rank=["president"]))
    return [moved(now, -8)]


def posteriors_of(term):
    return pooled(posteriors(term.past, load_priors(shipped.find_priors("default"), needs())), term.past.dyad[0])


@pytest.fixture(scope="module")
def model(origin, term, asked):
    posterior = posteriors_of(term)
    return {name: simulated(origin, outcome, "us_kz", posterior, asked, paths=400, seed=1)
            for name, outcome in ((MODEL, origin.happened), (PLACEBO, origin.other))}


def test_what_happened_is_counted_from_the_rows(term):
    rows = pd.read_csv(RECORD / "contacts.csv", parse_dates=["date"])
    inside = rows[(rows["date"] >= "2017-01-20") & (rows["date"] < "2021-01-20")]
    assert term.contact.sum() == len(inside) == len(term.rows)
    assert term.contact[RANKS.index("cabinet")].sum() == (inside["us_rank"] == "cabinet").sum()
    assert term.pages.sum() == term.pages.sum(axis=1).sum() > 0
    assert past_pages(term.past).sum() == term.past.pages.sum()


def test_pages_that_nobody_coded_are_not_taken_for_none(term, model, origin, tmp_path):
    folder = shutil.copytree(RECORD, tmp_path / RECORD.name)
    head = (RECORD / "media.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "media.csv").write_text(f"{head}\n", encoding="utf-8")
    silent = term_of(origin, load_panel(folder, as_of=origin.as_of), load_panel(folder, as_of=UNTIL))
    assert silent.pages is None
    table, with_pages = count_scores(silent, model), count_scores(term, model)
    assert set(with_pages["measure"]) - set(table["measure"]) == {PAGES, PAGES_OF_TERM}
    assert set(with_pages["forecaster"]) - set(table["forecaster"]) == {UNPOOLED}


def test_a_heavy_tail_of_pages_takes_no_gigabytes():
    """As of a record that says next to nothing of pages: what lies beyond the grid of scores is put on its last count."""
    draws = np.random.default_rng(1).integers(0, 50, (400, 2))
    few, far = of_draws(draws), of_draws(np.where(draws == 7, 900_000_000, draws))
    assert few.pmf.shape[1] < LONGEST == far.pmf.shape[1]
    assert np.allclose(far.pmf[:, -1], (draws == 7).mean(axis=0), rtol=0.002)
    apart = np.delete(np.arange(40), [*range(3, 12)])  # a thousandth of counts is spread around them
    assert np.allclose(far.pmf[:, apart], few.pmf[:, apart], atol=0.0002)


def test_questions_move_with_their_months(asked):
    assert asked[0].window == (date(2017, 1, 1), date(2018, 12, 1))


def test_all_forecasters_are_scored_on_the_same_cells(term, model):
    table = count_scores(term, model)
    for measure, cells in {"contacts by rank and year": 24, "contacts by rank": 6, "contacts": 1,
                           PAGES: 8, PAGES_OF_TERM: 2}.items():
        part = table[table["measure"] == measure]
        assert set(part["forecaster"]) == {MODEL, PLACEBO, *BASELINE} | ({UNPOOLED} if measure.startswith("pages") else set())
        assert (part.groupby("forecaster").size() == cells).all(), measure
    whole = table[table["measure"] == "contacts"]
    assert (whole["count"] == term.contact.sum()).all()
    told, other = (whole.set_index("forecaster").loc[name, "mean"] for name in (MODEL, PLACEBO))
    assert told != other


def test_the_model_forecasts_its_own_simulated_contacts(term, model):
    """Means of the mixture are those of the engine's counts."""
    found = count_scores(term, model).query("measure == 'contacts by rank' and forecaster == @MODEL").set_index("unit")["mean"]
    count = model[MODEL].paths["contact"].sum(("month", "outcome")).transpose("path", "rank").to_numpy()
    np.testing.assert_allclose(found, count.mean(axis=0), atol=4 * count.std(axis=0).max() / np.sqrt(400))


def test_pages_are_scored_as_a_run_gives_them_and_the_simulated_ones_beside(term, model):
    """Half of the forecast is that of smoothing: its mean lies in the middle, and its loss is no more than the mean of both."""
    scored = count_scores(term, model)
    table = scored.query("measure == @PAGES").set_index(["unit", "year_of_term", "forecaster"])
    mean, loss = (table[name].unstack("forecaster") for name in ("mean", "crps"))
    of_term = scored.query("measure == @PAGES_OF_TERM").set_index(["unit", "forecaster"])
    for name in (MODEL, PLACEBO, UNPOOLED, "statsmodels smoothing"):  # a term is the sum of its years, the placebo's too
        np.testing.assert_allclose(of_term["mean"].xs(name, level=1).sort_index(), mean[name].groupby("unit").sum(), rtol=0.01)
    smooth = mean["statsmodels smoothing"]
    other = model[PLACEBO].paths["pages"].sum("month").mean("path").sel(side=mean.index[0][0]) / 4
    assert mean[PLACEBO].loc[mean.index[0][0]].mean() == pytest.approx((float(other) + smooth.iloc[0]) / 2, rel=0.02)
    np.testing.assert_allclose(mean[MODEL], (mean[UNPOOLED] + mean["statsmodels smoothing"]) / 2, rtol=1e-6)
    assert (loss[MODEL] <= (loss[UNPOOLED] + loss["statsmodels smoothing"]) / 2 + 1e-9).all()
    assert (loss[MODEL] - loss[UNPOOLED]).abs().min() > 1e-4
    found = model[MODEL].paths["pages"].sum("month").mean("path").sel(side=list(codes.SIDE.labels)).to_numpy()
    np.testing.assert_allclose(mean[UNPOOLED].groupby("unit").sum().loc[list(codes.SIDE.labels)], found, rtol=0.01)
    np.testing.assert_allclose(mean["statsmodels smoothing"].groupby("unit").mean().loc[list(codes.SIDE.labels)],
                               page_rate(term.past).mean.ravel(), rtol=1e-6)


def test_pages_of_a_january_go_to_both_years_by_their_days():
    """One page a day: as many in each year as it has days, up to chance; all of them once."""
    start = date(2017, 1, 20)
    exposure = month_exposure(start, date(2021, 1, 1), start)
    pages = np.broadcast_to(np.rint(exposure.sum(axis=1) * 365.25).astype(int), (2000, 2, len(exposure)))
    found = pages_by_year(pages, exposure)
    assert (found.sum(axis=2) == 4 * 365 + 1).all()
    mean, error = found.mean(axis=0), found.std(axis=0) / np.sqrt(2000)
    assert (np.abs(mean - [365, 365, 365, 366]) <= 4 * error).all()
    assert error[:, 0].min() > 0
    whole = np.minimum(np.arange(len(exposure)) // 12, 3)  # negative control: every January with the year that begins in it
    assert np.bincount(whole, pages[0, 0]).tolist() == [346, 365, 365, 385]


def test_questions_of_a_term_that_is_over_are_scored(origin, term, asked):
    """The backtest itself finds the answers; none would be a measure less, and silence."""
    found = backtest._scores(origin, term.past, load_panel(RECORD, as_of=UNTIL), posteriors_of(term), [moved(asked[0], 8)], 2025,
                             Request(paths=400, seed=1))[1]
    assert (found["measure"] == "questions").sum() == len(set(found["forecaster"][found["measure"] == "questions"])) > 1


def test_content_is_scored_case_by_case(term, model, asked):
    start = term.origin.election.term_start
    past = past_windows(asked, term.past, start)
    answers = pd.DataFrame({"id": ["visit"], "holds": [True]})
    table = content_scores(term, model, asked, past, answers, seed=1)
    sizes = table.groupby(["measure", "forecaster"]).size().unstack(0)
    assert (sizes["agenda"].dropna() == term.reported.sum() * len(codes.TOPIC.labels)).all()
    assert (sizes["outcome"].dropna() == len(term.rows)).all()
    assert (sizes["ranks together"].dropna() == 1).all()
    row = table.query("measure == 'questions' and forecaster == @MODEL").iloc[0]
    assert row["forecast"] == (model[MODEL].paths["match"].to_numpy() >= 1).mean()
    assert row["loss"] == pytest.approx((1 - row["forecast"]) ** 2)
    before = table.query("measure == 'questions' and forecaster == 'share of past terms'").iloc[0]
    assert before["forecast"] == pytest.approx((past["holds"].sum() + 0.5) / (len(past) + 1))


def test_a_term_without_a_contact_is_scored_by_counts_alone(term, model, asked):
    """There is nobody whose topics and outcomes were forecast; that nobody came was."""
    none = replace(term, rows=term.rows[:0], contact=0 * term.contact, pages=0 * term.pages, topic=term.topic[:0],
                   reported=term.reported[:0])
    content = content_scores(none, model, [], past_windows([], term.past, term.origin.election.term_start), pd.DataFrame({
        "id": [], "holds": []}), seed=1)
    assert set(content["measure"]) == {"ranks together"}
    skill = backtest._dyad_skill(count_scores(none, model), content)
    assert set(skill["measure"]) >= {"contacts", "contacts by rank", "ranks together"}
    assert np.isfinite(skill["loss"]).all()


def test_what_is_coded_later_changes_no_fit(tmp_path, origin):
    """Identities of all posteriors, with later contacts of another rank; and they do change with an earlier one."""
    priors = load_priors(shipped.find_priors("default"), needs())
    rows = pd.read_csv(RECORD / "contacts.csv", dtype=str, keep_default_na=False)

    def keys(folder):
        panel = load_panel(folder, as_of=origin.as_of)
        return {job.name: job.key for job in plan(panel, priors, SamplerSettings(seed=1))}

    later = rows["date"] > origin.as_of.isoformat()
    for name, chosen in (("later", later), ("earlier", ~later)):
        folder = shutil.copytree(RECORD, tmp_path / name)
        changed = rows.assign(us_rank=rows["us_rank"].where(~chosen, "deputy"))
        changed.to_csv(folder / "contacts.csv", index=False)
        assert (keys(folder) == keys(RECORD)) == (name == "later")


def test_draws_become_forecasts_without_impossible_counts():
    found = of_draws(np.array([[0, 3], [1, 3], [0, 5]]))
    assert (found.pmf[:, :8] > 0).all()
    np.testing.assert_allclose(found.mean, np.array([1 / 3, 11 / 3]), rtol=2e-3)
    assert found.pmf[0, 0] == pytest.approx(2 / 3, abs=1e-3)
