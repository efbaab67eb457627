from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.panel.calendar import (
    administration_years,
    days,
    decimal_year,
    last_of_month,
    midpoint,
    month_days,
    month_exposure,
    months_within,
    overlap,
    through,
    turn_of_terms,
    year_of_term,
)
from forecast.panel.elections import Administration
from forecast.panel.panel import year_table

TURN = date(2021, 1, 20)
DAY = st.dates(date(1950, 1, 1), date(2049, 12, 31))
SPAN = st.tuples(DAY, DAY).map(lambda pair: (min(pair), max(pair) + timedelta(days=1)))


def test_a_term_has_four_years_from_inauguration_to_inauguration():
    years = administration_years((date(2021, 1, 20), date(2025, 1, 20)), TURN)
    assert [start for start, _ in years] == [date(year, 1, 20) for year in range(2021, 2025)]
    assert years[-1][1] == date(2025, 1, 20)
    assert [year_of_term(start, TURN) for start, _ in years] == [0, 1, 2, 3]


def test_a_successor_within_a_term_gets_a_shorter_year():
    # Nixon to Ford, 9 August 1974
    years = administration_years((date(1974, 8, 9), date(1977, 1, 20)), TURN)
    assert years[0] == (date(1974, 8, 9), date(1975, 1, 20))
    assert [year_of_term(start, TURN) for start, _ in years] == [1, 2, 3]


def test_years_of_terms_that_turn_on_another_day_and_year_are_counted_from_there():
    """Silent before: cut on 20 January, and numbered as terms of the United States are."""
    terms = [(date(2017, 10, 1), date(2020, 3, 5)), (date(2020, 3, 5), date(2021, 10, 1)), (date(2021, 10, 1), date(2025, 10, 1)),
             (date(2025, 10, 1), date(2029, 10, 1))]
    turn = turn_of_terms(terms)
    assert (turn.month, turn.day, turn.year % 4) == (10, 1, 1)
    years = [year for term in terms for year in administration_years(term, turn)]
    assert [start for start, _ in years][:6] == [date(2017, 10, 1), date(2018, 10, 1), date(2019, 10, 1), date(2020, 3, 5),
                                                 date(2020, 10, 1), date(2021, 10, 1)]
    assert [year_of_term(start, turn) for start, _ in years] == [0, 1, 2, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]
    assert [year_of_term(start, TURN) for start, _ in years][:3] == [0, 1, 2]
    moved = turn_of_terms([(date(1929, 3, 4), date(1933, 3, 4)), (date(1933, 3, 4), date(1937, 1, 20)),
                           (date(1937, 1, 20), date(1941, 1, 20))])
    assert (moved.month, moved.day) == (1, 20)
    assert turn_of_terms([(date(2019, 6, 15), date(2021, 1, 20))]) == date(2021, 1, 20)
    even = turn_of_terms([(date(2002, 1, 20), date(2006, 1, 20))])
    assert [year_of_term(date(year, 1, 20), even) for year in (2002, 2003, 2005, 2006)] == [0, 1, 3, 0]


def test_the_panel_counts_years_from_the_turn_of_its_terms():
    terms = [Administration(name=f"{year}", president=f"{year}", type="democratic", start=date(year, 10, 1),
                            end=date(year + 4, 10, 1)) for year in (2014, 2018)]
    table = year_table(terms, (date(2016, 1, 1), date(2020, 1, 1)))
    assert table["start"].dt.date.tolist() == [date(year, 10, 1) for year in (2015, 2016, 2017, 2018, 2019)]
    assert table["year_of_term"].tolist() == [1, 2, 3, 0, 1]
    assert table["term"].tolist() == [0, 0, 0, 1, 1]


@given(SPAN)
def test_years_cover_a_span_once_and_straddle_no_inauguration(span):
    years = administration_years(span, TURN)
    assert (years[0][0], years[-1][1]) == span
    assert all(first[1] == second[0] for first, second in zip(years, years[1:], strict=False))
    for start, end in years:
        inside = [date(year, 1, 20) for year in range(start.year, end.year + 1)]
        assert not any(start < inauguration < end for inauguration in inside)


@given(SPAN)
def test_month_days_sum_to_the_span(span):
    assert month_days(span).sum() == days(span)


def test_month_days_of_one_winter():
    found = month_days((date(2023, 12, 30), date(2024, 3, 1)))
    np.testing.assert_array_equal(found, [31, 29, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2])


def test_the_last_day_of_a_month():
    assert [last_of_month(date(2024, month, 3)).day for month in (1, 2, 4)] == [31, 29, 30]
    assert last_of_month(date(2023, 2, 28)) == date(2023, 2, 28)


@pytest.mark.parametrize("month", [date(2025, 1, 1), date(2025, 2, 1), date(2028, 2, 1), date(2029, 1, 1)])
def test_days_of_a_month_within_a_term_are_its_exposure(month):
    """Days that are counted of the record are those in which futures have contacts."""
    term_start = date(2025, 1, 20)
    first, last = months_within(month, month, term_start)
    exposure = month_exposure(month, month, term_start).sum() * 365.25
    assert (last - first).days + 1 == pytest.approx(exposure)


@given(SPAN, SPAN)
def test_overlap_counts_the_days_in_both(first, second):
    both = np.intersect1d(*(np.arange(*span, dtype="datetime64[D]") for span in (first, second)))
    assert days(overlap(first, second)) == len(both)


def test_the_last_day_of_through_is_inside():
    assert days(through(date(2024, 2, 28), date(2024, 2, 29))) == 2


def test_decimal_year_and_midpoint():
    assert decimal_year(date(2024, 1, 1)) == 2024
    assert decimal_year(date(2023, 7, 2)) == pytest.approx(2023 + 182 / 365)
    assert midpoint((date(2023, 1, 1), date(2024, 1, 1))) == 2023.5
