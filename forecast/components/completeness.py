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

from forecast.components.capture import HISTORY, LIST, history_likelihood, history_shares, recorded_share, share_tensor
from forecast.components.control import Control, narrower
from forecast.components.likelihood import observed
from forecast.components.linear import Block, Linear, Scales, one_hot, unpack_all, zero_sum_basis
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, Effort, Future, Shocks, Take, by_label
from forecast.components.statistics import Array, Family, axis
from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.elections import Administration

if TYPE_CHECKING:
    from pymc import Model


NEEDS = {"base": "real", "era_scale": "positive", "rank_scale": "positive", "list_rank_scale": "positive",
         "visibility_scale": "positive"}
SCALES = ("era_scale", "rank_scale", "list_rank_scale", "visibility_scale")


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


# Completeness: what share of contacts gets into the record.

class Completeness:
    """Capture histories over three lists of pages: the partner's, American, all others."""

    name = section = "completeness"
    needs: Mapping[str, str] = NEEDS
    assumed: tuple[str, ...] = ()
    observed: tuple[str, ...] = ("history",)
    axes: Mapping[str, tuple[str, ...]] = ARRAY_AXES
    effort: Effort = {}

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
        logit = _logit(posterior)
        share = recorded_share(logit.to_numpy(), posterior["visibility_scale"].transpose("draw").to_numpy())
        return xr.Dataset({"share": logit.isel(list=0, drop=True).copy(data=share)})

    def next_term(self, given: Mapping[str, np.ndarray], data: ComponentData) -> dict[str, np.ndarray]:
        """Recorded share of every rank, the same whoever governs."""
        return by_label("recorded share", data.coord["rank"], given["recorded_share"])

    def controls(self, priors: Mapping[str, Prior]) -> tuple[Control, ...]:
        """A spread of visibility believed half as wide as it is: what three lists can tell least."""
        return (narrower("visibility_scale"),)


def _logit(named: xr.Dataset) -> xr.DataArray:
    """Log odds that a list reports a contact of middling visibility, (..., rank, era, list)."""
    total = named["base"] + named["list_era"] + named["rank_effect"] + named["list_rank"]
    return total.transpose("draw", "rank", "era", "list")


def _split(values: xr.DataArray, axes: Mapping[str, int]) -> xr.DataArray:
    array = values.to_numpy()
    return xr.DataArray(array.reshape(*array.shape[:2], *axes.values()), dims=("chain", "draw", *axes))


# What capture histories should look like: which lists report a contact together.

def _over(*axes: int) -> Callable[[Array], np.ndarray]:
    """Histories summed over axes of (rank, era, history)."""

    def of(array: Array) -> np.ndarray:
        return array["history"].sum(axis=axes).ravel()

    return of


_BY_RANK = (
    Family(name="histories", title="contacts by the lists that report them", of=_over(0, 1), labels=axis("history")),
    Family(name="histories_by_rank", title="contacts by rank and the lists that report them", of=_over(1),
           labels=axis("rank", "history")),
)
FAMILY = (
    *_BY_RANK,
    Family(name="histories_by_era", title="contacts by era and the lists that report them", of=_over(0),
           labels=axis("era", "history")),
)
OF_TERM_FAMILY = (
    *_BY_RANK,
    Family(name="histories_by_term", title="contacts by term and the lists that report them", of=_over(0),
           labels=axis("term", "history")),
)
"""Of a formulation of contact frequency that knows who reports which contact."""
