r"""Contacts of two terms together and of each, under every pair of winners: ``two_terms.csv`` and ``two_terms_contrast.csv``.

Terms of one future share its parameters and the level that the first hands on, so that :math:`N = N_1 + N_2` varies more than two
numbers that know nothing of each other. How much more is told by the width of the 80 % interval of :math:`N` over that of terms
*apart*: :math:`N_1` of every path with :math:`N_2` of another, permuted over all paths, the mean of some permutations. Variances
would not do: the right tails are so heavy that one path in 20,000 moves their ratio by a tenth. The days between the last month
of the first scenario and the day on which the second takes office are a part of their own, and with terms apart they go with the
first, so that parts, and calendar years, add up.

Pairs that differ in one election are compared by expected values given the parameters, as in
:mod:`forecast.evaluation.contrast`: by their difference and the log of their ratio. Two that differ in the first election alone
have the same winner and the same shocks in the second term.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.evaluation.contrast import LOG_RATIO, PARTS, load_equivalence, log_ratio
from forecast.evaluation.montecarlo import probability, standard_error
from forecast.simulation.random import Noise
from forecast.simulation.two_terms import FIRST, SECOND, TURN, Counts

ALL, BOTH, YEAR = "all", "both", "year"
WHOLES = {FIRST: (FIRST,), TURN: (TURN,), SECOND: (SECOND,), BOTH: (FIRST, TURN, SECOND)}
"""Parts of the table and what they are made of; years come after them."""
LEVELS = {"q025": 0.025, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q975": 0.975}
INTERVAL = (0.1, 0.9)
"""Ends of the interval by whose width terms together and apart are compared."""
PERMUTATIONS = 10
NEITHER = dict.fromkeys(("width_apart", "width_apart_mcse", "width_ratio", "width_ratio_mcse"), np.nan)
"""What terms apart say of a part or a year: nothing."""
CONTACT = "contact"
Pair = tuple[str, str]
"""Scenario of the first term, and of the second."""
Cells = tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class TwoTerms:
    """What a run says of two terms.

    Parameters
    ----------
    totals : DataFrame
        Contacts by pair, part or year, and rank.
    contrast : DataFrame
        Differences between pairs that differ in one election; empty where there is one pair.
    kinds : mapping of str to str
        Scenario of the second term -> type of administration of who wins; empty where that is left open.
    """

    totals: pd.DataFrame
    contrast: pd.DataFrame = field(default_factory=pd.DataFrame)
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> int:
        """Simulated futures of every pair."""
        return int(str(self.totals["of"].iloc[0]).rsplit(" ", 3)[1])

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """By the names of their files."""
        return {"two_terms": self.totals, **({} if self.contrast.empty else {"two_terms_contrast": self.contrast})}


def two_term_tables(first: Mapping[str, Counts], second: Mapping[Pair, Counts], kinds: Mapping[str, str],
                    batch: np.ndarray, seed: int) -> TwoTerms:
    """Both tables.

    Parameters
    ----------
    first : mapping of str to Counts
        Scenario of the first term -> its contacts.
    second : mapping of (str, str) to Counts
        Scenarios of both terms -> contacts of the second, on the same paths.
    kinds : mapping of str to str
        As in what is returned.
    batch : (path,) array of int
        From :func:`forecast.evaluation.montecarlo.batch_of`.
    seed : int
        Of the permutations by which terms are set apart.
    """
    order = np.argsort(Noise(seed).uniform("terms apart", np.arange(len(batch)), PERMUTATIONS), axis=0).T
    cell: dict[Pair, Cells] = {pair: (*first[pair[0]].cell, *after.cell) for pair, after in second.items()}
    contact = {pair: np.concatenate([first[pair[0]].contact, after.contact], axis=1) for pair, after in second.items()}
    rows = [row for pair in second for row in _totals(pair, cell[pair], contact[pair], batch, order)]
    expected = {pair: np.concatenate([first[pair[0]].expected, after.expected], axis=1) for pair, after in second.items()}
    compared = [row for one, other in combinations(second, 2) if (one[0] == other[0]) != (one[1] == other[1])
                for row in _contrasts(one, other, cell[one], expected[one], expected[other], batch)]
    return TwoTerms(totals=pd.DataFrame(rows), contrast=pd.DataFrame(compared), kinds=kinds)


def parts_shown(totals: pd.DataFrame) -> tuple[str, ...]:
    """Parts that a reader is shown: the turn too, where the first horizon ends so early that it is more than days."""
    turn = totals.loc[totals["part"] == TURN, "window"]
    return tuple(part for part in WHOLES if part != TURN or turn.astype(str).str.contains("-").any())


def _windows(cell: Cells) -> Iterator[tuple[str, str, list[int]]]:
    """Part, years and cells of every row: parts as wholes, then calendar years."""
    for part, made_of in WHOLES.items():
        if places := [place for place, (one, _) in enumerate(cell) if one in made_of]:
            years = [cell[place][1] for place in places]
            yield part, f"{years[0]}-{years[-1]}" if years[-1] > years[0] else f"{years[0]}", places
    for year in sorted({year for _, year in cell}):
        yield YEAR, str(year), [place for place, (_, one) in enumerate(cell) if one == year]


def _keys() -> Iterator[tuple[str, slice]]:
    yield ALL, slice(None)
    for place, rank in enumerate(codes.RANK.labels):
        yield rank, slice(place, place + 1)


def _totals(pair: Pair, cell: Cells, contact: np.ndarray, batch: np.ndarray, order: np.ndarray) -> Iterator[dict[str, object]]:
    of = f"number of recorded contacts, predictive over {len(contact)} simulated futures"
    for key, ranks in _keys():
        by_cell = contact[:, :, ranks].sum(axis=2)
        one, other = (by_cell[:, [place for place, (name, _) in enumerate(cell) if (name == SECOND) == late]].sum(axis=1)
                      for late in (False, True))
        for part, window, places in _windows(cell):
            values = by_cell[:, places].sum(axis=1).astype(float)
            chance, error = probability(values > 0, batch)
            yield {"scenario": pair[0], "then": pair[1], "part": part, "window": window, "key": key, "unit": "recorded contacts",
                   "of": of, **described(values, batch), **(apart(one, other, batch, order) if part == BOTH else NEITHER),
                   "p_any": chance, "p_any_mcse": error}


def apart(one: np.ndarray, other: np.ndarray, batch: np.ndarray, order: np.ndarray) -> dict[str, float]:
    """Width of the interval of two terms that share nothing, and that of both together over it, with Monte Carlo errors.

    Parameters
    ----------
    one, other : (path,) array
        Contacts of the terms.
    batch : (path,) array of int
        As :func:`two_term_tables` has it: the errors are those of batches, within each of which paths are paired anew.
    order : (permutation, path) array of int
        Paths of the second term, for those of the first.
    """
    together, paired = _width(one + other), _width(one + other[order]).mean()
    both, alone = _batch_widths(one, other, batch, order)
    if paired == 0:
        return NEITHER | {"width_apart": 0.0, "width_apart_mcse": standard_error(alone)}
    ratio = together / paired
    return {"width_apart": float(paired), "width_apart_mcse": standard_error(alone), "width_ratio": float(ratio),
            "width_ratio_mcse": standard_error((both - ratio * alone) / paired)}  # a ratio to first order


def _batch_widths(one: np.ndarray, other: np.ndarray, batch: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Widths of terms together and apart in every batch, each (batch,); batches of one size at a time."""
    every, size = np.unique(batch), np.bincount(batch)
    both, alone = np.empty(len(every)), np.empty(len(every))
    for length in np.unique(size[every]):
        alike, place = size[batch] == length, size[every] == length
        there, moved = np.flatnonzero(alike), order[alike[order]].reshape(len(order), -1)
        paths = there[np.argsort(batch[there], kind="stable")].reshape(-1, length)
        own = np.take_along_axis(moved, np.argsort(batch[moved], axis=1, kind="stable"), axis=1).reshape(len(order), *paths.shape)
        both[place] = _width((one + other)[paths])
        alone[place] = np.ascontiguousarray(_width(one[paths] + other[own]).T).mean(axis=1)
    return both, alone


