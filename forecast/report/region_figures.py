"""Figures of a region: the record and the futures of every dyad, and what each administration was to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from forecast.evaluation.region import ALL, COMMON, GOVERNS, LEVEL, WITH_LEVEL, RegionTables
from forecast.panel import Panel
from forecast.panel.calendar import decimal_year
from forecast.panel.region import LEAST
from forecast.report import words
from forecast.report.figures.history import observed_of, with_short_first
from forecast.report.layout import Handle, boxes, columns, is_narrow, key, key_height, room, sheet
from forecast.report.style import BLACK, GREY, MM, PALE, SMALLEST, TYPE_MARK, Mark, figure_style
from forecast.simulation.scenario.schema import Horizon

_ROW, _GAP, _LEFT, _TOP, _TEXT = 19.0, 7.0, 15.0, 10.0, 3.0  # millimetres
_BOX, _APART = 6.0, 4.0  # millimetres: of a scenario beside the axis of time, and between the two
LATEST = 4
"""Administrations of the record that the second figure shows."""


@dataclass(frozen=True, kw_only=True)
class RegionContent:
    """What the figures are made of.

    Parameters
    ----------
    panel : Panel
        Of all dyads.
    tables : RegionTables
        What is said.
    marks : mapping of str to Mark
        Look of every scenario.
    title : str
        Of the region.
    paths : int
        Futures per scenario.
    horizon : Horizon
        First and last month ahead, of all scenarios.
    years : float
        Exposure of these months: what an average year is an average over.
    failed : tuple of str
        Formulations that failed a gate and were used by request.
    """

    panel: Panel
    tables: RegionTables
    marks: Mapping[str, Mark]
    title: str
    paths: int
    horizon: Horizon
    years: float
    failed: tuple[str, ...]

    def partner(self, dyad: str) -> str:
        """Name of the partner state of a dyad."""
        return self.panel.partner[self.panel.records.index(dyad)]

    @property
    def ahead(self) -> str:
        """From when to when the futures go: years, or months where a year is not forecast as a whole."""
        start, end = self.horizon.start, self.horizon.end
        whole = (start.month, end.month) == (1, 12)
        return f"{start.year}\N{EN DASH}{end.year}" if whole else f"{start:%Y-%m} to {end:%Y-%m}"


def draw_futures(content: RegionContent) -> Figure:
    """One panel per dyad: recorded contacts a year by administration, and the coming term under every scenario."""
    panel, dyads = content.panel, content.panel.records
    below = ["a year of", *content.ahead.replace(" to", "\nto").splitlines()]
    note = ("Bars: recorded contacts of each administration year, filled by its type and as wide as the part on record; "
            "some days before a first whole year are counted with it. Boxes, right of the axis of time: an average year of "
            f"{content.ahead} (contacts over {words.number(content.years, 2)} years), one per scenario, median with 50 % (dark) "
            f"and 90 % (light) of {content.paths:,} simulated futures. Every panel has a scale of its own. An occasion "
            "of all is a contact in the record of each dyad that attended.")
    with figure_style():
        told = {dyad: _beside(content, dyad) for dyad in dyads}
        above = _TEXT * len(content.marks) if is_narrow() else 0.0  # words that have no room beside a panel stand above it
        head, step = (key_height(_handles(content)) + 3.6 if is_narrow() else _TOP) + above, _ROW + _GAP + above
        page = sheet(content, title=f"Contacts with {content.title}: {len(dyads)} records, and what may follow", note=note,
                     body=head - above + step * len(dyads) + 3 * len(below))
        right = 2.0 if is_narrow() else 3 + max(room(lines, 6.5, "bold") for lines in told.values())
        for place, dyad in enumerate(dyads):
            top, wide = head + step * place, _BOX * len(content.marks) + 2
            ax = page.panel(_LEFT, top, page.width - _LEFT - right - wide - _APART, _ROW)
            ahead = page.panel(page.width - right - wide, top, wide, _ROW, sharey=ax)
            _record(ax, panel, dyad)
            _futures(ahead, content, dyad)
            ax.set_title(content.partner(dyad), pad=2 + above * 72 * MM)
            ax.set_ylabel("contacts\nper year")
            ax.set_ylim(0, None)
            ax.set_xlim(_first(panel) - 0.5, decimal_year(panel.as_of))
            ax.tick_params(labelbottom=place == len(dyads) - 1)
            _tell(ahead, told[dyad], content, wide)
        if is_narrow():
            key(page, _handles(content))
        else:
            page.figure.axes[0].legend(handles=_handles(content), loc="lower left", bbox_to_anchor=(0, 1 + 4.4 / _ROW),
                                       ncols=len(_handles(content)), borderpad=0, borderaxespad=0.2, handlelength=1.6,
                                       columnspacing=1.3)
        ax.set_xlabel("year")
        ahead.set_xlabel("\n".join(below))
        return page.figure


def _first(panel: Panel) -> float:
    """Decimal year in which the first record begins."""
    return min(float(recorded_bars(panel, dyad)[0][0]) for dyad in panel.records)


def recorded_bars(panel: Panel, dyad: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """First and last day on record, type and contacts of every bar of a dyad."""
    place = panel.dyad.index(dyad)
    seen = panel.seen if panel.seen.ndim else panel.count
    count = seen.transpose("dyad", "rank", "year").to_numpy()[place].sum(axis=0)
    exposure = panel.exposure.transpose("dyad", "year").to_numpy()[place]
    there = exposure > LEAST
    start, end = observed_of(panel, exposure)
    return with_short_first(panel.year[there], start[there], end[there], count[there])


def _record(ax: Axes, panel: Panel, dyad: str) -> None:
    start, end, kinds, count = recorded_bars(panel, dyad)
    for kind in dict.fromkeys(kinds):
        of_kind, mark = kinds == kind, TYPE_MARK[kind]
        columns(ax, start[of_kind], end[of_kind], 0, count[of_kind], facecolor=mark.colour, edgecolor="white", linewidth=0.4,
                hatch=mark.hatch)


def _row(content: RegionContent, dyad: str, scenario: str) -> pd.Series:
    table = content.tables.forecast
    return table[(table["dyad"] == dyad) & (table["scenario"] == scenario) & (table["rank"] == ALL)].iloc[0]


def _futures(ax: Axes, content: RegionContent, dyad: str) -> None:
    for place, (scenario, mark) in enumerate(content.marks.items()):
        values = _row(content, dyad, scenario)[list(LEVEL)].to_numpy(float) / content.years
        boxes(ax, np.array([place + 0.15]), np.array([place + 0.85]), values[None, :], mark)
    ax.set_xlim(0, len(content.marks))
    ax.set_xticks([])
    ax.tick_params(labelleft=False, left=False)
    ax.spines["left"].set_visible(False)


def _beside(content: RegionContent, dyad: str) -> list[str]:
    """Words to the right of a panel."""
    lines = [f"in {content.ahead}, median (90 %)"]
    for scenario in content.marks:
        row = _row(content, dyad, scenario)
        lines.append(f"{words.plain(scenario)}: {words.number(row['q50'])} ({words.number(row['q05'])}\N{EN DASH}"
                     f"{words.number(row['q95'])})")
    return lines


def _tell(ahead: Axes, told: Sequence[str], content: RegionContent, wide: float) -> None:
    """Words on the futures of a panel: to its right, on a narrow sheet above it."""
    for at, (text, colour) in enumerate(zip(told, [GREY, *(mark.colour for mark in content.marks.values())], strict=True)):
        where = (1.0, 1 + (0.7 + _TEXT * (len(told) - 1 - at)) / _ROW) if is_narrow() else (1 + 1.5 / wide, 0.9 - 0.24 * at)
        ahead.text(*where, text, transform=ahead.transAxes, va="bottom" if is_narrow() else "center", size=SMALLEST, color=colour,
                   ha="right" if is_narrow() else "left", weight="bold" if at else "normal")


def _handles(content: RegionContent) -> list[Handle]:
    kinds = dict.fromkeys(one.type for one in content.panel.administration)
    return [*(Patch(facecolor=TYPE_MARK[kind].colour, hatch=TYPE_MARK[kind].hatch, edgecolor=BLACK, linewidth=0.4,
                    label=words.SHORT_TYPE[kind]) for kind in kinds),
            *(Line2D([], [], color=mark.colour, marker=mark.marker, markersize=3.4, linewidth=0.8, label=words.plain(name))
              for name, mark in content.marks.items())]


# What each administration was to each dyad, beside what it was to all.

_STEP, _PANEL_GAP, _HEAD = 5.2, 7.0, 10.5  # millimetres; the last above panels that stand below others


def draw_effects(content: RegionContent) -> Figure:
    """One panel per administration: its effect on every dyad and in common, as a factor on contacts."""
    effects = content.tables.effects
    terms = list(dict.fromkeys(effects["term"]))[-LATEST:]
    rows = [COMMON, *content.panel.records]
    names = [f"all dyads:{'\n' if is_narrow() else ' '}common effect", *(content.partner(dyad) for dyad in content.panel.records)]
    left = 4 + room(names, 6.8)
    note = ("Factor on expected contacts against the average of all terms of the dyad, median with 90 % of posterior draws, "
            "drift of the record, up or down, left out. Filled: put down to who governed (type and person); hollow: with the "
            "level of the term, which is chance as far as the model knows. The common effect reaches a dyad times its response. "
            "Figures: recorded contacts of the term. Effort of coding was not equal over terms and dyads.")
    across, handles = 2 if is_narrow() else len(terms), _parts()
    deep = -(-len(terms) // across)
    with figure_style():
        head, tall = (key_height(handles) + 8.5 if is_narrow() else 13.0), _STEP * len(rows)
        page = sheet(content, title=f"{content.title}: what each administration was to each record", note=note,
                     body=(head + tall + 9) * deep - (head - _HEAD) * (deep - 1))
        width = (page.width - left - _PANEL_GAP * across) / across
        shown = effects[effects["term"].isin(terms)]
        limit = float(np.abs(shown[["q05", "q95"]].to_numpy()).max()) * 1.05
        for place, term in enumerate(terms):
            row, column = divmod(place, across)
            ax = page.panel(left + column * (width + _PANEL_GAP), head + row * (tall + 9 + _HEAD), width, tall)
            of_term = shown[shown["term"] == term]
            _effects(ax, of_term, rows)
            ax.set_title(f"{of_term['president'].iloc[0]}\n{term}", pad=4)
            ax.set_xlim(-limit, limit)
            ax.set_xticks(np.log([0.25, 0.5, 1, 2, 4])[np.abs(np.log([0.25, 0.5, 1, 2, 4])) <= limit])
            ax.set_xticklabels([label for label, at in zip(("¼", "½", "1", "2", "4"), np.log([0.25, 0.5, 1, 2, 4]), strict=True)
                                if abs(at) <= limit])
            ax.set_yticks(range(len(rows)), labels=names if column == 0 else [""] * len(rows))
            ax.set_ylim(len(rows) - 0.5, -0.5)
            ax.set_xlabel("factor on contacts")
        if is_narrow():
            key(page, handles)
        else:
            page.figure.legend(handles=handles, loc="upper right", ncols=2, bbox_to_anchor=(0.995, 1 - 1.2 / page.height),
                               borderpad=0, borderaxespad=0)
        return page.figure


def _parts() -> list[Handle]:
    return [Line2D([], [], color=BLACK, marker="o", markersize=3.6, linewidth=1, label=GOVERNS),
            Line2D([], [], color=GREY, marker="o", markerfacecolor="white", markersize=3.6, linewidth=0.8, label=WITH_LEVEL)]


def _effects(ax: Axes, of_term: pd.DataFrame, rows: Sequence[str]) -> None:
    ax.axvline(0, color=GREY, linewidth=0.6)
    ax.axhline(0.5, color=PALE, linewidth=0.8)
    for at, dyad in enumerate(rows):
        for part, shift, colour, face in ((GOVERNS, -0.16, BLACK, BLACK), (WITH_LEVEL, 0.2, GREY, "white")):
            found = of_term[(of_term["dyad"] == dyad) & (of_term["part"] == part)]
            if found.empty:
                continue
            row = found.iloc[0]
            ax.plot([row["q05"], row["q95"]], [at + shift] * 2, color=colour, linewidth=0.9)
            ax.plot(row["q50"], at + shift, marker="o", markersize=3.4, color=colour, markerfacecolor=face, linestyle="none")
        recorded = of_term[(of_term["dyad"] == dyad)]["recorded"].iloc[0]
        if np.isfinite(recorded):
            ax.text(1.02, at, f"{recorded:.0f}", transform=ax.get_yaxis_transform(), va="center", ha="left",
                    size=SMALLEST, color=GREY)
