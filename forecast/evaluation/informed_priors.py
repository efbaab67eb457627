r"""From the posterior of the registers to informed priors of a dyad's administration effects.

*Types and presidents, together.* A draw of what type :math:`t` and president :math:`i` do to a further kind of contact in region
:math:`g` is that of one of the three channels taken at random,

.. math:: (d_t)_t = (T_{tk} + h_{gt} - T_{ak} - h_{ga})_{t \ne a}, \qquad (p_i)_i = (P_{ik})_i,

log ratios of types to the type :math:`a`, and the effects of the presidents who have governed since the region had states.
Mean and covariance of this vector over draws and channels together are those of the informed prior, a joint normal
(:mod:`forecast.components.joint`). Channels that disagree make it wide; a type of which one president is known has its effect
tied to his, since the counts tell their sum better than its parts.

*Presidents not yet seen.* The root mean square of the posterior of the scale of presidents.

*Terms.* The dyad's term level is a stationary AR(1) around a straight line; that of the registers is a random walk plus the
wave of the region. So the level :math:`x = (G - m)_{\cdot k} + \tilde q_{g\cdot}` over the terms in which the region had states
is set against its own line, with :math:`M` the projection on what a line leaves and :math:`R` the correlations of the AR(1):

.. math:: \hat\sigma^2 = x^\top M x \,/\, \mathrm{tr}(M R)

which is unbiased for the variance of an AR(1) around any line. Where all states of the region are left out, because they are
partners of dyads that are estimated together, what sets it apart is drawn as that of a further region: :math:`h_{g\cdot}` with
scale :math:`\kappa`, :math:`\tilde q_{g\cdot}` as an AR(1) of standard deviation :math:`\omega`.

A half-normal scale :math:`s \sim HN(\sigma)` has :math:`E[s^2] = \sigma^2`, and effects of unit variance times :math:`s` have
standard deviation :math:`\sigma`: every size above, times the widening, is the sigma of its half-normal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import xarray as xr

from forecast.components.linear import zero_sum_basis
from forecast.components.priors import Evidence, Prior, PriorSet
from forecast.components.protocol import ComponentData
from forecast.components.registers.model import fresh_parts, means_of_regions
from forecast.components.registry import CONTACTS, PROJECTING
from forecast.contacts.codes import TYPE
from forecast.panel.registers import FIRST_DAY
from forecast.shipped import CASE

PERSISTENCE = 0.7
"""Of the dyad's term levels from one term of four years to the next."""


@dataclass(frozen=True, kw_only=True)
class Informed:
    """What the registers say of the size of administration effects in one region, before any widening.

    Parameters
    ----------
    against : str
        Type to which the others are ratios.
    names : tuple of str
        Types but that one, then presidents.
    mean : (name,) array
    covariance : (name, name) array
        Of log ratios of types and effects of presidents.
    president_sd, term_sd : float
        Root mean square of the scales of presidents and of term levels.
    by_channel : mapping of str to (name,) array
        Channel -> means.
    terms : tuple of str
        Terms behind the size of term levels.
    new_terms : int
        How many terms of the type with fewest were known (``types.new`` of ``case.toml``).
    """

    against: str
    names: tuple[str, ...]
    mean: np.ndarray
    covariance: np.ndarray
    president_sd: float
    term_sd: float
    by_channel: Mapping[str, np.ndarray]
    terms: tuple[str, ...]
    new_terms: int


def informed(draws: xr.Dataset, effect: xr.DataArray, data: ComponentData, region: str) -> Informed:
    """Summarise a posterior of the registers for one region.

    Parameters
    ----------
    draws : xarray.Dataset
        Posterior in one row, with labels.
    effect : (draw, type, region, channel) DataArray
        The component's profile.
    data : ComponentData
        What it was fitted to.
    """
    first = first_term(data, region)
    against, *others = data.coord["type"]
    persons = _presidents_since(data, first)
    of_type = effect.sel(region=region).transpose("draw", "channel", "type")
    ratio = of_type.sel(type=others) - of_type.sel(type=against)
    person = draws["president_effect"].sel(president=list(persons)).transpose("draw", "channel", "president")
    values = np.concatenate([ratio.to_numpy(), person.to_numpy()], axis=2)
    every = values.reshape(-1, values.shape[2])
    return Informed(
        against=against, names=(*others, *persons), mean=every.mean(axis=0), covariance=np.cov(every.T),
        president_sd=float(np.sqrt((draws["president_scale"] ** 2).mean())),
        term_sd=float(np.sqrt(_term_variance(draws, data, region, first).mean())),
        by_channel=dict(zip(map(str, of_type["channel"].to_numpy()), values.mean(axis=0), strict=True)),
        terms=data.coord["term"][first:], new_terms=int(_of_type(data, CASE.types["new"]).sum()))


