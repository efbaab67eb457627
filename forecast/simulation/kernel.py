"""The compiled simulation: paths, months and ranks, and in each contact its topics, setting, outcome, pages and tones.

Every number is that of a stream at a path, a month and a slot. Slots of the streams, where `place` is
rank * 2**16 + number of the contact:

========  =====================================================================
count     rank
unseen    rank
agenda    place * width: breadth, then topics (width: topics + 1, up to a multiple of 4)
setting   place * 4: direction, format
contact   place * 4: mechanism, outcome, pages of each side
tone      (place * 2 + side) * 2**14 + page
========  =====================================================================
"""

from typing import NamedTuple

import numba
import numpy as np

from forecast.simulation.prepare import Prepared
from forecast.simulation.random import Key, block, negative_binomial_quantile, normal_quantile, poisson_quantile
from forecast.simulation.shocks import OUTCOME, RATE, TONE, TOPIC
from forecast.simulation.trajectory import Output, QuestionMasks
from forecast.sources import compiled

PLACE_BITS, PAGE_BITS = 16, 14
MOST_MATCHES = 65_535  # what the array of them holds: no question asks for more, and none goes round to zero
CERTAIN = 1e15  # odds of a topic that every contact names; the product over all topics stays in the range of a double


class Keys(NamedTuple):
    """Keys of the streams that the kernel draws from."""

    count: Key  # type: ignore[assignment]  # hides a method of tuples that nobody calls
    unseen: Key
    agenda: Key
    setting: Key
    contact: Key
    tone: Key


class Scratch(NamedTuple):
    """Memory of one thread.

    Parameters
    ----------
    factor : (target,)
        exp(shift).
    chance, uniform : arrays
        Uniform numbers, of ranks and of one contact.
    odds, any_from : (topic,), (topic + 1,)
        Odds of a contact's topics, and the product of 1 + odds from each topic on.
    by_breadth : (topic + 1,)
        Factor of a path on the odds of outcomes, by the number of topics named.
    """

    factor: np.ndarray
    chance: np.ndarray
    uniform: np.ndarray
    odds: np.ndarray
    any_from: np.ndarray
    by_breadth: np.ndarray


inlined = compiled(numba.njit, nogil=True, inline="always", error_model="numpy")


@inlined
def fill_block(uniform: np.ndarray, at: int, key: Key, number: int, month: int, index: int) -> None:
    """Write four uniform numbers."""
    uniform[at], uniform[at + 1], uniform[at + 2], uniform[at + 3] = block(key, number, month, index)


@inlined
def _name_topics(given: Prepared, keys: Keys, out: Output, scratch: Scratch, path: int, number: int, month: int,
                 rank: int, place: int) -> tuple[int, int]:
    """Topics that a contact names, at least one: how many, and as bits; add them to the mentions.

    While none is named, topic k with odds o is named with chance o / (1 + o) over 1 - 1 / A, where A is the product of 1 + odds
    from k on: given that it or a later one is named. Written without a division.
    """
    topics, uniform, odds, any_from = given.topic_odds.shape[2], scratch.uniform, scratch.odds, scratch.any_from
    blocks = (topics + 4) >> 2
    for index in range(blocks):
        fill_block(uniform, 4 * index, keys.agenda, number, month, place * blocks + index)
    breadth = np.exp(given.breadth_sd[path] * normal_quantile(uniform[0]))
    for topic in range(topics - 1, -1, -1):
        odds[topic] = min(given.topic_odds[path, rank, topic] * breadth * scratch.factor[TOPIC + topic], CERTAIN)
        any_from[topic] = any_from[topic + 1] * (1.0 + odds[topic])
    named, bits = 0, 0
    for topic in range(topics):
        draw = uniform[topic + 1]
        if named:
            names = int(draw < odds[topic] * (1.0 - draw))
        else:
            names = int(draw * (any_from[topic] - 1.0) * (1.0 + odds[topic]) < odds[topic] * any_from[topic]
                        or topic == topics - 1)
        out.mention[path, month, topic] += names
        named += names
        bits |= names << topic
    return named, bits


