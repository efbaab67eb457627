"""From the trajectories of a run to what is frozen of them.

Evidence
--------
That a frozen forecast is better or worse than the baselines frozen with it, month by month, and its power.

Nulls and formulas are those of :mod:`forecast.evaluation.skill`; a month's advantage is the sum over ranks, and its
worst case that of all ranks together. Power is how often evidence would be convincing by the end of the horizon if the forecast
were exactly true: the share of its own frozen paths, which months and ranks share their level in, so that they are no independent
draws.

Evidence by scores is convincing from 20 on. That by likelihoods would be so if months were independent; since the months of a
forecast share their level, and those of a baseline its gamma rate, it is convincing beyond the level that their own series exceed
once in twenty: for ``likelihood_worse`` the frozen paths, for ``likelihood_better`` series of every baseline, the highest of
their levels.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecast import shipped
from forecast.contacts import codes
from forecast.contacts.dyad import Dyad, load_dyad
from forecast.contacts.load import load_later
from forecast.errors import Fault, InputError, nearest
from forecast.evaluation.backtest_origin import scored
from forecast.evaluation.baselines import BASELINE, History
from forecast.evaluation.frozen import ALL, Frozen, FrozenQuestion, FrozenScenario, Histogram, frozen_paths, laid
from forecast.evaluation.questions import OPEN, YES, resolve
from forecast.evaluation.scores import LONGEST, CountForecast, brier, mixture, of_shares
from forecast.evaluation.skill import ENOUGH, alarm, at, by_scores, evidence_power, gains, largest_loss, log_ratios, stakes
from forecast.files import is_file
from forecast.panel import Panel
from forecast.panel.calendar import DAYS_PER_YEAR, months_within
from forecast.panel.poles import PoleRecord, load_poles
from forecast.simulation.scenario import Question

RANKS = codes.RANK.labels
DRAWS = 100
"""Paths that are kept one by one, with their pairing."""


@dataclass(frozen=True, kw_only=True)
class ScenarioSummary:
    """What the manifest of a run says of a scenario: who wins, with probabilities, and what is assumed besides."""

    name: str
    title: str
    outcome: Mapping[str, float]
    assumes: tuple[str, ...]
    questions: tuple[Question, ...]


def frozen_scenario(told: ScenarioSummary, paths: pd.DataFrame, counted: pd.DataFrame, answers: pd.DataFrame) -> FrozenScenario:
    """Freeze one scenario.

    Parameters
    ----------
    told : ScenarioSummary
    paths : DataFrame
        Columns path, month, ``contact_<rank>``: one row per path and month, in this order.
    counted : DataFrame
        One row per path, one column per question: contacts that count for it.
    answers : DataFrame
        Rows of ``questions.csv`` of this scenario.
    """
    _check_counts(told.name, paths)
    many = paths["path"].nunique()
    count = np.stack([paths[f"contact_{rank}"].to_numpy(np.int64).reshape(many, -1) for rank in RANKS], axis=2)
    series = {ALL: count.sum(axis=2)} | {rank: count[:, :, place] for place, rank in enumerate(RANKS)}
    answer = answers.set_index("id")
    place, remedy = f"scenario {told.name}", "Freeze a run without it, or with less in it."
    return laid(
        FrozenScenario, place, remedy, title=told.title, outcome=told.outcome, assumes=told.assumes,
        month={key: tuple(_histogram(values[:, month]) for month in range(values.shape[1])) for key, values in series.items()},
        term={key: _histogram(values.sum(axis=1)) for key, values in series.items()},
        draws=tuple(tuple(tuple(map(int, ranks)) for ranks in path) for path in count[:DRAWS]),
        question={one.id: laid(FrozenQuestion, f"{place}, question {one.id}", remedy,
                               probability=float(answer.loc[one.id, "probability"]), mcse=float(answer.loc[one.id, "mcse"]),
                               draws=tuple(int(value) for value in counted[one.id].iloc[:DRAWS]))
                  for one in told.questions})


def _check_counts(name: str, paths: pd.DataFrame) -> None:
    most = int(paths[[f"contact_{rank}" for rank in RANKS]].sum(axis=1).max())
    if most >= LONGEST:
        raise InputError([Fault(source=f"scenario {name}", where="its trajectories", found=str(most),
                                expected=f"fewer than {LONGEST} contacts a month",
                                remedy="Freeze a run without such a scenario: no score can be taken of it.")])


def _histogram(values: np.ndarray) -> Histogram:
    return tuple(int(number) for number in np.bincount(values))


def frozen_baselines(panel: Panel, coming: str) -> Mapping[str, Mapping[str, tuple[float, float]]]:
    """Gamma rates of every baseline on the as-of date, by rank and in all."""
    count, exposure = panel.count.to_numpy()[0], panel.exposure.to_numpy()[0]
    party = panel.year["type"].to_numpy(str)

    def rates(counts: np.ndarray, keys: tuple[str, ...]) -> dict[str, dict[str, tuple[float, float]]]:
        past = History(count=counts[None], exposure=np.broadcast_to(exposure, counts.shape), party=party, coming=coming)
        found = {name: one(past) for name, one in BASELINE.items()}
        return {name: {key: (float(rate.shape[0, place]), float(rate.years[0, place])) for place, key in enumerate(keys)}
                for name, rate in found.items()}

    by_rank, of_all = rates(count, RANKS), rates(count.sum(axis=0, keepdims=True), (ALL,))
    return {name: of_all[name] | by_rank[name] for name in by_rank}


# Scores of a frozen forecast by contacts coded later; only scenarios in which the election went as it did.

HALF = 0.5
"""Futures that count for what none of them has, where a question is scored: no share of futures says that it cannot be."""
SERIES = 400
"""Series of every baseline from which the level of its evidence is found."""
QUESTION = ("scenario", "id", "text", "probability", "answer", "contacts", "brier", "log_score")


@dataclass(frozen=True, kw_only=True)
class Scored:
    """``months.csv`` (counts by month and rank), ``questions.csv``, ``sequence.csv``, ``power.csv``; and the months over.

    The last two are from :func:`forecast.evaluation.freezing.evidence`.
    """

    months: pd.DataFrame
    questions: pd.DataFrame
    sequence: pd.DataFrame
    power: pd.DataFrame
    over: int


def score_frozen(frozen: Frozen, contact: pd.DataFrame, coded_until: date, outcome: str,
                 poles: PoleRecord | None = None) -> Scored:
    """Score what is known by a day.

    Parameters
    ----------
    contact : DataFrame
        Columns of the codebook.
    coded_until : date
        Last day up to which contacts were coded; later months and open questions are not scored.
    outcome : str
        Who won.
    poles : PoleRecord, optional
        Meetings with poles up to the same day; questions about them stay open without it.

    Raises
    ------
    InputError
        Where no scenario has this outcome, or no month is over.
    """
    scenarios = _happened(frozen, outcome)
    over = [month for month in frozen.month if days_of(frozen, month)[1] <= coded_until]
    if not over:
        raise InputError([Fault(source="contacts coded later", where="their last day", found=str(coded_until),
                                expected=f"the end of {frozen.month[0]}, the first month, or later",
                                remedy="Score the forecast when a month is over and coded.")])
    happened = observed_counts(frozen, contact)
    cells, count = _cells(frozen, len(over)), np.concatenate([happened[key][:len(over)] for key in (ALL, *frozen.rank)])
    forecasts, baselines, series = _under(frozen, outcome, scenarios)
    first = np.tile(np.arange(len(frozen.month)) < len(over), 1 + len(frozen.rank))
    months = scored(cells, {name: one.cells(first) for name, one in (forecasts | baselines).items()}, count)
    by_rank = np.stack([happened[rank][:len(over)] for rank in frozen.rank], axis=1)
    sequence, power = evidence(frozen, forecasts, baselines, series, by_rank)
    return Scored(months=months, over=len(over), questions=_questions(frozen, scenarios, contact, coded_until, poles),
                  sequence=sequence, power=power)


def _under(frozen: Frozen, outcome: str, scenarios: Mapping[str, FrozenScenario]) -> tuple[
        dict[str, CountForecast], dict[str, CountForecast], dict[str, np.ndarray]]:
    """Forecasts of the scenarios and of the baselines under an outcome over the whole horizon, and series of the baselines."""
    baseline = frozen.baseline[outcome]
    forecasts = {name: of_months(one, frozen.rank, len(frozen.month)) for name, one in scenarios.items()}
    baselines = {f"{name} (baseline)" if name in scenarios else name: _baseline(frozen, rate, len(frozen.month))
                 for name, rate in baseline.items()}  # a scenario may have the name of one
    return forecasts, baselines, {name: baseline_series(frozen, rate) for name, rate in baseline.items()}


def planned_power(frozen: Frozen) -> pd.DataFrame:
    """What can be learned by the end of the horizon, told before anything has happened.

    Returns
    -------
    DataFrame
        Columns as in ``POWER``, with ``outcome`` in front: of every scenario under every outcome that it is about, how often its
        evidence against all baselines would be convincing if it were true.
    """
    parts = []
    for outcome in frozen.baseline:
        forecasts, baselines, series = _under(frozen, outcome, _happened(frozen, outcome))
        power = _powers(frozen, _beside(frozen, forecasts, baselines), series)
        parts.append(power.assign(outcome=outcome)[["outcome", *POWER]])
    return pd.concat(parts, ignore_index=True)


def check_same_dyad(frozen: Frozen, later: Path) -> None:
    """Refuse a dyad folder of another dyad than the forecast's; a contacts.csv alone does not say whose contacts it has."""
    found = load_dyad(later).id if later.is_dir() else frozen.dyad
    if found != frozen.dyad:
        raise InputError([Fault(source=str(later / "dyad.yaml"), where="key id", found=found,
                                expected=f"{frozen.dyad}, the dyad of the forecast",
                                remedy="Give the later contacts of the dyad that was forecast.")])


