"""The ratio of two rates as it is told: on the screen, by prior set, in sentences and in its figure."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.dims import RANK
from forecast.report.console import _by_rank, print_run
from forecast.report.figures import assumptions, ratio
from forecast.report.figures.ratio import CLEAR, ratio_verdict
from forecast.report.figures.ratio import ratio_text as ratio_of
from forecast.report.figures.variance import identification_text
from forecast.report.page import headlines, plates


def test_the_screen_has_the_ratio_its_three_probabilities_and_that_of_the_expected_value(content, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    estimated = content.summary[content.summary["quantity"] == "contact"].assign(quantity="contact_estimated")
    print_run(pd.concat([content.summary, estimated]), content.contrast, content.administration.rate_ratio, tmp_path)
    text = capsys.readouterr().out
    row = content.contrast.query("quantity == 'log_rate_ratio' and key == 'all'").iloc[0]
    assert "log rate ratio harris / trump" in text
    assert f"{row['q50']:.2f} ({row['q05']:.2f} to {row['q95']:.2f})" in text
    assert f"{row['p_more']:.2f} {row['p_equal']:.2f} {row['p_fewer']:.2f}" in text
    assert f"{row['p_greater']:.2f} ± {row['p_greater_mcse']:.2f}" in text


@pytest.mark.parametrize(("width", "tables"), [(80, 2), (120, 1)])
def test_on_a_terminal_of_any_width_each_rank_has_its_numbers_in_one_line(width, tables):
    contrast = {"log rate ratio harris / trump": {"all": "0.06 (-0.39 to 0.68)"},
                "P(harris more, trump more)": {"all": "0.45 0.24"}, "P(harris > trump), expected value": {"all": "0.61 ± 0.01"}}
    totals = {"harris": {"all": "102 (40 to 196)"}, "trump": {"all": "93 (38 to 167)"}}
    found = [*_by_rank({"Recorded contacts": totals, "harris against trump": contrast}, width)]
    assert [str(table.title) for table in found] == ["Recorded contacts", "harris against trump"][:tables]
    assert [len(table.columns) for table in found] == ([3, 4] if tables == 2 else [6])
    assert [cell for table in found for column in table.columns[1:] for cell in column.cells] == [
        *(one["all"] for one in totals.values()), *(one["all"] for one in contrast.values())]


def test_a_headline_begins_with_the_ratio_and_says_what_the_mean_is(content):
    told = " ".join(str(one.striptags()) for one in headlines(content))
    row = content.contrast.query("quantity == 'contact' and key == 'all' and pairing == 'expected'").iloc[0]
    assert told.index("log ratio of the rates") < told.index("In contacts, Harris minus Trump")
    assert "practically equal, within a factor of 1.10" in told
    mean = told[told.index("The arithmetic mean"):]
    assert mean.startswith(f"The arithmetic mean of the expected difference, {row['mean']:.0f}")
    assert "skew" in mean


def test_p_with_shared_and_with_separate_levels_stands_in_the_headlines_and_on_the_screen(content, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    rows = content.administration.rate_ratio.query("key == 'all' and formulation == 'pool' and distribution == 'posterior'")
    chance = dict(zip(rows["levels"], np.array([0.41, 0.32]), strict=True))
    other = content.administration.rate_ratio.copy()
    other.loc[rows.index, "p_greater"] = rows["levels"].map(chance)
    administration = replace(content.administration, rate_ratio=other)
    told = " ".join(str(one.striptags()) for one in headlines(replace(content, administration=administration)))
    estimated = content.summary[content.summary["quantity"] == "contact"].assign(quantity="contact_estimated")
    print_run(pd.concat([content.summary, estimated]), content.contrast, other, tmp_path)
    for text, end in ((told, "where each draws its own"), (capsys.readouterr().out, "where each draws its own")):
        sentence = text[:text.index(end)].rpartition("P(")[2]
        places = [sentence.index(part) for part in (f"{chance['shared']:.2f}", "share the level", f"{chance['separate']:.2f}")]
        assert places == sorted(places)


def test_formulations_one_by_one_are_left_to_the_figure_and_the_file(content):
    names = [row["name"] for row in ratio_of(content)["rows"]]
    assert len(names) == 2 * (2 + len(content.labels(RANK)))
    assert all("ll formulations together" in name or name.startswith("All together") for name in names)
    table = content.administration.identification
    two = replace(content.administration, identification=pd.concat([table, table.assign(formulation="frequency_walk")]))
    shown = identification_text(replace(content, administration=two))
    assert len(shown["rows"]) == len(identification_text(content)["rows"]) > 0
    assert len(shown["others"]) == 1


def test_ranks_have_rows_of_their_own_and_a_sentence_with_the_farthest(content):
    place = content.administration.rate_ratio.query(
        "formulation == 'pool' and distribution == 'posterior' and levels == 'shared'")
    other = content.administration.rate_ratio.copy()
    other.loc[place.index, "p_greater"] = 0.5
    for key, value in (("cabinet", 0.11), ("deputy", 0.93)):
        other.loc[place.index[place["key"] == key], "p_greater"] = value
    told = ratio_of(replace(content, administration=replace(content.administration, rate_ratio=other)))
    sentence = str(told["sentences"][-1].striptags())
    names = [content.named("contact", key) for key in ("cabinet", "deputy")]
    assert f"0.11 ({names[0]}) to 0.93 ({names[1]})" in sentence
    assert sum(row["name"].startswith(names[0]) for row in told["rows"]) == 2


@pytest.mark.parametrize(("parts", "words"), [((0.97, 0.02, 0.01), "contacts under Harris"), ((0.0, 0.04, 0.96), "under Trump"),
                                              ((0.02, 0.96, 0.02), "practically equal"), ((0.5, 0.2, 0.3), "within its noise"),
                                              ((0.9, 0.1, 0.0), "too small to matter")])
def test_the_verdict_follows_the_probabilities(parts, words):
    assert max(parts) >= CLEAR or words in ("within its noise", "too small to matter")
    low = 0.01 if parts == (0.9, 0.1, 0.0) else -0.4
    row = pd.Series(dict(zip(("p_more", "p_equal", "p_fewer"), parts, strict=True)) | {"q05": low, "q95": 0.5})
    assert words in ratio_verdict(row, "Harris", "Trump")


def test_the_figure_has_a_line_per_formulation_and_two_for_all_together(content):
    axes = ratio.draw(content).axes[0]
    words = [text.get_text() for text in axes.texts]
    assert words.count("All together") == 2
    assert {"Drift", "Walk", "Discount", "Occasion", "weighed by the pool", "term levels of their own"} <= set(words)
    row = content.administration.rate_ratio.query(
        "key == 'all' and formulation == 'pool' and levels == 'separate' and distribution == 'posterior'").iloc[0]
    assert f"{row['p_equal']:.2f}" in words


def test_a_ratio_that_never_varies_is_drawn_without_a_curve(content):
    administration = replace(content.administration,
                             rate_ratio_density=content.administration.rate_ratio_density.assign(density=np.nan))
    assert ratio.draw(replace(content, administration=administration)).axes


def test_scenarios_that_leave_open_who_wins_have_no_such_figure(content):
    administration = replace(content.administration, rate_ratio=content.administration.rate_ratio.iloc[:0])
    names = [plate.name for plate in plates(replace(content, administration=administration))]
    assert "ratio" not in names
    assert "contrast" in names


def test_prior_sets_are_compared_by_the_ratio_of_rates(content):
    rows = content.contrast[(content.contrast["key"] == "all")]
    figure = assumptions.draw_compare(pd.concat([rows.assign(priors=name) for name in ("default", "wide")]), "Title")
    assert "log ratio of expected contacts" in figure.axes[0].get_xlabel()
    shown = rows.set_index(["quantity", "pairing"])
    for axis, panel, heading, parts in zip(figure.axes, assumptions.PANEL, ("P(more, equal, fewer)", "P(more)"),
                                           (["p_more", "p_equal", "p_fewer"], ["p_greater"]), strict=True):
        chances = " ".join(f"{chance:.2f}" for chance in shown.loc[panel, parts])
        assert [text.get_text() for text in axis.texts] == [heading, chances, chances]
