"""How well two codings of the same contacts agree, variable by variable."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.contacts.alpha import Pairs, alpha
from forecast.contacts.alpha_interval import alpha_interval
from forecast.contacts.coding import Coding, read_coding, unknown_ids
from forecast.contacts.disagreement import disagreements
from forecast.contacts.sample_size import units_for_half_width
from forecast.contacts.variable import VARIABLES, Variable, pairs_of
from forecast.errors import InputError

RELIABLE, TENTATIVE = 0.800, 0.667
"""Krippendorff's cut-offs: data to rely on; data for tentative conclusions only (Content Analysis, 2004, p. 241)."""


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """The comparison of two codings: one row per variable, the cells that differ, and what was left out and why."""

    table: pd.DataFrame
    disagreements: pd.DataFrame
    left_out: tuple[str, ...]


def compare(first: Path, second: Path) -> tuple[Coding, Coding]:
    """Read two codings, A and B, either of which may be a contacts.csv.

    Raises
    ------
    InputError
        With every fault of both files. A contact of one that the other should have and has not is a fault: where one
        is a contacts.csv it must have them all, else A must.
    """
    a, b = read_coding(first), read_coding(second)
    reference, other = (b, a) if b.of_record and not a.of_record else (a, b)
    faults = [*a.faults, *b.faults, *unknown_ids(other, reference)]
    if faults:
        raise InputError(dict.fromkeys(faults))
    return a, b


def reliability(first: Coding, second: Coding, *, seed: int, resamples: int = 5000, half_width: float = 0.1,
                variables: Sequence[Variable] = VARIABLES,
                progress: Callable[[str, int, int], None] = lambda *_: None) -> Reliability:
    """Alpha of every variable with its interval, and the cells that differ.

    Parameters
    ----------
    first, second : Coding
        A and B, as from `compare`.
    seed : int
        Decides the resamples; each variable has a stream of its own.
    resamples : int
        Resamples of each variable.
    half_width : float
        Half-width of the interval for which units are projected.
    variables : sequence of Variable
        What to compare.
    progress : callable
        Told the stage, the variables done and their number.

    Returns
    -------
    Reliability
        Columns of its table: variable, level, units (coded by both), pairable (both gave a value), agreement (share
        of those with the same value), alpha, low, high (95 %), interval (how it was made), reading and reading_low
        (of alpha and of its lower end, by the cut-offs), units_needed (pairable ones, for the half-width).
    """
    rows, units = [], len(first.rows.keys() & second.rows.keys())
    for done, variable in enumerate(variables, start=1):
        rng = np.random.default_rng([seed, zlib.crc32(variable.name.encode())])
        measured = dict(_measured(pairs_of(variable, first, second), rng, resamples, half_width))
        rows.append({"variable": variable.name, "level": variable.level, "units": units} | measured)
        progress("alpha", done, len(variables))
    return Reliability(table=pd.DataFrame(rows).astype({"units_needed": "Int64"}),
                       disagreements=disagreements(first, second),
                       left_out=(*first.left_out, *second.left_out))


def reading(value: float) -> str:
    """What Krippendorff's cut-offs say of an alpha."""
    if np.isnan(value):
        return "undefined"
    return "reliable" if value >= RELIABLE else "tentative" if value >= TENTATIVE else "unreliable"


def _measured(pairs: Pairs, rng: np.random.Generator, resamples: int, half_width: float) -> Iterator[tuple[str, object]]:
    value, interval = alpha(pairs), alpha_interval(pairs, rng, resamples)
    yield from {"pairable": len(pairs), "agreement": pairs.equal.mean() if len(pairs) else np.nan, "alpha": value,
                "low": interval.low, "high": interval.high, "interval": interval.way,
                "reading": reading(value), "reading_low": reading(interval.low),
                "units_needed": None if np.isnan(interval.low) else units_for_half_width(pairs, half_width, rng)}.items()
