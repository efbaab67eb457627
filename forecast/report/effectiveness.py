"""Figure: how much contacts achieve, by type of administration and in the two futures."""

import numpy as np
from matplotlib.figure import Figure

from forecast.dims import DRAW, OUTCOME, TYPE
from forecast.report import words
from forecast.report.canvas import futures_note, sheet
from forecast.report.content import ReportContent
from forecast.report.ladder import body, fill, ladder
from forecast.report.rows import draw_quantiles, quantile_array, summary_rows
from forecast.report.style import look

READING = (
    "One panel per outcome, from an exchange of views to a binding agreement; in each row the four "
    "shares add up to 100 %. The rows above the dashed line are what the model has learnt about types "
    "of administration, those below are shares in simulated futures. Few contacts end in more than "
    "talk, so the upper outcomes rest on few cases. Types are averages over the record, futures "
    "continue it to the end of the term, so their levels can differ. So do the scales of the panels."
)


def alt(content: ReportContent) -> str:
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


def draw(content: ReportContent) -> Figure:
    """One panel per outcome 0..3; rows are types (posterior) and scenarios (predictive)."""
    outcomes = content.labels(OUTCOME)
    types = [str(kind) for kind in content.effectiveness[TYPE].values]
    profile = draw_quantiles(content.effectiveness.transpose(DRAW, TYPE, OUTCOME).to_numpy())
    note = (
        "Types: expected share for a contact of average rank at the level of 2009, posterior median "
        "with 50 % and 90 % interval; n = recorded contacts. "
        f"{futures_note(content, 'share of the recorded contacts of a future')}"
    )
    with look():
        title = "What contacts achieve: outcomes by type of administration and in each future"
        page = sheet(content, title=title, note=note, body=body(content, types))
        for place, (ax, outcome) in enumerate(
            zip(ladder(page, content, types, len(outcomes)), outcomes, strict=True)
        ):
            fill(ax, content, types, 100 * np.vstack([profile[:, place], _future(content, outcome)]))
            ax.set_title(_two_lines(content.named("outcome_share", outcome)))
            ax.set_xlabel("share of contacts (%)")
        return page.figure


def _future(content: ReportContent, outcome: str) -> np.ndarray:
    """Quantiles over paths, shape (scenario, 5)."""
    rows = [
        summary_rows(content, name, "outcome_share", [outcome], content.window) for name in content.scenarios
    ]
    return np.array([quantile_array(row)[0] for row in rows])


def _two_lines(text: str) -> str:
    for word in (" or ", " only"):
        text = text.replace(word, f"\n{word.strip()} " if word.endswith(" ") else f"\n{word.strip()}")
    return text
