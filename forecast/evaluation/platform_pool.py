r"""Forecasts of several forecasters of the same questions: resolved, scored, and pooled with weights that answers teach.

The pool
--------
Of forecasters :math:`v` with weights :math:`w_v` a probability is :math:`\sum_v w_v p_v`, a distribution :math:`\sum_v w_v F_v`.
Weights are equal until :data:`ENOUGH` questions are resolved that all of them answered. From then on they are those of stacking,

.. math:: \max_w \sum_j \log \sum_v w_v\, p_v(y_j) + (\alpha - 1) \sum_v \log w_v, \qquad \alpha = 2,

with :math:`p_v(y_j)` what a forecaster gave to what happened, yes, no or a number (Yao, Vehtari, Simpson and Gelman 2018,
doi 10.1214/17-BA1091; solved in :mod:`forecast.posterior.pool`). Who answered some questions only is pooled there by the weights
of those who answered.

A question that is asked given who won and with the election open too is one fact: it teaches once, given who won. Questions that
are decided by the same contacts are several facts and no independent trials; weights look surer than they are.

The pool's own scores
---------------------
Weights that had seen the answer would flatter the pool. Each resolved question is therefore pooled by the weights that questions
decided on earlier days teach (Dawid 1984, doi 10.2307/2981683); only what is open is pooled by all that are resolved.

Scores
------
Brier and log score of probabilities; CRPS and log score of numbers, over the counts of the range, with one more place for all
above it: the threshold-weighted CRPS, which is proper (Gneiting and Ranjan 2011, doi 10.1198/jbes.2010.08110). Means beside one
another are over the questions that all forecasters answered.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecast.errors import Fault, InputError, first_of, nearest
from forecast.evaluation.frozen import ALL, Frozen
from forecast.evaluation.platform import PlatformFile, PlatformForecast, PlatformQuestion, Rule, moment, read_platform
from forecast.evaluation.platform_questions import count_forecast
from forecast.evaluation.questions import NO, OPEN, YES, matches, resolve
from forecast.evaluation.scores import LOSS, CountForecast, brier, crps, log_score
from forecast.panel.poles import PoleRecord
from forecast.posterior.pool import stacking_weights

ENOUGH = 10
"""Resolved questions from which on weights are learned; before, they are equal."""
VOID = "void"
POOL, EQUAL = "pool", "pool, equal weights"
IMPOSSIBLE = 1e-12
"""What an answer is taken to have had at least, so that a log score is a number."""
GIVEN, ELECTION_OPEN = "winner", "open election"
LEVELS = (0.05, 0.5, 0.95)
FORECASTERS = ("forecaster", "as_of", "days_later", "answered", "weight", "equal_weight", "learned_from")
POOLED = ("id", "kind", "type", "title", "forecaster", "probability_yes", "q05", "q50", "q95", "answer", "decided_on", "weight")
SCORES = ("kind", "type", "loss", "forecaster", "mean", "questions", "answered")


@dataclass(frozen=True, kw_only=True)
class Decided:
    """How a question came out: yes, no, a number, open or void, and on which day that was certain."""

    answer: str
    on: date | None = None

    @property
    def known(self) -> bool:
        """Whether it has an answer that can be scored."""
        return self.answer not in (OPEN, VOID)


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """``forecasters.csv``, ``pooled.csv``, ``scores.csv``, and the pool as a file of a platform.

    Parameters
    ----------
    resolved : int
        Facts that all forecasters answered and that are resolved.
    answers : mapping of str to int
        How many questions are yes, no, numbers, open and void.
    """

    forecasters: pd.DataFrame
    pooled: pd.DataFrame
    scores: pd.DataFrame
    file: PlatformFile
    resolved: int
    answers: Mapping[str, int]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """By the name of their file."""
        return {name: getattr(self, name) for name in ("forecasters", "pooled", "scores")}


# Files of others beside ours.

def read_others(paths: Sequence[Path], ours: PlatformFile) -> list[PlatformFile]:
    """Read the files of other forecasters of the same questions (raises InputError with the faults of all)."""
    found: list[tuple[Path, PlatformFile]] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            found.append((path, read_platform(path)))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    check_same(ours, found)
    return [file for _, file in found]


def check_same(ours: PlatformFile, others: Sequence[tuple[Path, PlatformFile]]) -> None:
    """Refuse forecasters of one name, and questions that ours has not or that are decided otherwise (raises InputError)."""
    known, names = ours.question, {ours.forecaster: "this program", POOL: "the pool", EQUAL: "the pool"}
    faults = []
    for path, file in others:
        if file.forecaster in names:
            faults.append(_fault(path, "key forecaster", f"a name that is not that of {names[file.forecaster]}",
                                 f"'{file.forecaster}'", "Give every forecaster a name."))
        names[file.forecaster] = str(path)
        answered = set(file.forecast)
        found = [fault for one in file.questions if one.id in answered for fault in _differences(path, one, known)]
        faults += first_of(found, remedy="Perhaps these are questions of another forecast.")
        if not answered:
            faults.append(_fault(path, "key forecasts", "a forecast", "none", "Add forecasts, or leave the file out."))
    if faults:
        raise InputError(faults)


def _differences(path: Path, one: PlatformQuestion, known: Mapping[str, PlatformQuestion]) -> Iterator[Fault]:
    if one.id not in known:
        yield _fault(path, f"question {one.id}", "a question of this forecast", "none of that id", nearest(one.id, known)[:300])
        return
    for key in ("type", "scaling", "open_lower_bound", "open_upper_bound", "rule"):
        if getattr(one, key) != getattr(known[one.id], key):
            yield _fault(path, f"question {one.id}, key {key}", "what this forecast has, because it decides the answer",
                         "something else", "Take the questions of forecast platform export as they are.")


def _fault(path: Path, where: str, expected: str, found: str, remedy: str) -> Fault:
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)


# How questions came out.

def check_outcome(frozen: Frozen, later: bool, outcome: str | None) -> None:
    """Refuse contacts coded later without who won, and the other way round, and who could not win (raises InputError)."""
    known = sorted({name for one in frozen.scenario.values() for name in one.outcome})
    if later and outcome not in known:
        raise InputError([Fault(source="platform pool", where="option --outcome", expected=f"who won: one of {', '.join(known)}",
                                found=f"'{outcome}'" if outcome else "nothing", remedy=nearest(outcome or "", known))])
    if outcome and not later:
        raise InputError([Fault(source="platform pool", where="option --later", found="nothing",
                                expected="contacts coded later, as --outcome is given", remedy="Give both, or none.")])


def undecided(file: PlatformFile) -> dict[str, Decided]:
    """All questions open."""
    return {one.id: Decided(answer=OPEN) for one in file.questions}


def decide(question: PlatformQuestion, contact: pd.DataFrame, until: date, outcome: str,
           poles: PoleRecord | None = None) -> Decided:
    """Decide a question by coded contacts.

    Parameters
    ----------
    contact : DataFrame
        Columns of the codebook.
    until : date
        Last day up to which contacts were coded.
    outcome : str
        Who won.
    poles : PoleRecord, optional
        Meetings with poles up to the same day; questions about them stay open without it.
    """
    rule = question.rule
    if rule.given not in (None, outcome):
        return Decided(answer=VOID)
    if rule.asks is None:
        return _number(rule, contact, until)
    answer, _ = resolve(rule.asks, contact, until, rule.begins, poles)
    return Decided(answer=answer, on=_certain(rule, contact, until) if answer in (YES, NO) else None)


def _number(rule: Rule, contact: pd.DataFrame, until: date) -> Decided:
    first, last = rule.days
    if until < last or rule.counts is None:
        return Decided(answer=OPEN)
    counts = contact["date"].between(pd.Timestamp(first), pd.Timestamp(last))
    if rule.counts.rank != ALL:
        counts &= contact["us_rank"] == rule.counts.rank
    return Decided(answer=str(int(counts.sum())), on=last)


def _certain(rule: Rule, contact: pd.DataFrame, until: date) -> date:
    """The day of the contact after which no other could change the answer, or the last of the window."""
    (first, last), asks = rule.days, rule.asks
    if asks is None or asks.meetings is not None:
        return last
    turning = asks.at_least if asks.at_least is not None else asks.most + 1
    days = contact.loc[matches(contact, asks), "date"].dt.date.sort_values()
    days = days[(days >= first) & (days <= min(last, until))]
    return days.iloc[turning - 1] if len(days) >= turning else last


# Losses.

def surprise(question: PlatformQuestion, values: np.ndarray, answer: str) -> float:
    """Log score: minus the log of what a forecast gave to what happened."""
    if question.scaling is None:
        given = float(values[0]) if answer == YES else 1 - float(values[0])
        return float(-np.log(max(given, IMPOSSIBLE)))
    forecast = count_forecast(values, question.scaling)
    return float(log_score(forecast, _place(forecast, answer))[0])


def losses(question: PlatformQuestion, values: np.ndarray, answer: str) -> dict[str, float]:
    """Loss by name, of a forecast of a question that is decided."""
    if question.scaling is None:
        found = {"brier": float(brier(values[:1], np.array([float(answer == YES)]))[0])}
    else:
        forecast = count_forecast(values, question.scaling)
        found = {"crps": float(crps(forecast, _place(forecast, answer))[0])}
    return found | {"log_score": surprise(question, values, answer)}


def _place(forecast: CountForecast, answer: str) -> np.ndarray:
    """The count, or the last place of the range where it lies above it."""
    return np.array([min(float(answer), forecast.pmf.shape[1] - 1)])


# Weights.

@dataclass(frozen=True, kw_only=True)
class Lessons:
    """What resolved questions say of forecasters.

    Parameters
    ----------
    day : tuple of date
        On which each fact was decided.
    score : (forecaster, fact) array
        Log of what each gave to what happened.
    """

    day: tuple[date, ...]
    score: np.ndarray

    def weights(self, before: date | None = None) -> tuple[np.ndarray, int]:
        """Weights that facts decided before a day teach, all where none is named; and how many facts these are."""
        score = self.score[:, [before is None or day < before for day in self.day]]
        if score.shape[1] < ENOUGH:
            return np.full(len(score), 1 / len(score)), score.shape[1]
        return stacking_weights(score), score.shape[1]


def lessons(files: Sequence[PlatformFile], decided: Mapping[str, Decided]) -> Lessons:
    """Lessons of what is decided and what all forecasters answered; each fact once, given who won if it can be."""
    answered = set(files[0].question).intersection(*(file.forecast for file in files))
    known = sorted((one for one in files[0].questions if decided[one.id].known and one.id in answered),
                   key=lambda one: one.rule.given is None)
    facts = {one.rule.fact: one for one in reversed(known)}
    given = [file.forecast for file in files]
    scores = [[-surprise(one, told[one.id], decided[one.id].answer) for one in facts.values()] for told in given]
    days = tuple(day for one in facts.values() if (day := decided[one.id].on) is not None)
    return Lessons(day=days, score=np.array(scores).reshape(len(files), len(facts)))


# Side by side.

def pool_forecasters(files: Sequence[PlatformFile], decided: Mapping[str, Decided]) -> Pooled:
    """Pool forecasters and score all of them.

    Parameters
    ----------
    files : sequence of PlatformFile
        Ours first, which has all questions.
    decided : mapping of str to Decided
        By question; all are open where nothing is known.
    """
    taught, given = lessons(files, decided), [file.forecast for file in files]
    rows, scored, forecasts = [], [], []
    seen: dict[date | None, np.ndarray] = {}
    for question in files[0].questions:
        on = decided[question.id].on
        if on not in seen:
            seen[on] = taught.weights(on)[0]
        told = _values(files, given, question.id, seen[on])
        forecasts.append(_forecast(question, told[POOL][0]))
        rows += [_row(question, name, values, weight, decided[question.id]) for name, (values, weight) in told.items()]
        scored += [(_kind(question), question.type, loss, name, value, len(told) == len(files) + 2)
                   for name, (values, _) in told.items() if decided[question.id].known
                   for loss, value in losses(question, values, decided[question.id].answer).items()]
    weight, many = taught.weights()
    return Pooled(
        forecasters=pd.DataFrame([*_forecasters(files, weight, many)], columns=list(FORECASTERS)),
        pooled=pd.DataFrame(rows, columns=list(POOLED)), scores=_scores(scored), resolved=many,
        answers=_answers(decided.values()),
        file=_file(files, tuple(forecasts)))


def _file(files: Sequence[PlatformFile], forecasts: tuple[PlatformForecast, ...]) -> PlatformFile:
    """The pool's: it knows what the latest forecaster knows, and its questions close after that."""
    as_of = max(one.as_of for one in files)
    after = moment(as_of + timedelta(days=1))
    questions = tuple(one.model_copy(update={
        "scheduled_close_time": (closes := max(one.scheduled_close_time, after)),
        "scheduled_resolve_time": max(one.scheduled_resolve_time, closes)}) for one in files[0].questions)
    return files[0].model_copy(update={"forecaster": POOL, "as_of": as_of, "questions": questions, "forecasts": forecasts})


