"""Context series: documented column by column, checked cell by cell, cut at the as-of date."""

import shutil
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import InputError
from forecast.panel.series import (
    SERIES,
    Column,
    check_of,
    find_series,
    last_day,
    load_series,
    load_sources,
    read_series,
    row_day,
    span_of,
)

NAMES = sorted(path.stem for path in SERIES.glob("*.csv"))
SYNTHETIC = """\
series:
  made_up:
    title: a made-up series
    unit: things
    source: nowhere
    countries: none
    caveat: no fact
    time: {column: start, precision: precision}
    columns:
      start: {kind: date, unit: day, meaning: start}
      precision: {kind: code, unit: none, meaning: how exact, codes: {day: day, month: month, year: year}}
      end: {kind: day, unit: day, meaning: end, empty: open, hide_with: end}
      value: {kind: number, unit: things, meaning: how many, empty: unknown}
      note: {kind: text, unit: none, meaning: remark, empty: none, hindsight: true}
"""
ROWS = ["2010-07-01,year,,1,", "2010-05-15,month,,2,", "2010-05-20,day,2010-06-30,3,later it ended", "2009,year,,,",
        "2010-06,day,,5,"]


@pytest.fixture
def made_up(tmp_path):
    (tmp_path / "sources.yaml").write_text(SYNTHETIC)
    (tmp_path / "made_up.csv").write_text("\n".join(["start,precision,end,value,note", *ROWS, ""]))
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_every_column_is_documented_and_every_cell_of_its_kind(name):
    series = find_series(name)
    table = read_series(name, series)
    assert len(table.rows) > 0
    assert set(next(iter(table.rows.values()))) == set(series.columns)
    for column, item in series.columns.items():
        assert all(cell in item.codes for cell in table.values(column) - {""} if item.kind == "code")
        assert set(item.codes) <= table.values(column), f"{column}: a code that no row has"
        assert bool(item.empty) == ("" in table.values(column)), column


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=6, deadline=None)
@given(day=st.dates(date(1990, 1, 1), date(2025, 1, 20)))
def test_nothing_later_enters(name, day):
    series = find_series(name)
    loaded = load_series(name, day)
    assert len(loaded) == sum(row_day(row, series) <= day for row in read_series(name, series).rows.values())
    assert not {column for column, item in series.columns.items() if item.hindsight} & set(loaded.columns)
    dates = {column for column, item in series.columns.items() if item.kind in ("day", "date", "month", "year")}
    for column in dates:
        assert all(str(value)[:10] <= str(day) for value in loaded[column].dropna() if str(value)), column


@pytest.mark.parametrize(("day", "values"), [
    (date(2009, 12, 30), []), (date(2009, 12, 31), ["nan"]), (date(2010, 5, 20), ["3.0", "nan"]),
    (date(2010, 5, 31), ["2.0", "3.0", "nan"]),
    (date(2010, 6, 30), ["2.0", "3.0", "5.0", "nan"]), (date(2010, 12, 31), ["1.0", "2.0", "3.0", "5.0", "nan"])])
def test_years_and_months_enter_when_they_have_ended(made_up, day, values):
    assert sorted(map(str, load_series("made_up", day, made_up)["value"])) == values


def test_a_later_end_is_not_told(made_up):
    assert load_series("made_up", date(2010, 6, 29), made_up)["end"].isna().all()
    assert load_series("made_up", date(2010, 6, 30), made_up)["end"].notna().sum() == 1


def test_all_faults_come_at_once_even_of_later_rows(made_up):
    with (made_up / "made_up.csv").open("a") as file:
        file.write("2010-13,dy,16.01.2018,1 000,\n2030,year,2010-02-30,12 t,\n")
    with pytest.raises(InputError, match="row 7, column start: expected ") as error:
        load_series("made_up", date(2010, 1, 1), made_up)
    assert [fault.where for fault in error.value.faults] == [
        "row 7, column start", "row 7, column precision", "row 7, column end", "row 7, column value",
        "row 8, column end", "row 8, column value"]
    assert all(fault.remedy for fault in error.value.faults)


@pytest.mark.parametrize(("old", "new", "told"), [
    ("value,note", "value,note,extra", "column extra: expected a column of the codebook"),
    ("start,precision,end,value,note", "start,precision,end,valu,note", "column value: expected this column")])
def test_a_column_that_is_not_documented_or_not_there_is_told(made_up, old, new, told):
    path = made_up / "made_up.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=told):
        load_series("made_up", date(2020, 1, 1), made_up)


def test_a_file_without_entry_and_an_entry_without_file_are_told(made_up):
    shutil.copy(made_up / "made_up.csv", made_up / "other.csv")
    (made_up / "made_up.csv").unlink()
    with pytest.raises(InputError, match=r"key series\.made_up: expected .*, found an entry, no file") as error:
        load_sources(made_up)
    assert [(fault.where, fault.found) for fault in error.value.faults] == [
        ("key series.made_up", "an entry, no file"), ("key series.other", "a file, no entry")]


@pytest.mark.parametrize(("old", "new"), [
    ("column: start", "column: strat"), ("hide_with: end", "hide_with: ende"), ("kind: number", "kind: nmber"),
    ("kind: code", "kind: text"), ("unit: things, meaning", "unti: things, meaning")])
def test_a_wrong_entry_is_an_error(made_up, old, new):
    (made_up / "sources.yaml").write_text(SYNTHETIC.replace(old, new, 1))
    with pytest.raises(InputError, match=r"sources\.yaml: line"):
        load_sources(made_up)


def test_an_unknown_series_gets_the_nearest_name():
    with pytest.raises(InputError, match="Did you mean 'trade_annual'"):
        load_series("trade_anual", date(2020, 1, 1))


@pytest.mark.parametrize(("kind", "good", "bad"), [
    ("number", ["1", "-0.5", "1e3"], ["1,5", "1 000", "nan", "inf", " 1", "12 t", "", "1e999"]),
    ("year", ["1992"], ["92", "1992.0", "3000"]),
    ("month", ["2018-01"], ["2018-13", "2018-1", "2018"]), ("day", ["2018-01-16"], ["2018-02-30", "2018-01"]),
    ("date", ["2018", "2018-01", "2018-01-16"], ["2018-02-30", "18"]), ("text", ["x"], ["", " "])])
def test_kinds(kind, good, bad):
    check = check_of(Column(kind=kind, unit="none", meaning="a test"))
    assert [cell for cell in good if check(cell)] == []
    assert [cell for cell in bad if not check(cell)] == []


def test_last_day_of_a_leap_february():
    assert last_day("2024-02") == date(2024, 2, 29)


def test_spans_are_those_of_the_cells(made_up):
    series = find_series("made_up", made_up)
    table = read_series("made_up", series, made_up)
    assert span_of("start", table, series) == ("2009", "2010-07-01")
    assert span_of("value", table, series) == ("2010-05-15", "2010-07-01")
    assert span_of("end", table, series) == ("2010-05-20", "2010-05-20")
