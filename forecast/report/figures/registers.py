"""Figure: what administration types do to travel and visits, region by region, and what one term cannot tell."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecast.contacts import codes
from forecast.panel.registers import FIRST_DAY
from forecast.report import words
from forecast.report.layout import bars, broken_lines, is_narrow, print_words, room, sheet_width, stripes
from forecast.report.lookup import draw_quantiles
from forecast.report.style import BLACK, GREY, MM, SMALLEST, TYPE_MARK, Mark, caption, figure_style, interval_marks
from forecast.shipped import CASE

REGION: Mapping[str, str] = codes.REGION.words
REFERENCE, NEW = CASE.types["reference"], CASE.types["new"]
CONTRAST = (NEW, *(kind for kind in codes.TYPE if kind not in (REFERENCE, NEW)))
"""Types set against the reference."""

_LEFT, _TOP, _GAP, _STEP, _EDGE = 33.0, 17.0, 5.0, 6.0, 1.5  # millimetres
_LEVEL = Mark(colour=BLACK, linestyle="-", marker="o", hatch="")
_TICK = {-60: "\N{MINUS SIGN}60 %", -30: "\N{MINUS SIGN}30 %", 0: "0", 50: "+50 %"}
_SHOWN = np.log([0.33, 1.75])


def draw(effect: xr.DataArray, level: np.ndarray, region: str, as_of: str, behind: str, terms: int) -> Figure:
    """One panel per channel; a row for the level of the terms of the new type, then one for every region.

    Parameters
    ----------
    effect : (draw, type, region, channel) DataArray
        Log effects of types.
    level : (draw, 2, channel) array
        Log ratio of the level of the terms of the new type to that of the reference: all countries, and the region.
    region : str
        The region in the second row, and the first of the regions.
    as_of, behind : str
        Date, and how many entries and states stand behind the figure, for the words.
    terms : int
        Terms of the new type by then.
    """
    regions = [region, *(one for one in effect["region"].to_numpy() if one != region)]
    labels = [("Level, all countries", f"Level, {REGION[region]}"), [REGION[one] for one in regions]]
    title, note = caption(f"Who governs, and how often leaders meet: all countries since {FIRST_DAY.year}",
                          _note(effect, level, as_of, behind, terms))
    whole = sheet_width()
    left, gap = (3.5 + room([*labels[0], *labels[1]]), 3.0) if is_narrow() else (_LEFT, _GAP)
    with figure_style():
        above, small = broken_lines(title, whole - 2 * _EDGE, 9, "bold"), broken_lines(note, whole - 2 * _EDGE, SMALLEST)
        names = [broken_lines(words.CHANNEL[one], 15.0, 7.5, "bold")
                 for one in effect["channel"].to_numpy()] if is_narrow() else []
        bottom, key = 12 + 2.9 * len(small), 2.8 + 4.2 * len(above)
        top = _TOP + 4.2 * (len(above) - 1) + (3.4 * len(CONTRAST) + 2.8 * (max(map(len, names)) - 1) if is_narrow() else 0)
        height = top + _STEP * (len(regions) + 2.6) + bottom
        figure = Figure(figsize=(whole * MM, height * MM))
        FigureCanvasAgg(figure)
        width = (whole - left - 3 - 2 * gap) / 3
        for place, channel in enumerate(effect["channel"].to_numpy()):
            box = ((left + place * (width + gap)) / whole, bottom / height, width / whole, 1 - (top + bottom) / height)
            ax = figure.add_axes(box)
            _panel(ax, effect.sel(channel=channel, region=regions), level[:, :, place])
            ax.set_title("\n".join(names[place]) if is_narrow() else words.CHANNEL[channel])
            ax.set_yticklabels([*labels[0], *labels[1]] if place == 0 else [])
        print_words(figure, above, ())
        _key(figure, key)
        unit = f"difference in entries per year ({'%, ' if is_narrow() else ''}log scale)"
        figure.text(0.58, (bottom - 8) / height, unit, ha="center", size=6.8, color=BLACK)
        print_words(figure, (), small)
        return figure


def _panel(ax: Axes, effect: xr.DataArray, level: np.ndarray) -> None:
    """Intervals of one channel; regions outside the shown range are cut at its edge."""
    rows = np.arange(effect.sizes["region"]) + 2.6
    ax.set(xlim=_SHOWN, ylim=(rows[-1] + 0.6, -0.6), yticks=[0, 1, *rows])
    ticks = [told.removesuffix(" %") if is_narrow() else told for told in _TICK.values()]
    ax.set_xticks(np.log1p(np.array(list(_TICK)) / 100), ticks)
    bars(ax, np.arange(2.0), draw_quantiles(level), _LEVEL, size=4.2)
    for offset, kind in zip(np.linspace(-0.17, 0.17, len(CONTRAST)), CONTRAST, strict=True):
        contrast = effect.sel(type=kind) - effect.sel(type=REFERENCE)
        bars(ax, rows + offset, draw_quantiles(contrast.to_numpy()), TYPE_MARK[kind], size=4)
    ax.axvline(0, color=GREY, linewidth=0.7, zorder=0)
    ax.axhline(1.8, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
    stripes(ax, 2)
    for row in rows[1:]:
        ax.axhline(row - 0.5, color="#D9D9D9", linewidth=0.5, zorder=0)
    ax.tick_params(axis="y", left=False)


def _key(figure: Figure, top: float) -> None:
    width, height = figure.get_size_inches() / MM
    short = words.SHORT_TYPE
    marks = {f"Level of {short[NEW]} against {short[REFERENCE]} terms": _LEVEL} | {
        f"{'Effect of type: ' if kind == NEW else ''}{short[kind]} minus {short[REFERENCE]}": TYPE_MARK[kind]
        for kind in CONTRAST}
    figure.legend(handles=interval_marks(marks), loc="upper left", bbox_to_anchor=(_EDGE / width, 1 - top / height),
                  ncols=1 if is_narrow() else 3, borderpad=0, borderaxespad=0, handlelength=1.6, columnspacing=1.6)


def _note(effect: xr.DataArray, level: np.ndarray, as_of: str, behind: str, terms: int) -> str:
    low, _, middle, _, high = np.expm1(draw_quantiles(level[:, 0, -1]))
    visits = effect.sel(channel="visit_to_us")
    of_type = visits.sel(type=NEW) - visits.sel(type=REFERENCE)
    typical = float(np.expm1(of_type.mean("region").median()))
    new, reference = words.SHORT_TYPE[NEW], words.SHORT_TYPE[REFERENCE]
    return (
        f"Posterior median, 50 % (thick) and 90 % (thin) interval. Black: fitted level of the {new} terms (n = {terms}) against "
        f"the mean of the {reference} terms that the region's states cover, the COVID-19 window taken out; type, president and "
        "term are in it together. Coloured: what the model gives to the type alone. What so few terms cannot tell: visits to the "
        f"US were {words.share(middle)} ({words.share(low)} to {words.share(high)}) in all countries together. Of this the model "
        f"gives {words.share(typical)} (median) to the type{_across(of_type)}; the rest may be the person, the secretaries "
        "or the years. Only further terms could tell these apart. Regions are pulled towards each "
        f"other: differences between them are small, not shown to be zero. {behind} As of {as_of}.")


def _across(of_type: xr.DataArray) -> str:
    """Whether the 90 % interval of the mean over regions holds zero."""
    low, high = np.quantile(of_type.mean("region").to_numpy(), (0.05, 0.95))
    return ", with an interval across zero" if low < 0 < high else ""


def table(effect: xr.DataArray, level: np.ndarray, region: str) -> Sequence[Mapping[str, object]]:
    """Rows of the numbers in the figure: contrast, region, channel and five quantiles of the log ratio."""
    names = ("q05", "q25", "q50", "q75", "q95")
    rows = [{"contrast": f"level_{NEW}_terms_minus_{REFERENCE}_terms", "region": place, "channel": str(channel),
             **dict(zip(names, draw_quantiles(level[:, at, k]), strict=True))}
            for at, place in enumerate(("all", region)) for k, channel in enumerate(effect["channel"].to_numpy())]
    for kind in CONTRAST:
        contrast = effect.sel(type=kind) - effect.sel(type=REFERENCE)
        rows += [{"contrast": f"type_{kind}_minus_{REFERENCE}", "region": str(place), "channel": str(channel),
                  **dict(zip(names, draw_quantiles(contrast.sel(region=place, channel=channel).to_numpy()), strict=True))}
                 for place in effect["region"].to_numpy() for channel in effect["channel"].to_numpy()]
    return rows
