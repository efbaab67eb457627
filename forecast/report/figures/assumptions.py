"""Figures of commands beside the run: assumptions of scenarios, prior sets and sweeps side by side, ranks of calibration."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, YearLocator
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType

from forecast.evaluation.contrast import load_equivalence
from forecast.evaluation.uniformity import LEVEL, band, difference
from forecast.report import words
from forecast.report.layout import broken, broken_lines, framed, is_narrow, key_outside, region, sheet_width
from forecast.report.lookup import factor_of_region
from forecast.report.style import (
    BLACK,
    BLUE,
    GREY,
    PAIRING_MARK,
    PALE,
    SINGLE_MM,
    SKY,
    SMALLEST,
    VERMILION,
    Mark,
    figure_style,
    on_paper,
    scenario_marks,
)
from forecast.report.words import plain
from forecast.simulation.scenario import Scenario
from forecast.simulation.shocks import Assumed

ASSUMPTION_COLUMNS = 3
_LINE = 0.09  # of a panel's height, for the words of an event
LOG = ("rate",)
"""Targets drawn as factors; others on the scale of log odds or of standard deviations."""


def draw_assumptions(assumed: Mapping[str, Assumed], scenarios: Mapping[str, Scenario], types: Mapping[str, str]) -> Figure:
    """One panel per target that any scenario moves, and one for the chance that each event has happened.

    Parameters
    ----------
    assumed : mapping of str to Assumed
        Scenario -> shifts over time, from :func:`forecast.simulation.shocks.assumed_shifts`.
    scenarios : mapping of str to Scenario
        By name.
    types : mapping of str to str
        Outcome of the election -> type of administration that it brings.
    """
    marks = scenario_marks({name: ", ".join(one.chances) for name, one in scenarios.items()}, types)
    targets = list(dict.fromkeys(target for one in assumed.values() for target in one.quantile))
    panels = len(targets) + any(one.happened for one in assumed.values())
    rows, columns = _grid(panels, ASSUMPTION_COLUMNS)
    with figure_style():
        figure = framed(26 + 42 * rows, "What the scenarios assume, month by month")
        axes = list(figure.subplots(rows, columns, sharex=True, squeeze=False).ravel())
        for ax in axes[panels:]:
            ax.set_visible(False)
        for ax, target in zip(axes, targets, strict=False):
            _panel(ax, target, assumed, marks)
        if panels > len(targets):
            _events(axes[len(targets)], assumed, marks)
        for ax in axes[:panels]:
            ax.tick_params(axis="x", labelbottom=True)
            ax.xaxis.set_major_locator(YearLocator(2 if is_narrow() and columns > 1 else 1))
            ax.xaxis.set_major_formatter(DateFormatter("%Y"))
        handles = [ax.plot([], [], color=marks[name].colour, linestyle=marks[name].linestyle, label=plain(name))[0]
                   for ax, name in zip([axes[0]] * len(assumed), assumed, strict=True)]
        note = "line: median over futures; band: 5 to 95 %, with futures in which an event does not happen; grey: no change"
        _key(figure, handles, 1 if is_narrow() else 3, note)
    return figure


def _key(figure: Figure, handles: list[Line2D], columns: int, note: str) -> None:
    """What lines mean, below the panels, under a note on how to read them."""
    key_outside(figure, "lower left", handles=handles, ncols=columns, title=broken(note, 82), alignment="left",
                title_fontsize=SMALLEST)


def _grid(panels: int, most: int) -> tuple[int, int]:
    """Rows and columns of panels, of which at most `most` (on a narrow sheet half as many) stand side by side.

    Few take the room of all.
    """
    columns = min(max(panels, 1), -(-most // 2) if is_narrow() else most)
    return -(-max(panels, 1) // columns), columns


def _panel(ax: Axes, target: str, assumed: Mapping[str, Assumed], marks: Mapping[str, Mark]) -> None:
    factor = target.startswith(LOG)
    for name, one in assumed.items():
        if target in one.quantile:
            low, middle, high = np.exp(one.quantile[target]) if factor else one.quantile[target]
            ax.fill_between(one.month, low, high, step="post", color=marks[name].colour, alpha=0.18, linewidth=0)
            ax.step(one.month, middle, where="post", color=marks[name].colour, linestyle=marks[name].linestyle, linewidth=1.1)
    ax.axhline(1.0 if factor else 0.0, color=GREY, linewidth=0.6)
    ax.set_title(target.replace("_", " "))
    ax.set_ylabel("factor" if factor else "standard deviations" if target == "state" else "log odds")


def _events(ax: Axes, assumed: Mapping[str, Assumed], marks: Mapping[str, Mark]) -> None:
    ends = []
    for name, one in assumed.items():
        look_of: dict[str, Any] = {"color": marks[name].colour, "linestyle": marks[name].linestyle, "linewidth": 1.1}
        for event, chance in one.happened.items():
            ax.step(one.month, 100 * chance, where="post", **look_of)
            ends.append((100 * chance[-1], event.replace("_", " "), marks[name].colour))
    for place, (end, label, colour) in enumerate(sorted(ends, reverse=True)):
        ax.text(0.02, 0.97 - _LINE * place, f"{label}: {end:.0f} %", transform=ax.transAxes, va="top",
                fontsize=SMALLEST, color=colour)
    ax.set_ylim(0, 105)
    ax.set_title(broken("chance that it has happened", 30))
    ax.set_ylabel("per cent of futures")


# Figure: the contrast of two scenarios under several prior sets.

PANEL = {("log_rate_ratio", "expected"): "rates: what the administrations change",
         ("contact", "independent"): "two unrelated futures: what is seen"}
_AXIS = {"log_rate_ratio": "log ratio of expected contacts", "contact": "difference in recorded contacts"}


def draw_compare(contrast: pd.DataFrame, title: str) -> Figure:
    """One row per prior set; log rate ratio and difference of futures: median, 50 and 90 % interval, and probabilities.

    Parameters
    ----------
    contrast : DataFrame
        Rows of one pair of scenarios, of the total of contacts and of its log rate ratio, with columns priors, quantity, pairing,
        q05 to q95, p_greater, p_more, p_equal, p_fewer.
    title : str
        What is compared.
    """
    sets = list(dict.fromkeys(contrast["priors"]))
    rows = contrast.set_index(["quantity", "pairing", "priors"]).sort_index()
    with figure_style():
        note = f"grey: rates within a factor of {factor_of_region()} of one another, practically equal"
        figure = framed((30 + 9 * len(sets)) * (2 if is_narrow() else 1), title, note, size=8, colour=GREY, title_first=True)
        axes = figure.subplots(len(PANEL), 1) if is_narrow() else figure.subplots(1, len(PANEL), sharey=True)
        for axis, ((quantity, pairing), meaning) in zip(axes, PANEL.items(), strict=True):
            _compare_panel(axis, rows.loc[(quantity, pairing)].loc[sets], pairing)
            axis.set_title(meaning)
            axis.set_xlabel(broken(f"{_AXIS[quantity]}\nmedian with 50 % (thick) and 90 % (thin) interval"))
        for axis in axes if is_narrow() else axes[:1]:
            axis.set_yticks(range(len(sets)), [words.plain(name) for name in sets])
            axis.set_ylim(len(sets) - 0.4, -0.6)
        region(axes[0], load_equivalence().rate.bound)
    return figure


def _compare_panel(axis: Axes, rows: pd.DataFrame, pairing: str) -> None:
    mark, at = PAIRING_MARK[pairing], np.arange(len(rows))
    axis.hlines(at, rows["q05"], rows["q95"], color=mark.colour, linewidth=0.8)
    axis.hlines(at, rows["q25"], rows["q75"], color=mark.colour, linewidth=2.6)
    axis.plot(rows["q50"], at, linestyle="none", marker=mark.marker, color=mark.colour, markersize=4, markeredgecolor="white")
    axis.axvline(0, color=BLACK, linewidth=0.6, linestyle=(0, (2, 2)))
    axis.tick_params(axis="y", left=False)
    known = rows["p_more"].notna().all()  # futures have no region in which they are practically equal
    of, parts = ("P(more, equal, fewer)", ["p_more", "p_equal", "p_fewer"]) if known else ("P(more)", ["p_greater"])
    told = [" ".join(f"{chance:.2f}" for chance in row) for row in rows[parts].to_numpy()]
    for place, text in enumerate([of, *told]):  # a column beside the panel, its heading above the first row
        axis.text(1.02, place - 1 if place else -0.5, text, transform=axis.get_yaxis_transform(), va="center", color=GREY,
                  fontsize=SMALLEST)


# Figure of a sweep: how much each assumption matters for the main quantities.

SWEEP_COLUMNS, MOST = 3, 6
MAIN = ("contacts", "relation index")


def drawn_quantities(indices: pd.DataFrame) -> list[str]:
    """The quantities that are drawn: contacts and the relation index of every scenario and of their difference, up to `MOST`."""
    return _main(indices)[:MOST]


def _main(indices: pd.DataFrame) -> list[str]:
    names = list(dict.fromkeys(indices["quantity"]))
    return [name for main in MAIN for name in names if name.endswith(f": {main}")]


def draw_sweep(indices: pd.DataFrame, title: str) -> Figure:
    """One panel per quantity, one row per assumption: first-order and total Sobol index with 95 % intervals.

    Parameters
    ----------
    indices : DataFrame
        From :func:`forecast.evaluation.sweep.sensitivity_indices`.
    title : str
        Of the sweep.
    """
    names, paths = drawn_quantities(indices), list(dict.fromkeys(indices["path"]))
    rows, columns = _grid(len(names), SWEEP_COLUMNS)
    with figure_style():
        every = len(_main(indices))
        fewer = f"\n{len(names)} of {every} quantities are drawn; all are in the CSV file" if every > len(names) else ""
        shares = f"share of the variance over the design, with 95 % intervals of the design{fewer}"
        figure = framed(24 + rows * (20 + 6 * len(paths)), f"Which assumptions matter. {title}", along=broken(shares, 80))
        axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for ax in axes[len(names):]:
            ax.set_visible(False)
        for ax, name in zip(axes, names, strict=False):
            part = indices[indices["quantity"] == name].set_index("path").reindex(paths)
            for offset, kind, colour, marker in ((-0.14, "first", BLUE, "o"), (0.14, "total", VERMILION, "D")):
                height = np.arange(len(paths)) + offset
                ax.errorbar(part[kind], height, xerr=part[f"{kind}_error"], fmt=marker, color=colour, markersize=3.6,
                            elinewidth=0.9, label={"first": "alone", "total": "with interactions"}[kind])
            ax.set_yticks(range(len(paths)), [path.rpartition("effects.")[2] for path in paths])
            ax.set_ylim(len(paths) - 0.5, -0.5)
            ax.axvline(0, color=GREY, linewidth=0.6)
            ax.set_title(name.replace(": ", "\n").replace(" - ", "\nless "), fontsize=SMALLEST)
        handles, labels = axes[0].get_legend_handles_labels()
        key_outside(figure, "upper right", handles=handles, labels=labels, ncols=2)
    return figure


# Ranks of simulation-based calibration: one panel per study.

RANK_COLUMNS = 4
LIKELIHOOD = "log likelihood"
FORECAST = ("next term: ", "running term: ", "contrast: ")
REJECTED = "rejected"
RANK_KEY = {LIKELIHOOD: BLACK, "term and contrast": SKY, "parameters": GREY, REJECTED: VERMILION}
RANK_TITLE = {None: "Calibrated where the lines stay inside the band",
         "coarse": "Control, deliberately wrong: lines must leave the band",
         "subtle": "Small faults on purpose: lines leave the band where they are seen"}


def draw_ranks(rank: Mapping[str, pd.DataFrame], table: pd.DataFrame, ranks: int, *, control: str | None = None) -> Figure:
    """Empirical distribution of the ranks of every quantity less the uniform one, with simultaneous 95 % bands.

    Parameters
    ----------
    rank : mapping of str to DataFrame
        Study (component and control) -> ranks, one column per quantity.
    table : DataFrame
        Tests, with columns study, quantity and p_ecdf_joint.
    control : str, optional
        ``coarse`` or ``subtle``.
    """
    rows, columns = _grid(len(rank), RANK_COLUMNS)
    width = SINGLE_MM if columns == 1 and not on_paper() else sheet_width()
    with figure_style():
        title = broken_lines(f"Simulation-based calibration. {RANK_TITLE[control]}", width - 4, 8, "bold")
        figure = framed(34 + 46 * rows, "\n".join(title), size=8, width=width,
                        up="share of ranks at or below,\nless that of uniform ranks")
        axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for place, axis in enumerate(axes):
            axis.set_visible(place < len(rank))
            axis.tick_params(labelbottom=place + columns >= len(rank))  # numbers below the last panel of each column
        for axis, (name, values) in zip(axes, rank.items(), strict=False):
            _rank_panel(axis, values, table[table["study"] == name].set_index("quantity"), ranks)
            axis.set_title(name.replace("_", " ").replace(", ", "\n"), pad=11)
            axis.text(0, 1.03, f"{len(values)} replications, {values.shape[1]} quantities", transform=axis.transAxes,
                      fontsize=SMALLEST)
            axis.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        handles = [Line2D([], [], color=colour, linewidth=1.2, label=label, linestyle=_dashes(label == REJECTED))
                   for label, colour in RANK_KEY.items()]
        _key(figure, handles, 2 if width == SINGLE_MM else 4, "across: rank of the true value among posterior draws, as a share")
    return figure


def _rank_panel(axis: Axes, values: pd.DataFrame, test: pd.DataFrame, ranks: int) -> None:
    share = np.arange(1, ranks + 1) / ranks
    axis.fill_between(share, *band(len(values), ranks), color=PALE, linewidth=0)
    for name, one in values.items():
        flagged = test.loc[name, "p_ecdf_joint"] < LEVEL
        colour, width = (VERMILION, 0.9) if flagged else _rank_look(str(name))
        axis.plot(share, difference(one.to_numpy(), ranks), color=colour, linewidth=width, zorder=3 if flagged else 2,
                  linestyle=_dashes(flagged))
    axis.axhline(0, color=GREY, linewidth=0.5)
    worst = test["p_ecdf_joint"].min()
    axis.text(0.03, 0.03, f"joint p = {worst:.2f}" if worst >= 0.01 else "joint p < 0.01", transform=axis.transAxes, fontsize=6.5)


def _dashes(rejected: bool) -> LineStyleType:
    """Style of a line; in print, where colour may be left out, what is rejected is dashed."""
    return "--" if rejected and on_paper() else "-"


def _rank_look(quantity: str) -> tuple[str, float]:
    """Colour and width of the line of a quantity that is not rejected."""
    return (BLACK, 1.1) if quantity == LIKELIHOOD else (SKY, 0.6) if quantity.startswith(FORECAST) else (GREY, 0.35)
