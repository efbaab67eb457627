r"""The quantities that people read off trajectories: one number per path and window.

A *window* is a set of years; shares and tones are ratios of sums over it, so that a quiet year weighs little.

Pages in all
------------
What a side writes in a year is the product of two forecasts, contacts and pages per contact. On seven past terms exponential
smoothing of the yearly pages themselves had the lower loss (docs/skill.md has it with its interval). The number of pages is
therefore a linear pool of both,

.. math:: F = (1 - w)\, F_{model} + w\, F_{smoothing}, \qquad w = \tfrac12,

in which smoothing says the same whoever wins, and in every future of a pair that shares its shocks; differences of such a pair
are left out, half of them being none by construction. Smoothing knows nothing of what a scenario assumes, of a term that is
further away than the next, or of one that has begun: there the number of pages is not given. Equal weights are the usual choice
where few forecasts are over: weights learned from few err by more than they gain (Stock and Watson 2004, doi 10.1002/for.928).

Path by path, a coin of its own says whether a path keeps its simulated pages; in the others a rate per year is drawn from the
gamma distribution of :func:`forecast.evaluation.baselines.smoothing_library` for each side, and Poisson counts around it for the
years. Their contacts, pages by contact and tones remain those of the simulation.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import gammaincinv

from forecast.components.registry import CONTACTS, OUTCOME, PAGES, SETTING, TOPICS
from forecast.simulation.random import Noise
from forecast.simulation.relation_index import WeightSet, relation_index
from forecast.simulation.uncertainty_sources import poisson_count


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
        Sums by year of the trajectories of a window -> array (path, key).
    component : str
        Whose posterior draws it leans on most: its Monte Carlo error is that of batches of them.
    step : float
        Grid of its quantiles where paths are too many to be held.
    paired : bool
        Whether differences of two futures with the same shocks mean something.
    """

    name: str
    unit: str
    of: str
    values: Callable[[xr.Dataset], xr.DataArray]
    component: str = CONTACTS
    step: float = 1.0
    paired: bool = True


def contact(paths: xr.Dataset) -> xr.DataArray:
    """Recorded contacts by rank and in all, (path, key)."""
    return _with_total(total(paths["contact"], "year", "outcome"))


def contact_estimated(paths: xr.Dataset) -> xr.DataArray:
    """Recorded contacts and those that leave no record, by rank and in all, (path, key)."""
    return _with_total(total(paths["contact"], "year", "outcome") + total(paths["unrecorded"], "year"))


def _with_total(by_rank: xr.DataArray) -> xr.DataArray:
    by_rank = by_rank.rename(rank="key")
    values = by_rank.transpose("path", "key").to_numpy()
    return xr.DataArray(np.column_stack([total(by_rank, "key").to_numpy(), values]), dims=("path", "key"),
                        coords={"path": by_rank["path"], "key": ["all", *by_rank["key"].to_numpy()]})


def _share(count: xr.DataArray) -> xr.DataArray:
    """Counts as shares of their sum over keys; NaN where there is none."""
    every = total(count, "key")
    return count / every.where(every > 0)


def total(count: xr.DataArray, *over: str) -> xr.DataArray:
    """Sums of whole numbers over short axes, slice by slice: numpy's own sums take up to three times as long there."""
    values, dims = count.to_numpy(), list(count.dims)
    for dim in over:
        axis = dims.index(dim)
        found = values.take(0, axis).astype(np.int64)
        for place in range(1, values.shape[axis]):
            found += values.take(place, axis)
        values = found
        dims.remove(dim)
    return xr.DataArray(values, dims=dims, coords={name: one for name, one in count.coords.items() if not {*one.dims} & {*over}})


def mention_share(paths: xr.Dataset) -> xr.DataArray:
    """Share of each topic among all mentions, (path, key); NaN in a path without mentions."""
    return _share(total(paths["mention"], "year").rename(topic="key"))


def outcome_share(paths: xr.Dataset) -> xr.DataArray:
    """Share of contacts with each outcome, (path, key); NaN in a path without contacts."""
    share = _share(total(paths["contact"], "year", "rank").rename(outcome="key"))
    return share.assign_coords(key=[str(code) for code in share["key"].to_numpy()])


def travel_share(paths: xr.Dataset) -> xr.DataArray:
    """Share of contacts in each direction, (path, key); NaN in a path without contacts."""
    return _share(total(paths["travel"], "year").rename(direction="key"))


def pages_per_contact(paths: xr.Dataset) -> xr.DataArray:
    """News and analysis pages per contact on each side, (path, key)."""
    contacts = total(paths["contact"], "year", "rank", "outcome")
    return (total(paths["pages"], "year") / contacts.where(contacts > 0)).rename(side="key")


def mean_tone(paths: xr.Dataset) -> xr.DataArray:
    """Mean tone of a page on each side, (path, key), from -1 to 1; NaN without pages."""
    count = total(paths["pages"], "year")
    return (total(paths["tone_sum"], "year") / count.where(count > 0)).rename(side="key")


def pages_in_all(paths: xr.Dataset) -> xr.DataArray:
    """News and analysis pages on each side, pooled with smoothing, (path, key)."""
    return paths[POOLED_PAGES].sum("year").rename(side="key")


