"""Prior sets: YAML files in which every number has a reason, checked against what the components declare.

A set names, for each component and each of its parameters, a distribution by its standard name. Which
names are allowed follows from the support that the component declares for the parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Optional

import numpy as np
from pydantic import Field, model_validator

from forecast.config import Strict
from forecast.contacts.codes import TYPE
from forecast.panel.covariates import load_covariates

ARGUMENT = {
    "normal": ("mu", "sigma"),
    "half_normal": ("sigma",),
    "beta": ("alpha", "beta"),
    "dirichlet": ("concentration",),
    "fixed": ("value",),
    "fixed_by_type": ("values",),
    "independent": (),
    "none": (),
    "normal_by_covariate": ("sd",),
    "joint_normal": ("unit", "against", "mean", "sd", "correlation"),
}
SUPPORT = {
    "real": {"normal"},
    "trend": {"normal", "fixed"},
    "positive": {"half_normal"},
    "deviation": {"half_normal", "fixed"},
    "unit": {"beta"},
    "shares_of_2": {"dirichlet"},
    "shares_of_3": {"dirichlet"},
    "shares_of_4": {"dirichlet"},
    "persistence": {"fixed"},
    "by_type": {"fixed_by_type"},
    "administrations": {"independent", "joint_normal"},
    "covariates": {"none", "normal_by_covariate"},
    "first_level": {"normal"},
}
UNDRAWN = frozenset({"by_type", "administrations", "covariates", "first_level"})
"""Supports of priors that are part of the model and leave no draws of their own."""
TOLERANCE = 1e-6  # of a sum of values written with a few decimals
POSITIVE = {"sigma", "alpha", "beta", "concentration", "sd"}
LARGEST = (dict.fromkeys(("mu", "sigma", "value", "values", "mean", "sd"), 20.0) | {"correlation": 1.0}
           | dict.fromkeys(("alpha", "beta", "concentration"), 1e6))
"""Numbers beyond which no prior makes sense: all are on log or logit scales, and exp(20) is half a billion."""


if TYPE_CHECKING:
    type Argument[T] = T  # whoever knows the distribution may rely on its arguments: _arguments_fit has checked them
else:
    Argument = Optional
ABSENT: Any = None
"""Value of the arguments that a distribution does not have."""


class Prior(Strict):
    """One parameter's prior: a distribution by its standard name, its arguments, and why."""

    distribution: Literal["normal", "half_normal", "beta", "dirichlet", "fixed", "fixed_by_type", "independent", "joint_normal",
                          "none", "normal_by_covariate"]
    reason: str = Field(min_length=10)
    mu: Argument[float] = ABSENT
    sigma: Argument[float] = ABSENT
    alpha: Argument[float] = ABSENT
    beta: Argument[float] = ABSENT
    concentration: Argument[tuple[float, ...]] = ABSENT
    value: Argument[float] = ABSENT
    values: Argument[dict[str, float]] = ABSENT
    unit: Argument[Literal["log_rate_ratio"]] = ABSENT
    against: Argument[str] = ABSENT
    mean: Argument[dict[str, float]] = ABSENT
    sd: Argument[dict[str, float]] = ABSENT
    correlation: Argument[dict[str, dict[str, float]]] = ABSENT

    @model_validator(mode="after")
    def _arguments_fit(self) -> "Prior":
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        given -= {"distribution", "reason"}
        wanted = set(ARGUMENT[self.distribution])
        if given != wanted:
            raise ValueError(f"{self.distribution} with {'exactly ' + ', '.join(sorted(wanted)) if wanted else 'no number'}")
        number = {name: _numbers(getattr(self, name)) for name in sorted(given) if name in LARGEST}
        if any(not (number[name].size and (number[name] > 0).all()) for name in given & POSITIVE):
            raise ValueError(f"{self.distribution} with {', '.join(sorted(given & POSITIVE))} above zero")
        if beyond := [name for name, value in number.items() if (np.abs(value) > LARGEST[name]).any()]:
            raise ValueError(", ".join(f"{name} of at most {LARGEST[name]:,g}" for name in beyond) + " in size")
        return self

    def by_label(self, label: Sequence[str]) -> np.ndarray:
        """Values of a distribution by type, in the order of the axis."""
        return np.array([self.values[name] for name in label])

    def arguments(self) -> dict[str, Any]:
        """Arguments of the distribution by name."""
        return {name: getattr(self, name) for name in ARGUMENT[self.distribution]}


