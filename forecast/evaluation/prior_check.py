r"""Prior predictive checks: do the priors allow what can be, and hardly anything that cannot?

What no sensible prior should say often: every bound of the prior predictive check, with its reason and its remedy.

Bounds are not beliefs about the record. They mark what cannot be, whatever the record shows, by factors that leave room for
honest surprise; a prior may reach them now and then, but not in more than the `allowed` share of its draws.

Prior predictive check of one component (Box 1980, doi 10.2307/2982063; Gabry et al. 2019, doi 10.1111/rssa.12378).

Parameters are drawn from the prior, and records in the shape of the panel at them. A statistic :math:`T` is absurd where
:math:`\Pr(T \notin [l, h])` exceeds what its bound allows (:mod:`forecast.evaluation.prior_check`), and in conflict
with the record where :math:`\Pr(T < T_{obs}) + \Pr(T = T_{obs}) / 2` is below 0.5 % or above 99.5 % (Evans and Moshonov 2006,
doi 10.1214/06-BA129). A conflict is a question and no fault: prior, model or record may be what is wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from forecast.components.priors import Prior, same
from forecast.components.protocol import Component, ComponentData
from forecast.evaluation.prior_draws import CURVE, LATENT, PriorDraws, Statistic, observed, of_section, prior_draws

# What no sensible prior should say often.

CONFLICT = 0.005
"""The record conflicts with the prior where it lies below this share of its draws, or above one less this share: one
statistic of a hundred does so by chance."""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One limit of one statistic.

    Parameters
    ----------
    statistic : str
        Name of the statistic.
    low, high : float
        Draws below or above are absurd.
    allowed : float
        Share of absurd draws up to which a prior is accepted.
    reason : str
        Why beyond is absurd.
    remedy : str
        What usually helps.
    """

    statistic: str
    low: float = float("-inf")
    high: float = float("inf")
    allowed: float = 0.05
    reason: str
    remedy: str


BOUND = (
    Bound(statistic="largest_rank_year", high=250,
          reason="250 is one contact on every working day; no office keeps that up with one partner state, still less gets it "
                 "on record.",
          remedy="Lower mu or sigma of the base, or the scales that add to it."),
    Bound(statistic="largest_year", high=1000,
          reason="1,000 is nearly three contacts a day, weekends included; the record of all ranks together cannot hold that.",
          remedy="Lower mu or sigma of the base, or the scales that add to it."),
    Bound(statistic="contacts", low=1, allowed=0.2,
          reason="The study exists because there were contacts; draws without any in the whole record are wasted.",
          remedy="Raise mu of the base, or lower its sigma."),
    Bound(statistic="growth", low=1 / 100, high=100, allowed=0.1,
          reason="A hundredfold change within one record is a change of what is counted, not of how often officials meet.",
          remedy="Lower sigma of the drifts, or of the scales of levels and walks over terms."),
    Bound(statistic="type_ratio", high=10,
          reason="Diplomatic calendars have routines that every administration keeps; ten times as many contacts under one type "
                 "as under another, all else equal, would be another kind of relation.",
          remedy="Lower sigma of type_scale, or bring the values of type_centre closer together."),
    Bound(statistic="commonest_direction", high=0.97,
          reason="Officials travel both ways and telephone; a record in which all but one contact of thirty go one way would be "
                 "that of an office, not of a relation.",
          remedy="Lower sigma of the base and of the drift of the setting."),
    Bound(statistic="extreme_breadth", high=0.25,
          reason="An agenda is coded where a page says what was discussed; that is a few topics, hardly ever most of them.",
          remedy="Lower breadth_scale, or bring the base closer to its default."),
    Bound(statistic="commonest_outcome", high=0.99, allowed=0.5,
          reason="A codebook tells outcomes apart because they differ; a prior that gives all contacts one outcome says that "
                 "there is nothing to learn.",
          remedy="Spread outcome_share over more outcomes, or lower the sigmas that push all contacts to one end."),
    Bound(statistic="pages_per_contact", high=500,
          reason="Coders find pages one by one; 500 to the average contact is more than a search shows and anybody reads.",
          remedy="Lower mu or sigma of pages_base, or the scales that add to it."),
    Bound(statistic="commonest_tone", high=0.99, allowed=0.5,
          reason="Media of two states do not write about all contacts in one tone; a prior that says so leaves nothing to learn.",
          remedy="Spread tone_share over more tones, or lower the sigmas that push all pages to one end."),
    Bound(statistic="recorded_share", low=0.01, high=0.999, allowed=0.5,
          reason="Below 1 % the record would be a hundredth of what happened, and above 99.9 % completeness is taken for "
                 "granted; a prior should not hold either for more likely than not.",
          remedy="Bring mu of the base closer to its default, or lower the sigmas of the section."),
)
"""Every bound; statistics without one are only compared with the record."""


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
class Finding:
    """One statistic of one component under a prior.

    Parameters
    ----------
    component : str
    statistic : Statistic
    values : (draw,) array
        In simulated records; NaN where a record has none.
    observed : float
        In the record; NaN for what no record shows.
    bound : Bound, optional
        The limit, where the statistic has one.
    kind : str
        ``absurd``, ``conflict`` or ``fine``.
    driver : Driver, optional
        The prior behind it, where something is wrong.
    """

    component: str
    statistic: Statistic
    values: np.ndarray
    observed: float
    bound: Bound | None
    kind: Literal["absurd", "conflict", "fine"]
    driver: Driver | None = None

    @property
    def beyond(self) -> float:
        """Share of draws beyond the bound; zero without one."""
        return beyond(self.values, self.bound) if self.bound else 0.0

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


