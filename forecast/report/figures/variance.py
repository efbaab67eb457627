"""Figure: from which sources the uncertainty of the contrast comes.

Sentences and a table for the page on what the terms of a returning president can and cannot identify
-----------------------------------------------------------------------------------------------------
Every judgement hangs on a number: how much narrower the posterior is than the prior, how type and president trade off,
and whether the interval of their sum crosses zero.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import later, tr, trn
from forecast.report.layout import broken_lines, key, key_height, room, sheet, sheet_width, size_of
from forecast.report.lookup import HEADING, compared_pair, one_winner, still, variance_of_pair, variance_rows
from forecast.report.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    SMALLEST,
    VERMILION,
    Mark,
    figure_style,
)
from forecast.report.words import datum, percent, with_error

_STEP, _RIGHT = 7.0, 19.0  # millimetres: per row, and right of the bars for standard deviations
MARK = {
    "type": Mark(colour=VERMILION, linestyle="-", marker="o", hatch=""),
    "president": Mark(colour=ORANGE, linestyle="-", marker="o", hatch="////"),
    "term": Mark(colour=SKY, linestyle="-", marker="o", hatch="xxxx"),
    "formulation": Mark(colour=PURPLE, linestyle="-", marker="o", hatch="...."),
    "parameters": Mark(colour=BLUE, linestyle="-", marker="o", hatch="\\\\\\\\"),
    "state": Mark(colour=GREEN, linestyle="-", marker="o", hatch="-----"),
    "count": Mark(colour=PALE, linestyle="-", marker="o", hatch=""),
}
READING = (
    later("Each bar is the variance of the difference between the two scenarios in contacts over all months of the "
          "forecast, split by where it comes from; the parts add up to 100 %. {who} The level of the coming term, the "
          "relation state and chance in counts would blur the difference even for somebody who knew every parameter. Upper "
          "panel: what an observer would see; lower panel: expected values, in which chance has no part. The number on the "
          "right is the standard deviation of the difference, in contacts.")
)

_ONE_WINNER = later("Both scenarios have the same winner: type and president only set the rate that the assumptions multiply. "
                    "How large what is assumed is, and when events happen, counts among the other parameters.")
_WHO = {False: later("Type and president are what administrations bring."), True: _ONE_WINNER}


def reading(content: ReportContent) -> str:
    """How to read the figure: with one winner type and president are in both scenarios."""
    return tr(READING).replace("{who}", tr(_WHO[one_winner(content)]))


def differing(content: ReportContent) -> str:
    """What makes expected values differ."""
    return tr("the assumptions") if one_winner(content) else tr("administrations")


NO_VARIANCE = later("no variance: the difference is the same in all futures")


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for pairing in HEADING:
        rows = variance_rows(content, pairing, "all").sort_values("share", ascending=False)
        listed = tr(NO_VARIANCE) if still(rows) else ", ".join(
            f"{words.SOURCE[key].lower()} {words.share(row['share'])}" for key, row in rows.iterrows())
        parts.append(f"{words.PAIRING[pairing].lower()}: {listed}")
    return tr("Variance of the difference in all contacts by source. {listed}.", listed="; ".join(parts))


def draw(content: ReportContent) -> Figure:
    """Stacked bars, one per rank, for both pairings."""
    keys = list(dict.fromkeys(variance_of_pair(content)["key"]))
    with figure_style():
        handles = _handles(content)
        left = room(content.named("contact", key) for key in keys) + 8
        width = sheet_width() - left - _RIGHT
        titles = {pairing: broken_lines(tr(heading).format(differing(content)), width, 7.5, "bold")
                  for pairing, heading in HEADING.items()}
        top, head, tall = key_height(handles), 3.7 * max(map(len, titles.values())) + 1.5, _STEP * len(keys)
        page = sheet(content, title=tr("Where the uncertainty of {minus} comes from", minus=_minus(content)),
                     note=_note(content),
                     body=top + 2 * (head + tall) + 13)
        key(page, handles)
        axes: list[Axes] = []
        for place, pairing in enumerate(HEADING):
            shared = {"sharex": axes[0]} if axes else {}
            axes.append(page.panel(left, top + head + place * (head + tall + 3), width, tall, **shared))
            _panel(axes[-1], content, pairing, keys)
            axes[-1].set_title("\n".join(titles[pairing]), pad=3)
        axes[-1].set_xlabel(tr("share of variance (%)"))
        axes[0].tick_params(labelbottom=False)
        return page.figure


def _minus(content: ReportContent) -> str:
    return tr(" minus ").join(map(words.plain, compared_pair(content)))


def _note(content: ReportContent) -> str:
    rows = variance_of_pair(content)
    pairs = tr(" and ").join(words.counted_text(one) for one in dict.fromkeys(of.rpartition(", ")[2] for of in rows["of"]))
    error = "." if np.isnan(_error(rows)) else tr("; Monte Carlo error of a share of all contacts at most {value} points.",
                                                  value=words.number(100 * _error(rows), 1))
    lowest = words.number(100 * rows["share"].min())
    negative = tr(" Negative shares (down to {lowest} %) are not drawn; see the table.",
                  lowest=lowest) if rows["share"].min() < -0.005 else ""
    return (tr("Shapley shares of the variance of the difference in recorded contacts, {span}, over {pairs} of paths{error} "
               "Rests on n = {contacts} recorded contacts.{negative}", span=content.span, pairs=pairs, error=error,
               contacts=len(content.panel.contact), negative=negative))


def _error(rows: pd.DataFrame) -> float:
    return float(rows.loc[rows["key"] == "all", "share_mcse"].max())


def _panel(ax: Axes, content: ReportContent, pairing: str, keys: list[str]) -> None:
    start, wide = np.zeros(len(keys)), size_of(ax)[0]
    found = {key: variance_rows(content, pairing, key) for key in keys}
    for source in found[keys[0]].index:
        share = 100 * np.array([0.0 if still(rows) else max(rows.loc[source, "share"], 0.0) for rows in found.values()])
        mark = MARK[source]
        ax.barh(range(len(keys)), share, left=start, height=0.72, color=mark.colour, hatch=mark.hatch, edgecolor="white",
                linewidth=0.5)
        for y in np.flatnonzero(share >= 5).tolist():
            if room([words.number(share[y])]) + 1.5 > share[y] / 100 * wide:
                continue
            ax.text(start[y] + share[y] / 2, y, words.number(share[y]), ha="center", va="center", size=SMALLEST, color=BLACK,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})
        start = start + share
    for y, rows in enumerate(found.values()):
        if still(rows):
            ax.text(1, y, "\n".join(broken_lines(tr(NO_VARIANCE), wide - 2, SMALLEST)), size=SMALLEST, color=GREY, va="center")
        deviation = words.number_with_error(*rows[["sd", "sd_mcse"]].iloc[0])
        ax.text(1 + 2.5 / wide, y, deviation, transform=ax.get_yaxis_transform(), size=SMALLEST, color=GREY, va="center")
    ax.text(1 + 2.5 / wide, 1.0, tr("sd"), transform=ax.transAxes, size=SMALLEST, color=GREY, va="bottom", weight="bold")
    ax.set_yticks(range(len(keys)), [content.named("contact", key) for key in keys])
    ax.set_ylim(len(keys) - 0.5, -0.5)
    ax.set_xlim(0, max(100.0, float(start.max())))
    ax.set_ylabel(tr("rank of the {home} principal", home=tr(content.panel.home[0])))
    ax.tick_params(axis="y", left=False)


def _handles(content: ReportContent) -> list[Patch]:
    sources = variance_rows(content, "independent", "all").index
    return [Patch(facecolor=MARK[source].colour, hatch=MARK[source].hatch, edgecolor="white", linewidth=0,
                  label=words.SOURCE[source]) for source in sources]


# Sentences for the page on where the uncertainty of the difference comes from.

_WHAT = {"independent": later("two futures with separate shocks, what an observer would see"),
         "expected": later("expected values, what {} change")}


def variance_sentences(content: ReportContent) -> list[Markup]:
    """The shares of every source for all contacts; empty unless two scenarios say who wins."""
    if variance_of_pair(content).empty:
        return []
    return [_shares(content, pairing) for pairing in _WHAT] + list(_blur(content))


def _shares(content: ReportContent, pairing: str) -> Markup:
    what = tr(_WHAT[pairing]).format(tr("the assumptions") if one_winner(content) else tr("the administrations"))
    rows = variance_rows(content, pairing, "all").sort_values("share", ascending=False, kind="stable")
    if still(rows):
        return Markup(tr("<strong>{} minus {}</strong>, all contacts, {}: {}.")).format(
            *map(words.plain, compared_pair(content)), what, tr(NO_VARIANCE))
    listed = [Markup("{} {}").format(words.SOURCE[source].lower(),
                                     with_error(row["share"], row["share_mcse"], 100, "\N{NO-BREAK SPACE}%"))
              for source, row in rows.iterrows()]
    return Markup(tr("<strong>{} minus {}</strong>, all contacts, {} (standard deviation {}): {}.")).format(
        *map(words.plain, compared_pair(content)), what, with_error(*rows[["sd", "sd_mcse"]].iloc[0]), Markup(", ").join(listed))


def _blur(content: ReportContent) -> Iterator[Markup]:
    """How much of what would be seen is about administrations at all."""
    found = variance_rows(content, "independent", "all")
    if still(found):
        return
    if one_winner(content):
        yield Markup(tr(_ONE_WINNER))
        return
    brought, error = found.loc[["type", "president"], ["share", "share_mcse"]].sum()  # the errors may go together
    if brought - 2 * error >= 0.5:
        verdict = tr("More than half of it is about who governs.")
    elif brought + 2 * error <= 0.1:
        verdict = tr("Hardly any of it is about who governs: counts of one term could not tell.")
    elif brought + 2 * error < 0.5:
        verdict = tr("Most of it is not about who governs, and would remain if the effects of administrations were known "
                     "exactly.")
    else:
        verdict = tr("Whether that is more than half lies within the Monte Carlo error.")
    yield Markup(tr("Type and president together make {} of the variance that an observer would see. {}")).format(
        with_error(brought, error, 100, "\N{NO-BREAK SPACE}%"), verdict)


# Sentences and a table for the page on what the terms of a returning president can and cannot identify.

_PARAMETER = {"type_scale": later("scale of types"), "president_scale": later("scale of presidents"),
              "administration_rank_scale": later("scale of deviations by rank"), "type_effect": later("effect of the type"),
              "president_effect": later("effect of the president"), "sum": later("both effects together"),
              "type_effect_in_scales": later("effect of the type in units of its scale"),
              "president_effect_in_scales": later("effect of the president in units of its scale")}
_TOLD = ("sum", "type_effect", "type_effect_in_scales", "president_effect", "president_effect_in_scales")
_LITTLE, _MUCH, _TRADE = 0.85, 0.5, 0.2  # shares of the prior sd that remain; a correlation worth a word
_MOVED = 0.67  # how far means are apart, in standard deviations of the prior, where one as wide as it has moved


def identification_text(content: ReportContent) -> dict[str, Any]:
    """What the template of this section needs: sentences, and rows of a table of prior and posterior."""
    table = content.administration.identification
    groups = [part.set_index("parameter") for _, part in table.groupby(["formulation", "type", "president"], sort=False)]
    formulations = list(dict.fromkeys(table["formulation"]))
    many, first = len(formulations) > 1, _heaviest(content, formulations)
    return {"sentences": [sentence for part in groups if part["formulation"].iloc[0] == first
                          for sentence in _sentences(part, many)],
            "told": words.plain(first).lower(), "others": [words.plain(one).lower() for one in formulations if one != first],
            "rows": [row for part in groups if part["formulation"].iloc[0] == first for row in _rows(part, many)]}


def _heaviest(content: ReportContent, formulations: list[str]) -> str:
    """The formulation that the pool weighs most: sentences about one say what those about the others would say again."""
    weight = content.manifest.get("pool", {})
    return max(formulations, key=lambda one: weight.get(one, 0.0), default="")


def _sentences(part: pd.DataFrame, many: bool) -> Iterator[Markup]:
    first = part.iloc[0]
    kind, president = words.SHORT_TYPE[first["type"]], tr(first["president"])
    where = Markup(tr(" in the formulation {}")).format(words.plain(first["formulation"]).lower()) if many else Markup("")
    alone = first["terms"] == first["terms_of_type"]
    yield Markup(tr("<strong>{}, {} recorded {}, type {} with {} in all{}.</strong> {}")).format(
        president, first["terms"], trn("term", "terms", int(first["terms"])), kind, first["terms_of_type"], where,
        tr("All that is known of the type is this one president: the record knows only the sum of both effects.") if alone
        else tr("Other presidents of the type help to tell the man from the type."))
    yield from (_narrowed(part.loc[name], tr(_PARAMETER[name])) for name in _TOLD if name in part.index)
    yield _trade(part, president)
    yield _sign(part.loc["sum"], president)


def _narrowed(row: pd.Series, name: str) -> Markup:
    if np.isnan(row["prior_sd"]):
        return Markup(tr("{}: standard deviation {} after the data; the prior set gives it none of its own, so that nothing "
                         "tells what the record adds.")).format(words.plain(name), with_error(row["sd"], row["sd_mcse"]))
    left, moved = row["sd"] / row["prior_sd"], (row["mean"] - row["prior_mean"]) / row["prior_sd"]
    if left <= _LITTLE:
        verdict = Markup(tr("the record narrows it by more than half") if left < _MUCH else tr("the record narrows it somewhat"))
    elif abs(moved) > _MOVED:
        verdict = Markup(tr("the record does not narrow it, but moves it {}: mean {} before and {} after, P(above zero) = {} "
                            "after")).format(tr("up") if moved > 0 else tr("down"), datum(row["prior_mean"], 2),
                                             with_error(row["mean"], row["mcse"]),
                                             with_error(row["p_positive"], row["p_positive_mcse"]))
    else:
        verdict = Markup(tr("the record says almost nothing about it"))
    return Markup(tr("{}: standard deviation {} before the data and {} after; {} remains, {}.")).format(
        words.plain(name), datum(row["prior_sd"], 2), with_error(row["sd"], row["sd_mcse"]), percent(left), verdict)


def _trade(part: pd.DataFrame, president: str) -> Markup:
    row = part.loc["correlation"]
    found = row["mean"]
    if np.isnan(found):
        return Markup(tr("The effect of the type or that of {} is the same in all draws: they do not correlate.")).format(
            president)
    if found < -_TRADE:
        verdict = tr("what is given to the one is taken from the other, so that the sum is known better than its parts would "
                     "suggest")
    elif found > _TRADE:
        verdict = tr("both move together")
    else:
        verdict = tr("neither stands for the other: their priors, not the record, keep them apart")
    return Markup(tr("In the posterior the effect of the type and that of {} correlate with {}: {}.")).format(
        president, with_error(found, row["mcse"]), verdict)


def _sign(row: pd.Series, president: str) -> Markup:
    within = row["q05"] <= 0 <= row["q95"]
    verdict = tr("within its noise: the record does not tell whether contacts were more or fewer than of an average "
                 "administration") \
        if within else tr("outside its noise")
    return Markup(tr("Both together, under {}: {} (90 % {} to {}; P(more contacts) = {}), {}.")).format(
        president, datum(row["q50"], 2), datum(row["q05"], 2), datum(row["q95"], 2),
        with_error(row["p_positive"], row["p_positive_mcse"]), verdict)


def _rows(part: pd.DataFrame, many: bool) -> Iterator[dict[str, Any]]:
    for name, words_for in _PARAMETER.items():
        if name in part.index:
            row = part.loc[name]
            known = not np.isnan(row["prior_sd"])
            cells = [datum(row["prior_sd"], 2) if known else tr("none"), with_error(row["sd"], row["sd_mcse"]),
                     percent(row["sd"] / row["prior_sd"]) if known else tr("none"),
                     Markup(tr("{} ({} to {})")).format(*(datum(row[level], 2) for level in ("q50", "q05", "q95")))]
            label = f"{tr(row['president'])}, {tr(words_for)}" + (f" ({row['formulation']})" if many else "")
            yield {"name": label, "cells": cells}
