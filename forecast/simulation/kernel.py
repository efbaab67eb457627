"""The compiled simulation: paths, months and ranks; each contact is run by :mod:`forecast.simulation.contact`.

Streams and their slots at a path and month: ``count`` and ``unseen`` at the rank.

Numba does not notice changes in the files that this one imports: after editing them, touch this file.
"""

import numba
import numpy as np

from forecast.simulation.condition import Asked
from forecast.simulation.contact import PLACE_BITS, Keys, Scratch, fill_block, inlined, run_contact
from forecast.simulation.prepare import Prepared
from forecast.simulation.quantile import poisson_quantile
from forecast.simulation.shift import RATE
from forecast.simulation.trajectory import Output


def run_paths(given: Prepared, asked: Asked, keys: Keys, first: int, out: Output) -> None:
    """Simulate all paths of a chunk; ``first`` is the number of the first one, output arrays are added to."""
    topics = given.topic_odds.shape[2]
    scratch = Scratch(np.ones(given.size.shape[2]), np.empty(given.yearly.shape[1] + 4), np.empty(topics + 4),
                      np.empty(topics), np.ones(topics + 1), np.empty(topics + 1))
    _run_paths(given, asked, keys, scratch, first, out)


@numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False)  # allocates nothing: no references to be counted
def _run_paths(given: Prepared, asked: Asked, keys: Keys, scratch: Scratch, first: int, out: Output) -> None:
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
def _run_month(given: Prepared, asked: Asked, keys: Keys, out: Output, scratch: Scratch, path: int, number: int,
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
