"""Answers, past windows and resolution: against counts by hand and each other."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecast.contacts.load import load_contacts
from forecast.evaluation.montecarlo import batch_of
from forecast.evaluation.questions import answers, condition, counted, counting, matches, past_windows, resolve, span
from forecast.panel import load_panel
from forecast.panel.elections import load_administrations
from forecast.panel.panel import build_panel
from forecast.shipped import DYAD
from forecast.simulation.scenario import Question
from tests.simulation.conftest import make_scenario, question

BEGINS = date(2025, 1, 20)
ROWS = pd.DataFrame({
    "date": pd.to_datetime(["2025-01-10", "2025-01-25", "2025-06-01", "2026-12-31", "2027-01-01"]),
    "us_rank": ["president", "president", "cabinet", "president", "president"],
    "direction": ["us_to_partner", "remote", "us_to_partner", "us_to_partner", "us_to_partner"],
    "format": ["visit", "call", "visit", "visit", "visit"],
    "agenda": ["energy;minerals", "trade", "", "energy", "minerals"],
    "mechanism": ["none", "none", "c5plus1", "none", "none"],
    "outcome": [0, 1, 2, 3, 0],
})


def ask(**changed):
    return Question.model_validate(question(**changed))


@pytest.mark.parametrize(("contacts", "wanted"), [
    ({}, [1, 1, 1, 1, 1]),
    ({"rank": ["president"], "direction": ["us_to_partner", "third_country"]}, [1, 0, 0, 1, 1]),
    ({"format": ["call"]}, [0, 1, 0, 0, 0]),
    ({"topic": ["minerals", "trade"]}, [1, 1, 0, 0, 1]),
    ({"mechanism": "standing"}, [0, 0, 1, 0, 0]),
    ({"mechanism": "none", "outcome": 1}, [0, 1, 0, 1, 0]),
])
def test_a_contact_counts_where_all_conditions_hold(contacts, wanted):
    assert matches(ROWS, ask(**contacts)).astype(int).tolist() == wanted


@pytest.mark.parametrize(("bound", "coded_until", "wanted"), [
    ({"at_least": 2}, date(2026, 6, 30), ("open", 1)),
    ({"at_least": 1}, date(2026, 6, 30), ("yes", 1)),
    ({"at_least": 2}, date(2026, 12, 31), ("yes", 2)),
    ({"at_least": 3}, date(2026, 12, 31), ("no", 2)),
    ({"at_least": None, "at_most": 0}, date(2025, 3, 1), ("no", 1)),
    ({"at_least": None, "at_most": 1}, date(2026, 6, 30), ("open", 1)),
    ({"at_least": None, "at_most": 2}, date(2026, 12, 31), ("yes", 2)),
])
def test_resolution_is_open_until_nothing_can_change_it(bound, coded_until, wanted):
    """Days before inauguration and after the window do not count."""
    asked = Question.model_validate({**question(rank=["president"], window=("2025-01", "2026-12")), **bound})
    assert resolve(asked, ROWS, coded_until, BEGINS) == wanted


def test_past_terms_are_those_observed_at_the_same_distance_from_inauguration():
    panel = load_panel(DYAD, as_of=date(2024, 11, 4))
    asked = [ask(name="four", rank=["president"]), ask(name="one", rank=["president"], window=("2025-01", "2025-12"))]
    found = past_windows(asked, panel, BEGINS).set_index(["id", "first"])
    assert (found.loc["four"].shape[0], found.loc["one"].shape[0]) == (7, 8)  # the last term was not over on that day
    assert found.loc[("one", date(2017, 1, 20)), ["count", "holds"]].tolist() == [2, True]
    assert found.loc[("one", date(1993, 1, 20)), "count"] == 0


def test_the_past_agrees_with_resolution_on_the_whole_record():
    """A term that is over is resolved as its window says: two ways to count."""
    contact, until = load_contacts(DYAD).contact, date(2025, 1, 19)
    panel = load_panel(DYAD, as_of=date(2024, 11, 4))
    asked = ask(name="cabinet", rank=["cabinet"], direction=["us_to_partner"], window=("2025-01", "2026-12"), at_least=2)
    past = past_windows([asked], panel, BEGINS).set_index("first")
    moved = asked.model_copy(update={"window": (date(2017, 1, 1), date(2018, 12, 1))})
    answer, count = resolve(moved, contact, until, date(2017, 1, 20))
    assert past.loc[date(2017, 1, 20), ["count", "holds"]].tolist() == [count, answer == "yes"]
    assert count == counting(contact, asked)(date(2017, 1, 20), date(2018, 12, 31))


def test_a_term_that_is_over_is_among_its_own_windows_where_it_is_asked_for():
    """As a backtest asks: on the eve its windows are unknown, on the whole record they are answered."""
    panel = load_panel(DYAD, as_of=date(2025, 1, 19))
    asked = [ask(name="four", rank=["president"], window=("2017-01", "2020-12"))]
    begins = date(2017, 1, 20)
    before, whole = (set(past_windows(asked, panel, begins, until=until)["first"]) for until in (None, date(2021, 1, 20)))
    assert whole - before == {begins}
    assert max(before) < begins


def test_a_successor_within_a_term_is_no_term_of_its_own():
    """Else a window moved by the years to the successor would count too, and lie too late in the term."""
    terms = [one if one.name != "Obama 2" else replace(one, end=date(2014, 6, 1)) for one in load_administrations()]
    place = [one.name for one in terms].index("Obama 2")
    by = {"name": "successor", "president": "successor", "start": date(2014, 6, 1), "end": date(2017, 1, 20)}
    terms.insert(place + 1, replace(terms[place], **by))
    day = date(2024, 11, 4)
    panel = build_panel([load_contacts(DYAD, day)], terms, day)
    asked = [ask(name="one", window=("2025-09", "2026-08"))]
    pd.testing.assert_frame_equal(past_windows(asked, panel, BEGINS), past_windows(asked, load_panel(DYAD, as_of=day), BEGINS))


@pytest.mark.parametrize(("last", "ends"), [("2028-12", date(2028, 12, 31)), ("2029-01", date(2029, 1, 19))])
def test_a_window_ends_with_the_term(last, ends):
    asked = ask(rank=["president"], window=("2028-12", last))
    assert span(asked, BEGINS) == (date(2028, 12, 1), ends)
    after = pd.DataFrame({name: [values[0]] for name, values in ROWS.items()} | {"date": pd.to_datetime(["2029-01-25"])})
    assert resolve(asked, after, date(2029, 3, 1), BEGINS) == ("no", 0)


def test_probabilities_are_shares_of_paths_and_errors_come_from_batches():
    rng, asked = np.random.default_rng(5), [question("some", at_least=2), question("all", at_least=1)]
    scenarios = {name: make_scenario(name=name, questions=asked) for name in ("one", "two")}
    count = rng.poisson(1.0, (2, 8000, 2))
    matched = {name: xr.DataArray(values, dims=("path", "question"), coords={"question": ["some", "all"]})
               for name, values in zip(scenarios, count, strict=True)}
    batches = {name: batch_of(8000, 4000) for name in ("frequency", "agenda")}
    found = answers(counted(matched, scenarios, batches), scenarios, pd.DataFrame({"id": ["some"], "holds": [True]}))
    first = found.answer.set_index(["scenario", "id"]).loc[("one", "some")]
    assert first["probability"] == (count[0, :, 0] >= 2).mean()
    assert first["mcse"] == pytest.approx(np.sqrt(0.264 * 0.736 / 8000), rel=0.35)  # forty batches
    assert (first["past_terms"], first["past_yes"]) == (1, 1)
    row = found.contrast.set_index("id").loc["some"]
    assert row["difference"] == pytest.approx((count[0, :, 0] >= 2).mean() - (count[1, :, 0] >= 2).mean())
    assert row["mcse"] == pytest.approx(row["separate_mcse"], rel=0.5)  # here the paths share nothing


def test_shared_noise_shrinks_the_error_of_a_difference():
    rng = np.random.default_rng(6)
    base = rng.poisson(1.0, (8000, 1))
    more = base + (rng.random((8000, 1)) < 0.02)
    scenarios = {name: make_scenario(name=name, questions=[question("some")]) for name in ("one", "two")}
    matched = {name: xr.DataArray(values, dims=("path", "question"), coords={"question": ["some"]})
               for name, values in zip(scenarios, (base, more), strict=True)}
    found = counted(matched, scenarios, {name: batch_of(8000, 4000) for name in ("frequency", "agenda")})
    row = answers(found, scenarios, pd.DataFrame({"id": [], "holds": []})).contrast.iloc[0]
    assert row["mcse"] < row["separate_mcse"] / 3


def test_a_condition_in_words():
    asked = ask(rank=["president", "vice_president"], outcome=2, mechanism="standing", at_least=3)
    assert condition(asked) == "at least 3 contacts with rank president or vice_president, mechanism standing, outcome 2 or more"
