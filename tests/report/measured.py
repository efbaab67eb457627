"""What a printed figure measures: sizes of its text, words that are cut off or lie over others, keys that lie over panels."""

from itertools import combinations

from matplotlib.legend import Legend
from matplotlib.text import Text

from forecast.report.style import SMALLEST, figure_style

DPI = 300
ACROSS, ALONG = 3, 6
"""Pixels at 300 dots per inch, a quarter and half a millimetre, by which boxes of words may touch: they include empty room."""


def faults(figure) -> list[str]:
    """Everything that is wrong with the words of a figure at the size at which it is printed; empty where nothing is."""
    texts = _drawn(figure)
    renderer = figure.canvas.get_renderer()
    boxes = {text: text.get_window_extent(renderer) for text in texts}
    legends = {legend: legend.get_window_extent(renderer) for legend in figure.findobj(Legend) if legend.get_visible()}
    panels = [ax.get_window_extent(renderer) for ax in figure.axes if ax.get_visible() and ax.axison]
    found = [f"{_said(text)}: {text.get_fontsize():.2f} pt" for text in texts if text.get_fontsize() < SMALLEST - 1e-6]
    found += [f"{_said(text)}: cut off at the edge" for text, box in boxes.items() if not _inside(box, figure.bbox)]
    found += [f"{_said(one)} over {_said(other)}" for (one, a), (other, b) in combinations(boxes.items(), 2) if _over(a, b)]
    for legend, box in legends.items():
        own = set(legend.findobj(Text))
        found += [f"key with {_said(text)}: cut off at the edge" for text in legend.get_texts()[:1]
                  if not _inside(box, figure.bbox)]
        found += [f"key over {_said(text)}" for text, other in boxes.items() if text not in own and _over(box, other)]
        found += [f"key with {_said(legend.get_texts()[0])} over a panel" for panel in panels if _over(box, panel)]
    return found


def _drawn(figure) -> list[Text]:
    """Texts that are drawn: labels of ticks out of sight are not."""
    seen, draw = {}, Text.draw

    def spy(text, renderer):
        if text.get_visible() and text.get_text().strip():
            seen[text] = None
        draw(text, renderer)

    with figure_style():
        figure.set_dpi(DPI)
        Text.draw = spy
        try:
            figure.draw_without_rendering()  # laid out, and nothing turned into dots
        finally:
            Text.draw = draw
    return list(seen)


def _inside(box, rim) -> bool:
    return min(box.x0, box.y0, rim.x1 - box.x1, rim.y1 - box.y1) >= 0


def _over(a, b) -> bool:
    return min(a.x1, b.x1) - max(a.x0, b.x0) > ACROSS and min(a.y1, b.y1) - max(a.y0, b.y0) > ALONG


def _said(text) -> str:
    return repr(text.get_text()[:50])
