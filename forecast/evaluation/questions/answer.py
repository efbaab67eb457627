r"""The probability of every question under every scenario, with its Monte Carlo error and the figures behind it.

A question holds in a path where at least, or at most, so many contacts :math:`m` count for it. Its probability is the share of
paths; the error is that of batches of posterior draws (:mod:`forecast.evaluation.montecarlo`). Differences between scenarios are
taken path by path: common random numbers make their error far smaller than that of either probability.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from forecast.evaluation.montecarlo import batch_of, probability
from forecast.evaluation.questions.match import holds
from forecast.simulation.language import Question, Scenario

COLUMNS = ("scenario", "id", "text", "condition", "window", "probability", "mcse", "expected_contacts", "q05", "q50", "q95",
           "past_terms", "past_yes")
CONTRAST = ("first", "second", "id", "difference", "mcse", "separate_mcse")


@dataclass(frozen=True, kw_only=True)
class Answers:
    """``questions.csv``, ``questions_contrast.csv`` and ``questions_past.csv``; empty where nothing is asked."""

    answer: pd.DataFrame
    contrast: pd.DataFrame
    past: pd.DataFrame


def answers(matched: Mapping[str, xr.DataArray], scenarios: Mapping[str, Scenario], past: pd.DataFrame, draws: int) -> Answers:
    """Answer all questions of all scenarios.

    Parameters
    ----------
    matched : mapping of str to (path, question) DataArray
        Scenario -> contacts of each path that count for each question, with common random numbers.
    scenarios : mapping of str to Scenario
        By name.
    past : DataFrame
        From :func:`forecast.evaluation.questions.record.past_windows`.
    draws : int
        Draws after which paths repeat their parameters.
    """
    held = {name: {question.id: _held(matched[name], question) for question in one.questions}
            for name, one in scenarios.items()}
    rows = [_row(name, question, matched[name], held[name][question.id], past, draws)
            for name, one in scenarios.items() for question in one.questions]
    differences = [_difference(pair, question, held, draws) for pair in combinations(scenarios, 2)
                   for question in held[pair[0]] if question in held[pair[1]]]
    return Answers(answer=pd.DataFrame(rows, columns=list(COLUMNS)), past=past,
                   contrast=pd.DataFrame(differences, columns=list(CONTRAST)))


def _held(matched: xr.DataArray, question: Question) -> np.ndarray:
    return np.asarray(holds(matched.sel(question=question.id).to_numpy(), question))


def _row(name: str, question: Question, matched: xr.DataArray, held: np.ndarray, past: pd.DataFrame, draws: int) -> tuple:
    count = matched.sel(question=question.id).to_numpy()
    chance, error = probability(held, batch_of(len(held), min(len(held), draws)))
    window = " to ".join(f"{month:%Y-%m}" for month in question.window)
    low, middle, high = np.quantile(count, (0.05, 0.5, 0.95))
    before = past[past["id"] == question.id]
    return (name, question.id, question.text, condition(question), window, chance, error, count.mean(), low, middle, high,
            len(before), int(before["holds"].sum()))


def _difference(pair: tuple[str, str], question: str, held: Mapping[str, Mapping[str, np.ndarray]], draws: int) -> tuple:
    """Of probabilities, with the error of a paired difference and that of unrelated runs."""
    first, second = (held[name][question].astype(float) for name in pair)
    batch = batch_of(len(first), min(len(first), draws))
    difference, error = probability(first - second, batch)
    separate = np.hypot(*(probability(one, batch)[1] for one in (first, second)))
    return (*pair, question, difference, error, float(separate))


def condition(question: Question) -> str:
    """What must be found for the answer yes, in the words of the codebook."""
    given = {key: value for key, value in question.contacts.model_dump().items() if value is not None}
    parts = [f"{key} {_either(value)}" for key, value in given.items()]
    many = f"at least {question.at_least}" if question.at_least is not None else f"at most {question.at_most}"
    return f"{many} contacts" + (f" with {', '.join(parts)}" if parts else "")


def _either(value: object) -> str:
    if isinstance(value, int):
        return f"{value} or more"
    return value if isinstance(value, str) else " or ".join(value)
