"""Figures and tables of backtests."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.special import stdtrit

from forecast.evaluation.uniformity import COVERAGE_LEVEL, PIT_BINS
from forecast.report.backtest_page import FIGURES, PageTexts, render
from forecast.report.layout import broken, framed, is_narrow, key_outside
from forecast.report.style import (
    BLACK,
    BLUE,
    GREY,
    PALE,
    SMALLEST,
    VERMILION,
    figure_style,
    on_paper,
    visible_label,
    write_figure,
)
from forecast.report.words import CHANNEL

# Everything that a backtest writes: tables, figures, and what they mean in a page of text.

def write_page(told: PageTexts, table: pd.DataFrame, coverage: pd.DataFrame, folder: Path, dyad: str | None = None) -> None:
    """Write ``backtest.html`` from figures that are drawn already, and its words as ``told.json`` for the report of a run."""
    figures = [path for name in FIGURES if (path := folder / f"{name}.svg").exists()]
    words = json.dumps({"dyad": dyad, **vars(told)}, indent=2, ensure_ascii=False)
    (folder / "told.json").write_text(words + "\n", encoding="utf-8")
    (folder / "backtest.html").write_text(render(told, table, coverage, figures), encoding="utf-8")


def draw_dyad(counts: pd.DataFrame, content: pd.DataFrame, table: pd.DataFrame, folder: Path) -> None:
    """Figures of a dyad's backtest."""
    named = {"model": "told who won", "model, placebo": "told that the other won"}
    span = f"{counts['term'].iloc[0][:4]} to {counts['term'].iloc[-1][-4:]}"
    pages = ", and that pages are pooled with smoothing, were" if "pages by side" in set(counts["measure"]) else " was"
    note = (f"{counts['term'].nunique()} terms, {span}, each forecast on the eve of its election. Bars: 95 % intervals by "
            f"Student's t over terms.\nThe model's drift{pages} chosen when these terms were known: read all skill of the model "
            "as optimistic.")
    write_figure(partial(draw_skill, table, named, "Skill against the best baseline", note), folder, "skill")
    rank = counts[counts["measure"] == "contacts by rank and year"]
    best = table.query("measure == 'contacts by rank and year' and loss_name == 'crps'")["baseline"].iloc[0]
    events = content[content["measure"] == "questions"]
    origins = f"{counts['term'].nunique()} terms, {span}, each forecast on the eve of its election from refits to what was known."
    asked = table.loc[table["measure"] == "questions", "baseline"]
    write_figure(partial(draw_calibration, rank, ("model", best), "Contacts by rank and year of past terms", origins,
                         events if len(events) else None, next(iter(asked), "")), folder, "calibration")
    whole = counts[counts["measure"] == "contacts"]
    of_all = table.query("measure == 'contacts' and loss_name == 'crps'")["baseline"].iloc[0]
    write_figure(partial(draw_terms, whole, ("model", "model, placebo", of_all),
                         "Every past term, forecast on the eve of its election", "recorded contacts of the term",
                         f"{origins} Placebo: told that the other candidate won."), folder, "terms")


def draw_registers(scores: pd.DataFrame, table: pd.DataFrame, folder: Path) -> None:
    """Figures of the registers' backtest."""
    reported = table[table["terms_of"] == table["terms_of"].iloc[0]]
    begins = str(reported["terms_of"].iloc[0])[:4]
    part = scores[scores["term"] >= begins]
    named = {"pool": "pool", "hierarchical": "hierarchical model", "autoregression": "autoregression"}
    note = (f"{part['term'].nunique()} terms, {part['country'].nunique()} countries; terms before {begins} served to choose the "
            "forecasters. Bars: 95 % intervals by Student's t over terms.")
    title = "Registers: skill against the best baseline"
    write_figure(partial(draw_skill, reported, named, title, note), folder, "skill")
    best = reported.query("measure == 'all' and loss_name == 'crps'")["baseline"].iloc[0]
    origins = f"{part['term'].nunique()} terms, {part['country'].nunique()} countries; leaders' travel and visits by country."
    write_figure(partial(draw_calibration, part, ("pool", best), "Registers of all countries, totals of terms", origins), folder,
                 "calibration")


# Figure: do counts fall where forecasts say, and is what is called likely frequent?