def _values(files: Sequence[PlatformFile], given: Sequence[Mapping[str, np.ndarray]], id: str,
            weight: np.ndarray) -> dict[str, tuple[np.ndarray, float]]:
    """Forecasts of a question, each with its share of the pool, and those of the pools."""
    answered = [place for place, one in enumerate(given) if id in one]
    values = np.array([given[place][id] for place in answered])
    share, equal = weight[answered] / weight[answered].sum(), np.full(len(answered), 1 / len(answered))
    own = {files[place].forecaster: (one, float(part)) for place, one, part in zip(answered, values, share, strict=True)}
    return own | {POOL: (share @ values, np.nan), EQUAL: (equal @ values, np.nan)}


def _forecast(question: PlatformQuestion, values: np.ndarray) -> PlatformForecast:
    """A pool's; sums of floats may leave a range by their last digit."""
    found = np.clip(values, 0.0, 1.0)
    if question.type == "binary":
        return PlatformForecast(question=question.id, probability_yes=float(found[0]))
    found = np.maximum.accumulate(found)
    ends = {0: question.open_lower_bound, -1: question.open_upper_bound}
    for place, is_open in ends.items():
        found[place] = found[place] if is_open else round(float(found[place]))
    return PlatformForecast(question=question.id, continuous_cdf=tuple(map(float, found)))


