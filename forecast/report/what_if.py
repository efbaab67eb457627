r"""What-if inside the page: simulated futures packed small, and beside them the words and numbers of the tables.

The browser does with them what :mod:`forecast.evaluation.condition` does, by the same rules: futures that agree are chosen,
errors are by batches of the draws of every component on which a number or a condition leans, and below a number of futures that
agree nothing is said. What it shows before anything is picked is the text of the tables, not a second computation.

Layout of the futures of a scenario
-----------------------------------
Columns of one number per future, one after the other, compressed with gzip and written as base64; batches, which repeat, apart
from all else, which does not. With :math:`R` ranks, :math:`Y` years, :math:`T` topics, :math:`B` kinds of batches and
:math:`Q` questions:

- recorded contacts by rank and year, :math:`R \times Y` columns, and mentions by topic over the term, :math:`T` columns, each of
  unsigned whole numbers of one byte, or of two (little end first) where a count of the block needs two,
- who wins, one column of one byte, where the election is open,
- answers to questions, :math:`Q` columns of one bit, the first future in the lowest bit, each filled up to whole bytes,
- apart from these, batches, :math:`B` columns of one byte.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zlib import DEFLATED, Z_BEST_COMPRESSION, Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, compressobj

import numpy as np
import pandas as pd
import xarray as xr
from markupsafe import Markup

from forecast.components.registry import CONTACTS, TOPICS
from forecast.dims import RANK, TOPIC
from forecast.evaluation.condition import LEAST, Kept
from forecast.evaluation.questions import components_of, different, holds
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import later, local, tr
from forecast.report.lookup import summary_rows
from forecast.report.words import number, with_error

MOST = 20_000
"""Futures per scenario that a page holds at most: a fixed sample, the first ones."""
BYTES = 4_000_000
"""Size of a page that is not exceeded for them: where they do not fit, fewer are held."""
ROUND = 100
GZIP = 31
"""Bits of the window of zlib with the head of a gzip file."""


def what_if(content: ReportContent, room: int | None) -> dict[str, Any] | None:
    """What the section needs; None where futures are not at hand, or too few fit to say anything.

    Parameters
    ----------
    room : int, optional
        Bytes for the futures at most. None: without any, to see how many bytes all else takes.

    Returns
    -------
    dict
        ``data`` for the script (what it needs beside the page, as JSON writes it), and ``years``, ``ranks``, ``topics`` and
        ``questions`` to choose from, each a list of (code, words); ``futures`` and ``kept``, how many are held, of how many.
    """
    if not content.kept:
        return None
    kept = len(next(iter(content.kept.values())).winner)
    futures, packed = (0, dict.fromkeys(content.kept, ("", ""))) if room is None else _fitting(content, min(MOST, kept), room)
    if room is not None and futures < LEAST:
        return None
    asked = {question.id: tr(question.text) for one in content.kept.values() for question in one.scenario.questions}
    ranks = [("all", content.named("contact", "all")), *((rank, content.named("contact", rank)) for rank in content.labels(RANK))]
    topics = [(topic, content.named("mention_share", topic)) for topic in content.labels(TOPIC)]
    data = {"least": LEAST, "futures": futures, "ranks": [key for key, _ in ranks], "topics": [key for key, _ in topics],
            "units": {"contact": "recorded contacts", "topic": "share of topic mentions", "question": "probability"},
            "names": {"contact": dict(ranks), "topic": dict(topics), "question": asked}, "window": content.window,
            "scenarios": [_scenario(content, name, futures) | {"data": packed[name]} for name in content.kept]}
    return {"data": data, "years": list(dict.fromkeys(year for one in content.kept.values() for year in _years(one))),
            "ranks": ranks, "topics": topics, "questions": list(asked.items()), "futures": futures, "words": _said(WORDS),
            "simulated": next(iter(content.kept.values())).simulated}


def _fitting(content: ReportContent, futures: int, room: int) -> tuple[int, dict[str, tuple[str, str]]]:
    """The most futures that fit, and their packed columns by scenario."""
    while True:
        packed = {name: pack(one, futures) for name, one in content.kept.items()}
        size = sum(len(part) for parts in packed.values() for part in parts)
        if size <= room or futures < LEAST:
            return futures, packed
        futures = min(futures - ROUND, int(futures * max(room, 0) / size) // ROUND * ROUND)


def pack(kept: Kept, futures: int) -> tuple[str, str]:
    """The first futures of a scenario and their batches, compressed; the same text every time."""
    contact, mention = _counts(kept, futures)
    answers = [np.packbits(one, bitorder="little") for one in _answers(kept, futures)]
    winner = [kept.winner[:futures].astype(np.uint8)] if len(kept.scenario.chances) > 1 else []
    batches = [one[:futures].astype(np.uint8) for one in _batches(kept)]
    return (_compressed([_narrow(contact), _narrow(mention), *winner, *answers], Z_HUFFMAN_ONLY),
            _compressed(batches, Z_DEFAULT_STRATEGY))


def _compressed(columns: Sequence[np.ndarray], strategy: int) -> str:
    """Columns as base64."""
    return _packed(b"".join(np.ascontiguousarray(one).tobytes() for one in columns), strategy)


def _packed(whole: bytes, strategy: int) -> str:
    """Bytes compressed, as base64; the head of the file has no time."""
    made = compressobj(Z_BEST_COMPRESSION, DEFLATED, GZIP, strategy=strategy)
    return b64encode(made.compress(whole) + made.flush()).decode("ascii")


def _counts(kept: Kept, futures: int) -> tuple[np.ndarray, np.ndarray]:
    """Contacts (rank, year, path) and mentions (topic, path)."""
    years: xr.Dataset = kept.years.isel(path=slice(futures))
    return (years["contact"].sum("outcome").transpose(RANK, "year", "path").to_numpy(),
            years["mention"].sum("year").transpose(TOPIC, "path").to_numpy())


def _narrow(counts: np.ndarray) -> np.ndarray:
    return counts.astype("<u1" if counts.max(initial=0) < 256 else "<u2")


def _answers(kept: Kept, futures: int) -> Iterator[np.ndarray]:
    for question in kept.scenario.questions:
        yield np.asarray(holds(kept.counted[question.id][:futures], question))


def _batches(kept: Kept) -> list[np.ndarray]:
    """Kinds of batches, each once: components that are drawn together have the same."""
    return different(kept.batch.values())


def _kind(kept: Kept, component: str) -> int:
    """Which of the batches a component has."""
    return next(place for place, one in enumerate(_batches(kept)) if np.array_equal(one, kept.batch[component]))


def _years(kept: Kept) -> list[int]:
    return [int(year) for year in kept.years["year"].to_numpy()]


def _scenario(content: ReportContent, name: str, futures: int) -> dict[str, Any]:
    """All of a scenario but its futures: how they are laid out, and the texts of the tables."""
    kept = content.kept[name]
    contact, mention = _counts(kept, futures)
    years = _years(kept)
    windows = {"term": content.window, **{str(year): str(year) for year in years}}
    chances = list(kept.scenario.chances)
    return {
        "name": name, "label": words.plain(name), "title": tr(kept.scenario.title), "simulated": kept.simulated, "years": years,
        "width": {"contact": _narrow(contact).itemsize, "mention": _narrow(mention).itemsize},
        "batches": len(_batches(kept)), "lean": {"contact": _kind(kept, CONTACTS), "topic": _kind(kept, TOPICS)},
        "outcomes": chances if len(chances) > 1 else [],
        "questions": [{"id": one.id, "lean": sorted({_kind(kept, component) for component in components_of(one)}),
                       "before": _answered(content, name, one.id)} for one in kept.scenario.questions],
        "before": {"contact": {key: _texts(content, name, "contact", window, number) for key, window in windows.items()},
                   "topic": _texts(content, name, "mention_share", content.window, _percent)}}


def _texts(content: ReportContent, name: str, quantity: str, window: str, show: Callable[[float], str]) -> dict[str, list[str]]:
    """Key -> median with interval, and mean with error, as the tables have them."""
    keys: Sequence[str] = ("all", *content.labels(RANK)) if quantity == "contact" else content.labels(TOPIC)
    rows = summary_rows(content, name, quantity, keys, window)
    return {str(key): _text(row, show) for key, row in rows.iterrows()}


def _text(row: pd.Series, show: Callable[[float], str]) -> list[str]:
    scale, unit = (1, "") if show is number else (100, " %")
    spread = tr("{} ({} to {})").format(*(show(row[level]) for level in ("q50", "q05", "q95")))
    return [spread, _plain(with_error(row["mean"], row["mcse"], scale, unit))]


def _percent(value: float) -> str:
    return _plain(words.percent(value))


def _answered(content: ReportContent, name: str, question: str) -> str:
    rows = content.questions[(content.questions["scenario"] == name) & (content.questions["id"] == question)]
    return "" if rows.empty else _plain(with_error(rows["probability"].iloc[0], rows["mcse"].iloc[0], 100, " %"))


def _plain(text: Markup) -> str:
    """The text of an element, with ordinary spaces."""
    return text.striptags()


# Words for the scripts, and the library that draws.

WORDS = {
    "whole": later("Write a whole number of contacts."),
    "untouched": later("Nothing is picked: the tables have the numbers of the run, of all {simulated} futures of a scenario; the "
                       "charts are of {futures} of them."),
    "unasked": later("{scenario} is left out: it does not ask “{question}”."),
    "no_months": later("{scenario} is left out: it has no months in {year}."),
    "agree": later("{scenario}: {agree} of {futures} futures agree ({chance})."),
    "none": later("{scenario}: none of {futures} futures agrees."),
    "few": later("Fewer than {least}: so few futures say little, and no numbers are shown."),
    "too_few": later("too few"), "points": later("points"), "winner": later("Winner of the election: {outcome}"),
    "condition": later("Condition {number}"), "spread": later("{middle} ({low} to {high})"),
    "chart_rank": later("Recorded contacts {window}, {rank}, {scenario}"),
    "chart_topic": later("Share of mentions, {topic}, {scenario}"),
    "label": later("{title}: median and 90 % interval of all {futures} futures of this page {all}."),
    "label_agree": later("{title}: median and 90 % interval of all {futures} futures of this page {all}, of those that agree "
                         "{agree}."),
    "caption": later("{title}. Outline: all {futures} futures of this page."),
    "caption_agree": later("{title}. Outline: all {futures} futures of this page; filled: those that agree."),
    "range": later("{from} to {to}"), "under": later("{from} to under {to}"), "beyond": later("{from} or more"),
    "bar_contacts": later("contacts {value}"), "bar_share": later("share of mentions {value}"),
    "axis_contacts": later("recorded contacts"), "axis_share": later("share of topic mentions"),
    "too_old": later("This browser is too old for this part: forecast condition answers the same questions."),
}
CHART_WORDS = {
    "all": later("{value}: {all} of all futures"),
    "agree": later("{value}: {all} of all futures, {agree} of those that agree"), "tiny": later("under {least} %"),
    "share": later("share of futures"),
    "sliders_contact": later("Recorded contacts at this point of the sweep, with Monte Carlo errors"),
    "sliders_question": later("Probability of yes at this point of the sweep, with Monte Carlo errors"),
    "sliders_change": later("change since the beginning: {change}"), "sliders_exact": later("in points.csv: {exact}"),
    "sliders_caption": later("Filled: here, with the Monte Carlo error; hollow: at the beginning."),
    "unit_contact": later("recorded contacts"), "unit_question": later("probability, %"),
}
LIBRARY = Path(__file__).with_name("charts") / "plot.min.js"


def charts() -> dict[str, Any]:
    """What every chart of the page needs: the library, compressed as the futures are, and words."""
    return {"library": _library(), "words": _said(CHART_WORDS),
            "hint": tr("Point at a mark of a chart, touch it, or go from mark to mark with the arrow keys, to read its numbers.")}


@cache
def _library() -> str:
    return _packed(LIBRARY.read_bytes(), Z_DEFAULT_STRATEGY)


def _said(texts: dict[str, str]) -> dict[str, str]:
    """Texts in the language that is spoken, and the signs of its numbers."""
    return {key: tr(text) for key, text in texts.items()} | {"point": local("."), "group": local(",")}
