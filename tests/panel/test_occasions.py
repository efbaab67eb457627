"""Occasions on rows written out by hand, and on the shipped record."""

import numpy as np
import pandas as pd

from forecast.panel import load_panel
from forecast.panel.panel import occasion_of


def rows(*cells: tuple[str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(cells, columns=["dyad", "direction", "date", "date_precision"])
    return table.assign(date=pd.to_datetime(table["date"]))


def test_a_run_of_days_in_one_direction_is_one_occasion():
    contact = rows(("us_kz", "partner_to_us", "2006-09-28", "day"), ("us_kz", "partner_to_us", "2006-09-28", "day"),
                   ("us_kz", "partner_to_us", "2006-09-29", "day"), ("us_kz", "partner_to_us", "2006-10-01", "day"))  # fmt: skip
    assert occasion_of(contact).tolist() == [0, 0, 0, 1]


def test_other_directions_dyads_and_imprecise_dates_stand_apart():
    contact = rows(("us_kz", "partner_to_us", "2021-12-15", "day"), ("us_kz", "us_to_partner", "2021-12-15", "day"),
                   ("us_uz", "partner_to_us", "2021-12-15", "day"), ("us_kz", "partner_to_us", "2021-12-15", "month"),
                   ("us_kz", "partner_to_us", "2021-12-16", "day"))  # fmt: skip
    assert len(set(occasion_of(contact)[:4])) == 4


def test_the_order_of_rows_does_not_matter():
    contact = load_panel().contact
    turned = contact.iloc[::-1]
    one = pd.Series(occasion_of(contact), index=contact.index)
    other = pd.Series(occasion_of(turned), index=turned.index).reindex(contact.index)
    assert len(pd.DataFrame({"one": one, "other": other}).drop_duplicates()) == one.nunique() == other.nunique()


def test_occasions_of_the_record_are_numbered_by_date_and_span_days_only():
    contact = load_panel().contact
    number = occasion_of(contact)
    assert (np.diff(pd.unique(number)) == 1).all()
    span = contact.groupby(number)["date"].agg(lambda date: (date.max() - date.min()).days)
    size = np.bincount(number)
    assert 1 < size.max() < 15
    assert (span <= size - 1).all()  # at most one day from each contact to the next
