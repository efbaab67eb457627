r"""What prior sets say, in words, tables and figures.

What a prior means in numbers that people can picture
-----------------------------------------------------
A scale :math:`s \sim \mathrm{HalfNormal}(\sigma)` governs effects :math:`s z` with :math:`z` standard normal. What is said is the
size of such an effect: :math:`|s z|` has the median :math:`0.37\,\sigma` and the 95 % point :math:`2.18\,\sigma`, as the product
of two normals; on a log scale these are factors :math:`e^{|s z|}` up or down.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit, k0, logit
from scipy.stats import beta, halfnorm

from forecast.components.joint import idle
from forecast.components.priors import Prior, PriorSet, Scale, same
from forecast.components.registry import of_section
from forecast.contacts.codes import TYPE
from forecast.panel.covariates import load_covariates
from forecast.report.words import number


def scale_of(section: str, parameter: str) -> Scale:
    """On which scale a parameter is read; that of its section where it has none of its own."""
    component = of_section(section)
    return component.units.get(parameter, component.unit)


# What a prior means in numbers that people can picture.

WIDE = 1.959963984540054  # standard deviations: 95 % of a normal lie within


def meaning(section: str, parameter: str, prior: Prior) -> str:
    """One line in plain numbers."""
    return _SAY[prior.distribution](prior, scale_of(section, parameter))


@cache
def effect_size(share: float) -> float:
    r"""Quantile of :math:`|s z|` for a half-normal scale of sigma 1; the density of a product of normals is K0(x) / pi."""
    return brentq(lambda x: 2 / np.pi * quad(k0, 0, x)[0] - share, 1e-3, 20)


def _normal(prior: Prior, scale: Scale) -> str:
    low, middle, high = (transformed(scale, prior.mu + side * prior.sigma) for side in (-WIDE, 0, WIDE))
    if scale.kind == "share":
        return f"{_percent(middle)} {scale.unit}; 95 % from {_percent(low)} to {_percent(high)}"
    what = {"level": "", "factor": "a factor of ", "odds": "odds times "}[scale.kind]
    return f"{what}{_plain(middle)}{_unit(scale)}; 95 % from {_plain(low)} to {_plain(high)}"


def _half_normal(prior: Prior, scale: Scale) -> str:
    if scale.kind == "variation":
        middle, high = (float(halfnorm.ppf(share)) * prior.sigma for share in (0.5, 0.95))
        return f"coefficient of variation {scale.unit} typically {_plain(middle)}, 95 % below {_plain(high)}"
    typical, most = (np.exp(effect_size(share) * prior.sigma) for share in (0.5, 0.95))
    what = "odds differ" if scale.kind == "odds" else "differs"
    return f"{what} by a factor of {_plain(typical)} typically, 95 % by less than {_plain(most)}, up or down"


def _beta(prior: Prior, scale: Scale) -> str:
    low, high = (float(beta.ppf(share, prior.alpha, prior.beta)) for share in (0.025, 0.975))
    return f"{_percent(prior.alpha / (prior.alpha + prior.beta))} {scale.unit}; 95 % from {_percent(low)} to {_percent(high)}"


def _dirichlet(prior: Prior, scale: Scale) -> str:
    weight = np.array(prior.concentration)
    shares = ", ".join(_percent(one) for one in weight / weight.sum())
    return f"{shares} {scale.unit}, with the weight of {_plain(weight.sum())} cases"


def _fixed(prior: Prior, scale: Scale) -> str:
    if scale.kind in ("factor", "odds"):
        return f"{'odds times' if scale.kind == 'odds' else 'a factor of'} {_plain(np.exp(prior.value))}{_unit(scale)}; fixed"
    return f"{_percent(prior.value)} {scale.unit}; fixed"


def _by_type(prior: Prior, _: Scale) -> str:
    said = (f"{_plain(np.exp(value))} for {name.replace('_', ' ')}" for name, value in prior.values.items())
    return f"a factor of {', '.join(said)}; fixed"


def _independent(_: Prior, __: Scale) -> str:
    return "types and presidents as type_centre, type_scale and president_scale have them"


def _joint(prior: Prior, _: Scale) -> str:
    """Factors by name: types against the one type, presidents against the middle of all."""
    def one(name: str) -> str:
        low, middle, high = (_plain(np.exp(prior.mean[name] + side * prior.sd[name])) for side in (-WIDE, 0, WIDE))
        over = f" over {prior.against.replace('_', ' ')}" if name in TYPE else ""
        return f"{middle} for {name.replace('_', ' ')}{over} (95 % from {low} to {high})"

    return f"a factor of {', '.join(map(one, prior.mean))}; correlated as given"


def _none(_: Prior, __: Scale) -> str:
    return "nothing is switched on"


def _covariates(prior: Prior, _: Scale) -> str:
    """How much one unit of each covariate may do."""
    known = load_covariates()
    said = (f"{_plain(np.exp(WIDE * sd))} for {known[name].unit} ({name.replace('_', ' ')})" for name, sd in prior.sd.items())
    return f"95 % within a factor, up or down, of {', '.join(said)}"


_SAY = {"normal": _normal, "half_normal": _half_normal, "beta": _beta, "dirichlet": _dirichlet, "fixed": _fixed,
        "fixed_by_type": _by_type, "independent": _independent, "joint_normal": _joint, "none": _none,
        "normal_by_covariate": _covariates}


def transformed(scale: Scale, value: float) -> float:
    """A value on the scale that people read."""
    if scale.kind == "share":
        return float(expit(value))
    return float(np.exp(value)) if scale.kind in ("level", "factor", "odds") else value


# The number in which people are asked about a parameter, and the way back from it.

TYPICAL = 0.6744897501960817  # standard deviations: half of a normal lies within
_Way = Callable[[np.ndarray], np.ndarray]
_WAYS: Mapping[str, tuple[_Way, _Way]] = {
    "itself": (lambda value: value, lambda plain: plain), "exp": (np.exp, np.log), "expit": (expit, logit),
    "typical": (lambda value: np.exp(TYPICAL * value), lambda plain: np.log(plain) / TYPICAL)}
"""Name -> from the scale of the prior file to the number, and back; all of them rise."""


@dataclass(frozen=True, kw_only=True)
class Plain:
    r"""A number x that people know, for a parameter that they do not.

    A scale :math:`s` of effects :math:`s z` with :math:`z` standard normal is asked about by the factor
    :math:`x = e^{0.674 s}`: half of the effects are smaller, up or down (of types of one party, which are correlated and sum to
    zero with the others, a little more than half). The range of effects is what experts are asked about for
    such scales by Ren, Oakley and Stevens (2018, arXiv 1708.01193).

    Parameters
    ----------
    way : str
        ``itself``, ``exp``, ``expit`` or ``typical``.
    asked : str
        What x is.
    """

    way: Literal["itself", "exp", "expit", "typical"]
    asked: str

    def of(self, value: ArrayLike) -> np.ndarray:
        """The number for a value of the parameter."""
        return np.asarray(_WAYS[self.way][0](np.asarray(value, float)))

    def own(self, plain: ArrayLike) -> np.ndarray:
        """The value of the parameter for a number; infinite or NaN beyond what the number can be."""
        with np.errstate(all="ignore"):
            return np.asarray(_WAYS[self.way][1](np.asarray(plain, float)))


def plain_of(section: str, parameter: str, distribution: str) -> Plain:
    """In which number people are asked about a parameter with such a prior."""
    scale = scale_of(section, parameter)
    if scale.kind in ("variation", "value"):
        what = f"coefficient of variation {scale.unit}" if scale.kind == "variation" else f"x in: x {scale.unit}"
        return Plain(way="itself", asked=what)
    if distribution == "half_normal":
        odds = " of odds" if scale.kind == "odds" else ""
        return Plain(way="typical", asked=f"typical factor{odds}: half of these effects are smaller, up or down")
    if scale.kind == "share":
        return Plain(way="expit", asked=f"share x in: x {scale.unit}")
    return Plain(way="exp", asked={"level": scale.unit, "factor": f"factor{_unit(scale)}",
                                   "odds": f"factor of odds{_unit(scale)}"}[scale.kind])


def _unit(scale: Scale) -> str:
    return f" {scale.unit}" if scale.unit else ""


def _plain(value: float) -> str:
    """Two decimals, fewer for large numbers and more for small ones."""
    if not 0 < value < 1e6:
        return f"{value:.0e}" if value else "0"
    if value == round(value):
        return number(value)
    return number(value, 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 1 - int(np.floor(np.log10(value))))


def _percent(share: float) -> str:
    value = 100 * share
    return f"{number(value, 0 if 1 <= value <= 99 else 1)} %"


# Priors in words: ``normal with mu 0, sigma 1.5``.

def formula(prior: Prior) -> str:
    """Distribution and arguments."""
    return " with ".join(filter(None, (prior.distribution.replace("_", "-"), arguments(prior))))


def arguments(prior: Prior) -> str:
    """Arguments by name: ``mu 0, sigma 1.5``."""
    return ", ".join(f"{name} {_value(value)}" for name, value in prior.arguments().items())


def _value(value: object) -> str:
    if isinstance(value, str):
        return value.replace("_", " ")
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')} {f'with {_value(one)}' if isinstance(one, dict) else f'{one:g}'}"
                         for name, one in value.items())
    return "(" + ", ".join(f"{one:g}" for one in value) + ")" if isinstance(value, tuple) else f"{value:g}"


# Every prior of a set as one table.

IDLE = "plays no part: administration_effects stands in its place"


def prior_table(priors: PriorSet, default: PriorSet) -> pd.DataFrame:
    """One row per parameter, in the order of the default set.

    Returns
    -------
    DataFrame
        Columns section, parameter, distribution, arguments, meaning, reason, differs (0 or 1), default (arguments there, empty
        where they do not differ), default_meaning. A prior in whose place a joint normal stands says so.
    """
    rows = []
    for section, part in default.component.items():
        without = idle(priors.component[section])
        for name, usual in part.items():
            prior = priors.component[section][name]
            other = not same(prior, usual)
            says = IDLE if name in without else meaning(section, name, prior)
            rows.append({"section": section, "parameter": name, "distribution": prior.distribution,
                         "arguments": arguments(prior), "meaning": says, "reason": prior.reason,
                         "differs": int(other), "default": arguments(usual) if other else "",
                         "default_meaning": meaning(section, name, usual) if other else ""})
    return pd.DataFrame(rows)
