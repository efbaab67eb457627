"""The section of the page on dated questions: where scenarios part, where forecast and past part, and every answer."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.datum import percent, with_error
from forecast.report.rows import election_pair

FEW = 3
"""Questions that are named in a sentence."""
CLEAR = 3.0
"""Monte Carlo errors beyond which a difference is told."""
ENOUGH = 4
"""Past terms from which on a share of them is set against a forecast."""


def questions(content: ReportContent) -> dict[str, Any]:
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
    return {"id": one.id, "text": one.text, "rule": f"{one.condition}, {one.window}", "cells": [*cells, past]}


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