PIT = [f"pit_{place}" for place in range(PIT_BINS)]
COLOURS = (BLUE, VERMILION)
READING = ("PIT: even bars are right, rising ones say that more happened than was forecast; grey holds 95 % of even bars, by the "
           "spread between terms.\nCoverage: on the line is right, below it intervals were too narrow.")
RELIABLE = "Questions: on the line is right; areas of marks grow with the number of questions."


def draw_calibration(
        scores: pd.DataFrame, forecasters: tuple[str, str], title: str, note: str, events: pd.DataFrame | None = None,
        of_events: str = "") -> Figure:
    """PIT histogram of two forecasters, coverage against what is said, and where there are events a reliability diagram.

    Parameters
    ----------
    scores : DataFrame
        From :func:`forecast.evaluation.backtest_origin.scored`.
    note : str
        What was forecast, and on what it rests.
    events : DataFrame, optional
        Columns forecaster, forecast (probability), happened (0 or 1).
    of_events : str
        The baseline of events that is drawn beside the first forecaster.
    """
    with figure_style():
        reading = READING if events is None else f"{READING} {RELIABLE}"
        figure = framed(100 if is_narrow() else 76, title, f"{note}\n{reading}")
        axes = figure.subplots(2, 2).ravel() if is_narrow() else figure.subplots(1, 3 if events is None else 4)
        for ax, name, colour in zip(axes[:2], forecasters, COLOURS, strict=True):
            _pit(ax, scores[scores["forecaster"] == name], name, colour)
            ax.set_ylim(0, 1.05 * max(scores[scores["forecaster"] == one][PIT].mean().max() for one in forecasters))
        _coverage(axes[2], scores, forecasters)
        if events is not None:
            _reliability(axes[3], events, (forecasters[0], of_events))
        for ax in axes[3 if events is None else 4:]:
            ax.set_visible(False)
        if on_paper():
            key_outside(figure, "upper left", handles=_key(forecasters, of_events), ncols=2)
    return figure


def _key(forecasters: tuple[str, str], of_events: str) -> list[Line2D]:
    """What colours and marks of coverage and questions mean."""
    other = forecasters[1] if of_events in ("", forecasters[1]) else f"{forecasters[1]}; of questions: {of_events}"
    return [Line2D([], [], color=colour, marker=marker, markersize=4, label=visible_label(name))
            for name, colour, marker in zip((forecasters[0], other), COLOURS, "oD", strict=True)]


def _pit(ax: Axes, part: pd.DataFrame, name: str, colour: str) -> None:
    """Mean share of the transform per bin; grey: where 95 % of even means lie, by the spread between terms."""
    share = part[PIT].mean().to_numpy()
    by_term = part.groupby("term")[PIT].mean()
    many = len(by_term)
    spread = stdtrit(many - 1, 0.975) * by_term.std(ddof=1).mean() / np.sqrt(many) if many > 1 else np.nan
    ax.axhspan(max(0, 1 / PIT_BINS - spread), 1 / PIT_BINS + spread, color=PALE, linewidth=0)
    ax.bar((np.arange(PIT_BINS) + 0.5) / PIT_BINS, share, width=0.94 / PIT_BINS, color=colour)
    ax.axhline(1 / PIT_BINS, color=BLACK, linewidth=0.6)
    ax.set(xlabel=broken("probability up to what happened", 32), xlim=(0, 1),
           title=f"{broken(f'PIT of {name}', 24)}\n{len(part):,} counts")
    if name == part["forecaster"].iloc[0]:
        ax.set_ylabel("share of counts")


def _coverage(ax: Axes, scores: pd.DataFrame, forecasters: tuple[str, str]) -> None:
    ax.plot([0.4, 1], [0.4, 1], color=GREY, linewidth=0.8)
    for name, colour, marker in zip(forecasters, COLOURS, "oD", strict=True):
        part = scores[scores["forecaster"] == name]
        ax.plot(COVERAGE_LEVEL, [part[f"calibrated_{100 * level:.0f}"].mean() for level in COVERAGE_LEVEL], marker=marker,
                color=colour, label=name,
                markersize=4)
    ax.set(xlabel="coverage that intervals say", ylabel="coverage found", title="Coverage of counts\n(calibrated)")
    if not on_paper():
        ax.legend(loc="upper left", fontsize=SMALLEST)


