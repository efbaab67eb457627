"""Figures of contacts by type of administration and in the futures: what they achieve, and how media report them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from forecast.dims import DRAW, OUTCOME, SIDE, TYPE
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import later, tr
from forecast.report.layout import FigureSheet, bars, broken_lines, futures_note, is_narrow, room, sheet, sheet_width
from forecast.report.lookup import draw_quantiles, quantile_array, summary_rows
from forecast.report.style import GREY, PALE, SMALLEST, TYPE_MARK, figure_style

READING_EFFECTIVENESS = (
    later("One panel per outcome, from an exchange of views to a binding agreement; in each row the four shares add up to 100 "
          "%, and all panels have one scale. The rows above the dashed line are what the model has learnt about types of "
          "administration, with the trend of the record taken to the middle of the term that is forecast; those below are "
          "shares in simulated futures. Few contacts end in more than talk, so the upper outcomes rest on few cases. Futures "
          "are wider because they have chance and single contacts in them.")
)


def alt_effectiveness(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for name in content.scenarios:
        row = summary_rows(content, name, "outcome_share", ["0"], content.window).iloc[0]
        parts.append(tr("{value} under {name}", value=words.share(row["q50"]), name=words.plain(name)))
    return (
        tr("Shares of contacts by outcome, for types of administration and futures. Median share that ends as an exchange of "
           "views only: {listed}.", listed=", ".join(parts))
    )


def draw_effectiveness(content: ReportContent) -> Figure:
    """One panel per outcome 0..3; rows are types (posterior) and scenarios (predictive)."""
    outcomes = content.labels(OUTCOME)
    types = [str(kind) for kind in content.effectiveness[TYPE].values]
    profile = draw_quantiles(content.effectiveness.transpose(DRAW, TYPE, OUTCOME).to_numpy())
    note = (
        tr("Types: expected share for a contact of average rank at the level of the years that are forecast, posterior median "
           "with 50 % and 90 % interval; n = recorded contacts. {futures_note}",
           futures_note=futures_note(content, tr("share of the recorded contacts of a future")))
    )
    with figure_style():
        title = tr("What contacts achieve: outcomes by type of administration and in each future")
        plan = _rows_of(content, types, [content.named("outcome_share", outcome) for outcome in outcomes],
                        2 if is_narrow() else len(outcomes))
        page = sheet(content, title=title, note=note, body=plan.body)
        axes = _panels(page, plan)
        for place, (ax, outcome) in enumerate(zip(axes, outcomes, strict=True)):
            _intervals(ax, content, types, 100 * np.vstack([profile[:, place], _future_outcomes(content, outcome)]))
            ax.set_xlabel(tr("share of contacts (%)"))
            ax.set_xlim(0, 100)
            ax.set_xticks([0, 50, 100])
        return page.figure


def _future_outcomes(content: ReportContent, outcome: str) -> np.ndarray:
    """Quantiles over paths, shape (scenario, 5)."""
    rows = [
        summary_rows(content, name, "outcome_share", [outcome], content.window) for name in content.scenarios
    ]
    return np.array([quantile_array(row)[0] for row in rows])


# Figure: how much and how kindly each side's media report contacts.

READING_MEDIA = (
    later("The two panels on the left count news and analysis pages per contact (official sites are left out); the two on the "
          "right give the mean tone of those pages, from \N{MINUS SIGN}1 (critical) over 0 (neutral) to +1 (favourable). Rows "
          "above the dashed line are estimates for types of administration, those below simulated futures. Pages are those "
          "that can still be found today: older contacts have lost more of theirs. Types are expected values for a contact of "
          "average rank without a result at the level of the latest term; futures hold contacts of all ranks and results, so "
          "their levels can differ.")
)


def alt_media(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    side = content.labels(SIDE)
    parts = []
    for name in content.scenarios:
        rows = summary_rows(content, name, "tone", side, content.window)
        tones = ", ".join(f"{content.named('tone', key)} {words.number(rows['q50'][key], 2)}" for key in side)
        parts.append(f"{words.plain(name)}: {tones}")
    told = "; ".join(parts)
    return tr("Pages per contact and mean tone by side, for types and futures. Median tone of futures: {told}.", told=told)


def draw_media(content: ReportContent) -> Figure:
    """Four panels: pages per contact and mean tone, for each side; rows are types and scenarios."""
    sides = content.labels(SIDE)
    types = [str(kind) for kind in content.media[TYPE].values]
    note = (
        tr("Types: expected values for a contact of average rank with an exchange of views only, pages at the level of the "
           "latest term, posterior median with 50 % and 90 % interval; n = recorded contacts, {count} pages in all. "
           "{futures_note}", count=int(content.panel.pages.sum()),
           futures_note=futures_note(content, tr("mean over a whole future")))
    )
    with figure_style():
        title = tr("How media reflect contacts: pages and tone on each side")
        shown = list(product(_WORDS, sides))
        plan = _rows_of(content, types, [f"{content.named('pages', side)}: {tr(_WORDS[measure][0])}" for measure, side in shown],
                        len(sides) if is_narrow() else len(shown))
        page = sheet(content, title=title, note=note, body=plan.body)
        panels = _panels(page, plan)
        for ax, (measure, side) in zip(panels, shown, strict=True):
            past = draw_quantiles(content.media[measure].sel({SIDE: side}).transpose(DRAW, TYPE).to_numpy())
            _intervals(ax, content, types, np.vstack([past, _future_media(content, measure, side)]))
            ax.set_xlabel(tr(_WORDS[measure][1]))
        _same_scale(panels[: len(sides)], from_zero=True)
        _same_scale(panels[len(sides) :], from_zero=False)
        return page.figure


def _same_scale(panels: list[Axes], *, from_zero: bool) -> None:
    """Let the two sides of one measure be compared by eye."""
    low, high = zip(*(ax.get_xlim() for ax in panels), strict=True)
    for ax in panels:
        ax.set_xlim(0 if from_zero else min(low), max(high))


_WORDS = {
    "pages": (later("how many"), later("pages per contact")),
    "tone": (later("how favourable"), later("mean tone (\N{MINUS SIGN}1 to 1)")),
}


def _future_media(content: ReportContent, measure: str, side: str) -> np.ndarray:
    """Quantiles over paths, shape (scenario, 5)."""
    rows = [summary_rows(content, name, measure, [side], content.window) for name in content.scenarios]
    return np.array([quantile_array(row)[0] for row in rows])


# Panels side by side whose rows are the types of administration and, in a block of their own, the futures.

_ROW, _GAP, _TITLE, _BELOW = 5.0, 4.0, 3.7, 11.0  # millimetres: a row, between panels, a line of titles, under panels


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Where panels stand that share their rows: `across` of them in a line, each with its title; lengths in millimetres."""

    types: Sequence[str]
    labels: Sequence[str]
    titles: Sequence[Sequence[str]]
    across: int
    left: float
    width: float

    @property
    def head(self) -> float:
        """Room for titles."""
        return _TITLE * max(map(len, self.titles)) + 1.0

    @property
    def line(self) -> float:
        """Height of a line of panels with all that belongs to it."""
        return self.head + _ROW * len(self.labels) + _BELOW

    @property
    def body(self) -> float:
        """Height of all lines."""
        return self.line * -(-len(self.titles) // self.across)


def _rows_of(content: ReportContent, types: Sequence[str], titles: Sequence[str], across: int) -> _Rows:
    """Plan panels, `across` of them in a line, with titles broken to their width."""
    labels = _labels(content, types)
    left = room(labels, weight="bold") + 7.0
    width = (sheet_width() - left - 3.0 - _GAP * (across - 1)) / across
    return _Rows(types=types, labels=labels, titles=[broken_lines(title, width + 2, 7.5, "bold") for title in titles],
                 across=across,
                 left=left, width=width)


def _panels(page: FigureSheet, plan: _Rows) -> list[Axes]:
    """Empty panels that share their rows, with the rows' names on the left of the first in every line."""
    axes: list[Axes] = []
    for place, title in enumerate(plan.titles):
        row, at = divmod(place, plan.across)
        ax = page.panel(plan.left + at * (plan.width + _GAP), plan.head + row * plan.line, plan.width,
                        _ROW * len(plan.labels), **({"sharey": axes[0]} if axes else {}))
        ax.set_title("\n".join(title), pad=3)
        ax.tick_params(labelleft=at == 0)
        axes.append(ax)
        if at == 0:
            ax.set_yticks(range(len(plan.labels)), plan.labels)
            for number in (0, len(plan.types) + 1):
                ax.get_yticklabels()[number].set_fontweight("bold")
            ax.set_ylabel(tr("administration, scenario"))
    axes[0].set_ylim(len(plan.labels) - 0.5, -0.5)
    return axes


def _labels(content: ReportContent, types: Sequence[str]) -> list[str]:
    """Names of the rows: each type with its number of recorded contacts, then each scenario; a heading before either."""
    found = content.panel.contact["type"].value_counts()
    name = words.SHORT_TYPE if is_narrow() else words.TYPE
    past = [tr("{name}, n = {contacts}", name=name[kind], contacts=found.get(kind, 0)) for kind in types]
    futures = ["\n".join(broken_lines(words.plain(one), 24, SMALLEST)) if is_narrow() else words.plain(one)
               for one in content.scenarios]
    return [tr("Types, estimated"), *past, tr("Futures {span}", span=content.span), *futures]


def _intervals(ax: Axes, content: ReportContent, types: Sequence[str], quantile: np.ndarray) -> None:
    """Draw one interval per row.

    Parameters
    ----------
    ax : Axes
        The panel.
    content : ReportContent
        For the marks of scenarios.
    types : sequence of str
        Types of administration.
    quantile : np.ndarray
        (type then scenario, 5) quantiles.
    """
    marks = [*(TYPE_MARK[kind] for kind in types), *content.marks.values()]
    rows = [place + 1 + (place >= len(types)) for place in range(len(marks))]
    for place, mark in zip(rows, marks, strict=True):
        at = rows.index(place)
        bars(ax, np.array([place]), quantile[at : at + 1], mark, size=4.5)
    ax.hlines(rows, 0, 1, color=PALE, linewidth=0.5, zorder=0, transform=ax.get_yaxis_transform())
    ax.axhline(len(types) + 0.5, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
    ax.tick_params(axis="y", left=False)
    cast(MaxNLocator, ax.xaxis.get_major_locator()).set_params(nbins=4)
