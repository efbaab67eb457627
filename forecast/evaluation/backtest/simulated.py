"""What the model says of a past term: futures and intensities as of the eve of its election."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import xarray as xr

from forecast.evaluation.backtest.origin import Origin
from forecast.posterior.posterior import Posterior
from forecast.simulation.assemble import parameters_of
from forecast.simulation.engine import simulate
from forecast.simulation.intensity import intensity
from forecast.simulation.language import Question, Scenario


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """Futures of one term under one outcome.

    Parameters
    ----------
    paths : Dataset
        From the engine, with contacts that count for each question.
    intensity : (path, rank, year_of_term) array
        What the counts of contacts are Poisson around.
    """

    paths: xr.Dataset
    intensity: np.ndarray


def scenario_of(origin: Origin, outcome: str, dyad: str, questions: Sequence[Question] = ()) -> Scenario:
    """A past election as a scenario without assumptions, over the months of its term."""
    election = origin.election
    return Scenario(
        name=outcome, title=f"{outcome} wins {election.id}", description="A past term, forecast on the eve of its election.",
        dyad=dyad, as_of=origin.as_of, election=election.id, outcome=outcome, questions=tuple(questions),
        horizon={"start": f"{election.term_start:%Y-%m}", "end": f"{election.term_end:%Y-%m}"})


def simulated(origin: Origin, outcome: str, dyad: str, posterior: Mapping[str, Posterior], questions: Sequence[Question], *,
              paths: int, seed: int) -> Simulated:
    """Simulate a past term; `posterior` holds pools in place of their members."""
    scenario = scenario_of(origin, outcome, dyad, questions)
    given = parameters_of(posterior, scenario.chances, origin.election, seed)
    shared = {"paths": paths, "seed": seed, "term_start": origin.election.term_start}
    return Simulated(paths=simulate(given, scenario, **shared), intensity=intensity(given, scenario, **shared))


def moved(question: Question, years: int) -> Question:
    """The same question, so many years later (earlier where negative)."""
    window = tuple(date(month.year + years, month.month, 1) for month in question.window)
    return question.model_copy(update={"window": window})
