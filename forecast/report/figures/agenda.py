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
from forecast.report.language import later, tr
from forecast.report.layout import (
    bars,
    broken_lines,
    futures_note,
    is_narrow,
    key,
    key_height,
    room,
    sheet,
    sheet_width,
    size_of,
    stripes,
)
from forecast.report.lookup import (
    ALL,
    STEP,
    by_attention,
    draw_quantiles,
    levels,
    quantile_array,
    recorded_types,
    summary_rows,
    topic_differences,
    travelling_sides,
    type_pairs,
    types,
)
from forecast.report.style import BLACK, GREEN, GREY, MM, PURPLE, SMALLEST, TYPE_MARK, Mark, figure_style, interval_marks
from forecast.report.words import datum, percent, with_error

_STEP, _FOOT = 7.0, 10.0  # millimetres per topic, and below panels
READING = (
    later("Each row is a topic; rows are sorted by the share expected in the first scenario. A share of 10 % means that one in "
          "ten topic mentions falls to it; shares add up to 100 %. On the left is what the model has learnt about each type of "
          "administration, on the right what the simulated futures contain. The right side is wider where few contacts are "
          "expected, because a future with few contacts names few topics. Whether two can be told apart is not seen from whether "
          "their intervals overlap, as both come from the same draws: see the figure of differences.")
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    rows = summary_rows(content, content.scenarios[0], "mention_share", content.labels(TOPIC), content.window)
    top = rows["q50"].sort_values(ascending=False).head(3)
    listed = ", ".join(f"{content.named('mention_share', key)} ({words.share(value)})" for key, value in top.items())
    return (
        tr("Shares of {count} topics by type of administration (left) and in the futures {span} (right). Largest under "
           "{scenario}: {listed}.", count=len(rows), span=content.span, scenario=words.plain(content.scenarios[0]),
           listed=listed)
    )


def draw(content: ReportContent) -> Figure:
    """Dot and interval per topic: posterior by type on the left, predictive by scenario on the right."""
    topics = _sorted(content)
    spoken = int(content.panel.reported.sum())
    note = (
        tr("Left: expected mix by type of administration, posterior median with 50 % and 90 % interval; n = {spoken} recorded "
           "contacts with a known agenda. Right, {futures_note}", spoken=spoken,
           futures_note=futures_note(content, tr("mix among all mentions of a future")))
    )
    with figure_style():
        title = tr("What officials talk about: topic mix by type of administration and in each future")
        past, future = _by_type(content, topics), _by_scenario(content, topics)
        handles = interval_marks({label: mark for label, (mark, _) in (past | future).items()})
        left = room(content.named("mention_share", topic) for topic in topics) + 7
        width = (sheet_width() - left - 3 - _APART) / 2
        titles = [broken_lines(text, width, 7.5, "bold") for text in (tr("Types of administration, estimated"),
                                                             tr("Futures, {span}", span=content.span))]
        top = key_height(handles) + 3.7 * max(map(len, titles)) + 1
        page = sheet(content, title=title, note=note, body=top + _STEP * len(topics) + _FOOT)
        key(page, handles)
        one = page.panel(left, top, width, _STEP * len(topics))
        other = page.panel(left + width + _APART, top, width, _STEP * len(topics), sharex=one, sharey=one)
        for ax, told, series in zip((one, other), titles, (past, future), strict=True):
            _panel(ax, series, len(topics))
            ax.set_title("\n".join(told), pad=3)
        other.tick_params(labelleft=False)
        name_rows(one, content, topics)
        one.set_xlim(0, None)
        return page.figure


_APART = 4.0  # millimetres between panels


def _sorted(content: ReportContent) -> list[str]:
    rows = summary_rows(content, content.scenarios[0], "mention_share", content.labels(TOPIC), content.window)
    return list(rows["mean"].sort_values(ascending=False, kind="stable").index)


def _by_type(content: ReportContent, topics: list[str]) -> dict[str, tuple[Mark, np.ndarray]]:
    agenda = content.agenda.sel({TOPIC: topics}).transpose(DRAW, TYPE, TOPIC)
    quantile = draw_quantiles(agenda.to_numpy())
    spoken = content.panel.contact["type"][content.panel.reported].value_counts()
    return {
        tr("{name} (left, n = {contacts})", name=words.TYPE[kind], contacts=spoken.get(kind, 0)):
            (TYPE_MARK[kind], quantile[place])
        for place, kind in enumerate(map(str, agenda[TYPE].values))
    }


def _by_scenario(content: ReportContent, topics: list[str]) -> dict[str, tuple[Mark, np.ndarray]]:
    found = {
        name: summary_rows(content, name, "mention_share", topics, content.window)
        for name in content.scenarios
    }
    return {tr("{name} (right)", name=words.plain(name)): (content.marks[name], quantile_array(rows))
            for name, rows in found.items()}


def _panel(ax: Axes, series: dict[str, tuple[Mark, np.ndarray]], count: int) -> None:
    offsets = np.linspace(-0.27, 0.27, len(series)) if len(series) > 1 else [0.0]
    for offset, (mark, quantile) in zip(offsets, series.values(), strict=True):
        bars(ax, np.arange(count) + offset, 100 * quantile, mark, size=3.6)
    stripes(ax, count)
    ax.set_xlabel(tr("share of mentions (%)"))
    ax.tick_params(axis="y", left=False)


# Figure: which topics weigh more under one type of administration than under another.

MODEL = Mark(colour=BLACK, linestyle="-", marker="o", hatch="")
RECORD = {"us_to_partner": Mark(colour=GREEN, linestyle="--", marker="s", hatch="///"),
          "partner_to_us": Mark(colour=PURPLE, linestyle=":", marker="D", hatch="...")}
READING_CONTRAST = (
    later("One panel per pair of types. Right of the zero line: the topic weighs more under the first type. Black circles: "
          "what the model expects of the types at today's level, rank and trend held constant. Squares and diamonds: the "
          "record itself by who travels, with nothing held constant; types governed in different decades, and some topics "
          "hardly existed in the first. P is the probability that the topic weighs more under the first type; at 0.5 more and "
          "less are as probable, be the difference small or unknown. Where no topic differed, one in ten or fewer would lie "
          "beyond 0.05 or 0.95 by chance alone.")
)


def alt_contrast(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for pair in type_pairs(content):
        chance = topic_differences(content, "attention", pair)["p_greater"]
        parts.append(tr("{minus}: {count} of {all} topics", minus=_minus(pair),
                        count=int(((chance >= 0.95) | (chance <= 0.05)).sum()), all=len(chance)))
    return tr("Differences of topic shares between types. Probability beyond 0.05 or 0.95 in the model: {listed}.",
              listed="; ".join(parts))


def draw_contrast(content: ReportContent) -> Figure:
    """One panel per pair of types: the model, and the record by travelling side, with P printed."""
    topics, pairs = by_attention(content), type_pairs(content)
    note = (
        tr("Difference of shares of attention in percentage points; median with 50 % (thick) and 90 % (thin) interval: of "
           "posterior draws ({draws}, thinned where they are many), and of a Dirichlet process posterior over visits. {told} "
           "Rests on n = {count} recorded contacts with a known agenda.", draws=words.number(content.agenda.sizes["draw"]),
           told=tr(_TOLD[is_narrow()]), count=int(content.panel.reported.sum())))
    with figure_style():
        marks = {tr("expected by the model"): MODEL} | {_name(content, way): RECORD[way] for way in travelling_sides(content)}
        handles = interval_marks(marks)
        left = room(content.named("mention_share", topic) for topic in topics) + 7
        beside, gap = (1.0, 3.0) if is_narrow() else (8.0, 2.5)
        width = (sheet_width() - left - 1 - (beside + gap) * len(pairs) + gap) / len(pairs)
        titles = _titles(pairs, width + beside, gap)
        top = key_height(handles) + 3.7 * max(map(len, titles)) + 4.5
        page = sheet(content, title=tr("Which topics weigh more under which type of administration"), note=note,
                     body=top + STEP * len(topics) + _FOOT)
        key(page, handles)
        shared: dict[str, Axes] = {}
        for place, (pair, title) in enumerate(zip(pairs, titles, strict=True)):
            ax = page.panel(left + place * (width + beside + gap), top, width, STEP * len(topics), **shared)
            shared = shared or {"sharex": ax, "sharey": ax}
            _contrast_panel(ax, content, pair, topics)
            ax.set_title("\n".join(title), pad=11)
            ax.tick_params(labelleft=place == 0)
        shared["sharey"].set_ylabel(tr("topic"))
        return page.figure


_TOLD = {False: later("Grey numbers: P(more under the first type), in the order of the marks."),
         True: later("Filled: P(more under the first type) is above 0.95 or below 0.05; hollow: between.")}


def _name(content: ReportContent, way: str) -> str:
    return tr("record, {side}", side=words.side_comes(way, content.partner, content.panel.home[0]))


def _minus(pair: tuple[str, str]) -> str:
    return tr("{first} minus {second}", first=words.SHORT_TYPE[pair[0]], second=words.SHORT_TYPE[pair[1]])


def _contrast_panel(ax: Axes, content: ReportContent, pair: tuple[str, str], topics: list[str]) -> None:
    ways = travelling_sides(content) if set(pair) <= set(recorded_types(content)) else []
    series = [("attention", ALL, MODEL), *(("attention_record", way, RECORD[way]) for way in ways)]
    for offset, (measure, way, mark) in zip(np.linspace(-0.29, 0.29, len(series)), series, strict=True):
        rows = topic_differences(content, measure, pair, topics, direction=way)
        place = np.arange(len(topics)) + offset
        bars(ax, place, quantile_array(rows), mark, size=3.2)
        if is_narrow():
            sure = ((rows["p_greater"] >= CLEAR) | (rows["p_greater"] <= 1 - CLEAR)).to_numpy()
            ax.plot(rows["q50"][sure], place[sure], linestyle="none", marker=mark.marker, color=mark.colour, markersize=3.4,
                    zorder=4)
        else:
            print_chances(ax, place, rows["p_greater"])
    ax.axvline(0, color=BLACK, linewidth=0.8, zorder=1)
    name_rows(ax, content, topics)
    ax.set_ylabel("")
    ax.set_xlabel(tr("share (points)") if is_narrow() else tr("difference in share (points)"))
    beside: dict[str, Any] = {"transform": ax.transAxes, "size": SMALLEST, "color": GREY, "va": "bottom"}
    left, right = _ends(pair, size_of(ax)[0])
    ax.text(0, 1.0, left, ha="left", **beside)
    ax.text(1, 1.0, right, ha="right", **beside)
    if not is_narrow():
        ax.text(1.03, 1.0, "P", weight="bold", **beside)


def _titles(pairs: list[tuple[str, str]], width: float, gap: float) -> list[list[str]]:
    """Names of two types in lines, for each panel; short ones where the longest word has no room."""
    told = [broken_lines(_minus(pair), width, 7.5, "bold") for pair in pairs]
    short = [broken_lines(words.initials(pair), width, 7.5, "bold") for pair in pairs]
    return told if max(room(one, 7.5, "bold") for one in told) <= width + gap else short


def _ends(pair: tuple[str, str], width: float) -> tuple[str, str]:
    """What stands above the left and the right end of a panel: the longest words that it has room for."""
    named = (f"\N{LEFTWARDS ARROW} {words.SHORT_TYPE[pair[1]]}", f"{words.SHORT_TYPE[pair[0]]} \N{RIGHTWARDS ARROW}")
    told = [*(() if is_narrow() else (named,)), (tr("fewer"), tr("more"))]
    return next((ends for ends in told if sum(room([one]) for one in ends) <= width), ("\N{MINUS SIGN}", "+"))


# On which topics attention is spent, by type of administration and by who travels.

READING_GOALS = (
    later("A share of attention is a share of topic mentions in which a contact counts by the rank of the principal (a "
          "president's counts eight times an assistant secretary's, as in the relation index). Left, what the model expects of "
          "each type of administration today. The other panels are the record itself, unadjusted: contacts for which one side "
          "came, and contacts for which the other side came, each in the years of that type. Who takes the journey has more "
          "say in why. These are agendas as either side published them: revealed priorities, not intentions. Small n, wide "
          "intervals.")
)


def alt_goals(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for kind in types(content):
        top = levels(content, "attention", ALL, kind)["q50"].sort_values(ascending=False).head(3)
        listed = ", ".join(f"{content.named('mention_share', key)} ({words.share(value)})" for key, value in top.items())
        parts.append(f"{words.TYPE[kind]}: {listed}")
    return tr("Shares of attention by topic, by type of administration and by travelling side. Largest, {listed}.",
              listed="; ".join(parts))


def draw_goals(content: ReportContent) -> Figure:
    """One panel for the model, one for each travelling side."""
    topics = by_attention(content)
    panels = [("attention", ALL, tr("Expected by the model")), *(
        ("attention_record", way, words.plain(words.side_comes(way, content.partner, content.panel.home[0])))
        for way in travelling_sides(content))]
    with figure_style():
        handles = interval_marks({words.TYPE[kind]: TYPE_MARK[kind] for kind in types(content)})
        left = room(content.named("mention_share", topic) for topic in topics) + 7
        width = (sheet_width() - left - 3 - _APART * (len(panels) - 1)) / len(panels)
        size = SMALLEST if is_narrow() else 7.5
        titles = [broken_lines(title, width, size, "bold") for *_, title in panels]
        counts = [_counts(content, measure, way) for measure, way, _ in panels]
        below = 2.9 * max(map(len, counts)) + 1
        top = key_height(handles) + 3.7 * max(map(len, titles)) + below
        page = sheet(content, title=tr("What attention is spent on: revealed priorities by type and by who travels"),
                     note=_goals_note(content), body=top + _STEP * len(topics) + _FOOT)
        key(page, handles)
        shared: dict[str, Axes] = {}
        for place, (measure, way, _) in enumerate(panels):
            ax = page.panel(left + place * (width + _APART), top, width, _STEP * len(topics), **shared)
            shared = shared or {"sharex": ax, "sharey": ax}
            _goals_panel(ax, content, measure, way, topics)
            last = place == len(panels) - 1  # of which a long word may begin left of the panel, and not end right of the sheet
            ax.set_title("\n".join(titles[place]), pad=below * 72 * MM + 1, size=size,
                         loc="right" if last and is_narrow() else "left")
            ax.text(0, 1 + 0.8 / (_STEP * len(topics)), "\n".join(counts[place]), transform=ax.transAxes, size=SMALLEST,
                    color=GREY, va="bottom", linespacing=1.2)
            ax.tick_params(labelleft=place == 0)
        name_rows(shared["sharey"], content, topics)
        shared["sharex"].set_xlim(0, None)
        return page.figure


def _counts(content: ReportContent, measure: str, way: str) -> list[str]:
    """Contacts, and visits in brackets, that stand behind a panel, type by type."""
    found = []
    for kind in types(content) if measure == "attention" else recorded_types(content):
        first = levels(content, measure, way, kind).iloc[0]
        visits = "" if way == ALL else f" ({int(first['visits'])})"
        name = "" if is_narrow() else f"{words.SHORT_TYPE[kind]} "
        found.append(f"{name}{int(first['contacts'])}{visits}")
    return [tr("n by type:"), *found]


def _goals_note(content: ReportContent) -> str:
    draws = content.agenda.sizes["draw"]
    return (
        tr("Median with 50 % (thick) and 90 % (thin) interval. Left: {draws} posterior draws, thinned where they are many; n = "
           "recorded contacts with a known agenda of the type. Other panels: Dirichlet process posterior over visits, with a "
           "prior worth one visit; n = recorded contacts with a known agenda (visits in brackets). Contacts in third countries "
           "or by wire are in the left panel only.", draws=words.number(draws)))


def _goals_panel(ax: Axes, content: ReportContent, measure: str, way: str, topics: list[str]) -> None:
    kinds = types(content) if measure == "attention" else recorded_types(content)
    for offset, kind in zip(np.linspace(-0.27, 0.27, len(kinds)) if len(kinds) > 1 else [0.0], kinds, strict=True):
        quantile = quantile_array(levels(content, measure, way, kind, topics))
        bars(ax, np.arange(len(topics)) + offset, 100 * quantile, TYPE_MARK[kind], size=3.4)
    if measure != "attention":
        name_rows(ax, content, topics)
        ax.set_ylabel("")
    ax.set_xlabel(tr("share (%)") if is_narrow() else tr("share of attention (%)"))


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
        yield Markup(tr("Expected under {} administrations (n = {} known agendas): {}.")).format(
            words.SHORT_TYPE[kind], int(rows["contacts"].iloc[0]), _top(content, rows))
    for pair in type_pairs(content):
        yield _clear(content, topic_differences(content, "attention", pair), _over(*(words.SHORT_TYPE[kind] for kind in pair)))
    for way in travelling_sides(content):
        side = words.side_comes(way, content.partner, content.panel.home[0])
        parts = [_cell(content, way, kind) for kind in recorded_types(content)]
        yield Markup(tr("In the record, when {}: {}.")).format(side, Markup("; ").join(parts))
    if len(travelling_sides(content)) == 2:
        yield from (_sides(content, kind) for kind in recorded_types(content))


def _cell(content: ReportContent, way: str, kind: str) -> Markup:
    rows = levels(content, "attention_record", way, kind)
    head = Markup(tr("{} years (n = {} contacts on {} visits) ")).format(
        words.SHORT_TYPE[kind], int(rows["contacts"].iloc[0]), int(rows["visits"].iloc[0]))
    return head + (_top(content, rows) if rows["contacts"].iloc[0] else Markup(tr("nothing to go by")))


def _top(content: ReportContent, rows: pd.DataFrame) -> Markup:
    """Three largest shares with their intervals."""
    top = rows.sort_values("q50", ascending=False, kind="stable").head(3)
    return Markup(", ").join(
        Markup(tr("{} {} ({} to {})")).format(content.named("mention_share", topic), percent(row["q50"]), percent(row["q05"]),
                                          percent(row["q95"])) for topic, row in top.iterrows())


def _over(first: str, second: str) -> Markup:
    return Markup(tr("{} minus {} administrations (model)")).format(first, second)


def _sides(content: ReportContent, kind: str) -> Markup:
    rows = topic_differences(content, "attention_record", tuple(travelling_sides(content)), kind=kind)
    where = Markup(tr("{} side comes minus {}'s side comes, {} years (record)"))
    return _clear(content, rows, where.format(content.panel.home[0], content.partner, words.SHORT_TYPE[kind]))


def _clear(content: ReportContent, rows: pd.DataFrame, where: Markup) -> Markup:
    """Which topics differ with a probability beyond 0.95, and how many would by chance."""
    found = rows[(rows["p_greater"] >= CLEAR) | (rows["p_greater"] <= 1 - CLEAR)]
    chance = words.number(2 * (1 - CLEAR) * len(rows), 1)
    if found.empty:
        nearest = (rows["p_greater"] - 0.5).abs().idxmax()
        row = rows.loc[nearest]
        return Markup(tr("{}: no topic differs with a probability beyond 0.95; nearest to it is {}, {} points (P = {}).")).format(
            where, content.named("mention_share", nearest), datum(row["q50"], 1),
            with_error(row["p_greater"], row["p_greater_mcse"]))
    listed = [Markup(tr("{} {} points (P = {})")).format(content.named("mention_share", topic), datum(row["q50"], 1),
                                                     with_error(row["p_greater"], row["p_greater_mcse"]))
              for topic, row in found.iterrows()]
    return Markup(tr("{}: {} of {} topics with a probability beyond 0.95, where {} would be if nothing differed: {}.")).format(
        where, len(found), len(rows), chance, Markup("; ").join(listed))


def _goals_rows(content: ReportContent) -> Iterator[dict[str, Any]]:
    share = {kind: levels(content, "attention", ALL, kind) for kind in types(content)}
    apart = [topic_differences(content, "attention", pair) for pair in type_pairs(content)]
    for topic in by_attention(content):
        cells = [Markup(tr("{} ({} to {})")).format(*(percent(rows.loc[topic, name]) for name in ("q50", "q05", "q95")))
                 for rows in share.values()]
        chances = [with_error(rows.loc[topic, "p_greater"], rows.loc[topic, "p_greater_mcse"]) for rows in apart]
        yield {"name": content.named("mention_share", topic), "cells": [*cells, *chances]}


# Rows and columns of numbers.

def name_rows(ax: Axes, content: ReportContent, topics: list[str]) -> None:
    """Topics on the vertical axis, the first at the top."""
    stripes(ax, len(topics))
    ax.set_yticks(range(len(topics)), [content.named("mention_share", topic) for topic in topics])
    ax.set_ylim(len(topics) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)
    ax.set_ylabel(tr("topic"))


def print_chances(ax: Axes, height: np.ndarray, chance: pd.Series) -> None:
    """Probabilities in a column on the right of a panel."""
    look: dict[str, Any] = {"size": SMALLEST, "color": GREY, "va": "center", "transform": ax.get_yaxis_transform()}
    for y, value in zip(height, chance, strict=True):
        ax.text(1.03, y, words.number(value, 2), **look)
