r"""What-if by conditioning: of simulated futures those that agree with some conditions, and what else holds in them.

With :math:`a_p = 1` where path :math:`p` of :math:`N` agrees and zero elsewhere, and a value :math:`x_p` of every path,

.. math:: \hat P = \frac{1}{N} \sum_p a_p, \qquad \hat\theta = \frac{\sum_p a_p x_p}{\sum_p a_p}

are the probability of the conditions and the mean given them. Nothing is simulated anew, so that the parameters are those that go
with the conditions: many contacts in the first year speak for a high level of the term. It is no effect: the conditions are seen
and not brought about.

Monte Carlo errors
------------------
Both are sums of influences, :math:`(a_p - \hat P) / N` and :math:`a_p (x_p - \hat\theta) / \sum_q a_q`; that of a change is the
difference of two. Paths of one draw share its parameters, and a condition picks draws as it picks paths: errors are by batches of
draws (:mod:`forecast.evaluation.montecarlo`), one kind of batches for every component on which the value or a condition leans,
put together as those of a question (:mod:`forecast.evaluation.questions`). Of a quantile :math:`\hat q` at level :math:`u` with
:math:`e` the error of :math:`P(x \le \hat q)` the error is :math:`(\hat F^{-1}(u + e) - \hat F^{-1}(u - e)) / 2` (Woodruff 1952,
doi 10.1080/01621459.1952.10483443).

A scenario in which fewer than :data:`LEAST` futures agree is left out and named; where none has so many, nothing is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecast.errors import Fault, InputError
from forecast.evaluation.given import Given, Kept
from forecast.evaluation.montecarlo import error_of_influence
from forecast.evaluation.quantity import QUANTITY
from forecast.evaluation.questions import components_of, different, error_over_batches, holds
from forecast.evaluation.summary import summary_cells

LEAST = 400
"""Futures that must agree: a probability of one half then has an error of 2.5 points, if they were independent."""
LEVELS = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
SHOWN = ("contact", "mention_share", "travel_share")
"""Quantities that the stored sums tell."""
AGREEMENT = ("scenario", "agree", "kept", "simulated", "probability", "mcse", "left_out")
SIDES = ("before", "after")
_OF_MEAN = ("before", "before_mcse", "after", "after_mcse", "change", "change_mcse")
CHANGE = ("scenario", "quantity", "key", "window", "unit", *_OF_MEAN,
          *(f"{side}_{name}{end}" for side in SIDES for name in LEVELS for end in ("", "_mcse")))
ANSWERS = ("scenario", "id", "text", *_OF_MEAN)
OUTCOMES = ("scenario", "outcome", *_OF_MEAN)


@dataclass(frozen=True, kw_only=True)
class Conditioned:
    """What holds in futures that agree: ``agreement.csv``, ``change.csv``, ``questions.csv`` and ``outcomes.csv``.

    Parameters
    ----------
    agreement : DataFrame
        How many futures of every scenario agree, P(conditions), and why it is left out, if it is.
    change : DataFrame
        Contacts, agenda and travel before and after: means with errors, quantiles.
    questions, outcomes : DataFrame
        Probabilities of yes, and of every outcome of an open election, before and after.
    """

    agreement: pd.DataFrame
    change: pd.DataFrame
    questions: pd.DataFrame
    outcomes: pd.DataFrame

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """By the names of their files; without those that have nothing to say."""
        return {name: table for name, table in vars(self).items() if not table.empty}


def conditioned(kept: Mapping[str, Kept], given: Sequence[Given]) -> Conditioned:
    """Compare the futures that agree with all that were kept, scenario by scenario.

    Raises
    ------
    InputError
        Where fewer than :data:`LEAST` futures agree in every scenario.
    """
    chosen = {name: agreeing(one, given) for name, one in kept.items() if not _lacks(one, given)}
    agreement = pd.DataFrame([_agreement(name, one, chosen.get(name), given) for name, one in kept.items()],
                             columns=list(AGREEMENT))
    shown = [name for name, one in chosen.items() if one.sum() >= LEAST]
    if not shown:
        raise InputError(_too_few(row, given) for row in agreement.itertuples())
    beside = {name: _Beside(kept[name], chosen[name], given) for name in shown}
    return Conditioned(
        agreement=agreement,
        change=pd.DataFrame([row for one in beside.values() for row in one.changes()], columns=list(CHANGE)),
        questions=pd.DataFrame([row for one in beside.values() for row in one.answers()], columns=list(ANSWERS)),
        outcomes=pd.DataFrame([row for one in beside.values() for row in one.outcomes()], columns=list(OUTCOMES)))


def agreeing(kept: Kept, given: Sequence[Given]) -> np.ndarray:
    """Whether all conditions hold, (path,) of bool."""
    found: np.ndarray = np.logical_and.reduce([one.agrees(kept) for one in given])
    return found


def _lacks(kept: Kept, given: Sequence[Given]) -> str:
    """What a scenario lacks to be conditioned; empty where it lacks nothing."""
    return ", ".join(why for one in given if (why := one.lacks(kept)))


def _agreement(name: str, kept: Kept, chosen: np.ndarray | None, given: Sequence[Given]) -> tuple[object, ...]:
    if chosen is None:
        return name, 0, len(kept.winner), kept.simulated, np.nan, np.nan, f"it {_lacks(kept, given)}"
    chance = float(chosen.mean())
    error = combined_error((chosen - chance) / len(chosen), _batches(kept, given))
    count = int(chosen.sum())
    return (name, count, len(chosen), kept.simulated, chance, error, "" if count >= LEAST else f"fewer than {LEAST} agree")


def _too_few(row: Any, given: Sequence[Given]) -> Fault:
    found = f"that {row.left_out}" if np.isnan(row.probability) else f"{row.agree:,} of {row.kept:,}"
    return Fault(source=f"scenario {row.scenario}", where=" and ".join(one.text for one in given)[:200],
                 expected=f"{LEAST} simulated futures that agree, or more", found=found,
                 remedy="Give looser conditions, or run the forecast with more --paths (beyond 40,000 with --all-paths).")


def combined_error(influence: np.ndarray, batches: Sequence[np.ndarray]) -> float:
    """Monte Carlo error of a statistic that leans on several components, from the influence of every path."""
    alone = float(np.square(influence).sum())  # no scalar product: its threads cost more than they save
    return error_over_batches([error_of_influence(influence, one) for one in batches], alone, 1)


def _batches(kept: Kept, given: Sequence[Given], components: Sequence[str] = ()) -> list[np.ndarray]:
    """Batches of all components on which a value and the conditions lean, without repetitions."""
    leans = dict.fromkeys([*components, *(one for each in given for one in each.components(kept.scenario))])
    return different(kept.batch[name] for name in leans)


class _Beside:
    """All futures of a scenario beside those that agree."""

    def __init__(self, kept: Kept, chosen: np.ndarray, given: Sequence[Given]) -> None:
        self._kept, self._given = kept, given
        self._sides = dict(zip(SIDES, (np.ones(len(chosen), bool), chosen), strict=True))

    def changes(self) -> Iterator[dict[str, object]]:
        """Rows of ``change.csv``."""
        quantities = [one for one in QUANTITY if one.name in SHOWN]
        for cell in summary_cells({self._kept.scenario.name: self._kept.years}, quantities):
            values = np.asarray(cell.values, float)
            batches = _batches(self._kept, self._given, (cell.component,))
            label = {name: cell.label[name] for name in CHANGE[:5]}
            yield {**label, **self._means(values, batches), **self._quantiles(values, batches)}

    def answers(self) -> Iterator[dict[str, object]]:
        """Rows of ``questions.csv``."""
        for question in self._kept.scenario.questions:
            values = np.asarray(holds(self._kept.counted[question.id], question), float)
            batches = _batches(self._kept, self._given, components_of(question))
            yield {"scenario": self._kept.scenario.name, "id": question.id, "text": question.text, **self._means(values, batches)}

    def outcomes(self) -> Iterator[dict[str, object]]:
        """Rows of ``outcomes.csv``; none where the scenario assumes who wins."""
        chances = self._kept.scenario.chances
        for place, outcome in enumerate(chances if len(chances) > 1 else ()):
            values = (self._kept.winner == place).astype(float)
            yield {"scenario": self._kept.scenario.name, "outcome": outcome,
                   **self._means(values, _batches(self._kept, self._given))}

    def _means(self, values: np.ndarray, batches: Sequence[np.ndarray]) -> dict[str, float]:
        """Means before and after with their errors, and that of their difference."""
        found, influence = {}, {}
        for side, chosen in self._sides.items():
            found[side], influence[side] = mean_of(values, chosen)
            found[f"{side}_mcse"] = combined_error(influence[side], batches)
        return {**found, "change": found["after"] - found["before"],
                "change_mcse": combined_error(influence["after"] - influence["before"], batches)}

    def _quantiles(self, values: np.ndarray, batches: Sequence[np.ndarray]) -> dict[str, float]:
        found = {}
        for side, chosen in self._sides.items():
            known = chosen & ~np.isnan(values)
            order = np.sort(values[known])
            for name, level in LEVELS.items():
                found[f"{side}_{name}"] = place = float(np.quantile(order, level)) if len(order) else np.nan
                _, influence = mean_of((values <= place).astype(float), known)
                error = combined_error(influence, batches)
                ends = np.quantile(order, np.clip([level - error, level + error], 0, 1)) if np.isfinite(error) else [np.nan] * 2
                found[f"{side}_{name}_mcse"] = float(ends[1] - ends[0]) / 2
        return found


def mean_of(values: np.ndarray, chosen: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean of chosen values that are known, and how much every path moves it."""
    known = chosen & ~np.isnan(values)
    count = int(known.sum())
    if not count:
        return np.nan, np.full(len(values), np.nan)
    mean = float(values[known].mean())
    return mean, np.where(known, values - mean, 0.0) / count
