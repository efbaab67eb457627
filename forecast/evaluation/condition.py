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

Conditions as people write them
-------------------------------
A condition is a name, a sign and a value: ``QUESTION=yes``, ``contacts_YEAR>=20``. Names are ids of questions that were asked
(values ``yes`` and ``no``), and counts: ``contacts_`` and a year or ``total``, with a rank, a topic or who travels behind it
where only such contacts count. Signs of counts are ``=``, ``>=``, ``<=``, ``>`` and ``<``; ``=20..30`` is a range with both ends.
Several conditions hold together.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.registry import CONTACTS, SETTING, TOPICS
from forecast.contacts import codes
from forecast.errors import Fault, InputError, closest
from forecast.evaluation.montecarlo import error_of_influence
from forecast.evaluation.quantity import QUANTITY
from forecast.evaluation.questions import NO, YES, components_of, different, error_over_batches, holds
from forecast.evaluation.summary import summary_cells
from forecast.simulation.scenario import Scenario

PREFIX, TOTAL = "contacts", "total"
FORM = re.compile(r"\s*(?P<name>[^\s<>=]+)\s*(?P<sign>>=|<=|=|<|>)\s*(?P<value>[^\s<>=]+)\s*")
RANGE = re.compile(r"(?P<low>\d{1,7})(?:\.\.(?P<high>\d{1,7}))?")
_CUT = 80
WAYS = "NAME=yes or NAME=no with the id of a question, or a count such as contacts_total>=100"
AXES: Mapping[str, tuple[codes.CodeList, tuple[str, ...]]] = {
    "contact": (codes.RANK, (CONTACTS,)), "mention": (codes.TOPIC, (CONTACTS, TOPICS)),
    "travel": (codes.DIRECTION, (CONTACTS, SETTING))}
"""Variable of the futures -> labels of its axis beside path and year, and components whose draws decide it."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Futures of a scenario that a run kept.

    Parameters
    ----------
    scenario : Scenario
    years : Dataset
        Sums by calendar year: ``contact`` (path, year, rank, outcome), its outcomes in one, ``mention`` (path, year, topic),
        ``travel`` (path, year, direction).
    counted : mapping of str to (path,) array
        Question -> what counts for it.
    batch : mapping of str to (path,) array of int
        Component -> batches of its draws.
    winner : (path,) array of int
        Which of the outcomes of the scenario a future follows.
    simulated : int
        Futures that the run simulated: numbers of its tables are of all of them.
    """

    scenario: Scenario
    years: xr.Dataset
    counted: Mapping[str, np.ndarray]
    batch: Mapping[str, np.ndarray]
    winner: np.ndarray
    simulated: int


@dataclass(frozen=True, kw_only=True)
class Given:
    """One condition: the answer to a question, or a count within bounds.

    Parameters
    ----------
    text : str
        As it was written.
    question : str, optional
        Id of a question; then `yes` is its answer.
    year : int, optional
        Of a count; of the whole horizon where there is none.
    variable, label : str, str or None
        What is counted; all contacts where there is no label.
    low, high : int, int or None
        Bounds of the count, both included.
    """

    text: str
    question: str | None = None
    yes: bool = True
    year: int | None = None
    variable: str = "contact"
    label: str | None = None
    low: int = 0
    high: int | None = None

    def lacks(self, kept: Kept) -> str | None:
        """What a scenario lacks for this condition to be known, if anything."""
        if self.question is not None:
            return None if self.question in kept.counted else f"does not ask {self.question}"
        return None if self.year is None or self.year in kept.years["year"].to_numpy() else f"has no months in {self.year}"

    def agrees(self, kept: Kept) -> np.ndarray:
        """Whether it holds, (path,) of bool."""
        if self.question is not None:
            asked = next(one for one in kept.scenario.questions if one.id == self.question)
            answered: np.ndarray = np.asarray(holds(kept.counted[self.question], asked)) == self.yes
            return answered
        by_year = kept.years[self.variable]
        of = by_year if self.year is None else by_year.sel(year=[self.year])
        axis = {"contact": "rank", "mention": "topic", "travel": "direction"}[self.variable]
        chosen = of if self.label is None else of.sel({axis: [self.label]})
        count = chosen.sum([dim for dim in chosen.dims if dim != "path"]).to_numpy()
        found: np.ndarray = (count >= self.low) & (count <= (np.inf if self.high is None else self.high))
        return found

    def components(self, scenario: Scenario) -> tuple[str, ...]:
        """Components whose draws decide it."""
        if self.question is not None:
            return components_of(next(one for one in scenario.questions if one.id == self.question))
        return AXES[self.variable][1]


