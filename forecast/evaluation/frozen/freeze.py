"""From the trajectories of a run to what is frozen of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.errors import Fault, InputError
from forecast.evaluation.baselines.all import BASELINE
from forecast.evaluation.baselines.history import History
from forecast.evaluation.frozen.fit import ALL
from forecast.evaluation.frozen.record import FrozenQuestion, FrozenScenario, Histogram
from forecast.evaluation.scores.counts import LONGEST
from forecast.panel import Panel
from forecast.simulation.language import Question

RANKS = codes.RANK.labels
DRAWS = 100
"""Paths that are kept one by one, with their pairing."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the manifest of a run says of a scenario: who wins, with probabilities, and what is assumed besides."""

    name: str
    title: str
    outcome: Mapping[str, float]
    assumes: tuple[str, ...]
    questions: tuple[Question, ...]


def frozen_scenario(told: Told, paths: pd.DataFrame, counted: pd.DataFrame, answers: pd.DataFrame) -> FrozenScenario:
    """Freeze one scenario.

    Parameters
    ----------
    told : Told
    paths : DataFrame
        Columns path, month, ``contact_<rank>``: one row per path and month, in this order.
    counted : DataFrame
        One row per path, one column per question: contacts that count for it.
    answers : DataFrame
        Rows of ``questions.csv`` of this scenario.
    """
    _check_counts(told.name, paths)
    many = paths["path"].nunique()
    count = np.stack([paths[f"contact_{rank}"].to_numpy(np.int64).reshape(many, -1) for rank in RANKS], axis=2)
    series = {ALL: count.sum(axis=2)} | {rank: count[:, :, place] for place, rank in enumerate(RANKS)}
    answer = answers.set_index("id")
    return FrozenScenario(
        title=told.title, outcome=told.outcome, assumes=told.assumes,
        month={key: tuple(_histogram(values[:, month]) for month in range(values.shape[1])) for key, values in series.items()},
        term={key: _histogram(values.sum(axis=1)) for key, values in series.items()},
        draws=tuple(tuple(tuple(map(int, ranks)) for ranks in path) for path in count[:DRAWS]),
        question={one.id: FrozenQuestion(probability=float(answer.loc[one.id, "probability"]),
                                         mcse=float(answer.loc[one.id, "mcse"]),
                                         draws=tuple(int(value) for value in counted[one.id].iloc[:DRAWS]))
                  for one in told.questions})


def _check_counts(name: str, paths: pd.DataFrame) -> None:
    most = int(paths[[f"contact_{rank}" for rank in RANKS]].sum(axis=1).max())
    if most >= LONGEST:
        raise InputError([Fault(source=f"scenario {name}", where="its trajectories", found=str(most),
                                expected=f"fewer than {LONGEST} contacts a month",
                                remedy="Freeze a run without such a scenario: no score can be taken of it.")])


def _histogram(values: np.ndarray) -> Histogram:
    return tuple(int(number) for number in np.bincount(values))


def frozen_baselines(panel: Panel, coming: str) -> Mapping[str, Mapping[str, tuple[float, float]]]:
    """Gamma rates of every baseline on the as-of date, by rank and in all."""
    count, exposure = panel.count.to_numpy()[0], panel.exposure.to_numpy()[0]
    party = panel.year["type"].to_numpy(str)

    def rates(counts: np.ndarray, keys: tuple[str, ...]) -> dict[str, dict[str, tuple[float, float]]]:
        past = History(count=counts[None], exposure=np.broadcast_to(exposure, counts.shape), party=party, coming=coming)
        found = {name: one(past) for name, one in BASELINE.items()}
        return {name: {key: (float(rate.shape[0, place]), float(rate.years[0, place])) for place, key in enumerate(keys)}
                for name, rate in found.items()}

    by_rank, of_all = rates(count, RANKS), rates(count.sum(axis=0, keepdims=True), (ALL,))
    return {name: of_all[name] | by_rank[name] for name in by_rank}
