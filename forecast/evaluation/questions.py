r"""Dated questions: how likely each is in simulated futures, how often it held in the past, and how it was resolved.

Probabilities and their errors
------------------------------
A question holds in a path where at least, or at most, so many contacts :math:`m` count for it. Its probability is the share of
paths. Its error has a part from the draws of each component that it leans on, which repeat after different numbers of paths: with
:math:`e_c` the error by batches of the draws of component :math:`c` (:mod:`forecast.evaluation.montecarlo`), each of which holds
the error :math:`e_0` of independent paths once,

.. math:: e^2 = \sum_{c=1}^{k} e_c^2 - (k - 1)\, e_0^2,

as for parts that add up; never less than the largest of them. Components with the same number of draws repeat together and have
the same batches: they count as one. Differences between scenarios are
taken path by path: common random numbers make their error far smaller than that of either probability. All of it comes from
tallies (:mod:`forecast.evaluation.montecarlo`), which blocks of paths add to.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.registry import CONTACTS, OUTCOME, POLES, SETTING, TOPICS
from forecast.evaluation.montecarlo import Tally
from forecast.evaluation.poles import meetings_between
from forecast.panel import Panel
from forecast.panel.calendar import YEARS_OF_TERM, months_within
from forecast.panel.elections import Administration
from forecast.panel.poles import PoleRecord
from forecast.simulation.scenario import Question, Scenario

# The probability of every question under every scenario, with its Monte Carlo error and the figures behind it.

ANSWER_COLUMNS = (
    "scenario", "id", "text", "condition", "window", "probability", "mcse", "expected_contacts", "q05", "q50", "q95",
    "past_terms", "past_yes")
CONTRAST = ("first", "second", "id", "difference", "mcse", "separate_mcse")
Counted = Mapping[tuple[str, ...], tuple[Tally, ...]]
"""Tallies of contacts by (scenario, question), and of differences of answers by (first, second, question); one per component, or
for several with the same number of draws."""
LEANS = {"topic": TOPICS, "outcome": OUTCOME, "mechanism": OUTCOME, "direction": SETTING, "format": SETTING}
"""Component whose draws decide a key of a condition, besides those of contact frequency."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """``questions.csv``, ``questions_contrast.csv`` and ``questions_past.csv``; empty where nothing is asked."""

    answer: pd.DataFrame
    contrast: pd.DataFrame
    past: pd.DataFrame


def tally_answers(matched: Mapping[str, xr.DataArray], scenarios: Mapping[str, Scenario],
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
        return tuple(Tally.of(values, one) for one in different(batch[component] for component in leans[question]))

    found: dict[tuple[str, ...], tuple[Tally, ...]] = {key: tallied(values, key[1]) for key, values in count.items()}
    for first, second in combinations(scenarios, 2):
        found |= {(first, second, key): tallied(values - held[second, key], key) for (name, key), values in held.items()
                  if name == first and (second, key) in held}
    return found


def different(batches: Iterable[np.ndarray]) -> list[np.ndarray]:
    """Batches without repetitions: of components with as many draws as another, which are drawn together, one says all."""
    batches = list(batches)
    return [one for place, one in enumerate(batches) if not any(np.array_equal(one, other) for other in batches[:place])]


def components_of(question: Question) -> tuple[str, ...]:
    """Components whose draws decide a question; of one about contacts the first is contact frequency."""
    if question.meetings is not None:
        return (POLES,)
    given = (key for key, value in question.kind.model_dump().items() if value is not None)
    return (CONTACTS, *dict.fromkeys(LEANS[key] for key in given if key in LEANS))


def error_over_batches(errors: Sequence[float], variance: float, paths: int) -> float:
    """Monte Carlo error from those by batches of each component; `variance` is that of one path."""
    alone = (len(errors) - 1) * variance / max(paths, 1)
    return float(np.sqrt(max(np.sum(np.square(errors)) - alone, np.max(np.square(errors)))))


def answers(found: Counted, scenarios: Mapping[str, Scenario], past: pd.DataFrame) -> Answers:
    """Answer all questions of all scenarios.

    Parameters
    ----------
    found : mapping
        From :func:`tally_answers`, all blocks added up.
    scenarios : mapping of str to Scenario
        By name.
    past : DataFrame
        From :func:`forecast.evaluation.questions.past_windows`.
    """
    asked = {(name, question.id): question for name, one in scenarios.items() for question in one.questions}
    before = past.groupby("id")["holds"].agg(["size", "sum"]).T.to_dict("list")
    rows = [_row(name, question, found[name, key], *before.get(key, (0, 0))) for (name, key), question in asked.items()]
    differences = [_difference(key, asked, found) for key in found if len(key) == len(("first", "second", "id"))]
    return Answers(answer=pd.DataFrame(rows, columns=list(ANSWER_COLUMNS)), past=past,
                   contrast=pd.DataFrame(differences, columns=list(CONTRAST)))


def chance_of(question: Question, count: tuple[Tally, ...]) -> tuple[float, float]:
    """Probability that a question holds, and its Monte Carlo error."""
    bounds = {"at_least": question.at_least, "at_most": question.at_most}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    found = [one.probability(**given) for one in count]
    chance = found[0][0]
    return chance, error_over_batches([error for _, error in found], chance * (1 - chance), count[0].count)


def _row(name: str, question: Question, count: tuple[Tally, ...], terms: int, held: int) -> tuple[Any, ...]:
    """A row of ``questions.csv``; `held` is in how many of the past `terms` the condition did."""
    chance, error = chance_of(question, count)
    window = " to ".join(f"{month:%Y-%m}" for month in question.window)
    told = count[0].describe()
    return (name, question.id, question.text, condition(question), window, chance, error,
            *(told[key] for key in ("mean", "q05", "q50", "q95")), int(terms), int(held))


def _difference(key: tuple[str, ...], asked: Mapping[tuple[str, str], Question], found: Counted) -> tuple[Any, ...]:
    """Of probabilities, with the error of a paired difference and that of unrelated runs."""
    first, second, question = key
    each = [one.mean() for one in found[key]]
    mean, error = each[0][0], error_over_batches([error for _, error in each], found[key][0].variance, found[key][0].count)
    one, other = (chance_of(asked[name, question], found[name, question])[1] for name in (first, second))
    return (first, second, question, mean, error, float(np.hypot(one, other)))


def condition(question: Question) -> str:
    """What must be found for the answer yes, in the words of the codebook."""
    many = f"at least {question.at_least}" if question.at_least is not None else f"at most {question.at_most}"
    one = 1 in (question.at_least, question.at_most)
    if question.meetings is not None:
        return f"{many} {'meeting' if one else 'meetings'} on the list {question.meetings.list}"
    given = {key: value for key, value in question.kind.model_dump().items() if value is not None}
    parts = [f"{key} {_either(value)}" for key, value in given.items()]
    noun = "contact" if one else "contacts"
    return f"{many} {noun}" + (f" with {', '.join(parts)}" if parts else "")


def _either(value: int | str | tuple[str, ...]) -> str:
    if isinstance(value, int):
        return f"{value} or more"
    return value if isinstance(value, str) else " or ".join(value)


# Which coded contacts a question is about.

def matches(contact: pd.DataFrame, question: Question) -> np.ndarray:
    """Contacts that meet the conditions of a question, whatever its window, (contact,).

    Parameters
    ----------
    contact : DataFrame
        Columns of the codebook: us_rank, direction, format, agenda, mechanism, outcome.
    """
    wanted, found = question.kind, np.ones(len(contact), bool)
    for column, codes in (("us_rank", wanted.rank), ("direction", wanted.direction), ("format", wanted.format)):
        if codes is not None:
            found &= contact[column].isin(codes).to_numpy()
    if wanted.topic is not None:
        found &= np.array([bool(set(agenda.split(";")) & set(wanted.topic)) for agenda in contact["agenda"].fillna("")], bool)
    if wanted.mechanism is not None:
        found &= (contact["mechanism"] != "none").to_numpy() == (wanted.mechanism == "standing")
    values: np.ndarray = found & (contact["outcome"].to_numpy(int) >= (wanted.outcome or 0))
    return values


def counting(contact: pd.DataFrame, question: Question) -> Callable[[date, date], int]:
    """What counts the contacts that a question is about, from one day to another, both included."""
    day = contact["date"].to_numpy("datetime64[D]")[matches(contact, question)]
    return lambda first, last: int(((day >= np.datetime64(first)) & (day <= np.datetime64(last))).sum())


def holds(count: int | np.ndarray, question: Question) -> bool | np.ndarray:
    """Whether so many contacts make the answer yes."""
    if question.at_least is not None:
        return count >= question.at_least
    return count <= question.most


# How often the condition of a question held in past terms, at the same distance from inauguration.

PAST_COLUMNS = ("id", "president", "type", "first", "last", "count", "holds")


def past_windows(questions: Sequence[Question], panel: Panel, begins: date, poles: PoleRecord | None = None, *,
                 until: date | None = None) -> pd.DataFrame:
    """The window of every question, moved to every past term that was observed all through it.

    Of a question about meetings with poles, `poles` has them, and their list must be complete all through the window.

    Parameters
    ----------
    begins : date
        Inauguration day of the term that the questions are about.
    until : date, optional
        Terms that begin on this day or later are left out; where not given those from `begins` on, which may run.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``COLUMNS``: one row per question and term.
    """
    rows = []
    for question in questions:
        (first, last), found = span(question, begins), _finding(question, panel.contact, poles)
        for years, term in _terms(panel, begins).items():
            if term.start >= (until or begins):
                continue
            moved = _moved(first, years), _moved(last, years)
            if not _observed(panel, term.start, *moved):
                continue
            count, whole = found(*moved)
            if whole:
                rows.append((question.id, term.president, term.type, *moved, count, bool(holds(count, question))))
    return pd.DataFrame(rows, columns=list(PAST_COLUMNS))


def _terms(panel: Panel, begins: date) -> dict[int, Administration]:
    """Years to every other term -> who took office as it began; a successor within a term begins no other."""
    found: dict[int, Administration] = {}
    for one in panel.administration:
        years = one.start.year - begins.year - ((one.start.month, one.start.day) < (begins.month, begins.day))
        found.setdefault(years // YEARS_OF_TERM * YEARS_OF_TERM, one)
    return found


def _finding(question: Question, contact: pd.DataFrame, poles: PoleRecord | None) -> Callable[[date, date], tuple[int, bool]]:
    """What finds, from one day to another, the contacts or meetings that count, and whether these are known on all these days as
    far as lists of meetings go.
    """
    if question.meetings is None:
        count = counting(contact, question)
        return lambda first, last: (count(first, last), True)
    if poles is None or question.meetings.list not in poles.list.index:
        return lambda *_: (0, False)
    return partial(meetings_between, poles, question.meetings.list)


def _moved(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _observed(panel: Panel, start: date, first: date, last: date) -> bool:
    """Whether the term began within the record, and the window lies before its end."""
    return panel.administration[0].start < start <= first and last <= panel.as_of


# How a question is answered by contacts coded later.

YES, NO, OPEN = "yes", "no", "open"


def resolve(question: Question, contact: pd.DataFrame, coded_until: date, begins: date,
            poles: PoleRecord | None = None) -> tuple[str, int]:
    """Answer a question from coded contacts.

    Parameters
    ----------
    question : Question
    contact : DataFrame
        Columns of the codebook; contacts outside the window play no part.
    coded_until : date
        Last day up to which contacts were coded; what lies later is not known.
    begins : date
        Inauguration day: contacts of that month before it belong to the old administration.
    poles : PoleRecord, optional
        Meetings with poles up to the same day; a question about them is open without them, and where their list ends early.

    Returns
    -------
    tuple of str and int
        ``yes``, ``no``, or ``open`` where later contacts can still change the answer; and the contacts that count so far.
    """
    first, last = span(question, begins)
    count, whole = _finding(question, contact, poles)(first, min(last, coded_until))
    if coded_until >= last and whole:
        return (YES if holds(count, question) else NO), count
    if question.at_least is not None and count >= question.at_least:
        return YES, count
    if question.at_most is not None and count > question.at_most:
        return NO, count
    return OPEN, count


def span(question: Question, begins: date) -> tuple[date, date]:
    """First and last day of a question's window."""
    return months_within(*question.window, begins)
