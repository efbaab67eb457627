"""The main numbers as sentences, each saying what it is of and how large its Monte Carlo error is."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from markupsafe import Markup

from forecast.dims import SIDE, TOPIC
from forecast.report import drift, words
from forecast.report.content import ReportContent
from forecast.report.datum import datum, percent, with_error
from forecast.report.ratio_rows import ratio_rows
from forecast.report.ratio_text import both_levels, interval, three, verdict
from forecast.report.rows import contrast_rows, election_pair, summary_rows


def headlines(content: ReportContent) -> list[Markup]:
    """Sentences for the top of the page, in order of importance; HTML that is safe to insert."""
    pair = election_pair(content)
    sentences = [_contacts(content, name) for name in content.scenarios]
    sentences += [*drift.sentence(content), *_estimated(content)]
    if pair:
        sentences += [*_contrast(content, pair), _telling(content, pair)]
    sentences += [_president(content), _agenda(content), _outcome(content), _media(content), *_index(content)]
    return sentences


def _contacts(content: ReportContent, name: str) -> Markup:
    row = _row(content, name, "contact", "all")
    return Markup(
        "Under <strong>{}</strong>, {} recorded contacts in {} (median; {} to {} in 90 % of {:,} simulated "
        "futures; "
        "mean {})."
    ).format(words.plain(name), datum(row["q50"]), content.span, datum(row["q05"]), datum(row["q95"]),
             content.n_path, with_error(row["mean"], row["mcse"]))  # fmt: skip


def _estimated(content: ReportContent) -> Iterator[Markup]:
    """All contacts, recorded or not, where the summary has them."""
    if all((name, "contact_estimated", content.window) in content.summary_by for name in content.scenarios):
        listed = _each(content, "contact_estimated", "all", datum)
        yield Markup("<em>Estimated</em> contacts in {}, recorded or not (capture\N{EN DASH}recapture; contacts that no page "
                     "could report are not counted): median {}.").format(content.span, listed)


def _contrast(content: ReportContent, pair: tuple[str, str]) -> Iterator[Markup]:
    """The ratio of the rates first; then the difference in contacts, whose mean says something else."""
    first, second = map(words.plain, pair)
    ratio = contrast_rows(content, pair, "log_rate_ratio", ["all"], "expected").iloc[0]
    expected, apart = (contrast_rows(content, pair, "contact", ["all"], pairing).iloc[0]
                       for pairing in ("expected", "independent"))
    yield Markup("<strong>{} against {}</strong>: log ratio of the rates of contact {}, a factor of {}; {}. {}.").format(
        first, second, interval(ratio), datum(np.exp(ratio["q50"]), 2), three(ratio, first, second),
        verdict(ratio, first, second))
    if not ratio_rows(content).empty:
        yield both_levels(content)
    yield Markup(
        "In contacts, {} minus {}: the expected numbers differ by {} (median; 90 % {} to {}; P({} larger) = {}), two separate "
        "futures by {} ({} to {}; P = {}). The arithmetic mean of the expected difference, {}, is no sign of its direction: it "
        "has the skew of effects that are not known, such as that of a president not yet seen."
    ).format(first, second, datum(expected["q50"], 1), datum(expected["q05"], 1), datum(expected["q95"], 1), first,
             _chance(expected), datum(apart["q50"]), datum(apart["q05"]), datum(apart["q95"]), _chance(apart),
             with_error(expected["mean"], expected["mcse"]))


def _chance(row: pd.Series) -> Markup:
    return with_error(row["p_greater"], row["p_greater_mcse"])


def _telling(content: ReportContent, pair: tuple[str, str]) -> Markup:
    """What would have to be seen to tell: a count rare under one, and how common it is under the other."""
    bound = _row(content, pair[1], "contact", "all")["q95"]
    total = content.trajectories[pair[0]]["contact"].to_numpy().sum(axis=(1, 2, 3), dtype=np.int64)
    return Markup(
        "More than {} contacts would be rare under {} (5 % of futures); under {} it happens in {} of "
        "futures. That is how "
        "much even an unusual count could tell."
    ).format(datum(bound), words.plain(pair[1]), words.plain(pair[0]), percent((total > bound).mean()))


def _president(content: ReportContent) -> Markup:
    listed = _each(content, "contact", "president", datum)
    return Markup("Contacts of the US president in person in {}: median {}.").format(content.span, listed)


def _agenda(content: ReportContent) -> Markup:
    parts = []
    for name in content.scenarios:
        rows = summary_rows(content, name, "mention_share", content.labels(TOPIC), content.window)
        top = rows.sort_values("q50", ascending=False, kind="stable").head(3)
        listed = [
            Markup("{} ({})").format(content.named("mention_share", key), percent(row["q50"]))
            for key, row in top.iterrows()
        ]
        parts.append(Markup("under {} {}").format(words.plain(name), Markup(", ").join(listed)))
    return Markup("Most mentioned topics (median share of all mentions of a future): {}.").format(
        Markup("; ").join(parts)
    )


def _outcome(content: ReportContent) -> Markup:
    listed = _each(content, "outcome_share", "0", percent)
    return Markup("Share of contacts that end as an exchange of views only: median {}.").format(listed)


def _media(content: ReportContent) -> Markup:
    parts = []
    for name in content.scenarios:
        rows = summary_rows(content, name, "tone", content.labels(SIDE), content.window)
        tones = [
            Markup("{} {}").format(content.named("tone", side), datum(row["q50"], 2))
            for side, row in rows.iterrows()
        ]
        parts.append(Markup("under {} {}").format(words.plain(name), Markup(", ").join(tones)))
    return Markup(
        "Mean tone of media pages (median over futures; \N{MINUS SIGN}1 critical, +1 favourable): {}."
    ).format(Markup("; ").join(parts))


def _index(content: ReportContent) -> Iterator[Markup]:
    """The relation index, where the summary has it."""
    key = content.relation.main
    blocks = [content.summary_by.get((name, "relation_index", content.window)) for name in content.scenarios]
    if all(block is not None and key in block.index for block in blocks):
        listed = _each(content, "relation_index", key, datum)
        yield Markup("Relation index, mean of {} (2017\N{EN DASH}2024 = 100): median {}.").format(
            content.span, listed
        )


def _each(content: ReportContent, quantity: str, key: str, show: Callable[[float], Markup]) -> Markup:
    """Median and 90 % interval of one quantity, and the error of its mean, under every scenario."""
    scale, unit = (100, "\N{NO-BREAK SPACE}%") if show is percent else (1, "")
    parts = []
    for name in content.scenarios:
        row = _row(content, name, quantity, key)
        shown = show(row["q50"]), words.plain(name), show(row["q05"]), show(row["q95"])
        mean = with_error(row["mean"], row["mcse"], scale, unit)
        parts.append(Markup("{} under {} (90 % {} to {}; mean {})").format(*shown, mean))
    return Markup(", ").join(parts)


def _row(content: ReportContent, name: str, quantity: str, key: str) -> pd.Series:
    return summary_rows(content, name, quantity, [key], content.window).iloc[0]
