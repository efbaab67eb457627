r"""``variance.csv``: from which sources the variance of the contrast of two scenarios comes, for all contacts and by rank.

Two pairings, as in :mod:`forecast.evaluation.contrast`. *independent*: two futures with the same parameters, the same
formulation and unrelated shocks, also of when events happen and how large they are, what an observer would see. *expected*:
expected values given parameters and shared shocks, what the administrations change; relation state and count noise have no part
in it.

The members of a pool of formulations have draws of their own, so the variance is split within each, and the share of the
formulation is the variance of the expected difference from one to another (groups, below).

Shares by source
----------------
Exact in their sum, also where sources depend on one another.

Let :math:`D_S` be the difference when only the sources in :math:`S` vary and all others are switched off, and
:math:`D = D_N` when all of them vary. Switching sources on one after the other in an order :math:`\pi` splits

.. math:: D - D_\emptyset = \sum_s \left(D_{S_\pi(s) \cup s} - D_{S_\pi(s)}\right),

with :math:`S_\pi(s)` the sources before :math:`s`. Because the covariance is linear, so does it split the variance:

.. math::

    share_s = \frac{1}{k!} \sum_\pi \frac{\mathrm{Cov}(D_{S_\pi(s) \cup s} - D_{S_\pi(s)},\ D)}
        {\mathrm{Cov}(D - D_\emptyset,\ D)}, \qquad \sum_s share_s = 1 .

The average over all orders is the Shapley value of :math:`v(S) = \mathrm{Cov}(D_S, D)`. Where sources are independent and
switching off means taking the expectation, or an independent copy, :math:`v(S) = \mathrm{Var}\,\mathrm{E}(D \mid S)` and the
shares are the Shapley effects of Owen (2014, doi 10.1137/130936233) and Song, Nelson and Staum (2016, doi
10.1137/15M1048070). Dependent sources get the shares of their steps, which can be negative: a source that offsets another.

*Groups.* Where every path belongs to one of some groups :math:`g` (the formulation that it follows), of shares :math:`w_g` and
with draws of their own, no source can be switched between groups without switching all draws with it. The variance is split
within each group, and what the groups add is the variance of their means,

.. math:: \mathrm{Var}\,D = \sum_g w_g \mathrm{Var}(D \mid g) + \sum_g w_g (\mu_g - \mu)^2, \qquad \mu_g = \mathrm{E}(D \mid g).

Means of :math:`n_g` paths differ by chance: :math:`\sum_g w_g (1 - w_g) s_g^2 / n_g` is taken off, so that identical groups have
a share that is zero on average, and may come out just below zero.

The Monte Carlo error is that of a jackknife over batches of paths: leave one out, compute the shares again.

``identification.csv``
----------------------
What the record can tell about a president who returns, and what it cannot.

For each formulation of the frequency component: scales and effects of the president's type and of the man, with their
means and standard deviations before and after the data. With half-normal scales :math:`\tau` and :math:`\rho` of width
:math:`s_\tau` and :math:`s_\rho`, and effects :math:`\tau T_t` (zero sum over types, variance :math:`v_t` on their tree) and
:math:`\rho P`, the priors have

.. math:: \mathrm{sd}(\tau) = s_\tau\sqrt{1 - 2/\pi}, \quad \mathrm{sd}(\tau T_t) = s_\tau \sqrt{v_t}, \quad
    \mathrm{sd}(\tau T_t + \rho P) = \sqrt{s_\tau^2 v_t + s_\rho^2},

and the means :math:`s_\tau\sqrt{2/\pi}` of a scale and 0 of effects. A joint normal of types and named presidents
(:mod:`forecast.components.joint`) has its own means, which need not be 0, and the standard deviations of its covariance,
and effects under it have no scale in which they could be counted.

Where one president is all that is known of a type, the likelihood knows only the sum of both effects. The correlation of the
two in the posterior says how far one stands for the other. Effects are told by the last part of their names, so that a pool
gives one set of rows per formulation (``frequency_drift/type_effect``).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.joint import PARAMETER, Joint, covariance_of, joint_of
from forecast.components.linear import tree_basis
from forecast.components.priors import Prior
from forecast.components.protocol import Future, Take
from forecast.contacts import codes
from forecast.evaluation.montecarlo import batch_of, describe, probability, spaced
from forecast.panel.elections import Election, parties
from forecast.posterior.posterior import Posterior
from forecast.simulation.engine import calendar_of
from forecast.simulation.prepare import future_of
from forecast.simulation.random import Noise
from forecast.simulation.scenario import Scenario
from forecast.simulation.shocks import draw_shock
from forecast.simulation.uncertainty_sources import (
    ANOTHER,
    COUNT,
    FORMULATION,
    SOURCES,
    STATE,
    ComingTerm,
    Draws,
    Sources,
    draws_in,
    every_draw,
)

PATHS = {"independent": 1500, "expected": 5000}
"""Paths of the split at most; expected values are cheap, chance in counts is not."""
OF = {"independent": "difference of two futures with independent shocks",
      "expected": "difference of expected values given parameters and shared shocks"}
VARIANCE_COLUMNS = ("first", "second", "quantity", "key", "window", "unit", "of", "pairing", "source", "share", "share_mcse",
                    "sd", "sd_mcse")
KEYS = ("all", *codes.RANK.labels)


def variance_table(found: Posterior, scenarios: Mapping[str, Scenario], elections: Mapping[str, Election], *, paths: int,
                   seed: int) -> pd.DataFrame:
    """Split the variance of the contrast of every pair of scenarios that say who wins.

    Parameters
    ----------
    found : Posterior
        Of the component ``frequency``.
    scenarios, elections : mapping
        By name of the scenario.
    paths, seed : int
        Of the run; the split takes a part of the paths, spread over the posterior draws.

    Returns
    -------
    pandas.DataFrame
        Columns first, second, quantity, key, window, unit, of, pairing, source, share, share_mcse, sd (of the difference, in
        contacts), sd_mcse. Shares sum to one over sources; they are NaN, and sd is 0, where the difference is the same on every
        path, as between two scenarios that assume the same. No rows for a single scenario.
    """
    rows = []
    decided = [name for name, one in scenarios.items() if len(one.chances) == 1]
    every = every_draw(found) if len(decided) > 1 else None
    for first, second in combinations(decided, 2):
        chosen = {name: (scenarios[name], elections[name]) for name in (first, second)}
        for pairing, most in PATHS.items():
            table = _split(pairing, found, every, list(chosen.values()), min(most, paths), Noise(seed))
            rows.append(table.assign(first=first, second=second, window=scenarios[first].horizon.window))
    return pd.concat(rows, ignore_index=True)[list(VARIANCE_COLUMNS)] if rows else pd.DataFrame(columns=list(VARIANCE_COLUMNS))


def _split(pairing: str, found: Posterior, every: Take | None, chosen: list[tuple[Scenario, Election]], count: int,
           noise: Noise) -> pd.DataFrame:
    """One row per key and source."""
    draws = draws_in(found)
    number = spaced(count, draws, found.chains.sizes["chain"])
    shared = Draws(found=found, row=number % draws, every=every)
    away = (0, ANOTHER if pairing == "independent" else 0)
    terms = [_term(shared, *one, noise, number, far) for one, far in zip(chosen, away, strict=True)]

    def difference(on: Sources) -> np.ndarray:
        first, second = (term.contacts(on) for term in terms)
        apart = first - second
        return np.column_stack([apart.sum(axis=1), apart])

    sources = _sources(pairing, found)
    varying = [source for source in sources if source != FORMULATION]
    split = split_variance(difference, varying, batch_of(count, min(count, draws)), shared.form)
    by_source = dict(zip(varying, zip(split.share, split.error, strict=True), strict=True))
    by_source[FORMULATION] = split.between, split.between_error
    share, error = (np.stack([by_source[source][part] for source in sources]) for part in (0, 1))
    place = pd.MultiIndex.from_product([KEYS, sources], names=["key", "source"])
    table = pd.DataFrame({"share": share.T.ravel(), "share_mcse": error.T.ravel(),
                          "sd": np.repeat(split.sd, len(sources)), "sd_mcse": np.repeat(split.sd_error, len(sources))},
                         index=place).reset_index()
    return table.assign(quantity="contact", unit="share of variance", pairing=pairing, of=f"{OF[pairing]}, {count:,} pairs")


def _term(draws: Draws, scenario: Scenario, election: Election, noise: Noise, number: np.ndarray, away: int) -> ComingTerm:
    calendar = calendar_of(scenario, election.term_start)
    shock = draw_shock(scenario, noise, number + away, len(calendar.month_of_year))
    future = future_of(election, next(iter(scenario.chances)))
    return ComingTerm(draws=draws, future=future, shock=shock, calendar=calendar, noise=noise, number=number + away)


def _sources(pairing: str, found: Posterior) -> list[str]:
    """Sources that have a part: a formulation is chosen only where there are several."""
    idle = ({STATE, COUNT} if pairing == "expected" else set()) | (set() if "form" in found.chains else {FORMULATION})
    return [source for source in SOURCES if source not in idle]


# Shares of the variance of a difference by source, exact in their sum also where sources depend on one another.

STILL = 1e-12
"""A variance that is a smaller share of the mean square is rounding: the difference is the same on every path."""
ROUNDING = 1e-18
"""So is one of contacts below this, a standard deviation of a billionth, where the mean is zero."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Variance of some differences, split by source.

    Parameters
    ----------
    share, error : (source, key) array
        Shares, which sum to one over sources, and their Monte Carlo errors; NaN where the difference does not vary.
    sd, sd_error : (key,) array
        Standard deviation of the difference when every source varies, and its Monte Carlo error; zero where the difference is the
        same on every path.
    between, between_error : (key,) array
        Share of the variance of the means of groups, and its Monte Carlo error; zero where there is one group. With `share` it
        sums to one.
    """

    share: np.ndarray
    error: np.ndarray
    sd: np.ndarray
    sd_error: np.ndarray
    between: np.ndarray
    between_error: np.ndarray


def split_variance(difference: Callable[[frozenset[str]], np.ndarray], sources: Sequence[str], batch: np.ndarray,
                   group: np.ndarray | None = None) -> Split:
    """Split the variance of a difference by source.

    Parameters
    ----------
    difference : callable
        Sources that vary -> difference of each path, (path, key); the same path has the same noise in every call.
    sources : sequence of str
        All sources; a call is made for each of their subsets.
    batch : (path,) array of int
        Batches that are nearly independent of one another, at least two.
    group : (path,) array of int, optional
        Group that each path belongs to; one for all where it is not given.

    Returns
    -------
    Split
        Sources in the order given.
    """
    subsets = [frozenset(chosen) for size in range(len(sources) + 1) for chosen in combinations(sources, size)]
    whole = difference(subsets[-1])
    cell = _cells(batch, np.zeros_like(batch) if group is None else group)
    moments = np.stack([_moments(difference(chosen), whole, cell) for chosen in subsets], axis=2)
    total = moments.sum(axis=1)  # (group, subset, moment, key)
    weight = _weights(subsets, sources)
    without = [total - moments[:, at] for at in range(moments.shape[1])]
    share, error = _shares(weight, total), _jackknife(np.stack([_shares(weight, one) for one in without]))
    return Split(share=share[:-1], error=error[:-1], sd=_sd(total), sd_error=_jackknife(np.stack([_sd(one) for one in without])),
                 between=share[-1], between_error=error[-1])


def _jackknife(left_out: np.ndarray) -> np.ndarray:
    """Standard error of a statistic from its values without each batch, (batch, ...)."""
    found: np.ndarray = np.sqrt(((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0) * (len(left_out) - 1) / len(left_out))
    return found


def _sd(total: np.ndarray) -> np.ndarray:
    """Standard deviation of the whole difference, (key,), from sums (group, subset, moment, key)."""
    found: np.ndarray = np.sqrt(np.where(_moves(total), np.maximum(_gain(total)[0], 0.0), 0.0))
    return found


def _cells(batch: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Number of group and of batch, each from zero, of every path: shape (2, path)."""
    return np.stack([np.unique(one, return_inverse=True)[1] for one in (group, batch)])