def _known_dyad(frozen: Frozen) -> Dyad | None:
    """What the program knows of the dyad of a forecast: a shipped one of that id and of these states, where there is one."""
    folder = shipped.dyads().get(frozen.dyad)
    found = load_dyad(folder) if folder else None
    return found if found and (found.home, found.partner) == (frozen.home, frozen.partner) else None


def coded_later(frozen: Frozen, later: Path, coded_until: date | None) -> tuple[pd.DataFrame, date, PoleRecord | None]:
    """Contacts coded after a forecast of their dyad was frozen, the last day coded, and meetings with poles up to it.

    Parameters
    ----------
    later : Path
        A dyad folder, or a contacts.csv alone, which names no poles.
    coded_until : date, optional
        What the folder says where it is not given.

    Raises
    ------
    InputError
        As :func:`forecast.contacts.load.load_later`; or where they are of another dyad.
    """
    if is_file(later / "dyad.yaml"):  # where it is missing, that is told with all else that is
        check_same_dyad(frozen, later)
    contact, until = load_later(later, coded_until, _known_dyad(frozen))
    return contact, until, load_poles(load_dyad(later), until) if later.is_dir() else None


def observed_counts(frozen: Frozen, contact: pd.DataFrame) -> dict[str, np.ndarray]:
    """Contacts by month of the horizon, on days of the term; by rank and ``all``."""
    first, last = days_of(frozen, frozen.month[0])[0], days_of(frozen, frozen.month[-1])[1]
    after = contact[(contact["date"] >= pd.Timestamp(first)) & (contact["date"] <= pd.Timestamp(last))]
    place = pd.Index(frozen.month).get_indexer(after["date"].dt.strftime("%Y-%m"))
    found = {rank: np.bincount(place[(after["us_rank"] == rank).to_numpy() & (place >= 0)], minlength=len(frozen.month))
             for rank in frozen.rank}
    return {ALL: np.sum(list(found.values()), axis=0), **found}


