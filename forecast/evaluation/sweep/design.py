"""The points of a sweep: values of all varied assumptions, in a fixed order."""

from itertools import product
from typing import Any

import numpy as np

from forecast.errors import Fault, InputError
from forecast.evaluation.sweep.schema import Sweep, Vary


def points(sweep: Sweep, seed: int) -> list[tuple[Any, ...]]:
    """Values by point, in the order of ``vary``; numbers rounded to ten digits, so that files hold what was run."""
    if sweep.design == "grid":
        return list(product(*map(_levels, sweep.vary)))
    columns = [_at(one, column) for one, column in zip(sweep.vary, unit_sample(sweep, seed).T, strict=True)]
    return list(zip(*columns, strict=True))


def unit_sample(sweep: Sweep, seed: int) -> np.ndarray:
    """Sobol points in the unit cube, arranged for first and total indices (Saltelli et al. 2010, doi
    10.1016/j.cpc.2009.09.018): shape (samples * (assumptions + 2), assumptions).
    """
    sample = salib("sample.sobol")
    return sample.sample(problem(sweep), sweep.samples, calc_second_order=False, seed=seed)


def problem(sweep: Sweep) -> dict[str, Any]:
    """The sweep as SALib describes one: all assumptions uniform on the unit interval."""
    names = [one.path for one in sweep.vary]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def salib(module: str) -> Any:
    """A module of SALib (raises InputError with the remedy where it is not installed)."""
    from importlib import import_module

    try:
        return import_module(f"SALib.{module}")
    except ImportError as error:
        raise InputError([Fault(source="this installation", where="package SALib", expected="SALib, for Sobol designs",
                                found="not installed", remedy="Install bilateral-forecast[sweep].")]) from error


def _levels(vary: Vary) -> list[Any]:
    if vary.values is not None:
        return list(vary.values)
    return _rounded(vary.over.quantile((np.arange(vary.steps) + 0.5) / vary.steps))


def _at(vary: Vary, unit: np.ndarray) -> list[Any]:
    """Values at points of the unit interval, by inversion."""
    if vary.values is not None:
        return [vary.values[min(int(one * len(vary.values)), len(vary.values) - 1)] for one in unit]
    return _rounded(vary.over.quantile(np.clip(unit, 1e-9, 1 - 1e-9)))


def _rounded(values: np.ndarray) -> list[float]:
    return [float(f"{value:.10g}") for value in values]
