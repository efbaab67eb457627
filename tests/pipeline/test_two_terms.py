"""`forecast run --then`: both terms at once, beside a run of the first that stays as it is; what is wrong is one message."""

import json
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast.api import load_run
from forecast.contacts import codes
from forecast.errors import InputError
from forecast.evaluation.montecarlo import describe, standard_error
from forecast.evaluation.two_terms import BOTH, LEVELS, YEAR, apart, described, two_term_tables
from forecast.pipeline import Request, read, run
from forecast.pipeline import update as chain
from forecast.pipeline.archive import Repeat, _members_of
from forecast.pipeline.futures import both_terms
from forecast.pipeline.results import read_results
from forecast.pipeline.run_directory import read_run
from forecast.pipeline.running_term import UpdateRequest, read_term
from forecast.posterior.pool import pooled
from forecast.report.columns import file_of_path
from forecast.report.console import print_run, print_two_terms
from forecast.report.figures.two_terms import two_terms_text
from forecast.report.page import PLATES
from forecast.shipped import DATA
from forecast.simulation.prepare import draw_state, parameters_of
from forecast.simulation.random import Noise
from forecast.simulation.scenario import find_scenario, load_scenario
from forecast.simulation.two_terms import FIRST, SECOND, TURN, Counts, TermAhead, state_at_turn
from tests.fixture.record import RECORD
from tests.golden.example import posteriors
from tests.golden.run_directory import copy_posteriors
from tests.heard import Heard

THEN = ("democrat_2028", "trumpist_2028")
REQUEST = Request(data=RECORD, paths=400, seed=3, then=THEN, threads=1)
PAIRS = [(first, then) for first in ("harris", "trump") for then in THEN]


@pytest.fixture(scope="module")
def blocks():
    """Trajectories, as they are kept."""
    return []


@pytest.fixture(scope="module")
def done(inputs, posterior, blocks):
    heard = Heard()
    found = run.compute(inputs, REQUEST, heard, lambda *one: blocks.append(one), posterior=dict(posterior))
    assert heard.faults() == []
    assert {"simulate harris to the turn", "simulate trumpist_2028 after trump"} <= set(heard.stages)
    return found


@pytest.fixture(scope="module")
def totals(done):
    return done.two_terms.totals


def faults_of(**wanted):
    with pytest.raises(InputError, match=r": expected .*, found ") as caught:
        read(replace(REQUEST, **wanted))
    return caught.value.faults


# Numbers.

def test_the_run_of_the_first_term_is_as_it_was(done, inputs, posterior):
    request = replace(REQUEST, then=())
    alone = run.compute(read(request), request, lambda *_: None, posterior=dict(posterior))
    both, one = run.tables_of(done), run.tables_of(alone)
    assert set(both) == {*one, "two_terms", "two_terms_contrast"}
    for name, table in one.items():
        pd.testing.assert_frame_equal(both[name], table, check_exact=True)


def test_of_the_first_term_both_say_the_same(done, totals):
    ours = totals[totals["part"] == FIRST].set_index(["scenario", "key"])
    assert set(ours["window"]) == {"2025-2028"}
    summary = done.tables.summary
    theirs = summary[(summary["quantity"] == "contact") & (summary["window"] == "2025-2028")].set_index(["scenario", "key"])
    for where, row in ours.iterrows():
        same = ["mean", "q50", "mcse"]
        assert tuple(row[same]) == pytest.approx(tuple(theirs.loc[where, same]), rel=1e-12)
    years = totals[(totals["part"] == YEAR) & (totals["key"] == "all")].set_index(["scenario", "window"])["mean"]
    by_year = summary[(summary["quantity"] == "contact") & (summary["key"] == "all")].set_index(["scenario", "window"])["mean"]
    for name, year in ((name, f"{year}") for name in ("harris", "trump") for year in range(2025, 2029)):
        assert set(years.loc[[(name, year)]]) == {by_year[name, year]}


