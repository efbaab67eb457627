r"""Tables about the poles of a dyad: ``poles.csv`` and ``poles_together.csv``, and what past terms say of a question.

Do meetings with a pole and contacts at home move together?
-----------------------------------------------------------
For a list and the administration years :math:`y = 1, \dots, n` on all days of which it is complete, let :math:`u_y` be the
residual of :math:`\sqrt{n_y + 3/8}` about a straight line in :math:`y` (Anscombe 1948, doi 10.1093/biomet/35.3-4.246, makes the
variance of counts even), for meetings and for contacts alike. Their correlation :math:`r` has the interval

.. math:: \tanh\left(\mathrm{artanh}\, r \pm z_{0.95} / \sqrt{n - 4}\right)

(Fisher 1915, doi 10.2307/2331838, one degree of freedom less for the line), which takes years for independent. What years that
depend on one another do to it is seen by placebos: the same with one of the two series shifted in a circle by two to
:math:`n - 2` years, so that each keeps its own memory and no year stands beside itself or its neighbours. The share of placebos
with a correlation as far from zero is the placebo p-value. The smallest correlation that :math:`n` years show in four of five
cases at 5 % is :math:`\tanh((z_{0.975} + z_{0.8}) / \sqrt{n - 4})`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import ndtri

from forecast.components.registry import POLES
from forecast.components.statistics import correlation
from forecast.contacts import codes
from forecast.evaluation.contrast import Cell
from forecast.evaluation.montecarlo import batch_of, probability
from forecast.panel import Panel
from forecast.panel.calendar import days, overlap
from forecast.panel.elections import Election
from forecast.panel.poles import PoleRecord
from forecast.posterior.posterior import Posterior
from forecast.simulation.engine import calendar_of
from forecast.simulation.poles import PoleFutures, pole_futures
from forecast.simulation.scenario import Scenario

ALL = "all"
MEETINGS, FACTOR = "meetings", "assumed_factor"
DISTRIBUTION = ("mean", "mcse", "q05", "q25", "q50", "q75", "q95", "q05_mcse", "q50_mcse", "q95_mcse")
COLUMNS = ("scenario", "quantity", "pole", "list", "window", "unit", "of", "forecast", *DISTRIBUTION, "p_any", "p_any_mcse")


@dataclass(frozen=True, kw_only=True)
class PoleTables:
    """``poles.csv`` and ``poles_together.csv``; empty where the dyad has no poles, or none with a complete list."""

    poles: pd.DataFrame
    poles_together: pd.DataFrame

    @classmethod
    def none(cls) -> Self:
        """Both without a row."""
        return cls(poles=pd.DataFrame(columns=list(COLUMNS)), poles_together=pd.DataFrame(columns=list(TOGETHER)))


def pole_tables(found: Posterior | None, panel: Panel, record: PoleRecord | None, scenarios: Mapping[str, Scenario],
                elections: Mapping[str, Election], *, paths: int, seed: int,
                known: Mapping[str, PoleFutures] | None = None) -> PoleTables:
    """Make both tables; those of `known` futures, by scenario, are not simulated once more where they are as many."""
    if found is None or record is None:
        return PoleTables.none()
    return PoleTables(poles=poles_table(found, record, scenarios, elections, paths=paths, seed=seed, known=known),
                      poles_together=together_table(panel, record))


def poles_table(found: Posterior, record: PoleRecord, scenarios: Mapping[str, Scenario], elections: Mapping[str, Election], *,
                paths: int, seed: int, known: Mapping[str, PoleFutures] | None = None) -> pd.DataFrame:
    """Meetings of every list and pole by calendar year and over the horizon, and what each scenario assumes of poles.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``COLUMNS``. Rows of the quantity ``meetings`` are forecasts; those of ``assumed_factor`` are what the
        scenario alone multiplies the rate by, for a pole with a forecast and for one without (column ``forecast``).
    """
    batch = {POLES: batch_of(paths, found.chains.sizes["draw"] * found.chains.sizes["chain"])}
    rows = []
    for name, scenario in scenarios.items():
        future = (known or {}).get(name)
        if future is None or future.paths != paths:
            future = pole_futures(found, record, scenario, elections[name], paths=paths, seed=seed)
        weight = calendar_of(scenario, elections[name].term_start).exposure.sum(axis=1)
        rows += [cell.row(batch) | _any(cell, batch[POLES]) for cell in _cells(name, future, record, weight)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _any(cell: Cell, batch: np.ndarray) -> dict[str, float]:
    """Probability of at least one meeting, and its error; nothing of an assumption."""
    if cell.label["quantity"] != MEETINGS:
        return {"p_any": np.nan, "p_any_mcse": np.nan}
    return dict(zip(("p_any", "p_any_mcse"), probability((cell.values > 0).astype(float), batch), strict=True))


def _cells(name: str, future: PoleFutures, record: PoleRecord, weight: np.ndarray) -> Iterator[Cell]:
    for window, months in window_masks(future.month).items():
        for pole in record.modelled:
            lists = [one for one in record.list.index[record.list["pole"] == pole] if one in future.count]
            by_list = {one: future.count[one][:, months].sum(axis=1, dtype=np.int64) for one in lists}
            total = sum(by_list.values(), np.zeros(1, np.int64))
            for key, values in {ALL: total, **by_list}.items():
                yield Cell(label=_label(name, MEETINGS, pole, key, window, "meetings", forecast="yes") | {
                    "of": "meetings on complete lists, predictive over {count} simulated futures"}, values=values, step=1.0,
                    component=POLES)
        for pole, shift in future.shift.items():
            share = weight[months] / weight[months].sum()
            yield Cell(label=_label(name, FACTOR, pole, ALL, window, "factor",
                                    forecast="yes" if pole in record.modelled else "no") | {
                "of": "factor on the rate that the scenario assumes, over {count} simulated futures"},
                values=np.exp(shift[:, months]) @ share, step=0.001, component=POLES)


def _label(name: str, quantity: str, pole: str, key: str, window: str, unit: str, *, forecast: str) -> dict[str, str]:
    return {"scenario": name, "quantity": quantity, "pole": pole, "list": key, "window": window, "unit": unit,
            "forecast": forecast}


def window_masks(month: np.ndarray) -> dict[str, np.ndarray]:
    """Calendar years and the whole horizon, by name, as masks of months."""
    year = month.astype("datetime64[Y]").astype(int) + 1970
    every = {str(one): year == one for one in np.unique(year)}
    return every | {f"{year[0]}-{year[-1]}": np.ones(len(year), bool)}


# Whether meetings and contacts move together.

TOGETHER = ("pole", "list", "contacts", "first", "last", "years", "correlation", "low", "high", "placebos", "placebo_low",
            "placebo_high", "placebo_p", "detectable")
FEWEST = 8
"""Years below which a straight line and a correlation leave next to nothing."""
KEYS = ("all", codes.RANK.labels[0])


def together_table(panel: Panel, record: PoleRecord) -> pd.DataFrame:
    """Correlation of yearly deviations of meetings on each list and of recorded contacts; columns as in ``TOGETHER``."""
    rows = []
    for name, pole in record.list["pole"].items():
        at, meetings = whole_years(panel, record, str(name))
        if len(at) >= FEWEST:
            day = panel.year["start"].iloc[[at[0], at[-1]]].dt.date
            for key in KEYS:
                contacts = panel.count.isel(dyad=0)
                contacts = contacts.sum("rank") if key == ALL else contacts.sel(rank=key)
                rows.append({"pole": pole, "list": name, "contacts": key, "first": day.iloc[0], "last": day.iloc[1],
                             **moved_together(meetings, contacts.to_numpy()[at])})
    return pd.DataFrame(rows, columns=list(TOGETHER))


def whole_years(panel: Panel, record: PoleRecord, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Administration years on all days of which a list is complete and contacts are coded, and the meetings on it in each."""
    coded = panel.exposure.isel(dyad=0).to_numpy()
    at, count = [], []
    for place, (start, end) in enumerate(zip(panel.year["start"].dt.date, panel.year["end"].dt.date, strict=True)):
        whole = days(overlap(record.span(name), (start, end))) == days((start, end))
        if whole and coded[place] > 1 - 2 / days((start, end)):
            at.append(place)
            count.append(record.counted(name, (start, end))[0])
    return np.array(at, int), np.array(count, int)