def _moments(part: np.ndarray, whole: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Sums of 1, x, y and xy by group and batch, shape (group, batch, moment, key)."""
    terms = np.stack([np.ones_like(whole), part, whole, part * whole], axis=1)
    shape = cell.max(axis=1) + 1
    place = np.ravel_multi_index(tuple(cell), tuple(shape))
    order = np.argsort(place, kind="stable")
    start = np.flatnonzero(np.diff(place[order], prepend=-1))
    found = np.zeros((shape.prod(), *terms.shape[1:]))
    found[place[order][start]] = np.add.reduceat(terms[order], start, axis=0)
    return found.reshape(*shape, *terms.shape[1:])


def _covariance(total: np.ndarray) -> np.ndarray:
    """Covariance from sums (..., moment, key): shape (..., key); zero where there is nothing."""
    number, part, whole, product = np.moveaxis(total, -2, 0)
    number = np.maximum(number, 1)
    found: np.ndarray = product / number - part / number * whole / number
    return found


def _size(total: np.ndarray) -> np.ndarray:
    """Share of the paths in each group, shape (group, 1 or key)."""
    number = total[:, -1, 0]
    found: np.ndarray = number / number.sum(axis=0)
    return found


def _between(total: np.ndarray) -> np.ndarray:
    """Variance of the means of groups, less what chance gives means of so many paths, shape (key,)."""
    number, size = total[:, -1, 0], _size(total)
    mean = total[:, -1, 2] / np.maximum(number, 1)
    apart = (size * (mean - (size * mean).sum(axis=0)) ** 2).sum(axis=0)
    chance = size * (1 - size) * _covariance(total[:, -1]) / np.maximum(number - 1, 1)
    found: np.ndarray = apart - chance.sum(axis=0)
    return found


def _gain(total: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Variance that sources and groups bring, (key,); values of the subsets, (subset, key); variance between groups, (key,)."""
    value = (_size(total)[:, None] * _covariance(total)).sum(axis=0)
    between = _between(total)
    return value[-1] - value[0] + between, value, between


def _shares(weight: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Shares of the sources, and last that between groups, (source + 1, key), from sums (group, subset, moment, key)."""
    gain, value, between = _gain(total)
    return np.vstack([weight @ value, between]) / np.where((gain > 0) & _moves(total), gain, np.nan)


def _moves(total: np.ndarray) -> np.ndarray:
    """Whether the whole difference varies over paths, by key, from sums (group, subset, moment, key)."""
    every = total[:, -1].sum(axis=0)
    found: np.ndarray = _covariance(every) > np.maximum(STILL * every[3] / every[0], ROUNDING)
    return found


def _weights(subsets: Sequence[frozenset[str]], sources: Sequence[str]) -> np.ndarray:
    """How much the value of each subset counts for each source, shape (source, subset), averaged over all orders."""
    count = len(sources)

    def weight(source: str, chosen: frozenset[str]) -> float:
        before = len(chosen) - (source in chosen)
        size = factorial(before) * factorial(count - before - 1) / factorial(count)
        return size if source in chosen else -size

    return np.array([[weight(source, chosen) for chosen in subsets] for source in sources])


# ``identification.csv``.

SCALES = ("type_scale", "president_scale", "administration_rank_scale")
"""Scales of the effects of types and of presidents, and of the deviations of single ranks from both."""
SHRINK, MIDDLE = float(np.sqrt(1 - 2 / np.pi)), float(np.sqrt(2 / np.pi))
type Moments = tuple[float, float]
"""Mean and standard deviation of a parameter before the data."""
IDENTIFICATION_COLUMNS = (
    "formulation", "type", "president", "terms", "terms_of_type", "parameter", "prior_mean", "prior_sd", "sd", "sd_mcse", "mean",
    "mcse", "q05", "q50", "q95", "p_positive", "p_positive_mcse")


def identification_table(found: Posterior, priors: Mapping[str, Mapping[str, Prior]], futures: Iterable[Future],
                         terms: pd.DataFrame, *, before: Posterior | None = None) -> pd.DataFrame:
    """Before and after the data, for every president of a scenario whom the record knows.

    Parameters
    ----------
    found : Posterior
        Of the component ``frequency``.
    priors : mapping
        Section -> parameter -> prior; all formulations share that of ``frequency``.
    futures : iterable of Future
        Who governs under each scenario.
    terms : pandas.DataFrame
        One row per recorded term, columns president and type.
    before : Posterior, optional
        Draws from the prior in the same form, where effects are those of one of several dyads: products of an own response and
        common effects, of which no formula gives the spread. Effects in units of their scales are left out then.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``COLUMNS``; the parameter ``correlation`` has its value in ``mean`` and its error in ``mcse``.
    """
    known = list(dict.fromkeys((one.type, one.president) for one in futures
                               if one.president in set(terms["president"]) and one.type in found.coord["type"]))
    draws, drawn, rows = _told_of(found), None if before is None else _told_of(before), []
    for name in filter(lambda name: name.rpartition("/")[2] == "type_effect", map(str, draws.data_vars)):
        prefix = name.removesuffix("type_effect")
        own = priors[found.component]
        for kind, president in known:
            head = {"formulation": prefix.rstrip("/") or found.component, "type": kind, "president": president,
                    "terms": int((terms["president"] == president).sum()), "terms_of_type": int((terms["type"] == kind).sum())}
            told = (prior_moments(own, found.coord, kind, president) if drawn is None
                    else _drawn_moments(_values(drawn, prefix, kind, president)))
            rows += [head | row for row in _rows(_values(draws, prefix, kind, president), told)]
    return pd.DataFrame(rows, columns=list(IDENTIFICATION_COLUMNS))


def _told_of(found: Posterior) -> xr.Dataset:
    """Draws of scales and effects of all formulations, and of nothing else: to lay out all parameters takes its time."""
    told = (*SCALES, "type_effect", "president_effect")
    names = [name for name in found.chains.data_vars if str(name).rpartition("/")[2] in told]
    return replace(found, chains=found.chains[names]).draws


def _values(draws: xr.Dataset, prefix: str, kind: str, president: str) -> dict[str, np.ndarray]:
    """Scales and effects of one formulation by parameter, each (draw,)."""
    scale = {name: draws[f"{prefix}{name}"].to_numpy() for name in SCALES
             if f"{prefix}{name}" in draws and draws[f"{prefix}{name}"].dims}
    return scale | {"type_effect": draws[f"{prefix}type_effect"].sel(type=kind).to_numpy(),
                    "president_effect": draws[f"{prefix}president_effect"].sel(president=president).to_numpy()}


def _drawn_moments(value: dict[str, np.ndarray]) -> dict[str, Moments]:
    """Mean and standard deviation of every parameter over draws from the prior."""
    both = value | {"sum": value["type_effect"] + value["president_effect"]}
    return {name: (float(values.mean()), float(values.std())) for name, values in both.items()}


def _rows(value: dict[str, np.ndarray], before: Mapping[str, Moments]) -> Iterator[dict[str, object]]:
    one, other = value["type_effect"], value["president_effect"]
    batch = batch_of(len(one), len(one))
    every = value | {"sum": one + other} | _in_scales(value)
    for name in filter(before.__contains__, every):
        values = every[name]
        chance, error = probability(values > 0, batch)
        mean, sd = before[name]
        yield {"parameter": name, "prior_mean": mean, "prior_sd": sd, "sd": values.std(),
               "sd_mcse": _error(np.std, batch, values), **describe(values, batch),
               "p_positive": chance, "p_positive_mcse": error}
    yield {"parameter": "correlation", "mean": _correlation(one, other), "mcse": _error(_correlation, batch, one, other)}


def _in_scales(value: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Effects divided by their scales, where these are known: what a president's own terms say, with the scales set aside."""
    return {f"{name}_effect_in_scales": value[f"{name}_effect"] / value[f"{name}_scale"]
            for name in ("type", "president") if f"{name}_scale" in value}


def prior_moments(prior: Mapping[str, Prior], coord: Mapping[str, tuple[str, ...]], kind: str,
                  president: str) -> dict[str, Moments]:
    """Mean and standard deviation before the data of every parameter that has a part in the model; fixed scales have none.

    Parameters
    ----------
    prior : mapping of str to Prior
        Of the component ``frequency``.
    coord : mapping of str to tuple of str
        With the axes ``type`` and ``president``.
    kind, president : str
        Administration type and president whose effects are meant.
    """
    size = {name: prior[name].sigma or np.nan if name in prior else np.nan for name in SCALES}
    party = list(parties().values())
    alike = prior["type_correlation"].value if "type_correlation" in prior else 0.0
    basis = tree_basis(np.array([party.index(one) for one in party]), alike)
    unit = float(np.linalg.norm(basis[list(parties()).index(kind)]))
    effect, man = size["type_scale"] * unit, size["president_scale"]
    spread = {"type_effect": effect, "president_effect": man, "sum": float(np.hypot(effect, man)), "type_effect_in_scales": unit,
              "president_effect_in_scales": 1.0}
    found = {name: (one * MIDDLE, one * SHRINK) for name, one in size.items()} | {name: (0.0, sd) for name, sd in spread.items()}
    joint = joint_of(prior, coord)
    return found if joint is None else _with_joint(found, prior, joint, coord, kind, president)


def _with_joint(found: dict[str, Moments], prior: Mapping[str, Prior], joint: Joint, coord: Mapping[str, tuple[str, ...]],
                kind: str, president: str) -> dict[str, Moments]:
    """The same where a joint normal has the effects of types and of the presidents whom it names."""
    own, types = covariance_of(prior, coord, kind, president), joint.to_type.shape[1]
    mean = (float(joint.to_type[coord["type"].index(kind)] @ joint.mean[:types]),
            float(joint.mean[types:][np.equal(joint.named, coord["president"].index(president))].sum()))
    without = {"type_scale", "type_effect_in_scales", *(
        ("president_scale", "president_effect_in_scales") if president in prior[PARAMETER].mean else ())}
    told = {"type_effect": (mean[0], own[0, 0]), "president_effect": (mean[1], own[1, 1]), "sum": (sum(mean), own.sum())}
    if president not in prior[PARAMETER].mean and "president_correlation" in prior and prior["president_correlation"].value:
        told |= dict.fromkeys(("president_effect", "sum"), (np.nan, np.nan))  # he follows others of his party whom it names
    return {name: value for name, value in found.items() if name not in without} | {
        name: (middle, float(np.sqrt(square))) for name, (middle, square) in told.items()}


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    if one.std() == 0 or other.std() == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def _error(statistic: Callable[..., Any], batch: np.ndarray, *values: np.ndarray) -> float:
    """Monte Carlo error of any statistic by batch means."""
    found = [statistic(*(one[batch == at] for one in values)) for at in range(batch.max() + 1)]
    return float(np.std(found, ddof=1) / np.sqrt(len(found)))
