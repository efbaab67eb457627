"""Figure: how much and how kindly each side's media report contacts."""

from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.dims import DRAW, SIDE, TYPE
from forecast.report import words
from forecast.report.canvas import futures_note, lines, sheet
from forecast.report.content import ReportContent
from forecast.report.ladder import body, fill, ladder
from forecast.report.rows import draw_quantiles, quantile_array, summary_rows
from forecast.report.style import look

READING = (
    "The two panels on the left count news and analysis pages per contact (official sites are left "
    "out); the two on the right give the mean tone of those pages, from \N{MINUS SIGN}1 (critical) "
    "over 0 (neutral) to +1 (favourable). Rows above the dashed line are estimates for types of "
    "administration, those below simulated futures. Pages are those that can still be found today: "
    "older contacts have lost more of theirs. Types are averages over the record, "
    "futures continue it to the end of the term, so their levels can differ."
)
_WIDE = 31.0  # millimetres that the title of a panel may take


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    side = content.labels(SIDE)
    parts = []
    for name in content.scenarios:
        rows = summary_rows(content, name, "tone", side, content.window)
        tones = ", ".join(f"{content.named('tone', key)} {words.number(rows['q50'][key], 2)}" for key in side)
        parts.append(f"{words.plain(name)}: {tones}")
    told = "; ".join(parts)
    return f"Pages per contact and mean tone by side, for types and futures. Median tone of futures: {told}."


def draw(content: ReportContent) -> Figure:
    """Four panels: pages per contact and mean tone, for each side; rows are types and scenarios."""
    sides = content.labels(SIDE)
    types = [str(kind) for kind in content.media[TYPE].values]
    note = (
        f"Types: expected values for a contact of average rank with an exchange of views only, pages at the level of "
        "the latest term, posterior median with 50 % and 90 % interval; n = recorded contacts, "
        f"{int(content.panel.pages.sum())} pages in all. {futures_note(content, 'mean over a whole future')}"
    )
    with look():
        title = "How media reflect contacts: pages and tone on each side"
        heading = {side: lines(f"{content.named('pages', side)}:", _WIDE, 7.5, "bold") for side in sides}
        titled = 1 + max(map(len, heading.values()))
        page = sheet(content, title=title, note=note, body=body(content, types, titled))
        panels = ladder(page, content, types, 2 * len(sides), titled)
        for ax, (measure, side) in zip(panels, product(_WORDS, sides), strict=True):
            past = draw_quantiles(content.media[measure].sel({SIDE: side}).transpose(DRAW, TYPE).to_numpy())
            fill(ax, content, types, np.vstack([past, _future(content, measure, side)]))
            ax.set_title("\n".join([*heading[side], _WORDS[measure][0]]))
            ax.set_xlabel(_WORDS[measure][1])
        _same_scale(panels[: len(sides)])
        _same_scale(panels[len(sides) :])
        return page.figure


def _same_scale(panels: list[Axes]) -> None:
    """Let the two sides of one measure be compared by eye."""
    low, high = zip(*(ax.get_xlim() for ax in panels), strict=True)
    for ax in panels:
        ax.set_xlim(min(low), max(high))


_WORDS = {
    "pages": ("how many", "pages per contact"),
    "tone": ("how favourable", "mean tone (\N{MINUS SIGN}1 to 1)"),
}


def _future(content: ReportContent, measure: str, side: str) -> np.ndarray:
    """Quantiles over paths, shape (scenario, 5)."""
    rows = [summary_rows(content, name, measure, [side], content.window) for name in content.scenarios]
    return np.array([quantile_array(row)[0] for row in rows])
