"""Conditions on simulated futures, as people write them: ``QUESTION=yes``, ``contacts_YEAR>=20``.

A condition is a name, a sign and a value. Names are ids of questions that the run asked (values ``yes`` and ``no``), and counts:
``contacts_`` and a year or ``total``, with a rank, a topic or who travels behind it where only such contacts count. Signs of
counts are ``=``, ``>=``, ``<=``, ``>`` and ``<``; ``=20..30`` is a range with both ends. Several conditions hold together.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecast.components.registry import CONTACTS, SETTING, TOPICS
from forecast.contacts import codes
from forecast.errors import Fault, InputError, closest
from forecast.evaluation.questions import NO, YES, components_of, holds
from forecast.simulation.scenario import Scenario

PREFIX, TOTAL = "contacts", "total"
FORM = re.compile(r"\s*(?P<name>[^\s<>=]+)\s*(?P<sign>>=|<=|=|<|>)\s*(?P<value>[^\s<>=]+)\s*")
RANGE = re.compile(r"(?P<low>\d{1,7})(?:\.\.(?P<high>\d{1,7}))?")
SHOWN = 80
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
        return _fault(text, "a name, a sign and a value", repr(text[:SHOWN]), f"Write {WAYS}.")
    name, sign, value = match.groups()
    if value in (YES, NO):
        return _question(text, name, sign, value, asked)
    if name not in counts:
        if name in asked:
            return _fault(text, f"{name}=yes or {name}=no", f"the value {value[:SHOWN]!r}", "A question is answered yes or no.")
        return _fault(text, "the name of a count, or the id of a question with =yes or =no", repr(name[:SHOWN]),
                      _meant(name, [*counts, *asked]))
    bounds = _bounds(sign, value)
    if bounds is None:
        return _fault(text, "a whole number, or with the sign = a range such as 20..30", repr(value[:SHOWN]),
                      "Correct the value.")
    year, variable, label = counts[name]
    return Given(text=text.strip(), year=year, variable=variable, label=label, low=bounds[0], high=bounds[1])


def _question(text: str, name: str, sign: str, value: str, asked: set[str]) -> Given | Fault:
    if name not in asked:
        return _fault(text, "the id of a question that the run asked", repr(name[:SHOWN]),
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
    near = closest(name[:SHOWN], known)
    return f"Did you mean '{near}'?" if near else (
        f"Questions are in questions.csv of the run; counts are {PREFIX}_YEAR or {PREFIX}_{TOTAL}, with _ and a rank, a topic or "
        f"who travels: {PREFIX}_{TOTAL}_{codes.RANK.labels[0]}.")


def _fault(text: str, expected: str, found: str, remedy: str) -> Fault:
    return Fault(source="condition", where=f"given '{text[:SHOWN]}'" if text else "what is given", expected=expected, found=found,
                 remedy=remedy)