def _numbers(value: Any) -> np.ndarray:
    """The numbers of an argument: itself, its items, or its values by label."""
    if isinstance(value, dict):
        return np.concatenate([np.empty(0), *map(_numbers, value.values())])
    return np.atleast_1d(np.array(value, dtype=float))


class Evidence(Strict):
    """What a prior set was made from: registers of all states but those left out, nothing dated later than a day.

    Such a set must not meet a record that holds the same travel, nor a forecast of an earlier day.
    """

    as_of: date
    left_out: tuple[str, ...]

    def with_that_of(self, other: "Evidence | None") -> "Evidence":
        """Of a set over another: what either knows."""
        if other is None:
            return self
        return Evidence(as_of=max(self.as_of, other.as_of), left_out=tuple(one for one in self.left_out if one in other.left_out))


class PriorSet(Strict):
    """All priors of one file, by component and parameter.

    Parameters
    ----------
    name, title : str
        Its name, and what it assumes in a line.
    extends : str, optional
        Set of which it has all that it does not name itself.
    evidence : Evidence, optional
        What it was made from, where it is more than judgement.
    from_region : tuple of str
        Sections whose components are estimated from all dyads of a region, beside those that the region itself names.
    component : dict
        Section -> parameter -> prior.
    """

    name: str
    title: str
    extends: str | None = None
    evidence: Evidence | None = None
    from_region: tuple[str, ...] = ()
    component: dict[str, dict[str, Prior]]


def same(one: Prior, other: Prior) -> bool:
    """Whether two priors are the same distribution, whatever their reasons."""
    return one.distribution == other.distribution and one.arguments() == other.arguments()


def outside(prior: Prior, support: str) -> tuple[str, str] | None:
    """What a support asks of the arguments beyond the distribution, and what stood there, where they differ."""
    if support.startswith("shares_of") and len(prior.concentration) != int(support[-1]):
        return f"{support[-1]} concentrations, one per code", str(len(prior.concentration))
    if support == "persistence" and not 0 <= prior.value < 1:
        return "a value from 0 to below 1", str(prior.value)
    if support == "deviation" and prior.distribution == "fixed" and prior.value < 0:
        return "a value of zero or more", str(prior.value)
    if support == "covariates" and prior.sd and (unknown := sorted(set(prior.sd) - set(load_covariates()))):
        return f"covariates among {', '.join(load_covariates())}", ", ".join(unknown)
    if support == "by_type" and set(prior.values) != set(TYPE):
        return f"one value for each of {', '.join(TYPE)}", ", ".join(prior.values)
    if support == "by_type" and abs(sum(prior.values.values())) > TOLERANCE:
        return "values that sum to zero", f"{sum(prior.values.values()):g}"
    return None


def assumed(prior: Prior, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draws of a parameter that no likelihood touches: an assumption keeps its prior."""
    if prior.distribution == "beta":
        return rng.beta(prior.alpha, prior.beta, shape)
    return np.abs(rng.normal(0.0, prior.sigma, shape))


# On which scale a parameter of the prior files acts, so that its prior can be said in plain numbers.

Kind = Literal["level", "factor", "odds", "share", "variation", "value"]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How a parameter is read.

    Parameters
    ----------
    kind : str
        ``level``: log of a number of things; ``factor``: log of a ratio; ``odds``: log of a ratio of odds; ``share``: log odds
        of a share; ``variation``: coefficient of variation; ``value``: itself.
    unit : str
        Of what, in words.
    """

    kind: Kind
    unit: str = ""


FACTOR, ODDS = Scale(kind="factor"), Scale(kind="odds")
FACTOR_DECADE, ODDS_DECADE = Scale(kind="factor", unit="per decade"), Scale(kind="odds", unit="per decade")
VARIATION = Scale(kind="variation", unit="beyond Poisson")
