r"""What has changed since the eve of the election: the part of a term that is over beside its forecast, and the rest anew.

Totals of a term split where its known part ends, :math:`N = N_{so\ far} + N_{to\ come}`, in the record, in the futures of the eve
and in those of today, so that a forecast moves for two reasons that add up,

.. math:: E_{now} N - E_{eve} N = \underbrace{n_{so\ far} - E_{eve} N_{so\ far}}_{what\ happened}
    + \underbrace{E_{now} N_{to\ come} - E_{eve} N_{to\ come}}_{what\ is\ expected\ of\ the\ rest}.

Of the month in which the known part ends, contacts of a future of the eve fall into it with the share of the month's exposure
that is seen, each on its own (a binomial part of a Poisson count).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from forecast.contacts import codes
from forecast.evaluation.freezing import Scored
from forecast.evaluation.scores import COUNT_LOSS
from forecast.simulation.running import Running
from forecast.simulation.scenario import Scenario

ALL = "all"
LEVELS = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
FAN = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
SIDES = ("eve", "now")
CHANGES = ("quantity", "key", "part", "unit", *(f"{side}_{name}" for side in SIDES for name in ("mean", *LEVELS)), "recorded",
           "change")
QUESTIONS = ("id", "text", "state", "contacts", "eve", "eve_mcse", "now", "now_mcse")
MONTHS = ("month", "part", *FAN)


@dataclass(frozen=True, kw_only=True)
class Update:
    """``update.csv``, ``update_months.csv``; where there is something to tell, ``update_questions.csv``, ``update_scores.csv``.

    Parameters
    ----------
    changes : DataFrame
        Contacts by rank, and shares of mentions by topic, on the eve and now: so far, to come, and over the term.
    questions : DataFrame
        Each question's state (yes, no, open) by the contacts so far, with its probability on the eve and now.
    months : DataFrame
        Contacts from the first month on, added up: recorded, and quantiles of the futures of the eve and of now.
    scores : DataFrame
        Mean losses so far of a frozen forecast and of the baselines frozen with it; empty where none is named.
    """

    changes: pd.DataFrame
    questions: pd.DataFrame
    months: pd.DataFrame
    scores: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """By the names of their files; without questions where none is asked."""
        optional = {"update_questions": self.questions, "update_scores": self.scores}
        return {"update": self.changes, "update_months": self.months,
                **{name: table for name, table in optional.items() if not table.empty}}


def changed(eve: xr.Dataset, now: xr.Dataset, running: Running, seed: int) -> pd.DataFrame:
    """Rows of ``update.csv``.

    Parameters
    ----------
    eve, now : Dataset
        Futures of one scenario over the term, as they were simulated on the eve and are now.
    seed : int
        Of the parts of the eve's last month.
    """
    return pd.DataFrame([*_contacts(eve, now, running, seed), *_mentions(eve, now, running)], columns=list(CHANGES))


def _contacts(eve: xr.Dataset, now: xr.Dataset, running: Running, seed: int) -> Iterator[tuple[object, ...]]:
    before, after = split(contacts_by_month(eve), running, seed)
    recorded = running.known["contact"].sum(axis=(0, 2))
    today = contacts_by_month(now).sum(axis=1) - recorded
    for key, place in [(ALL, slice(None)), *((rank, slice(at, at + 1)) for at, rank in enumerate(codes.RANK.labels))]:
        known = int(recorded[place].sum())
        of_eve = before[:, place].sum(axis=1), after[:, place].sum(axis=1)
        rest = today[:, place].sum(axis=1)
        rows = {"so far": (of_eve[0], np.full(1, known), known), "to come": (of_eve[1], rest, np.nan),
                "term": (of_eve[0] + of_eve[1], rest + known, known)}
        for part, (then, anew, seen) in rows.items():
            yield ("contact", key, part, "contacts", *_numbers(then), *_numbers(anew), seen, anew.mean() - then.mean())


def _mentions(eve: xr.Dataset, now: xr.Dataset, running: Running) -> Iterator[tuple[object, ...]]:
    known = running.known["mention"].sum(axis=0)
    share = [_share(one["mention"].transpose("path", "month", "topic").to_numpy().sum(axis=1, dtype=float)) for one in (eve, now)]
    for place, topic in enumerate(codes.TOPIC.labels):
        then, anew = (one[:, place][~np.isnan(one[:, place])] for one in share)
        seen = known[place] / known.sum() if known.sum() else np.nan
        yield ("mention_share", topic, "term", "share of mentions", *_numbers(then), *_numbers(anew), seen,
               anew.mean() - then.mean())


def _share(mention: np.ndarray) -> np.ndarray:
    """Share of each topic in the mentions of every path, (path, topic); NaN on a path without any."""
    total = mention.sum(axis=1, keepdims=True)
    found: np.ndarray = np.divide(mention, total, out=np.full_like(mention, np.nan), where=total > 0)
    return found


def _numbers(values: np.ndarray) -> tuple[float, ...]:
    """Mean and quantiles of the paths, (path,)."""
    return float(values.mean()), *(float(np.quantile(values, level)) for level in LEVELS.values())


def contacts_by_month(paths: xr.Dataset) -> np.ndarray:
    """Contacts, (path, month, rank)."""
    found: np.ndarray = paths["contact"].transpose("path", "month", "rank", "outcome").to_numpy().sum(axis=3, dtype=np.int64)
    return found


def split(contact: np.ndarray, running: Running, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Contacts of futures of the eve in the part of the term that is over now, and in the rest, each (path, rank).

    Parameters
    ----------
    contact : (path, month, rank) array of int
    """
    seen, left = running.seen.sum(axis=1), running.left.sum(axis=1)
    share = np.divide(seen, seen + left, out=np.zeros_like(seen), where=seen + left > 0)
    share = np.where(left < 1e-9, 1.0, share)
    part = np.random.default_rng(seed).binomial(contact, share[:, None])
    return part.sum(axis=1), (contact - part).sum(axis=1)