def index_of(weights: Mapping[str, tuple[WeightSet, float]]) -> Callable[[xr.Dataset], xr.DataArray]:
    """Mean relation index of a window under each set of weights with its base level, (path, key)."""

    def values(paths: xr.Dataset) -> xr.DataArray:
        count = total(paths["contact"], "year").transpose("path", "rank", "outcome").to_numpy()
        months = float(paths["month_share"].sum())
        level = [relation_index(count, one, base=base, months=months) for one, base in weights.values()]
        return xr.DataArray(np.stack(level, axis=1), dims=("path", "key"), coords={"key": list(weights)})

    return values


SHARE = 0.001

QUANTITY = (
    Quantity(name="contact", unit="recorded contacts", of="number of recorded contacts", values=contact),
    Quantity(name="contact_estimated", unit="estimated contacts", of="number of contacts, recorded or not",
             values=contact_estimated),
    Quantity(name="mention_share", unit="share of topic mentions", of="share of a topic among mentions",
             values=mention_share, component=TOPICS, step=SHARE),
    Quantity(name="outcome_share", unit="share of recorded contacts", of="share of contacts with an outcome",
             values=outcome_share, component=OUTCOME, step=SHARE),
    Quantity(name="travel_share", unit="share of recorded contacts", of="share of contacts in a direction", values=travel_share,
             component=SETTING, step=SHARE),
    Quantity(name="pages", unit="pages per recorded contact", of="news and analysis pages per contact",
             values=pages_per_contact, component=PAGES, step=0.02),
    Quantity(name="tone", unit="tone, -1 to 1", of="mean tone of a page", values=mean_tone, component=PAGES,
             step=0.002),
)


POOLED_PAGES = "pages_pooled"
"""Name of the pooled pages among sums by year."""
IN_ALL = Quantity(name="pages_in_all", unit="pages", of="number of news and analysis pages, pooled with exponential smoothing",
                  values=pages_in_all, component=PAGES, paired=False)
"""Read off futures of the coming term of which nothing else is assumed, where a smoothed forecast is given besides."""
OF_PAGES = tuple(one.name for one in (*QUANTITY, IN_ALL) if one.component == PAGES)
"""Quantities that say nothing where nobody looked for pages."""
OF_LISTS = ("contact_estimated",)
"""Quantities that rest on which lists of pages report a contact."""


SMOOTHED = 0.5
"""Weight of smoothing in the number of pages."""


@dataclass(frozen=True, kw_only=True)
class Smoothing:
    """The smoothed half of the futures of pages, the same in every scenario.

    Parameters
    ----------
    shape, years : (side,) array
        Of the gamma distribution of pages per year, from :func:`forecast.evaluation.baselines.page_rate`.
    number : (path,) array of int
        Numbers of the paths.
    far : int
        How far away the unrelated shocks of the second future of an independent pair are.
    noise : Noise
    """

    shape: np.ndarray
    years: np.ndarray
    number: np.ndarray
    far: int
    noise: Noise

    def pooled(self, years: xr.Dataset, *, apart: bool = False) -> xr.Dataset:
        """Sums by year with pages pooled, (path, year, side); `apart`: the same rates, and counts unrelated to the others.

        Parameters
        ----------
        years : Dataset
            From :func:`yearly_sums`, with ``month_share``.
        """
        pages = years["pages"].transpose("path", "year", "side")
        uniform = self.noise.uniform("pages/smoothing", self.number, 1 + len(self.shape))
        rate = gammaincinv(self.shape, uniform[:, 1:]) / self.years
        chance = self.noise.uniform("pages/smoothing/count", self.number + (self.far if apart else 0), *pages.shape[1:])
        count = poisson_count(chance, rate[:, None] * (years["month_share"].to_numpy() / 12)[:, None])
        kept = uniform[:, 0] >= SMOOTHED
        return years.assign({POOLED_PAGES: pages.where(kept[:, None, None], count.astype(np.int64)).astype(np.int64)})


def yearly_sums(paths: xr.Dataset) -> xr.Dataset:
    """Sums over calendar years, so that every window is a sum of few: ``month`` becomes ``year``."""
    year = paths["month"].dt.year.to_numpy()
    start = np.flatnonzero(np.diff(year, prepend=year[0] - 1))
    summed = {}
    for name, values in paths.data_vars.items():
        axis = values.get_axis_num("month")
        dims = ["year" if dim == "month" else dim for dim in values.dims]
        kind = np.int32 if values.dtype.kind in "iu" else float
        summed[name] = (dims, np.add.reduceat(values.to_numpy(), start, axis=axis, dtype=kind))
    coords = {name: values for name, values in paths.coords.items() if "month" not in values.dims}
    return xr.Dataset(summed, coords=coords | {"year": np.unique(year)}, attrs=paths.attrs)


def windows(years: xr.Dataset) -> Iterator[tuple[str, xr.Dataset]]:
    """The whole horizon, then each calendar year, with their sums by year."""
    label = years["year"].to_numpy()
    yield f"{label[0]}-{label[-1]}", years
    for index, value in enumerate(label):
        yield str(value), years.isel(year=[index])
