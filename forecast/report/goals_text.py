"""Sentences and a table for the page on what each side spends attention on."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from markupsafe import Markup

from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.datum import datum, percent, with_error
from forecast.report.topic_rows import ALL, by_attention, differences, directions, levels, type_pairs, types

CLEAR = 0.95


def goals(content: ReportContent) -> dict[str, Any]:
    """What the template of this section needs: sentences, and rows of a table of attention by type."""
    return {"sentences": list(_sentences(content)), "types": [words.SHORT_TYPE[kind] for kind in types(content)],
            "pairs": [f"{words.SHORT_TYPE[one]} > {words.SHORT_TYPE[other]}" for one, other in type_pairs(content)],
            "rows": list(_rows(content))}


def _sentences(content: ReportContent) -> Iterator[Markup]:
    for kind in types(content):
        rows = levels(content, "attention", ALL, kind)
        yield Markup("Expected under {} administrations (n = {} known agendas): {}.").format(
            words.SHORT_TYPE[kind], int(rows["contacts"].iloc[0]), _top(content, rows))
    for pair in type_pairs(content):
        yield _clear(content, differences(content, "attention", pair), _over(*(words.SHORT_TYPE[kind] for kind in pair)))
    for way in directions(content):
        side = words.side_comes(way, content.partner)
        parts = [_cell(content, way, kind) for kind in types(content)]
        yield Markup("In the record, when {}: {}.").format(side, Markup("; ").join(parts))
    if len(directions(content)) == 2:
        yield from (_sides(content, kind) for kind in types(content))


def _cell(content: ReportContent, way: str, kind: str) -> Markup:
    rows = levels(content, "attention_record", way, kind)
    head = Markup("{} years (n = {} contacts on {} visits) ").format(
        words.SHORT_TYPE[kind], int(rows["contacts"].iloc[0]), int(rows["visits"].iloc[0]))
    return head + (_top(content, rows) if rows["contacts"].iloc[0] else Markup("nothing to go by"))


def _top(content: ReportContent, rows: pd.DataFrame) -> Markup:
    """Three largest shares with their intervals."""
    top = rows.sort_values("q50", ascending=False, kind="stable").head(3)
    return Markup(", ").join(
        Markup("{} {} ({} to {})").format(content.named("mention_share", topic), percent(row["q50"]), percent(row["q05"]),
                                          percent(row["q95"])) for topic, row in top.iterrows())


def _over(first: str, second: str) -> Markup:
    return Markup("{} minus {} administrations (model)").format(first, second)


def _sides(content: ReportContent, kind: str) -> Markup:
    rows = differences(content, "attention_record", tuple(directions(content)), kind=kind)
    where = Markup("American side comes minus {}'s side comes, {} years (record)")
    return _clear(content, rows, where.format(content.partner, words.SHORT_TYPE[kind]))


def _clear(content: ReportContent, rows: pd.DataFrame, where: Markup) -> Markup:
    """Which topics differ with a probability beyond 0.95, and how many would by chance."""
    found = rows[(rows["p_greater"] >= CLEAR) | (rows["p_greater"] <= 1 - CLEAR)]
    chance = words.number(2 * (1 - CLEAR) * len(rows), 1)
    if found.empty:
        nearest = (rows["p_greater"] - 0.5).abs().idxmax()
        row = rows.loc[nearest]
        return Markup("{}: no topic differs with a probability beyond 0.95; nearest to it is {}, {} points (P = {}).").format(
            where, content.named("mention_share", nearest), datum(row["q50"], 1),
            with_error(row["p_greater"], row["p_greater_mcse"]))
    listed = [Markup("{} {} points (P = {})").format(content.named("mention_share", topic), datum(row["q50"], 1),
                                                     with_error(row["p_greater"], row["p_greater_mcse"]))
              for topic, row in found.iterrows()]
    return Markup("{}: {} of {} topics with a probability beyond 0.95, where {} would be if nothing differed: {}.").format(
        where, len(found), len(rows), chance, Markup("; ").join(listed))


def _rows(content: ReportContent) -> Iterator[dict[str, Any]]:
    share = {kind: levels(content, "attention", ALL, kind) for kind in types(content)}
    apart = [differences(content, "attention", pair) for pair in type_pairs(content)]
    for topic in by_attention(content):
        cells = [Markup("{} ({} to {})").format(*(percent(rows.loc[topic, name]) for name in ("q50", "q05", "q95")))
                 for rows in share.values()]
        chances = [with_error(rows.loc[topic, "p_greater"], rows.loc[topic, "p_greater_mcse"]) for rows in apart]
        yield {"name": content.named("mention_share", topic), "cells": [*cells, *chances]}
