"""Figure: the probability of every dated question under each scenario, beside how often it held in past terms."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.layout import lines, sheet, stripes
from forecast.report.lookup import election_pair
from forecast.report.style import BLACK, GREY, Mark, look, points
from forecast.report.words import percent, with_error

_LEFT, _RIGHT = 86.0, 12.0  # millimetres: words of a question, its past
_ROW, _BODY = 6.4, 200.0  # of one row, and of all at most
_ERRORS = 2.0
READING = (
    "Each row is a question with a date and a rule by which contacts coded later will answer it. A mark is the share of "
    "simulated futures in which the answer is yes; its bar spans two Monte Carlo errors to either side and says nothing of what "
    "the model does not know. On the right, in how many past terms the same condition held at the same distance from "
    "inauguration. Marks close together mean that the scenarios hardly differ in the question."
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    table = content.questions.pivot(index="id", columns="scenario", values="probability")
    apart = (table.max(axis=1) - table.min(axis=1)).sort_values()
    return (f"Probabilities of {len(table)} questions, from {words.share(table.min(axis=None))} to "
            f"{words.share(table.max(axis=None))}. Largest difference between scenarios: {words.share(apart.iloc[-1])}.")


def draw(content: ReportContent) -> Figure:
    """One row per question, the likeliest first; one mark per scenario."""
    table = content.questions
    order = table.groupby("id")["probability"].mean().sort_values(ascending=False, kind="stable").index
    note = (f"Share of {content.n_path:,} simulated futures of recorded contacts in which the answer is yes; bars: two Monte "
            "Carlo errors. Past: terms in which the same held, of all that were observed so far. Rests on "
            f"n = {len(content.panel.contact)} recorded contacts.")
    height = min(_ROW * len(order), _BODY)
    with look():
        page = sheet(content, title="Questions that contacts will answer", note=note, body=20 + height)
        width = page.width - _LEFT - _RIGHT - 4
        ax = page.panel(_LEFT, 11, width, height)
        names = list(dict.fromkeys(table["scenario"]))
        for offset, name in zip(np.linspace(-0.2, 0.2, len(names)) if len(names) > 1 else [0.0], names, strict=True):
            rows = table[table["scenario"] == name].set_index("id").reindex(order)
            _marks(ax, np.arange(len(order)) + offset, rows, content.marks[name])
        _words(ax, table.drop_duplicates("id").set_index("id").loc[order])
        ax.yaxis.set_label_coords(-(_LEFT - 2.5) / width, 0.5)
        marks = {words.plain(name): content.marks[name] for name in names}
        above = 1 + 3.2 / height
        ax.legend(handles=points(marks), loc="lower left", bbox_to_anchor=(0, above), ncols=len(names), borderpad=0,
                  borderaxespad=0.4)
        return page.figure


def _marks(ax: Axes, height: np.ndarray, rows: pd.DataFrame, mark: Mark) -> None:
    chance, error = 100 * rows["probability"].to_numpy(), 100 * _ERRORS * rows["mcse"].to_numpy()
    ax.hlines(height, np.maximum(chance - error, 0), np.minimum(chance + error, 100), color=mark.colour, linewidth=1.0)
    ax.plot(chance, height, linestyle="none", marker=mark.marker, color=mark.colour, markersize=4, markeredgecolor="white",
            markeredgewidth=0.5, clip_on=False)


def _words(ax: Axes, rows: pd.DataFrame) -> None:
    """Questions on the left, their past on the right."""
    place = np.arange(len(rows))
    stripes(ax, len(rows))
    ax.set_yticks(place, ["\n".join(lines(text, _LEFT - 8, 5.8)) for text in rows["text"]], fontsize=5.8, linespacing=1.0)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 100)
    ax.set_xlabel("probability (%)")
    ax.set_ylabel("question")
    ax.tick_params(axis="y", left=False)
    style: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "size": 6.0, "color": GREY, "va": "center"}
    ax.text(1.02, -0.75, "past", **{**style, "color": BLACK, "weight": "bold"})
    for y, row in zip(place.tolist(), rows.itertuples(), strict=True):
        ax.text(1.02, y, f"{row.past_yes} of {row.past_terms}" if row.past_terms else "none", **style)


# The section of the page on dated questions: where scenarios part, where forecast and past part, and every answer.

FEW = 3
"""Questions that are named in a sentence."""
CLEAR = 3.0
"""Monte Carlo errors beyond which a difference is told."""
ENOUGH = 4
"""Past terms from which on a share of them is set against a forecast."""


def questions_text(content: ReportContent) -> dict[str, Any]:
    """What the template of the section needs; no rows where nothing was asked."""
    table = content.questions
    if table.empty:
        return {"rows": [], "sentences": [], "names": [], "pair": []}
    pair = election_pair(content)
    difference = _differences(content, pair)
    return {
        "names": [words.plain(name) for name in content.scenarios], "pair": [words.plain(name) for name in pair or ()],
        "sentences": [*_apart(content, pair, difference), *_unlike_past(table)],
        "rows": [_row(content, one, difference) for one in table.drop_duplicates("id").itertuples()],
    }


def _differences(content: ReportContent, pair: tuple[str, str] | None) -> pd.DataFrame:
    """Differences of the pair by question: difference, mcse; empty where there is no pair."""
    table = content.questions_contrast
    if pair is None or table.empty:
        return pd.DataFrame(columns=["difference", "mcse"])
    return table[(table["first"] == pair[0]) & (table["second"] == pair[1])].set_index("id")[["difference", "mcse"]]


def _row(content: ReportContent, one: Any, difference: pd.DataFrame) -> dict[str, Any]:
    answers = content.questions[content.questions["id"] == one.id].set_index("scenario")
    cells = [_chance(answers.loc[name]) if name in answers.index else "not asked" for name in content.scenarios]
    if len(difference):
        cells.append(_points(difference.loc[one.id]) if one.id in difference.index else "")
    past = f"{one.past_yes} of {one.past_terms}" if one.past_terms else "none"
    return {"id": one.id, "text": one.text, "rule": rule(content, one.condition, one.window), "cells": [*cells, past]}


def rule(content: ReportContent, condition: str, window: str) -> str:
    """What must be found, and when, in words: the condition of ``questions.csv`` has codes."""
    many, _, kinds = condition.partition(" with ")
    told = [_kind(content, *kind.split(" ", 1)) for kind in kinds.split(", ") if kind]
    first, last = (date.fromisoformat(f"{month}-01") for month in window.split(" to "))
    when = f"{first:%B %Y} to {last:%B %Y}" if first != last else f"{first:%B %Y}"
    return f"{', '.join([words.plain(many), *told])}; {when}"


def _kind(content: ReportContent, key: str, value: str) -> str:
    """One key of a condition, such as ``rank president`` or ``outcome 2 or more``."""
    if key == "outcome":
        least = value.removesuffix(" or more")
        return f"outcome “{content.named('outcome_share', least)}”{' or more' if least != value else ''}"
    listed = " or ".join(_code(content, key, one) for one in value.split(" or "))
    return listed if key == "direction" else f"{key} {listed}"


def _code(content: ReportContent, key: str, code: str) -> str:
    if key == "direction" and code in words.DIRECTION:
        return words.side_comes(code, content.partner, content.panel.home[0])
    quantity = {"rank": "contact", "topic": "mention_share"}.get(key)
    return content.named(quantity, code) if quantity else words.plain(code).lower()


def _apart(content: ReportContent, pair: tuple[str, str] | None, difference: pd.DataFrame) -> Iterator[Markup]:
    """Where who wins matters most."""
    if pair is None or difference.empty:
        return
    size = difference["difference"].abs()
    clear = difference[size > CLEAR * difference["mcse"]]
    told = [_told(content, pair, id, row) for id, row in clear.loc[size[clear.index].nlargest(FEW).index].iterrows()]
    yield Markup("Between {} and {}, {} of {} questions move by ten points or more, and {} by less than three.").format(
        *map(words.plain, pair), int((size >= 0.1).sum()), len(size), int((size < 0.03).sum()))
    if told:
        yield Markup("They part most on: {}.").format(Markup("; ").join(told))


def _told(content: ReportContent, pair: tuple[str, str], id: str, row: pd.Series) -> Markup:
    asked = content.questions[content.questions["id"] == id].set_index("scenario")
    chances = Markup(", ").join(Markup("{} {}").format(words.plain(name), percent(asked.loc[name, "probability"]))
                                for name in pair)
    return Markup("“{}” ({}; difference {} points)").format(asked["text"].iloc[0], chances, _points(row))


def _unlike_past(table: pd.DataFrame) -> Iterator[Markup]:
    """Where the forecast is least like the past terms."""
    mean = table.groupby("id", sort=False).agg(chance=("probability", "mean"), text=("text", "first"),
                                               terms=("past_terms", "first"), yes=("past_yes", "first"))
    known = mean[mean["terms"] >= ENOUGH]
    if known.empty:
        return
    far = known.loc[(known["chance"] - known["yes"] / known["terms"]).abs().nlargest(FEW).index]
    told = [Markup("“{}” ({} on average, {} of {} past terms)").format(one.text, percent(one.chance), one.yes, one.terms)
            for one in far.itertuples()]
    yield Markup("The forecast is least like the past on: {}.").format(Markup("; ").join(told))


def _chance(row: Mapping[str, float]) -> Markup:
    return with_error(row["probability"], row["mcse"], 100, "\N{NO-BREAK SPACE}%")


def _points(row: Mapping[str, float]) -> Markup:
    return with_error(row["difference"], row["mcse"], 100)
