r"""The probability of every question under every scenario, with its Monte Carlo error and the figures behind it.

A question holds in a path where at least, or at most, so many contacts :math:`m` count for it. Its probability is the share of
paths; the error is that of batches of posterior draws (:mod:`forecast.evaluation.montecarlo`). Differences between scenarios are
taken path by path: common random numbers make their error far smaller than that of either probability. All of it comes from
tallies (:mod:`forecast.evaluation.tally`), which blocks of paths add to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from forecast.evaluation.questions.match import holds
from forecast.evaluation.tally import Tally
from forecast.simulation.language import Question, Scenario

COLUMNS = ("scenario", "id", "text", "condition", "window", "probability", "mcse", "expected_contacts", "q05", "q50", "q95",
           "past_terms", "past_yes")
CONTRAST = ("first", "second", "id", "difference", "mcse", "separate_mcse")
Counted = Mapping[tuple[str, ...], Tally]
"""Tallies of contacts by (scenario, question), and of differences of answers by (first, second, question)."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """``questions.csv``, ``questions_contrast.csv`` and ``questions_past.csv``; empty where nothing is asked."""

    answer: pd.DataFrame
    contrast: pd.DataFrame
    past: pd.DataFrame


def counted(matched: Mapping[str, xr.DataArray], scenarios: Mapping[str, Scenario],
            batch: np.ndarray) -> dict[tuple[str, ...], Tally]:
    """Tally the answers of a block of paths.

    Parameters
    ----------
    matched : mapping of str to (path, question) DataArray
        Scenario -> contacts of each path that count for each question, with common random numbers.
    scenarios : mapping of str to Scenario
        By name.
    batch : (path,) array of int
        From :func:`forecast.evaluation.montecarlo.batch_of`.
    """
    count = {(name, question.id): matched[name].sel(question=question.id).to_numpy()
             for name, one in scenarios.items() for question in one.questions}
    held = {(name, question.id): np.asarray(holds(count[name, question.id], question)).astype(float)
            for name, one in scenarios.items() for question in one.questions}
    found = {key: Tally.of(values, batch) for key, values in count.items()}
    for first, second in combinations(scenarios, 2):
        found |= {(first, second, key): Tally.of(values - held[second, key], batch) for (name, key), values in held.items()
                  if name == first and (second, key) in held}
    return found


def answers(found: Counted, scenarios: Mapping[str, Scenario], past: pd.DataFrame) -> Answers:
    """Answer all questions of all scenarios.

    Parameters
    ----------
    found : mapping
        From :func:`counted`, all blocks added up.
    scenarios : mapping of str to Scenario
        By name.
    past : DataFrame
        From :func:`forecast.evaluation.questions.record.past_windows`.
    """
    asked = {(name, question.id): question for name, one in scenarios.items() for question in one.questions}
    rows = [_row(name, question, found[name, key], past) for (name, key), question in asked.items()]
    differences = [_difference(key, asked, found) for key in found if len(key) == len(("first", "second", "id"))]
    return Answers(answer=pd.DataFrame(rows, columns=list(COLUMNS)), past=past,
                   contrast=pd.DataFrame(differences, columns=list(CONTRAST)))


def chance_of(question: Question, count: Tally) -> tuple[float, float]:
    """Probability that a question holds, and its Monte Carlo error."""
    bounds = {"at_least": question.at_least, "at_most": question.at_most}
    return count.probability(**{name: bound for name, bound in bounds.items() if bound is not None})


def _row(name: str, question: Question, count: Tally, past: pd.DataFrame) -> tuple:
    chance, error = chance_of(question, count)
    window = " to ".join(f"{month:%Y-%m}" for month in question.window)
    told = count.describe()
    before = past[past["id"] == question.id]
    return (name, question.id, question.text, condition(question), window, chance, error,
            *(told[key] for key in ("mean", "q05", "q50", "q95")), len(before), int(before["holds"].sum()))


def _difference(key: tuple[str, ...], asked: Mapping[tuple[str, str], Question], found: Counted) -> tuple:
    """Of probabilities, with the error of a paired difference and that of unrelated runs."""
    first, second, question = key
    told = found[key].describe()
    separate = np.hypot(*(chance_of(asked[name, question], found[name, question])[1] for name in (first, second)))
    return (first, second, question, told["mean"], told["mcse"], float(separate))


def condition(question: Question) -> str:
    """What must be found for the answer yes, in the words of the codebook."""
    given = {key: value for key, value in question.contacts.model_dump().items() if value is not None}
    parts = [f"{key} {_either(value)}" for key, value in given.items()]
    many = f"at least {question.at_least}" if question.at_least is not None else f"at most {question.at_most}"
    noun = "contact" if 1 in (question.at_least, question.at_most) else "contacts"
    return f"{many} {noun}" + (f" with {', '.join(parts)}" if parts else "")


def _either(value: object) -> str:
    if isinstance(value, int):
        return f"{value} or more"
    return value if isinstance(value, str) else " or ".join(value)
