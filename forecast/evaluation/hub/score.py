"""Forecasts of several models in one representation, scored side by side by what came.

Contacts are scored by the CRPS of their samples where a model has them, and by the mean quantile score where it has the quantiles
of all levels that were frozen with the forecast, so that ours and theirs are treated alike; answers by the Brier score. All are
computed by scoringrules.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import scoringrules

from forecast.evaluation.frozen.record import Frozen
from forecast.evaluation.hub.tasks import CONTACTS, QUESTION

COLUMNS = ("model", "scenario", "loss", "task", "value")
KIND = ["scenario", "loss"]


def side_by_side(outputs: Mapping[str, pd.DataFrame], frozen: Frozen, outcome: str, contacts: Mapping[str, np.ndarray],
                 answers: Mapping[str, bool], months: int) -> pd.DataFrame:
    """One row per model, loss and task that is decided; ``shared`` where all models with this loss answered it.

    Means are comparable over shared tasks only: who leaves out the hard ones must not gain by it.

    Parameters
    ----------
    outputs : mapping of str to DataFrame
        Model -> its output.
    outcome : str
        Who won: scenarios with another outcome are left out.
    contacts : mapping of str to (month,) array
        By rank.
    answers : mapping of str to bool
        Of the questions that are decided.
    months : int
        Months that are over.
    """
    happened = [name for name, one in frozen.scenario.items() if set(one.outcome) == {outcome} or len(one.outcome) > 1]
    over = {month: place for place, month in enumerate(frozen.month[:months])}
    rows = []
    for model, output in outputs.items():
        chosen = output[output["scenario_id"].isin(happened)]
        counts = chosen[(chosen["target"] == CONTACTS) & chosen["target_month"].isin(over)]
        rows += [(model, *row) for row in _contacts(counts, contacts, over, frozen.level)]
        asked = chosen[(chosen["target"] == QUESTION) & chosen["question"].isin(answers) & (chosen["output_type_id"] == "yes")]
        loss = scoringrules.brier_score(asked["question"].map(answers).astype(float).to_numpy(), asked["value"].to_numpy())
        rows += [(model, scenario, "Brier score", id, float(one))
                 for scenario, id, one in zip(asked["scenario_id"], asked["question"], np.atleast_1d(loss), strict=True)]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    models = found.groupby(KIND)["model"].transform("nunique")
    return found.assign(shared=found.groupby([*KIND, "task"])["model"].transform("nunique") == models)


def _contacts(output: pd.DataFrame, contacts: Mapping[str, np.ndarray], over: Mapping[str, int],
              level: Sequence[float]) -> Iterator[tuple]:
    keys = ["scenario_id", "rank", "target_month"]
    for kind, name, loss in (("sample", "CRPS of samples", _crps), ("quantile", "mean quantile score", _quantile)):
        for (scenario, rank, month), part in output[output["output_type"] == kind].groupby(keys, sort=False):
            if kind == "quantile" and sorted(part["output_type_id"].astype(float)) != sorted(level):
                continue  # a score over some of the levels compares with nothing
            happened = float(contacts[rank][over[month]])
            yield scenario, name, f"{rank} {month}", loss(part, happened)


def _crps(part: pd.DataFrame, happened: float) -> float:
    return float(scoringrules.crps_ensemble(happened, part["value"].to_numpy()))


def _quantile(part: pd.DataFrame, happened: float) -> float:
    level = part["output_type_id"].astype(float).to_numpy()
    return float(np.mean(scoringrules.quantile_score(np.full(len(level), happened), part["value"].to_numpy(), level)))
