"""One point of a sweep: its scenarios simulated with common random numbers, and what is measured of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from forecast.components.projection import PathParameters
from forecast.evaluation.administration import MAIN_WEIGHTS
from forecast.evaluation.sweep.measure import Measured, components, mean_and_error, measure
from forecast.panel.elections import Election, load_election
from forecast.pipeline.chain import fit
from forecast.pipeline.request import Request, read
from forecast.pipeline.together import check_together, questions_of, weights_with_base
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior
from forecast.simulation.assemble import parameters_of
from forecast.simulation.engine import calendar_of, simulate
from forecast.simulation.language import Scenario
from forecast.simulation.relation_index import WeightSet
from forecast.simulation.sources import draws_in


@dataclass(frozen=True, kw_only=True)
class Point:
    """Scenarios under one prior set and as-of date."""

    scenarios: tuple[Scenario, ...]
    request: Request


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What points of one prior set and as-of date share in a process."""

    dyad: str
    posterior: Mapping[str, Posterior]
    weights: tuple[WeightSet, float]


def evaluate(point: Point) -> dict[str, tuple[float, float]]:
    """Quantities of every scenario by ``scenario: quantity``, with their errors; of two, also the first less the second."""
    known = _known(point.request)
    elections = {one.name: _election(one.election) for one in point.scenarios}
    check_together({one.name: one for one in point.scenarios}, elections)
    found = {one.name: _measured(one, elections[one.name], known, point.request) for one in point.scenarios}
    rows = {f"{name}: {key}": value for name, measured in found.items() for key, value in measured.items()}
    if len(found) == 2:
        first, second = found
        rows |= {f"{first} - {second}: {key}": value.astype(float) - found[second][key] for key, value in found[first].items()
                 if key in found[second]}
    draws, leans = {name: draws_in(one) for name, one in known.posterior.items()}, components(point.scenarios)
    return {name: mean_and_error(values, leans.get(name.partition(": ")[2], ("frequency",)), draws)
            for name, values in rows.items()}


@lru_cache(maxsize=8)
def _election(name: str) -> Election:
    return load_election(name)


def _measured(scenario: Scenario, election: Election, known: _Known, request: Request) -> Measured:
    scenario = questions_of(scenario, known.dyad)
    given = _parameters(request, tuple(scenario.chances.items()), scenario.election)
    paths = simulate(given, scenario, paths=request.paths, seed=request.seed, term_start=election.term_start, threads=1)
    months = float(calendar_of(scenario, election.term_start).exposure.sum() * 12)
    return measure(paths, scenario, known.weights, months)


@lru_cache(maxsize=32)
def _known(request: Request) -> _Known:
    """Posteriors and weights; loaded once in a process."""
    inputs = read(request)
    posterior = pooled(fit(inputs, request, lambda *_: None))
    return _Known(dyad=inputs.panel.dyad[0], posterior=posterior, weights=weights_with_base(inputs.panel)[MAIN_WEIGHTS])


@lru_cache(maxsize=64)
def _parameters(request: Request, chances: tuple[tuple[str, float], ...], election: str) -> Callable[[slice], PathParameters]:
    """Parameters of all paths, projected once for all points that share posterior and outcome."""
    given = parameters_of(_known(request).posterior, dict(chances), _election(election), request.seed)
    whole = given(slice(0, request.paths))
    return lambda part: PathParameters(**{name: values[part] for name, values in vars(whole).items()})