def read_given(given: Sequence[str], scenarios: Iterable[Scenario]) -> tuple[Given, ...]:
    """Conditions from what was written.

    Raises
    ------
    InputError
        With every condition that is none, or names what no scenario has; the nearest name where one is near.
    """
    several = tuple(scenarios)
    asked = {one.id for scenario in several for one in scenario.questions}
    years = {year for one in several for year in range(one.horizon.start.year, one.horizon.end.year + 1)}
    found = [_read(text, asked, _counts(years)) for text in given]
    faults = [one for one in found if isinstance(one, Fault)]
    if not given:
        faults = [_fault("", "one condition or more", "none", f"Write {WAYS}.")]
    if faults:
        raise InputError(faults)
    return tuple(one for one in found if isinstance(one, Given))


def _counts(years: Iterable[int]) -> dict[str, tuple[int | None, str, str | None]]:
    """Names of all counts, and what each is: year, variable, label; a label of two axes is of the first."""
    found: dict[str, tuple[int | None, str, str | None]] = {}
    for year in (None, *sorted(years)):
        name = f"{PREFIX}_{TOTAL if year is None else year}"
        found[name] = (year, "contact", None)
        for variable, (labels, _) in AXES.items():
            for label in labels.labels:
                found.setdefault(f"{name}_{label}", (year, variable, label))
    return found


def _read(text: str, asked: set[str], counts: Mapping[str, tuple[int | None, str, str | None]]) -> Given | Fault:
    match = FORM.fullmatch(text)
    if match is None:
        return _fault(text, "a name, a sign and a value", repr(text[:_CUT]), f"Write {WAYS}.")
    name, sign, value = match.groups()
    if value in (YES, NO):
        return _question(text, name, sign, value, asked)
    if name not in counts:
        if name in asked:
            return _fault(text, f"{name}=yes or {name}=no", f"the value {value[:_CUT]!r}", "A question is answered yes or no.")
        return _fault(text, "the name of a count, or the id of a question with =yes or =no", repr(name[:_CUT]),
                      _meant(name, [*counts, *asked]))
    bounds = _bounds(sign, value)
    if bounds is None:
        return _fault(text, "a whole number, or with the sign = a range such as 20..30", repr(value[:_CUT]),
                      "Correct the value.")
    year, variable, label = counts[name]
    return Given(text=text.strip(), year=year, variable=variable, label=label, low=bounds[0], high=bounds[1])


def _question(text: str, name: str, sign: str, value: str, asked: set[str]) -> Given | Fault:
    if name not in asked:
        return _fault(text, "the id of a question that the run asked", repr(name[:_CUT]),
                      _meant(name, asked) if asked else "The run asked none: condition on counts, or run with questions.")
    if sign != "=":
        return _fault(text, f"{name}=yes or {name}=no", f"the sign {sign}", "A question is answered yes or no.")
    return Given(text=text.strip(), question=name, yes=value == YES)


def _bounds(sign: str, value: str) -> tuple[int, int | None] | None:
    """Least and largest count that agree, or None where the value is none."""
    match = RANGE.fullmatch(value)
    if match is None or (match["high"] and (sign != "=" or int(match["high"]) < int(match["low"]))):
        return None
    low = int(match["low"])
    return {"=": (low, int(match["high"] or low)), ">=": (low, None), ">": (low + 1, None), "<=": (0, low),
            "<": (0, low - 1)}[sign]


def _meant(name: str, known: Iterable[str]) -> str:
    near = closest(name[:_CUT], known)
    return f"Did you mean '{near}'?" if near else (
        f"Questions are in questions.csv of the run; counts are {PREFIX}_YEAR or {PREFIX}_{TOTAL}, with _ and a rank, a topic or "
        f"who travels: {PREFIX}_{TOTAL}_{codes.RANK.labels[0]}.")


def _fault(text: str, expected: str, found: str, remedy: str) -> Fault:
    return Fault(source="condition", where=f"given '{text[:_CUT]}'" if text else "what is given", expected=expected, found=found,
                 remedy=remedy)


# What holds in futures that agree.

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
