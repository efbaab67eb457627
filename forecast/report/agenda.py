"""Figure: which topics contacts name, by type of administration and in the two futures."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.dims import DRAW, TOPIC, TYPE
from forecast.report import words
from forecast.report.canvas import futures_note, sheet
from forecast.report.content import ReportContent
from forecast.report.interval import bars, stripes
from forecast.report.key import points
from forecast.report.rows import draw_quantiles, quantile_array, summary_rows
from forecast.report.style import TYPE_MARK, Mark, look

_STEP = 7.6  # millimetres per topic
READING = (
    "Each row is a topic; rows are sorted by the share expected in the first scenario. A share of 10 % "
    "means that one in ten topic mentions falls to it; shares add up to 100 %. On the left is what the "
    "model has learnt about each type of administration, on the right what the simulated futures "
    "contain. The right side is wider where few contacts are expected, because a future with few "
    "contacts names few topics. Overlapping intervals mean that the record does not tell the two apart."
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    rows = summary_rows(content, content.scenarios[0], "mention_share", content.labels(TOPIC), content.window)
    top = rows["q50"].sort_values(ascending=False).head(3)
    listed = ", ".join(f"{words.TOPIC.get(key, key)} ({words.share(value)})" for key, value in top.items())
    return (
        f"Shares of {len(rows)} topics by type of administration (left) and in the futures {content.span} "
        "(right). "
        f"Largest under {words.plain(content.scenarios[0])}: {listed}."
    )


def draw(content: ReportContent) -> Figure:
    """Dot and interval per topic: posterior by type on the left, predictive by scenario on the right."""
    topics = _sorted(content)
    spoken = int(content.panel.reported.sum())
    note = (
        "Left: expected mix by type of administration, posterior median with 50 % and 90 % interval; n = "
        f"{spoken} "
        "recorded contacts with a known agenda. Right, "
        f"{futures_note(content, 'mix among all mentions of a future')}"
    )
    with look():
        title = "What officials talk about: topic mix by type of administration and in each future"
        page = sheet(content, title=title, note=note, body=26 + _STEP * len(topics))
        past, future = _by_type(content, topics), _by_scenario(content, topics)
        left = page.panel(33, 17, 68, _STEP * len(topics))
        right = page.panel(105, 17, 68, _STEP * len(topics), sharex=left, sharey=left)
        for ax, heading, series in (
            (left, "Types of administration, estimated", past),
            (right, f"Futures, {content.span}", future),
        ):
            _panel(ax, series, len(topics))
            ax.set_title(heading, pad=3 + 8.7 * 3)
        right.tick_params(labelleft=False)
        left.set_yticks(range(len(topics)), [content.named("mention_share", topic) for topic in topics])
        left.set_ylim(len(topics) - 0.5, -0.5)
        left.set_xlim(0, None)
        left.set_ylabel("topic")
        return page.figure


def _sorted(content: ReportContent) -> list[str]:
    rows = summary_rows(content, content.scenarios[0], "mention_share", content.labels(TOPIC), content.window)
    return list(rows["mean"].sort_values(ascending=False, kind="stable").index)


def _by_type(content: ReportContent, topics: list[str]) -> dict[str, tuple[Mark, np.ndarray]]:
    agenda = content.agenda.sel({TOPIC: topics}).transpose(DRAW, TYPE, TOPIC)
    quantile = draw_quantiles(agenda.to_numpy())
    spoken = content.panel.contact["type"][content.panel.reported].value_counts()
    return {
        f"{words.TYPE[kind]} (n = {spoken.get(kind, 0)})": (TYPE_MARK[kind], quantile[place])
        for place, kind in enumerate(map(str, agenda[TYPE].values))
    }


def _by_scenario(content: ReportContent, topics: list[str]) -> dict[str, tuple[Mark, np.ndarray]]:
    found = {
        name: summary_rows(content, name, "mention_share", topics, content.window)
        for name in content.scenarios
    }
    return {words.plain(name): (content.marks[name], quantile_array(rows)) for name, rows in found.items()}


def _panel(ax: Axes, series: dict[str, tuple[Mark, np.ndarray]], count: int) -> None:
    offsets = np.linspace(-0.27, 0.27, len(series)) if len(series) > 1 else [0.0]
    for offset, (mark, quantile) in zip(offsets, series.values(), strict=True):
        bars(ax, np.arange(count) + offset, 100 * quantile, mark, size=3.6)
    stripes(ax, count)
    ax.set_xlabel("share of all topic mentions (%)")
    ax.tick_params(axis="y", left=False)
    ax.legend(handles=points({label: mark for label, (mark, _) in series.items()}), loc="lower left",
              bbox_to_anchor=(0, 1), ncols=1 if len(series) < 4 else 2, borderpad=0, borderaxespad=0.3,
              labelspacing=0.2, handlelength=1.6)  # fmt: skip