def test_parts_and_years_add_up(done, totals):
    mean = totals.set_index(["scenario", "then", "key", "part", "window"])["mean"]
    for where, part in mean.groupby(level=["scenario", "then", "key"]):
        of = part.droplevel(["scenario", "then", "key"])
        whole = of[BOTH, "2025-2032"]
        assert of[FIRST].iloc[0] + of[TURN].iloc[0] + of[SECOND].iloc[0] == pytest.approx(whole), where
        assert of[YEAR].sum() == pytest.approx(whole)
        assert list(of[YEAR].index) == [f"{year}" for year in range(2025, 2033)]
    assert done.two_terms.paths == 400
    assert list(dict.fromkeys(zip(totals["scenario"], totals["then"], strict=True))) == PAIRS


APART = ["width_apart", "width_apart_mcse", "width_ratio", "width_ratio_mcse"]


def test_the_width_of_both_terms_stands_beside_that_of_terms_that_share_nothing(totals):
    rows = totals.set_index(["part", "key", "scenario", "then"])
    for pair in PAIRS:
        both = rows.loc[(BOTH, "all", *pair)]
        width, ratio = both["q90"] - both["q10"], both["width_ratio"]
        assert ratio == pytest.approx(width / both["width_apart"], rel=1e-12)
        assert ratio > 1 + 2 * both["width_ratio_mcse"] > 1
        assert 0 < both["width_apart_mcse"] < 0.2 * both["width_apart"]
    assert totals.loc[totals["part"] != BOTH, APART].isna().all(axis=None)


def permutations(paths):
    return np.argsort(np.random.default_rng(6).random((10, paths)))


@pytest.mark.parametrize("r", [0.0, 0.5])
def test_how_much_wider_terms_are_together_is_known_of_normals_and_no_tail_moves_it(r):
    """Their sum is wider by sqrt(1 + r), of a correlation r; five paths of 20,000 in the far tail double its variance."""
    paths, rng = 20_000, np.random.default_rng(4)
    one, other = 100 + 20 * rng.multivariate_normal([0, 0], [[1, r], [r, 1]], paths).T
    batch, order = np.arange(paths) % 40, permutations(paths)
    found = apart(one, other, batch, order)
    assert found["width_ratio"] == pytest.approx(np.sqrt(1 + r), abs=4 * found["width_ratio_mcse"])
    assert found["width_apart"] == pytest.approx(2 * 1.28155 * 20 * np.sqrt(2), abs=4 * found["width_apart_mcse"])
    assert 0.002 < found["width_ratio_mcse"] < 0.02
    heavy = apart(*(np.where(np.arange(paths) < 5, 1000.0, values) for values in (one, other)), batch, order)
    assert heavy["width_ratio"] == pytest.approx(found["width_ratio"], abs=0.002)


