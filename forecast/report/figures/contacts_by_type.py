"""Figures of contacts by type of administration and in the futures: what they achieve, and how media report them."""

from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.dims import DRAW, OUTCOME, SIDE, TYPE
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.layout import body, fill, futures_note, ladder, lines, sheet
from forecast.report.lookup import draw_quantiles, quantile_array, summary_rows
from forecast.report.style import look
from forecast.shipped import CASE

READING_EFFECTIVENESS = (
    "One panel per outcome, from an exchange of views to a binding agreement; in each row the four "
    "shares add up to 100 %. The rows above the dashed line are what the model has learnt about types "
    "of administration, those below are shares in simulated futures. Few contacts end in more than "
    "talk, so the upper outcomes rest on few cases. Types are averages over the record, futures "
    "continue it to the end of the term, so their levels can differ. So do the scales of the panels."
)


def alt_effectiveness(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for name in content.scenarios:
        row = summary_rows(content, name, "outcome_share", ["0"], content.window).iloc[0]
        parts.append(f"{words.share(row['q50'])} under {words.plain(name)}")
    return (
        "Shares of contacts by outcome, for types of administration and futures. Median share that ends as "
        "an "
        f"exchange of views only: {', '.join(parts)}."
    )


def draw_effectiveness(content: ReportContent) -> Figure:
    """One panel per outcome 0..3; rows are types (posterior) and scenarios (predictive)."""
    outcomes = content.labels(OUTCOME)
    types = [str(kind) for kind in content.effectiveness[TYPE].values]
    profile = draw_quantiles(content.effectiveness.transpose(DRAW, TYPE, OUTCOME).to_numpy())
    note = (
        f"Types: expected share for a contact of average rank at the level of {int(CASE.drift_zero)}, posterior median "
        "with 50 % and 90 % interval; n = recorded contacts. "
        f"{futures_note(content, 'share of the recorded contacts of a future')}"
    )
    with look():
        title = "What contacts achieve: outcomes by type of administration and in each future"
        page = sheet(content, title=title, note=note, body=body(content, types))
        for place, (ax, outcome) in enumerate(
            zip(ladder(page, content, types, len(outcomes)), outcomes, strict=True)
        ):
            fill(ax, content, types, 100 * np.vstack([profile[:, place], _future_outcomes(content, outcome)]))
            ax.set_title(_two_lines(content.named("outcome_share", outcome)))
            ax.set_xlabel("share of contacts (%)")
        return page.figure


def _future_outcomes(content: ReportContent, outcome: str) -> np.ndarray:
    """Quantiles over paths, shape (scenario, 5)."""
    rows = [
        summary_rows(content, name, "outcome_share", [outcome], content.window) for name in content.scenarios
    ]
    return np.array([quantile_array(row)[0] for row in rows])


def _two_lines(text: str) -> str:
    for word in (" or ", " only"):
        text = text.replace(word, f"\n{word.strip()} " if word.endswith(" ") else f"\n{word.strip()}")
    return text


# Figure: how much and how kindly each side's media report contacts.

READING_MEDIA = (
    "The two panels on the left count news and analysis pages per contact (official sites are left "
    "out); the two on the right give the mean tone of those pages, from \N{MINUS SIGN}1 (critical) "
    "over 0 (neutral) to +1 (favourable). Rows above the dashed line are estimates for types of "
    "administration, those below simulated futures. Pages are those that can still be found today: "
    "older contacts have lost more of theirs. Types are averages over the record, "
    "futures continue it to the end of the term, so their levels can differ."
)
_WIDE = 31.0  # millimetres that the title of a panel may take


def alt_media(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    side = content.labels(SIDE)
    parts = []
    for name in content.scenarios:
        rows = summary_rows(content, name, "tone", side, content.window)
        tones = ", ".join(f"{content.named('tone', key)} {words.number(rows['q50'][key], 2)}" for key in side)
        parts.append(f"{words.plain(name)}: {tones}")
    told = "; ".join(parts)
    return f"Pages per contact and mean tone by side, for types and futures. Median tone of futures: {told}."


def draw_media(content: ReportContent) -> Figure:
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
            fill(ax, content, types, np.vstack([past, _future_media(content, measure, side)]))
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


def _future_media(content: ReportContent, measure: str, side: str) -> np.ndarray:
    """Quantiles over paths, shape (scenario, 5)."""
    rows = [summary_rows(content, name, measure, [side], content.window) for name in content.scenarios]
    return np.array([quantile_array(row)[0] for row in rows])