def with_unseen(draws: xr.Dataset, data: ComponentData, region: str, first: int,
                rng: np.random.Generator) -> tuple[xr.Dataset, ComponentData]:
    """A posterior with a further region of which no state was in the fit, as the regions that were lead one to expect it.

    Parameters
    ----------
    draws : xarray.Dataset
        Posterior in one row, with labels.
    first : int
        First term, an index, in which the region had a state.

    Returns
    -------
    draws, data
        With the region last on its axis, and one state without entries in it.
    """
    array, terms, count = data.array, len(data.coord["term"]), draws.sizes["draw"]
    basis = zero_sum_basis(len(data.coord["type"]))
    of_type = draws["region_type_scale"].to_numpy()[:, None] * (rng.standard_normal((count, basis.shape[1])) @ basis.T)
    parts = rng.standard_normal((count, terms)) * draws["region_term_scale"].to_numpy()[:, None]
    kept = float(np.asarray(draws["term_persistence"]).ravel()[0])
    of_term = np.linalg.solve(fresh_parts(array["gap"], kept), parts.T).T
    fresh = xr.Dataset({"region_type": (("draw", "type"), of_type), "region_term": (("draw", "term"), of_term)})
    names = ["region_type", "region_term"]
    both = xr.concat([draws[names].drop_vars("draw", errors="ignore"), fresh.expand_dims(region=[region])], "region",
                     coords="minimal", compat="override", join="override")
    more = draws.drop_dims("region").assign({name: both[name].transpose(*draws[name].dims) for name in names})
    begun = (array["term_of_period"] >= first).astype(float)
    coord = {**data.coord, "region": (*data.coord["region"], region), "country": (*data.coord["country"], "")}
    place = len(data.coord["region"])
    return more.assign_coords(region=list(coord["region"])), replace(data, coord=coord, array={
        **array, "region_weight": np.vstack([array["region_weight"], np.zeros(terms)]),
        "region_of_country": np.append(array["region_of_country"], place), "exposure": np.vstack([array["exposure"], begun])})


def _presidents_since(data: ComponentData, first: int) -> tuple[str, ...]:
    """Who has governed from a term on, in order."""
    return tuple(dict.fromkeys(data.coord["president"][at] for at in data.array["president_of_term"][first:]))


def _of_type(data: ComponentData, name: str) -> np.ndarray:
    """Whether each term is of a type, (term,)."""
    found: np.ndarray = data.array["type_of_term"] == data.coord["type"].index(name)
    return found


def first_term(data: ComponentData, region: str) -> int:
    """First term, an index, in which the region had a state."""
    inside = data.array["region_of_country"] == data.coord["region"].index(region)
    return int(data.array["term_of_period"][(data.array["exposure"][inside] > 0).any(axis=0)].min())


def _term_variance(draws: xr.Dataset, data: ComponentData, region: str, first: int) -> np.ndarray:
    """Estimate of the variance of an AR(1) of term levels around a line, (draw, channel)."""
    array = data.array
    explained = (draws["type_effect"].to_numpy()[:, array["type_of_term"]]
                 + draws["president_effect"].to_numpy()[:, array["president_of_term"]])
    level = draws["term_level"].to_numpy() - explained + _wave(draws, data, region)[:, :, None]
    leave, trace = _around_a_line(np.concatenate([[0.0], array["gap"].cumsum()])[first:])
    found: np.ndarray = np.einsum("dtk,ts,dsk->dk", level[:, first:], leave, level[:, first:]) / trace
    return found


def _wave(draws: xr.Dataset, data: ComponentData, region: str) -> np.ndarray:
    """Level of a region by term beyond what all share, (draw, term)."""
    _, rest = means_of_regions(data.array["region_weight"])
    wave = draws["region_term"].to_numpy()
    found: np.ndarray = (wave.reshape(len(wave), -1) @ rest.T).reshape(wave.shape)[:, data.coord["region"].index(region)]
    return found


def _around_a_line(time: np.ndarray) -> tuple[np.ndarray, float]:
    """Projection on what a line in time leaves, and its trace with the correlations of the AR(1)."""
    line = np.column_stack([np.ones_like(time), time])
    leave = np.eye(len(time)) - line @ np.linalg.pinv(line)
    return leave, float((leave * PERSISTENCE ** np.abs(time[:, None] - time)).sum())


def level_contrast(draws: xr.Dataset, data: ComponentData, region: str | None, since: int) -> np.ndarray:
    """Log ratio of the fitted rates of terms of the new type to those of the reference (see ``case.toml``), COVID-19 taken out.

    Parameters
    ----------
    region : str or None
        A region, or None for the level that all share.
    since : int
        First term taken, an index.

    Returns
    -------
    (draw, channel) array
        Of means over terms. It holds type, president and term together.
    """
    kind = data.array["type_of_term"]
    level = draws["term_level"].to_numpy()
    if region is not None:
        by_type = draws["region_type"].to_numpy()[:, data.coord["region"].index(region)]
        level = level + (_wave(draws, data, region) + by_type[:, kind])[:, :, None]
    late = np.arange(len(kind)) >= since
    new, reference = (late & _of_type(data, CASE.types[name]) for name in ("new", "reference"))
    return level[:, new].mean(axis=1) - level[:, reference].mean(axis=1)


