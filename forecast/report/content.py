"""Everything that a report is made of, in one frozen record."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from forecast.dims import MONTH, PATH
from forecast.evaluation.administration import AdministrationTables
from forecast.evaluation.condition import Kept
from forecast.evaluation.two_terms import TwoTerms
from forecast.evaluation.update import Update
from forecast.panel import Panel
from forecast.panel.elections import Winner
from forecast.panel.poles import PoleRecord
from forecast.report.backtest_page import Section
from forecast.report.language import calling, tr
from forecast.report.sliders import Swept
from forecast.report.words import named, states, within
from forecast.simulation.relation_index import Base, load_index

if TYPE_CHECKING:
    from forecast.report.style import Mark


@dataclass(frozen=True, kw_only=True)
class Relation:
    """The relation index (mean of the base years = 100), in the past and along every path.

    Parameters
    ----------
    main : str
        Name of the weights that the headline uses.
    history : pd.DataFrame
        Columns month, weights, value: one row per month and set of weights.
    future : mapping of str to mapping of str to xr.DataArray
        Weights, then scenario, then the index with axes (path, month).
    base : Base
        Years whose mean is 100.
    """

    main: str
    history: pd.DataFrame
    future: Mapping[str, Mapping[str, xr.DataArray]]
    base: Base = field(default_factory=lambda: load_index().base)


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Meetings with the leaders of the poles: those on record, what may follow, and whether they move with contacts."""

    record: PoleRecord
    poles: pd.DataFrame
    poles_together: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """What the figures, tables and page are drawn from; nothing is read from anywhere else.

    Parameters
    ----------
    panel : Panel
        The recorded past up to the as-of date.
    trajectories : mapping of str to xr.Dataset
        Scenario name to simulated futures; one to four scenarios, in the order of display.
    summary, contrast : pd.DataFrame
        The tables of the run; `contrast` is empty for a single scenario.
    administration : AdministrationTables
        Tables about what administrations want, change and leave open.
    agenda : xr.DataArray
        Axes (draw, type, topic): expected shares of mentions, summing to 1 over topics.
    effectiveness : xr.DataArray
        Axes (draw, type, outcome): shares of contacts, summing to 1 over outcomes.
    media : xr.Dataset
        `pages` and `tone`, axes (draw, type, side): pages per contact; mean tone in [-1, 1].
    relation : Relation
        The relation index.
    questions, questions_contrast : pd.DataFrame
        Answers to dated questions and their differences, see :mod:`forecast.evaluation.questions`; empty where nothing
        is asked, the second also for a single scenario.
    winners : mapping of str to Winner
        Who takes office under each outcome of the election, in the order of elections.yaml.
    manifest : mapping
        `gates` (component -> what ``Gates.as_dict`` says), `versions` and `hashes` (name -> text), `seed`,
        `scenarios` (list of what ``Scenario.model_dump(mode="json")`` says) and, if wanted, `assumptions`
        (list of name, value, reason) and `paths` (futures per scenario, where not all of them are held).
    backtest : Section, optional
        How forecasts of past terms scored.
    sweep : Swept, optional
        A sweep whose assumptions are sliders of the page.
    poles : Balance, optional
        Of the dyad's poles, where it names any.
    update : Update, optional
        Of a term that runs: what has changed since the eve of its election.
    two_terms : TwoTerms, optional
        Of both this term and the next, where that is asked for.
    kept : mapping of str to Kept
        Futures as conditions are asked of them, by scenario; none where nobody can ask.
    """

    panel: Panel
    trajectories: Mapping[str, xr.Dataset]
    summary: pd.DataFrame
    contrast: pd.DataFrame
    administration: AdministrationTables
    agenda: xr.DataArray
    effectiveness: xr.DataArray
    media: xr.Dataset
    relation: Relation
    questions: pd.DataFrame
    questions_contrast: pd.DataFrame
    winners: Mapping[str, Winner]
    manifest: Mapping[str, Any]
    backtest: Section | None = None
    sweep: Swept | None = None
    poles: Balance | None = None
    update: Update | None = None
    two_terms: TwoTerms | None = None
    kept: Mapping[str, Kept] = field(default_factory=dict)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Scenario names in the order of display."""
        return tuple(self.trajectories)

    @cached_property
    def marks(self) -> "dict[str, Mark]":
        """How each scenario looks."""
        from forecast.report.style import scenario_marks  # here: tables need no Matplotlib

        return scenario_marks({name: str(run.attrs["outcome"]) for name, run in self.trajectories.items()},
                              {outcome: winner.type for outcome, winner in self.winners.items()})

    @cached_property
    def summary_by(self) -> dict[tuple[str, ...], pd.DataFrame]:
        """Rows of the summary by (scenario, quantity, window), indexed by key."""
        return _split(self.summary, ("scenario", "quantity", "window"))

    @cached_property
    def contrast_by(self) -> dict[tuple[str, ...], pd.DataFrame]:
        """Rows of the contrast by (first, second, quantity, window, pairing), indexed by key."""
        return _split(self.contrast, ("first", "second", "quantity", "window", "pairing"))

    def tells(self, quantity: str) -> bool:
        """Whether the summary has rows of a quantity."""
        return quantity in set(self.summary["quantity"])

    @property
    def _first(self) -> xr.Dataset:
        return next(iter(self.trajectories.values()))

    @property
    def n_path(self) -> int:
        """Simulated futures per scenario: what tables are of."""
        return int(self.manifest.get("paths", self.n_held))

    @property
    def n_held(self) -> int:
        """Futures per scenario of `trajectories`: all of them, or the first block of very many."""
        return self._first.sizes[PATH]

    @property
    def months(self) -> pd.DatetimeIndex:
        """First days of the months ahead, shape (month,)."""
        return pd.DatetimeIndex(self._first[MONTH].values)

    @property
    def window(self) -> str:
        """The whole horizon as the tables name it: first and last year with a hyphen."""
        return f"{self.months[0].year}-{self.months[-1].year}"

    @property
    def span(self) -> str:
        """The whole horizon as figures print it: first year and two digits of the last with a dash."""
        return f"{self.months[0].year}\N{EN DASH}{self.months[-1].year % 100:02d}"

    @property
    def parts(self) -> dict[int, int]:
        """Calendar year -> months of it that are forecast."""
        return {int(year): int((self.months.year == year).sum()) for year in dict.fromkeys(self.months.year)}

    @property
    def period(self) -> str:
        """The whole horizon in a sentence: its years, or its months where a year is not forecast as a whole."""
        return self.span if set(self.parts.values()) == {12} else tr(
            "{first} to {last}", first=f"{self.months[0]:%Y-%m}", last=f"{self.months[-1]:%Y-%m}")

    @property
    def partner(self) -> str:
        """Name of the partner state."""
        return tr(self.panel.partner[0])

    @property
    def home(self) -> str:
        """Name of the state whose elections decide, within a sentence."""
        return within(self.panel.about[0].home)

    @property
    def states(self) -> str:
        """Names of both states, at the beginning of a title."""
        return states(self.panel.about[0].home, self.partner)

    def named(self, quantity: str, key: str) -> str:
        """Words for a key of a quantity, with the sides of the media under the names of the states."""
        about = self.panel.about[0]
        with calling([about]):
            return named(quantity, key, about.partner, about.home_iso2)

    @property
    def failed(self) -> tuple[str, ...]:
        """Components whose posterior failed a gate and was used all the same."""
        return tuple(name for name, gate in self.manifest["gates"].items() if not gate["passed"])

    def without_paths(self) -> "ReportContent":
        """The same with the labels of the futures alone: small enough to be sent to another process."""
        bare = {name: run.drop_vars([var for var in run.data_vars if var != "month_share"])
                for name, run in self.trajectories.items()}
        return replace(self, trajectories=bare, kept={}, sweep=None, relation=replace(self.relation, future={}))

    def labels(self, dim: str) -> tuple[str, ...]:
        """Labels of an axis of the futures (rank, topic, side, outcome), as text, in order."""
        return tuple(str(label) for label in self._first[dim].values)


def _split(table: pd.DataFrame, columns: tuple[str, ...]) -> dict[tuple[str, ...], pd.DataFrame]:
    """One piece per combination; keys and windows are text, also where a reader took them for numbers."""
    if table.empty:
        return {}
    text = table.assign(**{column: table[column].astype(str) for column in (*columns, "key")}).set_index(
        "key"
    )
    return {tuple(map(str, where)): rows for where, rows in text.groupby(list(columns), sort=False)}
