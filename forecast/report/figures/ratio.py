"""Figure: what was believed of the ratio of two rates before the data, and what the record makes of it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from forecast.contacts import codes
from forecast.evaluation.contrast import PARTS, load_equivalence
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import later, local, tr
from forecast.report.layout import bars, broken_lines, is_narrow, key, key_height, region, room, sheet, sheet_width, size_of
from forecast.report.lookup import (
    compared_pair,
    density_rows,
    factor_of_region,
    line_name,
    lines_of,
    one_winner,
    pool_of,
    quantile_array,
    ratio_rows,
)
from forecast.report.style import BLACK, BLUE, GREY, PALE, SMALLEST, Mark, figure_style
from forecast.report.words import datum, with_error

_STEP = {True: 20.0, False: 15.0}  # millimetres per line, on a narrow sheet (names above curves) and on a wide one
_COLUMN = 8.2  # millimetres of a column of probabilities, where its head needs no more
_CURVE = {True: 0.42, False: 0.60}  # height of the highest curve, in lines
_TINT = "#BFDBEB"  # blue, opaque
MARK = {"prior": Mark(colour=GREY, linestyle="--", marker="s", hatch=""),
        "posterior": Mark(colour=BLUE, linestyle="-", marker="o", hatch="")}
_BELOW = {"prior": 0.10, "posterior": 0.24}  # of the base line, in lines
RATIO = (0.1, 0.2, 0.33, 0.5, 0.75, 1, 1.33, 2, 3, 5, 10)
READING = (
    later("One line per formulation of the model, then all of them together. Dashed grey: what the prior set says of the ratio "
          "of expected contacts before any contact is seen; filled blue: what is left after the record. Where both have the "
          "same width the record has told nothing. Below the curves the medians with 50 % and 90 % intervals. The grey band "
          "holds rates so near each other that they count as equal; it was fixed beforehand. Numbers on the right: probability "
          "of more, of practically equal, and of fewer contacts under the first, after the data and, in grey, before.")
)
_READING_LEVELS = later(" In the last line each outcome draws its own level of the coming term, where the lines above let both "
                        "share it.")
_READING_ONE = later(" Both scenarios have the same winner: the ratio is what the assumptions of one add to the other.")


def reading(content: ReportContent) -> str:
    """How to read the figure: with one winner there is one level of the coming term."""
    return tr(READING) + tr(_READING_ONE if one_winner(content) else _READING_LEVELS)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    rows = ratio_rows(content)
    of = {where: rows.loc[(pool_of(content), "shared", where)] for where in MARK}
    told = [f"{tr(where)} {_interval(row)}, {_chances(row)}" for where, row in of.items()]
    return (tr("Log ratio of expected contacts, {over}, before and after the data, by formulation and for all together. All "
               "together: {listed}.", over=_over(content), listed="; ".join(told)))


def _interval(row: pd.Series) -> str:
    return tr("{median} (90 % {low} to {high})", median=words.number(row["q50"], 2), low=words.number(row["q05"], 2),
              high=words.number(row['q95'], 2))


def _chances(row: pd.Series) -> str:
    more, equal, fewer = (words.number(row[part], 2) for part in PARTS)
    return tr("probability of more {more}, of practically equal {equal}, of fewer {fewer}", more=more, equal=equal, fewer=fewer)


def _over(content: ReportContent) -> str:
    return " / ".join(map(words.plain, compared_pair(content)))


def draw(content: ReportContent) -> Figure:
    """Densities and intervals of prior and posterior, one line per formulation, with the region of practical equivalence."""
    rows, curves = ratio_rows(content), density_rows(content)
    told = lines_of(content)
    labels = [line_name(name, levels, rows.loc[(name, levels, "posterior"), "weight"]) for name, levels in told]
    with figure_style():
        height, handles = _STEP[is_narrow()] * len(told), _handles()
        top = key_height(handles) + 7
        left = 6.0 if is_narrow() else _widest(labels) + 9
        width = sheet_width() - left - 3 * _column() - 3
        below = _below(content, width + (8 if is_narrow() else 20))
        page = sheet(content, title=tr("What the record adds: rate of contacts, {over}", over=_over(content)),
                     note=_note(content, rows),
                     body=top + height + 6 + 3.2 * len(below))
        key(page, handles)
        ax = page.panel(left, top, width, height)
        region(ax, load_equivalence().rate.bound)
        ax.axvline(0, color=BLACK, linewidth=0.7, zorder=1)
        _lines(ax, told, rows, curves)
        _names(ax, labels)
        _scale(ax, rows)
        ax.set_xlabel("\n".join(below))
        return page.figure


def _heads() -> tuple[str, ...]:
    """Heads of the columns of probabilities."""
    return tr("more"), tr("equal"), tr("fewer")


def _column() -> float:
    return max(_COLUMN, room(_heads(), weight="bold") + 0.8)


def _widest(labels: list[tuple[str, str]]) -> float:
    return max(room((name for name, _ in labels), weight="bold"), room(small for _, small in labels))


def _millimetre(ax: Axes) -> float:
    """A millimetre as a share of the width of a panel."""
    return float(1 / (size_of(ax)[0]))


def _note(content: ReportContent, rows: pd.DataFrame) -> str:
    pairs = dict.fromkeys(of.rpartition(", ")[2] for of in rows["of"])
    errors = rows[[f"{part}_mcse" for part in PARTS]].max().max()
    return (tr("Log ratio of expected recorded contacts, {span}, given the parameters and the shocks of the term; median with "
               "50 % (thick) and 90 % (thin) interval over {pairs} of paths; Monte Carlo error of a probability at most "
               "{errors}. Grey band: rates within a factor of {region} of one another. Rests on n = {contacts} recorded "
               "contacts.", span=content.span, pairs=tr(" and ").join(map(words.counted_text, pairs)),
               errors=words.number(errors, 3),
               region=factor_of_region(), contacts=len(content.panel.contact)))


def _lines(ax: Axes, told: list[tuple[str, str]], rows: pd.DataFrame, curves: pd.DataFrame) -> None:
    highest = np.nanmax(curves["density"].to_numpy(float), initial=1e-9, where=np.isfinite(curves["density"].to_numpy(float)))
    for place, (name, levels) in enumerate(told):
        for where, mark in MARK.items():
            curve, row = curves.loc[[(name, levels, where)]], rows.loc[[(name, levels, where)]]
            top = place - _CURVE[is_narrow()] * curve["density"].to_numpy(float) / highest
            if where == "posterior":
                ax.fill_between(curve["log_ratio"], place, top, color=_TINT, linewidth=0, zorder=1.5)
            ax.plot(curve["log_ratio"], top, color=mark.colour, linestyle=mark.linestyle, linewidth=1.0, zorder=2)
            bars(ax, np.array([place + _BELOW[where]]), quantile_array(row), mark, size=3.2)
            _probabilities(ax, place, where, row.iloc[0])
        ax.axhline(place, color=GREY, linewidth=0.4, zorder=1)


def _probabilities(ax: Axes, place: int, where: str, row: pd.Series) -> None:
    after = where == "posterior"
    for at, part in enumerate(PARTS):
        ax.text(1 + (2 + _column() * at) * _millimetre(ax), place + (-0.2 if after else 0.06), words.number(row[part], 2),
                size=SMALLEST, color=BLACK if after else GREY, va="center", transform=ax.get_yaxis_transform())


def _names(ax: Axes, labels: list[tuple[str, str]]) -> None:
    """Names of the lines to their left, on a narrow sheet above the curves; headings of the columns of probabilities."""
    beside: dict[str, Any] = {"va": "center", "transform": ax.get_yaxis_transform()}
    for place, (name, small) in enumerate(labels):
        if is_narrow():
            above = beside | {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.4}, "ha": "left"}
            ax.text(0.01, place - 0.56, name, size=SMALLEST, weight="bold", color=BLACK, **above)
            ax.text(0.01 + (room([name], weight="bold") + 1.5) * _millimetre(ax), place - 0.56, small, size=SMALLEST, color=GREY,
                    **above)
        else:
            ax.text(-0.015, place - 0.22, name, size=SMALLEST, weight="bold", color=BLACK, ha="right", **beside)
            ax.text(-0.015, place + 0.06, small, size=SMALLEST, color=GREY, ha="right", **beside)
    for at, part in enumerate(_heads()):
        ax.text(1 + (2 + _column() * at) * _millimetre(ax), 1.0, part, size=SMALLEST, color=GREY, weight="bold", va="bottom",
                transform=ax.transAxes)
    ax.set_yticks([])
    ax.set_ylim(len(labels) - 0.55, -0.75)
    ax.set_ylabel(tr("formulation, with its share"), labelpad=2 if is_narrow() else 2.83 * (_widest(labels) + 3.0))


def _scale(ax: Axes, rows: pd.DataFrame) -> None:
    """Logs below, the ratios themselves above."""
    reach = 1.25 * max(rows["q95"].max(), -rows["q05"].min(), 2 * load_equivalence().rate.bound)
    ax.set_xlim(-reach, reach)
    above = ax.secondary_xaxis("top")
    inside = [ratio for ratio in (RATIO[1::2] if is_narrow() else RATIO) if abs(np.log(ratio)) < 0.97 * reach]
    above.set_xticks(np.log(inside), [local(f"\N{MULTIPLICATION SIGN}{ratio:g}") for ratio in inside])
    above.tick_params(labelsize=SMALLEST, colors=GREY, length=2)
    above.spines["top"].set_visible(False)


def _below(content: ReportContent, width: float) -> list[str]:
    """Words of the horizontal axis in lines."""
    return broken_lines(tr("log ratio of expected contacts, {over} (total of {span}; right of zero: more under {first})",
                           span=content.span, over=_over(content), first=words.plain(compared_pair(content)[0])), width, 6.8)


def _handles() -> list[Line2D | Patch]:
    curves: list[Line2D | Patch] = [
        Line2D([], [], color=mark.colour, linestyle=mark.linestyle, linewidth=1.2, marker=mark.marker, markersize=4,
               markerfacecolor="white", markeredgewidth=0.8, label=f"{tr(name)} ({when})")
        for (name, mark), when in zip(MARK.items(), (tr("before the data"), tr("after the data")), strict=True)]
    return [*curves, Patch(facecolor=PALE, edgecolor="none", label=tr("practically equal (within a factor of {region})",
                                                                      region=factor_of_region()))]


# Sentences and a table for the page on the ratio of two rates, before and after the data.

CLEAR = 0.95  # probability from which a verdict is given


def ratio_text(content: ReportContent) -> dict[str, Any]:
    """What the template of this section needs; no rows for a single scenario."""
    rows = ratio_rows(content)
    if rows.empty:
        return {"sentences": [], "rows": [], "levels": False}
    return {"sentences": [*_sentences(content, rows), _ranks(content)], "levels": not one_winner(content),
            "rows": [*_cells(content, rows), *_cells_by_rank(content)]}


def _sentences(content: ReportContent, rows: pd.DataFrame) -> Iterator[Markup]:
    first, second = map(words.plain, compared_pair(content))
    before, after = (rows.loc[(pool_of(content), "shared", where)] for where in ("prior", "posterior"))
    wide, narrow = (row["q95"] - row["q05"] for row in (before, after))
    yield Markup(tr("Before the data the log ratio of the rates, {} over {}, is {}; after them {}. {}")).format(
        first, second, ratio_interval(before), ratio_interval(after),
        tr("It is how large the assumptions are, on which the record is silent.") if one_winner(content) else
        tr("The record leaves the interval as wide as it was.") if narrow >= 0.9 * wide else
        Markup(tr("The record leaves {} of the width of the interval.")).format(
            datum(narrow / wide, 0, 100, "\N{NO-BREAK SPACE}%")))
    yield Markup(tr("Rates within a factor of {} of one another count as equal: {}")).format(
        factor_of_region(), tr(load_equivalence().rate.reason))
    yield from both_levels(content)


def both_levels(content: ReportContent) -> Iterator[Markup]:
    """Whether the two outcomes share the level of the coming term, and what follows from either; nothing where there is one."""
    rows = ratio_rows(content)
    if rows.empty or one_winner(content):
        return
    shared, apart = (rows.loc[(pool_of(content), levels, "posterior")] for levels in ("shared", "separate"))
    yield Markup(tr("P({} more) is {} where both outcomes share the level of the coming term, and {} where each draws its own. "
                    "Which is right no record can say: one outcome came about each time.")).format(
        words.plain(compared_pair(content)[0]), *(with_error(row["p_greater"], row["p_greater_mcse"]) for row in (shared, apart)))


def _by_rank(content: ReportContent) -> pd.DataFrame:
    """Rows of single ranks with all formulations together and shared levels, indexed by rank and distribution."""
    found: dict[tuple[str, str], pd.Series] = {}
    for rank in codes.RANK.labels:
        rows = ratio_rows(content, rank)
        found |= {(rank, where): rows.loc[(pool_of(content), "shared", where)] for where in ("prior", "posterior")}
    return pd.DataFrame(found.values(), index=pd.MultiIndex.from_tuples(found))


def _ranks(content: ReportContent) -> Markup:
    """How far ranks differ in their answers; each has effects of its own besides those of all."""
    after = _by_rank(content).xs("posterior", level=1)["p_greater"]
    low, high = after.idxmin(), after.idxmax()
    if words.number(after[low], 2) == words.number(after[high], 2):
        return Markup(tr("P({} more) is {} at every rank.")).format(words.plain(compared_pair(content)[0]), datum(after[low], 2))
    return Markup(tr("By rank, P({} more) goes from {} ({}) to {} ({}): effects may differ by rank, on a tight scale.")).format(
        words.plain(compared_pair(content)[0]), datum(after[low], 2), content.named("contact", low), datum(after[high], 2),
        content.named("contact", high))


def _cells_by_rank(content: ReportContent) -> Iterator[dict[str, Any]]:
    for (rank, where), row in _by_rank(content).iterrows():
        yield _row(tr("{named}, all formulations together", named=content.named('contact', rank)), where, row)


def ratio_interval(row: pd.Series) -> Markup:
    """Median and 90 % interval of a log ratio."""
    return Markup(tr("{} (median; 90 % {} to {})")).format(*(datum(row[level], 2) for level in ("q50", "q05", "q95")))


def three(row: pd.Series, first: str, second: str) -> Markup:
    """The three probabilities in words; `first` and `second` are the scenarios."""
    more, equal, fewer = (with_error(row[part], row[f"{part}_mcse"]) for part in PARTS)
    return Markup(tr("P({} more) = {}, P(practically equal, within a factor of {}) = {}, P({} more) = {}")).format(
        first, more, factor_of_region(), equal, second, fewer)


def ratio_verdict(row: pd.Series, first: str, second: str, told_by: str = later("the record does")) -> str:
    """What the three probabilities allow to say; `told_by` is what tells, or does not, which is larger."""
    if row["p_equal"] >= CLEAR:
        return tr("The rates are practically equal")
    for part, name in (("p_more", first), ("p_fewer", second)):
        if row[part] >= CLEAR:
            return tr("There are more contacts under {name}, and the difference matters", name=name)
    within = row["q05"] <= 0 <= row["q95"]
    return tr("The difference is within its noise: {told_by} not tell which is larger", told_by=tr(told_by)) if within else (
        tr("The difference is outside its noise, but may be too small to matter"))


def _cells(content: ReportContent, rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """All formulations together; each alone is in the figure and in the file of the run."""
    name = pool_of(content)
    for levels in ("shared",) if one_winner(content) else ("shared", "separate"):
        if (name, levels, "prior") not in rows.index:
            continue
        for where in ("prior", "posterior"):
            row = rows.loc[(name, levels, where)]
            title, small = line_name(name, levels, row["weight"])
            yield _row(f"{title}, {small}", where, row)


def _row(name: str, where: str, row: pd.Series) -> dict[str, Any]:
    cells = [datum(row["q50"], 2), Markup(tr("{} to {}")).format(datum(row["q05"], 2), datum(row["q95"], 2)),
             *(with_error(row[part], row[f"{part}_mcse"]) for part in ("p_greater", *PARTS))]
    return {"name": name, "when": {"prior": tr("before"), "posterior": tr("after")}[where], "cells": cells}