@inlined
def _settle_outcome(given: Prepared, scratch: Scratch, path: int, rank: int, standing: int, uniform: float, named: int) -> int:
    """Outcome of a contact."""
    odds = scratch.factor[OUTCOME] * scratch.by_breadth[named]
    outcome = 0
    for cut in range(given.outcome_odds.shape[3]):
        outcome += int(uniform * given.outcome_odds[path, rank, standing, cut] * odds > 1.0 - uniform)
    return outcome


@inlined
def _place_contact(given: Prepared, keys: Keys, scratch: Scratch, path: int, number: int, month: int, rank: int,
                   place: int) -> tuple[int, int]:
    """Direction and format of a contact."""
    uniform = scratch.uniform
    fill_block(uniform, 0, keys.setting, number, month, place)
    direction, form = 0, 0
    for edge in range(given.direction_edge.shape[2]):
        direction += int(uniform[0] >= given.direction_edge[path, rank, edge])
    for edge in range(given.format_edge.shape[2]):
        form += int(uniform[1] >= given.format_edge[path, direction, edge])
    return direction, form


@inlined
def _count_matches(asked: QuestionMasks, out: Output, path: int, month: int, rank: int, direction: int, form: int, topics: int,
                   standing: int, outcome: int) -> None:
    """Add a contact to the questions that are about it."""
    for question in range(asked.rank.shape[0]):
        if (asked.first[question] <= month <= asked.last[question] and outcome >= asked.outcome[question]
                and asked.rank[question] >> rank & 1 and asked.direction[question] >> direction & 1
                and asked.format[question] >> form & 1 and asked.mechanism[question] >> standing & 1
                and asked.topic[question] & topics):
            out.match[path, question] += out.match[path, question] < MOST_MATCHES


@inlined
def run_contact(given: Prepared, asked: QuestionMasks, keys: Keys, out: Output, scratch: Scratch, path: int, number: int,
                month: int,
                rank: int, place: int) -> None:
    """Simulate one contact, and add it to the output."""
    named, topics = _name_topics(given, keys, out, scratch, path, number, month, rank, place)
    direction, form = _place_contact(given, keys, scratch, path, number, month, rank, place)
    uniform = scratch.uniform
    fill_block(uniform, 0, keys.contact, number, month, place)
    standing, character, partner, home = int(uniform[0] < given.mechanism[path, rank]), uniform[1], uniform[2], uniform[3]
    outcome = _settle_outcome(given, scratch, path, rank, standing, character, named)
    out.contact[path, month, rank, outcome] += 1
    out.travel[path, month, direction] += 1
    _count_matches(asked, out, path, month, rank, direction, form, topics, standing, outcome)
    _add_pages(given, keys, out, scratch, path, number, month, rank, place, min(outcome, 1), partner, home)


@inlined
def _add_pages(given: Prepared, keys: Keys, out: Output, scratch: Scratch, path: int, number: int, month: int, rank: int,
               place: int, agreed: int, partner: float, home: float) -> None:
    """Pages about a contact on either side, and the sum of their tones."""
    factor, found = scratch.factor, False
    for side in range(given.pages_size.shape[1]):
        pages = _count_pages(given, path, side, rank, agreed, partner if side == 0 else home, found)
        found = found or pages > 0
        out.pages[path, month, side] += pages
        odds_not_critical = given.tone_odds[path, side, rank, agreed, 0] * factor[TONE + side]
        odds_favourable = given.tone_odds[path, side, rank, agreed, 1] * factor[TONE + side]
        out.tone_sum[path, month, side] += _sum_tones(
            odds_not_critical, odds_favourable, scratch.uniform, keys.tone, number, month,
            (place * 2 + side) << (PAGE_BITS - 2), pages)


@inlined
def _count_pages(given: Prepared, path: int, side: int, rank: int, agreed: int, uniform: float, found: bool) -> int:
    """Pages of one side; where no page was found before, given that the contact is recorded."""
    none, ratio = given.pages_none[path, side, rank, agreed], given.pages_ratio[path, side, rank, agreed]
    size = given.pages_size[path, side]
    if found:
        pages: int = negative_binomial_quantile(uniform, none, ratio, size)
        return pages
    first = given.pages_first[path, side, rank, agreed]
    if uniform <= first:
        return 0
    more: int = negative_binomial_quantile(none + (uniform - first) * (1.0 - none) / (1.0 - first), none, ratio, size)
    return max(1, more)


