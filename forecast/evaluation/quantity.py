"""The quantities that people read off trajectories: one number per path and window.

A *window* is a set of months; shares and tones are ratios of sums over it, so that a quiet month weighs little.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecast.simulation.relation_index import WeightSet, relation_index


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One family of numbers.

    Parameters
    ----------
    name, unit : str
        As in ``summary.csv``.
    of : str
        What the distribution is of.
    values : callable
        Trajectories of a window -> array (path, key).
    """

    name: str
    unit: str
    of: str
    values: Callable[[xr.Dataset], xr.DataArray]


def contact(paths: xr.Dataset) -> xr.DataArray:
    """Recorded contacts by rank and in all, (path, key)."""
    by_rank = paths["contact"].sum(("month", "outcome"), dtype=np.int64).rename(rank="key")
    return xr.concat([by_rank.sum("key").expand_dims(key=["all"]), by_rank], "key").transpose("path", "key")


def mention_share(paths: xr.Dataset) -> xr.DataArray:
    """Share of each topic among all mentions, (path, key); NaN in a path without mentions."""
    by_topic = paths["mention"].sum("month", dtype=np.int64).rename(topic="key")
    return by_topic / by_topic.sum("key").where(lambda total: total > 0)


def outcome_share(paths: xr.Dataset) -> xr.DataArray:
    """Share of contacts with each outcome, (path, key); NaN in a path without contacts."""
    by_outcome = paths["contact"].sum(("month", "rank"), dtype=np.int64).rename(outcome="key")
    return (by_outcome / by_outcome.sum("key").where(lambda total: total > 0)).assign_coords(
        key=[str(code) for code in by_outcome["key"].to_numpy()])


def pages(paths: xr.Dataset) -> xr.DataArray:
    """News and analysis pages per contact on each side, (path, key)."""
    contacts = paths["contact"].sum(("month", "rank", "outcome"), dtype=np.int64)
    return (paths["pages"].sum("month", dtype=np.int64) / contacts.where(contacts > 0)).rename(side="key")


def tone(paths: xr.Dataset) -> xr.DataArray:
    """Mean tone of a page on each side, (path, key), from -1 to 1; NaN without pages."""
    count = paths["pages"].sum("month", dtype=np.int64)
    return (paths["tone_sum"].sum("month", dtype=np.int64) / count.where(count > 0)).rename(side="key")


def index_of(weights: Mapping[str, tuple[WeightSet, float]]) -> Callable[[xr.Dataset], xr.DataArray]:
    """Mean relation index of a window under each set of weights with its base level, (path, key)."""

    def values(paths: xr.Dataset) -> xr.DataArray:
        count = paths["contact"].sum("month", dtype=np.int64).transpose("path", "rank", "outcome").to_numpy()
        months = float(paths["month_share"].sum())
        level = [relation_index(count, one, base=base, months=months) for one, base in weights.values()]
        return xr.DataArray(np.stack(level, axis=1), dims=("path", "key"), coords={"key": list(weights)})

    return values


QUANTITY = (
    Quantity(name="contact", unit="recorded contacts", of="number of recorded contacts", values=contact),
    Quantity(name="mention_share", unit="share of topic mentions", of="share of a topic among mentions", values=mention_share),
    Quantity(name="outcome_share", unit="share of recorded contacts", of="share of contacts with an outcome", values=outcome_share),
    Quantity(name="pages", unit="pages per recorded contact", of="news and analysis pages per contact", values=pages),
    Quantity(name="tone", unit="tone, -1 to 1", of="mean tone of a page", values=tone),
)


def windows(paths: xr.Dataset) -> Iterator[tuple[str, xr.Dataset]]:
    """The whole horizon, then each calendar year, with their trajectories."""
    year = paths["month"].dt.year.to_numpy()
    yield f"{year[0]}-{year[-1]}", paths
    for value in np.unique(year):
        yield str(value), paths.isel(month=year == value)
