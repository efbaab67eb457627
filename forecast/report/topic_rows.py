"""Rows of topics: what the agenda tables say, in the order in which figures and tables show it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.interval import stripes
from forecast.report.style import GREY

ALL = "all"
STEP = 7.6  # millimetres per topic


def levels(content: ReportContent, measure: str, direction: str, kind: str, topics: list[str] | None = None) -> pd.DataFrame:
    """Shares by topic under one type, indexed by topic."""
    table = content.administration.agenda
    chosen = (table["measure"] == measure) & (table["direction"] == direction) & (table["type"] == kind)
    return table[chosen].set_index("topic").loc[topics or slice(None)]


def differences(content: ReportContent, measure: str, pair: tuple[str, str], topics: list[str] | None = None, *,
                direction: str = ALL, kind: str = ALL) -> pd.DataFrame:
    """Differences by topic in percentage points, indexed by topic."""
    table = content.administration.agenda_contrast
    chosen = (table["measure"] == measure) & (table["first"] == pair[0]) & (table["second"] == pair[1])
    chosen &= (table["direction"] == direction) & (table["type"] == kind)
    return table[chosen].set_index("topic").loc[topics or slice(None)]


def types(content: ReportContent) -> list[str]:
    """Types of administration in the order of the tables."""
    return list(dict.fromkeys(content.administration.agenda["type"]))


def directions(content: ReportContent) -> list[str]:
    """Travelling sides in the order of the tables; none where no agenda is recorded."""
    return [way for way in dict.fromkeys(content.administration.agenda["direction"]) if way != ALL]


def type_pairs(content: ReportContent) -> list[tuple[str, str]]:
    """Pairs of types that the contrast has."""
    rows = content.administration.agenda_contrast.query("measure == 'attention'")
    return list(dict.fromkeys(zip(rows["first"], rows["second"], strict=True)))


def by_attention(content: ReportContent) -> list[str]:
    """Topics by their mean share of attention over the types, the largest first."""
    table = content.administration.agenda.query("measure == 'attention'")
    mean = table.groupby("topic", sort=False)["mean"].mean()
    return list(mean.sort_values(ascending=False, kind="stable").index)


def name_rows(ax: Axes, content: ReportContent, topics: list[str]) -> None:
    """Topics on the vertical axis, the first at the top."""
    stripes(ax, len(topics))
    ax.set_yticks(range(len(topics)), [content.named("mention_share", topic) for topic in topics])
    ax.set_ylim(len(topics) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)
    ax.set_ylabel("topic")


def print_chances(ax: Axes, height: np.ndarray, chance: pd.Series) -> None:
    """Probabilities in a column on the right of a panel."""
    look = {"size": 5.8, "color": GREY, "va": "center", "transform": ax.get_yaxis_transform()}
    for y, value in zip(height, chance, strict=True):
        ax.text(1.03, y, words.number(value, 2), **look)
