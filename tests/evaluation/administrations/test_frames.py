"""The distance of two sides' frames: known values, quiet where nothing differs, loud where much does."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast.contacts import codes
from forecast.evaluation.visits import distance_table, governed, jensen_shannon, total_variation
from forecast.panel import load_panel

REPLICATIONS = 100


def test_distances_of_known_shares():
    first, second = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5])
    assert total_variation(first, second) == pytest.approx(0.5)
    assert jensen_shannon(first, second) == pytest.approx(0.5)
    assert total_variation(first, first) == jensen_shannon(first, first) == 0
    assert total_variation(np.eye(2)[0], np.eye(2)[1]) == jensen_shannon(np.eye(2)[0], np.eye(2)[1]) == pytest.approx(1)


@pytest.fixture(scope="module")
def panel():
    return load_panel(as_of=date(2025, 1, 19))


def with_frames(panel, rng, own, other):
    """The panel with pages of both sides about half of the contacts, topics drawn from these shares."""
    rows = []
    for contact in np.flatnonzero(rng.random(len(panel.contact)) < 0.6):
        for side, share in zip(codes.SIDE, (own, other), strict=True):
            frame = codes.TOPIC[int(rng.choice(len(share), p=share))]  # the pages of a side about a contact say the same
            rows += [{"contact": contact, "side": side, "kind": "news", "frame": frame, "tone": 0}] * rng.integers(1, 3)
    return replace(panel, media=pd.DataFrame(rows))


def p_of(panel, own, other, seed):
    changed = with_frames(panel, np.random.default_rng(seed), own, other)
    table = distance_table(changed, governed(changed, ["Trump", "Biden"]), seed, draws=200)
    return table[table["measure"] == "total_variation"]["p"].to_numpy()


def test_frames_that_do_not_differ_are_seldom_told_apart(panel):
    same = np.array([0.4, 0.3, 0.2, 0.1])
    p = np.concatenate([p_of(panel, same, same, seed) for seed in range(REPLICATIONS)])
    assert (p <= 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(p))


def test_frames_that_differ_are_told_apart(panel):
    p = np.concatenate([p_of(panel, [0.7, 0.2, 0.1, 0.0], [0.1, 0.1, 0.2, 0.6], seed) for seed in range(10)])
    assert (p <= 0.05).mean() > 0.9


def test_a_side_without_pages_has_no_distance(panel):
    quiet = replace(panel, media=panel.media[panel.media["side"] != "home"])
    table = distance_table(quiet, governed(quiet, ["Trump", "Biden"]), 1, draws=100)
    assert table["pages_2"].eq(0).all()
    assert table[["distance", "low", "high", "p"]].isna().all().all()