def monthly(eve: xr.Dataset, now: xr.Dataset, running: Running) -> pd.DataFrame:
    """Rows of ``update_months.csv``: contacts from the first month of the term to the end of each."""
    month = pd.DatetimeIndex(eve["month"].to_numpy())
    last = int(running.month[-1])
    known = running.known["contact"].sum(axis=(1, 2)).cumsum()
    rows: list[tuple[object, ...]] = [(month[at], "recorded", *[float(known[at])] * len(FAN)) for at in range(last + 1)]
    for side, paths in (("eve", eve), ("now", now)):
        total = contacts_by_month(paths).sum(axis=2).cumsum(axis=1)
        quantile = np.quantile(total, list(FAN.values()), axis=0)
        first = 0 if side == "eve" else last
        rows += [(month[at], side, *quantile[:, at]) for at in range(first, len(month))]
    return pd.DataFrame(rows, columns=list(MONTHS))


def scores_so_far(scored: Scored) -> pd.DataFrame:
    """Rows of ``update_scores.csv``: mean losses over the months that are over, by rank."""
    ranked = scored.months[scored.months["rank"] != ALL]
    found = ranked.groupby("forecaster", sort=False)[list(COUNT_LOSS)].mean().reset_index()
    return found.assign(months=scored.over)


def question_states(scenario: Scenario, answered: Mapping[str, tuple[str, int]], eve: Mapping[str, tuple[float, float]],
                    now: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Rows of ``update_questions.csv``.

    Parameters
    ----------
    answered : mapping of str to (str, int)
        By question: yes, no or open by the contacts so far, and how many of them count.
    eve, now : mapping of str to (float, float)
        Probability of yes and its Monte Carlo error.
    """
    rows = [(one.id, one.text, *answered[one.id], *eve[one.id], *now[one.id]) for one in scenario.questions]
    return pd.DataFrame(rows, columns=list(QUESTIONS))
