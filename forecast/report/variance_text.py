"""Sentences for the page on where the uncertainty of the difference comes from."""

from collections.abc import Iterator

from markupsafe import Markup

from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.datum import datum, percent, with_error
from forecast.report.rows import election_pair
from forecast.report.variance import variance_rows

_WHAT = {"independent": "two futures with separate shocks, what an observer would see",
         "expected": "expected values, what the administrations change"}


def variance_sentences(content: ReportContent) -> list[Markup]:
    """The shares of every source for all contacts; empty for a single scenario."""
    if content.administration.variance.empty or election_pair(content) is None:
        return []
    return [_shares(content, pairing) for pairing in _WHAT] + list(_blur(content))


def _shares(content: ReportContent, pairing: str) -> Markup:
    rows = variance_rows(content, pairing, "all").sort_values("share", ascending=False, kind="stable")
    if rows["share"].isna().all():
        return Markup("<strong>{} minus {}</strong>, all contacts, {}: no difference, and so no variance to split.").format(
            *map(words.plain, election_pair(content)), _WHAT[pairing])
    listed = [Markup("{} {}").format(words.SOURCE[source].lower(),
                                     with_error(row["share"], row["share_mcse"], 100, "\N{NO-BREAK SPACE}%"))
              for source, row in rows.iterrows()]
    return Markup("<strong>{} minus {}</strong>, all contacts, {} (standard deviation {}): {}.").format(
        *map(words.plain, election_pair(content)), _WHAT[pairing], datum(rows["sd"].iloc[0], 1), Markup(", ").join(listed))


def _blur(content: ReportContent) -> Iterator[Markup]:
    """How much of what would be seen is about administrations at all."""
    rows = variance_rows(content, "independent", "all")["share"]
    if rows.isna().all():
        return
    brought = rows[["type", "president"]].sum()
    if brought >= 0.5:
        verdict = "More than half of it is about who governs."
    elif brought <= 0.1:
        verdict = "Hardly any of it is about who governs: counts of one term could not tell."
    else:
        verdict = "Most of it is not about who governs, and would remain if the effects of administrations were known exactly."
    yield Markup("Type and president together make {} of the variance that an observer would see. {}").format(
        percent(brought), verdict)