def of_months(one: FrozenScenario, ranks: tuple[str, ...], months: int) -> CountForecast:
    """Forecast of the first months: all ranks together, then rank by rank; months within them."""
    cells = [histogram for key in (ALL, *ranks) for histogram in one.month[key][:months]]
    paths = np.zeros((len(cells), max(map(len, cells))))
    for place, histogram in enumerate(cells):
        paths[place, :len(histogram)] = histogram
    return of_shares(paths / paths.sum(axis=1, keepdims=True))


def _happened(frozen: Frozen, outcome: str) -> dict[str, FrozenScenario]:
    known = {name for one in frozen.scenario.values() for name in one.outcome}
    chosen = {name: one for name, one in frozen.scenario.items() if set(one.outcome) == {outcome} or len(one.outcome) > 1}
    if outcome not in known or not chosen:
        raise InputError([Fault(source="score", where="option --outcome", expected=f"one of {', '.join(sorted(known))}",
                                found=f"'{outcome}'", remedy=nearest(outcome, known))])
    return chosen


def _cells(frozen: Frozen, months: int) -> pd.DataFrame:
    keys = (ALL, *frozen.rank)
    return pd.DataFrame({"rank": np.repeat(keys, months), "month": np.tile(frozen.month[:months], len(keys))})


def _baseline(frozen: Frozen, of_key: Mapping[str, tuple[float, float]], months: int) -> CountForecast:
    rate = np.array([of_key[key] for key in (ALL, *frozen.rank)])
    mean = (rate[:, :1] / rate[:, 1:]) * _years(frozen)[:months]
    return mixture(mean.ravel(), np.repeat(rate[:, 0], months))


