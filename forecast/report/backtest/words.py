"""What a backtest found, in sentences made from its numbers."""

from collections.abc import Mapping

import pandas as pd

from forecast.evaluation.scores.skill import SURE, beyond, holm
from forecast.report.backtest.page import LOSS, Told, between

BEST = ("The best baseline was chosen on the same terms: that makes it harder to be better than it, so that such a p is on the "
        "safe side, and easier to be worse, so that a p of being worse is too small.")


def of_dyad(partner: str, skill: pd.DataFrame, counts: pd.DataFrame, gates: Mapping[str, str]) -> Told:
    """Sentences about a dyad's past terms; `gates` are fits that failed one, by term."""
    terms = counts["term"].unique()
    row = _row(skill, "contacts by rank and year", "model")
    placebo = _row(skill, "contacts by rank and year", "model, placebo")
    span = f"{terms[0][:4]} to {terms[-1][-4:]}"
    return Told(
        title=f"Would past forecasts have been any good? The United States and {partner}",
        about=f"{len(terms)} terms, {span}, each forecast from what was known on the eve of its election.",
        headline=f"Of contacts by rank and year the model {_verdict(row)} the best baseline ({row['baseline']}): {_skill(row)}.",
        caveats=(
            _of_placebo(row, placebo),
            "The drift, the occasions and their priors were chosen when these terms were known: read all skill of the model as "
            "optimistic. Only contacts that come later are a clean test.",
            f"{len(terms)} terms are few, and one of them can decide a sign: intervals are Student's t over terms.",
            _how_many(skill, "model"),
            "Contacts are those on record: a forecaster who sees the record grow is right about the record, and not thereby "
            "about the relation.", *_of_gates(gates)))


def _of_placebo(row: pd.Series, placebo: pd.Series) -> str:
    """The model told of the outcome that did not happen."""
    told = f"Told that the other candidate had won, the model has a skill of {_skill(placebo)}."
    if placebo["skill"] < row["skill"] - 0.02:
        return f"{told} Who won helped to forecast."
    return (f"{told} Types of administrations and persons have not helped to forecast; they are in the model because the "
            "question is about them.")


def of_registers(skill: pd.DataFrame, scores: pd.DataFrame, gates: Mapping[str, str]) -> Told:
    """Sentences about the registers of all countries; `gates` are fits that failed one, by term."""
    label = skill["terms_of"].iloc[0]
    reported = skill[skill["terms_of"] == label]
    among = reported[reported["measure"] != "Central Asia"]
    row, region = (_row(reported, name, "pool") for name in ("all", "Central Asia"))
    placebo, countries = _row(reported, "all", "pool, placebo"), scores.loc[scores["term"] >= label[:4], "country"].nunique()
    return Told(
        title="Would past forecasts have been any good? Travel and visits of all countries",
        about=(f"Entries of the registers by term, country and channel; {countries} countries, terms of {label}, each forecast "
               "from what was known on the eve of its election."),
        headline=f"The pool {_verdict(row)} the best baseline ({row['baseline']}): {_skill(row)}.",
        caveats=(f"Central Asia: the pool {_verdict(region)} the region's best baseline ({region['baseline']}): "
                 f"{_skill(region)}.",
                 f"Told that the other candidate had won, the pool has a skill of {_skill(placebo)}.",
                 _how_many(among, "pool"),
                 "The autoregression and the members of the pool were chosen on earlier terms; both sets of terms were seen "
                 "while it was written.",
                 "Before the election of 1984, and where a fit has an R-hat above 1.05, the autoregression stands in for "
                 "the hierarchical model.", *_of_gates(gates)))


def _of_gates(gates: Mapping[str, str]) -> list[str]:
    told = "; ".join(f"{where} ({what})" for where, what in gates.items())
    return [f"Fits that failed a gate of convergence: {told}."] if gates else []


def _row(skill: pd.DataFrame, measure: str, forecaster: str) -> pd.Series:
    chosen = skill[(skill["measure"] == measure) & (skill["forecaster"] == forecaster) & (skill["loss_name"] == "crps")]
    return chosen.iloc[0]


def _skill(row: pd.Series) -> str:
    return f"{100 * row['skill']:+.1f} % of CRPS ({between(row['low'], row['high'])}; sign-flip p {row['p']:.3f})"


def _verdict(row: pd.Series) -> str:
    if not beyond(row):
        return "cannot be told from"
    return "beats" if row["skill"] > 0 else "loses to"


def _how_many(skill: pd.DataFrame, forecaster: str) -> str:
    """How many comparisons with the best baseline are beyond zero, before and after their number is accounted for."""
    own = skill[skill["forecaster"] == forecaster]
    told = beyond(own)
    found = [f"{way} {', '.join(f'{row.measure} ({LOSS[row.loss_name]})' for row in part.itertuples())}"
             for way, part in (("better in", own[told & (own["skill"] > 0)]), ("worse in", own[told & (own["skill"] < 0)]))
             if len(part)]
    corrected = int((told & (holm(own["p"].to_numpy()) <= SURE)).sum())
    of = f"Of {len(own)} comparisons of the {forecaster} with the best baseline (measures and losses), "
    beginning = f"{told.sum()} {'is' if told.sum() == 1 else 'are'} beyond zero by interval and by sign-flip p"
    least = min(1.0, 2.0 ** (1 - int(own["terms"].min())))
    able = "" if least * len(own) <= SURE else f", too large for any of {len(own)} to pass that correction"
    return (f"{of}{beginning}{': ' if found else ''}{'; '.join(found)}. One in twenty would be by chance; corrected for their "
            f"number (Holm), {corrected or 'none'} {'is' if corrected == 1 else 'are'}. The least p that so many terms allow is "
            f"{least:.3f}{able}. {BEST}")
