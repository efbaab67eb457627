"""Intervals hold the truth as often as they say; guessing is worth nothing; projections come true."""

from itertools import product

import numpy as np
import pytest

from forecast.contacts.alpha import (
    Units,
    alpha,
    alpha_interval,
    bound_without_disagreement,
    masi_matrix,
    projected_half_width,
    units_for_half_width,
    units_for_minimum,
)
from tests.conftest import some, some_rows

SETS = [frozenset(cell) for cell in ("a", "b", "ab", "abc", "c")]
FREQUENCY = {"nominal": [0.5, 0.3, 0.2], "ordinal": [0.5, 0.2, 0.2, 0.1], "set": [0.2] * 5}


def two(level, first, second, values, distance=None):
    return Units.coded(level, np.stack([first, second], axis=1), values, distance)


def coders(rng, level, knows, units):
    """Two coders who each know a unit with a chance, or else draw from the same frequencies: alpha is that chance squared.

    The pair agrees for a reason where both know, and is a chance pair otherwise, whatever the distance.
    """
    frequency = FREQUENCY[level]
    truth = rng.choice(len(frequency), units, p=frequency)
    first, second = (np.where(rng.random(units) < knows, truth, rng.choice(len(frequency), units, p=frequency))
                     for _ in range(2))
    return two(level, first, second, len(frequency), masi_matrix(SETS) if level == "set" else None)


@pytest.mark.parametrize(("level", "knows"), some_rows(product(FREQUENCY, (0.7, 0.9)), [("ordinal", 0.9), ("set", 0.7)]))
def test_intervals_cover_at_about_their_rate(level, knows):
    rng = np.random.default_rng(11)
    found = np.array([alpha_interval(coders(rng, level, knows, 60), rng, resamples=400)[:2] for _ in range(200)], dtype=float)
    error = np.sqrt(0.95 * 0.05 / len(found))
    covered = (found[:, 0] <= knows ** 2) & (knows ** 2 <= found[:, 1])
    assert covered.mean() > 0.95 - 3 * error
    middle, half = found.mean(axis=1), (found[:, 1] - found[:, 0]) / 2
    assert (np.abs(knows ** 2 - middle) <= 0.6 * half).mean() < 0.95 - 3 * error  # narrower ones would be caught


@pytest.mark.parametrize("level", FREQUENCY)
def test_guessing_is_worth_nothing_and_copying_everything(level):
    rng = np.random.default_rng(12)
    guessed = np.array([alpha(coders(rng, level, 0, 50)) for _ in range(300)])
    assert abs(guessed.mean()) < 4 * guessed.std() / np.sqrt(len(guessed))
    assert alpha(coders(rng, level, 1, 50)) == 1


def test_guessing_in_the_same_frequencies_is_not_agreement():
    rng = np.random.default_rng(13)
    first, second = (rng.choice(2, 500, p=[0.95, 0.05]) for _ in range(2))
    guess = two("nominal", first, second, 2)
    assert guess.equal.mean() > 0.85
    assert alpha_interval(guess, rng).high < 0.4


def test_no_disagreement_leaves_doubt_that_falls_with_the_units():
    few, many = (coders(np.random.default_rng(14), "nominal", 1, units) for units in (20, 200))
    assert alpha_interval(few, np.random.default_rng(1)).way == "exact: the coders never differ"
    assert bound_without_disagreement(few) < bound_without_disagreement(many) < 1
    # rule of three, at 97.5 % rather than 95 %: 3.69 / units, over the chance of a difference, 0.62
    assert bound_without_disagreement(many) == pytest.approx(1 - 3.69 / 200 / 0.62, abs=0.005)


def apart(units, level="nominal"):
    """Two coders who differ on every unit, always by the same."""
    place = np.arange(units)
    return two(level, place % 2, (place + 1) % 2, 2)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_always_differing_leaves_doubt_that_falls_with_the_units(level):
    """Alpha of n units is 1 - n (2n - 1) / n^2 = -1 + 1 / n; the exact interval of n of n units ends at 0.025^(1/n)."""
    few, many = (alpha_interval(apart(units, level), np.random.default_rng(1)) for units in (20, 200))
    assert few.way == "exact: the coders always differ"
    assert few.low == pytest.approx(-1 + 1 / 20)
    assert few.high == pytest.approx(1 - 0.025 ** (1 / 20) * (2 - 1 / 20))
    assert few.high - few.low > many.high - many.low > 0.03
    assert np.isfinite(alpha_interval(apart(4, level), np.random.default_rng(1))[:2]).all()


