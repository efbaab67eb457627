r"""What share of contacts gets into the record: capture-recapture with three lists.

A contact of rank :math:`r` in era :math:`e` is reported by list :math:`l` (the partner's pages, American pages, others) with

.. math::

    \mathrm{logit}\; p_{ilre} = \beta_l + \sigma_e E_{le} + \sigma_r R_r + \sigma_{lr} L_{lr} + \sigma_v v_i,
    \qquad v_i \sim N(0, 1)

(eras pool two presidents each, see :mod:`forecast.components.completeness`: an era of one administration would carry what
that administration did into the recording of the next)
independently given its visibility :math:`v_i`. A history :math:`h \in \{0,1\}^3` has probability

.. math:: \pi_{reh} = \int \prod_l p_{ilre}^{h_l} (1 - p_{ilre})^{1 - h_l}\, \phi(v)\, dv

(Gauss-Hermite quadrature), only :math:`h \ne 0` is seen, so that the counts of a cell are multinomial with
:math:`\pi_{reh} / (1 - \pi_{re0})`, and the recorded share is :math:`c_{re} = 1 - \pi_{re0}` (Fienberg 1972,
doi 10.1093/biomet/59.3.591).

What the data cannot tell: visibility and its spread :math:`\sigma_v` are known through their prior more than through
three lists, and different spreads that fit alike give different shares (Link 2003, doi 10.1111/j.0006-341X.2003.00129.x).
Contacts that no list could ever report (kept secret, or reported on pages since lost) are outside :math:`c`. Lists are
found by one search: a page found on one side prompts a look at the other, a dependence that makes :math:`c` too high.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecast.components.capture import (
    HISTORIES,
    HISTORY,
    LIST,
    each_history,
    histories_over,
    history_likelihood,
    history_names,
    history_shares,
    recorded_share,
    share_tensor,
)
from forecast.components.control import Control, narrower
from forecast.components.likelihood import observed
from forecast.components.linear import Block, Linear, Scales, one_hot, unpack_all, zero_sum_basis
from forecast.components.priors import Prior, Scale
from forecast.components.protocol import Component, ComponentData, Future, Shocks, Take, by_label
from forecast.components.statistics import Array, Bound, Family, Statistic, axis, ratio
from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.elections import Administration

if TYPE_CHECKING:
    from pymc import Model


NEEDS = {"base": "real", "era_scale": "positive", "rank_scale": "positive", "list_rank_scale": "positive",
         "visibility_scale": "positive"}
SCALES = ("era_scale", "rank_scale", "list_rank_scale", "visibility_scale")
_REPORTED = "log odds that a list reports a contact of middling visibility"
MEANING = {
    "base": (f"{_REPORTED}, on average over ranks and eras", "log odds"),
    "era_scale": ("spread of the effects of eras on a list", "log odds"),
    "rank_scale": ("spread of the effects of ranks on all lists", "log odds"),
    "list_rank_scale": ("spread of the effects of ranks on a single list", "log odds"),
    "visibility_scale": ("spread of the visibility of contacts", "log odds"),
    "list_era": (f"effect of the era on the {_REPORTED}", "log odds"),
    "rank_effect": (f"effect of the rank on the {_REPORTED}; sums to zero over ranks", "log odds"),
    "list_rank": (f"effect of the rank on the {_REPORTED}, of this list alone", "log odds"),
}


def linear(data: ComponentData) -> Linear:
    """Log odds of being reported, rows in the order (rank, era, list)."""
    ranks, eras, lists = (len(data.coord[axis]) for axis in ("rank", "era", "list"))
    rank, era, place = (index.ravel() for index in np.indices((ranks, eras, lists)))
    return Linear(name="capture", blocks=(
        Block(name="base", prior="base", dims=("list",), design=one_hot(place, lists)),
        Block(name="list_era", prior="era_scale", dims=("list_by_era",), design=one_hot(place * eras + era, lists * eras)),
        Block(name="rank_effect", prior="rank_scale", dims=("rank",), basis=zero_sum_basis(ranks),
              design=one_hot(rank, ranks)),
        Block(name="list_rank", prior="list_rank_scale", dims=("list_by_rank",),
              design=one_hot(place * ranks + rank, lists * ranks)),
    ))


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring; the counts can be replaced without compiling again."""
    import pymc as pm

    cells = data.array["history"].reshape(-1, len(data.coord["history"]))
    with pm.Model() as model:
        scales = Scales(SCALES, priors)
        count = observed("history_count", cells)
        logit = linear(data).predictor(priors, scales).reshape((len(cells), len(data.coord["list"])))
        share = share_tensor(logit, scales["visibility_scale"], len(data.coord["list"]))
        pm.Potential("history", history_likelihood(count, share))
    return model


