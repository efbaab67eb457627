"""Answers, past windows and resolution: against counts by hand and each other."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecast.contacts.load import load_contacts
from forecast.evaluation.montecarlo import batch_of, probability
from forecast.evaluation.questions import (
    ANSWER_COLUMNS,
    PAST_COLUMNS,
    answers,
    components_of,
    condition,
    counting,
    different,
    error_over_batches,
    matches,
    past_windows,
    resolve,
    span,
    tally_answers,
)
from forecast.panel import load_panel
from forecast.panel.elections import Administration, load_administrations
from forecast.panel.panel import build_panel
from forecast.panel.poles import PoleRecord
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
    ({"rank": ["cabinet"], "topic": ["minerals"]}, [0, 0, 0, 0, 0]),
    ({"rank": ["cabinet"], "mechanism": "none"}, [0, 0, 0, 0, 0]),
    ({"rank": ["president"], "format": ["visit"], "topic": ["energy"], "outcome": 2}, [0, 0, 0, 1, 0]),
])
def test_a_contact_counts_where_all_conditions_hold(contacts, wanted):
    assert matches(ROWS, ask(**contacts)).astype(int).tolist() == wanted


def test_a_contact_without_topics_is_about_none_and_no_contact_matches_nothing():
    asked = ask(topic=["energy"], mechanism="none")
    assert matches(ROWS.assign(agenda=[None, "trade", None, "energy", "minerals"]), asked).tolist() == [False] * 3 + [True, False]
    assert matches(ROWS.iloc[:0], asked).tolist() == []


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
    found = answers(tally_answers(matched, scenarios, batches), scenarios, pd.DataFrame({"id": ["some"], "holds": [True]}))
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
    found = tally_answers(matched, scenarios, {name: batch_of(8000, 4000) for name in ("frequency", "agenda")})
    row = answers(found, scenarios, pd.DataFrame({"id": [], "holds": []})).contrast.iloc[0]
    assert row["mcse"] < row["separate_mcse"] / 3


def test_a_condition_in_words():
    asked = ask(rank=["president", "vice_president"], outcome=2, mechanism="standing", at_least=3)
    assert condition(asked) == "at least 3 contacts with rank president or vice_president, mechanism standing, outcome 2 or more"


def test_errors_of_components_add_up_but_for_that_of_paths_alone():
    assert error_over_batches([0.3], 10.0, 1000) == pytest.approx(0.3)
    assert error_over_batches([0.3, 0.4], 10.0, 1000) == pytest.approx(np.sqrt(0.09 + 0.16 - 0.01))
    assert error_over_batches([0.3, 0.4, 0.5], 10.0, 1000) == pytest.approx(np.sqrt(0.09 + 0.16 + 0.25 - 2 * 0.01))
    assert error_over_batches([0.3, 0.4], 200.0, 1000) == pytest.approx(0.4)  # never less than the largest
    for paths in (0, 1):
        assert error_over_batches([0.3, 0.4], 0.02, paths) == pytest.approx(np.sqrt(0.25 - 0.02))


def test_batches_are_different_where_any_path_is():
    one, other = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    found = different(batch for batch in (one, other, one.copy(), other.copy()))
    assert [batch.tolist() for batch in found] == [one.tolist(), other.tolist()]


@pytest.mark.parametrize(("contacts", "wanted"), [
    ({}, ("frequency",)), ({"rank": ["president"]}, ("frequency",)), ({"topic": ["trade"]}, ("frequency", "agenda")),
    ({"direction": ["remote"], "format": ["call"]}, ("frequency", "setting")),
    ({"mechanism": "none", "outcome": 1, "topic": ["trade"]}, ("frequency", "agenda", "effectiveness")),
])
def test_a_question_leans_on_the_components_that_its_conditions_draw(contacts, wanted):
    assert components_of(ask(**contacts)) == wanted


def about_meetings(**bound):
    return Question.model_validate({**question(), "contacts": None, "meetings": {"list": "visits"}, "at_least": None, **bound})


def at_most(number, **contacts):
    return Question.model_validate({**question(**contacts), "at_least": None, "at_most": number})


def test_a_question_about_meetings_leans_on_poles():
    assert components_of(about_meetings(at_least=1)) == ("poles",)


@pytest.mark.parametrize(("asked", "wanted"), [
    (ask(), "at least 1 contact"), (ask(at_least=2), "at least 2 contacts"),
    (ask(topic=["trade", "energy"]), "at least 1 contact with topic trade or energy"),
    (at_most(1), "at most 1 contact"), (at_most(0, outcome=2), "at most 0 contacts with outcome 2 or more"),
    (about_meetings(at_least=1), "at least 1 meeting on the list visits"),
    (about_meetings(at_most=0), "at most 0 meetings on the list visits"),
])
def test_conditions_are_told_in_words(asked, wanted):
    assert condition(asked) == wanted


def two_components(paths=8000):
    """Batches of two components with different numbers of draws."""
    return {"frequency": batch_of(paths, 4000), "agenda": batch_of(paths, 500)}


def test_errors_of_answers_are_those_of_all_components_that_a_question_leans_on():
    rng, batches = np.random.default_rng(7), two_components()
    draw = np.arange(8000) % 500
    asked = [question("few", topic=["trade"]) | {"at_least": None, "at_most": 1}, question("plain", at_least=2)]
    scenarios = {name: make_scenario(name=name, questions=asked) for name in ("one", "two")}
    count = {name: np.stack([rng.poisson(0.5 + draw // 25 % 3, 8000)] * 2, axis=1) for name in scenarios}
    matched = {name: xr.DataArray(values, dims=("path", "question"), coords={"question": ["few", "plain"]})
               for name, values in count.items()}
    past = pd.DataFrame({"id": ["few", "few", "few"], "holds": [True, False, True]})
    found = answers(tally_answers(matched, scenarios, batches), scenarios, past)
    assert found.past is past
    assert found.answer.columns.tolist() == list(ANSWER_COLUMNS)
    assert found.answer[["scenario", "id"]].to_numpy().tolist() == [[name, id] for name in scenarios for id in ("few", "plain")]
    row = found.answer.set_index(["scenario", "id"]).loc[("one", "few")]
    few, values = count["one"][:, 0] <= 1, count["one"][:, 0]
    errors = [probability(few, batch)[1] for batch in batches.values()]
    chance = few.mean()
    assert row["probability"] == chance
    assert row["mcse"] == pytest.approx(np.sqrt(errors[0] ** 2 + errors[1] ** 2 - chance * (1 - chance) / 8000), rel=1e-9)
    assert row["mcse"] > max(errors)
    words = ["How many?", "at most 1 contact with topic trade", "2025-01 to 2028-12"]
    assert row[["text", "condition", "window"]].tolist() == words
    assert row["expected_contacts"] == pytest.approx(values.mean())
    assert row[["q05", "q50", "q95"]].tolist() == np.quantile(values, (0.05, 0.5, 0.95), method="inverted_cdf").tolist()
    assert (row["past_terms"], row["past_yes"]) == (3, 2)
    plain = found.answer.set_index(["scenario", "id"]).loc[("one", "plain")]
    assert plain["mcse"] == pytest.approx(probability(values >= 2, batches["frequency"])[1], rel=1e-9)
    assert (plain["past_terms"], plain["past_yes"]) == (0, 0)


def test_differences_between_scenarios_are_taken_path_by_path():
    rng, batches = np.random.default_rng(8), two_components()
    asked = {"one": [question("shared", topic=["trade"]), question("alone")], "two": [question("shared", topic=["trade"])],
             "three": [question("shared", topic=["trade"])]}
    scenarios = {name: make_scenario(name=name, questions=of_one) for name, of_one in asked.items()}
    count = {name: rng.poisson(1.0 + number, (8000, len(asked[name]))) for number, name in enumerate(scenarios)}
    matched = {name: xr.DataArray(values, dims=("path", "question"), coords={"question": [one["id"] for one in asked[name]]})
               for name, values in count.items()}
    found = answers(tally_answers(matched, scenarios, batches), scenarios, pd.DataFrame({"id": [], "holds": []})).contrast
    assert found[["first", "second", "id"]].to_numpy().tolist() == [["one", "two", "shared"], ["one", "three", "shared"],
                                                                    ["two", "three", "shared"]]
    assert found.columns.tolist() == ["first", "second", "id", "difference", "mcse", "separate_mcse"]
    held = {name: (values[:, 0] >= 1).astype(float) for name, values in count.items()}
    apart = held["one"] - held["three"]
    row = found.set_index("second").iloc[1]

    def error(values):
        each = [probability(values, batch)[1] for batch in batches.values()]
        return np.sqrt(max(np.sum(np.square(each)) - values.var() / 8000, max(each) ** 2))

    assert row["difference"] == pytest.approx(apart.mean())
    assert row["mcse"] == pytest.approx(error(apart), rel=1e-3)
    assert row["separate_mcse"] == pytest.approx(np.hypot(error(held["one"]), error(held["three"])), rel=1e-9)


# A made-up record of terms of four years, to be counted by hand.

def made_up(*starts, contact=(), as_of=date(1999, 12, 31)):
    """Terms of a made-up president each, contacts of a president on some days, and the last day that is known."""
    terms = tuple(Administration(name=f"{start.year}", president=f"president {start.year}", type="democrat", start=start,
                                 end=start.replace(year=start.year + 4)) for start in starts)
    rows = pd.DataFrame({column: [ROWS[column][0]] * len(contact) for column in ROWS})
    return SimpleNamespace(contact=rows.assign(date=pd.to_datetime(list(contact))), administration=terms, as_of=as_of)


def january(year):
    return date(year, 1, 20)


def test_windows_are_moved_to_terms_that_began_within_the_record_and_are_observed_to_the_end():
    """Five terms: the first began before the record, and in the last the window is not over."""
    days = ["1985-03-01", "1989-02-28", "1989-03-01", "1989-05-31", "1989-06-01", "1993-04-01"]
    asked = [ask(name="spring", window=("2001-03", "2001-05"), at_least=2), ask(name="first", window=("2001-01", "2001-01"))]
    panel = made_up(*map(january, (1981, 1985, 1989, 1993, 1997)), contact=days, as_of=date(1997, 5, 30))
    found = past_windows(asked, panel, january(2001))
    assert found.columns.tolist() == list(PAST_COLUMNS)
    first = [date(year, 1, 20) for year in (1985, 1989, 1993, 1997)]
    assert found.to_numpy().tolist() == [
        ["spring", f"president {year}", "democrat", date(year, 3, 1), date(year, 5, 31), count, count >= 2]
        for year, count in ((1985, 1), (1989, 2), (1993, 1))] + [
        ["first", f"president {day.year}", "democrat", day, day.replace(day=31), 0, False] for day in first]
    assert past_windows(asked[:1], replace_day(panel, date(1997, 5, 31)), january(2001))["first"].max() == date(1997, 3, 1)


def replace_day(panel, day):
    return SimpleNamespace(**{**vars(panel), "as_of": day})


def test_terms_from_a_day_on_are_left_out():
    panel = made_up(*map(january, (1981, 1985, 1989, 1993)))
    asked = [ask(window=("1993-03", "1993-04"))]
    years = [[day.year for day in past_windows(asked, panel, january(1993), until=until)["first"]]
             for until in (None, january(1993), january(1994), january(1989))]
    assert years == [[1985, 1989], [1985, 1989], [1985, 1989, 1993], [1985]]


def test_a_term_that_began_late_is_that_of_its_four_years_and_the_first_of_them_counts():
    """A successor, and a term whose first day lies some days before or behind that of the term that is asked of."""
    starts = (january(1981), january(1985), date(1987, 8, 9), date(1989, 1, 19), date(1993, 1, 21))
    panel = made_up(*starts)
    found = past_windows([ask(window=("1997-03", "1997-04"))], panel, january(1997))
    assert found[["president", "first"]].to_numpy().tolist() == [["president 1985", date(1985, 3, 1)],
                                                                  ["president 1993", date(1993, 3, 1)]]


def test_the_last_of_february_is_moved_to_years_without_it():
    asked = [ask(window=("1908-02", "1908-02"))]
    found = past_windows(asked, made_up(*map(january, (1889, 1893, 1897, 1901)), as_of=date(1920, 1, 1)), january(1905))
    assert found["first"].tolist() == [date(year, 2, 1) for year in (1896, 1900, 1904)]
    assert found["last"].tolist() == [date(1896, 2, 29), date(1900, 2, 28), date(1904, 2, 29)]


def test_counting_includes_both_days():
    count = counting(ROWS, ask(rank=["president"]))
    assert count(date(2025, 1, 10), date(2026, 12, 31)) == 3
    assert count(date(2025, 1, 11), date(2026, 12, 30)) == 1
    assert count(date(2025, 1, 25), date(2025, 1, 25)) == 1
    assert count(date(2025, 2, 1), date(2025, 5, 31)) == 0
    evening = ROWS.assign(date=ROWS["date"] + pd.Timedelta(hours=18))
    assert counting(evening, ask(rank=["president"]))(date(2025, 1, 10), date(2026, 12, 31)) == 3


MEETINGS = PoleRecord(
    as_of=date(2026, 6, 30), pole={}, known=("visits",),
    meeting=pd.DataFrame({"date": pd.to_datetime(["2025-01-20", "2025-02-28", "2025-03-01"]), "list": ["visits"] * 3}),
    list=pd.DataFrame({"pole": ["pole"], "start": [date(2021, 1, 1)], "end": [date(2025, 7, 1)]}, index=["visits"]))


@pytest.mark.parametrize(("bound", "last", "poles", "wanted"), [
    ({"at_least": 2}, "2025-02", MEETINGS, ("yes", 2)), ({"at_least": 3}, "2025-02", MEETINGS, ("no", 2)),
    ({"at_most": 2}, "2025-02", MEETINGS, ("yes", 2)), ({"at_most": 1}, "2025-02", MEETINGS, ("no", 2)),
    ({"at_least": 4}, "2025-07", MEETINGS, ("open", 3)), ({"at_least": 3}, "2025-07", MEETINGS, ("yes", 3)),
    ({"at_most": 3}, "2025-07", MEETINGS, ("open", 3)), ({"at_most": 2}, "2025-07", MEETINGS, ("no", 3)),
    ({"at_least": 1}, "2025-02", None, ("open", 0)), ({"at_most": 0}, "2025-02", None, ("open", 0)),
    ({"at_most": 0}, "2025-02", replace(MEETINGS, list=MEETINGS.list.iloc[:0]), ("open", 0)),
])
def test_questions_about_meetings_are_open_where_the_list_ends_early(bound, last, poles, wanted):
    asked = about_meetings(window=["2025-01", last], **bound)
    assert resolve(asked, ROWS, date(2026, 6, 30), BEGINS, poles) == wanted


def test_past_windows_of_meetings_are_those_on_which_the_list_is_complete():
    panel = made_up(*map(january, (2013, 2017, 2021)), as_of=date(2025, 12, 31))
    asked = [about_meetings(window=["2029-01", "2029-02"], at_least=1)]
    assert past_windows(asked, panel, january(2029), MEETINGS)["first"].tolist() == [january(2021)]
    assert past_windows(asked, panel, january(2029)).empty
