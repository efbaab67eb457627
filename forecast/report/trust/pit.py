"""Figure: are observations where the other observations said they would be?"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.posterior.trust.pit import Pit
from forecast.report.canvas import Sheet, sheet
from forecast.report.style import BLACK, PALE, look
from forecast.report.trust.content import BEYOND, WITHIN, TrustContent, component_name, label

HEADING = "Calibration of predictions"
READING = ("A calibrated model keeps the line inside the grey band. A line that rises above zero on the left and falls below "
           "on the right says that predictions are too narrow, the reverse that they are too wide; a line above zero throughout "
           "that they are too high, below that they are too low.")
_SIDE, _GAP, _COLUMNS = 30.0, 11.0, 4


def draw(content: TrustContent) -> Figure:
    """One small panel per component and observed quantity with an order."""
    found = [(f"{component_name(name)}\n{label(quantity)}", pit)
             for name, one in content.trust.items() for quantity, pit in one.pit.items()]
    rows = -(-len(found) // _COLUMNS)
    with look():
        page = sheet(content, title="Are observations where the others said they would be?", body=max(rows, 1) * (_SIDE + 15) + 6,
                     note="Randomised leave-one-out probability integral transforms: share of observations up to a value, less "
                          "that value; grey: simultaneous 95 % band of a calibrated prediction. Mean over 100 randomisations.")
        for place, (title, pit) in enumerate(found):
            _panel(page, place, title, pit)
        return page.figure


def _panel(page: Sheet, place: int, title: str, pit: Pit) -> None:
    width = (page.width - 14 - (_COLUMNS - 1) * _GAP) / _COLUMNS
    row, column = divmod(place, _COLUMNS)
    ax: Axes = page.panel(11 + column * (width + _GAP), 7 + row * (_SIDE + 15), width, _SIDE)
    ax.fill_between(pit.at, pit.low - pit.at, pit.high - pit.at, color=PALE, linewidth=0)
    ax.axhline(0, color=BLACK, linewidth=0.5)
    ax.plot(pit.at, pit.share - pit.at, color=WITHIN if pit.calibrated else BEYOND, linewidth=1.1)
    ax.set_title(title, size=6.6)
    ax.set(xlim=(0, 1), xticks=(0, 0.5, 1))
    ax.text(0.98, 0.03, f"n = {pit.observations}", transform=ax.transAxes, ha="right", size=5.6)


def alt(content: TrustContent) -> str:
    """Words for those who cannot see it."""
    bad = [f"{component_name(name)} {label(quantity)}" for name, one in content.trust.items()
           for quantity, pit in one.pit.items() if not pit.calibrated]
    return "Transforms of observations by component; outside the band: " + (", ".join(bad) or "none") + "."