def _width(values: np.ndarray) -> np.ndarray:
    """Width of the interval along the last axis."""
    low, high = np.quantile(values, INTERVAL, axis=-1)
    return np.asarray(high - low)


def _contrasts(one: Pair, other: Pair, cell: Cells, expected: np.ndarray, against: np.ndarray,
               batch: np.ndarray) -> Iterator[dict[str, object]]:
    """Rows of two pairs: of the second term and both, and of the first where it is not the same."""
    wanted, bound = ([FIRST] if one[0] != other[0] else []) + [SECOND, BOTH], load_equivalence().rate.bound
    for part, window, places in _windows(cell):
        for key, ranks in _keys() if part in wanted else ():
            this, that = (values[:, places, ranks].sum(axis=(1, 2)) for values in (expected, against))
            if np.isnan(this).any():  # of a term that runs part is known, and the rest alone is expected
                continue
            for quantity, unit, values in ((LOG_RATIO[CONTACT], "log ratio of expected recorded contacts", log_ratio(this, that)),
                                           (CONTACT, "recorded contacts", this - that)):
                row = {"first": one[0], "first_then": one[1], "second": other[0], "second_then": other[1], "part": part,
                       "window": window, "key": key, "quantity": quantity, "unit": unit,
                       "of": f"expected values given the parameters, {len(values)} pairs", **described(values, batch)}
                yield row | (_by_region(values, bound, batch) if quantity != CONTACT else {})


def _by_region(values: np.ndarray, bound: float, batch: np.ndarray) -> dict[str, float]:
    """Probabilities of more, practically equal and fewer, each with its error."""
    found: dict[str, float] = {}
    for name, event in zip(PARTS, (values > bound, np.abs(values) <= bound, values < -bound), strict=True):
        found[name], found[f"{name}_mcse"] = probability(event, batch)
    return found


def described(values: np.ndarray, batch: np.ndarray) -> dict[str, float]:
    """Mean, standard deviation and quantiles of the paths, (path,), each followed by its Monte Carlo error."""
    names = ("mean", "sd", *LEVELS)
    whole = _statistics(values[None])[0]
    size = np.bincount(batch)
    ordered, size = values[np.argsort(batch, kind="stable")], size[size > 0]
    if (size == size[0]).all():
        parts = _statistics(ordered.reshape(len(size), -1))
    else:
        parts = np.concatenate([_statistics(one[None]) for one in np.split(ordered, np.cumsum(size)[:-1])])
    return {key: value for place, name in enumerate(names)
            for key, value in ((name, float(whole[place])), (_error_of(name), standard_error(parts[:, place])))}


def _error_of(name: str) -> str:
    return "mcse" if name == "mean" else f"{name}_mcse"


def _statistics(values: np.ndarray) -> np.ndarray:
    """Mean, standard deviation and quantiles along the last axis, (..., statistic)."""
    return np.stack([values.mean(axis=-1), values.std(axis=-1), *np.quantile(values, list(LEVELS.values()), axis=-1)], axis=-1)
