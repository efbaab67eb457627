"""Days as people write them: read in one of few ways, which the column as a whole decides, or not."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.contacts.spreadsheets.days import parse, ways_of
from forecast.contacts.spreadsheets.mapping import Dates

DAY = date(2019, 5, 12)
WRITTEN = {
    "2019-05-12": Dates.iso, "2019-05-12 14:30": Dates.iso, "2019/5/12": Dates.year_first, "20190512": Dates.year_first,
    "12.05.2019": Dates.day_first, "12/5/2019": Dates.day_first, "12-05-19": Dates.day_first, "12 May 2019": Dates.day_first,
    "May 12, 2019": Dates.day_first, "12 мая 2019 г.": Dates.day_first, "12th of May 2019": None, "12-May-2019": Dates.day_first,
    "05/12/2019": Dates.month_first, "43597": Dates.excel_1900, "42135": Dates.excel_1904, "43597.604": Dates.excel_1900,
}


@pytest.mark.parametrize("cell", WRITTEN)
def test_a_day_is_read_in_its_way(cell):
    way = WRITTEN[cell]
    found = parse(cell, [way] if way else list(Dates))
    assert (found.day if found else None) == (DAY if way else None)


@pytest.mark.parametrize("cell", ["2019-05", "05.2019", "5/2019", "May 2019", "май 2019", "2019/05"])
def test_a_month_stands_for_its_15th(cell):
    found = parse(cell, [Dates.iso, Dates.year_first, Dates.day_first])
    assert (found.day, found.month_only) == (date(2019, 5, 15), True)


@pytest.mark.parametrize("cell", ["", "spring", "31.02.2019", "2019-13-01", "99.99.2019", "12.05.2019.1", "43597x", "1234",
                                  "0001-01-01", "12.05.9999", "May", "May May 2019", "12 13 May 2019"])
def test_what_is_no_day_is_not_read(cell):
    assert parse(cell, list(Dates)) is None


def test_one_cell_decides_for_the_column():
    assert ways_of(["05.12.2019", "31.01.2020"]) == ways_of(["05.12.2019", "31.01.2020", "01.02.2020"])
    assert (ways_of(["05.12.2019", "31.01.2020"]).dates, ways_of(["05.12.2019", "31.01.2020"]).doubt) == ((Dates.day_first,), "")
    assert (ways_of(["05/12/2019", "01/31/2020"]).dates, ways_of(["05/12/2019", "01/31/2020"]).doubt) == (
        (Dates.month_first,), "")


def test_where_no_cell_decides_it_is_said():
    assert ways_of(["05.12.2019", "01.02.2020"]).doubt == (
        "no cell decides between day first and month first: '05.12.2019' is 2019-12-05 or 2019-05-12")


def test_where_cells_contradict_each_other_it_is_said():
    found = ways_of(["31.01.2020", "30.01.2020", "01.31.2020"])
    assert found.dates == (Dates.day_first,)
    assert found.doubt == "'01.31.2020' can only be month first, other cells only day first"
    assert found.share == pytest.approx(2 / 3)


def test_days_of_one_number_need_no_decision():
    assert ways_of(["05.05.2019", "06.06.2020"]).doubt == ""


def test_years_of_two_digits_and_numbers_of_days_are_said():
    assert "years have two digits: '31.01.20' was read as 2020-01-31" in ways_of(["31.01.20"]).doubt
    assert "'43597' is 2019-05-12 or 2023-05-13" in ways_of(["43597"]).doubt


def test_several_ways_of_one_column_are_found():
    assert ways_of(["2019-05-12", "31.01.2020", "43597"]).dates == (Dates.iso, Dates.day_first, Dates.excel_1900)


@given(st.lists(st.dates(date(1991, 1, 1), date(2025, 1, 19)), min_size=1, max_size=12))
def test_the_days_of_a_column_are_never_read_as_others_without_a_word(days):
    for form, way in (("%d.%m.%Y", Dates.day_first), ("%m/%d/%Y", Dates.month_first)):
        cells = [one.strftime(form) for one in days]
        found = ways_of(cells)
        read = [parse(cell, found.dates) for cell in cells]
        assert found.doubt or [one.day for one in read if one] == days
        assert way in found.dates or found.doubt or all(one.day == one.month for one in days)


@given(st.dates(date(1930, 1, 1), date(2100, 1, 1)))
def test_numbers_of_days_count_from_1900_or_1904(day):
    assert parse(str((day - date(1899, 12, 30)).days), [Dates.excel_1900]).day == day
    later = day + timedelta(1462)
    assert parse(str((day - date(1899, 12, 30)).days), [Dates.excel_1904]).day == later
