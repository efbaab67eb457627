"""Panels side by side whose rows are the types of administration and, below them, the futures."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from forecast.report import words
from forecast.report.canvas import Sheet, room
from forecast.report.content import ReportContent
from forecast.report.interval import bars
from forecast.report.style import GREY, PALE, TYPE_MARK

_STEP, _GAP, _LINE = 6.0, 4.0, 3.5  # millimetres: a row, between panels, a line of their titles


def body(content: ReportContent, types: Sequence[str], titled: int = 2) -> float:
    """Height in millimetres that panels with titles of so many lines need between title and small print."""
    return _LINE * titled + _STEP * (len(types) + len(content.scenarios)) + 9


def ladder(page: Sheet, content: ReportContent, types: Sequence[str], count: int, titled: int = 2) -> list[Axes]:
    """Empty panels that share their rows, with the rows' names on the left of the first."""
    labels = _labels(content, types)
    left = room(labels) + 8
    width = (page.width - left - 2 - _GAP * (count - 1)) / count
    height = _STEP * len(labels)
    head = _LINE * titled
    first = page.panel(left, head, width, height)
    others = [
        page.panel(left + place * (width + _GAP), head, width, height, sharey=first)
        for place in range(1, count)
    ]
    for ax in others:
        ax.tick_params(labelleft=False)
    first.set_yticks(range(len(labels)), labels)
    first.set_ylim(len(labels) - 0.5, -0.5)
    first.set_ylabel("administration, scenario")
    return [first, *others]


def _labels(content: ReportContent, types: Sequence[str]) -> list[str]:
    """Names of the rows: each type with its number of recorded contacts, then each scenario."""
    found = content.panel.contact["type"].value_counts()
    past = [f"{words.TYPE[kind]}, n = {found.get(kind, 0)}" for kind in types]
    return past + [f"{words.plain(name)}, {content.span}" for name in content.scenarios]


def fill(ax: Axes, content: ReportContent, types: Sequence[str], quantile: np.ndarray) -> None:
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
    for place, mark in enumerate(marks):
        bars(ax, np.array([place]), quantile[place : place + 1], mark, size=5)
    ax.hlines(
        range(len(marks)), 0, 1, color=PALE, linewidth=0.5, zorder=0, transform=ax.get_yaxis_transform()
    )
    ax.axhline(len(types) - 0.5, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
    ax.tick_params(axis="y", left=False)
    ax.xaxis.get_major_locator().set_params(nbins=4)