def beyond(values: np.ndarray, bound: Bound) -> float:
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
    return beyond(values, bound) if kind == "absurd" and bound else float(abs(2 * percentile(values, observed) - 1))


def kind_of(values: np.ndarray, bound: Bound | None, observed: float) -> Literal["absurd", "conflict", "fine"]:
    """Whether a prior is absurd, in conflict with the record, or neither; the first counts more.

    Absurd is what exceeds the allowed share by more than two Monte Carlo standard errors, lest the seed decide; a prior
    at the margin may therefore pass with few draws and fail with many.
    """
    if bound:
        share = beyond(values, bound)
        if share - 2 * error(share, len(values)) > bound.allowed:
            return "absurd"
    place = percentile(values, observed)
    return "conflict" if place < CONFLICT or place > 1 - CONFLICT else "fine"


# Prior predictive check of one component (Box 1980, doi 10.2307/2982063; Gabry et al.

DRAWS = 400
_BOUND = {bound.statistic: bound for bound in BOUND}


@dataclass(frozen=True, kw_only=True)
class PriorCheck:
    """All findings of one component, and the curves that figures show.

    Parameters
    ----------
    component : str
    findings : tuple of Finding
        One per statistic.
    curve : mapping of str to (draw, ...) array
        In simulated records.
    record : mapping of str to array
        The same curves of the record; those that no record shows are missing.
    """

    component: str
    findings: tuple[Finding, ...]
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
    curves = CURVE.get(component.section, {})
    found = prior_draws(component, data, priors, seed, draws, curves)
    of_record = observed(component.section, data)
    redraw = _remembering(partial(prior_draws, component, data, seed=seed, draws=draws))
    findings = [_judge(component.name, one, found, of_record, _BOUND.get(one.name)) for one in of_section(component.section)]
    latent = {name: of(found.named) for name, of in LATENT.get(component.section, {}).items()}
    return PriorCheck(component=component.name, curve={**found.curve, **latent},
                      record={name: np.asarray(of(data.array), float) for name, of in curves.items()},
                      findings=tuple(with_driver(one, found.named, priors, default, redraw) for one in findings))


def _judge(component: str, statistic: Statistic, found: PriorDraws, of_record: Mapping[str, float],
           bound: Bound | None) -> Finding:
    values, here = found.statistic[statistic.name], of_record.get(statistic.name, np.nan)
    return Finding(component=component, statistic=statistic, values=values, observed=here, bound=bound,
                   kind=kind_of(values, bound, here))


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


def with_driver(finding: Finding, named: xr.Dataset, priors: Mapping[str, Prior], default: Mapping[str, Prior],
                redraw: Redraw) -> Finding:
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


def replaced(finding: Finding, priors: Mapping[str, Prior], default: Mapping[str, Prior], redraw: Redraw) -> list[Driver]:
    """Every prior that differs from the default set, with what is left of the finding without it."""
    found = []
    for name, prior in priors.items():
        if not same(prior, default[name]):
            values = redraw({**priors, name: default[name]}).statistic[finding.statistic.name]
            left = badness(finding.kind, values, finding.bound, finding.observed)
            found.append(Driver(parameter=name, prior=prior, default=default[name], badness=left))
    return found


def correlated(finding: Finding, named: xr.Dataset, priors: Mapping[str, Prior],
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