def baseline_series(frozen: Frozen, of_key: Mapping[str, tuple[float, float]], many: int = SERIES) -> np.ndarray:
    """Counts from a baseline over the whole horizon, (series, month, rank): each rank has one rate in all months of a series."""
    rng = np.random.default_rng(1)
    shape, years = np.array([of_key[rank] for rank in frozen.rank]).T
    rate = rng.gamma(shape, 1 / years, (many, len(shape)))
    found: np.ndarray = rng.poisson(rate[:, None, :] * _years(frozen)[:, None])
    return found


def _years(frozen: Frozen) -> np.ndarray:
    """Length of every month within the term in years, (month,)."""
    days = [days_of(frozen, month) for month in frozen.month]
    return np.array([(last - first).days + 1 for first, last in days]) / DAYS_PER_YEAR


def _questions(frozen: Frozen, scenarios: dict[str, FrozenScenario], contact: pd.DataFrame, coded_until: date,
               poles: PoleRecord | None) -> pd.DataFrame:
    rows = []
    for question in frozen.questions:
        answer, count = resolve(question, contact, coded_until, frozen.term_start, poles)
        for name, one in scenarios.items():
            if question.id not in one.question:
                continue
            chance, event = one.question[question.id].probability, float(answer == YES)
            known = answer != OPEN
            loss = float(brier(np.array([chance]), np.array([event]))[0]) if known else np.nan
            said = max(chance if event else 1 - chance, HALF / (frozen_paths(one) + 1))
            log = -np.log(said) if known else np.nan
            rows.append((name, question.id, question.text, chance, answer, count, loss, log))
    return pd.DataFrame(rows, columns=list(QUESTION))


def days_of(frozen: Frozen, month: str) -> tuple[date, date]:
    """First and last day of the term in a month of its horizon, written YYYY-MM."""
    day = date.fromisoformat(f"{month}-01")
    return months_within(day, day, frozen.term_start)


# Evidence that a frozen forecast is better or worse than the baselines frozen with it, month by month, and its power.

