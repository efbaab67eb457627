"""Figure: which topics weigh more under one type of administration than under another."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.report import words
from forecast.report.canvas import room, sheet
from forecast.report.content import ReportContent
from forecast.report.interval import bars
from forecast.report.key import points
from forecast.report.rows import quantile_array
from forecast.report.style import BLACK, BLUE, GREY, ORANGE, Mark, look
from forecast.report.topic_rows import ALL, STEP, by_attention, differences, directions, name_rows, print_chances, type_pairs

MODEL = Mark(colour=BLACK, linestyle="-", marker="o", hatch="")
RECORD = {"us_to_partner": Mark(colour=BLUE, linestyle="--", marker="s", hatch="///"),
          "partner_to_us": Mark(colour=ORANGE, linestyle=":", marker="D", hatch="...")}
READING = (
    "One panel per pair of types. Right of the zero line: the topic weighs more under the first type. Black circles: what the "
    "model expects of the types at today's level, rank and trend held constant. Squares and diamonds: the record itself by who "
    "travels, with nothing held constant; types governed in different decades, and some topics (minerals, climate) hardly "
    "existed in the first. P is the probability that the topic weighs more under the first type; 0.5 means that the record "
    "says nothing. Of fifteen topics one or two lie beyond 0.05 or 0.95 by chance alone."
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for pair in type_pairs(content):
        chance = differences(content, "attention", pair)["p_greater"]
        parts.append(f"{_minus(pair)}: {int(((chance >= 0.95) | (chance <= 0.05)).sum())} of {len(chance)} topics")
    return f"Differences of topic shares between types. Probability beyond 0.05 or 0.95 in the model: {'; '.join(parts)}."


def draw(content: ReportContent) -> Figure:
    """One panel per pair of types: the model, and the record by travelling side, with P printed."""
    topics, pairs = by_attention(content), type_pairs(content)
    note = (
        "Difference of shares of attention in percentage points; median with 50 % (thick) and 90 % (thin) interval: of posterior "
        f"draws ({content.agenda.sizes['draw']:,}, thinned where they are many), and of a Dirichlet process posterior over "
        "visits. Grey numbers: P(more under the first type), in the order of the marks. Rests on n = "
        f"{int(content.panel.reported.sum())} recorded contacts with a known agenda.")
    with look():
        page = sheet(content, title="Which topics weigh more under which type of administration", note=note,
                     body=26 + STEP * len(topics))
        left = room(content.named("mention_share", topic) for topic in topics) + 7
        width = (page.width - left - 8 - 10 * (len(pairs) - 1)) / len(pairs)
        shared: dict[str, Axes] = {}
        for place, pair in enumerate(pairs):
            ax = page.panel(left + place * (width + 10), 15, width, STEP * len(topics), **shared)
            shared = shared or {"sharex": ax, "sharey": ax}
            _panel(ax, content, pair, topics)
            ax.tick_params(labelleft=place == 0)
        first = shared["sharey"]
        first.set_ylabel("topic")
        marks = {"expected by the model": MODEL} | {_name(content, way): RECORD[way] for way in directions(content)}
        first.legend(handles=points(marks), loc="lower left", ncols=3, bbox_to_anchor=(0, 1.075), borderpad=0,
                     borderaxespad=0.3, handlelength=1.6)
        return page.figure


def _name(content: ReportContent, way: str) -> str:
    return f"record, {words.side_comes(way, content.partner)}"


def _minus(pair: tuple[str, str]) -> str:
    return f"{words.SHORT_TYPE[pair[0]]} minus {words.SHORT_TYPE[pair[1]]}"


def _panel(ax: Axes, content: ReportContent, pair: tuple[str, str], topics: list[str]) -> None:
    series = [("attention", ALL, MODEL), *(("attention_record", way, RECORD[way]) for way in directions(content))]
    for offset, (measure, way, mark) in zip(np.linspace(-0.29, 0.29, len(series)), series, strict=True):
        rows = differences(content, measure, pair, topics, direction=way)
        place = np.arange(len(topics)) + offset
        bars(ax, place, quantile_array(rows), mark, size=3.2)
        print_chances(ax, place, rows["p_greater"])
    ax.axvline(0, color=BLACK, linewidth=0.8, zorder=1)
    name_rows(ax, content, topics)
    ax.set_ylabel("")
    ax.set_title(_minus(pair), pad=9)
    ax.set_xlabel("difference in share (points)")
    ax.text(1.03, 1.005, "P", transform=ax.transAxes, size=6.5, color=GREY, va="bottom", weight="bold")
