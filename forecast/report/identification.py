"""Sentences and a table for the page on what the terms of a returning president can and cannot identify.

Every judgement hangs on a number: how much narrower the posterior is than the prior, how type and president trade off,
and whether the interval of their sum crosses zero.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from markupsafe import Markup

from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.datum import datum, percent, with_error

_PARAMETER = {"type_scale": "scale of types", "president_scale": "scale of presidents",
              "administration_rank_scale": "scale of deviations by rank", "type_effect": "effect of the type",
              "president_effect": "effect of the president", "sum": "both effects together",
              "type_effect_in_scales": "effect of the type in units of its scale",
              "president_effect_in_scales": "effect of the president in units of its scale"}
_TOLD = ("sum", "type_effect", "type_effect_in_scales", "president_effect", "president_effect_in_scales")
_LITTLE, _MUCH, _TRADE = 0.85, 0.5, 0.2  # shares of the prior sd that remain; a correlation worth a word


def identification(content: ReportContent) -> dict[str, Any]:
    """What the template of this section needs: sentences, and rows of a table of prior and posterior."""
    table = content.administration.identification
    groups = [part.set_index("parameter") for _, part in table.groupby(["formulation", "type", "president"], sort=False)]
    many = table["formulation"].nunique() > 1
    return {"sentences": [sentence for part in groups for sentence in _sentences(part, many)],
            "rows": [row for part in groups for row in _rows(part, many)]}


def _sentences(part: pd.DataFrame, many: bool) -> Iterator[Markup]:
    first = part.iloc[0]
    kind, president = words.SHORT_TYPE[first["type"]], first["president"]
    where = Markup(" in the formulation {}").format(first["formulation"]) if many else Markup("")
    alone = first["terms"] == first["terms_of_type"]
    yield Markup("<strong>{}, {} recorded {}, type {} with {} in all{}.</strong> {}").format(
        president, first["terms"], "term" if first["terms"] == 1 else "terms", kind, first["terms_of_type"], where,
        "All that is known of the type is this one president: the record knows only the sum of both effects." if alone
        else "Other presidents of the type help to tell the man from the type.")
    yield from (_narrowed(part.loc[name], _PARAMETER[name]) for name in _TOLD if name in part.index)
    yield _trade(part, president)
    yield _sign(part.loc["sum"], president)


def _narrowed(row: pd.Series, name: str) -> Markup:
    left = row["sd"] / row["prior_sd"]
    verdict = "the record says almost nothing about it" if left > _LITTLE else (
        "the record narrows it by more than half" if left < _MUCH else "the record narrows it somewhat")
    return Markup("{}: standard deviation {} before the data and {} after; {} remains, {}.").format(
        words.plain(name), datum(row["prior_sd"], 2), with_error(row["sd"], row["sd_mcse"]), percent(left), verdict)


def _trade(part: pd.DataFrame, president: str) -> Markup:
    row = part.loc["correlation"]
    found = row["mean"]
    if found < -_TRADE:
        verdict = "what is given to the one is taken from the other, so that the sum is known better than its parts would suggest"
    elif found > _TRADE:
        verdict = "both move together"
    else:
        verdict = "neither stands for the other: their priors, not the record, keep them apart"
    return Markup("In the posterior the effect of the type and that of {} correlate with {}: {}.").format(
        president, with_error(found, row["mcse"]), verdict)


def _sign(row: pd.Series, president: str) -> Markup:
    within = row["q05"] <= 0 <= row["q95"]
    verdict = "within its noise: the record does not tell whether contacts were more or fewer than of an average administration" \
        if within else "outside its noise"
    return Markup("Both together, under {}: {} (90 % {} to {}; P(more contacts) = {}), {}.").format(
        president, datum(row["q50"], 2), datum(row["q05"], 2), datum(row["q95"], 2),
        with_error(row["p_positive"], row["p_positive_mcse"]), verdict)


def _rows(part: pd.DataFrame, many: bool) -> Iterator[dict[str, Any]]:
    for name, words_for in _PARAMETER.items():
        if name in part.index:
            row = part.loc[name]
            cells = [datum(row["prior_sd"], 2), with_error(row["sd"], row["sd_mcse"]), percent(row["sd"] / row["prior_sd"]),
                     Markup("{} ({} to {})").format(*(datum(row[level], 2) for level in ("q50", "q05", "q95")))]
            label = f"{row['president']}, {words_for}" + (f" ({row['formulation']})" if many else "")
            yield {"name": label, "cells": cells}
