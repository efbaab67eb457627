r"""How all forecasts of a ledger did: their states, cumulative scores beside baselines, and calibration over questions.

A forecast is *open* until a month of it is over and coded and it is known who won, *scored so far* from then on, and *closed*
where all months are over and every question is decided. Under the outcome that did not happen nothing can be scored: questions
asked there are *void*, which is neither yes nor no nor open, and is counted.

Scenarios of one forecast are of three kinds, which are never mixed: given who won and nothing else (``winner``), with the
election open (``open election``), and with events or adjustments assumed (``assumed``). Cumulative skill is that of
:mod:`forecast.evaluation.skill` over the cells of all forecasts, with terms as clusters: several forecasts of one term are one
piece of evidence. A forecast that was added when months of it were over is *late*: it could have known them, and is told apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from forecast.errors import ForecastError
from forecast.evaluation.freezing import Scored, days_of
from forecast.evaluation.frozen import ALL, Frozen, FrozenScenario
from forecast.evaluation.questions import NO, OPEN, YES
from forecast.evaluation.scores import COUNT_LOSS
from forecast.evaluation.skill import skill

VOID = "void"
WAITING, SO_FAR, CLOSED = "open", "scored so far", "closed"
WINNER, OPEN_ELECTION, ASSUMED, BASELINES = "winner", "open election", "assumed", "baseline"
KINDS = (WINNER, OPEN_ELECTION, ASSUMED)
ANSWERS = (YES, NO, OPEN, VOID)
EVERY, IN_TIME = "all", "in time"
BINS = 10

FORECASTS = ("number", "sha256", "dyad", "election", "as_of", "frozen_on", "added_on", "outcome", "state", "why", "coded_until",
             "months", "over", "late", *ANSWERS)
SCORES = ("number", "dyad", "election", "forecaster", "kind", "cells", *COUNT_LOSS)
TOTALS = ("added", "kind", "loss", "baseline", "mean", "baseline_mean", "skill", "low", "high", "p", "forecasts", "terms",
          "cells")
QUESTIONS = ("number", "dyad", "election", "scenario", "kind", "id", "text", "probability", "answer", "brier", "log_score")
ASKED = ("kind", "forecasts", *ANSWERS, "brier", "log_score", "mean_probability", "share_yes", "brier_of_share")
CALIBRATION = ("kind", "low", "high", "questions", "forecasts", "mean_probability", "share_yes")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A forecast of a ledger, and how it did where that is known.

    Parameters
    ----------
    number : int
        In the ledger.
    sha256 : str
        Of the forecast.
    frozen : Frozen
    added_on : date
        When the ledger was given it.
    outcome : str, optional
        Who won, where it is known.
    coded_until : date, optional
        Last day of the record that it is scored by.
    scored : Scored, optional
        None where nothing can be scored yet; `why` then says why.
    """

    number: int
    sha256: str
    frozen: Frozen
    added_on: date
    outcome: str | None = None
    coded_until: date | None = None
    scored: Scored | None = None
    why: str = ""

    @property
    def late(self) -> int:
        """Months that were over when the ledger was given it."""
        return sum(days_of(self.frozen, month)[1] < self.added_on for month in self.frozen.month)

    @property
    def state(self) -> str:
        """Open, scored so far, or closed."""
        if self.scored is None:
            return WAITING
        decided = not (self.scored.questions["answer"] == OPEN).any()
        return CLOSED if decided and self.scored.over == len(self.frozen.month) else SO_FAR

    def happened(self, one: FrozenScenario) -> bool:
        """Whether a scenario is of what happened, as far as it is known."""
        return self.outcome is None or set(one.outcome) == {self.outcome} or len(one.outcome) > 1


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """``forecasts.csv``, ``scores.csv``, ``totals.csv``, ``questions.csv``, ``answers.csv`` and ``calibration.csv``."""

    forecasts: pd.DataFrame
    scores: pd.DataFrame
    totals: pd.DataFrame
    questions: pd.DataFrame
    answers: pd.DataFrame
    calibration: pd.DataFrame

    @property
    def scored(self) -> int:
        """Forecasts of which something could be scored."""
        return int((self.forecasts["state"] != WAITING).sum())


def condition_of(one: FrozenScenario) -> str:
    """What a scenario is given."""
    return ASSUMED if one.assumes else WINNER if len(one.outcome) == 1 else OPEN_ELECTION


def ledger_accounts(standings: Sequence[Standing]) -> Accounts:
    """All tables of a ledger."""
    questions = pd.DataFrame([row for one in standings for row in _questions(one)], columns=list(QUESTIONS))
    cells = [_cells(one) for one in standings if one.scored is not None]
    together = pd.concat(cells, ignore_index=True) if cells else pd.DataFrame(columns=["number", "kind", "forecaster"])
    return Accounts(
        forecasts=pd.DataFrame([_forecast(one, questions) for one in standings], columns=list(FORECASTS)),
        scores=pd.DataFrame([*_scores(together)], columns=list(SCORES)), questions=questions,
        totals=pd.DataFrame([*_totals(together, {one.number for one in standings if not one.late})], columns=list(TOTALS)),
        answers=pd.DataFrame([*_answers(questions)], columns=list(ASKED)),
        calibration=pd.DataFrame([*_calibration(questions)], columns=list(CALIBRATION)))


