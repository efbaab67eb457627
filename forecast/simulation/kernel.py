"""The compiled simulation: months, ranks, and each contact with its topics, outcome, pages and tones.

Streams and their slots at a path and month; `place` is rank * 2**16 + number of the contact:

========  =====================================================================
count     rank
unseen    rank
agenda    place * width: breadth, then topics (width: topics + 1, up to a multiple of 4)
contact   place * 4: mechanism, outcome, pages of each side
tone      (place * 2 + side) * 2**14 + page
========  =====================================================================

Numba does not notice changes in the files that this one imports: after editing them, touch this file.
"""

from typing import NamedTuple

import numba
import numpy as np

from forecast.simulation.noise import Key
from forecast.simulation.philox import block
from forecast.simulation.prepare import Prepared
from forecast.simulation.quantile import negative_binomial_quantile, normal_quantile, poisson_quantile
from forecast.simulation.shift import OUTCOME, RATE, TONE, TOPIC
from forecast.simulation.trajectory import Output

PLACE_BITS, PAGE_BITS = 16, 14


class Keys(NamedTuple):
    """Keys of the streams that the kernel draws from."""

    count: Key
    unseen: Key
    agenda: Key
    contact: Key
    tone: Key


class Scratch(NamedTuple):
    """Memory of one thread: exp(shift) by target, uniform numbers, and by topic odds and chance of none from it on."""

    factor: np.ndarray
    chance: np.ndarray
    uniform: np.ndarray
    odds: np.ndarray
    none_from: np.ndarray


_inlined = numba.njit(cache=True, nogil=True, inline="always", error_model="numpy")


@numba.njit(cache=True, nogil=True, error_model="numpy")
def run_paths(given: Prepared, keys: Keys, first: int, out: Output) -> None:
    """Simulate all paths of a chunk; ``first`` is the number of the first one, output arrays are added to."""
    topics = given.topic_odds.shape[2]
    scratch = Scratch(np.ones(given.size.shape[2]), np.empty(given.yearly.shape[1] + 4), np.empty(topics + 4),
                      np.empty(topics), np.ones(topics + 1))
    for path in range(given.yearly.shape[0]):
        for month in range(given.exposure.shape[0]):
            if given.profile.shape[0] > 0:
                _fill_factor(given, path, month, scratch.factor)
            _run_month(given, keys, out, scratch, path, first + path, month)


@_inlined
def _fill_factor(given: Prepared, path: int, month: int, factor: np.ndarray) -> None:
    """Write exp(shift) of every target; exactly one where no shock acts."""
    for target in range(factor.size):
        shift = 0.0
        for shock in range(given.profile.shape[0]):
            start = given.start[path, shock]
            if 0 <= start <= month:
                shift += given.profile[shock, month - start] * given.size[path, shock, target]
        factor[target] = np.exp(shift) if shift != 0.0 else 1.0


@_inlined
def _fill_block(uniform: np.ndarray, at: int, key: Key, number: int, month: int, index: int) -> None:
    uniform[at], uniform[at + 1], uniform[at + 2], uniform[at + 3] = block(key, number, month, index)


@_inlined
def _run_month(given: Prepared, keys: Keys, out: Output, scratch: Scratch, path: int, number: int, month: int) -> None:
    chance, factor = scratch.chance, scratch.factor
    for index in range((given.yearly.shape[1] + 3) >> 2):
        _fill_block(chance, 4 * index, keys.count, number, month, index)
    common = given.climate[path, month] * given.season[path, given.month_of_year[month]]
    for rank in range(given.yearly.shape[1]):
        count = poisson_quantile(chance[rank], _expected(given, path, rank, month) * common * factor[RATE + rank])
        for contact in range(count):
            place = (rank << PLACE_BITS) + contact
            named = _name_topics(given, keys, out, scratch, path, number, month, rank, place)
            _run_contact(given, keys, out, scratch, path, number, month, rank, place, named)
    _add_unrecorded(given, keys, out, factor, chance, path, number, month, common)


@_inlined
def _expected(given: Prepared, path: int, rank: int, month: int) -> float:
    """Expected contacts of a month before season, relation state and shocks."""
    expected = 0.0
    for year in range(given.exposure.shape[1]):
        expected += given.yearly[path, rank, year] * given.exposure[month, year]
    return expected


