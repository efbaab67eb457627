"""Figure: on which topics attention is spent, by type of administration and by who travels."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.report import words
from forecast.report.canvas import room, sheet
from forecast.report.content import ReportContent
from forecast.report.interval import bars
from forecast.report.key import points
from forecast.report.rows import quantile_array
from forecast.report.style import TYPE_MARK, look
from forecast.report.topic_rows import ALL, STEP, by_attention, directions, levels, name_rows, types

READING = (
    "A share of attention is a share of topic mentions in which a contact counts by the rank of the US principal (a "
    "president's counts eight times an assistant secretary's, as in the relation index). Left, what the model expects of each "
    "type of administration today. The other panels are the record itself, unadjusted: contacts for which the American side "
    "came, and contacts for which the partner's side came, each in the years of that type. Who takes the journey "
    "has more say in why. These are agendas as either side published them: revealed priorities, not intentions. Small n, "
    "wide intervals."
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for kind in types(content):
        top = levels(content, "attention", ALL, kind)["q50"].sort_values(ascending=False).head(3)
        listed = ", ".join(f"{words.TOPIC.get(key, key)} ({words.share(value)})" for key, value in top.items())
        parts.append(f"{words.TYPE[kind]}: {listed}")
    return f"Shares of attention by topic, by type of administration and by travelling side. Largest, {'; '.join(parts)}."


def draw(content: ReportContent) -> Figure:
    """One panel for the model, one for each travelling side."""
    topics = by_attention(content)
    panels = [("attention", ALL, "Expected by the model"), *(
        ("attention_record", way, words.plain(words.side_comes(way, content.partner))) for way in directions(content))]
    with look():
        page = sheet(content, title="What attention is spent on: revealed priorities by type and by who travels",
                     note=_note(content), body=23 + STEP * len(topics))
        left = room(content.named("mention_share", topic) for topic in topics) + 7
        width = (page.width - left - 3 - 5 * (len(panels) - 1)) / len(panels)
        shared: dict[str, Axes] = {}
        for place, (measure, way, title) in enumerate(panels):
            ax = page.panel(left + place * (width + 5), 14, width, STEP * len(topics), **shared)
            shared = shared or {"sharex": ax, "sharey": ax}
            _panel(ax, content, measure, way, topics)
            ax.set_title(title, pad=3 + 8.7 * len(types(content)))
            ax.tick_params(labelleft=place == 0)
        name_rows(shared["sharey"], content, topics)
        shared["sharex"].set_xlim(0, None)
        return page.figure


def _note(content: ReportContent) -> str:
    draws = content.agenda.sizes["draw"]
    return (
        f"Median with 50 % (thick) and 90 % (thin) interval. Left: {draws:,} posterior draws, thinned where they are many; n = "
        "recorded contacts with a known agenda of the type. Other panels: Dirichlet process posterior over visits, with a "
        "prior worth one visit; n = recorded contacts with a known agenda (visits in brackets). Contacts in third countries or "
        "by wire are in the left panel only.")


def _panel(ax: Axes, content: ReportContent, measure: str, way: str, topics: list[str]) -> None:
    series = {}
    for kind in types(content):
        rows = levels(content, measure, way, kind, topics)
        first = rows.iloc[0]
        visits = "" if way == ALL else f" ({int(first['visits'])})"
        series[f"{words.TYPE[kind]}, n = {int(first['contacts'])}{visits}"] = (TYPE_MARK[kind], quantile_array(rows))
    for offset, (mark, quantile) in zip(np.linspace(-0.27, 0.27, len(series)), series.values(), strict=True):
        bars(ax, np.arange(len(topics)) + offset, 100 * quantile, mark, size=3.4)
    if measure != "attention":
        name_rows(ax, content, topics)
        ax.set_ylabel("")
    ax.set_xlabel("share of attention (%)")
    ax.legend(handles=points({label: mark for label, (mark, _) in series.items()}), loc="lower left", bbox_to_anchor=(0, 1),
              borderpad=0, borderaxespad=0.3, labelspacing=0.2, handlelength=1.6)