def _forecast(one: Standing, questions: pd.DataFrame) -> tuple[object, ...]:
    answer = questions.loc[questions["number"] == one.number, "answer"]
    told = one.frozen
    return (one.number, one.sha256, told.dyad, told.election, told.as_of, told.frozen_on, one.added_on, one.outcome or "",
            one.state, one.why, one.coded_until or "", len(told.month), one.scored.over if one.scored else 0, one.late,
            *(int((answer == name).sum()) for name in ANSWERS))


def _questions(one: Standing) -> Iterator[tuple[object, ...]]:
    """Rows of all scenarios: those that happened as they were scored, the others void, all open where nothing is known."""
    known = {} if one.scored is None else {(row.scenario, row.id): row for row in one.scored.questions.itertuples()}
    text = {question.id: question.text for question in one.frozen.questions}
    for name, scenario in one.frozen.scenario.items():
        for id, told in scenario.question.items():
            row = known.get((name, id))
            answer = VOID if not one.happened(scenario) else OPEN if row is None else row.answer
            losses = (np.nan, np.nan) if row is None else (row.brier, row.log_score)
            yield (one.number, one.frozen.dyad, one.frozen.election, name, condition_of(scenario), id, text[id], told.probability,
                   answer, *losses)


def _cells(one: Standing) -> pd.DataFrame:
    """Losses by rank and month of every scenario that happened, and of every baseline."""
    months = one.scored.months if one.scored else pd.DataFrame()
    months = months[months["rank"] != ALL]
    kind = {name: condition_of(scenario) for name, scenario in one.frozen.scenario.items()}
    return months[["rank", "month", "forecaster", *COUNT_LOSS]].assign(
        number=one.number, dyad=one.frozen.dyad, election=one.frozen.election,
        kind=[kind.get(name, BASELINES) for name in months["forecaster"]])


def _scores(cells: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    for key, part in cells.groupby(["number", "dyad", "election", "forecaster", "kind"], sort=False) if len(cells) else ():
        yield (*key, len(part), *(float(part[loss].mean()) for loss in COUNT_LOSS))


def _totals(cells: pd.DataFrame, in_time: set[int]) -> Iterator[dict[str, object]]:
    """Skill of every kind over every baseline: of all forecasts, and of those that were added before a month of them was over."""
    for added, part in ((EVERY, cells), (IN_TIME, cells[cells["number"].isin(in_time)])):
        baselines = part[part["kind"] == BASELINES]
        for kind in (one for one in KINDS if (part["kind"] == one).any()):
            ours = part[part["kind"] == kind].groupby(["number", "rank", "month"])[[*COUNT_LOSS]].mean()
            for name, theirs in baselines.groupby("forecaster", sort=False):
                beside = theirs.set_index(["number", "rank", "month"])[[*COUNT_LOSS, "election"]]
                both = ours.join(beside.rename(columns={loss: f"{loss}_" for loss in COUNT_LOSS}), how="inner")
                for loss in COUNT_LOSS if len(both) else ():
                    yield {"added": added, "kind": kind, "loss": loss, "baseline": name, "mean": float(both[loss].mean()),
                           "baseline_mean": float(both[f"{loss}_"].mean()), **_skill(both, loss),
                           "forecasts": both.index.get_level_values("number").nunique(), "cells": len(both)}


def _skill(both: pd.DataFrame, loss: str) -> dict[str, float]:
    try:
        found = skill(both[loss], both[f"{loss}_"], both["election"])
    except ForecastError:  # the baseline lost nothing
        return {"skill": np.nan, "low": np.nan, "high": np.nan, "p": np.nan, "terms": both["election"].nunique()}
    return {name: getattr(found, name) for name in ("skill", "low", "high", "p", "terms")}


def _answers(questions: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """How questions of each kind came out; beside the Brier score that of one who knew the share of yes and nothing else."""
    for kind, part in questions.groupby("kind", sort=False):
        decided = part[part["answer"].isin((YES, NO))]
        share = float((decided["answer"] == YES).mean()) if len(decided) else np.nan
        yield (kind, part["number"].nunique(), *(int((part["answer"] == one).sum()) for one in ANSWERS), decided["brier"].mean(),
               decided["log_score"].mean(), decided["probability"].mean(), share, share * (1 - share))


def _calibration(questions: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """Decided questions by how probable they were said to be."""
    decided = questions[questions["answer"].isin((YES, NO))]
    place = np.minimum((decided["probability"].to_numpy(float) * BINS).astype(int), BINS - 1)
    for (kind, number), part in decided.groupby(["kind", place], sort=True) if len(decided) else ():
        yield (kind, number / BINS, (number + 1) / BINS, len(part), part["number"].nunique(), part["probability"].mean(),
               float((part["answer"] == YES).mean()))