@_inlined
def _add_unrecorded(given: Prepared, keys: Keys, out: Output, factor: np.ndarray, chance: np.ndarray, path: int,
                    number: int, month: int, common: float) -> None:
    """Contacts that leave no record: independent of the recorded ones given the rate, because Poisson counts thin."""
    for index in range((given.yearly.shape[1] + 3) >> 2):
        _fill_block(chance, 4 * index, keys.unseen, number, month, index)
    for rank in range(given.yearly.shape[1]):
        recorded = _expected(given, path, rank, month) * common * factor[RATE + rank]
        out.unrecorded[path, month, rank] += poisson_quantile(chance[rank], recorded * given.unrecorded[path, rank])


@_inlined
def _name_topics(given: Prepared, keys: Keys, out: Output, scratch: Scratch, path: int, number: int, month: int,
                 rank: int, place: int) -> int:
    """Count the topics that a contact names, at least one, and add them to the mentions.

    While none is named, the chance of the next topic is given that it or a later one is named.
    """
    topics, uniform, odds, none_from = given.topic_odds.shape[2], scratch.uniform, scratch.odds, scratch.none_from
    blocks = (topics + 4) >> 2
    for index in range(blocks):
        _fill_block(uniform, 4 * index, keys.agenda, number, month, place * blocks + index)
    breadth = np.exp(given.breadth_sd[path] * normal_quantile(uniform[0]))
    for topic in range(topics - 1, -1, -1):
        odds[topic] = given.topic_odds[path, rank, topic] * breadth * scratch.factor[TOPIC + topic]
        none_from[topic] = none_from[topic + 1] / (1.0 + odds[topic])
    named = 0
    for topic in range(topics):
        draw = uniform[topic + 1] if named else uniform[topic + 1] * (1.0 - none_from[topic])
        names = int(draw < odds[topic] * (1.0 - draw) or (named == 0 and topic == topics - 1))
        out.mention[path, month, topic] += names
        named += names
    return named


@_inlined
def _run_contact(given: Prepared, keys: Keys, out: Output, scratch: Scratch, path: int, number: int, month: int,
                 rank: int, place: int, named: int) -> None:
    """Outcome of a contact, its pages and their tones."""
    uniform, factor = scratch.uniform, scratch.factor
    _fill_block(uniform, 0, keys.contact, number, month, place)
    standing, character, kz, us = int(uniform[0] < given.mechanism[path, rank]), uniform[1], uniform[2], uniform[3]
    odds = factor[OUTCOME] * np.exp(given.outcome_breadth[path] * np.log((1.0 + named) / 3.0))
    outcome = 0
    for cut in range(given.outcome_odds.shape[3]):
        outcome += int(character * given.outcome_odds[path, rank, standing, cut] * odds > 1.0 - character)
    out.contact[path, month, rank, outcome] += 1
    agreed = min(outcome, 1)
    for side in range(given.pages_size.shape[1]):
        pages = negative_binomial_quantile(
            kz if side == 0 else us, given.pages_none[path, side, rank, agreed],
            given.pages_ratio[path, side, rank, agreed], given.pages_size[path, side])
        out.pages[path, month, side] += pages
        odds_not_critical = given.tone_odds[path, side, rank, agreed, 0] * factor[TONE + side]
        odds_favourable = given.tone_odds[path, side, rank, agreed, 1] * factor[TONE + side]
        out.tone_sum[path, month, side] += _sum_tones(
            odds_not_critical, odds_favourable, uniform, keys.tone, number, month,
            (place * 2 + side) << (PAGE_BITS - 2), pages)


@_inlined
def _sum_tones(odds_not_critical: float, odds_favourable: float, uniform: np.ndarray, key: Key, number: int,
               month: int, first: int, pages: int) -> int:
    """Sum of the tones (-1, 0, 1) of a contact's pages on one side, from the odds of the upper tones."""
    critical, not_favourable = 1.0 / (1.0 + odds_not_critical), 1.0 / (1.0 + odds_favourable)
    total = -pages
    for page in range(pages):
        if page & 3 == 0:
            _fill_block(uniform, 0, key, number, month, first + (page >> 2))
        total += int(uniform[page & 3] > critical) + int(uniform[page & 3] > not_favourable)
    return total
