"""Figure: the balance between poles over time, recorded and to come; and what the page says of it."""

from collections.abc import Iterator
from datetime import date
from typing import cast

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from forecast.evaluation.poles import ALL, FACTOR, MEETINGS
from forecast.panel.calendar import decimal_year
from forecast.report import words
from forecast.report.content import Balance, ReportContent
from forecast.report.language import later, tr, trn
from forecast.report.layout import (
    boxes,
    columns,
    head_of_pair,
    is_narrow,
    key,
    key_height,
    pair_of_panels,
    print_totals,
    room,
    sheet,
    years_ahead,
)
from forecast.report.style import BLACK, GREY, PALE, VERMILION, Mark, figure_style, patches
from forecast.report.words import datum, with_error

_ROW, _GAP, _FOOT = {True: 14.0, False: 17.0}, 3.0, 9.0  # millimetres: a panel, below it, below all
READING = (
    later("One panel per pole, all on one scale. A filled bar is the number of meetings in a calendar year that are on a "
          "complete list; a hollow bar on top of it, other meetings that were found. Where the ground is hatched no list is "
          "complete, and a year without a bar says nothing; elsewhere it had no such meeting. At a broken red line another list "
          "begins or ends: years before and after it count different things. The right panels, on a wider "
          "scale of time, are simulated years of the complete lists, one box per scenario: half of the futures fall into the "
          "dark part, nine in ten into the whole box, and the marker is the mean. A pole without any complete list has no "
          "forecast.")
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    balance = _balance(content)
    told = [f"{tr(pole.name)} {int((balance.record.meeting['pole'] == name).sum())}"
            for name, pole in balance.record.pole.items()]
    return (tr("Bars of meetings of {partner}'s leader with leaders of its poles by calendar year, one panel per pole "
               "({listed} meetings found), and boxes of simulated years {span} for poles with a complete list.",
               partner=content.partner, listed=", ".join(told), span=content.span))


def draw(content: ReportContent) -> Figure:
    """Small multiples by pole on one scale."""
    balance = _balance(content)
    poles, rows = list(balance.record.pole), len(balance.record.pole)
    note = (tr("Meetings of leaders per calendar year, by pole; filled: on a complete list, hollow: others found, n = {count} "
               "in all. {span}: meetings on the complete lists, mean with 50 % (dark) and 90 % (light) of {futures} simulated "
               "futures per scenario. Hatched: no complete list. Broken line: a list begins or ends beside another, so that "
               "a jump there is one of what is counted.", count=len(balance.record.meeting), span=content.span,
               futures=words.number(content.n_held)))
    with figure_style():
        handles = _handles(content)
        told, tall = [_beside(content, name)[1] for name in poles], _ROW[is_narrow()]
        head, pad = head_of_pair([tr(pole.name) for pole in balance.record.pole.values()],
                                 [text for one in told for text, _ in one], max(map(len, told)))
        top, step = key_height(handles), head + tall + _GAP
        page = sheet(content, title=tr("Leaders' meetings of {partner} with its poles: the record, and what may follow",
                                       partner=content.partner),
                     note=note, body=top + step * rows + _FOOT)
        key(page, handles)
        beside = max(room([_beside(content, name)[0], *(text for text, _ in _beside(content, name)[1])], weight="bold")
                     for name in poles) + 3
        pairs: list[tuple[Axes, Axes]] = []
        for place, name in enumerate(poles):
            pair = pair_of_panels(page, top + step * place + head, tall, beside, pairs[0] if pairs else None)
            _panel(*pair, content, name)
            pair[0].set_title(tr(balance.record.pole[name].name), pad=pad)
            for ax in pair:
                ax.tick_params(labelbottom=place == rows - 1)
            pairs.append(pair)
        _scales(pairs, content)
        return page.figure


def _scales(pairs: list[tuple[Axes, Axes]], content: ReportContent) -> None:
    """One vertical scale for all poles; years of the record on the left, of the futures on the right."""
    highest = max(past.get_ylim()[1] for past, _ in pairs)
    for past, _ in pairs:
        past.set_ylim(0, highest)
        cast(MaxNLocator, past.yaxis.get_major_locator()).set_params(integer=True, nbins=4)
    past, ahead = pairs[-1]
    past.set_xlim(_years(_balance(content), content)[0] - 0.3, content.panel.as_of.year + 1)
    cast(MaxNLocator, past.xaxis.get_major_locator()).set_params(integer=True, nbins=4 if is_narrow() else 8)
    past.set_xlabel(tr("year"))
    years_ahead(ahead, sorted(set(content.months.year)))
    ahead.set_xlabel(tr("calendar year"))


def _balance(content: ReportContent) -> Balance:
    if content.poles is None:
        raise ValueError("the dyad names no poles")
    return content.poles


def _years(balance: Balance, content: ReportContent) -> np.ndarray:
    """Calendar years of the record, from the first complete list or meeting to the as-of date, (year,)."""
    starts = [*balance.record.list["start"], *balance.record.meeting["date"].dt.date]
    return np.arange(min(starts, default=content.panel.as_of).year, content.panel.as_of.year + 1)


def _panel(ax: Axes, ahead: Axes, content: ReportContent, name: str) -> None:
    balance = _balance(content)
    record, years = balance.record, _years(balance, content)
    own = record.meeting[record.meeting["pole"] == name]
    listed, every = (np.array([(rows["date"].dt.year == year).sum() for year in years])
                     for rows in (own[own["list"] != ""], own))
    for left, right in _gaps(balance, name, content.panel.as_of, int(years[0])):
        ax.axvspan(left, right, facecolor="none", edgecolor=PALE, hatch="/////", linewidth=0, zorder=0)
    for day in changes(balance, name, content.panel.as_of):
        ax.axvline(day, color=VERMILION, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
    columns(ax, years + 0.1, years + 0.9, 0, listed, facecolor=GREY, linewidth=0)
    more = every > listed
    columns(ax, years[more] + 0.1, years[more] + 0.9, listed[more], every[more], facecolor="white", edgecolor=GREY, linewidth=0.7)
    for place, scenario in enumerate(content.scenarios):
        _futures(ahead, _rows(content, scenario, name), content.marks[scenario], place, len(content.scenarios))
    ax.axvline(decimal_year(content.panel.as_of), color=BLACK, linewidth=0.6, linestyle=(0, (2, 2)))
    ax.set_ylabel(tr("meetings\nper year"))
    print_totals(ahead, *_beside(content, name))


def _gaps(balance: Balance, name: str, as_of: date, first: int) -> Iterator[tuple[float, float]]:
    """Spans of decimal years without a complete list of a pole, from the first year of the figure to the as-of date."""
    at, own = float(first), balance.record.list[balance.record.list["pole"] == name].sort_values("start")
    for start, end in zip(own["start"], own["end"], strict=True):
        if decimal_year(start) > at:
            yield at, decimal_year(start)
        at = max(at, decimal_year(end))
    if decimal_year(as_of) > at + 1 / 12:
        yield at, decimal_year(as_of)


def changes(balance: Balance, name: str, as_of: date) -> list[float]:
    """Decimal years in which a list of a pole begins or ends beside another: what is counted changes there."""
    own = balance.record.list[balance.record.list["pole"] == name]
    found = [day for day in {*own["start"], *own["end"]} if day <= as_of
             and ((own["start"] < day) & (own["end"] >= day)).any() and ((own["start"] <= day) & (own["end"] > day)).any()]
    return sorted(map(decimal_year, found))


def _rows(content: ReportContent, scenario: str, name: str) -> pd.DataFrame:
    """Forecasts of a pole by calendar year."""
    table = _balance(content).poles
    found = table[(table["scenario"] == scenario) & (table["pole"] == name) & (table["quantity"] == MEETINGS)
                  & (table["list"] == ALL)]
    return found[found["window"].astype(str) != content.window]


def _futures(ax: Axes, rows: pd.DataFrame, mark: Mark, place: int, count: int) -> None:
    """One box per calendar year, with the mean in place of the median, which is zero for a rare meeting."""
    slot = 0.92 / count
    left = rows["window"].astype(int).to_numpy() + 0.06 + place * slot
    if len(left):
        boxes(ax, left, left + 0.92 * slot, rows[["q05", "q25", "mean", "q75", "q95"]].to_numpy(float), mark, 12)


def _beside(content: ReportContent, name: str) -> tuple[str, list[tuple[str, str]]]:
    """Words beside a panel: their heading, and each with its colour."""
    if name not in _balance(content).record.modelled:
        return "", [(tr("no complete list:"), GREY), (tr("shown, not forecast"), GREY)]
    found = []
    for scenario, mark in content.marks.items():
        row = _total(content, scenario, name)
        text = f"{words.plain(scenario)}: {words.number(row['mean'], 1)} ({words.number(row['q05'])}\N{EN DASH}"
        found.append((f"{text}{words.number(row['q95'])})", mark.colour))
    return tr("in {span}, mean (90 %)", span=content.span), found


def _total(content: ReportContent, scenario: str, name: str, quantity: str = MEETINGS) -> pd.Series:
    table = _balance(content).poles
    return table[(table["scenario"] == scenario) & (table["pole"] == name) & (table["list"] == ALL)
                 & (table["quantity"] == quantity) & (table["window"].astype(str) == content.window)].iloc[0]


def _handles(content: ReportContent) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = [
        Patch(facecolor=GREY, label=tr("on a complete list")), Patch(facecolor="white", edgecolor=GREY, label=tr("others found")),
        Patch(facecolor="white", edgecolor=PALE, hatch="/////", linewidth=0, label=tr("no complete list"))]
    return handles + list(patches({f"{words.plain(name)} {content.span}": mark for name, mark in content.marks.items()}))


# What the page says.

def poles_text(content: ReportContent) -> list[Markup]:
    """Sentences of the section; none where the dyad has no poles with a complete list."""
    if content.poles is None or content.poles.poles.empty:
        return []
    return [_expected(content), _assumed(content), *_together(content)]


def _expected(content: ReportContent) -> Markup:
    balance = _balance(content)
    parts = []
    for name in balance.record.modelled:
        each = [Markup(tr("{} under {}")).format(with_error(row["mean"], row["mcse"]), words.plain(scenario))
                for scenario in content.scenarios for row in [_total(content, scenario, name)]]
        parts.append(Markup("{} {}").format(tr(balance.record.pole[name].name), Markup(", ").join(each)))
    titles = "; ".join(map(tr, dict.fromkeys(balance.record.list["title"])))
    return Markup(tr("Meetings of leaders expected in {} on complete lists ({}): {}.")).format(content.span, titles,
                                                                                         Markup("; ").join(parts))


def _assumed(content: ReportContent) -> Markup:
    balance = _balance(content)
    table = balance.poles[(balance.poles["quantity"] == FACTOR) & (balance.poles["window"].astype(str) == content.window)]
    moved = [Markup(tr("{}: {} times {}{}")).format(
                 words.plain(row.scenario), tr(balance.record.pole[row.pole].name), datum(row.q50, 2),
                 "" if row.forecast == "yes" else tr(" (no complete list, so no forecast)"))
             for row in table.itertuples()]
    home = next((pole.name for pole in balance.record.pole.values() if pole.home), None)
    by_type = tr(" The type of administration may move meetings with {home}, weakly.", home=tr(home)) if home else ""
    return Markup(
        tr("Who wins does not act on meetings with other poles unless a scenario says so: an assumption, and no finding.{}{}")
    ).format(by_type, Markup(tr(" Assumed factors on the rate, median: {}.")).format(Markup("; ").join(moved)) if moved else "")


def _together(content: ReportContent) -> Iterator[Markup]:
    """Whether years of many meetings are years of many contacts."""
    balance = _balance(content)
    table = balance.poles_together
    rows = table[(table["contacts"] == ALL) & ~table["pole"].map(lambda name: balance.record.pole[name].home).astype(bool)]
    if rows.empty:
        return
    parts = [Markup(trn("{} {} ({} to {}; {} year, which shows a correlation from {} on)",
                        "{} {} ({} to {}; {} years, which show a correlation from {} on)", int(row.years))).format(
                 tr(balance.record.list.loc[row.list, "title"]), datum(row.correlation, 2), datum(row.low, 2), datum(row.high, 2),
                 datum(row.years), datum(row.detectable, 2))
             for row in rows.itertuples()]
    yield Markup(
        tr("Do contacts and meetings with other poles move together? Correlations of yearly deviations from a line, with 90 % "
           "intervals: {}. Of these {}, {} lie outside what the same series give when one is shifted against the other (placebo "
           "p below 0.05). So few years cannot tell more: a pandemic keeps all leaders at home alike, and nothing here says "
           "what caused what.")
    ).format(Markup("; ").join(parts), len(rows), int((rows["placebo_p"] < 0.05).sum()))
