r"""The probability of every question under every scenario, with its Monte Carlo error and the figures behind it.

A question holds in a path where at least, or at most, so many contacts :math:`m` count for it. Its probability is the share of
paths. Its error has a part from the draws of each component that it leans on, which repeat after different numbers of paths: with
:math:`e_c` the error by batches of the draws of component :math:`c` (:mod:`forecast.evaluation.montecarlo`), each of which holds
the error :math:`e_0` of independent paths once,

.. math:: e^2 = \sum_{c=1}^{k} e_c^2 - (k - 1)\, e_0^2,

as for parts that add up; never less than the largest of them. Components with the same number of draws repeat together and have
the same batches: they count as one. Differences between scenarios are
taken path by path: common random numbers make their error far smaller than that of either probability. All of it comes from
tallies (:mod:`forecast.evaluation.tally`), which blocks of paths add to.
"""

from collections.abc import Mapping, Sequence
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
Counted = Mapping[tuple[str, ...], tuple[Tally, ...]]
"""Tallies of contacts by (scenario, question), and of differences of answers by (first, second, question); one per component, or
for several with the same number of draws."""
LEANS = {"topic": "agenda", "outcome": "effectiveness", "mechanism": "effectiveness", "direction": "setting", "format": "setting"}
"""Component whose draws decide a key of a condition, besides those of contact frequency."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """``questions.csv``, ``questions_contrast.csv`` and ``questions_past.csv``; empty where nothing is asked."""

    answer: pd.DataFrame
    contrast: pd.DataFrame
    past: pd.DataFrame


def counted(matched: Mapping[str, xr.DataArray], scenarios: Mapping[str, Scenario],
            batch: Mapping[str, np.ndarray]) -> dict[tuple[str, ...], tuple[Tally, ...]]:
    """Tally the answers of a block of paths.

    Parameters
    ----------
    matched : mapping of str to (path, question) DataArray
        Scenario -> contacts of each path that count for each question, with common random numbers.
    scenarios : mapping of str to Scenario
        By name.
    batch : mapping of str to (path,) array of int
        Component -> batches of its draws, from :func:`forecast.evaluation.montecarlo.batch_of`.
    """
    count = {(name, question.id): matched[name].sel(question=question.id).to_numpy()
             for name, one in scenarios.items() for question in one.questions}
    held = {(name, question.id): np.asarray(holds(count[name, question.id], question)).astype(float)
            for name, one in scenarios.items() for question in one.questions}
    leans = {question.id: components_of(question) for one in scenarios.values() for question in one.questions}

    def tallied(values: np.ndarray, question: str) -> tuple[Tally, ...]:
        return tuple(Tally.of(values, one) for one in _different([batch[component] for component in leans[question]]))

    found = {key: tallied(values, key[1]) for key, values in count.items()}
    for first, second in combinations(scenarios, 2):
        found |= {(first, second, key): tallied(values - held[second, key], key) for (name, key), values in held.items()
                  if name == first and (second, key) in held}
    return found


def _different(batches: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Batches without repetitions: of components with as many draws as another, which are drawn together, one says all."""
    return [one for place, one in enumerate(batches) if not any(np.array_equal(one, other) for other in batches[:place])]


def components_of(question: Question) -> tuple[str, ...]:
    """Components whose draws decide a question; the first is contact frequency."""
    given = (key for key, value in question.contacts.model_dump().items() if value is not None)
    return ("frequency", *dict.fromkeys(LEANS[key] for key in given if key in LEANS))


def combined(errors: Sequence[float], variance: float, paths: int) -> float:
    """Monte Carlo error from those by batches of each component; `variance` is that of one path."""
    alone = (len(errors) - 1) * variance / max(paths, 1)
    return float(np.sqrt(max(np.sum(np.square(errors)) - alone, np.max(np.square(errors)))))


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


def chance_of(question: Question, count: tuple[Tally, ...]) -> tuple[float, float]:
    """Probability that a question holds, and its Monte Carlo error."""
    bounds = {"at_least": question.at_least, "at_most": question.at_most}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    found = [one.probability(**given) for one in count]
    chance = found[0][0]
    return chance, combined([error for _, error in found], chance * (1 - chance), count[0].count)


def _row(name: str, question: Question, count: tuple[Tally, ...], past: pd.DataFrame) -> tuple:
    chance, error = chance_of(question, count)
    window = " to ".join(f"{month:%Y-%m}" for month in question.window)
    told = count[0].describe()
    before = past[past["id"] == question.id]
    return (name, question.id, question.text, condition(question), window, chance, error,
            *(told[key] for key in ("mean", "q05", "q50", "q95")), len(before), int(before["holds"].sum()))


def _difference(key: tuple[str, ...], asked: Mapping[tuple[str, str], Question], found: Counted) -> tuple:
    """Of probabilities, with the error of a paired difference and that of unrelated runs."""
    first, second, question = key
    each = [one.describe() for one in found[key]]
    mean, error = each[0]["mean"], combined([one["mcse"] for one in each], found[key][0].variance, found[key][0].count)
    separate = np.hypot(*(chance_of(asked[name, question], found[name, question])[1] for name in (first, second)))
    return (first, second, question, mean, error, float(separate))


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
