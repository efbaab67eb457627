"""A frozen forecast as model output: means, quantiles, paired samples of contacts, and probabilities of answers."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from forecast.evaluation.frozen.record import Frozen, FrozenScenario
from forecast.evaluation.frozen.score import of_months
from forecast.evaluation.hub.tasks import ANSWER, COLUMNS, CONTACTS, NONE, QUESTION, samples


def model_output(frozen: Frozen) -> pd.DataFrame:
    """All scenarios in one table.

    Samples with one ``output_type_id`` belong to one path: they are paired over months, ranks and scenarios.
    """
    origin = frozen.as_of.isoformat()
    rows = [(origin, name, *row) for name, one in frozen.scenario.items() for row in _rows(frozen, one)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(frozen: Frozen, one: FrozenScenario) -> Iterator[tuple]:
    forecast, months = of_months(one, frozen.rank, len(frozen.month)), len(frozen.month)
    mean, level = forecast.mean, {level: forecast.quantile(level) for level in frozen.level}
    draws = np.array(one.draws)[:samples(frozen)]
    for place, rank in enumerate(frozen.rank):
        for at, month in enumerate(frozen.month):
            task, cell = (CONTACTS, month, rank, NONE), (place + 1) * months + at
            yield (*task, "mean", "NA", float(mean[cell]))
            for share, values in level.items():
                yield (*task, "quantile", str(share), float(values[cell]))
            for path, value in enumerate(draws[:, at, place]):
                yield (*task, "sample", str(path), float(value))
    for id, answer in one.question.items():
        for name, chance in zip(ANSWER, (1 - answer.probability, answer.probability), strict=True):
            yield (QUESTION, NONE, NONE, id, "pmf", name, chance)
