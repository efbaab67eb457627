"""Numbers out of the tables of a run; what is printed or drawn is looked up here, never recomputed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.errors import Fault, InputError
from forecast.report.content import ReportContent
from forecast.report.style import PAIRING_MARK

QUANTILE = ("q05", "q25", "q50", "q75", "q95")
RULE = (0.05, 0.25, 0.5, 0.75, 0.95)


def summary_rows(
    content: ReportContent, scenario: str, quantity: str, keys: Sequence[str], window: str
) -> pd.DataFrame:
    """Rows of the summary, one per key and in the order of `keys` (raises InputError where one lacks)."""
    return _pick(content.summary_by, (scenario, quantity, window), keys, "summary.csv")


def contrast_rows(
    content: ReportContent, pair: tuple[str, str], quantity: str, keys: Sequence[str], pairing: str
) -> pd.DataFrame:
    """Rows of the contrast over the whole horizon, one per key (raises InputError where one lacks)."""
    return _pick(content.contrast_by, (*pair, quantity, content.window, pairing), keys, "contrast.csv")


def pairings(content: ReportContent, pair: tuple[str, str], quantity: str) -> tuple[str, ...]:
    """Ways of pairing that the contrast has for a quantity, in the order of the marks."""
    where = (*pair, quantity, content.window)
    return tuple(name for name in PAIRING_MARK if (*where, name) in content.contrast_by)


def _pick(
    pieces: dict[tuple[str, ...], pd.DataFrame], where: tuple[str, ...], keys: Sequence[str], source: str
) -> pd.DataFrame:
    rows = pieces.get(where)
    found = [] if rows is None else list(rows.index)
    missing = [key for key in keys if found.count(key) != 1]
    if missing:
        raise InputError([_fault(where, missing, found, source)])
    return rows.loc[list(keys)]


def _fault(where: tuple[str, ...], missing: list[str], found: list[str], source: str) -> Fault:
    remedy = "Write the tables of this run again."
    return Fault(source=source, where=", ".join(where), expected=f"one row for each of {', '.join(missing)}",
                 found=f"rows for {', '.join(found) or 'nothing'}", remedy=remedy)  # fmt: skip


def quantile_array(rows: pd.DataFrame) -> np.ndarray:
    """The five quantiles of table rows, shape (row, 5)."""
    return rows[list(QUANTILE)].to_numpy(float)


def draw_quantiles(values: np.ndarray) -> np.ndarray:
    """The five quantiles over the first axis (draws or paths), moved to the last: shape (..., 5).

    Undefined values (NaN: pages per contact of a path without contacts) are left out.
    """
    values = np.asarray(values, float)
    if np.isnan(values).any():
        return np.moveaxis(np.nanquantile(values, RULE, axis=0), 0, -1)
    return np.moveaxis(np.quantile(values, RULE, axis=0), 0, -1)


def election_pair(content: ReportContent) -> tuple[str, str] | None:
    """The two scenarios to set against each other: Harris and Trump, else the first pair, else none."""
    if content.contrast.empty:
        return None
    pairs = list(dict.fromkeys(zip(content.contrast["first"], content.contrast["second"], strict=True)))
    outcome = {name: str(run.attrs["outcome"]) for name, run in content.trajectories.items()}
    apart = [pair for pair in pairs if (outcome[pair[0]], outcome[pair[1]]) == ("harris", "trump")]
    return (apart or pairs)[0]


ASSUMED = ("events", "adjustments", "cabinet")
"""Keys of a scenario with what it assumes besides the election."""


def differ_in(content: ReportContent, pair: tuple[str, str]) -> str:
    """What two scenarios differ in: the election, the assumptions, or the election and the assumptions."""
    outcome = [str(content.trajectories[name].attrs["outcome"]) for name in pair]
    told = {one["name"]: one for one in content.manifest.get("scenarios", ())}
    assumed = [[told.get(name, {}).get(key) or None for key in ASSUMED] for name in pair]
    parts = [word for word, two in (("the election", outcome), ("the assumptions", assumed)) if two[0] != two[1]]
    return " and ".join(parts) or "the assumptions"