ALL_BASELINES = "all baselines"
SEQUENCE = ("scenario", "baseline", "month", "advantage", "mean_advantage", "evidence_better", "evidence_worse",
            "likelihood_better", "likelihood_worse")
"""``evidence_*`` are by scores, ``likelihood_*`` by likelihoods. Rows of single baselines are not adjusted for their number;
those of ``all baselines`` are: means over baselines, but the least for ``likelihood_better``. What of them is convincing is told
by ``POWER``."""
POWER = ("scenario", "months", "by", "level_better", "level_worse", "power", "mcse")
"""``level_*``: evidence of that size against all baselines is wrong once in twenty at most."""
SIMULATED = 400
"""Draws of every month from which stakes are chosen."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A forecast beside a baseline.

    Parameters
    ----------
    gain, ratio : (cell, count) arrays
        Advantage by CRPS, and log ratio of probabilities, for every count.
    better, worse : (month,) arrays
        Stakes on the forecast, and on the baseline.
    ranks : int
        Cells are ranks, months within them.
    """

    gain: np.ndarray
    ratio: np.ndarray
    better: np.ndarray
    worse: np.ndarray
    ranks: int

    def advantage(self, count: np.ndarray) -> np.ndarray:
        """How much less the forecast loses in every month than the baseline, (..., month), from counts (..., month, rank)."""
        return self._summed(self.gain, count)

    def scores(self, count: np.ndarray, sign: int) -> np.ndarray:
        """Evidence by scores that the forecast is better (1) or worse (-1)."""
        bound = self._monthly(largest_loss(sign * self.gain))[:count.shape[-2]]
        stake = (self.better if sign > 0 else self.worse)[:count.shape[-2]]
        return by_scores(sign * self.advantage(count), bound, stake)

    def log_likelihoods(self, count: np.ndarray) -> np.ndarray:
        """Log of the evidence by likelihoods that the forecast is better; of the baseline it is minus that."""
        return np.cumsum(self._summed(self.ratio, count), axis=-1)

    def _summed(self, table: np.ndarray, count: np.ndarray) -> np.ndarray:
        months = count.shape[-2]
        cells = table.reshape(self.ranks, -1, table.shape[1])[:, :months].reshape(self.ranks * months, -1)
        of_cell = at(cells, np.swapaxes(count, -1, -2).reshape(*count.shape[:-2], -1))
        return of_cell.reshape(*count.shape[:-2], self.ranks, months).sum(axis=-2)

    def _monthly(self, of_cell: np.ndarray) -> np.ndarray:
        return of_cell.reshape(self.ranks, -1).sum(axis=0)


def pair_of(forecast: CountForecast, baseline: CountForecast, ranks: int, seed: int = 1) -> Pair:
    """Tables and stakes of a forecast and a baseline of the same cells: ranks, months within them."""
    gain, rng = gains(forecast, baseline), np.random.default_rng(seed)

    def stake(of: CountForecast, sign: int) -> np.ndarray:
        drawn = at(sign * gain, draws(of, SIMULATED, rng)).reshape(SIMULATED, ranks, -1).sum(axis=1)
        return stakes(drawn, largest_loss(sign * gain).reshape(ranks, -1).sum(axis=0))

    return Pair(gain=gain, ratio=log_ratios(forecast, baseline), ranks=ranks, better=stake(forecast, 1),
                worse=stake(baseline, -1))


def draws(forecast: CountForecast, many: int, rng: np.random.Generator) -> np.ndarray:
    """Counts drawn from a forecast, cells independently, (draw, cell)."""
    return np.stack([np.searchsorted(cdf, rng.random(many) * cdf[-1], side="right") for cdf in forecast.cdf], axis=1)


