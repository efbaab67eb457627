"""Figure and tables of a term that runs: contacts so far, the fan of the eve and that of now."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from forecast.evaluation.update import ALL, FAN
from forecast.panel.calendar import decimal_year
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import later, local, tr
from forecast.report.layout import futures_note, is_narrow, key, key_height, ribbon, sheet, sheet_width
from forecast.report.style import BLACK, GREY, OPEN, SMALLEST, figure_style
from forecast.report.words import datum, percent, with_error

READING = (
    later("Contacts are added up from the first month of the term. The black steps are those on record. The fan that begins "
          "with the term, with the broken line, is the forecast on the eve of the election; the one that begins where the "
          "record ends is that of the as-of date. Half of the futures lie in the inner band, nine in ten in the whole. On the "
          "right, the total of the term in both. A record that leaves the first fan was a surprise; the second is narrower "
          "because less is left to happen, and because the level of the term is better known.")
)
_LEFT, _TALL = 13.0, {True: 50.0, False: 68.0}  # millimetres; on a narrow sheet and on a wide one


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    eve, now = (_term(content, side) for side in ("eve", "now"))
    return tr("Contacts of the term added up by month. Total: {eve} on the eve, {now} now; {known} are on record.", eve=eve,
              now=now, known=_known(content))


def draw(content: ReportContent) -> Figure:
    """Contacts added up over the term, with both fans, and the totals beside."""
    note = (tr("Recorded contacts from the first month of the term, n = {known} so far. {futures_note}", known=_known(content),
               futures_note=futures_note(content, tr("recorded contacts added up"))))
    with figure_style():
        mark = next(iter(content.marks.values()))
        handles = [Line2D([], [], color=BLACK, linewidth=1.3, label=tr("on record")),
                   *(Line2D([], [], color=one.colour, linestyle=one.linestyle, linewidth=1.4, label=label)
                     for label, one in ((tr("forecast on the eve"), OPEN), (tr("forecast now"), mark)))]
        top, beside = key_height(handles) + 4, 22.0 if is_narrow() else 34.0
        page = sheet(content, title=tr("Contacts with {partner} in the term so far, and to its end",
                                       partner=content.partner),
                     note=note,
                     body=top + _TALL[is_narrow()] + 10)
        key(page, handles)
        width = sheet_width() - _LEFT - beside - 4
        ax = page.panel(_LEFT, top, width, _TALL[is_narrow()])
        _fans(ax, content)
        _totals(page.panel(_LEFT + width + 5, top, beside - 4, _TALL[is_narrow()], sharey=ax), content)
        ax.set_ylim(0, None)
        return page.figure


def _fans(ax: Axes, content: ReportContent) -> None:
    mark = next(iter(content.marks.values()))
    for part, look_of in (("eve", OPEN), ("now", mark)):
        rows = _months(content, part)
        ribbon(ax, _ends(rows), rows[list(FAN)].to_numpy(), look_of)
    rows = _months(content, "recorded")
    ends, last = np.append(_ends(rows)[:-1], decimal_year(content.panel.as_of)), content.months[-1]
    first = decimal_year(content.months[0].date())
    ax.step(np.insert(ends, 0, first), np.insert(rows["q50"].to_numpy(), 0, 0.0), where="post", color=BLACK,
            linewidth=1.3)
    ax.axvline(decimal_year(content.panel.as_of), color=BLACK, linewidth=0.6, linestyle=(0, (2, 2)))
    ax.set_xticks(range(content.months[0].year, last.year + 2))
    ax.set_xlim(first, last.year + last.month / 12)
    ax.set_ylabel(tr("contacts since the first month"))
    ax.set_xlabel(tr("year"))


def _totals(ax: Axes, content: ReportContent) -> None:
    mark = next(iter(content.marks.values()))
    for place, (part, look_of) in enumerate((("eve", OPEN), ("now", mark))):
        last = _months(content, part).iloc[-1]
        ax.plot([place] * 2, [last["q05"], last["q95"]], color=look_of.colour, linewidth=1.2)
        ax.plot([place] * 2, [last["q25"], last["q75"]], color=look_of.colour, linewidth=4)
        ax.plot(place, last["q50"], marker=look_of.marker, color="white", markeredgecolor=BLACK, markersize=4.5,
                markeredgewidth=0.6)
        ax.annotate(local(f"{last['q50']:.0f}"), (place, last["q50"]), (6, 0), textcoords="offset points", va="center",
                    size=SMALLEST, color=GREY)
    ax.set_xticks([0, 1], [tr("eve"), tr("now")])
    ax.set_xlim(-0.5, 1.7)
    ax.tick_params(labelleft=False)
    ax.set_title(tr("Term"))


def _months(content: ReportContent, part: str) -> pd.DataFrame:
    table = _of(content).months
    return table[table["part"] == part]


def _ends(rows: pd.DataFrame) -> np.ndarray:
    """Ends of months as decimal years."""
    month = pd.DatetimeIndex(rows["month"])
    return np.asarray(month.year.to_numpy() + month.month.to_numpy() / 12)


def _of(content: ReportContent) -> Any:
    return content.update


# Sentences and tables of the page.

def update_sentences(content: ReportContent) -> Iterator[Markup]:
    """What has changed, for the top of the page; none of a term that has not begun."""
    if content.update is None:
        return
    so_far, term = _row(content, "so far"), _row(content, "term")
    inside = so_far["eve_q05"] <= so_far["recorded"] <= so_far["eve_q95"]
    yield Markup(tr("Up to {}, <strong>{} contacts are on record</strong>; on the eve {} were expected by then (median; 90 % "
                    "{} to {}), so that the record lies {} what was to be expected.")).format(
        words.day(content.panel.as_of), datum(so_far["recorded"]), datum(so_far["eve_q50"]), datum(so_far["eve_q05"]),
        datum(so_far["eve_q95"]), tr("within") if inside else tr("outside"))
    yield Markup(tr("Over the term: median {} (90 % {} to {}) on the eve, <strong>{}</strong> ({} to {}) now.")).format(
        datum(term["eve_q50"]), datum(term["eve_q05"]), datum(term["eve_q95"]), datum(term["now_q50"]), datum(term["now_q05"]),
        datum(term["now_q95"]))


def rows(content: ReportContent) -> dict[str, list[dict[str, Any]]]:
    """Rows of the tables of the page; nothing of a term that has not begun."""
    if content.update is None:
        return {}
    table = content.update.changes
    keys = table.loc[table["quantity"] == "contact", "key"].unique()
    mentions = table[table["quantity"] == "mention_share"]
    return {
        "contacts": [{"name": content.named("contact", key), "cells": _cells(content, key)} for key in keys],
        "topics": [{"name": content.named("mention_share", row.key), "cells": _shares(row)} for row in mentions.itertuples()],
        "scores": [{"name": row.forecaster, "cells": [datum(row.crps, 4), datum(row.log_score, 4)]}
                   for row in content.update.scores.itertuples()],
        "questions": [{"text": tr(row.text), "state": tr(row.state), "cells": [
            datum(row.contacts), *(with_error(getattr(row, side), getattr(row, f"{side}_mcse"), 100) for side in ("eve", "now"))]}
            for row in content.update.questions.itertuples()],
    }


def _cells(content: ReportContent, key: str) -> list[Markup]:
    part = {name: _row(content, name, key) for name in ("so far", "to come", "term")}
    return [_interval(part["term"], "eve"), _interval(part["so far"], "eve"), datum(part["so far"]["recorded"]),
            _interval(part["to come"], "now"), _interval(part["term"], "now"),
            datum(part["so far"]["change"], 1), datum(part["to come"]["change"], 1)]


def _interval(row: pd.Series, side: str) -> Markup:
    return Markup(tr("{} ({} to {})")).format(*(datum(row[f"{side}_{name}"]) for name in ("q50", "q05", "q95")))


def _shares(row: Any) -> list[Markup]:
    def of(side: str) -> Markup:
        return Markup(tr("{} ({} to {})")).format(*(percent(getattr(row, f"{side}_{name}")) for name in ("q50", "q05", "q95")))

    return [of("eve"), percent(row.recorded) if np.isfinite(row.recorded) else Markup(tr("none")), of("now")]


def _row(content: ReportContent, part: str, key: str = ALL) -> pd.Series:
    table = _of(content).changes
    found: pd.Series = table[(table["quantity"] == "contact") & (table["key"] == key) & (table["part"] == part)].iloc[0]
    return found


def _term(content: ReportContent, side: str) -> str:
    row = _row(content, "term")
    return tr("{median} ({low} to {high})", median=local(f"{row[f'{side}_q50']:.0f}"), low=local(f"{row[f'{side}_q05']:.0f}"),
              high=local(f"{row[f'{side}_q95']:.0f}"))


def _known(content: ReportContent) -> int:
    return int(_row(content, "so far")["recorded"])
