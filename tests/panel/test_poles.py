"""Meetings with poles: dated, on complete lists by what the data say, and never later than the as-of date."""

import shutil
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast.contacts.dyad import Dyad, load_dyad
from forecast.errors import InputError
from forecast.panel.poles import load_poles
from forecast.panel.series import SERIES
from forecast.shipped import DYAD
from tests.fixture.record import RECORD

EVE = date(2024, 11, 4)
BY_YEAR = {
    "president_of_china_to_kazakhstan": (2004, "011101110101010000101"),
    "president_of_kazakhstan_to_china": (2018, "1100120"),
    "president_of_russia_to_kazakhstan": (2013, "222223100112"),
    "president_of_france_to_kazakhstan": (1992, "010000000000000001000010000000010"),
    "president_of_kazakhstan_to_us": (1992, "101001020100001000100001101000010"),
}
"""First year and yearly counts as whoever collected the lists gives them; of the year of the eve all of it."""


def test_counts_by_year_are_those_that_the_collector_gives():
    record = load_poles(load_dyad(DYAD), date(2024, 12, 31))
    for name, (first, digits) in BY_YEAR.items():
        for year, digit in enumerate(digits, start=first):
            assert record.counted(name, (date(year, 1, 1), date(year + 1, 1, 1)))[0] == int(digit), (name, year)
    assert set(record.list.index) == set(BY_YEAR) == set(record.known)


def test_nothing_later_than_the_as_of_date_is_known_and_exposure_ends_with_it():
    record, later = (load_poles(load_dyad(DYAD), day) for day in (EVE, date(2024, 12, 31)))
    assert record.meeting["date"].max() <= pd.Timestamp(EVE) < later.meeting["date"].max()
    assert max(record.list["end"]) == date(2024, 11, 5)
    count, years = record.counted("president_of_russia_to_kazakhstan", (date(2024, 1, 1), date(2025, 1, 1)))
    assert (count, years) == (1, pytest.approx(309 / 365.25))  # a second visit came three weeks later
    early = load_poles(load_dyad(DYAD), date(2005, 1, 1))
    assert "president_of_russia_to_kazakhstan" not in early.list.index
    assert "president_of_russia_to_kazakhstan" in early.known


def test_a_pole_without_a_list_is_named_and_not_modelled_and_a_dyad_without_poles_has_none():
    record = load_poles(load_dyad(DYAD), EVE)
    assert set(record.pole) - set(record.modelled) == {"turkey"}
    own = record.meeting[record.meeting["pole"] == "turkey"]
    assert len(own) > 10
    assert (own["list"] == "").all()
    assert load_poles(load_dyad(DYAD).model_copy(update={"poles": None}), EVE) is None


@pytest.fixture
def series(tmp_path):
    for name in ("poles_leaders.csv", "poles_complete.csv", "sources.yaml"):
        shutil.copyfile(SERIES / name, tmp_path / name)
    for path in SERIES.glob("*.csv"):
        (tmp_path / path.name).touch()
    return tmp_path


@pytest.mark.parametrize(("old", "new", "told"), [
    ("2013-01-01,2024-11-27", "2013-01-01,2012-11-27", "president_of_russia_to_kazakhstan, column last_day: expected a day from"),
    ("president_of_kazakhstan_to_china,CHN", "president_of_china_to_kazakhstan,CHN", "column series: expected a name used once"),
    ("systematic_2018_2024,", "systematic_2018_2024;systematic_2013_2024,", "expected at most one complete list"),
    ("1992-01-01,2024-12-31", "1992-01-32,2024-12-31", "column first_day"),
])
def test_faults_of_lists_are_told_together_with_their_place(series, old, new, told):
    path = series / "poles_complete.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=told):
        load_poles(load_dyad(DYAD), EVE, series)


def test_a_code_of_a_pole_that_the_dyad_does_not_name_is_a_fault():
    dyad = load_dyad(DYAD)
    few = dyad.poles.model_copy(update={"named": {name: one for name, one in dyad.poles.named.items() if name != "turkey"}})
    with pytest.raises(InputError, match=r"expected a pole for every code in poles_leaders\.csv, found no TUR"):
        load_poles(dyad.model_copy(update={"poles": few}), EVE)


@pytest.mark.parametrize(("named", "told"), [
    ({"a": {"name": "A", "code": "AAA"}, "b": {"name": "B", "code": "AAA"}}, "poles with a code each"),
    ({"a": {"name": "A", "code": "AAA", "home": True}, "b": {"name": "B", "code": "BBB", "home": True}}, "at most one pole"),
])
def test_a_dyad_names_every_pole_once_and_one_at_home(named, told):
    content = load_dyad(RECORD).model_dump()
    with pytest.raises(ValueError, match=told):
        Dyad.model_validate(content | {"poles": {"meetings": "m", "lists": "l", "named": named}})


def test_spans_of_lists_make_the_exposure():
    record = load_poles(load_dyad(DYAD), EVE)
    whole = (date(1990, 1, 1), date(2030, 1, 1))
    found = np.array([record.counted(name, whole)[1] for name in record.list.index])
    wanted = [(end - start).days / 365.25 for start, end in zip(record.list["start"], record.list["end"], strict=True)]
    np.testing.assert_allclose(found, wanted)
