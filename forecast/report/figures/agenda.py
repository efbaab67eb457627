"""Figures of topics: which of them contacts name, by type and in the futures, and on which attention is spent."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.dims import DRAW, TOPIC, TYPE
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.layout import bars, futures_note, room, sheet, stripes
from forecast.report.lookup import (
    ALL,
    STEP,
    by_attention,
    differences,
    directions,
    draw_quantiles,
    levels,
    name_rows,
    print_chances,
    quantile_array,
    recorded_types,
    summary_rows,
    type_pairs,
    types,
)
from forecast.report.style import BLACK, BLUE, GREY, ORANGE, TYPE_MARK, Mark, look, points
from forecast.report.words import datum, percent, with_error

_STEP = 7.6  # millimetres per topic
READING = (
    "Each row is a topic; rows are sorted by the share expected in the first scenario. A share of 10 % "
    "means that one in ten topic mentions falls to it; shares add up to 100 %. On the left is what the "
    "model has learnt about each type of administration, on the right what the simulated futures "
    "contain. The right side is wider where few contacts are expected, because a future with few "
    "contacts names few topics. Overlapping intervals mean that the record does not tell the two apart."
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    rows = summary_rows(content, content.scenarios[0], "mention_share", content.labels(TOPIC), content.window)
    top = rows["q50"].sort_values(ascending=False).head(3)
    listed = ", ".join(f"{words.TOPIC.get(key, key)} ({words.share(value)})" for key, value in top.items())
    return (
        f"Shares of {len(rows)} topics by type of administration (left) and in the futures {content.span} "
        "(right). "
        f"Largest under {words.plain(content.scenarios[0])}: {listed}."
    )


def draw(content: ReportContent) -> Figure:
    """Dot and interval per topic: posterior by type on the left, predictive by scenario on the right."""
    topics = _sorted(content)
    spoken = int(content.panel.reported.sum())
    note = (
        "Left: expected mix by type of administration, posterior median with 50 % and 90 % interval; n = "
        f"{spoken} "
        "recorded contacts with a known agenda. Right, "
        f"{futures_note(content, 'mix among all mentions of a future')}"
    )
    with look():
        title = "What officials talk about: topic mix by type of administration and in each future"
        page = sheet(content, title=title, note=note, body=26 + _STEP * len(topics))
        past, future = _by_type(content, topics), _by_scenario(content, topics)
        left = page.panel(33, 17, 68, _STEP * len(topics))
        right = page.panel(105, 17, 68, _STEP * len(topics), sharex=left, sharey=left)
        for ax, heading, series in (
            (left, "Types of administration, estimated", past),
            (right, f"Futures, {content.span}", future),
        ):
            _panel(ax, series, len(topics))
            ax.set_title(heading, pad=3 + 8.7 * 3)
        right.tick_params(labelleft=False)
        left.set_yticks(range(len(topics)), [content.named("mention_share", topic) for topic in topics])
        left.set_ylim(len(topics) - 0.5, -0.5)
        left.set_xlim(0, None)
        left.set_ylabel("topic")
        return page.figure


def _sorted(content: ReportContent) -> list[str]:
    rows = summary_rows(content, content.scenarios[0], "mention_share", content.labels(TOPIC), content.window)
    return list(rows["mean"].sort_values(ascending=False, kind="stable").index)


def _by_type(content: ReportContent, topics: list[str]) -> dict[str, tuple[Mark, np.ndarray]]:
    agenda = content.agenda.sel({TOPIC: topics}).transpose(DRAW, TYPE, TOPIC)
    quantile = draw_quantiles(agenda.to_numpy())
    spoken = content.panel.contact["type"][content.panel.reported].value_counts()
    return {
        f"{words.TYPE[kind]} (n = {spoken.get(kind, 0)})": (TYPE_MARK[kind], quantile[place])
        for place, kind in enumerate(map(str, agenda[TYPE].values))
    }


def _by_scenario(content: ReportContent, topics: list[str]) -> dict[str, tuple[Mark, np.ndarray]]:
    found = {
        name: summary_rows(content, name, "mention_share", topics, content.window)
        for name in content.scenarios
    }
    return {words.plain(name): (content.marks[name], quantile_array(rows)) for name, rows in found.items()}


def _panel(ax: Axes, series: dict[str, tuple[Mark, np.ndarray]], count: int) -> None:
    offsets = np.linspace(-0.27, 0.27, len(series)) if len(series) > 1 else [0.0]
    for offset, (mark, quantile) in zip(offsets, series.values(), strict=True):
        bars(ax, np.arange(count) + offset, 100 * quantile, mark, size=3.6)
    stripes(ax, count)
    ax.set_xlabel("share of all topic mentions (%)")
    ax.tick_params(axis="y", left=False)
    ax.legend(handles=points({label: mark for label, (mark, _) in series.items()}), loc="lower left",
              bbox_to_anchor=(0, 1), ncols=1 if len(series) < 4 else 2, borderpad=0, borderaxespad=0.3,
              labelspacing=0.2, handlelength=1.6)  # fmt: skip


# Figure: which topics weigh more under one type of administration than under another.

MODEL = Mark(colour=BLACK, linestyle="-", marker="o", hatch="")
RECORD = {"us_to_partner": Mark(colour=BLUE, linestyle="--", marker="s", hatch="///"),
          "partner_to_us": Mark(colour=ORANGE, linestyle=":", marker="D", hatch="...")}
READING_CONTRAST = (
    "One panel per pair of types. Right of the zero line: the topic weighs more under the first type. Black circles: what the "
    "model expects of the types at today's level, rank and trend held constant. Squares and diamonds: the record itself by who "
    "travels, with nothing held constant; types governed in different decades, and some topics (minerals, climate) hardly "
    "existed in the first. P is the probability that the topic weighs more under the first type; 0.5 means that the record "
    "says nothing. Of fifteen topics one or two lie beyond 0.05 or 0.95 by chance alone."
)


def alt_contrast(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for pair in type_pairs(content):
        chance = differences(content, "attention", pair)["p_greater"]
        parts.append(f"{_minus(pair)}: {int(((chance >= 0.95) | (chance <= 0.05)).sum())} of {len(chance)} topics")
    return f"Differences of topic shares between types. Probability beyond 0.05 or 0.95 in the model: {'; '.join(parts)}."


def draw_contrast(content: ReportContent) -> Figure:
    """One panel per pair of types: the model, and the record by travelling side, with P printed."""
    topics, pairs = by_attention(content), type_pairs(content)
    note = (
        "Difference of shares of attention in percentage points; median with 50 % (thick) and 90 % (thin) interval: of posterior "
        f"draws ({content.agenda.sizes['draw']:,}, thinned where they are many), and of a Dirichlet process posterior over "
        "visits. Grey numbers: P(more under the first type), in the order of the marks. Rests on n = "
        f"{int(content.panel.reported.sum())} recorded contacts with a known agenda.")
    with look():
        page = sheet(content, title="Which topics weigh more under which type of administration", note=note,
                     body=26 + STEP * len(topics))
        left = room(content.named("mention_share", topic) for topic in topics) + 7
        width = (page.width - left - 8 - 10 * (len(pairs) - 1)) / len(pairs)
        shared: dict[str, Axes] = {}
        for place, pair in enumerate(pairs):
            ax = page.panel(left + place * (width + 10), 15, width, STEP * len(topics), **shared)
            shared = shared or {"sharex": ax, "sharey": ax}
            _contrast_panel(ax, content, pair, topics)
            ax.tick_params(labelleft=place == 0)
        first = shared["sharey"]
        first.set_ylabel("topic")
        marks = {"expected by the model": MODEL} | {_name(content, way): RECORD[way] for way in directions(content)}
        first.legend(handles=points(marks), loc="lower left", ncols=3, bbox_to_anchor=(0, 1.075), borderpad=0,
                     borderaxespad=0.3, handlelength=1.6)
        return page.figure


def _name(content: ReportContent, way: str) -> str:
    return f"record, {words.side_comes(way, content.partner, content.panel.home[0])}"


def _minus(pair: tuple[str, str]) -> str:
    return f"{words.SHORT_TYPE[pair[0]]} minus {words.SHORT_TYPE[pair[1]]}"


def _contrast_panel(ax: Axes, content: ReportContent, pair: tuple[str, str], topics: list[str]) -> None:
    ways = directions(content) if set(pair) <= set(recorded_types(content)) else []
    series = [("attention", ALL, MODEL), *(("attention_record", way, RECORD[way]) for way in ways)]
    for offset, (measure, way, mark) in zip(np.linspace(-0.29, 0.29, len(series)), series, strict=True):
        rows = differences(content, measure, pair, topics, direction=way)
        place = np.arange(len(topics)) + offset
        bars(ax, place, quantile_array(rows), mark, size=3.2)
        print_chances(ax, place, rows["p_greater"])
    ax.axvline(0, color=BLACK, linewidth=0.8, zorder=1)
    name_rows(ax, content, topics)
    ax.set_ylabel("")
    ax.set_title(_minus(pair), pad=9)
    ax.set_xlabel("difference in share (points)")
    ax.text(1.03, 1.005, "P", transform=ax.transAxes, size=6.5, color=GREY, va="bottom", weight="bold")


# On which topics attention is spent, by type of administration and by who travels.

READING_GOALS = (
    "A share of attention is a share of topic mentions in which a contact counts by the rank of the principal (a "
    "president's counts eight times an assistant secretary's, as in the relation index). Left, what the model expects of each "
    "type of administration today. The other panels are the record itself, unadjusted: contacts for which one side "
    "came, and contacts for which the other side came, each in the years of that type. Who takes the journey "
    "has more say in why. These are agendas as either side published them: revealed priorities, not intentions. Small n, "
    "wide intervals."
)


def alt_goals(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for kind in types(content):
        top = levels(content, "attention", ALL, kind)["q50"].sort_values(ascending=False).head(3)
        listed = ", ".join(f"{words.TOPIC.get(key, key)} ({words.share(value)})" for key, value in top.items())
        parts.append(f"{words.TYPE[kind]}: {listed}")
    return f"Shares of attention by topic, by type of administration and by travelling side. Largest, {'; '.join(parts)}."


def draw_goals(content: ReportContent) -> Figure:
    """One panel for the model, one for each travelling side."""
    topics = by_attention(content)
    panels = [("attention", ALL, "Expected by the model"), *(
        ("attention_record", way, words.plain(words.side_comes(way, content.partner, content.panel.home[0])))
        for way in directions(content))]
    with look():
        page = sheet(content, title="What attention is spent on: revealed priorities by type and by who travels",
                     note=_goals_note(content), body=23 + STEP * len(topics))
        left = room(content.named("mention_share", topic) for topic in topics) + 7
        width = (page.width - left - 3 - 5 * (len(panels) - 1)) / len(panels)
        shared: dict[str, Axes] = {}
        for place, (measure, way, title) in enumerate(panels):
            ax = page.panel(left + place * (width + 5), 14, width, STEP * len(topics), **shared)
            shared = shared or {"sharex": ax, "sharey": ax}
            _goals_panel(ax, content, measure, way, topics)
            ax.set_title(title, pad=3 + 8.7 * len(types(content)))
            ax.tick_params(labelleft=place == 0)
        name_rows(shared["sharey"], content, topics)
        shared["sharex"].set_xlim(0, None)
        return page.figure


def _goals_note(content: ReportContent) -> str:
    draws = content.agenda.sizes["draw"]
    return (
        f"Median with 50 % (thick) and 90 % (thin) interval. Left: {draws:,} posterior draws, thinned where they are many; n = "
        "recorded contacts with a known agenda of the type. Other panels: Dirichlet process posterior over visits, with a "
        "prior worth one visit; n = recorded contacts with a known agenda (visits in brackets). Contacts in third countries or "
        "by wire are in the left panel only.")


def _goals_panel(ax: Axes, content: ReportContent, measure: str, way: str, topics: list[str]) -> None:
    series = {}
    for kind in types(content) if measure == "attention" else recorded_types(content):
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
            "rows": list(_goals_rows(content))}


def _sentences(content: ReportContent) -> Iterator[Markup]:
    for kind in types(content):
        rows = levels(content, "attention", ALL, kind)
        yield Markup("Expected under {} administrations (n = {} known agendas): {}.").format(
            words.SHORT_TYPE[kind], int(rows["contacts"].iloc[0]), _top(content, rows))
    for pair in type_pairs(content):
        yield _clear(content, differences(content, "attention", pair), _over(*(words.SHORT_TYPE[kind] for kind in pair)))
    for way in directions(content):
        side = words.side_comes(way, content.partner, content.panel.home[0])
        parts = [_cell(content, way, kind) for kind in recorded_types(content)]
        yield Markup("In the record, when {}: {}.").format(side, Markup("; ").join(parts))
    if len(directions(content)) == 2:
        yield from (_sides(content, kind) for kind in recorded_types(content))


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
    where = Markup("{} side comes minus {}'s side comes, {} years (record)")
    return _clear(content, rows, where.format(content.panel.home[0], content.partner, words.SHORT_TYPE[kind]))


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


def _goals_rows(content: ReportContent) -> Iterator[dict[str, Any]]:
    share = {kind: levels(content, "attention", ALL, kind) for kind in types(content)}
    apart = [differences(content, "attention", pair) for pair in type_pairs(content)]
    for topic in by_attention(content):
        cells = [Markup("{} ({} to {})").format(*(percent(rows.loc[topic, name]) for name in ("q50", "q05", "q95")))
                 for rows in share.values()]
        chances = [with_error(rows.loc[topic, "p_greater"], rows.loc[topic, "p_greater_mcse"]) for rows in apart]
        yield {"name": content.named("mention_share", topic), "cells": [*cells, *chances]}
