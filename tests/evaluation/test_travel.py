"""Shares by who travels: visits are found, intervals cover, and treating contacts of one visit as independent would not."""

from datetime import date

import numpy as np
import pytest

from forecast.contacts import codes
from forecast.evaluation.attention import attention_by_travel, count_by_travel, posterior_share
from forecast.panel import load_panel
from forecast.panel.panel import occasion_of
from forecast.shipped import DYAD
from tests.fixture.record import frozen_panel

CHANCE = np.array([0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05])
VISITS, PER_VISIT, CASES = 18, 4, 60


def test_visits_are_those_of_all_other_tables():
    """The panel's occasions, counted of contacts with a known agenda by who travels; a gap of three days parts two."""
    panel = load_panel(DYAD, as_of=date(2024, 11, 4))
    known = panel.contact.assign(visit=occasion_of(panel.contact))[panel.reported]
    count = count_by_travel(panel)
    for way in ("us_to_partner", "partner_to_us"):
        for kind in count["type"].to_numpy():
            own = known[(known["direction"] == way) & (known["type"] == kind)]
            assert count["visits"].sel(direction=way, type=kind) == own["visit"].nunique() <= len(own)
    assert int(count["visits"].sum()) < int(count["contacts"].sum())


def named(rng):
    """Visits that speak of the same topics in each of their contacts, (visit, contact, topic)."""
    return np.repeat(rng.random((VISITS, 1, len(CHANCE))) < CHANCE, PER_VISIT, axis=1).astype(float)


def coverage(group):
    """Share of true shares inside the 90 % interval, over cases and topics."""
    true, inside = CHANCE / CHANCE.sum(), []
    for seed in range(CASES):
        rng = np.random.default_rng(seed)
        rows = group(named(rng))
        low, high = np.quantile(posterior_share(rows, rows.sum() / len(rows) / CHANCE.sum(), rng, 800), [0.05, 0.95], axis=0)
        inside.append((low <= true) & (true <= high))
    return np.mean(inside)


def test_intervals_cover_when_visits_are_the_unit_and_not_when_contacts_are():
    """Cases are independent; 60 of them pin an average coverage to about 0.02."""
    assert coverage(lambda rows: rows.sum(axis=1)) > 0.84
    assert coverage(lambda rows: rows.reshape(-1, len(CHANCE))) < 0.75


def test_a_topic_never_named_is_rare_but_not_impossible():
    rows = np.zeros((15, 10))
    rows[:, :3] = 1
    share = posterior_share(rows, 1.0, np.random.default_rng(1))
    assert share[:, 9].min() > 0
    assert 0.01 < np.quantile(share[:, 9], 0.95) < 0.1
    assert share.sum(axis=1) == pytest.approx(1)


def test_no_contact_at_all_leaves_the_prior():
    share = posterior_share(np.zeros((0, 10)), 1.0, np.random.default_rng(2))
    error = share.std(axis=0) / np.sqrt(len(share))
    assert (np.abs(share.mean(axis=0) - 0.1) < 4 * error).all()
    assert share.std(axis=0).min() > 0.03


def test_cost_of_a_rank_moves_the_shares_towards_its_topics():
    panel = frozen_panel()
    every = np.ones(len(codes.RANK))
    dear = np.where(np.array(codes.RANK.labels) == "president", 1000.0, 1e-9)
    contact, topic = panel.contact[panel.reported], panel.topic[panel.reported]
    of_president = topic[((contact["us_rank"] == "president") & (contact["direction"] == "partner_to_us")
                          & (contact["type"] == "democratic")).to_numpy()].sum(axis=0)
    cell = {"direction": "partner_to_us", "type": "democratic"}
    told = attention_by_travel(panel, dear, 1).sel(cell).median("draw").to_numpy()
    plain = attention_by_travel(panel, every, 1).sel(cell).median("draw").to_numpy()
    target = of_president / of_president.sum()
    assert np.abs(told - target).sum() < np.abs(plain - target).sum()


def test_counts_are_those_of_the_record():
    panel = frozen_panel()
    count, contact = count_by_travel(panel), panel.contact[panel.reported]
    rows = contact[(contact["direction"] == "us_to_partner") & (contact["type"] == "republican")]
    found = count.sel(direction="us_to_partner", type="republican")
    assert found["contacts"].item() == len(rows)
    assert 1 <= found["visits"].item() <= len(rows)
    assert contact["date"].max().date() <= date(2024, 11, 4)


def test_seed_decides():
    panel, cost = frozen_panel(), np.ones(len(codes.RANK))
    first, again, other = (attention_by_travel(panel, cost, seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)
