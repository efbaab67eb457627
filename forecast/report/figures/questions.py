"""Figure: the probability of every dated question under each scenario, beside how often it held in past terms."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import later, month_name, tr
from forecast.report.layout import broken_lines, key, key_height, room, sheet, sheet_width, size_of
from forecast.report.lookup import election_pair
from forecast.report.style import GREY, PALE, SMALLEST, figure_style, interval_marks
from forecast.report.words import percent, with_error

_LEFT, _LINE, _MARKS = 6.0, 2.75, 3.6  # millimetres: left of the marks, a line of words, room for the marks of a question
_CELL = 3.0  # between columns of numbers
_TALLEST = 205.0  # of the questions of one page of print; more go on in a further figure
_ERRORS = 2.0
READING = (
    later("Each question has a date and a rule by which contacts coded later will answer it; its words stand above its marks. "
          "A mark is the share of simulated futures in which the answer is yes, the numbers on the right are the same in per "
          "cent; the line within a mark spans two Monte Carlo errors to either side and says nothing of what the model does "
          "not know. Past: in how many past terms the same condition held at the same distance from inauguration. Marks close "
          "together mean that the scenarios hardly differ in the question.")
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    table = content.questions.pivot(index="id", columns="scenario", values="probability")
    told = tr("Probabilities of {count} questions, from {low} to {high}.", count=len(table),
              low=words.share(table.min(axis=None)), high=words.share(table.max(axis=None)))
    if table.shape[1] < 2:
        return told
    apart = (table.max(axis=1) - table.min(axis=1)).max()
    return f"{told} {tr('Largest difference between scenarios: {apart} points.', apart=words.number(100 * apart))}"


def draw(content: ReportContent, shown: slice = slice(None)) -> Figure:
    """The likeliest question first; its words, below them one mark per scenario, and on the right the same in numbers."""
    table = content.questions
    names = list(dict.fromkeys(table["scenario"]))
    order = _order(content)
    chosen = order[shown]
    asked = table.drop_duplicates("id").set_index("id").loc[chosen]
    with figure_style():
        heads = [*(_short(name) for name in names), tr("past")]
        cells = [[*_chances(table, one, names), _past(row)] for one, row in asked.iterrows()]
        room_of = [room([head, *(row[place] for row in cells)], weight="bold") + _CELL for place, head in enumerate(heads)]
        told = [_told_in(tr(text)) for text in asked["text"]]
        heights = [_height(one) for one in told]
        handles = interval_marks({words.plain(name): content.marks[name] for name in names})
        top = key_height(handles) + 3.0 * max(head.count("\n") + 1 for head in heads) + 1.5
        note = _note(content, order.index(chosen[0]), len(chosen))
        page = sheet(content, title=tr("Questions that contacts will answer"), note=note, body=top + sum(heights) + 10)
        key(page, handles)
        ax = page.panel(_LEFT, top, sheet_width() - _LEFT - sum(room_of) - 3, sum(heights))
        _frame(ax, heights)
        _marks(ax, content, table, chosen, heights)
        _words(ax, told, heights, cells, heads, room_of)
        return page.figure


def _order(content: ReportContent) -> list[str]:
    """Questions, the likeliest first."""
    mean = content.questions.groupby("id")["probability"].mean()
    return list(mean.sort_values(ascending=False, kind="stable").index)


def _told_in(text: str) -> list[str]:
    """A question in lines as wide as the sheet: its numbers stand beside its marks."""
    return broken_lines(text, sheet_width() - _LEFT - 4, SMALLEST)


def _height(told: Sequence[str]) -> float:
    return _LINE * len(told) + _MARKS


def question_pages(content: ReportContent) -> list[slice]:
    """Which questions stand on each page of print, for the width that is asked for."""
    text = content.questions.drop_duplicates("id").set_index("id")["text"]
    found, begin, tall = [], 0, 0.0
    for place, one in enumerate(_order(content)):
        own = _height(_told_in(tr(text[one])))
        if tall + own > _TALLEST:
            found.append(slice(begin, place))
            begin, tall = place, 0.0
        tall += own
    return [*found, slice(begin, len(text))]


def _note(content: ReportContent, before: int, shown: int) -> str:
    worst, asked = words.number(100 * content.questions["mcse"].max(), 1), content.questions["id"].nunique()
    part = tr(" Questions {first} to {last} of {asked}, the likeliest first.", first=before + 1, last=before + shown,
              asked=asked) if shown < asked else ""
    return (tr("Share of {futures} simulated futures of recorded contacts in which the answer is yes, in per cent; line within "
               "a mark: two Monte Carlo errors, of which the largest is {worst} points. Past: terms in which the same held, of "
               "all that were observed so far. Rests on n = {contacts} recorded contacts.{part}",
               futures=words.number(content.n_path), worst=worst, contacts=len(content.panel.contact), part=part))


def _short(name: str) -> str:
    """The name of a scenario above a column of numbers."""
    return "\n".join(broken_lines(words.plain(name), 14, SMALLEST, "bold"))


def _chances(table: pd.DataFrame, one: Any, names: Sequence[str]) -> list[str]:
    found = table[table["id"] == one].set_index("scenario")["probability"]
    return [words.number(100 * found[name], 0 if 0.0995 <= found[name] <= 0.9005 else 1) if name in found.index else ""
            for name in names]


def _past(row: Any) -> str:
    return tr("{yes} of {all}", yes=row["past_yes"], all=row["past_terms"]) if row["past_terms"] else tr("none")


def _frame(ax: Axes, heights: Sequence[float]) -> None:
    """Axes of which a unit upwards is a millimetre, with a line above each question."""
    ax.set_ylim(sum(heights), 0)
    ax.set_xlim(0, 100)
    ax.set_yticks([])
    ax.set_xlabel(tr("probability (%)"))
    ax.set_ylabel(tr("question"), labelpad=4)
    for edge in np.cumsum(heights)[:-1]:
        ax.axhline(edge, color=PALE, linewidth=0.5, zorder=0)


def _marks(ax: Axes, content: ReportContent, table: pd.DataFrame, order: list[str], heights: Sequence[float]) -> None:
    """Marks of one question in one line, with their errors above them: the width of a line within a mark says how sure it is."""
    height = np.cumsum(heights) - _MARKS / 2
    for name in dict.fromkeys(table["scenario"]):
        rows, mark = table[table["scenario"] == name].set_index("id").reindex(order), content.marks[name]
        chance, error = 100 * rows["probability"].to_numpy(), 100 * _ERRORS * rows["mcse"].to_numpy()
        ax.plot(chance, height, linestyle="none", marker=mark.marker, color=mark.colour, markersize=4.5, markerfacecolor="white",
                markeredgewidth=0.9, clip_on=False)
        ax.hlines(height, np.maximum(chance - error, 0), np.minimum(chance + error, 100), color=mark.colour, linewidth=1.1,
                  zorder=3)


def _words(ax: Axes, told: Sequence[Sequence[str]], heights: Sequence[float], cells: Sequence[Sequence[str]],
           heads: Sequence[str], room_of: Sequence[float]) -> None:
    """Questions above their marks, and on the right what is drawn in numbers and the past terms."""
    wide = size_of(ax)[0]
    look: dict[str, Any] = {"size": SMALLEST, "transform": ax.get_yaxis_transform()}
    right = 1 + np.cumsum(room_of) / wide
    for end, head in zip(right, heads, strict=True):
        ax.text(end, -0.8, head, va="bottom", ha="right", weight="bold", **look)
    for top, tall, lines_of, row in zip(np.cumsum([0.0, *heights]), heights, told, cells, strict=False):
        ax.text(1 / wide, top + 0.4, "\n".join(lines_of), va="top", linespacing=1.05, **look)
        for end, cell in zip(right, row, strict=True):
            ax.text(end, top + tall - _MARKS / 2, cell, va="center", ha="right", color=GREY, **look)


# The section of the page on dated questions: where scenarios part, where forecast and past part, and every answer.

FEW = 3
"""Questions that are named in a sentence."""
OR_MORE = later(" or more")
BOUND = {"at least": later("At least {count} contacts"), "at most": later("At most {count} contacts"),
         "exactly": later("Exactly {count} contacts")}
"""Beginnings of conditions as ``questions.csv`` has them, in words."""
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
    cells = [_chance(answers.loc[name]) if name in answers.index else tr("not asked") for name in content.scenarios]
    if len(difference):
        cells.append(_points(difference.loc[one.id]) if one.id in difference.index else "")
    past = tr("{yes} of {all}", yes=one.past_yes, all=one.past_terms) if one.past_terms else tr("none")
    return {"id": one.id, "text": tr(one.text), "rule": rule(content, one.condition, one.window), "cells": [*cells, past]}


def rule(content: ReportContent, condition: str, window: str) -> str:
    """What must be found, and when, in words: the condition of ``questions.csv`` has codes."""
    many, _, kinds = condition.partition(" with ")
    told = [_kind(content, *kind.split(" ", 1)) for kind in kinds.split(", ") if kind]
    first, last = (date.fromisoformat(f"{one}-01") for one in window.split(" to "))
    when = tr("{first} to {last}", first=month_name(first), last=month_name(last)) if first != last else month_name(first)
    return f"{', '.join([_many(many), *told])}; {when}"


def _many(many: str) -> str:
    """How many contacts a condition asks for, as ``at least 2 contacts``."""
    bound, _, count = many.removesuffix(" contacts").rpartition(" ")
    return tr(BOUND[bound], count=count) if bound in BOUND else words.plain(many)


def _kind(content: ReportContent, key: str, value: str) -> str:
    """One key of a condition, such as ``rank president`` or ``outcome 2 or more``."""
    if key == "outcome":
        least = value.removesuffix(OR_MORE)
        return tr("outcome “{named}”{more}", named=content.named("outcome_share", least),
                  more=tr(OR_MORE) if least != value else "")
    listed = tr(" or ").join(_code(content, key, one) for one in value.split(" or "))
    return listed if key == "direction" else f"{tr(key)} {listed}"


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
    yield Markup(tr("Between {} and {}, {} of {} questions move by ten points or more, and {} by less than three.")).format(
        *map(words.plain, pair), int((size >= 0.1).sum()), len(size), int((size < 0.03).sum()))
    if told:
        yield Markup(tr("They part most on: {}.")).format(Markup("; ").join(told))


def _told(content: ReportContent, pair: tuple[str, str], id: str, row: pd.Series) -> Markup:
    asked = content.questions[content.questions["id"] == id].set_index("scenario")
    chances = Markup(", ").join(Markup("{} {}").format(words.plain(name), percent(asked.loc[name, "probability"]))
                                for name in pair)
    return Markup(tr("“{}” ({}; difference {} points)")).format(tr(asked["text"].iloc[0]), chances, _points(row))


def _unlike_past(table: pd.DataFrame) -> Iterator[Markup]:
    """Where the forecast is least like the past terms."""
    mean = table.groupby("id", sort=False).agg(chance=("probability", "mean"), text=("text", "first"),
                                               terms=("past_terms", "first"), yes=("past_yes", "first"))
    known = mean[mean["terms"] >= ENOUGH]
    if known.empty:
        return
    far = known.loc[(known["chance"] - known["yes"] / known["terms"]).abs().nlargest(FEW).index]
    told = [Markup(tr("“{}” ({} on average, {} of {} past terms)")).format(tr(one.text), percent(one.chance), one.yes, one.terms)
            for one in far.itertuples()]
    yield Markup(tr("The forecast is least like the past on: {}.")).format(Markup("; ").join(told))


def _chance(row: Mapping[str, float]) -> Markup:
    return with_error(row["probability"], row["mcse"], 100, "\N{NO-BREAK SPACE}%")


def _points(row: Mapping[str, float]) -> Markup:
    return with_error(row["difference"], row["mcse"], 100)
