"""Distributions that a size may have, by their usual names and parameters, each drawn by inversion."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, gammaincinv, log_ndtr, ndtr, ndtri, ndtri_exp, stdtrit

Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class Family:
    """One named distribution.

    Parameters
    ----------
    parameters : tuple of str
        Their names, in the order of a scenario file.
    wrong : callable
        Parameters -> what was expected, where they are no distribution; else an empty text.
    quantile : callable
        Probabilities and parameters -> values.
    support : callable
        Parameters -> lowest and highest value.
    """

    parameters: tuple[str, ...]
    wrong: Callable[..., str]
    quantile: Callable[..., Array]
    support: Callable[..., tuple[float, float]]


def _positive(name: str) -> str:
    return f"a {name} above 0"


def _real(*_: float) -> tuple[float, float]:
    return -np.inf, np.inf


def _truncated(p: Array, mean: float, sd: float, low: float, high: float) -> Array:
    """Quantiles between two ends; where both lie on one side of the mean, in the log of the tail that is nearer to zero."""
    with np.errstate(over="ignore"):  # ends beyond any number of standard deviations are infinitely far
        below, above = np.float64(low - mean) / sd, np.float64(high - mean) / sd
    if below > 0:
        return -_left_tail(1 - p, -mean, sd, -high, -low)
    if above < 0:
        return _left_tail(p, mean, sd, low, high)
    start, end = ndtr(below), ndtr(above)
    return np.clip(mean + sd * ndtri(start + p * (end - start)), low, high)


def _left_tail(p: Array, mean: float, sd: float, low: float, high: float) -> Array:
    """Quantiles where the upper end lies below the mean: all of it in the lower tail, whose log has every digit.

    With a = log Phi of the lower end and b of the upper, the log of a + p (b - a) is b + log(p + (1 - p) exp(a - b)).
    """
    start, end = (log_ndtr((one - mean) / sd) for one in (low, high))
    ratio = np.exp(start - end) if np.isfinite(end) else 1.0
    share = end + np.log(p + (1 - p) * ratio)
    return np.clip(mean + sd * ndtri_exp(share), low, high) if np.isfinite(end) else np.full(np.shape(p), high)


def _triangular(p: Array, low: float, mode: float, high: float) -> Array:
    rise = (mode - low) / (high - low)
    left = low + np.sqrt(p * (high - low) * (mode - low))
    return np.where(p < rise, left, high - np.sqrt((1 - p) * (high - low) * (high - mode)))


def _laplace(p: Array, mean: float, scale: float) -> Array:
    return mean - scale * np.sign(p - 0.5) * np.log1p(-2 * np.abs(p - 0.5))


FAMILY = {
    "normal": Family(
        parameters=("mean", "sd"), wrong=lambda mean, sd: "" if sd >= 0 else "a standard deviation of 0 or more",
        quantile=lambda p, mean, sd: mean + sd * ndtri(p), support=_real),
    "uniform": Family(
        parameters=("low", "high"), wrong=lambda low, high: "" if low <= high else "the lower end first, uniform: [low, high]",
        quantile=lambda p, low, high: low + (high - low) * p, support=lambda low, high: (low, high)),
    "student_t": Family(
        parameters=("nu", "mean", "scale"),
        wrong=lambda nu, mean, scale: "" if nu > 0 and scale > 0 else "degrees of freedom and a scale above 0",
        quantile=lambda p, nu, mean, scale: mean + scale * stdtrit(nu, p), support=_real),
    "lognormal": Family(
        parameters=("mu", "sigma"), wrong=lambda mu, sigma: "" if sigma > 0 else _positive("sigma"),
        quantile=lambda p, mu, sigma: np.exp(mu + sigma * ndtri(p)), support=lambda *_: (0.0, np.inf)),
    "beta": Family(
        parameters=("alpha", "beta"), wrong=lambda alpha, beta: "" if alpha > 0 and beta > 0 else "alpha and beta above 0",
        quantile=lambda p, alpha, beta: betaincinv(alpha, beta, p), support=lambda *_: (0.0, 1.0)),
    "gamma": Family(
        parameters=("shape", "rate"), wrong=lambda shape, rate: "" if shape > 0 and rate > 0 else "a shape and a rate above 0",
        quantile=lambda p, shape, rate: gammaincinv(shape, p) / rate, support=lambda *_: (0.0, np.inf)),
    "laplace": Family(
        parameters=("mean", "scale"), wrong=lambda mean, scale: "" if scale > 0 else _positive("scale"),
        quantile=_laplace, support=_real),
    "triangular": Family(
        parameters=("low", "mode", "high"),
        wrong=lambda low, mode, high: "" if low <= mode <= high and low < high else "three numbers in order, low < high",
        quantile=_triangular, support=lambda low, mode, high: (low, high)),
    "truncated_normal": Family(
        parameters=("mean", "sd", "low", "high"),
        wrong=lambda mean, sd, low, high: "" if sd > 0 and low < high else "a standard deviation above 0, and low < high",
        quantile=_truncated, support=lambda mean, sd, low, high: (low, high)),
}
