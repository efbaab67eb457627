"""Figures of contacts by type of administration and in the futures: what they achieve, and how media report them."""

from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.dims import DRAW, OUTCOME, SIDE, TYPE
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import later, tr
from forecast.report.layout import fill, futures_note, ladder, narrow, rungs, sheet
from forecast.report.lookup import draw_quantiles, quantile_array, summary_rows
from forecast.report.style import look

READING_EFFECTIVENESS = (
    later("One panel per outcome, from an exchange of views to a binding agreement; in each row the four shares add up to 100 "
          "%, and all panels have one scale. The rows above the dashed line are what the model has learnt about types of "
          "administration, with the trend of the record taken to the middle of the term that is forecast; those below are "
          "shares in simulated futures. Few contacts end in more than talk, so the upper outcomes rest on few cases. Futures "
          "are wider because they have chance and single contacts in them.")
)


def alt_effectiveness(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for name in content.scenarios:
        row = summary_rows(content, name, "outcome_share", ["0"], content.window).iloc[0]
        parts.append(tr("{value} under {name}", value=words.share(row["q50"]), name=words.plain(name)))
    return (
        tr("Shares of contacts by outcome, for types of administration and futures. Median share that ends as an exchange of "
           "views only: {listed}.", listed=", ".join(parts))
    )


def draw_effectiveness(content: ReportContent) -> Figure:
    """One panel per outcome 0..3; rows are types (posterior) and scenarios (predictive)."""
    outcomes = content.labels(OUTCOME)
    types = [str(kind) for kind in content.effectiveness[TYPE].values]
    profile = draw_quantiles(content.effectiveness.transpose(DRAW, TYPE, OUTCOME).to_numpy())
    note = (
        tr("Types: expected share for a contact of average rank at the level of the years that are forecast, posterior median "
           "with 50 % and 90 % interval; n = recorded contacts. {futures_note}",
           futures_note=futures_note(content, tr("share of the recorded contacts of a future")))
    )
    with look():
        title = tr("What contacts achieve: outcomes by type of administration and in each future")
        plan = ladder(content, types, [content.named("outcome_share", outcome) for outcome in outcomes],
                      2 if narrow() else len(outcomes))
        page = sheet(content, title=title, note=note, body=plan.body)
        axes = rungs(page, plan)
        for place, (ax, outcome) in enumerate(zip(axes, outcomes, strict=True)):
            fill(ax, content, types, 100 * np.vstack([profile[:, place], _future_outcomes(content, outcome)]))
            ax.set_xlabel(tr("share of contacts (%)"))
            ax.set_xlim(0, 100)
            ax.set_xticks([0, 50, 100])
        return page.figure


def _future_outcomes(content: ReportContent, outcome: str) -> np.ndarray:
    """Quantiles over paths, shape (scenario, 5)."""
    rows = [
        summary_rows(content, name, "outcome_share", [outcome], content.window) for name in content.scenarios
    ]
    return np.array([quantile_array(row)[0] for row in rows])


# Figure: how much and how kindly each side's media report contacts.

READING_MEDIA = (
    later("The two panels on the left count news and analysis pages per contact (official sites are left out); the two on the "
          "right give the mean tone of those pages, from \N{MINUS SIGN}1 (critical) over 0 (neutral) to +1 (favourable). Rows "
          "above the dashed line are estimates for types of administration, those below simulated futures. Pages are those "
          "that can still be found today: older contacts have lost more of theirs. Types are averages over the record, futures "
          "continue it to the end of the term, so their levels can differ.")
)


def alt_media(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    side = content.labels(SIDE)
    parts = []
    for name in content.scenarios:
        rows = summary_rows(content, name, "tone", side, content.window)
        tones = ", ".join(f"{content.named('tone', key)} {words.number(rows['q50'][key], 2)}" for key in side)
        parts.append(f"{words.plain(name)}: {tones}")
    told = "; ".join(parts)
    return tr("Pages per contact and mean tone by side, for types and futures. Median tone of futures: {told}.", told=told)


def draw_media(content: ReportContent) -> Figure:
    """Four panels: pages per contact and mean tone, for each side; rows are types and scenarios."""
    sides = content.labels(SIDE)
    types = [str(kind) for kind in content.media[TYPE].values]
    note = (
        tr("Types: expected values for a contact of average rank with an exchange of views only, pages at the level of the "
           "latest term, posterior median with 50 % and 90 % interval; n = recorded contacts, {count} pages in all. "
           "{futures_note}", count=int(content.panel.pages.sum()),
           futures_note=futures_note(content, tr("mean over a whole future")))
    )
    with look():
        title = tr("How media reflect contacts: pages and tone on each side")
        shown = list(product(_WORDS, sides))
        plan = ladder(content, types, [f"{content.named('pages', side)}: {tr(_WORDS[measure][0])}" for measure, side in shown],
                      len(sides) if narrow() else len(shown))
        page = sheet(content, title=title, note=note, body=plan.body)
        panels = rungs(page, plan)
        for ax, (measure, side) in zip(panels, shown, strict=True):
            past = draw_quantiles(content.media[measure].sel({SIDE: side}).transpose(DRAW, TYPE).to_numpy())
            fill(ax, content, types, np.vstack([past, _future_media(content, measure, side)]))
            ax.set_xlabel(tr(_WORDS[measure][1]))
        _same_scale(panels[: len(sides)], from_zero=True)
        _same_scale(panels[len(sides) :], from_zero=False)
        return page.figure


def _same_scale(panels: list[Axes], *, from_zero: bool) -> None:
    """Let the two sides of one measure be compared by eye."""
    low, high = zip(*(ax.get_xlim() for ax in panels), strict=True)
    for ax in panels:
        ax.set_xlim(0 if from_zero else min(low), max(high))


_WORDS = {
    "pages": (later("how many"), later("pages per contact")),
    "tone": (later("how favourable"), later("mean tone (\N{MINUS SIGN}1 to 1)")),
}


def _future_media(content: ReportContent, measure: str, side: str) -> np.ndarray:
    """Quantiles over paths, shape (scenario, 5)."""
    rows = [summary_rows(content, name, measure, [side], content.window) for name in content.scenarios]
    return np.array([quantile_array(row)[0] for row in rows])