def _row(question: PlatformQuestion, name: str, values: np.ndarray, weight: float, decided: Decided) -> tuple[Any, ...]:
    told: tuple[float, ...] = (float(values[0]), np.nan, np.nan, np.nan)
    if question.scaling is not None:
        forecast = count_forecast(values, question.scaling)
        told = (np.nan, *(float(forecast.quantile(level)[0]) for level in LEVELS))
    return (question.id, _kind(question), question.type, question.title, name, *told, decided.answer, decided.on, weight)


def _kind(question: PlatformQuestion) -> str:
    return ELECTION_OPEN if question.rule.given is None else GIVEN


def _forecasters(files: Sequence[PlatformFile], weight: np.ndarray, many: int) -> Iterator[tuple[Any, ...]]:
    for file, part in zip(files, weight, strict=True):
        yield (file.forecaster, file.as_of, (file.as_of - files[0].as_of).days, len(file.forecasts), float(part), many < ENOUGH,
               many if many >= ENOUGH else 0)


def _scores(scored: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Means over the questions that all answered, and how many each answered."""
    table = pd.DataFrame(scored, columns=["kind", "type", "loss", "forecaster", "value", "shared"])
    rows = [(*key, part.loc[part["shared"], "value"].mean(), int(part["shared"].sum()), len(part))
            for key, part in table.groupby(["kind", "type", "loss", "forecaster"], sort=False)] if len(table) else []
    found = pd.DataFrame(rows, columns=list(SCORES))
    return found.assign(loss=found["loss"].map(LOSS))


def _answers(decided: Any) -> dict[str, int]:
    found = {name: 0 for name in (YES, NO, "number", OPEN, VOID)}
    for one in decided:
        found[one.answer if one.answer in found else "number"] += 1
    return found


def pool_sentences(found: Pooled) -> Iterator[str]:
    """What is to be said of weights, of who knew more, and of what is open."""
    if found.resolved < ENOUGH:
        yield (f"Weights are equal: {found.resolved} of the {ENOUGH} resolved questions that all answered are there, from which "
               "on weights are learned.")
    else:
        yield (f"Weights are learned from {found.resolved} resolved questions. These share contacts and are no independent "
               "trials: weights look surer than they are.")
    for row in found.forecasters.itertuples():
        if row.days_later > 0:
            yield f"{row.forecaster} could know the news of {row.days_later:,} more days than this forecast."
    told = ", ".join(f"{many} {name}" for name, many in found.answers.items())
    yield f"Questions of this forecast: {told}."
