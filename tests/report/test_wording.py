"""Words of a report that depend on what was run: what a difference is about, waits in months, nothing to split."""

from dataclasses import replace

import numpy as np
import pytest

from forecast.evaluation.variance import split_variance
from forecast.report.figures import contrast
from forecast.report.figures.variance import variance_sentences
from forecast.report.lookup import differ_in, election_pair
from forecast.report.page import plates
from forecast.report.tables import variance_printed
from forecast.report.words import months, size, when


def fixed(value):
    return {"kind": "fixed", "parameters": [value]}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (fixed(6.0), "6 months"),
        (fixed(1.0), "1 month"),
        (fixed(0.5), "0.5 months"),
        (fixed(1200.0), "1200 months"),
        ({"kind": "uniform", "parameters": [1.0, 6.0]}, "1 to 6 months"),
        ({"kind": "gamma", "parameters": [2.0, 0.25]}, "gamma with shape 2, rate 0.25 months"),
    ],
)
def test_months_are_written_as_people_write_them(value, words):
    assert months(value) == words


def test_an_event_after_another_names_its_wait():
    after = {"after": "deal"}
    assert when(after | {"delay_months": fixed(6.0)}) == "6 months after deal"
    assert when(after) == "in the same month as deal"


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.4, "0.40"), (-0.25, "\N{MINUS SIGN}0.25"), (0.005, "0.005"), (0.125, "0.125"), (0.0, "0.00"), (-0.0, "0.00")],
)
def test_a_size_is_never_rounded_to_another(value, words):
    """A chance of 0.005 a month was told as 0.01 (or 0.00) before."""
    assert size(fixed(value)) == words


def scenarios(content, outcomes, events):
    """The same content under other outcomes and assumptions."""
    names = list(content.trajectories)
    runs = {
        name: run.assign_attrs(outcome=outcome)
        for (name, run), outcome in zip(content.trajectories.items(), outcomes, strict=True)
    }
    told = [
        {**one, "events": assumed, "adjustments": {}, "cabinet": []}
        for one, assumed in zip(content.manifest["scenarios"], events, strict=True)
    ]
    assert names == [one["name"] for one in told]
    return replace(content, trajectories=runs, manifest=content.manifest | {"scenarios": told})


@pytest.mark.parametrize(
    ("outcomes", "events", "apart", "heading"),
    [
        (("harris", "trump"), ([], []), "the election", "The difference that the election makes"),
        (("trump", "trump"), ([], [{"title": "A deal"}]), "the assumptions", "The difference that the assumptions make"),
        (
            ("harris", "trump"),
            ([], [{"title": "A deal"}]),
            "the election and the assumptions",
            "The difference that the election and the assumptions make",
        ),
    ],
)
def test_a_difference_is_called_what_it_is(content, outcomes, events, apart, heading):
    given = scenarios(content, outcomes, events)
    assert differ_in(given, election_pair(given)) == apart
    assert [plate.heading for plate in plates(given) if plate.name == "contrast"] == [heading]
    asked = contrast._question(given, election_pair(given))
    assert asked == ("Does the election matter?" if apart == "the election" else f"What do {apart} change?")


def test_a_difference_that_does_not_vary_has_no_shares():
    rng = np.random.default_rng(1)
    noise, batch = rng.normal(size=(400, 1)), np.arange(400) // 40
    rounding = split_variance(lambda on: 1e-13 * noise * len(on), ["a", "b"], batch)
    assert np.isnan(rounding.share).all()
    assert np.isfinite(split_variance(lambda on: noise * len(on), ["a", "b"], batch).share).all()


def test_no_shares_are_told_of_no_difference(content):
    table = content.administration.variance
    still = table.assign(share=np.nan, share_mcse=np.nan, sd=0.0)
    given = replace(content, administration=replace(content.administration, variance=still))
    sentences = " ".join(variance_sentences(given))
    assert "no variance: the difference is the same in all futures" in sentences
    assert "nan" not in sentences
    assert not variance_printed(given).printed.isin(["nan"]).any().any()
    assert "standard deviation" in " ".join(variance_sentences(content))
