"""The sheet that a figure is drawn on: title, small print, and panels placed by the millimetre.

Places are given, not searched for: matplotlib's layout engines draw every figure several times over.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from forecast.report.content import ReportContent
from forecast.report.style import BLACK, DOUBLE_MM, GREY, MM, VERMILION
from forecast.report.words import day

_EDGE = 1.5  # millimetres between the words and the rim
_LINE = 2.9  # one line of small print
_SMALL = 6.2  # points


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A figure with its words in place; lengths in millimetres, `head` is what the title takes."""

    figure: Figure
    width: float
    height: float
    head: float

    def panel(self, left: float, top: float, width: float, height: float, **shared: Axes) -> Axes:
        """Axes whose upper left corner is `left` from the rim and `top` below the title."""
        bottom = self.height - self.head - top - height
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box, **shared)


def sheet(content: ReportContent, *, title: str, note: str, body: float, width: float = DOUBLE_MM) -> Sheet:
    """An empty figure with its words in place.

    Parameters
    ----------
    content : ReportContent
        For the as-of date and the warning of failed gates.
    title : str
        One line in plain words.
    note : str
        What the intervals are of, and how many contacts stand behind them.
    body, width : float
        Millimetres: height between title and small print, and full width.

    Returns
    -------
    Sheet
        As tall as the words need.
    """
    small = lines(f"{note} As of {day(content.panel.as_of)}.", width - 2 * _EDGE, _SMALL)
    head = 6.5 + (_LINE + 0.8 if content.failed else 0)
    height = head + body + _LINE * len(small) + 2 * _EDGE
    figure = Figure(figsize=(width * MM, height * MM))
    FigureCanvasAgg(figure)
    left = _EDGE / width
    figure.text(left, 1 - _EDGE / height, title, va="top", size=9, weight="bold", color=BLACK)
    figure.text(
        left, _EDGE / height, "\n".join(small), va="bottom", size=_SMALL, color=GREY, linespacing=1.25
    )
    if content.failed:
        text = f"NOT CONVERGED, used by request: {', '.join(content.failed)}. Do not cite."
        figure.text(left, 1 - 6.2 / height, text, va="top", size=7, weight="bold", color=VERMILION)
    return Sheet(figure=figure, width=width, height=height, head=head)


def lines(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Words broken into lines no wider than `width` millimetres (unless a single word is)."""
    first, *others = text.split()
    broken = [first]
    for word in others:
        longer = f"{broken[-1]} {word}"
        if room([longer], size, weight) <= width:
            broken[-1] = longer
        else:
            broken.append(word)
    return broken


def room(labels: Iterable[str], size: float = 6.5, weight: str = "normal") -> float:
    """Millimetres that the longest of some labels takes at a size in points."""
    font = FontProperties(size=size, weight=weight)
    widths = [text_to_path.get_text_width_height_descent(label, font, False)[0] for label in labels]
    return max(widths) / 72 / MM


def futures_note(content: ReportContent, thing: str, count: int | None = None) -> str:
    """The sentence that says what intervals of futures are of: all simulated ones, unless a count is given."""
    return (
        f"{content.span}: {thing}, median with 50 % (thick or dark) and 90 % (thin or light) of "
        f"{count or content.n_path:,} simulated futures per scenario."
    )