def moved_together(meetings: np.ndarray, contacts: np.ndarray) -> dict[str, Any]:
    """Correlation of deviations of two series of counts from a line, with interval and placebos; see the module docstring."""
    first, second, n = _deviation(meetings), _deviation(contacts), len(meetings)
    found = float(correlation(first, second))
    placebo = np.array([float(correlation(np.roll(first, step), second)) for step in range(2, n - 1)])
    centre, width = np.arctanh(np.clip(found, -1 + 1e-12, 1 - 1e-12)), ndtri(0.95) / np.sqrt(n - 4)
    low, high = np.quantile(placebo, (0.05, 0.95))
    return {"years": n, "correlation": found, "low": float(np.tanh(centre - width)), "high": float(np.tanh(centre + width)),
            "placebos": len(placebo), "placebo_low": float(low), "placebo_high": float(high),
            "placebo_p": (1 + int((np.abs(placebo) >= abs(found)).sum())) / (1 + len(placebo)),
            "detectable": float(np.tanh((ndtri(0.975) + ndtri(0.8)) / np.sqrt(n - 4)))}


def _deviation(count: np.ndarray) -> np.ndarray:
    """Residuals of variance-stabilised counts about a straight line."""
    value, line = np.sqrt(np.asarray(count, float) + 3 / 8), np.vander(np.arange(len(count)), 2)
    found: np.ndarray = value - line @ np.linalg.lstsq(line, value, rcond=None)[0]
    return found


# Questions about meetings with poles, in the record.

def meetings_between(record: PoleRecord, name: str, first: date, last: date) -> tuple[int, bool]:
    """Meetings of a list from one day to another, both included, and whether it is complete on all of these days."""
    window = (first, date.fromordinal(last.toordinal() + 1))
    count, _ = record.counted(name, window)
    return count, days(overlap(record.span(name), window)) == days(window)
