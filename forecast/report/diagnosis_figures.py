"""Figures of the report on trust: convergence, single observations, replicated records, and what the prior decides."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from forecast.evaluation.diagnosis import Checked
from forecast.posterior.loo import Loo, Pit
from forecast.posterior.posterior import MAX_RHAT, MIN_ESS
from forecast.posterior.sensitivity import CONFLICT, HIGH, LOW, STRONG, THRESHOLD
from forecast.report.diagnosis_verdict import BEYOND, WITHIN, TrustContent, code_label, component_name
from forecast.report.layout import FigureSheet, broken_lines, room, sheet, stripes
from forecast.report.style import BLACK, BLUE, GREY, ORANGE, PALE, SMALLEST, VERMILION, figure_style

# Figure: R-hat and effective sample sizes of every parameter, by component.

CONVERGENCE_HEADING = "Convergence"
CONVERGENCE_READING = (
    "Each dot is one parameter. Left of the dashed line in the first panel and right of it in the others is where all "
    "should be; vermilion dots are not. A small tail ESS means that the ends of intervals are uncertain.")
_CONVERGENCE_ROW = 7.0  # millimetres
_COLUMN = (("rhat", "R-hat", MAX_RHAT, False), ("ess_bulk", "bulk ESS", MIN_ESS, True), ("ess_tail", "tail ESS", MIN_ESS, True))


def draw_convergence(content: TrustContent) -> Figure:
    """One row per component, one panel per diagnostic."""
    names = list(content.trust)
    height = _CONVERGENCE_ROW * len(names)
    with figure_style():
        page = sheet(content, title="Have the chains converged?", body=height + 14,
                     note="One dot per parameter; dashed: the gate (R-hat 1.01, effective sample size 400). Tail ESS is that of "
                          "the 5 % and 95 % quantiles.")
        left = room([component_name(name) for name in names]) + 5
        width = (page.width - left - 6 - 2 * 6) / 3
        for place, (column, title, gate, more) in enumerate(_COLUMN):
            ax = page.panel(left + place * (width + 6), 5, width, height)
            for row, name in enumerate(names):
                _convergence_dots(ax, row, content.trust[name].convergence[column].to_numpy(), gate, more)
            _dress(ax, [component_name(name) for name in names] if place == 0 else [""] * len(names), title, gate, more)
        return page.figure


def _convergence_dots(ax: Axes, row: int, values: np.ndarray, gate: float, more: bool) -> None:
    bad = values < gate if more else values > gate
    jitter = row + np.random.default_rng(row).uniform(-0.28, 0.28, len(values))
    for chosen, colour, marker, size in ((~bad, WITHIN, "o", 1.4), (bad, BEYOND, "X", 4)):
        ax.plot(values[chosen], jitter[chosen], linestyle="none", marker=marker, color=colour, markersize=size,
                markeredgewidth=0)


def _dress(ax: Axes, names: list[str], title: str, gate: float, more: bool) -> None:
    ax.axvline(gate, color=GREY, linewidth=0.7, linestyle=(0, (3, 2)))
    stripes(ax, len(names))
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)
    ax.set_title(title)
    if more:
        ax.set_xscale("log")
        ax.set_xlim(min(100, ax.get_xlim()[0]), None)
        ax.set_xticks([100, 400, 2000, 10000], ["100", "400", "2,000", "10,000"])
        ax.minorticks_off()
    else:
        ax.set_xlim(0.999, max(1.012, ax.get_xlim()[1]))
        ax.xaxis.set_major_locator(MaxNLocator(4, steps=(1, 5, 10)))


def alt_convergence(content: TrustContent) -> str:
    """Words for those who cannot see it."""
    worst = max((one.convergence["rhat"].max(), name) for name, one in content.trust.items())
    return (f"R-hat, bulk and tail effective sample size of every parameter of {len(content.trust)} components; "
            f"the largest R-hat is {worst[0]:.3f} in {component_name(worst[1])}.")


# Figure: how far the posterior leans on single observations.

LOO_HEADING = "Leaving one observation out"
LOO_READING = (
    "Each dot is one observation. Beyond the dashed line the posterior without it cannot be had from the posterior with "
    "it: it is either badly predicted or carries parameters of its own. Observations that depend on no parameter have no "
    "dot: without them nothing changes.")
_LOO_ROW = 6.0
LARGEST = 3.0  # where a shape without an end is drawn


def draw_loo(content: TrustContent) -> Figure:
    """One row per component and observed quantity."""
    found = [(name, quantity, loo) for name, one in content.trust.items() for quantity, loo in one.loo.items()]
    names = [f"{component_name(name)}: {code_label(quantity)}" for name, quantity, _ in found]
    with figure_style():
        page = sheet(content, title="Does the posterior lean on single observations?",
                     body=_LOO_ROW * max(len(found), 1) + 15,
                     note="Shape of the Pareto tail of the weights that leave an observation out, one dot each; dashed: the "
                          "largest shape that can be relied on with that many draws (at most 0.7).")
        left = room(names or [""]) + 5
        ax = page.panel(left, 3, page.width - left - 5, _LOO_ROW * max(len(found), 1))
        for row, (_, _, loo) in enumerate(found):
            _loo_dots(ax, row, loo)
        stripes(ax, len(found))
        ax.set_yticks(range(len(found)), names)
        ax.set_ylim(len(found) - 0.5, -0.5)
        ax.set_xlabel("Pareto shape k")
        ax.tick_params(axis="y", left=False)
        return page.figure


def _loo_dots(ax: Axes, row: int, loo: Loo) -> None:
    jitter = row + np.random.default_rng(row).uniform(-0.25, 0.25, len(loo.pareto_k))
    shape = np.minimum(loo.pareto_k, LARGEST)
    for chosen, colour, marker, size in ((~loo.weak & np.isfinite(loo.pareto_k), WITHIN, "o", 1.4), (loo.weak, BEYOND, "X", 4)):
        ax.plot(shape[chosen], jitter[chosen], linestyle="none", marker=marker, color=colour, markersize=size,
                markeredgewidth=0)
    ax.vlines(loo.good_k, row - 0.5, row + 0.5, color=GREY, linewidth=0.8, linestyle=(0, (3, 2)))


def alt_loo(content: TrustContent) -> str:
    """Words for those who cannot see it."""
    weak = sum(int(loo.weak.sum()) for one in content.trust.values() for loo in one.loo.values())
    total = sum(len(loo.pareto_k) for one in content.trust.values() for loo in one.loo.values())
    return f"Pareto shape of {total:,} observations by component and quantity; {weak} lie beyond what can be relied on."


# Figure: are observations where the other observations said they would be?

PIT_HEADING = "Calibration of predictions"
PIT_READING = (
    "A calibrated model keeps the line inside the grey band. A line that rises above zero on the left and falls below "
    "on the right says that predictions are too narrow, the reverse that they are too wide; a line above zero throughout "
    "that they are too high, below that they are too low.")
_PIT_SIDE, _PIT_GAP, _PIT_COLUMNS = 30.0, 11.0, 4


def draw_pit(content: TrustContent) -> Figure:
    """One small panel per component and observed quantity with an order."""
    found = [(f"{component_name(name)}\n{code_label(quantity)}", pit)
             for name, one in content.trust.items() for quantity, pit in one.pit.items()]
    rows = -(-len(found) // _PIT_COLUMNS)
    with figure_style():
        page = sheet(
            content, title="Are observations where the others said they would be?", body=max(rows, 1) * (_PIT_SIDE + 15) + 6,
            note="Randomised leave-one-out probability integral transforms: share of observations up to a value, less "
                 "that value; grey: simultaneous 95 % band of a calibrated prediction. Mean over 100 randomisations.")
        for place, (title, pit) in enumerate(found):
            _pit_panel(page, place, title, pit)
        return page.figure


def _pit_panel(page: FigureSheet, place: int, title: str, pit: Pit) -> None:
    width = (page.width - 14 - (_PIT_COLUMNS - 1) * _PIT_GAP) / _PIT_COLUMNS
    row, column = divmod(place, _PIT_COLUMNS)
    ax: Axes = page.panel(11 + column * (width + _PIT_GAP), 7 + row * (_PIT_SIDE + 15), width, _PIT_SIDE)
    ax.fill_between(pit.at, pit.low - pit.at, pit.high - pit.at, color=PALE, linewidth=0)
    ax.axhline(0, color=BLACK, linewidth=0.5)
    ax.plot(pit.at, pit.share - pit.at, color=WITHIN if pit.calibrated else BEYOND, linewidth=1.1)
    ax.set_title(title, size=6.6)
    ax.set(xlim=(0, 1), xticks=(0, 0.5, 1))
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))  # short numbers: panels stand close to one another
    ax.text(0.98, 0.03, f"n = {pit.observations:,}", transform=ax.transAxes, ha="right", size=SMALLEST)


def alt_pit(content: TrustContent) -> str:
    """Words for those who cannot see it."""
    bad = [f"{component_name(name)} {code_label(quantity)}" for name, one in content.trust.items()
           for quantity, pit in one.pit.items() if not pit.calibrated]
    return "Transforms of observations by component; outside the band: " + (", ".join(bad) or "none") + "."


# Figures: the record against records that the posterior produces, one figure per component.

PREDICTIVE_READING = (
    "Blue: where a statistic falls in records that the posterior produces (thick 50 %, thin 95 %). Black: the record "
    "itself; a vermilion cross: outside the 95 %. Families of many statistics are drawn as expected against observed.")
_LISTED = 18  # statistics; beyond, a scatter
_PREDICTIVE_ROW, _SCATTER, _PREDICTIVE_GAP = 3.6, 46.0, 17.0  # millimetres
_TIE = "~"  # a space at which no line may break
_TAIL = (2.5, 25, 50, 75, 97.5)


def draw_predictive(content: TrustContent, name: str) -> Figure:
    """All families of one component in two columns."""
    found = sorted(content.trust[name].predictive, key=lambda one: len(one.p) > _LISTED)
    column: list[list[tuple[float, Checked]]] = [[], []]
    height = [0.0, 0.0]
    for one in found:
        shorter = int(height[1] < height[0])
        column[shorter].append((height[shorter], one))
        height[shorter] += _PREDICTIVE_GAP + (_PREDICTIVE_ROW * len(one.p) if len(one.p) <= _LISTED else _SCATTER)
    with figure_style():
        page = sheet(content, title=f"{component_name(name)}: the record against replicated records",
                     body=max(*height, 10) + 2,
                     note="Replicated records: simulated at 1,000 draws of the posterior for the covariates of the record; p of "
                          "a family: share of them that are at least as unusual. Such p are conservative: passing proves little.")
        for side, panels in enumerate(column):
            for top, one in panels:
                _predictive_panel(page, side, top, one)
        return page.figure


def _predictive_panel(page: FigureSheet, side: int, top: float, one: Checked) -> None:
    names = [code_label(text) for text in one.labels]
    half = page.width / 2
    listed = len(one.p) <= _LISTED
    left = side * half + (min(room(names), half - 35) + 5 if listed else 12)
    width = (side + 1) * half - left - 6
    ax = page.panel(left, top + 8, width, _PREDICTIVE_ROW * len(one.p) if listed else _SCATTER)
    (_listed if listed else _scatter)(ax, one, names)
    heading = f"{one.family.title[:1].upper()}{one.family.title[1:]} ({p_text(one.p_family)})"
    ax.set_title("\n".join(broken_lines(heading, half - 10, 7.5, "bold")).replace(_TIE, " "),
                 color=WITHIN if one.passed else BEYOND,
                 x=(side * half + 2 - left) / width, size=6.8)


def _listed(ax: Axes, one: Checked, names: list[str]) -> None:
    low, lower, middle, upper, high = np.percentile(one.replicated, _TAIL, axis=0)
    row = np.arange(len(names))
    ax.hlines(row, low, high, color=BLUE, linewidth=0.9)
    ax.hlines(row, lower, upper, color=BLUE, linewidth=2.4)
    ax.plot(middle, row, linestyle="none", marker="|", color="white", markersize=3.2, markeredgewidth=0.9)
    for chosen, colour, marker, size in ((~one.outside, WITHIN, "D", 2.8), (one.outside, BEYOND, "X", 4.6)):
        ax.plot(one.observed[chosen], row[chosen], linestyle="none", marker=marker, color=colour, markersize=size,
                markeredgecolor="white", markeredgewidth=0.3, zorder=4)
    stripes(ax, len(names))
    ax.set_yticks(row, names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)


def _scatter(ax: Axes, one: Checked, names: list[str]) -> None:
    low, high = np.percentile(one.replicated, (2.5, 97.5), axis=0)
    mean = one.replicated.mean(axis=0)
    ax.vlines(mean, low, high, color=BLUE, linewidth=0.35)
    for chosen, colour, marker, size in ((~one.outside, WITHIN, "o", 1.8), (one.outside, BEYOND, "X", 4)):
        ax.plot(mean[chosen], one.observed[chosen], linestyle="none", marker=marker, color=colour, markersize=size,
                markeredgewidth=0, zorder=4)
    ax.axline((0, 0), slope=1, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
    ax.set(xlabel="expected (mean of replicated records)", ylabel="in the record")
    _name_worst(ax, one, mean, names)


def _name_worst(ax: Axes, one: Checked, mean: np.ndarray, names: list[str]) -> None:
    """Names of the furthest statistics where they do not run into one another, on that side of each where there is room."""
    taken: list[float] = []
    reach, middle = np.ptp(ax.get_ylim()), np.mean(ax.get_xlim())
    for at in np.flatnonzero(one.outside)[np.argsort(-np.abs(one.observed - mean)[one.outside])]:
        if all(abs(one.observed[at] - other) > 0.07 * reach for other in taken):
            taken.append(one.observed[at])
            ha, away = ("left", 3) if mean[at] <= middle else ("right", -3)
            ax.annotate(names[at], (mean[at], one.observed[at]), xytext=(away, 2), textcoords="offset points", size=SMALLEST,
                        color=BEYOND, ha=ha,
                        bbox={"facecolor": "white", "linewidth": 0, "pad": 0.3, "alpha": 0.8}, zorder=5)


def p_text(value: float) -> str:
    """A p-value in words that are tied together."""
    return f"p{_TIE}<{_TIE}0.01" if value < 0.01 else f"p{_TIE}={_TIE}{value:.2f}"


def alt_predictive(content: TrustContent, name: str) -> str:
    """Words for those who cannot see it."""
    bad = [one.family.title for one in content.trust[name].predictive if not one.passed]
    return (f"{component_name(name)}: statistics of the record and of replicated records; families that do not fit: "
            + (", ".join(bad) or "none") + ".")


# Figure: what moves when the prior or the data count a little more.

SENSITIVITY_HEADING = "Prior or data: what decides?"
SENSITIVITY_READING = (
    "Each dot is a quantity: an effect of a type or president, a top-level parameter, or a result for reading. Right of "
    "the dashed line it follows the prior; above, it follows the data. Lower right: the prior decides. Upper right: both "
    "pull, and possibly against each other.")
_SENSITIVITY_SIDE, _SENSITIVITY_GAP, _SENSITIVITY_COLUMNS = 32.0, 9.0, 4
_LOOK = {CONFLICT: (VERMILION, "X", 3.6), STRONG: (ORANGE, "s", 2.8)}


def draw_sensitivity(content: TrustContent) -> Figure:
    """One panel per component, both axes logarithmic."""
    found = [(name, one.sensitivity) for name, one in content.trust.items() if len(one.sensitivity)]
    rows = -(-len(found) // _SENSITIVITY_COLUMNS)
    with figure_style():
        page = sheet(content, title="Do prior or data decide?", body=max(rows, 1) * (_SENSITIVITY_SIDE + 15) + 6,
                     note="Sensitivity to power-scaling of the prior and of the likelihood, one dot per quantity; dashed: 0.05. "
                          "Orange squares: strong prior or weak likelihood; vermilion crosses: potential prior-data conflict.")
        for place, (name, table) in enumerate(found):
            _sensitivity_panel(page, place, name, table, last=place >= len(found) - _SENSITIVITY_COLUMNS)
        return page.figure


def _sensitivity_panel(page: FigureSheet, place: int, name: str, table: pd.DataFrame, *, last: bool) -> None:
    width = (page.width - 18 - (_SENSITIVITY_COLUMNS - 1) * _SENSITIVITY_GAP) / _SENSITIVITY_COLUMNS
    row, column = divmod(place, _SENSITIVITY_COLUMNS)
    ax: Axes = page.panel(14 + column * (width + _SENSITIVITY_GAP), 5 + row * (_SENSITIVITY_SIDE + 15), width, _SENSITIVITY_SIDE)
    for diagnosis, rows in table.groupby("diagnosis"):
        colour, marker, size = _LOOK.get(diagnosis, (BLACK, "o", 1.8))
        at = (np.maximum(rows[axis], 0.003) for axis in ("prior", "likelihood"))
        ax.plot(*at, linestyle="none", marker=marker, color=colour, markersize=size, markeredgewidth=0, zorder=3)
    ax.axvline(THRESHOLD, color=GREY, linewidth=0.7, linestyle=(0, (3, 2)))
    ax.axhline(THRESHOLD, color=GREY, linewidth=0.7, linestyle=(0, (3, 2)))
    ax.set(xscale="log", yscale="log", xlim=(0.003, 2), ylim=(0.003, 2))
    ax.set_xticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
    ax.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"] if column == 0 else [""] * 3)
    ax.minorticks_off()
    ax.set_title(component_name(name))
    if last:
        ax.set_xlabel("to the prior")
    if column == 0:
        ax.set_ylabel("to the likelihood")


def alt_sensitivity(content: TrustContent) -> str:
    """Words for those who cannot see it."""
    count = pd.concat([one.sensitivity for one in content.trust.values()])["diagnosis"].value_counts()
    listed = ", ".join(f"{number} {name}" for name, number in count.items())
    return f"Sensitivity of quantities to prior and likelihood: {listed}."


# Figure: what the data added to the prior, parameter by parameter.

OVERLAP_HEADING = "What the data added to the prior"
OVERLAP_READING = (
    "Mass that prior and posterior share. Orange squares at the right: the data hardly spoke, the number is the prior's. "
    "Vermilion crosses at the left: the data moved the parameter to where the prior did not look for it.")
_OVERLAP_ROW, _OVERLAP_GAP = 3.4, 15.0


def draw_overlap(content: TrustContent) -> Figure:
    """One list of parameters per component, in two columns."""
    column: list[list[tuple[float, str]]] = [[], []]
    height = [0.0, 0.0]
    for name, one in content.trust.items():
        shorter = int(height[1] < height[0])
        column[shorter].append((height[shorter], name))
        height[shorter] += _OVERLAP_ROW * len(one.overlap) + _OVERLAP_GAP
    with figure_style():
        page = sheet(content, title="What have the data added to the prior?", body=max(height) + 8,
                     note="Overlap of prior and posterior of every top-level parameter, 0 (apart) to 1 (alike); dashed: 0.1 and "
                          "0.9.")
        for side, panels in enumerate(column):
            for top, name in panels:
                _overlap_panel(page, side, top, name, content)
        return page.figure


def _overlap_panel(page: FigureSheet, side: int, top: float, name: str, content: TrustContent) -> None:
    table = content.trust[name].overlap
    names = [code_label(text) for text in table["parameter"]]
    half = page.width / 2
    left = side * half + room(names) + 5
    ax: Axes = page.panel(left, top + 9, (side + 1) * half - left - 6, _OVERLAP_ROW * len(table))
    for row, value in enumerate(table["overlap"]):
        colour, marker, size = (BLUE, "o", 3) if LOW <= value <= HIGH else (
            (VERMILION, "X", 4.2) if value < LOW else (ORANGE, "s", 3.2))
        ax.plot(value, row, marker=marker, color=colour, markersize=size, markeredgewidth=0, clip_on=False)
    for edge in (LOW, HIGH):
        ax.axvline(edge, color=GREY, linewidth=0.6, linestyle=(0, (3, 2)))
    stripes(ax, len(table))
    ax.set_yticks(range(len(table)), names)
    ax.set(xlim=(0, 1), ylim=(len(table) - 0.5, -0.5), xticks=(LOW, 0.5, HIGH))
    ax.tick_params(axis="y", left=False)
    ax.tick_params(axis="x", labeltop=True, pad=2)  # long lists are read from both ends
    ax.set_title(component_name(name), pad=15)


def alt_overlap(content: TrustContent) -> str:
    """Words for those who cannot see it."""
    values = [value for one in content.trust.values() for value in one.overlap["overlap"]]
    return (f"Overlap of prior and posterior of {len(values)} parameters: {sum(value > HIGH for value in values)} above {HIGH}, "
            f"{sum(value < LOW for value in values)} below {LOW}.")


# All of them; a new one is a section above and one line here.

@dataclass(frozen=True, kw_only=True)
class TrustPlate:
    """One figure: its file name, the check that it belongs to, how it is drawn, described and read."""

    name: str
    area: str
    heading: str
    draw: Callable[[TrustContent], Figure]
    alt: Callable[[TrustContent], str]
    reading: str


_WHOLE = (("convergence", "convergence", CONVERGENCE_HEADING, draw_convergence, alt_convergence, CONVERGENCE_READING),
          ("loo", "leave-one-out", LOO_HEADING, draw_loo, alt_loo,
           LOO_READING), ("calibration", "calibration", PIT_HEADING, draw_pit, alt_pit, PIT_READING))
_PRIOR = (("sensitivity", "sensitivity", SENSITIVITY_HEADING, draw_sensitivity, alt_sensitivity, SENSITIVITY_READING),
          ("overlap", "prior to posterior", OVERLAP_HEADING, draw_overlap, alt_overlap, OVERLAP_READING))


def plates(content: TrustContent) -> tuple[TrustPlate, ...]:
    """The figures that this content allows."""
    known = {"loo": any(one.loo for one in content.trust.values()), "calibration": any(one.pit for one in content.trust.values()),
             "sensitivity": any(len(one.sensitivity) for one in content.trust.values())}
    whole, prior = ([_plate(*one) for one in group if known.get(one[0], True)] for group in (_WHOLE, _PRIOR))
    return (*whole, *(_single(name) for name, one in content.trust.items() if one.predictive), *prior)


def _plate(name: str, area: str, heading: str, draw: Callable[[TrustContent], Figure], alt: Callable[[TrustContent], str],
           reading: str) -> TrustPlate:
    return TrustPlate(name=name, area=area, heading=heading, draw=draw, alt=alt, reading=reading)


def _single(name: str) -> TrustPlate:
    """Predictive checks of one component."""
    return TrustPlate(name=f"predictive_{name}", area="predictive checks", heading=component_name(name),
                      draw=partial(draw_predictive, name=name), alt=partial(alt_predictive, name=name),
                      reading=PREDICTIVE_READING)
