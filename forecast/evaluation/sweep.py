r"""Sweeps: many variants of a scenario, and which assumptions matter for what.

What a sweep looks at
---------------------
Means over the paths of a scenario, by name, as one number per path.

Shares of topics are ratios of means. Their number per path is the linearised one,
:math:`s_k + (m_{pk} - s_k m_p) / \bar m`, whose mean is the ratio and whose spread gives the delta-method error of it.

Which assumptions matter
------------------------
Sobol indices of every quantity of a sweep.

The first-order index :math:`S_i = \mathrm{Var}\,\mathrm{E}(Y \mid x_i) / \mathrm{Var}\,Y` is the share of the variance over the
design that an assumption explains alone, the total index :math:`T_i = \mathrm{E}\,\mathrm{Var}(Y \mid x_{-i}) / \mathrm{Var}\,Y`
the share that would be left if all others were known (Saltelli et al. 2010, doi 10.1016/j.cpc.2009.09.018). Intervals are of the
design, by bootstrap; every point has the same noise, so that quantities are functions of the assumptions.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import BeforeValidator, Field, model_validator

from forecast.components.registry import TOPICS
from forecast.config import Strict
from forecast.contacts import codes
from forecast.errors import Fault, InputError
from forecast.evaluation.montecarlo import batch_of, probability
from forecast.evaluation.questions import components_of, error_over_batches, holds
from forecast.simulation.relation_index import WeightSet, relation_index
from forecast.simulation.scenario import Scenario
from forecast.simulation.scenario.values import Size, Text, Word

# What a sweep file may say.

OUTSIDE = ("priors", "as_of")
"""Paths that are no keys of a scenario: the prior set, and the day up to which the record is used."""
MOST_POINTS = 200_000
"""Points of a design; beyond, a sweep would run for weeks."""


def _values(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) < 2 or len(set(map(str, value))) < len(value):
        raise ValueError("two or more different values")
    return tuple(value)


class Vary(Strict):
    """One assumption that is varied: over a list of values, or over a distribution.

    ``path`` is a key of the scenario with its parts joined by dots, items of lists by their id, as ``forecast scenario explain``
    shows it; or ``priors``, or ``as_of``.
    """

    path: Text
    reason: Text
    values: Annotated[tuple[Any, ...] | None, BeforeValidator(_values)] = None
    over: Size | None = None
    steps: Annotated[int | None, Field(ge=2, le=50, strict=True)] = None

    @model_validator(mode="after")
    def _one_range(self) -> "Vary":
        if (self.values is None) == (self.over is None):
            raise ValueError("one of the keys values and over")
        if self.path in OUTSIDE and self.values is None:
            raise ValueError(f"values for {self.path}")
        if self.values is not None and self.steps is not None:
            raise ValueError("steps only beside over")
        return self


class Sweep(Strict):
    """A design over some assumptions.

    ``design: grid`` takes every combination of values (of a distribution, ``steps`` evenly spaced quantiles); ``design: sobol``
    takes ``samples`` (a power of two) times two more than there are assumptions, and sensitivity indices from them.
    """

    name: Word
    title: Text
    description: Text
    scenarios: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
    design: Literal["grid", "sobol"]
    samples: Annotated[int | None, Field(ge=8, le=MOST_POINTS, strict=True)] = None
    paths: Annotated[int, Field(ge=100, le=1_000_000, strict=True)] = 500
    vary: Annotated[tuple[Vary, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _complete(self) -> "Sweep":
        if (self.design == "sobol") != (self.samples is not None):
            raise ValueError("samples with design: sobol, and only with it")
        if self.samples is not None and self.samples & (self.samples - 1):
            raise ValueError("samples that are a power of two")
        if self.design == "grid" and any(one.over is not None and one.steps is None for one in self.vary):
            raise ValueError("steps beside every over, because the design is a grid")
        if len({one.path for one in self.vary}) < len(self.vary):
            raise ValueError("every path once")
        if (points := self._points()) > MOST_POINTS:
            raise ValueError(f"a design of at most {MOST_POINTS:,} points, not of {points:,.0f}")
        return self

    def _points(self) -> int:
        """Points of the design."""
        if self.samples is not None:
            return self.samples * (len(self.vary) + 2)
        return prod(len(one.values) if one.values is not None else one.steps or 0 for one in self.vary)


# The points of a sweep: values of all varied assumptions, in a fixed order.

def sweep_points(sweep: Sweep, seed: int) -> list[tuple[Any, ...]]:
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
    found: np.ndarray = sample.sample(problem(sweep), sweep.samples, calc_second_order=False, seed=seed)
    return found


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
    steps = vary.steps or 0
    return _quantiles(vary, (np.arange(steps) + 0.5) / steps)


def _at(vary: Vary, unit: np.ndarray) -> list[Any]:
    """Values at points of the unit interval, by inversion."""
    if vary.values is not None:
        return [vary.values[min(int(one * len(vary.values)), len(vary.values) - 1)] for one in unit]
    return _quantiles(vary, np.clip(unit, 1e-9, 1 - 1e-9))


def _quantiles(vary: Vary, unit: np.ndarray) -> list[float]:
    """Of the distribution that an assumption without values has."""
    return [float(f"{value:.10g}") for value in vary.over.quantile(unit)] if vary.over else []


# What a sweep looks at.

Measured = Mapping[str, np.ndarray]
"""Name -> (path,) array."""
Draws = Mapping[str, int]
"""Component -> posterior draws, after which paths repeat its parameters."""


def measure(paths: xr.Dataset, scenario: Scenario, weights: tuple[WeightSet, float], months: float) -> Measured:
    """Contacts in all and by rank, shares of topics, the relation index, and whether every question holds.

    Parameters
    ----------
    paths : Dataset
        From the engine.
    weights : tuple of WeightSet and float
        Of the relation index, with its base level.
    months : float
        Observed months of the horizon.
    """
    by_rank = paths["contact"].sum(("month", "outcome")).transpose("rank", "path").to_numpy()
    found = {"contacts": by_rank.sum(axis=0)}
    found |= _named("contacts", paths["rank"].to_numpy(), by_rank)
    count = paths["contact"].sum("month").transpose("path", "rank", "outcome").to_numpy()
    found["relation index"] = relation_index(count, weights[0], base=weights[1], months=months)
    mention = paths["mention"].sum("month").transpose("topic", "path").to_numpy().astype(float)
    total, share = mention.sum(axis=0), mention.sum(axis=1, keepdims=True) / mention.sum()
    found |= _named("share of", paths["topic"].to_numpy(), share + (mention - share * total) / total.mean())
    match = paths["match"].transpose("question", "path").to_numpy()
    return found | {f"P({question.id})": np.asarray(holds(one, question))
                    for question, one in zip(scenario.questions, match, strict=True)}


def mean_and_error(values: np.ndarray, components: Sequence[str], draws: Draws) -> tuple[float, float]:
    """Mean over paths, and its Monte Carlo error from batches of the draws of the components that it leans on (of those with
    the same number of draws, which repeat together, once).
    """
    values = values.astype(float)
    found = [probability(values, batch_of(len(values), many)) for many in dict.fromkeys(draws[name] for name in components)]
    return found[0][0], error_over_batches([error for _, error in found], float(values.var()), len(values))


def components(scenarios: Iterable[Scenario]) -> dict[str, tuple[str, ...]]:
    """Components that the quantities lean on whose name is not that of contacts alone; of all others it is contact frequency."""
    by_topic = {f"share of {topic}": (TOPICS,) for topic in codes.TOPIC.labels}
    return by_topic | {f"P({question.id})": components_of(question) for one in scenarios for question in one.questions}


def _named(what: str, labels: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    return {f"{what} {label}": one for label, one in zip(labels, values, strict=True)}


# Which assumptions matter.

COLUMNS = ("quantity", "path", "first", "first_error", "total", "total_error", "mean", "sd")
STILL = 0.005
"""A quantity whose standard deviation over the design is a smaller share of its mean hardly moves at all."""
MATTERS = 0.05
"""A total index below this share is called no influence."""


def sensitivity_indices(sweep: Sweep, table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Indices by quantity and assumption; quantities that do not vary are left out.

    Parameters
    ----------
    table : DataFrame
        One row per point, one column per quantity.
    """
    analyze, rows = salib("analyze.sobol"), []
    for name, values in table.items():
        given = values.to_numpy(float)
        if np.ptp(given) <= 1e-12 * max(1.0, np.abs(given).max()):
            continue
        found = analyze.analyze(problem(sweep), given, calc_second_order=False,
                                seed=np.random.default_rng(seed))  # SALib takes a seed of 0 for none
        for place, one in enumerate(sweep.vary):
            rows.append((name, one.path, *(float(found[key][place]) for key in ("S1", "S1_conf", "ST", "ST_conf")),
                         given.mean(), given.std(ddof=1)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def noise(table: pd.DataFrame, errors: pd.DataFrame, paths: int) -> list[str]:
    """How large the Monte Carlo error of contacts at a point is beside what they move over the design.

    Points share their noise: an error moves all of them alike, and differences between points are more precise.
    """
    told = []
    for name in (one for one in table if one.endswith(": contacts")):
        told.append(f"{name}: {table[name].min():.4g} to {table[name].max():.4g} over the design; Monte Carlo error of a point "
                    f"{errors[name].median():.2g} ({paths} paths), shared by all points.")
    return told


def sensitivity_sentences(indices: pd.DataFrame) -> list[str]:
    """What matters for each quantity, in plain words, the strongest first."""
    told = []
    for name, rows in indices.groupby("quantity", sort=False):
        if rows["sd"].iloc[0] < STILL * abs(rows["mean"].iloc[0]):
            told.append(f"{name}, {rows['mean'].iloc[0]:.3g}, hardly moves over the design.")
            continue
        strong = rows[rows["total"] >= MATTERS].sort_values("total", ascending=False)
        weak = rows[rows["total"] < MATTERS]["path"].tolist()
        parts = [f"{row.path} ({100 * row.first:.0f} % alone, {100 * row.total:.0f} % with all that it interacts with)"
                 for row in strong.itertuples()]
        text = f"{name}, {rows['mean'].iloc[0]:.3g} plus or minus {rows['sd'].iloc[0]:.2g} over the design, depends on "
        text += ", ".join(parts) if parts else "none of the assumptions by itself"
        told.append(text + (f"; {', '.join(weak)} hardly matter{'s' if len(weak) == 1 else ''}." if weak and parts else "."))
    return told
