r"""What a sweep looks at: means over the paths of a scenario, by name, as one number per path.

Shares of topics are ratios of means. Their number per path is the linearised one,
:math:`s_k + (m_{pk} - s_k m_p) / \bar m`, whose mean is the ratio and whose spread gives the delta-method error of it.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from forecast.contacts import codes
from forecast.evaluation.montecarlo import batch_of, probability
from forecast.evaluation.questions.answer import combined, components_of
from forecast.evaluation.questions.match import holds
from forecast.simulation.language import Scenario
from forecast.simulation.relation_index import WeightSet, relation_index

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
    return found[0][0], combined([error for _, error in found], float(values.var()), len(values))


def components(scenarios: Iterable[Scenario]) -> dict[str, tuple[str, ...]]:
    """Components that the quantities lean on whose name is not that of contacts alone; of all others it is contact frequency."""
    by_topic = {f"share of {topic}": ("agenda",) for topic in codes.TOPIC.labels}
    return by_topic | {f"P({question.id})": components_of(question) for one in scenarios for question in one.questions}


def _named(what: str, labels: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    return {f"{what} {label}": one for label, one in zip(labels, values, strict=True)}