def evidence(frozen: Frozen, forecasts: Mapping[str, CountForecast], baselines: Mapping[str, CountForecast],
             series: Mapping[str, np.ndarray], count: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Evidence after every month that is over, and its power over the horizon.

    Parameters
    ----------
    forecasts, baselines : mapping of str to CountForecast
        Over the whole horizon: all ranks together, then rank by rank; months within them.
    series : mapping of str to (series, month, rank) array
        Counts of the whole horizon from every baseline, one rate per rank and series.
    count : (month, rank) array
        What happened in the months that are over.

    Returns
    -------
    DataFrame
        Columns as in ``SEQUENCE``.
    DataFrame
        Columns as in ``POWER``: ``by`` is scores or likelihoods, against all baselines; a level is infinite where
        there are too few paths to know it.
    """
    beside = _beside(frozen, forecasts, baselines)
    rows = [(name, *row) for name, pairs in beside.items() for row in _sequence(pairs, frozen.month, count)]
    return pd.DataFrame(rows, columns=list(SEQUENCE)), _powers(frozen, beside, series)


def _beside(frozen: Frozen, forecasts: Mapping[str, CountForecast],
            baselines: Mapping[str, CountForecast]) -> dict[str, dict[str, Pair]]:
    """Every forecast beside every baseline, over ranks and the months within them; nothing where there is no baseline."""
    ranked = np.arange((1 + len(frozen.rank)) * len(frozen.month)) >= len(frozen.month)
    against = {name: one.cells(ranked) for name, one in baselines.items()}
    return {name: {other: pair_of(forecast.cells(ranked), one, len(frozen.rank)) for other, one in against.items()}
            for name, forecast in forecasts.items() if against}


def _powers(frozen: Frozen, beside: Mapping[str, Mapping[str, Pair]], series: Mapping[str, np.ndarray]) -> pd.DataFrame:
    rows = [(name, len(frozen.month), *row) for name, pairs in beside.items()
            for row in _power(pairs, np.array(frozen.scenario[name].draws), series)]
    return pd.DataFrame(rows, columns=list(POWER))


def _power(pairs: Mapping[str, Pair], paths: np.ndarray, series: Mapping[str, np.ndarray]) -> Iterator[tuple[Any, ...]]:
    """By what, levels that convince, and power with its error."""
    own = combined_evidence(pairs, paths)
    yield "scores", ENOUGH, ENOUGH, *evidence_power(own["evidence_better"])
    better = max(alarm(combined_evidence(pairs, one)["likelihood_better"]) for one in series.values())
    yield "likelihoods", better, alarm(own["likelihood_worse"]), *evidence_power(own["likelihood_better"], better)


def combined_evidence(pairs: Mapping[str, Pair], count: np.ndarray) -> dict[str, np.ndarray]:
    """Evidence against all baselines after every month, (..., month), by its name in ``SEQUENCE``."""
    single = [_single(pair, count) for pair in pairs.values()]
    how: Mapping[str, Callable[..., np.ndarray]] = {"likelihood_better": np.min}
    return {key: how.get(key, np.mean)([one[key] for one in single], axis=0) for key in single[0]}


def _single(pair: Pair, count: np.ndarray) -> dict[str, np.ndarray]:
    ratio = np.clip(pair.log_likelihoods(count), -600, 600)  # within what a number can hold
    return {"evidence_better": pair.scores(count, 1), "evidence_worse": pair.scores(count, -1),
            "likelihood_better": np.exp(ratio), "likelihood_worse": np.exp(-ratio)}


def _sequence(pairs: Mapping[str, Pair], months: tuple[str, ...], count: np.ndarray) -> Iterator[tuple[Any, ...]]:
    """Rows of every baseline, then of all of them."""
    gain = {other: pair.advantage(count) for other, pair in pairs.items()}
    found = {other: _single(pair, count) for other, pair in pairs.items()}
    gain[ALL_BASELINES], found[ALL_BASELINES] = np.mean(list(gain.values()), axis=0), combined_evidence(pairs, count)
    for other, told in found.items():
        for place in range(len(count)):
            yield (other, months[place], gain[other][place], gain[other][:place + 1].mean(),
                   *(float(told[key][place]) for key in SEQUENCE[-4:]))
