import csv
from datetime import date

import pytest

from forecast.contacts import codes
from forecast.errors import InputError
from forecast.panel.elections import load_administrations, terms_within
from forecast.shipped import DATA

HEADER = "name,president,party,type,start,end,source\n"


def test_shipped_terms_follow_one_another_by_four_years():
    terms = load_administrations()
    assert [term.name for term in terms][:9] == ["Bush 41", "Clinton 1", "Clinton 2", "Bush 43 1", "Bush 43 2",
                                             "Obama 1", "Obama 2", "Trump 1", "Biden"]
    assert [term.start for term in terms] == [date(1989 + 4 * place, 1, 20) for place in range(len(terms))]
    assert [term.end for term in terms] == [date(1993 + 4 * place, 1, 20) for place in range(len(terms))]
    assert {term.type for term in terms} == set(codes.TYPE)


def test_shipped_terms_agree_with_the_periods_they_come_from():
    with (DATA / "series" / "periods.csv").open(encoding="utf-8", newline="") as file:
        periods = [row for row in csv.DictReader(file) if row["category"] == "us_administration"]
    for term in load_administrations():
        inside = [row for row in periods if row["start"] <= str(term.start) and str(term.end) <= row["end"]]
        assert [row["type"] for row in inside] == [term.type]


def test_terms_within_leave_out_those_of_which_no_day_is_seen():
    terms = terms_within(load_administrations(), (date(1997, 1, 19), date(2001, 1, 20)))
    assert [term.name for term in terms] == ["Clinton 1", "Clinton 2"]


@pytest.mark.parametrize(("rows", "message"), [
    ("A,A,P,democratic,2001-01-20,2005-01-20,s\nB,B,P,republican,2005-01-21,2009-01-20,s\n",
     "row 3, column start: expected 2005-01-20, the end of the term before, found 2005-01-21"),
    ("A,A,P,democratic,2001-01-20,2001-01-20,s\n", "row 2, column end: expected a day after the start"),
    ("A,A,P,democrat,2001-01-20,2005-01-20,s\n", "row 2, column type: .* Did you mean 'democratic'?"),
    ("A,A,P,democratic,2001-01-20,2005-01-20,s\nA,A,P,democratic,2005-01-20,2009-01-20,s\n",
     "row 3, column name: expected its own name, found 'A'"),
])
def test_faulty_terms_are_named(tmp_path, rows, message):
    path = tmp_path / "administrations.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_administrations(path)