def test_errors_of_the_width_are_those_of_other_seeds():
    """Paths share draws by batch: what is repeated over seeds spreads as the error says."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        draw = rng.normal(size=(2, 200))[:, np.arange(2000) % 200]
        one, other = 3 * draw[0] + rng.normal(size=2000), 3 * draw[0] + draw[1] + rng.normal(size=2000)
        found.append(apart(one, other, np.arange(2000) % 200 // 5, permutations(2000)))
    for name in ("width_ratio", "width_apart"):
        spread = np.std([one[name] for one in found], ddof=1)
        assert np.mean([one[f"{name}_mcse"] for one in found]) == pytest.approx(spread, rel=0.5)


@pytest.mark.parametrize("batch", [np.arange(400) % 40, np.arange(400) // 10, np.arange(397) % 40, np.arange(5) % 2 + 3])
def test_widths_are_those_of_one_batch_and_one_permutation_after_the_other(batch):
    def width(values):
        low, high = np.quantile(values, (0.1, 0.9))
        return high - low

    rng, order = np.random.default_rng(7), permutations(len(batch))
    one, other = (rng.poisson(30 * rng.gamma(3.0, 1 / 3, len(batch))) for _ in range(2))
    parts = []
    for number in np.unique(batch):
        own = [places[batch[places] == number] for places in order]
        parts.append((width((one + other)[batch == number]), np.mean([width(one[batch == number] + other[at]) for at in own])))
    together, alone = np.array(parts).T
    paired = np.mean([width(one + other[places]) for places in order])
    ratio = width(one + other) / paired
    assert apart(one, other, batch, order) == {
        "width_apart": paired, "width_apart_mcse": standard_error(alone), "width_ratio": ratio,
        "width_ratio_mcse": standard_error((together - ratio * alone) / paired)}


def test_where_nothing_varies_there_is_no_ratio():
    found = apart(np.ones(80), np.ones(80), np.arange(80) % 40, permutations(80))
    assert (found["width_apart"], np.isnan(found["width_ratio"])) == (0.0, True)


def tables(first, turn, second, expected=None):
    """Tables of two pairs, of made contacts of the highest rank, (path,) each; what is expected of the second pair is half."""
    def of(*parts):
        found = np.zeros((len(first), len(parts), len(codes.RANK.labels)))
        found[:, :, 0] = np.transpose(parts)
        return found

    def counts(cell, values, times=1.0):
        return Counts(cell, of(*values), of(*values) * times)

    one, later = ((FIRST, 2025), (TURN, 2026)), ((SECOND, 2026),)
    firsts = {name: counts(one, (first, turn), times) for name, times in {"a": 1.0, "b": 0.5}.items()}
    after = {(name, "then"): counts(later, (second,)) for name in "ab"}
    found = two_term_tables(firsts, after, {}, np.arange(len(first)) % 40, 8)
    return found.totals.set_index(["scenario", "part", "window", "key"]).loc["a"], found.contrast


def test_at_least_one_contact_in_both_terms_is_counted_path_by_path():
    some = (np.arange(400) < 200).astype(int)  # none in the others, in either term: no product of chances
    rows, _ = tables(some, 0 * some, some)
    assert [rows.loc[(part, window, "all"), "p_any"] for part, window in ((FIRST, "2025"), (SECOND, "2026"), (BOTH, "2025-2026"))
            ] == [0.5, 0.5, 0.5]


def test_a_difference_of_both_terms_counts_the_turn():
    rng = np.random.default_rng(9)
    first, turn, second = rng.poisson(20, (3, 400))
    _, contrast = tables(first, turn, second)
    rows = contrast[(contrast["quantity"] == "contact") & (contrast["key"] == "all")].set_index("part")["mean"]
    assert rows.to_dict() == pytest.approx({FIRST: first.mean() / 2, SECOND: 0.0, BOTH: (first + turn).mean() / 2})


def test_apart_the_turn_belongs_to_the_first_term():
    rng = np.random.default_rng(9)
    first, turn, second = rng.poisson(2000, (3, 4000))
    bound = rng.integers(-1000, 1000, 4000)  # of first term and turn alone: their sum does not vary with it
    rows, _ = tables(first + bound, turn - bound, second)
    both = rows.loc[(BOTH, "2025-2026", "all")]
    assert both["width_ratio"] == pytest.approx(1, abs=4 * both["width_ratio_mcse"])
    assert both["width_ratio_mcse"] < 0.05


def test_differences_are_of_pairs_that_differ_in_one_election(done):
    table = done.two_terms.contrast
    first, second = (table[[name, f"{name}_then"]].to_numpy() for name in ("first", "second"))
    assert ((first == second).sum(axis=1) == 1).all()
    later = table["first"] == table["second"]
    assert set(table.loc[later, "part"]) == {SECOND, BOTH}  # the first term is one and the same
    assert set(table.loc[~later, "part"]) == {FIRST, SECOND, BOTH}
    ratio = table[table["quantity"] == "log_rate_ratio"]
    assert ratio[["p_more", "p_equal", "p_fewer"]].sum(axis=1).to_numpy() == pytest.approx(1)
    ours = ratio[(ratio["part"] == FIRST) & (ratio["key"] == "all")].iloc[0]
    theirs = done.tables.contrast.query("quantity == 'log_rate_ratio' and key == 'all' and pairing == 'expected'").iloc[0]
    assert (ours["q50"], ours["p_more"]) == pytest.approx((theirs["q50"], theirs["p_more"]), rel=1e-9)


@pytest.mark.parametrize("paths", [400, 390])
def test_numbers_of_a_distribution_and_their_errors(paths):
    rng = np.random.default_rng(2)
    values, batch = rng.poisson(20.0, paths).astype(float), np.arange(paths) % 40
    found, other = described(values, batch), describe(values, batch)
    assert found["sd"] == pytest.approx(values.std())
    for name, level in LEVELS.items():
        assert found[name] == pytest.approx(np.quantile(values, level))
    for name in ("mean", "mcse", "q50", "q50_mcse"):
        assert found[name] == pytest.approx(other[name])


def test_with_a_precision_both_terms_are_those_of_the_futures_that_were_needed(inputs, posterior, monkeypatch):
    """The first block is enough: of the term that the run forecasts both tables say the same."""
    monkeypatch.setattr("forecast.pipeline.futures.BLOCK", 200)
    found = run.compute(inputs, replace(REQUEST, paths=800, precision=0.4), lambda *_: None, posterior=dict(posterior))
    assert found.two_terms.paths == found.futures.paths < 800
    ours = found.two_terms.totals.query(f"part == '{FIRST}' and key == 'all'").groupby("scenario")["mean"].first()
    theirs = found.tables.summary.query("quantity == 'contact' and key == 'all' and window == '2025-2028'").set_index("scenario")
    assert ours.to_dict() == pytest.approx(theirs["mean"].to_dict(), rel=1e-9)


def test_results_depend_on_the_seed_alone(inputs, done, totals):
    again, other = (both_terms(inputs, done.forecaster, 400, replace(REQUEST, threads=2, seed=seed), lambda *_: None).totals
                    for seed in (3, 4))
    pd.testing.assert_frame_equal(again, totals, check_exact=True)
    assert not other.equals(totals)


# A run directory.

@pytest.fixture(scope="module")
def folder(done, posterior, blocks, tmp_path_factory):
    place = tmp_path_factory.mktemp("two") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forecast.report.files.copy_posteriors", lambda _, where: copy_posteriors(posterior, where))
        patch.setattr("forecast.report.page.PLATES", [one for one in PLATES if one.name in ("two_terms", "history")])
        run.write_to(place, done, REQUEST, blocks, lambda *_: None)
    return place


def test_a_run_directory_has_tables_figure_and_section(folder, totals):
    assert {path.suffix for path in (folder / "figures").glob("two_terms.*")} == {".pdf", ".svg", ".png"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert 'id="two-terms"' in page
    assert page.count("Harris, then Democrat 2028") > 3
    assert "<h3>A Democrat wins in 2028</h3>" in page  # among what is assumed
    text = " ".join(re.sub("<[^>]+>", "", page).split())
    for told in ("Because of what terms share, the 80 % interval of both together is 1.",
                 "reaches the second term only through a successor of the same party", "by construction, which is no finding.",
                 "ends with its horizon and is gone when the terms turn", "there is no backtest of it",
                 "A fresh shock to that level weakens the tie"):
        assert told in text
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [one["name"] for one in manifest["then"]] == list(THEN)
    assert {"scenario democrat_2028", "scenario trumpist_2028"} <= set(manifest["hashes"])
    for name in ("two_terms.csv", "two_terms_contrast.csv"):
        table, kind = pd.read_csv(folder / name), file_of_path(name)
        assert list(table.columns) == [column.name for column in kind.columns]
    assert set(pd.read_csv(folder / "two_terms.csv")["window"]) == set(totals["window"])


def test_it_is_read_back_and_drawn_again(folder, totals):
    found = read_results(folder, RECORD)
    pd.testing.assert_frame_equal(found.tables["two_terms"], totals, check_exact=False, rtol=1e-6)
    content = found.content()
    assert content.two_terms.kinds == {"democrat_2028": "democratic", "trumpist_2028": "republican_trumpist"}
    plate = next(one for one in PLATES if one.name == "two_terms")
    assert "Trump, then Trumpist 2028" in plate.alt(content)


def test_a_run_without_a_second_term_says_nothing_of_it(inputs):
    alone = read(replace(REQUEST, then=()))
    assert (alone.then.pairs, alone.files.keys() & {"scenario democrat_2028"}) == ((), set())


def test_an_archive_knows_how_to_repeat_it():
    again = Repeat(scenarios=("harris",), then=THEN, priors="default", as_of=date(2024, 11, 4), seed=1, paths=400)
    assert again.words()[:6] == ["run", "harris", "--then", "democrat_2028", "--then", "trumpist_2028"]
    assert "--then" not in again.model_copy(update={"then": ()}).words()


def test_an_archive_has_the_files_of_the_second_term(folder):
    """Also where the run is as of another day than they say."""
    manifest, _ = read_run(folder)
    assert {one.as_of for one in manifest.then} == {date(2024, 11, 4)}
    found = _members_of(folder, manifest, "scenario", "trumpist_2028", find_scenario("trumpist_2028"))
    assert set(found) == {"scenarios/trumpist_2028.yaml", "scenarios/democrat_2028.yaml"}
    other = manifest.model_copy(update={"then": tuple(one.model_copy(update={"title": "Another"}) for one in manifest.then)})
    with pytest.raises(InputError, match="the files that it extends or names, as they were"):
        _members_of(folder, other, "scenario", "trumpist_2028", find_scenario("trumpist_2028"))


def test_the_same_from_python(folder):
    found = load_run(folder, data=RECORD)
    assert len(found.table("two_terms")) == 4 * (4 + 8) * 7
    assert "two_terms" in found.plot.names()
    assert found.plot.two_terms().axes


def test_the_screen_has_a_line_for_each_pair(done, capsys):
    print_run(done.tables.summary, done.tables.contrast, done.administration.rate_ratio, RECORD, {}, done.two_terms.totals)
    told = capsys.readouterr().out
    assert told.index("2029-2032") < told.index("Written: ")
    lines = [line for line in told.splitlines() if line.startswith("trump") and "trumpist_2028" in line]
    assert len(lines) == 2  # of all contacts, and of presidents


def test_a_first_horizon_that_ends_early_shows_what_is_left_of_its_term(folder, posterior, tmp_path, capsys):
    """Two years and more between horizon and turn are no days that a reader may pass over."""
    (tmp_path / "early.yaml").write_text("name: early\ntitle: T\ndescription: D\nextends: trump.yaml\nhorizon: {end: 2026-12}\n",
                                         encoding="utf-8")
    early = replace(REQUEST, scenarios=(str(tmp_path / "early.yaml"),), then=THEN[:1])
    found = both_terms(read(early), pooled(dict(posterior), "us_kz"), 100, early, lambda *_: None)
    print_two_terms(found.totals)
    told = capsys.readouterr().out
    assert told.index("2025-2026") < told.index("turn, 2027-2029") < told.index("2029-2032") < told.index("2025-2032")
    content = replace(read_results(folder, RECORD).content(), two_terms=found)
    page = two_terms_text(content)
    assert page["windows"] == ["2025-2026", "rest of the first term, 2027-2029", "2029-2032", "2025-2032"]
    assert [len(row["cells"]) for row in page["rows"]] == [4]


def test_the_days_of_a_turn_are_not_shown(folder, totals, capsys):
    print_two_terms(totals)
    assert "turn" not in capsys.readouterr().out
    assert two_terms_text(read_results(folder, RECORD).content())["windows"] == ["2025-2028", "2029-2032", "2025-2032"]


# A term that runs, and the next.

BIDEN = """name: biden
title: T
description: D
as_of: 2020-11-02
election: us_2020
outcome: biden
horizon: {start: 2021-01, end: 2024-12}
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    own = tmp_path_factory.mktemp("scenario") / "biden.yaml"
    own.write_text(BIDEN, encoding="utf-8")
    request = Request(data=RECORD, paths=400, seed=3, alone=True, threads=1)
    term = read_term(request, UpdateRequest(as_of=date(2022, 6, 30), scenario=str(own), then=("harris", "trump")))
    found = [{name: one for name, one in posteriors(part.panel, part.priors).items() if name != "poles"}
             for part in (term.eve, term.now)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "fits", lambda *_: (found[0], {name: chain._scored(one, found[0][name]) for name, one in
                                                            found[1].items() if name in found[0]}))
        return term, *chain.update(term, request, lambda *_: None)


