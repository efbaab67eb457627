"""Sentences and a table for the page on the ratio of two rates, before and after the data."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from markupsafe import Markup

from forecast.contacts import codes
from forecast.evaluation.cell import PARTS
from forecast.evaluation.equivalence import load_equivalence
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.datum import datum, with_error
from forecast.report.ratio_rows import line_name, lines_of, percent_of_region, ratio_rows
from forecast.report.rows import election_pair

CLEAR = 0.95  # probability from which a verdict is given


def ratio(content: ReportContent) -> dict[str, Any]:
    """What the template of this section needs; no rows for a single scenario."""
    rows = ratio_rows(content)
    if rows.empty:
        return {"sentences": [], "rows": []}
    return {"sentences": [*_sentences(content, rows), _ranks(content)], "rows": [*_cells(rows), *_cells_by_rank(content)]}


def _sentences(content: ReportContent, rows: pd.DataFrame) -> Iterator[Markup]:
    first, second = map(words.plain, election_pair(content))
    pool = lines_of(rows)[-2][0]
    before, after = (rows.loc[(pool, "shared", where)] for where in ("prior", "posterior"))
    wide, narrow = (row["q95"] - row["q05"] for row in (before, after))
    yield Markup("Before the data the log ratio of the rates, {} over {}, is {}; after them {}. {}").format(
        first, second, interval(before), interval(after),
        "The record leaves the interval as wide as it was." if narrow > 0.9 * wide else
        Markup("The record leaves {} of the width of the interval.").format(datum(narrow / wide, 0, 100, "\N{NO-BREAK SPACE}%")))
    yield Markup("Rates within {} of one another count as equal: {}").format(percent_of_region(), load_equivalence().rate.reason)
    yield both_levels(content)


def both_levels(content: ReportContent) -> Markup:
    """Whether the two outcomes share the level of the coming term, and what follows from either."""
    rows = ratio_rows(content)
    pool = lines_of(rows)[-2][0]
    shared, apart = (rows.loc[(pool, levels, "posterior")] for levels in ("shared", "separate"))
    return Markup("P({} more) is {} where both outcomes share the level of the coming term, and {} where each draws its own. "
                  "Which is right no record can say: one outcome came about each time.").format(
        words.plain(election_pair(content)[0]), *(with_error(row["p_greater"], row["p_greater_mcse"]) for row in (shared, apart)))


def _by_rank(content: ReportContent) -> pd.DataFrame:
    """Rows of single ranks with all formulations together and shared levels, indexed by rank and distribution."""
    found = {}
    for rank in codes.RANK.labels:
        rows = ratio_rows(content, rank)
        pool = lines_of(rows)[-2][0]
        found |= {(rank, where): rows.loc[(pool, "shared", where)] for where in ("prior", "posterior")}
    return pd.DataFrame(found.values(), index=pd.MultiIndex.from_tuples(found))


def _ranks(content: ReportContent) -> Markup:
    """How far ranks differ in their answers; each has effects of its own besides those of all."""
    after = _by_rank(content).xs("posterior", level=1)["p_greater"]
    low, high = after.idxmin(), after.idxmax()
    return Markup("By rank, P({} more) goes from {} ({}) to {} ({}): effects may differ by rank, on a tight scale.").format(
        words.plain(election_pair(content)[0]), datum(after[low], 2), content.named("contact", low), datum(after[high], 2),
        content.named("contact", high))


def _cells_by_rank(content: ReportContent) -> Iterator[dict[str, Any]]:
    for (rank, where), row in _by_rank(content).iterrows():
        yield _row(f"{content.named('contact', rank)}, all formulations together", where, row)


def interval(row: pd.Series) -> Markup:
    """Median and 90 % interval of a log ratio."""
    return Markup("{} (median; 90 % {} to {})").format(*(datum(row[level], 2) for level in ("q50", "q05", "q95")))


def three(row: pd.Series, first: str, second: str) -> Markup:
    """The three probabilities in words; `first` and `second` are the scenarios."""
    more, equal, fewer = (with_error(row[part], row[f"{part}_mcse"]) for part in PARTS)
    return Markup("P({} more) = {}, P(practically equal, within {}) = {}, P({} more) = {}").format(
        first, more, percent_of_region(), equal, second, fewer)


def verdict(row: pd.Series, first: str, second: str) -> str:
    """What the three probabilities allow to say."""
    if row["p_equal"] >= CLEAR:
        return "The rates are practically equal"
    for part, name in (("p_more", first), ("p_fewer", second)):
        if row[part] >= CLEAR:
            return f"There are more contacts under {name}, and the difference matters"
    within = row["q05"] <= 0 <= row["q95"]
    return "The difference is within its noise: the record does not tell which is larger" if within else (
        "The difference is outside its noise, but may be too small to matter")


def _cells(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for name, levels in dict.fromkeys(zip(rows.index.get_level_values(0), rows.index.get_level_values(1), strict=True)):
        for where in ("prior", "posterior"):
            row = rows.loc[(name, levels, where)]
            title, small = line_name(name, levels, row["weight"])
            yield _row(f"{title}, {small}", where, row)


def _row(name: str, where: str, row: pd.Series) -> dict[str, Any]:
    cells = [datum(row["q50"], 2), Markup("{} to {}").format(datum(row["q05"], 2), datum(row["q95"], 2)),
             *(with_error(row[part], row[f"{part}_mcse"]) for part in ("p_greater", *PARTS))]
    return {"name": name, "when": {"prior": "before", "posterior": "after"}[where], "cells": cells}
