"""Figures of a prior set: the density of every prior of one section, with that of the default set where it differs."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from forecast.components.priors import Prior, PriorSet, same
from forecast.report.canvas import lines
from forecast.report.key import shown
from forecast.report.priors.density import densities, ticks
from forecast.report.priors.scale import Scale, scale_of
from forecast.report.style import BLUE, DOUBLE_MM, GREY, MM, ORANGE, look
from forecast.report.words import plain

COLUMNS = 4
_READ = {"level": "{unit}", "factor": "factor {unit}", "odds": "odds factor {unit}", "share": "{unit}",
         "variation": "coefficient of variation", "value": "{unit}"}
_SCALE = {"factor": "factor at one standard deviation", "odds": "odds factor at one standard deviation"}
_ROW, _HEAD, _FOOT = 31.0, 8.0, 1.0  # millimetres
_SHADE = (BLUE, "#4A90C4", "#7FB3D9", "#1B3A57")


def draw_section(priors: PriorSet, default: PriorSet, section: str) -> Figure:
    """One panel per parameter of a section."""
    names = [name for name, usual in default.component[section].items()
             if densities(usual) or densities(priors.component[section][name])]
    rows = -(-len(names) // COLUMNS)
    height = _HEAD + _ROW * rows + _FOOT
    with look():
        figure = Figure(figsize=(DOUBLE_MM * MM, height * MM))
        FigureCanvasAgg(figure)
        width = (DOUBLE_MM - 4) / COLUMNS
        for place, name in enumerate(names):
            row, column = divmod(place, COLUMNS)
            bottom = height - _HEAD - row * _ROW - 23
            ax = figure.add_axes(((3 + column * width) / DOUBLE_MM, bottom / height, (width - 5) / DOUBLE_MM, 16 / height))
            _panel(ax, name, priors.component[section][name], default.component[section][name], scale_of(section, name))
        _words(figure, priors, section, height)
        return figure


def _panel(ax: Axes, name: str, prior: Prior, usual: Prior, scale: Scale) -> None:
    other = not same(prior, usual)
    drawn = [(usual, ORANGE, True)] if other else []
    places = np.concatenate([one.place for which in (prior, usual) for one in densities(which)])
    for which, colour, dashed in (*drawn, (prior, BLUE, False)):
        for number, one in enumerate(densities(which)):
            _line(ax, one.place, one.height, colour if dashed else _SHADE[number % len(_SHADE)], dashed)
    _label(ax, prior)
    low, high = _limits(places, scale)
    at, words = ticks(scale, low, high)
    ax.set(xlim=(low, high), ylim=(0, 1.16), yticks=())
    ax.set_xticks(at, words)
    ax.spines["left"].set_visible(False)
    ax.set_title(plain(name), size=6.8)
    ax.set_xlabel("\n".join(lines(_read(prior, scale), (DOUBLE_MM - 4) / COLUMNS - 5, 5.6)), size=5.6, labelpad=1.5)


def _line(ax: Axes, place: np.ndarray, height: np.ndarray, colour: str, dashed: bool) -> None:
    if len(place) == 1:
        ax.vlines(place, 0, height, color=colour, linewidth=1.6, linestyle="--" if dashed else "-")
        return
    ax.plot(place, height, color=colour, linewidth=1.1, linestyle="--" if dashed else "-")
    if not dashed:
        ax.fill_between(place, 0, height, color=colour, alpha=0.14, linewidth=0)


def _label(ax: Axes, prior: Prior) -> None:
    """Number of the code above the top of each of several curves; curves that coincide share a place."""
    at: dict[float, list[str]] = {}
    for one in densities(prior):
        if one.label and len(one.place) > 1:
            at.setdefault(round(float(one.place[one.height.argmax()]), 2), []).append(one.label)
    for place, labels in at.items():
        ax.text(place, 1.02, ", ".join(labels), size=5.6, ha="left", color=GREY)


def _limits(places: np.ndarray, scale: Scale) -> tuple[float, float]:
    low, high = places.min(), places.max()
    if scale.kind == "value":
        return -0.02, 1.02
    margin = 0.04 * max(high - low, 0.5)
    return (low - margin if low < 0 or scale.kind in ("level", "share") else -margin), high + margin


def _read(prior: Prior, scale: Scale) -> str:
    if prior.distribution == "half_normal" and scale.kind in _SCALE:
        return _SCALE[scale.kind]
    return _READ[scale.kind].format(unit=scale.unit).strip()


def _words(figure: Figure, priors: PriorSet, section: str, height: float) -> None:
    figure.text(1.5 / DOUBLE_MM, 1 - 1.5 / height, f"Priors of {section}, set {priors.name}", va="top", size=9, weight="bold")
    marks = [Line2D([], [], color=BLUE, label=shown(f"{priors.name} (heights scaled to one)"))]
    if priors.name != "default":
        marks.append(Line2D([], [], color=ORANGE, linestyle="--", label="default, where it differs"))
    figure.legend(handles=marks, loc="upper right", ncols=2, borderaxespad=0.4, handlelength=1.8)