# Informed priors of a dyad's administration effects as a prior set, every number with the numbers that it came from.

SECTION = PROJECTING[CONTACTS].section
DECIMALS = 3


@dataclass(frozen=True, kw_only=True)
class PriorOrigin:
    """Where the numbers come from: region, states left out, as-of date, number of states, entries and terms counted, widening;
    and whether no state of the region was in the fit, so that it is what other regions lead one to expect.
    """

    region: str
    without: tuple[str, ...]
    as_of: date
    countries: int
    entries: int
    terms: int
    widen: float
    unseen: bool = False

    @property
    def place(self) -> str:
        """The region in words."""
        return f"{_plain(self.region)}{', as the other regions lead one to expect' if self.unseen else ''}"

    def __str__(self) -> str:
        """Half a sentence for a reason."""
        return (f"registers of the Office of the Historian as of {self.as_of}, {self.entries} entries, {self.countries} states, "
                f"{', '.join(self.without)} left out, 3 channels, {self.terms} terms since {FIRST_DAY.year}, region "
                f"{self.region}")


def informed_priors(found: Informed, origin: PriorOrigin, name: str, base: str) -> PriorSet:
    """A prior set that replaces the administration priors of another.

    Parameters
    ----------
    name, base : str
        Of the new set, and of the set that it extends.
    """
    title = f"Administration effects as in the registers of all countries ({_plain(origin.region)}), widened by {origin.widen:g}"
    return PriorSet(
        name=name, extends=base, title=title, evidence=Evidence(as_of=origin.as_of, left_out=origin.without),
        component={SECTION: {"administration_effects": _together(found, origin), "president_scale": _presidents(found, origin),
                             "term_scale": _terms(found, origin)}})


def _together(found: Informed, origin: PriorOrigin) -> Prior:
    sd = np.sqrt(np.diag(found.covariance))
    correlation = (found.covariance / np.outer(sd, sd)).round(DECIMALS).tolist()
    rows = {name: {other: correlation[at][place] + 0.0 for place, other in enumerate(found.names[:at])}
            for at, name in enumerate(found.names) if at}
    means = "; ".join(f"{_plain(channel)} {', '.join(f'{value:+.2f}' for value in effect)}"
                      for channel, effect in found.by_channel.items())
    reason = (
        f"Joint {'prediction' if origin.unseen else 'posterior'} of log ratios of types to {_plain(found.against)} in "
        f"{origin.place}, and of effects of presidents since it had states, over draws and three channels together (means of "
        f"{', '.join(map(_plain, found.names))}: {means}); "
        f"standard deviations {', '.join(f'{value:.3f}' for value in sd)}{_wider(origin)}; {origin}. "
        f"{TYPE.short[CASE.types['new']]} terms known: {found.new_terms}, "
        "so that type and person are told apart by their scales alone.")
    return Prior(distribution="joint_normal", unit="log_rate_ratio", against=found.against, reason=reason, correlation=rows,
                 mean={name: round(float(value), DECIMALS) + 0.0 for name, value in zip(found.names, found.mean, strict=True)},
                 sd={name: round(float(origin.widen * value), DECIMALS) for name, value in zip(found.names, sd, strict=True)})


def _presidents(found: Informed, origin: PriorOrigin) -> Prior:
    return _half_normal(found.president_sd, origin, (
        "Gives the effect of a president who is not named beside the types the root mean square "
        f"{found.president_sd:.3f} of the posterior of the scale of presidents"))


def _terms(found: Informed, origin: PriorOrigin) -> Prior:
    return _half_normal(found.term_sd, replace(origin, widen=1.0), (
        f"Gives term levels the root mean square {found.term_sd:.3f} of the posterior of the spread of levels in "
        f"{origin.place}, about a line, {found.terms[0]} to {found.terms[-1]} ({len(found.terms)} terms), as of an "
        "AR(1) with correlation 0.7 from term to term"))


def _half_normal(size: float, origin: PriorOrigin, why: str) -> Prior:
    reason = f"{why}{_wider(origin)}; {origin}."
    return Prior(distribution="half_normal", sigma=round(origin.widen * size, DECIMALS), reason=reason)


def _wider(origin: PriorOrigin) -> str:
    wider = f", times {origin.widen:g} because contacts below the top need not follow leaders' travel"
    return wider if origin.widen > 1 else ""


def _plain(code: str) -> str:
    return code.replace("_", " ")
