"""Densities of priors, on the scale on which people read them."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import beta, halfnorm, norm

from forecast.components.priors import Prior
from forecast.report.priors.scale import Scale

POINTS = 240
_NICE = {
    "ratio": (1e-4, 1e-3, 0.01, 0.1, 0.25, 0.5, 1, 2, 4, 10, 100, 1000, 1e4),
    "share": (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999),
}
_TICKS = 5


@dataclass(frozen=True, kw_only=True)
class Density:
    """A curve: `place` on the scale of the prior file, `height` relative to its top; spikes have one place.

    Parameters
    ----------
    place, height : (point,) array
    label : str
        Which part of a prior of many (an outcome, a type); empty where there is one.
    """

    place: np.ndarray
    height: np.ndarray
    label: str = ""


def densities(prior: Prior) -> tuple[Density, ...]:
    """Curves of one prior: one, or one per share or type."""
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
    if scale.kind in ("variation", "value"):
        place = np.linspace(0, np.ceil(4 * high) / 4, 3)
        return list(place), [f"{value:g}" for value in place]
    share = scale.kind == "share"
    inside = [value for value in _NICE["share" if share else "ratio"] if low <= (logit(value) if share else np.log(value)) <= high]
    chosen = inside if len(inside) <= _TICKS else _thinned(inside)
    return [float(logit(value) if share else np.log(value)) for value in chosen], [_word(value, share) for value in chosen]


def _thinned(values: list[float]) -> list[float]:
    """Powers of ten and a half, every second where there are still too many."""
    coarse = [value for value in values if value in (1, 0.5) or abs(np.log10(value)) == round(abs(np.log10(value)))]
    return coarse if len(coarse) <= _TICKS else coarse[::2]


def _word(value: float, share: bool) -> str:
    return f"{100 * value:g} %" if share else f"{value:,g}" if value < 1e5 else f"{value:.0e}"


def readable(place: float, scale: Scale) -> float:
    """A place on the scale of the file as the number that people read."""
    return float(expit(place)) if scale.kind == "share" else float(np.exp(place))
