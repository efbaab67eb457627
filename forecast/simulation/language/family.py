"""Distributions that a size may have, by their usual names and parameters, each drawn by inversion."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, gammaincinv, ndtr, ndtri, stdtrit

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
    below, above = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
    return np.clip(mean + sd * ndtri(below + p * (above - below)), low, high)


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
