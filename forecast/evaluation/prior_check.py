r"""Prior predictive checks: do the priors allow what can be, and hardly anything that cannot?

Which statistics there are, and what no sensible prior should say of them often, is told by the components
(:class:`forecast.components.statistics.Bound`).

The check of one component
--------------------------
Box 1980, doi 10.2307/2982063; Gabry et al. 2019, doi 10.1111/rssa.12378.

Parameters are drawn from the prior, and records in the shape of the panel at them. A statistic :math:`T` is absurd where
:math:`\Pr(T \notin [l, h])` exceeds what its bound allows, and in conflict with the record where
:math:`\Pr(T < T_{obs}) + \Pr(T = T_{obs}) / 2` is below 0.5 % or above 99.5 % (Evans and Moshonov 2006, doi 10.1214/06-BA129). A
conflict is a question and no fault: prior, model or record may be what is wrong.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, Literal

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from forecast.components.priors import Prior, same
from forecast.components.protocol import Component, ComponentData
from forecast.components.registry import COMPONENT
from forecast.components.statistics import Array, Bound, Statistic
from forecast.panel import Panel
from forecast.posterior.posterior import draw_prior

# Records that would be too large to simulate one observation at a time.

LARGEST = 10_000
"""Expected observations: the record has some hundreds; beyond, a record is drawn as counts, without single rows."""

Values = Mapping[str, np.ndarray]


def draw_record(component: Component, data: ComponentData, truth: Values, rng: np.random.Generator) -> ComponentData | None:
    """A record at known parameters; one that is too large has its counts and no single occasions or pages.

    None where the parameters are so extreme that a distribution cannot be drawn from.
    """
    with np.errstate(all="ignore"):
        try:
            return _drawn(component, data, truth, rng)
        except (ValueError, ZeroDivisionError):
            return None


def _drawn(component: Component, data: ComponentData, truth: Values, rng: np.random.Generator) -> ComponentData:
    counted = component.counted(data, truth)
    if counted is None or np.nan_to_num(counted.mean, nan=np.inf).sum() <= LARGEST:
        return component.simulate(data, truth, rng)
    without = {name: data.array[name][:0] for name in counted.rows if name in data.array}
    return ComponentData(array={**data.array, **without, counted.array: counted.draw(rng)}, coord=data.coord)


# Draws of one component from its prior.

Curve = Callable[[Array], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class PriorDraws:
    """What one component says before it sees the record.

    Parameters
    ----------
    named : Dataset
        Named parameters, each (draw, ...); fixed ones without the axis.
    statistic : mapping of str to (draw,) array
        Statistics by name.
    curve : mapping of str to (draw, ...) array
        What figures show.
    """

    named: xr.Dataset
    statistic: Mapping[str, np.ndarray]
    curve: Mapping[str, np.ndarray]


def prior_draws(component: Component, data: ComponentData, priors: Mapping[str, Prior], seed: int, draws: int,
                curves: Mapping[str, Curve] | None = None) -> PriorDraws:
    """Draw parameters and records; the same seed gives the same noise whatever the priors, so that sets can be compared.

    Parameters
    ----------
    data : ComponentData
        Its covariates and shape are those of the records drawn.
    curves : mapping of str to callable
        What else to keep of every record.
    """
    key = [seed, zlib.crc32(component.name.encode())]
    named = draw_prior(component, data, priors, np.random.default_rng(key), draws=draws).isel(chain=0)
    values = {str(name): (one.to_numpy(), "draw" in one.dims) for name, one in named.data_vars.items()}
    seen, curves = _seen(component), dict(curves or {})
    kept: dict[str, list[Any]] = {name: [] for name in (*seen, *curves)}
    for at in range(draws):
        truth = {name: value[at] if drawn else value for name, (value, drawn) in values.items()}
        record = draw_record(component, data, truth, np.random.default_rng([*key, at]))
        for name, of in (seen | curves).items():
            kept[name].append(np.full_like(of(data.array), np.nan, float) if record is None else of(record.array))
    found = {name: np.asarray(one, float) for name, one in kept.items()}
    latent = {one.name: one.latent(named) for one in component.statistics if one.latent}
    return PriorDraws(named=named, statistic={name: found[name] for name in seen} | latent,
                      curve={name: found[name] for name in curves})


def observed_statistics(component: Component, data: ComponentData) -> dict[str, float]:
    """The same statistics of the record itself; those that no record shows are left out."""
    return {name: float(of(data.array)) for name, of in _seen(component).items()}


def _seen(component: Component) -> dict[str, Callable[[Array], float]]:
    """What a record shows of each statistic; a record without a single observation (of pages, say) shows nothing: NaN."""
    def shown(of: Callable[[Array], float], array: Array) -> float:
        return of(array) if any(array[name].size for name in component.observed) else np.nan

    return {one.name: partial(shown, one.of) for one in component.statistics if one.of}


# The check of them.

CONFLICT = 0.005
"""The record conflicts with the prior where it lies below this share of its draws, or above one less this share: one
statistic of a hundred does so by chance."""


# What is wrong with a prior: what was found, how sure that is, and which parameter's prior is behind it.

@dataclass(frozen=True, kw_only=True)
class Driver:
    """The prior behind a finding.

    Parameters
    ----------
    parameter : str
    prior : Prior
        As in the set that was checked.
    default : Prior, optional
        What stands in its place in the default set, where the two differ.
    badness : float
        What is left of :attr:`Finding.badness` with the default in its place; NaN where it was not tried.
    correlation : float
        Spearman's correlation of the parameter with the statistic, or with its distance from the middle, over draws; NaN where
        the default in its place explains the finding.
    """

    parameter: str
    prior: Prior
    default: Prior | None = None
    badness: float = np.nan
    correlation: float = np.nan


@dataclass(frozen=True, kw_only=True)
class PriorFinding:
    """One statistic of one component under a prior.

    Parameters
    ----------
    component : str
    statistic : Statistic
    values : (draw,) array
        In simulated records; NaN where a record has none.
    observed : float
        In the record; NaN for what no record shows.
    kind : str
        ``absurd``, ``conflict`` or ``fine``.
    driver : Driver, optional
        The prior behind it, where something is wrong.
    """

    component: str
    statistic: Statistic
    values: np.ndarray
    observed: float
    kind: Literal["absurd", "conflict", "fine"]
    driver: Driver | None = None

    @property
    def bound(self) -> Bound | None:
        """The limit, where the statistic has one."""
        return self.statistic.bound

    @property
    def beyond(self) -> float:
        """Share of draws beyond the bound; zero without one."""
        return share_beyond(self.values, self.bound) if self.bound else 0.0

    @property
    def error(self) -> float:
        """Monte Carlo standard error of :attr:`beyond`."""
        return error(self.beyond, len(self.values))

    @property
    def percentile(self) -> float:
        """Share of draws below the record, ties half; NaN for what no record shows."""
        return percentile(self.values, self.observed)

    @property
    def quantile(self) -> np.ndarray:
        """5, 50 and 95 % of the draws that have a value, (3,); NaN where none has."""
        known = self.values[~np.isnan(self.values)]
        return np.quantile(known, (0.05, 0.5, 0.95)) if len(known) else np.full(3, np.nan)

    @property
    def badness(self) -> float:
        """What a better prior brings down: the share beyond the bound, or how far out the record lies (0 to 1)."""
        return badness(self.kind, self.values, self.bound, self.observed)


def share_beyond(values: np.ndarray, bound: Bound) -> float:
    """Share of draws beyond a bound; a draw without a value is not."""
    return float(((values < bound.low) | (values > bound.high)).mean())


def error(share: float, draws: int) -> float:
    """Monte Carlo standard error of a share of draws."""
    return float(np.sqrt(share * (1 - share) / draws))


def percentile(values: np.ndarray, observed: float) -> float:
    """Share of draws below a value, ties half; draws without a value are left out."""
    known = values[~np.isnan(values)]
    if np.isnan(observed) or not len(known):
        return np.nan
    return float((known < observed).mean() + (known == observed).mean() / 2)


def badness(kind: str, values: np.ndarray, bound: Bound | None, observed: float) -> float:
    """As :attr:`Finding.badness`, of any draws."""
    return share_beyond(values, bound) if kind == "absurd" and bound else float(abs(2 * percentile(values, observed) - 1))


def warning_kind(values: np.ndarray, bound: Bound | None, observed: float) -> Literal["absurd", "conflict", "fine"]:
    """Whether a prior is absurd, in conflict with the record, or neither; the first counts more.

    Absurd is what exceeds the allowed share by more than two Monte Carlo standard errors, lest the seed decide; a prior
    at the margin may therefore pass with few draws and fail with many.
    """
    if bound:
        share = share_beyond(values, bound)
        if share - 2 * error(share, len(values)) > bound.allowed:
            return "absurd"
    place = percentile(values, observed)
    return "conflict" if place < CONFLICT or place > 1 - CONFLICT else "fine"


# Prior predictive check of one component (Box 1980, doi 10.2307/2982063; Gabry et al.

DRAWS = 400


@dataclass(frozen=True, kw_only=True)
class PriorCheck:
    """All findings of one component, and the curves that figures show.

    Parameters
    ----------
    component : str
    findings : tuple of PriorFinding
        One per statistic.
    curve : mapping of str to (draw, ...) array
        In simulated records.
    record : mapping of str to array
        The same curves of the record; those that no record shows are missing.
    """

    component: str
    findings: tuple[PriorFinding, ...]
    curve: Mapping[str, np.ndarray]
    record: Mapping[str, np.ndarray]


def check_priors(component: Component, data: ComponentData, priors: Mapping[str, Prior], default: Mapping[str, Prior],
                 *, seed: int, draws: int = DRAWS) -> PriorCheck:
    """Check the priors of one component.

    Parameters
    ----------
    data : ComponentData
        The record.
    priors, default : mapping of str to Prior
        The set to check, and the one that stands in when the driver of a finding is looked for.
    """
    priors, default = (component.used(one, data.coord) for one in (priors, default))
    curves = component.curves
    found = prior_draws(component, data, priors, seed, draws, curves)
    of_record = observed_statistics(component, data)
    redraw = _remembering(partial(prior_draws, component, data, seed=seed, draws=draws))
    findings = [_judge(component.name, one, found, of_record) for one in component.statistics]
    latent = {name: of(found.named) for name, of in component.latent_curves.items()}
    return PriorCheck(component=component.name, curve={**found.curve, **latent},
                      record={name: np.asarray(of(data.array), float) for name, of in curves.items()},
                      findings=tuple(with_driver(one, found.named, priors, default, redraw) for one in findings))


def _judge(component: str, statistic: Statistic, found: PriorDraws, of_record: Mapping[str, float]) -> PriorFinding:
    values, here = found.statistic[statistic.name], of_record.get(statistic.name, np.nan)
    return PriorFinding(component=component, statistic=statistic, values=values, observed=here,
                        kind=warning_kind(values, statistic.bound, here))


def _remembering(draw: Callable[[Mapping[str, Prior]], PriorDraws]) -> Callable[[Mapping[str, Prior]], PriorDraws]:
    """Draws under other priors, each set once however many findings ask for it."""
    known: dict[str, PriorDraws] = {}

    def redraw(priors: Mapping[str, Prior]) -> PriorDraws:
        key = repr(sorted((name, prior.distribution, repr(prior.arguments())) for name, prior in priors.items()))
        if key not in known:
            known[key] = draw(priors)
        return known[key]

    return redraw


# Which prior is behind a finding: the one whose default in its place helps most, or the parameter that goes with it.

HELPS = 0.5
"""A default in place of one prior explains absurd draws where it takes away this share of them; it explains a conflict where
the record lies within 99 % of the draws again."""

Redraw = Callable[[Mapping[str, Prior]], PriorDraws]


def with_driver(finding: PriorFinding, named: xr.Dataset, priors: Mapping[str, Prior], default: Mapping[str, Prior],
                redraw: Redraw) -> PriorFinding:
    """The finding with its driver, where something is wrong.

    Parameters
    ----------
    named : Dataset
        Parameters of the draws, each (draw, ...).
    priors, default : mapping of str to Prior
        The component's priors as checked, and in the default set.
    redraw : callable
        Draws under other priors with the same noise.
    """
    if finding.kind == "fine":
        return finding
    tried = replaced(finding, priors, default, redraw)
    best = min(tried, key=lambda one: one.badness, default=None)
    enough = (1 - HELPS) * finding.badness if finding.kind == "absurd" else 1 - 2 * CONFLICT
    if best is None or best.badness > enough:
        best = correlated(finding, named, priors, {one.parameter: one for one in tried}) or best
    return replace(finding, driver=best)


def replaced(finding: PriorFinding, priors: Mapping[str, Prior], default: Mapping[str, Prior], redraw: Redraw) -> list[Driver]:
    """Every prior that differs from the default set, with what is left of the finding without it."""
    found = []
    for name, prior in priors.items():
        if not same(prior, default[name]):
            values = redraw({**priors, name: default[name]}).statistic[finding.statistic.name]
            left = badness(finding.kind, values, finding.bound, finding.observed)
            found.append(Driver(parameter=name, prior=prior, default=default[name], badness=left))
    return found


def correlated(finding: PriorFinding, named: xr.Dataset, priors: Mapping[str, Prior],
               tried: Mapping[str, Driver]) -> Driver | None:
    """The parameter (its mean over its axes) that the statistic, or its distance from the middle, goes with most.

    None where nothing varies.
    """
    known = np.isfinite(finding.values)
    if known.sum() < 3:
        return None
    values = finding.values[known]
    size = {}
    for name in priors:
        if name in named and "draw" in named[name].dims:
            mean = _mean(named[name])[known]
            size[name] = max((_correlation(mean, one) for one in (values, np.abs(values - np.median(values)))), key=abs)
    if not size:
        return None
    name = max(size, key=lambda one: abs(size[one]))
    return replace(tried.get(name, Driver(parameter=name, prior=priors[name])), correlation=size[name])


def _mean(values: xr.DataArray) -> np.ndarray:
    return values.transpose("draw", ...).to_numpy().reshape(values.sizes["draw"], -1).mean(axis=1)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(spearmanr(one, other).statistic) if np.ptp(one) > 0 and np.ptp(other) > 0 else 0.0


# What a prior of one parameter implies for the record, all others as they are.
#
# For a page, which draws no records, quantiles are computed on a grid of the numbers of the prior with the same noise everywhere,
# and interpolated there: linearly in mu and log sigma, each quantile q as arsinh q.

QUANTILES = (0.05, 0.5, 0.95)
ROUGH = 200
"""Records drawn for every point of the grid of a page."""
POINTS = {"mu": 7, "sigma": 6}


def user_of(section: str, parameter: str, panel: Panel) -> Component | None:
    """A component whose record a parameter moves; None where it moves none of this panel."""
    for component in COMPONENT.values():
        if component.section == section and not component.lacking(panel):
            assumed = getattr(component, "assumed", ())
            if parameter in component.needed(component.data(panel).coord) and parameter not in assumed:
                return component
    return None


@dataclass(frozen=True, kw_only=True)
class Implied:
    """What one prior, with all others as in a set, says of a record: a statistic and its 5, 50 and 95 %."""

    statistic: Statistic
    quantile: tuple[float, float, float]


class Implications:
    """What priors of one parameter say of records.

    Parameters
    ----------
    component : Component
        Whose records.
    panel : Panel
        Whose axes and exposure the records have.
    priors : mapping of str to Prior
        Of the component.
    parameter : str
        Which of them varies.
    """

    def __init__(self, component: Component, panel: Panel, priors: Mapping[str, Prior], parameter: str, seed: int) -> None:
        self.component, self.parameter, self.seed = component, parameter, seed
        self.data = component.data(panel)
        self.priors = component.used(priors, self.data.coord)

    def of(self, prior: Prior, draws: int = DRAWS) -> tuple[Implied, ...]:
        """Quantiles of every statistic over records drawn; NaN where no record has any."""
        found = prior_draws(self.component, self.data, {**self.priors, self.parameter: prior}, self.seed, draws)
        return tuple(Implied(statistic=one, quantile=_quantiles(found.statistic[one.name])) for one in self.component.statistics)

    def grid(self, distribution: str, low: float, high: float, progress: Callable[[int, int], None]) -> dict[str, Any]:
        """Quantiles over a grid of the numbers of a distribution, for bins from `low` to `high`.

        Returns
        -------
        dict
            Numbers by argument, and ``quantile``: by statistic, then by point (the first argument slowest), 5, 50 and 95 %.
        """
        axes = _axes(distribution, low, high)
        points, rows = list(product(*axes.values())), []
        for done, point in enumerate(points, 1):
            arguments = dict(zip(axes, point, strict=True))
            rows.append(self.of(Prior(distribution=distribution, reason="A point of a grid.", **arguments), ROUGH))  # type: ignore[arg-type]
            progress(done, len(points))
        return {**axes, "quantile": [[list(one.quantile) for one in part] for part in zip(*rows, strict=True)]}


def _axes(distribution: str, low: float, high: float) -> dict[str, list[float]]:
    """Means over the bins, and standard deviations from a fortieth to the whole of their width."""
    reach = high - low if distribution == "normal" else high
    sigma = np.geomspace(reach / 40, reach, POINTS["sigma"] + 2 * (distribution == "half_normal"))
    mean = {"mu": np.linspace(low, high, POINTS["mu"]).tolist()} if distribution == "normal" else {}
    return {**mean, "sigma": [min(float(one), 20.0) for one in sigma]}


def _quantiles(values: np.ndarray) -> tuple[float, float, float]:
    known = values[~np.isnan(values)]
    low, middle, high = np.quantile(known, QUANTILES).tolist() if len(known) else (np.nan,) * 3
    return low, middle, high