def test_the_rest_of_a_term_that_runs_goes_on_into_the_next(running):
    term, run_of, _ = running
    assert {one.ahead for one in term.now.then.elections.values()} == {1}
    totals = run_of.two_terms.totals.set_index(["part", "then", "key"])
    mean = run_of.tables.summary.query("quantity == 'contact' and key == 'all'")["mean"].iloc[0]
    for then in ("harris", "trump"):
        assert totals.loc[(FIRST, then, "all"), "mean"] == pytest.approx(mean, rel=1e-12)
        assert totals.loc[(BOTH, then, "all"), "window"] == "2021-2028"
        assert totals.loc[(TURN, then, "all"), "mean"] > 0  # beyond the horizon of the first scenario
    year = run_of.two_terms.totals.query(f"part == '{YEAR}' and window == '2021' and key == 'all' and then == 'trump'").iloc[0]
    table = pd.read_csv(RECORD / "contacts.csv", dtype=str)
    recorded = table["date"].between("2021-01-20", "2021-12-31").sum()
    assert (year["q025"], year["q975"]) == (recorded, recorded)  # what happened stands in every future
    assert set(run_of.two_terms.contrast["part"]) == {SECOND}


def test_the_state_that_the_record_speaks_for_goes_on(running):
    """Not a stationary draw: where the particle filter left it, moved on to January 2025."""
    term, run_of, _ = running
    first = TermAhead(scenario=term.scenario, election=term.election, running=term.running)
    second = TermAhead(scenario=term.now.then.scenarios["trump"], election=term.now.then.elections["trump"])
    path, given = np.arange(50), parameters_of(run_of.forecaster, term.scenario.chances, term.election, 3)(slice(0, 50))
    plain = draw_state(given, Noise(3), path, 49)[:, -1]
    found = state_at_turn(run_of.forecaster, first, second, 3)(given, path)
    assert (found != plain).any()
    gone = given.state_persistence ** 31  # months from June 2022 on: nearly forgotten, and the shocks since are the same
    assert np.abs(found - plain).max() < 10 * gone.max() + 1e-9