# The panel as the completeness component sees it.

PRESIDENTS = 2
"""Presidents in a row whose terms make one era, counted from the latest."""

AXES = {"base": ("list",), "list_era": ("list", "era"), "rank_effect": ("rank",), "list_rank": ("list", "rank")}
"""Axes of the effects."""

ARRAY_AXES = {"history": ("rank", "era", "history"), "unlisted": ("rank", "era")}
"""Axes of the arrays."""


def select(panel: Panel) -> ComponentData:
    """Count contacts by rank, era (of those begun by the as-of date) and capture history.

    Returns
    -------
    ComponentData
        ``history`` (rank, era, history): contacts that at least one list reports; ``unlisted`` (rank, era): contacts
        that rest on pages of ``sources`` alone, which belong to no list and stay out of the likelihood.

    Notes
    -----
    The web, its archives and the coding effort differ between eras. An era of a single administration would hand the effect of
    that administration on to whoever governs next as if it were one of recording. Eras therefore pool ``PRESIDENTS`` presidents
    in a row, counted back from the latest, so that the last era, as which the coming term is recorded, always pools two (only
    the first may have one, and a record of a single president has no other).
    """
    listed = np.zeros((len(panel.contact), len(LIST)), bool)
    page = panel.media
    listed[page["contact"].to_numpy(int), [LIST.index(side) for side in page["side"]]] = True
    of_term, eras = eras_of(panel.administration)
    era = of_term[panel.contact["term"].to_numpy(int)]
    rank = np.array([codes.RANK.index(label) for label in panel.contact["us_rank"]], int)
    count = np.zeros((len(codes.RANK), len(eras), len(HISTORY)), np.int64)
    np.add.at(count, (rank, era, listed @ (1 << np.arange(len(LIST)))), 1)
    coord = {"rank": codes.RANK.labels, "era": eras, "list": LIST, "history": HISTORY[1:]}
    return ComponentData(array={"history": count[..., 1:], "unlisted": count[..., 0]}, coord=coord)


