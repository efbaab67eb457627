"""Figure: what the data added to the prior, parameter by parameter."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.posterior.trust.overlap import HIGH, LOW
from forecast.report.canvas import Sheet, room, sheet
from forecast.report.interval import stripes
from forecast.report.style import BLUE, GREY, ORANGE, VERMILION, look
from forecast.report.trust.content import TrustContent, component_name, label

HEADING = "What the data added to the prior"
READING = ("Mass that prior and posterior share. Orange squares at the right: the data hardly spoke, the number is the prior's. "
           "Vermilion crosses at the left: the data moved the parameter to where the prior did not look for it.")
_ROW, _GAP = 3.4, 11.0


def draw(content: TrustContent) -> Figure:
    """One list of parameters per component, in two columns."""
    column: list[list[tuple[float, str]]] = [[], []]
    height = [0.0, 0.0]
    for name, one in content.trust.items():
        shorter = int(height[1] < height[0])
        column[shorter].append((height[shorter], name))
        height[shorter] += _ROW * len(one.overlap) + _GAP
    with look():
        page = sheet(content, title="What have the data added to the prior?", body=max(height) + 8,
                     note="Overlap of prior and posterior of every top-level parameter, 0 (apart) to 1 (alike); dashed: 0.1 and "
                          "0.9.")
        for side, panels in enumerate(column):
            for top, name in panels:
                _panel(page, side, top, name, content)
        return page.figure


def _panel(page: Sheet, side: int, top: float, name: str, content: TrustContent) -> None:
    table = content.trust[name].overlap
    names = [label(text) for text in table["parameter"]]
    half = page.width / 2
    left = side * half + room(names) + 5
    ax: Axes = page.panel(left, top + 5, (side + 1) * half - left - 6, _ROW * len(table))
    for row, value in enumerate(table["overlap"]):
        colour, marker, size = (BLUE, "o", 3) if LOW <= value <= HIGH else (
            (VERMILION, "X", 4.2) if value < LOW else (ORANGE, "s", 3.2))
        ax.plot(value, row, marker=marker, color=colour, markersize=size, markeredgewidth=0, clip_on=False)
    for edge in (LOW, HIGH):
        ax.axvline(edge, color=GREY, linewidth=0.6, linestyle=(0, (3, 2)))
    stripes(ax, len(table))
    ax.set_yticks(range(len(table)), names)
    ax.set(xlim=(0, 1), ylim=(len(table) - 0.5, -0.5), xticks=(0, 0.5, 1))
    ax.tick_params(axis="y", left=False)
    ax.set_title(component_name(name))


def alt(content: TrustContent) -> str:
    """Words for those who cannot see it."""
    values = [value for one in content.trust.values() for value in one.overlap["overlap"]]
    return (f"Overlap of prior and posterior of {len(values)} parameters: {sum(value > HIGH for value in values)} above {HIGH}, "
            f"{sum(value < LOW for value in values)} below {LOW}.")