@inlined
def _sum_tones(odds_not_critical: float, odds_favourable: float, uniform: np.ndarray, key: Key, number: int,
               month: int, first: int, pages: int) -> int:
    """Sum of the tones (-1, 0, 1) of a contact's pages on one side, from the odds of the upper tones."""
    critical, not_favourable = 1.0 / (1.0 + odds_not_critical), 1.0 / (1.0 + odds_favourable)
    total = -pages
    for page in range(pages):
        if page & 3 == 0:
            fill_block(uniform, 0, key, number, month, first + (page >> 2))
        total += int(uniform[page & 3] > critical) + int(uniform[page & 3] > not_favourable)
    return total


# Paths, months and ranks.


def run_paths(given: Prepared, asked: QuestionMasks, keys: Keys, first: int, out: Output) -> None:
    """Simulate all paths of a chunk; ``first`` is the number of the first one, output arrays are added to."""
    topics = given.topic_odds.shape[2]
    scratch = Scratch(np.ones(given.size.shape[2]), np.empty(given.yearly.shape[1] + 4), np.empty(topics + 4),
                      np.empty(topics), np.ones(topics + 1), np.empty(topics + 1))
    _run_paths(given, asked, keys, scratch, first, out)


@compiled(numba.njit, nogil=True, error_model="numpy", _nrt=False)  # allocates nothing: no references to be counted
def _run_paths(given: Prepared, asked: QuestionMasks, keys: Keys, scratch: Scratch, first: int, out: Output) -> None:
    for path in range(given.yearly.shape[0]):
        for named in range(scratch.by_breadth.size):
            scratch.by_breadth[named] = np.exp(given.outcome_breadth[path] * np.log((1.0 + named) / 3.0))
        for month in range(given.exposure.shape[0]):
            if given.profile.shape[0] > 0:
                _fill_factor(given, path, month, scratch.factor)
            _run_month(given, asked, keys, out, scratch, path, first + path, month)


@inlined
def _fill_factor(given: Prepared, path: int, month: int, factor: np.ndarray) -> None:
    """Write exp(shift) of every target; exactly one where no shock acts."""
    for target in range(factor.size):
        shift = 0.0
        for shock in range(given.profile.shape[0]):
            start = given.start[path, shock]
            if 0 <= start <= month:
                shift += given.profile[shock, month - start] * given.size[path, shock, target]
        factor[target] = np.exp(shift) if shift != 0.0 else 1.0


@inlined
def _run_month(given: Prepared, asked: QuestionMasks, keys: Keys, out: Output, scratch: Scratch, path: int, number: int,
               month: int) -> None:
    chance, factor = scratch.chance, scratch.factor
    for index in range((given.yearly.shape[1] + 3) >> 2):
        fill_block(chance, 4 * index, keys.count, number, month, index)
    common = given.climate[path, month] * given.season[path, given.month_of_year[month]]
    for rank in range(given.yearly.shape[1]):
        count = poisson_quantile(chance[rank], _expected(given, path, rank, month) * common * factor[RATE + rank])
        for contact in range(count):
            run_contact(given, asked, keys, out, scratch, path, number, month, rank, (rank << PLACE_BITS) + contact)
    _add_unrecorded(given, keys, out, factor, chance, path, number, month, common)


@inlined
def _expected(given: Prepared, path: int, rank: int, month: int) -> float:
    """Expected contacts of a month before season, relation state and shocks."""
    expected = 0.0
    for year in range(given.exposure.shape[1]):
        expected += given.yearly[path, rank, year] * given.exposure[month, year]
    return expected


@inlined
def _add_unrecorded(given: Prepared, keys: Keys, out: Output, factor: np.ndarray, chance: np.ndarray, path: int,
                    number: int, month: int, common: float) -> None:
    """Contacts that leave no record: independent of the recorded ones given the rate, because Poisson counts thin."""
    for index in range((given.yearly.shape[1] + 3) >> 2):
        fill_block(chance, 4 * index, keys.unseen, number, month, index)
    for rank in range(given.yearly.shape[1]):
        recorded = _expected(given, path, rank, month) * common * factor[RATE + rank]
        out.unrecorded[path, month, rank] += poisson_quantile(chance[rank], recorded * given.unrecorded[path, rank])
