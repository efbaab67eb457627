r"""A frozen forecast as questions and forecasts of a public platform, with rules of resolution in plain sentences.

Which questions
---------------
Of every scenario that assumes nothing but the election: each dated question (binary), and the number of contacts of the whole
horizon by rank and in all, and of each of its calendar years in all (numeric). What an event that is assumed would bring about
can be asked, and nobody could decide it. A scenario given who won asks conditional questions: under another winner they are void.

Distributions over counts
-------------------------
Counts are whole, platforms take a function over a range. The range begins half a contact below zero, and each count
:math:`k` has the stretch from :math:`k - 1/2` to :math:`k + 1/2`, over which its probability is spread evenly, so that
:math:`F(k + 1/2) = P(N \le k)` exactly. One of the 200 steps is a fifth, a quarter, a half or the whole of a contact, or several
contacts: the finest that leaves room above nearly all that was simulated, and finer where a single step would have more than the
platform allows. Totals of the horizon are those of all paths; totals of a year are those of the paths that were frozen one by
one, or of all paths where a run is at hand.

A platform refuses what is too sure. The rules of Metaculus (``questions/serializers/common.py`` of its source): a step of at
least :math:`10^{-2}/200` and at most 0.2, at least 0.001 beyond an open bound, a probability from 0.001 to 0.999. Therefore

.. math:: \tilde F(x_i) = (1 - 0.01 - 0.001)\, F(x_i) + 0.01\, i / 200,

and probabilities are moved to the nearest that is allowed. What is published is also what is pooled.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from forecast.contacts import codes
from forecast.contacts.codes import CodeList
from forecast.errors import Fault, InputError
from forecast.evaluation.frozen import ALL, Frozen, FrozenScenario, Histogram, laid
from forecast.evaluation.platform import (
    POINTS,
    CountedWindow,
    PlatformFile,
    PlatformForecast,
    PlatformQuestion,
    Rule,
    Scaling,
    moment,
)
from forecast.evaluation.scores import CountForecast, of_shares
from forecast.panel.elections import Election
from forecast.simulation.scenario import Question

OURS = "forecast"
"""Name of this program as a forecaster."""
STEPS = POINTS - 1
FINE = (0.2, 0.25, 0.5, 1.0)
"""Steps in contacts, from the finest on; then whole numbers of contacts."""
TOP, ROOM = 0.999, 1.5
"""The range reaches to that many times this quantile, and five contacts on: others may expect more. What is rarer lies beyond it,
or a single wild future would make all steps coarse."""
EVEN, BEYOND, STEEPEST = 0.01, 0.001, 0.2
"""What a platform wants spread evenly over a range and beyond an open bound, and the most that a step may have."""
SURE = 0.001
CODING_DAYS = 90
"""Between the last day of a window and the day on which the question is to be resolved: an assumption about how long it takes
until late reports have surfaced and are coded. A question is not void because coding takes longer."""
Years = Mapping[str, Mapping[str, Histogram]]
"""Scenario -> calendar year -> paths with 0, 1, 2, ... contacts in all."""


@dataclass(frozen=True, kw_only=True)
class CommonRules:
    """What all questions of a file have in common."""

    frozen: Frozen
    election: Election | None
    close: date | None


def platform_file(frozen: Frozen, sha256: str | None = None, election: Election | None = None, years: Years | None = None,
                  close: date | None = None) -> PlatformFile:
    """Questions of a frozen forecast, and its forecasts of them.

    Parameters
    ----------
    frozen : Frozen
    sha256 : str, optional
        Its hash.
    election : Election, optional
        The record of its election, for the words.
    years : mapping, optional
        Scenario -> year -> histogram of all paths of the run; those frozen one by one are taken where it is not given.
    close : date, optional
        Last day on which others may forecast; without it a question closes when its window begins.

    Raises
    ------
    InputError
        Where every scenario assumes more than the election, every window is over, or `close` is earlier than the forecast or
        later than a window.
    """
    chosen = {name: one for name, one in frozen.scenario.items() if not one.assumes}
    if not chosen:
        raise InputError([Fault(source="platform export", where="its scenarios", expected="one without assumed events",
                                found=f"assumptions in {', '.join(frozen.scenario)}"[:200],
                                remedy="Freeze a run of scenarios that assume the election and nothing else.")])
    asked = CommonRules(frozen=frozen, election=election, close=close)
    pairs = [pair for name, one in chosen.items() for pair in _scenario(asked, name, one, (years or {}).get(name))
             if pair[0].rule.days[1] > frozen.as_of]
    if not pairs:
        raise InputError([Fault(source="platform export", where="its questions", found=f"none, as of {frozen.as_of}",
                                expected="one whose window is not over", remedy="Ask about later months.")])
    _check_close(asked, [question for question, _ in pairs])
    return laid(PlatformFile, "platform export", "Ask fewer or shorter questions.", forecaster=OURS, as_of=frozen.as_of,
                sha256=sha256, questions=tuple(one for one, _ in pairs), forecasts=tuple(one for _, one in pairs))


def left_out(frozen: Frozen) -> list[str]:
    """Scenarios that are not asked, because they assume more than the election."""
    return [name for name, one in frozen.scenario.items() if one.assumes]


def _check_close(asked: CommonRules, questions: Sequence[PlatformQuestion]) -> None:
    if asked.close is None:
        return
    last = min(one.rule.days[1] for one in questions)
    if not asked.frozen.as_of < asked.close <= last:
        raise InputError([Fault(source="platform export", where="option --close", found=str(asked.close),
                                expected=f"a day after {asked.frozen.as_of}, the last that the forecast uses, and up to {last}, "
                                         "when the first window ends", remedy="Choose another day, or leave the option out.")])


def _scenario(asked: CommonRules, name: str, one: FrozenScenario,
              years: Mapping[str, Histogram] | None) -> Iterator[tuple[PlatformQuestion, PlatformForecast]]:
    frozen = asked.frozen
    given = next(iter(one.outcome)) if len(one.outcome) == 1 else None
    base = Rule.model_construct(dyad=frozen.dyad, home=frozen.home, partner=frozen.partner, election=frozen.election, given=given,
                                begins=frozen.term_start).model_dump(exclude={"asks", "counts"}, exclude_unset=True)
    for question in frozen.questions:
        if question.id in one.question:
            id = f"{name}.{question.id}"
            chance = float(np.clip(one.question[question.id].probability, SURE, 1 - SURE))
            yield _binary(asked, id, Rule(**base, asks=question), question), PlatformForecast(question=id, probability_yes=chance)
    for rank, first, last, histogram, deciding in _windows(frozen, one, years or {}):
        id = f"{name}.number.{rank}.{first}.{last}"
        rule = Rule(**base, counts=CountedWindow(rank=rank, first=first, last=last))
        step = step_of(deciding)
        yield (_numeric(asked, id, rule, rank, step, sum(histogram)),
               PlatformForecast(question=id, continuous_cdf=platform_cdf(counts_of(histogram), step)))


def _windows(frozen: Frozen, one: FrozenScenario,
             years: Mapping[str, Histogram]) -> Iterator[tuple[str, str, str, Histogram, Histogram]]:
    """Rank, first and last month, histogram, and the histogram by which the range is chosen, run or no run at hand."""
    for rank in (ALL, *frozen.rank):
        yield rank, frozen.month[0], frozen.month[-1], one.term[rank], one.term[rank]
    in_year = {year: [place for place, month in enumerate(frozen.month) if month[:4] == year]
               for year in dict.fromkeys(month[:4] for month in frozen.month)}
    total = np.array(one.draws).sum(axis=2)
    for year, places in in_year.items():
        if len(in_year) > 1:
            kept: Histogram = tuple(map(int, np.bincount(total[:, places].sum(axis=1))))
            yield ALL, frozen.month[places[0]], frozen.month[places[-1]], years.get(year, kept), kept


# Distributions.

def counts_of(histogram: Histogram) -> CountForecast:
    """Forecast of one count from paths."""
    share = np.array([histogram], float)
    return of_shares(share / share.sum())


def step_of(histogram: Histogram) -> float:
    """Contacts of one step of the range, so that there is room above what was simulated and no step is too steep."""
    forecast = counts_of(histogram)
    pmf, need = forecast.pmf[0], ROOM * float(forecast.quantile(TOP)[0]) + 5
    wide = int(np.ceil(need / STEPS))
    steps = [*FINE, *map(float, range(2, wide + 1))]
    at = next(place for place, step in enumerate(steps) if STEPS * step >= need)
    while at > 0 and np.diff(_spread(pmf, steps[at])).max() > STEEPEST:
        at -= 1
    return steps[at]


def _points(step: float) -> np.ndarray:
    """Where the distribution is given, (201,)."""
    return -0.5 + step * np.arange(POINTS)


def _spread(pmf: np.ndarray, step: float) -> np.ndarray:
    """Distribution at the points of a range, each count spread over its stretch, (201,)."""
    edges = np.arange(len(pmf) + 1) - 0.5
    found: np.ndarray = np.interp(_points(step), edges, np.concatenate([[0.0], np.minimum(np.cumsum(pmf), 1.0)]))
    return found


def platform_cdf(forecast: CountForecast, step: float) -> tuple[float, ...]:
    """A distribution that a platform takes, closed below and open above."""
    steps = (1 - EVEN - BEYOND) * np.diff(_spread(forecast.pmf[0], step)) + EVEN / STEPS
    while steps.max() > STEEPEST:  # only where a step has more than the histogram by which the range was chosen let expect
        over = np.maximum(steps - STEEPEST + 1e-9, 0.0)
        steps = steps - over + (np.append(over[1:], 0.0) + np.append(0.0, over[:-1])) / 2
        steps[[0, -1]] += over[[0, -1]] / 2
    return tuple(map(float, np.round(np.concatenate([[0.0], np.cumsum(steps)]), 10)))


def count_forecast(cdf: np.ndarray, scaling: Scaling) -> CountForecast:
    """Probabilities of 0, 1, 2, ... contacts up to the end of a range, and in the last place of more than these.

    Parameters
    ----------
    cdf : (201,) array
        Over a range that begins half a contact below zero.
    """
    most = int(np.floor(scaling.range_max - 0.5))
    at = np.interp(np.arange(most + 1) + 0.5, np.linspace(scaling.range_min, scaling.range_max, POINTS), cdf)
    return CountForecast(np.diff(np.maximum.accumulate(np.concatenate([[0.0], at, [1.0]])))[None])


# Words.

def _binary(asked: CommonRules, id: str, rule: Rule, question: Question) -> PlatformQuestion:
    many = f"at least {question.at_least}" if question.at_least is not None else f"at most {question.at_most}"
    first, last = rule.days
    between = f"from {_day(first)} to {_day(last)}, both days included"
    if question.meetings is not None:
        counts = f"What counts: meetings on the list {question.meetings.list} of the record of {rule.dyad}, dated {between}."
    else:
        counts = f"What counts: {_contacts(rule)} {between}{_conditions(rule, question)}."
    resolves = f"The question resolves as yes if their number is {many}, and as no otherwise."
    return _together(asked, id, "binary", rule, question.text, question.background, f"{counts} {resolves}",
                     f"In the words of the question file: {question.resolution}")


def _numeric(asked: CommonRules, id: str, rule: Rule, rank: str, step: float, paths: int) -> PlatformQuestion:
    first, last = rule.days
    of = "" if rank == ALL else f" of the rank {rank}"
    title = f"How many {_pair(rule)} contacts{of} will be on record from {_day(first)} to {_day(last)}?"
    condition = "" if rank == ALL else f", of which this holds: {_led(rule, [rank])}"
    criteria = (f"What counts: {_contacts(rule)} from {_day(first)} to {_day(last)}, both days included{condition}. "
                "The question resolves as their number.")
    background = f"The distribution of this program is made of {paths:,} simulated futures."
    found = _together(asked, id, "numeric", rule, title, background, criteria,
                      "Counts are whole. Each count k has the stretch from k - 0.5 to k + 0.5 of the range.")
    return found.model_copy(update={"unit": "contacts", "open_lower_bound": False, "open_upper_bound": True,
                                    "scaling": Scaling(range_min=-0.5, range_max=float(_points(step)[-1]))})


def _together(asked: CommonRules, id: str, kind: str, rule: Rule, title: str, background: str, criteria: str,
              more: str) -> PlatformQuestion:
    """A question of any type."""
    first, last = rule.days
    closes = asked.close + timedelta(days=1) if asked.close else first if asked.frozen.as_of < first else last + timedelta(days=1)
    given = _given(asked, rule.given)
    return laid(PlatformQuestion, "platform export", f"Shorten the question {id}.", **{
        "id": id, "type": kind, "title": title if not given else f"{title} (if {given})", "description": background,
        "resolution_criteria": criteria, "fine_print": " ".join([*_fine_print(rule, last, given), more]),
        "open_time": moment(asked.frozen.as_of), "scheduled_close_time": moment(closes),
        "scheduled_resolve_time": moment(last + timedelta(days=1 + CODING_DAYS)), "rule": rule.model_dump(mode="json")}
        | ({"scaling": {"range_min": 0.0, "range_max": 1.0}} if kind == "numeric" else {}))


def _fine_print(rule: Rule, last: date, given: str) -> Iterator[str]:
    """Who codes, when it is decided, and when it is void."""
    yield (f"Who decides: coders of the record {rule.dyad}, by its codebook (forecast data codebook), from public sources; "
           "rows that meet the conditions are counted, and nobody's opinion is asked.")
    yield (f"When: once the record is coded up to {_day(last)}, or earlier where later rows cannot change the answer. As long as "
           "it is not coded so far, the question is open: silence of an uncoded month is no answer. The date of resolution "
           f"allows {CODING_DAYS} days for reports that surface late.")
    yield (f"Void: unless {given}, the question is annulled, which is neither yes nor no." if given else
           "The question counts whoever wins the election; it is never void.")
    yield f"Days before {_day(rule.begins)}, when the term begins, do not count."


def _given(asked: CommonRules, outcome: str | None) -> str:
    """Who must win, in words: by name where the record of the election has one."""
    if outcome is None:
        return ""
    record = asked.election
    if record is None or outcome not in record.outcomes:
        return f"the outcome of the election {asked.frozen.election} is {outcome}"
    return f"{record.outcomes[outcome].president} wins the election of {_day(record.date)} ({record.office})"


def _contacts(rule: Rule) -> str:
    return f"official {_pair(rule)} contacts in the record {rule.dyad}, dated"


def _pair(rule: Rule) -> str:
    return f"{rule.home}\N{EN DASH}{rule.partner}"


def _led(rule: Rule, ranks: Sequence[str]) -> str:
    return f"the {rule.home} side was led by {_defined(codes.RANK, ranks)}"


def _conditions(rule: Rule, question: Question) -> str:
    """What must hold of a contact, as clauses."""
    asked = question.kind
    clauses = []
    if asked.rank is not None:
        clauses.append(_led(rule, asked.rank))
    if asked.direction is not None:
        clauses.append(f"as to who travelled, it is coded {_defined(codes.DIRECTION, asked.direction)}")
    if asked.format is not None:
        clauses.append(f"its format is {_defined(codes.FORMAT, asked.format)}")
    if asked.topic is not None:
        clauses.append(f"it named among its topics {_defined(codes.TOPIC, asked.topic)}")
    if asked.mechanism is not None:
        clauses.append("it was part of no standing mechanism" if asked.mechanism == "none" else
                       "it was part of a standing mechanism of the codebook")
    if asked.outcome is not None:
        clauses.append(f"its outcome is coded {_defined(codes.OUTCOME, [str(asked.outcome)])} or higher")
    return f", of which all of this holds: {'; '.join(clauses)}" if clauses else ""


def _defined(known: CodeList, chosen: Sequence[str]) -> str:
    """Codes with what the codebook says of them."""
    words = {one.code: one.definition for one in known.codes}
    return " or ".join(f"{code} ({words[code]})" for code in chosen)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
