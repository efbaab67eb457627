"""Figures of a prior set: the density of every prior of one section, with that of the default set where it differs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import EllipsisType
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator
from scipy.special import logit
from scipy.stats import beta, halfnorm, norm

from forecast.components.priors import Prior, PriorSet, Scale, same
from forecast.components.registry import CONTACTS, OUTCOME, PAGES, POOL, RECORDING, TOPICS
from forecast.contacts import codes
from forecast.evaluation.elicitation import FittedBins, Pool, bins_of
from forecast.evaluation.prior_check import PriorCheck
from forecast.panel import Panel
from forecast.report import words
from forecast.report.language import calling
from forecast.report.layout import (
    FigureSheet,
    broken,
    broken_lines,
    columns,
    is_narrow,
    print_words,
    room,
    sheet,
    sheet_width,
)
from forecast.report.prior_meaning import scale_of
from forecast.report.style import BLACK, BLUE, GREY, MM, ORANGE, PALE, SMALLEST, TALLEST, caption, figure_style, visible_label
from forecast.report.words import plain

COLUMNS = 4
_READ = {"level": "{unit}", "factor": "factor {unit}", "odds": "odds factor {unit}", "share": "{unit}",
         "variation": "coefficient of variation", "value": "{unit}"}
_SCALE = {"factor": "factor at one standard deviation", "odds": "odds factor at one standard deviation"}
_ROW, _HEAD, _FOOT = 35.5, 8.0, 1.0  # millimetres
_SHADE = (BLUE, "#4A90C4", "#7FB3D9", "#1B3A57")


def pages_of_section(priors: PriorSet, default: PriorSet, section: str) -> list[Callable[[], Figure]]:
    """Figures of a section, each with as many panels as a page has room for."""
    names, most = _drawn(priors, default, section), _across() * int((TALLEST - 20.0) // _ROW)
    return [partial(draw_section, priors, default, section, names[start:start + most]) for start in range(0, len(names), most)]


def _drawn(priors: PriorSet, default: PriorSet, section: str) -> list[str]:
    return [name for name, usual in default.component[section].items()
            if densities(usual) or densities(priors.component[section][name])]


def draw_section(priors: PriorSet, default: PriorSet, section: str, shown: Sequence[str] | None = None) -> Figure:
    """One panel per parameter of a section, or of those named."""
    names = _drawn(priors, default, section) if shown is None else shown
    across, whole = _across(), sheet_width()
    rows = -(-len(names) // across)
    with figure_style():
        title, _ = caption(f"Priors of {section}, set {priors.name}", "")
        above = broken_lines(title, whole - 3, 9, "bold") if is_narrow() else [title] if title else []
        handles = _handles(priors)
        head = _HEAD if title and not is_narrow() else 3.5 + 4.2 * len(above) + 3.4 * (len(handles) if is_narrow() else 1)
        height = head + _ROW * rows + _FOOT
        figure = Figure(figsize=(whole * MM, height * MM))
        FigureCanvasAgg(figure)
        width = (whole - 4) / across
        for place, name in enumerate(names):
            row, column = divmod(place, across)
            bottom = height - head - row * _ROW - 23
            ax = figure.add_axes(((3 + column * width) / whole, bottom / height, (width - 5) / whole, 16 / height))
            _panel(ax, name, priors.component[section][name], default.component[section][name], scale_of(section, name))
        print_words(figure, above, ())
        if is_narrow():
            figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 1 - (0.5 + 4.2 * len(above)) / height),
                          borderaxespad=0.4, handlelength=1.8)
        else:
            figure.legend(handles=handles, loc="upper right", ncols=2, borderaxespad=0.4, handlelength=1.8)
        return figure


def _across() -> int:
    """Panels side by side."""
    return COLUMNS // 2 if is_narrow() else COLUMNS


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
    ax.set_title(broken(plain(name), (sheet_width() - 4) / 2 - 4), size=6.8)
    room_of = (sheet_width() - 4) / _across() - 5
    ax.set_xlabel("\n".join(broken_lines(_read(prior, scale), room_of, SMALLEST)), size=SMALLEST, labelpad=1.5)


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
        ax.text(place, 1.02, ", ".join(labels), size=SMALLEST, ha="left", color=GREY)


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


def _handles(priors: PriorSet) -> list[Line2D]:
    marks = [Line2D([], [], color=BLUE, label=visible_label(f"{priors.name} (heights scaled to one)"))]
    if priors.name != "default":
        marks.append(Line2D([], [], color=ORANGE, linestyle="--", label="default, where it differs"))
    return marks


# Densities of priors, on the scale on which people read them.

POINTS = 240
_RATIO = ((0.4, (0.8, 0.9, 1, 1.1, 1.2, 1.3)), (1.3, (0.3, 0.5, 0.7, 1, 1.5, 2, 3)), (4.0, (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)),
          (6.0, (0.05, 0.2, 1, 5, 20, 100)),
          (np.inf, (1e-6, 1e-4, 0.01, 0.1, 1, 10, 100, 1e4, 1e6, 1e8)))
"""Ticks of ratios, by the width of the axis in logs."""
_SHARE = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
_MANY = 5


@dataclass(frozen=True, kw_only=True)
class Density:
    """A curve: `place` on the scale of the prior file, `height` relative to its top; spikes have one place.

    Parameters
    ----------
    place, height : (point,) array
    label : str
        Which part of a prior of many (an outcome, a type), or its number; empty where there is one.
    """

    place: np.ndarray
    height: np.ndarray
    label: str = ""


def densities(prior: Prior) -> tuple[Density, ...]:
    """Curves of one prior: one, or one per share, type or president; none where other priors say what this one means."""
    if prior.distribution in ("independent", "none"):
        return ()
    if prior.distribution == "normal_by_covariate":
        return tuple(_curve(norm(0.0, sd), str(place)) for place, sd in enumerate(prior.sd.values()))
    if prior.distribution == "joint_normal":
        return tuple(_curve(norm(prior.mean[name], prior.sd[name]), str(place)) for place, name in enumerate(prior.mean))
    if prior.distribution == "fixed":
        return (_spike(prior.value),)
    if prior.distribution == "fixed_by_type":
        return tuple(_spike(value, name.replace("_", " ")) for name, value in prior.values.items())
    if prior.distribution == "dirichlet":
        total = sum(prior.concentration)
        return tuple(_curve(beta(one, total - one), str(place)) for place, one in enumerate(prior.concentration))
    if prior.distribution == "beta":
        return (_curve(beta(prior.alpha, prior.beta)),)
    return (_curve(halfnorm(scale=prior.sigma) if prior.distribution == "half_normal" else norm(prior.mu, prior.sigma)),)


def _spike(value: float, label: str = "") -> Density:
    return Density(place=np.array([value]), height=np.ones(1), label=label)


class _Distribution(Protocol):
    """What SciPy freezes."""

    def ppf(self, q: np.ndarray, /) -> np.ndarray: ...

    def pdf(self, x: np.ndarray, /) -> np.ndarray: ...


def _curve(distribution: _Distribution, label: str = "") -> Density:
    low, high = distribution.ppf(np.array([0.0015, 0.9985]))
    place = np.linspace(low, high, POINTS)
    height = distribution.pdf(place)
    return Density(place=place, height=height / height.max(), label=label)


def ticks(scale: Scale, low: float, high: float) -> tuple[list[float], list[str]]:
    """Where to put ticks between two places, and the plain numbers that they stand for."""
    if scale.kind == "value":
        return [0, 0.5, 1], ["0", "0.5", "1"]
    if scale.kind == "variation":
        place = [value for value in (0, 0.25, 0.5, 1, 2, 4, 8, 16) if value <= high and (value > high / 5 or not value)]
        return place, [f"{value:g}" for value in place]
    if scale.kind == "share":
        inside = [value for value in _SHARE if low <= logit(value) <= high]
        inside = inside if len(inside) <= _MANY else [value for value in inside if value not in (0.01, 0.99)]
        return [float(logit(value)) for value in inside], [f"{100 * value:g} %" for value in inside]
    nice = next(values for width, values in _RATIO if high - low < width)
    inside = [value for value in nice if low <= np.log(value) <= high]
    return [float(np.log(value)) for value in inside], [f"{value:g}" for value in inside]


# Figure of the prior predictive check: what records the priors produce, and the record among them.

FORMULATION = POOL[CONTACTS].members[0].name
"""The formulation whose contacts are drawn; the table has all."""
LIGHT, MIDDLE = "#D6E6F2", "#8DBBDD"
_TAIL = (5, 25, 50, 75, 95)
_TICKS = (0, 1, 3, 10, 30, 100, 300, 1000, 10_000, 100_000, 1_000_000)
_TONE = ("critical", "neutral", "favourable")
_OUTCOME = ("0 views", "1 statem.", "2 memor.", "3 binding")
_RANK = ("Pres.", "V. P.", "Cab.", "Dep.", "Asst.", "Congr.")
_LEFT = 12  # millimetres


@dataclass(frozen=True, kw_only=True)
class CheckContent:
    """What the figure is drawn from; has what :func:`forecast.report.layout.sheet` asks for."""

    name: str
    panel: Panel
    checks: Mapping[str, PriorCheck]
    failed: tuple[str, ...] = ()


def draw_check(content: CheckContent) -> Figure:
    """Contacts by rank and year, topics, outcomes, pages, tone and recorded share."""
    draws = len(content.checks[FORMULATION].curve["yearly"])
    with figure_style(), calling(content.panel.about):
        page = sheet(content, title=f"What prior set {content.name} says before it sees the record", body=146,
                     note=f"Light: 90 %, dark: 50 %, blue line: median of {draws:,} records drawn from the prior, in the shape "
                          "of the record; black: the record itself. Contacts are those of the drift formulation, on a scale on "
                          "which zero has a place. Below: shares of contacts by number of topics, outcome and number of pages "
                          "about them, and of pages by tone; the recorded share shows in no record.")
        _contacts(page, content)
        _profiles(page, content)
        _key(page)
        return page.figure


def _contacts(page: FigureSheet, content: CheckContent) -> None:
    check = content.checks[FORMULATION]
    year = content.panel.year["midpoint"].to_numpy(float)
    ceiling = 1.1 * max(np.nanquantile(check.curve["yearly"], 0.95, axis=0).max(), check.record["yearly"].max())
    for place, rank in enumerate(codes.RANK):
        row, column = divmod(place, 3)
        ax = page.panel(_LEFT + 55 * column, 9 + 38 * row, 50, 26)
        _bands(ax, year, check.curve["yearly"][:, place], check.record["yearly"][place])
        shown = [value for value in _TICKS if value <= ceiling]
        ax.set_yticks(np.log1p(shown), [f"{value:,}" for value in shown] if column == 0 else [])
        ax.set(ylim=(-0.12, np.log1p(ceiling)), xlim=(year[0] - 0.6, year[-1] + 0.6))
        ax.xaxis.set_major_locator(MultipleLocator(10))
        ax.set_title(f"{words.RANK[rank]}: contacts a year" if place == 0 else words.RANK[rank])


def _bands(ax: Axes, year: np.ndarray, drawn: np.ndarray, record: np.ndarray) -> None:
    """Counts (draw, year) as bands and the record as a line, zero included in the scale."""
    low, lower, middle, upper, high = np.log1p(np.nanpercentile(drawn, _TAIL, axis=0))
    ax.fill_between(year, low, high, color=LIGHT, linewidth=0, step="mid")
    ax.fill_between(year, lower, upper, color=MIDDLE, linewidth=0, step="mid")
    ax.step(year, middle, color=BLUE, linewidth=0.9, where="mid")
    ax.plot(year, np.log1p(record), color=BLACK, linewidth=0.7, marker="o", markersize=1.8)


def _profiles(page: FigureSheet, content: CheckContent) -> None:
    checks, partner = content.checks, content.panel.partner[0]
    topics, media = checks[TOPICS], checks[PAGES]
    _check_panel(page, (_LEFT, 88, 62, 20), topics, "breadth", ..., _counted(topics.curve["breadth"].shape[1]),
                 "Topics of a contact")
    _check_panel(page, (80, 88, 46, 20), checks[OUTCOME], "outcomes", ..., _OUTCOME, "Outcome of a contact")
    _check_panel(page, (132, 88, 41, 20), checks[RECORDING], "recorded", ..., _ranks(), "Recorded share by rank")
    pages = _counted(media.curve["pages"].shape[2])
    for side, of in enumerate((partner, content.panel.home[0])):
        _check_panel(page, (_LEFT + 46 * side, 121, 40, 20), media, "pages", side, pages, f"Pages: {of}")
        tones = slice(side * len(_TONE), (side + 1) * len(_TONE))
        _check_panel(page, (103 + 37 * side, 121, 32, 20), media, "tones", tones, _TONE, f"Tone: {of}")


def _ranks() -> list[str]:
    return [words.abbreviated(short, "us_rank", rank) for short, rank in zip(_RANK, codes.RANK, strict=True)]


def _counted(size: int) -> list[str]:
    return [*(str(number) for number in range(size - 1)), f"{size - 1}+"]


def _check_panel(page: FigureSheet, box: tuple[float, ...], check: PriorCheck, curve: str, part: int | slice | EllipsisType,
                 labels: Sequence[str], title: str) -> None:
    """Shares by code: boxes from the prior, points of the record where it shows them."""
    drawn = check.curve[curve][:, part] if part is not ... else check.curve[curve]
    ax = page.panel(*box)
    _boxes(ax, 100 * drawn[~np.isnan(drawn).any(axis=1)])
    if curve in check.record:
        ax.plot(np.arange(len(labels)), 100 * check.record[curve][part], linestyle="none", marker="o", color=BLACK, markersize=3)
    ax.set_xticks(np.arange(len(labels)), labels)
    ax.set(ylim=(-3, 103), xlim=(-0.6, len(labels) - 0.4))
    ax.set_yticks((0, 50, 100), ("0 %", "50 %", "100 %") if box[0] == _LEFT else ())
    ax.tick_params(axis="x", length=0, labelsize=SMALLEST)
    ax.set_title(title)


def _boxes(ax: Axes, values: np.ndarray) -> None:
    """One box per code from draws (draw, code)."""
    if not len(values):
        ax.text(0.5, 0.5, "too many pages to draw", transform=ax.transAxes, ha="center", size=SMALLEST, color=GREY)
        return
    low, lower, middle, upper, high = np.percentile(values, _TAIL, axis=0)
    place = np.arange(values.shape[1])
    columns(ax, place - 0.38, place + 0.38, low, high, facecolor=LIGHT, linewidth=0)
    columns(ax, place - 0.38, place + 0.38, lower, upper, facecolor=MIDDLE, linewidth=0)
    ax.hlines(middle, place - 0.38, place + 0.38, color=BLUE, linewidth=1.1)


def _key(page: FigureSheet) -> None:
    marks = [Patch(color=LIGHT, label="prior, 90 %"), Patch(color=MIDDLE, label="50 %"),
             Line2D([], [], color=BLUE, label="median"),
             Line2D([], [], color=BLACK, marker="o", markersize=2.5, linewidth=0.7, label="record")]
    page.figure.legend(handles=marks, loc="upper right", ncols=4, borderaxespad=0.3, handlelength=1.4, columnspacing=1.2)


# Figure of an elicitation: shares of bins, and cumulative shares at their edges, of experts, pool and fit.

_BELOW = 75.0  # millimetres by which the second panel stands below the first on a narrow sheet
_LINES, _MARKERS = ("-", "--", "-.", ":"), "os^DvPX*"
_NAMED = len(_MARKERS)
"""Experts whose lines are named, each of its own kind; of more the lines are thin and alike."""


def draw_elicited(pooled: Pool, found: FittedBins, labels: Sequence[str], asked: str, within: float) -> Figure:
    """Draw what experts said, what they say together, and what was made of it.

    Parameters
    ----------
    labels : sequence of str
        Bins in words.
    asked : str
        Title.
    """
    title, whole = broken_lines(caption(asked, "")[0], sheet_width() - 4, 8, "bold"), sheet_width()
    names = _names(pooled)
    across = max(1, int((72 if is_narrow() else 80) // (room([*names, "pool"], SMALLEST) + 9)))
    rows = -(-(sum(not name.startswith("_") for name in names) + 2) // across)
    height = 65 + 3.6 * (max(2, rows) + len(title)) + (_BELOW if is_narrow() else 0)
    with figure_style():
        figure = Figure(figsize=(whole * MM, height * MM))
        FigureCanvasAgg(figure)
        places = ((14, 20 + _BELOW), (14, 20)) if is_narrow() else ((14, 20), (100, 20))
        left, right = (figure.add_axes((start / whole, low / height, 72 / whole, 38 / height)) for start, low in places)
        bins, reach = np.arange(len(labels)), np.linspace(pooled.edges[0], pooled.edges[-1], POINTS)
        left.bar(bins, pooled.bins, 0.8, color=_SHADE[2], label="pool")
        right.fill_between(pooled.edges, pooled.share - within, pooled.share + within, color=PALE, linewidth=0,
                           label=f"within {within:g} of the pool")
        _experts(left, right, pooled, names)
        left.plot(bins, bins_of(found.fitted), "o", color=ORANGE, markersize=3.5, label="fit")
        right.plot(pooled.edges, pooled.share, "s", color=BLUE, markersize=3, label="pool")
        right.plot(reach, found.cdf(reach), color=ORANGE, linewidth=1.2, label="fit")
        left.set_xticks(bins, labels, rotation=60, ha="right", size=SMALLEST)
        edges = [labels[0].removeprefix("below "), *(label.rpartition(" ")[2] for label in labels[1:-1])]
        some = slice(None, None, -(-len(edges) // 12))
        right.set_xticks(pooled.edges[some], edges[some], rotation=60, ha="right", size=SMALLEST)
        left.set(title="Share of every bin", ylim=(0, None))
        right.set(title="Share up to every edge", ylim=(-0.02, 1.02))
        for ax, many in ((left, across), (right, 2)):
            ax.legend(loc="lower left", bbox_to_anchor=(0, 1.12), ncols=many, borderaxespad=0, fontsize=SMALLEST)
        print_words(figure, title, (), 8)
    return figure


def _names(pooled: Pool) -> list[str]:
    """What the lines of experts are called: by name where they are few, without its middle where it is wider than a panel."""
    if len(pooled.answer) > _NAMED:
        return ["experts", *(len(pooled.answer) - 1) * ["_"]]
    names = [visible_label(one.expert) for one in pooled.answer]
    widest, first, last = (58, 14, 10) if is_narrow() else (70, 18, 12)
    return [f"{name[:first]}...{name[-last:]}" if room([name], SMALLEST) > widest else name for name in names]


def _experts(left: Axes, right: Axes, pooled: Pool, names: Sequence[str]) -> None:
    """Lines of experts."""
    few = len(pooled.answer) <= _NAMED
    for place, (name, one) in enumerate(zip(names, pooled.answer, strict=True)):
        style, marker = (_LINES[place % len(_LINES)], _MARKERS[place]) if few else ("-", ".")
        for ax, at, share in ((left, np.arange(len(one.chips)), bins_of(one.share)), (right, pooled.edges, one.share)):
            ax.plot(at, share, marker=marker, markersize=2 + few, color=GREY, linewidth=0.7, linestyle=style,
                    label=name if ax is left else "_")
