"""What a sweep looks at: means over the paths of a scenario, by name."""

import numpy as np
import xarray as xr

from forecast.evaluation.questions.match import holds
from forecast.simulation.language import Scenario
from forecast.simulation.relation_index import WeightSet, relation_index


def measure(paths: xr.Dataset, scenario: Scenario, weights: tuple[WeightSet, float], months: float) -> dict[str, float]:
    """Contacts in all and by rank, shares of topics, the relation index, and the probability of every question.

    Parameters
    ----------
    paths : Dataset
        From the engine.
    weights : tuple of WeightSet and float
        Of the relation index, with its base level.
    months : float
        Observed months of the horizon.
    """
    by_rank = paths["contact"].sum(("month", "outcome")).transpose("path", "rank")
    found = {"contacts": float(by_rank.sum("rank").mean())}
    found |= _named("contacts", paths["rank"].to_numpy(), by_rank.mean("path").to_numpy())
    count = paths["contact"].sum("month").transpose("path", "rank", "outcome").to_numpy()
    found["relation index"] = float(relation_index(count, weights[0], base=weights[1], months=months).mean())
    mention = paths["mention"].sum("month").transpose("path", "topic").to_numpy().astype(float).mean(axis=0)
    found |= _named("share of", paths["topic"].to_numpy(), mention / mention.sum())
    match = paths["match"].transpose("question", "path").to_numpy()
    return found | {f"P({question.id})": float(np.mean(holds(one, question)))
                    for question, one in zip(scenario.questions, match, strict=True)}


def _named(what: str, labels: np.ndarray, values: np.ndarray) -> dict[str, float]:
    return {f"{what} {label}": float(value) for label, value in zip(labels, values, strict=True)}
