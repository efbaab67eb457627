"""Counts of the record, on rows whose counts are known, and sums that must agree on the frozen record."""

from datetime import date

import numpy as np
import pytest

from forecast.contacts.codebook import lay_out
from forecast.panel import load_panel
from forecast.panel.summary import ALL, summarise
from tests.contacts.example import contact, page, write_dyad
from tests.fixture.record import frozen_panel

ROWS = [contact("2014-03-01", us_rank="cabinet", agenda="trade", outcome="2"), contact("2018-01-16", agenda=""),
        contact("2018-05-02", agenda="trade;china", outcome="0"), contact("2022-05-02", us_rank="congress", outcome="0")]
PAGES = [page(ROWS[0]["id"], "https://example.org/a", outlet_country="XX", tone="1"),
         page(ROWS[0]["id"], "https://example.org/b", outlet_country="XX", tone="-1"),
         page(ROWS[0]["id"], "https://example.org/c", outlet_country="XX", tone="1", kind="official"),
         page(ROWS[1]["id"], "https://example.org/d", outlet_country="RU", tone="-1"),
         page(ROWS[3]["id"], "https://example.org/e", tone="1")]


@pytest.fixture
def summary(tmp_path):
    return summarise(load_panel(write_dyad(tmp_path / "us_xx", ROWS, PAGES), as_of=date(2021, 1, 19)))


def cell(table, value, **key):
    for name, wanted in key.items():
        table = table[table[name] == wanted]
    (found,) = table[value]
    return found


def test_contacts_by_administration_and_rank_stop_at_the_as_of_date(summary):
    rows = summary.administration
    assert summary.n_contact == 3
    assert cell(rows, "recorded_contacts", administration="Obama 2", rank="cabinet") == 1
    assert cell(rows, "recorded_contacts", administration="Trump 1", rank="deputy") == 2
    assert cell(rows, "recorded_contacts", administration="Trump 1", rank=ALL) == 2
    assert cell(rows, "years_observed", administration="Trump 1", rank=ALL) == pytest.approx(4, abs=0.01)
    assert cell(rows, "recorded_contacts_per_year", administration="Trump 1", rank=ALL) == pytest.approx(0.5, abs=0.01)
    assert "Biden" not in set(rows["administration"])


def test_topics_are_shares_of_reported_agendas_only(summary):
    kind = "republican_trumpist"
    assert cell(summary.topic, "reported_agendas", type=kind, topic="trade") == 1
    assert cell(summary.topic, "share", type=kind, topic="china") == 1
    assert cell(summary.topic, "share", type=ALL, topic="china") == 0.5
    assert np.isnan(cell(summary.topic, "share", type="republican", topic="trade"))


def test_outcomes_are_shares_of_recorded_contacts(summary):
    assert cell(summary.outcome, "share", type=ALL, outcome=2) == pytest.approx(1 / 3)
    assert cell(summary.outcome, "with_outcome", type="republican_trumpist", outcome=0) == 1


def test_official_pages_stay_out_of_pages_and_tone(summary):
    own = {"type": "democratic", "side": "partner"}
    assert cell(summary.media, "pages", **own) == 2
    assert cell(summary.media, "official_pages", **own) == 1
    assert cell(summary.media, "pages_per_contact", **own) == 2
    assert cell(summary.media, "mean_tone", **own) == 0
    assert cell(summary.media, "mean_tone", type="republican_trumpist", side="other") == -1
    assert np.isnan(cell(summary.media, "mean_tone", type="republican_trumpist", side="home"))


@pytest.mark.parametrize("day", [date(1993, 6, 1), date(2009, 6, 1), date(2025, 1, 19)])
def test_sums_agree_on_the_frozen_record(day):
    panel = frozen_panel(day)
    found = summarise(panel)
    ranks = found.administration[found.administration["rank"] != ALL]["recorded_contacts"].sum()
    outcome = found.outcome[found.outcome["type"] == ALL]["with_outcome"].sum()
    media = found.media[found.media["type"] == ALL][["pages", "official_pages"]].to_numpy().sum()
    assert found.n_contact == ranks == outcome == len(panel.contact)
    assert media == len(panel.media)
    assert found.year["observed_from"].min().date() == date(1991, 12, 16)
    assert (found.year["observed_until"].max().date() - day).days == 1


def test_an_empty_record_is_counted_as_nothing(tmp_path):
    found = summarise(load_panel(lay_out(tmp_path, "us_uz", "Uzbekistan", "UZ"), as_of=date(2025, 1, 19)))
    assert found.n_contact == 0
    assert found.topic["share"].isna().all()
    assert (found.administration["recorded_contacts_per_year"] == 0).all()