def eras_of(terms: Sequence[Administration]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Era of every term, (term,), and the names of the eras by their first and last years; the last one is open."""
    follows = [*(term.president for term in terms[1:]), None]
    last = [number for number, term in enumerate(terms) if follows[number] != term.president]
    ends = np.array(last[::-PRESIDENTS][::-1])
    of_term = np.searchsorted(ends, np.arange(len(terms)))
    first = [terms[int(np.argmax(of_term == era))].start.year for era in range(len(ends))]
    closed = [f"{begin}-{after - 1}" for begin, after in pairwise(first)]
    return of_term, (*closed, f"{first[-1]}-")


def _logit(named: xr.Dataset) -> xr.DataArray:
    """Log odds that a list reports a contact of middling visibility, (..., rank, era, list)."""
    total = named["base"] + named["list_era"] + named["rank_effect"] + named["list_rank"]
    return total.transpose("draw", "rank", "era", "list")


def _split(values: xr.DataArray, axes: Mapping[str, int]) -> xr.DataArray:
    array = values.to_numpy()
    return xr.DataArray(array.reshape(*array.shape[:2], *axes.values()), dims=("chain", "draw", *axes))


def share_of_cells(named: xr.Dataset) -> xr.DataArray:
    """Recorded share by rank and era, (draw, rank, era)."""
    logit = _logit(named)
    share = recorded_share(logit.to_numpy(), named["visibility_scale"].transpose("draw").to_numpy())
    return logit.isel(list=0, drop=True).copy(data=share)


# The history of every contact at known parameter values, in plain NumPy.

def pointwise(array: Array, draws: Array) -> np.ndarray:
    """Log probability of the history of every listed contact, given that somebody reports it, (draw, contact)."""
    by_list = draws["base"][:, :, None] + draws["list_era"]
    by_rank = draws["rank_effect"][:, None, :] + draws["list_rank"]
    logit = (by_list[:, :, None, :] + by_rank[:, :, :, None]).transpose(0, 2, 3, 1)  # draw, rank, era, list
    share = history_shares(logit, draws["visibility_scale"])
    return each_history(array, np.log(share[..., 1:]) - np.log1p(-share[..., :1]))


# What capture histories should look like, and what a prior should not say of the share that is recorded.

FAMILY = (
    *HISTORIES,
    Family(name="histories_by_era", title="contacts by era and the lists that report them", of=histories_over(0),
           labels=axis("era", "history")),
)


def mean_share(named: xr.Dataset) -> np.ndarray:
    """Mean recorded share over ranks and eras, (draw,)."""
    return share_of_cells(named).transpose("draw", ...).to_numpy().mean(axis=(1, 2))


def by_rank(named: xr.Dataset) -> np.ndarray:
    """Recorded share by rank, mean over eras, (draw, rank)."""
    return share_of_cells(named).mean("era").transpose("draw", "rank").to_numpy()


def lists_per_contact(array: Array) -> float:
    """Mean number of lists that report a contact on record."""
    count = array["history"].sum(axis=(0, 1))
    lists = np.array([number.bit_count() for number in range(1, len(count) + 1)])
    return float(ratio(count @ lists, count.sum()))


STATISTICS = (
    Statistic(name="recorded_share", title="the mean recorded share over ranks and eras", latent=mean_share, percent=True,
              bound=Bound(
                  low=0.01, high=0.999, allowed=0.5,
                  reason="Below 1 % the record would be a hundredth of what happened, and above 99.9 % completeness is taken for "
                         "granted; a prior should not hold either for more likely than not.",
                  remedy="Bring mu of the base closer to its default, or lower the sigmas of the section.")),
    Statistic(name="lists_per_contact", title="the mean number of lists that report a recorded contact", of=lists_per_contact),
)


# Completeness: what share of contacts gets into the record.

class Completeness(Component):
    """Capture histories over three lists of pages: the partner's, American, all others."""

    name = section = "completeness"
    reads_pages = True
    role = "recording"
    needs = NEEDS
    meaning = MEANING
    observed = ("history",)
    axes: Mapping[str, tuple[str, ...]] = ARRAY_AXES
    governed = False
    blocks: Mapping[str, tuple[str, ...]] = {"dispersion": ("visibility_scale",), "ranks": ("rank_scale", "list_rank_scale"),
                                             "levels": ("era_scale",), "base": ("base",)}
    units: Mapping[str, Scale] = {"base": Scale(kind="share", unit="of contacts are reported by one kind of pages")}
    statistics = STATISTICS
    latent_curves: Mapping[str, Callable[[xr.Dataset], np.ndarray]] = {"recorded": by_rank}

    def data(self, panel: Panel) -> ComponentData:
        """Contacts by rank, era and by which lists report them."""
        return select(panel)

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.completeness`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        named = unpack_all(raw, SCALES, (linear(data),), priors)
        for name, axes in (("list_era", ("list", "era")), ("list_rank", ("list", "rank"))):
            named[name] = _split(named[name], {axis: len(data.coord[axis]) for axis in axes})
        return named

    def pointwise(self, data: ComponentData, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The history of every listed contact, given that somebody reports it."""
        return {"history": pointwise(data.array, draws)}

    def observations(self, data: ComponentData, panel: Panel) -> dict[str, list[str]]:
        """Contacts by rank, era and who reports them."""
        return {"history": history_names(data, "era")}

    def families(self, data: ComponentData) -> tuple[Family, ...]:
        """Which lists report a contact together, also by rank and by era."""
        return FAMILY

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
        """Histories of as many listed contacts as there are, at known parameter values."""
        named = xr.Dataset({name: (("draw", *axes), np.asarray(truth[name])[None]) for name, axes in AXES.items()})
        share = history_shares(_logit(named).to_numpy(), np.atleast_1d(truth["visibility_scale"]))[0, ..., 1:]
        total = data.array["history"].sum(axis=-1)
        drawn = rng.multinomial(total, share / share.sum(axis=-1, keepdims=True))
        return ComponentData(array={**data.array, "history": drawn}, coord=data.coord)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Recorded share of each rank, ``recorded_share`` (path, rank): the next term is recorded as the last era was.

        The last era pools two presidents: whoever governs next inherits the recording of neither alone.
        """
        by_list = take("base") + take("list_era")[:, :, -1]
        logit = by_list[:, None, :] + take("rank_effect")[:, :, None] + np.swapaxes(take("list_rank"), 1, 2)
        return {"recorded_share": recorded_share(logit[:, :, None, :], take("visibility_scale"))[:, :, 0]}

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Recorded share by rank and era, ``share`` (draw, rank, era)."""
        return xr.Dataset({"share": share_of_cells(posterior)})

    def next_term(self, given: Mapping[str, np.ndarray], data: ComponentData) -> dict[str, np.ndarray]:
        """Recorded share of every rank, the same whoever governs."""
        return by_label("recorded share", data.coord["rank"], given["recorded_share"])

    def controls(self, priors: Mapping[str, Prior]) -> tuple[Control, ...]:
        """A spread of visibility believed half as wide as it is: what three lists can tell least."""
        return (narrower("visibility_scale"),)
