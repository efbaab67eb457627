"""Figure: on which topics attention is spent, by type of administration and by who travels."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.layout import bars, room, sheet
from forecast.report.lookup import (
    ALL,
    STEP,
    by_attention,
    differences,
    directions,
    levels,
    name_rows,
    quantile_array,
    type_pairs,
    types,
)
from forecast.report.style import TYPE_MARK, look, points
from forecast.report.words import datum, percent, with_error

READING = (
    "A share of attention is a share of topic mentions in which a contact counts by the rank of the US principal (a "
    "president's counts eight times an assistant secretary's, as in the relation index). Left, what the model expects of each "
    "type of administration today. The other panels are the record itself, unadjusted: contacts for which the American side "
    "came, and contacts for which the partner's side came, each in the years of that type. Who takes the journey "
    "has more say in why. These are agendas as either side published them: revealed priorities, not intentions. Small n, "
    "wide intervals."
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for kind in types(content):
        top = levels(content, "attention", ALL, kind)["q50"].sort_values(ascending=False).head(3)
        listed = ", ".join(f"{words.TOPIC.get(key, key)} ({words.share(value)})" for key, value in top.items())
        parts.append(f"{words.TYPE[kind]}: {listed}")
    return f"Shares of attention by topic, by type of administration and by travelling side. Largest, {'; '.join(parts)}."


def draw(content: ReportContent) -> Figure:
    """One panel for the model, one for each travelling side."""
    topics = by_attention(content)
    panels = [("attention", ALL, "Expected by the model"), *(
        ("attention_record", way, words.plain(words.side_comes(way, content.partner))) for way in directions(content))]
    with look():
        page = sheet(content, title="What attention is spent on: revealed priorities by type and by who travels",
                     note=_note(content), body=23 + STEP * len(topics))
        left = room(content.named("mention_share", topic) for topic in topics) + 7
        width = (page.width - left - 3 - 5 * (len(panels) - 1)) / len(panels)
        shared: dict[str, Axes] = {}
        for place, (measure, way, title) in enumerate(panels):
            ax = page.panel(left + place * (width + 5), 14, width, STEP * len(topics), **shared)
            shared = shared or {"sharex": ax, "sharey": ax}
            _panel(ax, content, measure, way, topics)
            ax.set_title(title, pad=3 + 8.7 * len(types(content)))
            ax.tick_params(labelleft=place == 0)
        name_rows(shared["sharey"], content, topics)
        shared["sharex"].set_xlim(0, None)
        return page.figure


def _note(content: ReportContent) -> str:
    draws = content.agenda.sizes["draw"]
    return (
        f"Median with 50 % (thick) and 90 % (thin) interval. Left: {draws:,} posterior draws, thinned where they are many; n = "
        "recorded contacts with a known agenda of the type. Other panels: Dirichlet process posterior over visits, with a "
        "prior worth one visit; n = recorded contacts with a known agenda (visits in brackets). Contacts in third countries or "
        "by wire are in the left panel only.")


def _panel(ax: Axes, content: ReportContent, measure: str, way: str, topics: list[str]) -> None:
    series = {}
    for kind in types(content):
        rows = levels(content, measure, way, kind, topics)
        first = rows.iloc[0]
        visits = "" if way == ALL else f" ({int(first['visits'])})"
        series[f"{words.TYPE[kind]}, n = {int(first['contacts'])}{visits}"] = (TYPE_MARK[kind], quantile_array(rows))
    for offset, (mark, quantile) in zip(np.linspace(-0.27, 0.27, len(series)), series.values(), strict=True):
        bars(ax, np.arange(len(topics)) + offset, 100 * quantile, mark, size=3.4)
    if measure != "attention":
        name_rows(ax, content, topics)
        ax.set_ylabel("")
    ax.set_xlabel("share of attention (%)")
    ax.legend(handles=points({label: mark for label, (mark, _) in series.items()}), loc="lower left", bbox_to_anchor=(0, 1),
              borderpad=0, borderaxespad=0.3, labelspacing=0.2, handlelength=1.6)


# Sentences and a table for the page on what each side spends attention on.

CLEAR = 0.95


def goals_text(content: ReportContent) -> dict[str, Any]:
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
    if len(ways := directions(content)) == 2:
        yield from (_sides(content, (ways[0], ways[1]), kind) for kind in types(content))


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


def _sides(content: ReportContent, ways: tuple[str, str], kind: str) -> Markup:
    rows = differences(content, "attention_record", ways, kind=kind)
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
