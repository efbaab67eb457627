"""Two scenarios of one outcome: words speak of what they assume, and of no second outcome of the election."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from forecast.report import page, paper
from forecast.report.console import print_run
from forecast.report.figures import ratio, variance
from forecast.report.lookup import election_pair, lines_of, one_winner
from forecast.report.style import captions_apart
from forecast.report.tables import contact_table, printed_administration_tables
from tests.report.conftest import make

TWO = re.compile(r"both outcomes|each outcome|either outcome|who governs|does the election matter|the administrations change|"
                 r"administrations change|president not yet seen|levels? of (their|its) own|draws? (its|their) own|"
                 r"the record does not tell which|which of the two has more|the record leaves", re.IGNORECASE)
"""What can be said of two outcomes alone."""


def extended(content, names):
    """The same with what the scenarios extend in the manifest."""
    told = [dict(one, extends=names.get(one["name"])) for one in content.manifest["scenarios"]]
    return replace(content, manifest=dict(content.manifest, scenarios=told))


@pytest.fixture(scope="module")
def alike():
    return extended(make({"trump_belt_and_road": "trump", "trump": "trump"}), {"trump_belt_and_road": "trump.yaml"})


def words_of(content):
    """Everything that page, paper and figures say, by where."""
    yield from (("brief", text) for text in page.brief(content))
    yield from (("headline", text) for text in page.headlines(content))
    yield from ((name, text) for name, told in paper._told(content).items() for text in told)
    for plate in paper.print_plates(content):
        yield f"{plate.name}, heading", plate.heading
        yield f"{plate.name}, reading", plate.reading
        yield f"{plate.name}, alternative", plate.alt(content)
        with captions_apart() as captions:
            figure = plate.draw(content)
        yield from ((f"{plate.name}, caption", text) for text in captions[0])
        for ax in figure.axes:
            yield from ((f"{plate.name}, panel", text) for text in (ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()))
            yield from ((f"{plate.name}, panel", text.get_text()) for text in ax.texts)
    for table in (contact_table(content), *printed_administration_tables(content)):
        yield from ((f"table {table.name}", str(text)) for text in (table.caption, table.note, *table.printed.index))


def test_nothing_is_said_of_a_second_outcome(alike):
    assert one_winner(alike)
    assert [(where, text) for where, text in words_of(alike) if TWO.search(str(text))] == []


def test_of_two_outcomes_it_is_said(content):
    """The pattern finds what it is for."""
    assert not one_winner(content)
    found = {where for where, text in words_of(content) if TWO.search(str(text))}
    assert {"headline", "ratio", "variance", "ratio, reading", "ratio, panel", "variance, panel"} <= found


def test_figures_and_titles_speak_of_assumptions(alike):
    plates = {plate.name: plate for plate in page.plates(alike)}
    assert plates["contrast"].heading == "The difference that the assumptions make"
    assert "same winner" in plates["variance"].reading
    assert "same winner" in plates["ratio"].reading
    assert variance.differing(alike) == "the assumptions"
    assert {levels for _, levels in lines_of(alike)} == {"shared"}
    assert not ratio.ratio_text(alike)["levels"]


def test_the_terminal_says_nothing_of_levels_of_either(alike, content, tmp_path, capsys):
    for one, told in ((alike, False), (content, True)):
        outcomes = {name: str(run.attrs["outcome"]) for name, run in one.trajectories.items()}
        estimated = one.summary[one.summary["quantity"] == "contact"].assign(quantity="contact_estimated")
        summary = one.summary.loc[one.summary["quantity"] != "contact_estimated"]
        print_run(pd.concat([summary, estimated]), one.contrast, one.administration.rate_ratio, tmp_path,
                  outcomes)
        assert ("both outcomes" in capsys.readouterr().out) == told


@pytest.mark.parametrize(("names", "extends", "pair"), [
    ({"harris": "harris", "trump_pntr": "trump", "trump": "trump"}, {"trump_pntr": "trump.yaml"}, ("harris", "trump")),
    ({"trump_pntr": "trump", "trump": "trump"}, {"trump_pntr": "trump.yaml"}, ("trump_pntr", "trump")),
])
def test_of_several_scenarios_the_two_that_assume_least_are_set_against_each_other(names, extends, pair):
    assert election_pair(extended(make(names), extends)) == pair


@pytest.mark.parametrize(("names", "pair"), [
    ({"harris": "harris", "mixture": "open"}, ("harris", "mixture")),
    pytest.param({"trump_transactional": "trump", "trump_ceasefire": "trump", "mine": "open"},
                 ("trump_transactional", "trump_ceasefire"), marks=pytest.mark.slow),
])
def test_a_scenario_that_leaves_open_who_wins_breaks_nothing(names, pair):
    """Tables about parameters have rows for pairs of which both say who wins: what is made of them is left out for others."""
    made = extended(make(names), {"trump_transactional": "trump.yaml", "trump_ceasefire": "trump.yaml"})
    assert election_pair(made) == pair
    decided = "open" not in [names[one] for one in pair]
    assert ("variance" in {plate.name for plate in page.plates(made)}) == decided
    assert ("variance" in {table.name for table in printed_administration_tables(made)}) == decided
    assert bool(variance.variance_sentences(made)) == decided
    assert list(words_of(made))
