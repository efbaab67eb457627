"""Densities of priors, on the scale on which people read them."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logit
from scipy.stats import beta, halfnorm, norm

from forecast.components.priors import Prior
from forecast.report.priors.scale import Scale

POINTS = 240
_RATIO = ((0.4, (0.8, 0.9, 1, 1.1, 1.2, 1.3)), (1.3, (0.3, 0.5, 0.7, 1, 1.5, 2, 3)), (4.0, (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)),
          (6.0, (0.05, 0.2, 1, 5, 20, 100)),
          (np.inf, (1e-6, 1e-4, 0.01, 0.1, 1, 10, 100, 1e4, 1e6, 1e8)))
"""Ticks of ratios, by the width of the axis in logs."""
_SHARE = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
_MANY = 5


@dataclass(frozen=True, kw_only=True)
class Density:
    """A curve: `place` on the scale of the prior file, `height` relative to its top; spikes have one place.

    Parameters
    ----------
    place, height : (point,) array
    label : str
        Which part of a prior of many (an outcome, a type), or its number; empty where there is one.
    """

    place: np.ndarray
    height: np.ndarray
    label: str = ""


def densities(prior: Prior) -> tuple[Density, ...]:
    """Curves of one prior: one, or one per share, type or president; none where other priors say what this one means."""
    if prior.distribution == "independent":
        return ()
    if prior.distribution == "joint_normal":
        return tuple(_curve(norm(prior.mean[name], prior.sd[name]), str(place)) for place, name in enumerate(prior.mean))
    if prior.distribution == "fixed":
        return (_spike(prior.value),)
    if prior.distribution == "fixed_by_type":
        return tuple(_spike(value, name.replace("_", " ")) for name, value in prior.values.items())
    if prior.distribution == "dirichlet":
        total = sum(prior.concentration)
        return tuple(_curve(beta(one, total - one), str(place)) for place, one in enumerate(prior.concentration))
    return (_curve({"normal": lambda: norm(prior.mu, prior.sigma), "half_normal": lambda: halfnorm(scale=prior.sigma),
                    "beta": lambda: beta(prior.alpha, prior.beta)}[prior.distribution]()),)


def _spike(value: float, label: str = "") -> Density:
    return Density(place=np.array([value]), height=np.ones(1), label=label)


def _curve(distribution: object, label: str = "") -> Density:
    place = np.linspace(*distribution.ppf((0.0015, 0.9985)), POINTS)
    height = distribution.pdf(place)
    return Density(place=place, height=height / height.max(), label=label)


def ticks(scale: Scale, low: float, high: float) -> tuple[list[float], list[str]]:
    """Where to put ticks between two places, and the plain numbers that they stand for."""
    if scale.kind == "value":
        return [0, 0.5, 1], ["0", "0.5", "1"]
    if scale.kind == "variation":
        place = [value for value in (0, 0.25, 0.5, 1, 2, 4, 8, 16) if value <= high and (value > high / 5 or not value)]
        return place, [f"{value:g}" for value in place]
    if scale.kind == "share":
        inside = [value for value in _SHARE if low <= logit(value) <= high]
        inside = inside if len(inside) <= _MANY else [value for value in inside if value not in (0.01, 0.99)]
        return [float(logit(value)) for value in inside], [f"{100 * value:g} %" for value in inside]
    nice = next(values for width, values in _RATIO if high - low < width)
    inside = [value for value in nice if low <= np.log(value) <= high]
    return [float(np.log(value)) for value in inside], [f"{value:g}" for value in inside]
