"""The cross-check finds what agrees, and tells what does not."""

import pandas as pd
import pytest

from forecast.panel.summary import recall


def contact(day, us_rank="cabinet", direction="us_to_partner", **other):
    row = {"id": f"{day}-x", "date": pd.Timestamp(day), "date_precision": "day", "us_rank": us_rank, "partner_rank": "minister",
           "us_principal": "A (Secretary of State)", "format": "visit", "direction": direction}
    return row | other


def entry(start, end=None, register="secretary_travel"):
    return {"register": register, "register_id": "1", "person": "A", "start": pd.Timestamp(start),
            "end": pd.Timestamp(end) if end else pd.NaT, "country": "x", "locale": ""}


def row(contacts, entries, register="secretary_travel"):
    found = recall(pd.DataFrame(contacts), pd.DataFrame(entries))
    return found, found.table.set_index("register").loc[register]


def test_a_visit_within_the_window_is_found_and_one_outside_is_not():
    entries = [entry("2001-05-10", "2001-05-12"), entry("2005-01-01")]
    found, told = row([contact("2001-05-15"), contact("2003-03-03")], entries)
    assert (told["entries"], told["found"], told["contacts"], told["listed"]) == (2, 1, 2, 1)
    assert found.missed["start"].tolist() == [pd.Timestamp("2005-01-01")]
    assert found.unlisted["date"].tolist() == [pd.Timestamp("2003-03-03")]
    assert row([contact("2001-05-16")], entries[:1])[1]["found"] == 0


@pytest.mark.parametrize("other", [
    {"format": "call"}, {"direction": "partner_to_us"}, {"us_rank": "deputy"}, {"us_principal": "B (Secretary of Energy)"}])
def test_contacts_of_another_kind_do_not_count(other):
    assert row([contact("2001-05-10", **other)], [entry("2001-05-10")])[1]["found"] == 0


def test_of_a_month_any_day_will_do():
    coded = contact("2001-05-15", date_precision="month")
    assert row([coded], [entry("2001-05-30")])[1]["found"] == 1
    assert row([coded], [entry("2001-06-30")])[1]["found"] == 0


def test_leaders_of_the_partner_are_matched_with_visits():
    coded = contact("2001-05-10", "president", "partner_to_us", partner_rank="president")
    assert row([coded], [entry("2001-05-10", register="visit_to_us")], "visit_to_us")[1]["recall"] == 1
    coded["partner_rank"] = "minister"
    assert row([coded], [entry("2001-05-10", register="visit_to_us")], "visit_to_us")[1]["recall"] == 0


def test_interval_is_the_exact_binomial_one():
    told = row([contact("2001-05-10")], [entry("2001-05-10")])[1]
    assert told["recall_low"] == pytest.approx(0.05)  # one of one: p with p**1 = 0.05
    assert told["recall_high"] == 1
