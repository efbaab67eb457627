"""Figure of the prior predictive check: what records the priors produce, and the record among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator

from forecast.contacts import codes
from forecast.evaluation.prior_predictive.check import PriorCheck
from forecast.panel import Panel
from forecast.report import words
from forecast.report.canvas import Sheet, sheet
from forecast.report.interval import columns
from forecast.report.style import BLACK, BLUE, GREY, look

FREQUENCY = "frequency_drift"
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
    """What the figure is drawn from; has what :func:`forecast.report.canvas.sheet` asks for."""

    name: str
    panel: Panel
    checks: Mapping[str, PriorCheck]
    failed: tuple[str, ...] = ()


def draw(content: CheckContent) -> Figure:
    """Contacts by rank and year, topics, outcomes, pages, tone and recorded share."""
    draws = len(content.checks[FREQUENCY].curve["yearly"])
    with look():
        page = sheet(content, title=f"What prior set {content.name} says before it sees the record", body=146,
                     note=f"Light: 90 %, dark: 50 %, blue line: median of {draws:,} records drawn from the prior, in the shape "
                          "of the record; black: the record itself. Contacts are those of the drift formulation, on a scale on "
                          "which zero has a place. Below: shares of contacts by number of topics, outcome and number of pages "
                          "about them, and of pages by tone; the recorded share shows in no record.")
        _contacts(page, content)
        _profiles(page, content)
        _key(page)
        return page.figure


def _contacts(page: Sheet, content: CheckContent) -> None:
    check = content.checks[FREQUENCY]
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


def _profiles(page: Sheet, content: CheckContent) -> None:
    checks, partner = content.checks, content.panel.partner[0]
    agenda, media = checks["agenda"], checks["media"]
    _panel(page, (_LEFT, 88, 62, 20), agenda, "breadth", ..., _counted(agenda.curve["breadth"].shape[1]), "Topics of a contact")
    _panel(page, (80, 88, 46, 20), checks["effectiveness"], "outcomes", ..., _OUTCOME, "Outcome of a contact")
    _panel(page, (132, 88, 41, 20), checks["completeness"], "recorded", ..., _RANK, "Recorded share by rank")
    pages = _counted(media.curve["pages"].shape[2])
    for side, of in enumerate((partner, "US")):
        _panel(page, (_LEFT + 46 * side, 121, 40, 20), media, "pages", side, pages, f"Pages: {of}")
        tones = slice(side * len(_TONE), (side + 1) * len(_TONE))
        _panel(page, (103 + 37 * side, 121, 32, 20), media, "tones", tones, _TONE, f"Tone: {of}")


def _counted(size: int) -> list[str]:
    return [*(str(number) for number in range(size - 1)), f"{size - 1}+"]


def _panel(page: Sheet, box: tuple[float, ...], check: PriorCheck, curve: str, part: object, labels: Sequence[str],
           title: str) -> None:
    """Shares by code: boxes from the prior, points of the record where it shows them."""
    drawn = check.curve[curve][:, part] if part is not ... else check.curve[curve]
    ax = page.panel(*box)
    _boxes(ax, 100 * drawn[~np.isnan(drawn).any(axis=1)])
    if curve in check.record:
        ax.plot(np.arange(len(labels)), 100 * check.record[curve][part], linestyle="none", marker="o", color=BLACK, markersize=3)
    ax.set_xticks(np.arange(len(labels)), labels)
    ax.set(ylim=(-3, 103), xlim=(-0.6, len(labels) - 0.4))
    ax.set_yticks((0, 50, 100), ("0 %", "50 %", "100 %") if box[0] == _LEFT else ())
    ax.tick_params(axis="x", length=0, labelsize=5.8)
    ax.set_title(title)


def _boxes(ax: Axes, values: np.ndarray) -> None:
    """One box per code from draws (draw, code)."""
    if not len(values):
        ax.text(0.5, 0.5, "too many pages to draw", transform=ax.transAxes, ha="center", size=5.8, color=GREY)
        return
    low, lower, middle, upper, high = np.percentile(values, _TAIL, axis=0)
    place = np.arange(values.shape[1])
    columns(ax, place - 0.38, place + 0.38, low, high, facecolor=LIGHT, linewidth=0)
    columns(ax, place - 0.38, place + 0.38, lower, upper, facecolor=MIDDLE, linewidth=0)
    ax.hlines(middle, place - 0.38, place + 0.38, color=BLUE, linewidth=1.1)


def _key(page: Sheet) -> None:
    marks = [Patch(color=LIGHT, label="prior, 90 %"), Patch(color=MIDDLE, label="50 %"),
             Line2D([], [], color=BLUE, label="median"),
             Line2D([], [], color=BLACK, marker="o", markersize=2.5, linewidth=0.7, label="record")]
    page.figure.legend(handles=marks, loc="upper right", ncols=4, borderaxespad=0.3, handlelength=1.4, columnspacing=1.2)
