"""``agenda.csv`` and ``agenda_contrast.csv``: what is talked about by type and travelling side, and what differs.

Measures: *mention_share*, share of all mentions for a contact of average rank (model); *attention* and *attention_equal*,
shares of attention with the rank weights of the relation index and with every rank alike
(:mod:`forecast.evaluation.attention`, model); *attention_record*, the same by who travels, from the record itself
(:mod:`forecast.evaluation.travel`). A difference is called by P(first > second), the share of draws in which the topic weighs
more under the first. Errors are batch means over neighbouring draws, so that autocorrelated draws count for what they tell.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from forecast.evaluation.montecarlo import batch_of, describe, probability

OF = {
    "mention_share": "expected share of mentions, contact of average rank, over posterior draws",
    "attention": "expected share of mentions weighed by rate and cost of each rank, over posterior draws",
    "attention_equal": "expected share of mentions weighed by rate of each rank, over posterior draws",
    "attention_record": "share of recorded mentions weighed by cost of each rank, over draws of a Dirichlet process posterior",
}
ALL = "all"


def level_table(share: Mapping[str, xr.DataArray], count: xr.Dataset, known: pd.Series) -> pd.DataFrame:
    """Shares by measure, travelling side and type.

    Parameters
    ----------
    share : mapping of str to xarray.DataArray
        By measure, axes (draw, [direction,] type, topic).
    count : xarray.Dataset
        ``contacts`` with a known agenda and ``visits``, axes (direction, type).
    known : pandas.Series
        Contacts with a known agenda by type, whatever the direction.

    Returns
    -------
    pandas.DataFrame
        Columns measure, direction, type, topic, contacts, visits (none where no side travels), unit, of, and the numbers of
        :func:`forecast.evaluation.montecarlo.describe`.
    """
    rows: list[dict[str, object]] = []
    for measure, values in share.items():
        batch = batch_of(values.sizes["draw"], values.sizes["draw"])
        for way, part in _by_direction(values):
            for kind in part["type"].to_numpy():
                behind = {"contacts": known.get(kind, 0)} if way == ALL else {
                    name: int(values) for name, values in count.sel(direction=way, type=kind).data_vars.items()}
                head = {"measure": measure, "direction": way, "type": str(kind)}
                tail = {"contacts": behind["contacts"], "visits": behind.get("visits", np.nan), "unit": "share",
                        "of": OF[measure]}
                rows += [{**head, "topic": topic, **tail, **describe(one, batch)}
                         for topic, one in _by_topic(part.sel(type=kind))]
    return pd.DataFrame(rows)


def contrast_table(share: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """Differences between types and, in the record, between travelling sides, in percentage points.

    Parameters
    ----------
    share : mapping of str to xarray.DataArray
        As in :func:`level_table`.

    Returns
    -------
    pandas.DataFrame
        Columns measure, direction, type (``all`` where it does not apply, or is what is compared), first, second, topic,
        unit, of, the numbers of :func:`forecast.evaluation.montecarlo.describe`, p_greater and its error.
    """
    rows: list[dict[str, object]] = []
    for measure, values in share.items():
        for way, part in _by_direction(values):
            for first, second in combinations(part["type"].to_numpy(), 2):
                head = {"measure": measure, "direction": way, "type": ALL, "first": str(first), "second": str(second)}
                rows += _differences(head, part.sel(type=first), part.sel(type=second))
        for kind in values["type"].to_numpy() if "direction" in values.dims else ():
            first, second = values["direction"].to_numpy()
            head = {"measure": measure, "direction": ALL, "type": str(kind), "first": str(first), "second": str(second)}
            rows += _differences(head, *(values.sel(type=kind, direction=way) for way in (first, second)))
    return pd.DataFrame(rows)


def _differences(head: dict[str, str], one: xr.DataArray, other: xr.DataArray) -> Iterator[dict[str, object]]:
    batch = batch_of(one.sizes["draw"], one.sizes["draw"])
    for (topic, first), (_, second) in zip(_by_topic(one), _by_topic(other), strict=True):
        chance, error = probability((first > second) + 0.5 * (first == second), batch)
        yield {**head, "topic": topic, "unit": "percentage points", "of": f"difference of: {OF[head['measure']]}",
               **describe(100 * (first - second), batch), "p_greater": chance, "p_greater_mcse": error}


def _by_direction(values: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    if "direction" not in values.dims:
        yield ALL, values
        return
    for way in values["direction"].to_numpy():
        yield str(way), values.sel(direction=way)


def _by_topic(part: xr.DataArray) -> Iterator[tuple[str, np.ndarray]]:
    """Draws of each topic, each (draw,)."""
    columns = np.ascontiguousarray(part.transpose("topic", "draw").to_numpy())
    yield from zip(map(str, part["topic"].to_numpy()), columns, strict=True)