# What cannot be right.

def test_a_scenario_of_the_same_term_or_named_twice_is_refused():
    (fault,) = faults_of(then=("trump_transactional",))
    assert (fault.where, fault.found) == ("option --then, scenario trump_transactional, key election", "us_2024, from 2025-01-20")
    assert fault.expected == "one whose term begins on 2029-01-20, when that of us_2024 ends"
    assert faults_of(then=("harris",))[0].found == "one of the first term"
    assert faults_of(then=("democrat_2028", "democrat_2028"))[0].found == "democrat_2028, democrat_2028"


def test_the_first_term_must_be_the_next():
    (fault,) = faults_of(scenarios=("democrat_2028",), then=("republican_2028",), as_of=date(2024, 11, 4))[:1]
    assert (fault.where, fault.found) == ("option --then", "democrat_2028")


def test_a_second_term_begins_with_its_term(tmp_path):
    text = "name: late\ntitle: T\ndescription: D\nextends: democrat_2028.yaml\nhorizon: {start: 2030-01}\n"
    (tmp_path / "late.yaml").write_text(text, encoding="utf-8")
    (fault,) = faults_of(then=(str(tmp_path / "late.yaml"),))
    assert (fault.where, fault.expected, fault.found) == (
        "option --then, scenario late, key horizon.start", "2029-01, when its term begins", "2030-01")