def test_disagreements_of_several_sizes_widen_the_lower_end():
    rng = np.random.default_rng(3)
    coded = two("ordinal", np.zeros(40, int), rng.integers(1, 4, 40), 4)
    found = alpha_interval(coded, rng)
    assert found.low < alpha(coded) < found.high


def test_the_exact_interval_of_rare_agreement_covers():
    """Coders who agree on one unit in fifty: most samples of 30 show none, and their interval still holds the truth."""
    rng, held, truth = np.random.default_rng(4), [], None
    def coded(units):
        first = rng.integers(0, 2, units)
        return two("nominal", first, np.where(rng.random(units) < 0.02, first, 1 - first), 2)
    truth = alpha(coded(200_000))
    for _ in range(150):
        pairs = coded(30)
        if not pairs.equal.any():
            found = alpha_interval(pairs, rng, resamples=200)
            held.append(found.low <= truth <= found.high)
    assert len(held) > 60
    assert np.mean(held) > 0.95


def test_units_needed_by_coders_who_always_differ_are_those_of_the_exact_bound():
    asked = units_for_half_width(apart(40), 0.05, np.random.default_rng(1))
    found = alpha_interval(apart(asked), np.random.default_rng(1))
    assert (found.high - found.low) / 2 == pytest.approx(0.05, abs=0.003)


def test_an_interval_of_nearly_one_value_is_refused():
    rare = two("nominal", np.array([1] + [0] * 49), np.array([0] * 50), 2)
    found = alpha_interval(rare, np.random.default_rng(1))
    assert np.isnan(found.low)
    assert found.way.startswith("none")


def test_a_handful_of_units_has_no_interval():
    few = two("nominal", np.array([0, 1, 2]), np.array([0, 1, 1]), 3)
    assert alpha_interval(few, np.random.default_rng(1)).way == "none: too few units"
    assert alpha_interval(two("nominal", np.array([], int), np.array([], int), 3),
                          np.random.default_rng(1)).way == "none: alpha is undefined"


def test_the_seed_decides():
    coded = coders(np.random.default_rng(15), "ordinal", 0.8, 50)
    one, same, other = (alpha_interval(coded, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize(("minimum", "units"), [(0.667, 81), (0.8, 139)])
def test_units_for_a_minimum_are_those_of_the_printed_table(minimum, units):
    assert units_for_minimum(minimum, 1 / 4) == units


def test_units_for_a_minimum_rise_with_rarity_and_level():
    assert units_for_minimum(0.8, 0.05) > units_for_minimum(0.8, 0.25)
    assert units_for_minimum(0.8, 0.25, significance=0.01) > units_for_minimum(0.8, 0.25)


@pytest.mark.parametrize("level", some(FREQUENCY, ("ordinal",)))
def test_projected_units_bring_the_interval_that_was_asked_for(level):
    rng = np.random.default_rng(16)
    pilot = coders(rng, level, 0.9, 400)  # large: the projection can be no better than its pilot
    units = units_for_half_width(pilot, 0.08, rng)
    assert projected_half_width(pilot, units, rng) == pytest.approx(0.08, rel=0.1)
    widths = [np.subtract(*alpha_interval(coders(rng, level, 0.9, units), rng, resamples=500)[1::-1]) / 2 for _ in range(40)]
    assert np.mean(widths) == pytest.approx(0.08, rel=0.2)


def test_units_where_the_coders_never_differ_or_never_vary():
    rng = np.random.default_rng(17)
    same = coders(rng, "nominal", 1, 50)
    units = units_for_half_width(same, 0.05, rng)
    enough = Units(level="nominal", counts=np.resize(same.counts, (units, 3)))
    assert bound_without_disagreement(enough) == pytest.approx(0.9, abs=0.01)
    constant = two("nominal", np.zeros(9, int), np.zeros(9, int), 2)
    assert units_for_half_width(constant, 0.1, rng) is None
