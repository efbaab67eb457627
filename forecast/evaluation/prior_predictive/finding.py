"""What is wrong with a prior: what was found, how sure that is, and which parameter's prior is behind it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecast.components.priors import Prior
from forecast.evaluation.prior_predictive.bounds import CONFLICT, Bound
from forecast.evaluation.prior_predictive.statistic import Statistic


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
    return beyond(values, bound) if kind == "absurd" else float(abs(2 * percentile(values, observed) - 1))


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