def _reliability(ax: Axes, events: pd.DataFrame, forecasters: tuple[str, str]) -> None:
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    for name, colour, marker in zip(forecasters, COLOURS, "oD", strict=True):
        part = events[events["forecaster"] == name]
        group = part.groupby(np.minimum((part["forecast"] * 5).astype(int), 4))
        ax.scatter(group["forecast"].mean(), group["happened"].mean(), s=4 + 1.2 * group.size(), color=colour, marker=marker,
                   label=name, alpha=0.9)
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="probability of yes", ylabel="share of yes",
           title=f"Dated questions\nof past terms ({len(part)})")
    if not on_paper():
        ax.legend(loc="upper left", fontsize=SMALLEST, markerscale=0.4, handletextpad=0.1, borderaxespad=0.1)


# Figure: how much better or worse than the best baseline, measure by measure.

def draw_skill(table: pd.DataFrame, forecasters: dict[str, str], title: str, note: str) -> Figure:
    """Skill in per cent with 95 % intervals, one row per measure.

    Parameters
    ----------
    table : DataFrame
        From :func:`forecast.evaluation.backtest_origin.skill_table`; a measure of several losses has a row for each.
    forecasters : dict of str to str
        Forecasters drawn, and their names in the legend.
    """
    chosen = table[table["loss_name"] != "log_score"]
    measures = list(dict.fromkeys(chosen["measure"]))
    with figure_style():
        figure = framed(34 + 8 * len(measures), title, note)
        ax = figure.subplots()
        for number, (name, label) in enumerate(forecasters.items()):
            rows = chosen[chosen["forecaster"] == name].set_index("measure").reindex(measures)
            height = np.arange(len(measures)) + 0.24 * (number - (len(forecasters) - 1) / 2)
            error = 100 * np.abs(np.stack([rows["skill"] - rows["low"], rows["high"] - rows["skill"]]))
            ax.errorbar(100 * rows["skill"], height, xerr=error, fmt="oDs"[number], color=(BLUE, VERMILION, GREY)[number],
                        markersize=4, elinewidth=1, label=label)
        base = chosen.drop_duplicates("measure").set_index("measure")["baseline"]
        ax.set_yticks(range(len(measures)), [f"{CHANNEL.get(one, one)}\nagainst: {base[one]}" for one in measures])
        ax.set_ylim(len(measures) - 0.5, -0.5)
        ax.axvline(0, color=GREY, linewidth=0.8)
        ax.set_xlabel(broken("skill in CRPS or another proper score, per cent: right of zero better than the best baseline"))
        key_outside(figure, "upper right", ncols=len(forecasters))
    return figure


# Figure: every past term, as it was forecast and as it was.

def draw_terms(scores: pd.DataFrame, forecasters: tuple[str, ...], title: str, unit: str, note: str) -> Figure:
    """Median and 80 % interval of each forecaster by term, and what happened.

    Parameters
    ----------
    scores : DataFrame
        One cell per term: columns term, forecaster, q10, q50, q90, count.
    unit : str
        What is counted.
    note : str
        What was forecast, and on what it rests.
    """
    terms = list(dict.fromkeys(scores["term"]))
    with figure_style():
        figure = framed(72 if is_narrow() else 80, title, note)
        ax = figure.subplots()
        for number, name in enumerate(forecasters):
            part = scores[scores["forecaster"] == name].set_index("term").loc[terms]
            place = np.arange(len(terms)) + 0.16 * (number - (len(forecasters) - 1) / 2)
            error = [part["q50"] - part["q10"], part["q90"] - part["q50"]]
            ax.errorbar(place, part["q50"], yerr=error, fmt="oDs"[number], color=(BLUE, VERMILION, GREY)[number], markersize=3.6,
                        elinewidth=1.1, label=f"{name}: median, 80 %")
        happened = scores.drop_duplicates("term").set_index("term").loc[terms, "count"]
        ax.plot(np.arange(len(terms)), happened, "_", color=BLACK, markersize=22, markeredgewidth=1.6, label="what happened")
        ax.set_xticks(range(len(terms)), [term.replace("-", "-\n") if is_narrow() else term for term in terms])
        ax.set(ylabel=unit, ylim=(0, None))
        if on_paper():
            key_outside(figure, "upper left", ncols=1 if is_narrow() else 2, handlelength=3.6)
        else:
            ax.legend(loc="upper left")
    return figure