def test_so_does_the_first_term(tmp_path):
    """Else "both terms" would begin in its middle."""
    (tmp_path / "late.yaml").write_text("name: late\ntitle: T\ndescription: D\nextends: trump.yaml\nhorizon: {start: 2027-01}\n",
                                        encoding="utf-8")
    assert read(replace(REQUEST, scenarios=(str(tmp_path / "late.yaml"),), then=())).scenarios  # by itself it may
    (fault,) = faults_of(scenarios=(str(tmp_path / "late.yaml"),))
    assert (fault.where, fault.expected, fault.found) == (
        "scenario late, key horizon.start", "2025-01, when its term begins, with --then", "2027-01")
    assert "horizon.start" in fault.remedy


def test_nobody_governs_for_three_terms(tmp_path, capsys):
    elections = (DATA / "elections.yaml").read_text(encoding="utf-8")
    own = elections.replace("      trumpist: {president: a Republican of the Trumpist type, type: republican_trumpist}",
                            "      trumpist: {president: Trump, type: republican_trumpist}")
    (tmp_path / "elections.yaml").write_text(own, encoding="utf-8")
    found = read(replace(REQUEST, elections=tmp_path / "elections.yaml")).then
    assert ("trump", "trumpist_2028") not in found.pairs
    assert ("harris", "trumpist_2028") in found.pairs
    assert "would govern for more terms than there can be: trump then trumpist_2028" in capsys.readouterr().err
    (fault,) = faults_of(elections=tmp_path / "elections.yaml", scenarios=("trump",), then=("trumpist_2028",))
    assert fault.found == "trump then trumpist_2028"
    assert fault.remedy == "Name a scenario with another winner, of either term, or correct the file of elections."


