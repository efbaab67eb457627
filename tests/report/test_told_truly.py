"""What tables, figures and sentences say of numbers at their edges: rounding, short horizons, one scenario, one term."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from forecast.evaluation.contrast import load_equivalence
from forecast.report import page
from forecast.report.administrations_tables import bounds_text
from forecast.report.backtest_figures import PIT, _pit
from forecast.report.countries import _sentence
from forecast.report.figures import agenda, contrast, history, questions, ratio
from forecast.report.figures.assumptions import MOST, draw_sweep
from forecast.report.lookup import factor_of_region
from forecast.report.tables import contact_table, printed_administration_tables, result_table


@pytest.mark.parametrize(("low", "high", "printed"), [
    (0.0004, 0.42, "0.04 to 42.00"), (-0.42, -0.002, "-42.0 to -0.2"), (0.0, 0.42, "0 to 42"), (0.1, 0.42, "10 to 42")])
def test_an_end_beyond_zero_is_never_printed_as_zero(low, high, printed):
    assert bounds_text(low, high, "share").replace("\N{MINUS SIGN}", "-") == printed


def test_a_difference_of_probabilities_is_in_points_and_needs_two_scenarios(content):
    assert questions.alt(content).endswith("5 points.")
    alone = replace(content, questions=content.questions[content.questions["scenario"] == "harris"])
    assert "difference" not in questions.alt(alone)


def short(content, last):
    """The same with a horizon that ends early."""
    runs = {name: run.sel(month=slice(None, last)) for name, run in content.trajectories.items()}
    summary = content.summary[content.summary["window"].isin(["2025", "2026"])]
    whole = content.summary[content.summary["window"] == content.window].assign(window="2025-2026")
    contrast = content.contrast.assign(window="2025-2026")
    return replace(content, trajectories=runs, summary=pd.concat([summary, whole]), contrast=contrast)


def test_a_shorter_horizon_is_not_called_the_term_and_half_a_year_no_year(content):
    made = short(content, "2026-06")
    assert made.parts == {2025: 12, 2026: 6}
    assert "2025-01 to 2026-06" in str(page.brief(made)[1])
    assert "whole term" not in " ".join(map(str, page.brief(made)))
    left, right, _ = history._futures(made, "harris", "all", 0, 1)
    assert (right - left)[1] == pytest.approx((right - left)[0] / 2)
    assert right[1] <= 2026.5
    assert content.period == content.span


def test_the_result_table_says_that_shares_may_be_of_fewer_futures(content):
    assert "over those of them that have" in result_table(content).note
    assert "over those of them that have" not in contact_table(content).note


def test_one_term_has_no_interval_of_skill():
    part = pd.DataFrame({"loss": 0.5, "baseline_loss": 0.51, "baseline": "last term", "expected": 1.0, "cells": 3, "terms": 1,
                         "skill": 0.024, "low": np.nan, "high": np.nan, "held_80": 0.8, "held_95": 0.95}, index=["crps"])
    told = _sentence(part, "president_travel", "region")
    assert "nan" not in told
    assert "one term has no interval" in told


def test_a_topic_without_a_number_is_left_out(content):
    none = content.summary.assign(q50=content.summary["q50"].where(content.summary["quantity"] != "mention_share"))
    told = str(page._agenda(replace(content, summary=none)))
    assert "nan" not in told
    assert "none, as no future" in told


def test_nobody_asks_which_is_larger_of_rates_that_are_equal_for_sure(content):
    pieces = {key: rows.assign(p_equal=1.0) if key[2] == "log_rate_ratio" else rows for key, rows in content.contrast_by.items()}
    certain = replace(content)
    certain.__dict__["contrast_by"] = pieces
    assert "which of the two has more" not in str(page._untold(certain))
    assert "which of the two has more" in str(page._untold(content))


def test_the_region_of_equivalence_is_a_factor(content):
    """Rates of a tenth more and of a tenth less are not alike far from one another."""
    assert float(factor_of_region()) == pytest.approx(np.exp(load_equivalence().rate.bound), abs=0.005)
    note = next(table.note for table in printed_administration_tables(content) if table.name == "ratio")
    assert f"within a factor of {factor_of_region()}" in note


def test_the_band_of_few_terms_is_that_of_student():
    rows = pd.DataFrame([{"forecaster": "model", "term": term, **dict(zip(PIT, values, strict=True))}
                         for term, values in enumerate(np.random.default_rng(1).dirichlet(np.ones(len(PIT)), 7))])
    ax = Figure().subplots()
    _pit(ax, rows, "model", "black")
    spread = 2.4469 * rows[PIT].std(ddof=1).mean() / np.sqrt(7)  # t with 6 degrees of freedom
    assert ax.patches[0].get_height() == pytest.approx(min(1 / len(PIT), spread) + spread, rel=1e-3)


def test_a_sweep_says_how_many_of_its_quantities_are_drawn():
    def drawn(scenarios):
        rows = [{"quantity": f"{name}: {main}", "path": "one", "first": 0.5, "first_error": 0.1, "total": 0.5, "total_error": 0.1}
                for main in ("contacts", "relation index") for name in scenarios]
        return draw_sweep(pd.DataFrame(rows), "A sweep").get_supxlabel()

    assert f"{MOST} of 8 quantities" in drawn("abcd")
    assert "quantities" not in drawn("abc")


def test_own_labels_of_topics_are_told_in_words_of_figures(content, monkeypatch):
    monkeypatch.setattr(type(content), "named", lambda self, quantity, key: f"own {key}")
    assert "own " in agenda.alt(content)
    assert "own " in agenda.alt_goals(content)


def test_adjustments_are_of_the_months_ahead_which_may_be_fewer_than_those_of_the_term(content):
    size = {"kind": "fixed", "parameters": [0.4]}
    scenarios = [one | {"adjustments": {"rate": {"all": size}}} for one in content.manifest["scenarios"]]
    told = page.render_page(replace(content, manifest=content.manifest | {"scenarios": scenarios}), {})
    assert "Adjustments in every month ahead: rate, all: 0.40." in told
    assert "Adjustments for the whole term" not in told


def test_the_region_of_practical_equivalence_is_told_as_a_factor(content):
    """Neither rate is more than 1.10 times the other; ten per cent either way would be another region."""
    drawn = [" ".join(text.get_text() for text in one.findobj(Text)).replace("\n", " ")
             for one in (ratio.draw(content), contrast.draw_overview(content))]
    told = " ".join(page.striptags() for page in ratio.ratio_text(content)["sentences"])
    for text in (*drawn, told):
        assert f"within a factor of {factor_of_region()}" in text
        assert not re.search(r"within \d+( |\N{NO-BREAK SPACE})%", text)