MOVED = """name: moved
title: T
description: D
extends: EXTENDED.yaml
dyad: us_kz
adjustments:
  rate: {pole: {russia: {normal: [0.2, 0.1]}}}
questions:
  - {id: any, text: Any?, background: B, resolution: R, contacts: {rank: [president]}, window: [YEAR-01, YEAR-12], at_least: 1}
"""


def moving(folder, pole, how):
    """Second scenarios that move a pole and ask a question, read by a command; objects, for a file is checked as it is read."""
    extended, year = {"run": ("democrat_2028", "2029"), "update": ("harris", "2025")}[how]
    own = folder / "moved.yaml"
    own.write_text(MOVED.replace("EXTENDED", extended).replace("YEAR", year), encoding="utf-8")
    plain = load_scenario(own)
    rate = plain.adjustments.rate.model_copy(update={"pole": {pole: plain.adjustments.rate.pole["russia"]}})
    one = plain.model_copy(update={"adjustments": plain.adjustments.model_copy(update={"rate": rate})})
    if how == "run":
        return read(replace(REQUEST, data=None, then=(one,))).then
    return read_term(replace(REQUEST, data=None), UpdateRequest(as_of=date(2022, 6, 30), then=(one,))).now.then


@pytest.mark.parametrize("how", ["run", "update"])
def test_what_does_nothing_in_the_second_term_is_told(tmp_path, capsys, how):
    assert moving(tmp_path, "russia", how).scenarios["moved"].questions == ()
    told = " ".join(capsys.readouterr().err.split())
    assert "note: questions (moved) and effects on poles (moved) do nothing in the term after: contacts alone are" in told


@pytest.mark.parametrize("how", ["run", "update"])
def test_a_pole_that_the_dyad_does_not_have_is_refused_of_the_second_term(tmp_path, how):
    with pytest.raises(InputError, match=r"key rate\.pole: .*russia.*, found 'atlantis'"):
        moving(tmp_path, "atlantis", how)


def test_help_and_command_line_know_it():
    told = CliRunner().invoke(app, ["run", "--help"], env={"COLUMNS": "200"}).output
    assert "--then" in told
    failed = CliRunner().invoke(app, ["run", "--then", "nobody_2028"])
    assert failed.exit_code == 2
