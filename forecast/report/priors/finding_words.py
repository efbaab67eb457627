"""Findings of the prior predictive check in sentences: what was found, why it is wrong, what drives it, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forecast.evaluation.prior_predictive.bounds import CONFLICT
from forecast.evaluation.prior_predictive.check import PriorCheck
from forecast.evaluation.prior_predictive.finding import Driver, Finding
from forecast.report.priors.prior_words import formula
from forecast.report.words import number

NEGLIGIBLE = 0.3
"""A rank correlation below this names nobody."""
HUGE = 1e7
"""Numbers from here on are written as powers of ten."""


@dataclass(frozen=True, kw_only=True)
class Warned:
    """A finding that is shown: that of the worst component, and the names of others of the section that share it."""

    finding: Finding
    also: tuple[str, ...]


def warned(checks: Iterable[PriorCheck]) -> list[Warned]:
    """Findings that are not fine, one per statistic and kind, absurd ones first."""
    group: dict[tuple[str, str], list[Finding]] = {}
    for check in checks:
        for one in check.findings:
            if one.kind != "fine":
                group.setdefault((one.kind, one.statistic.name), []).append(one)
    worst = {key: max(found, key=lambda one: one.badness) for key, found in group.items()}
    shown = [Warned(finding=one, also=tuple(other.component for other in group[key] if other is not one))
             for key, one in worst.items()]
    return sorted(shown, key=lambda one: one.finding.kind)


def sentences(one: Warned) -> dict[str, str]:
    """Found, why, driver and remedy of one warning."""
    finding = one.finding
    where = finding.component + (f" (also {', '.join(one.also)})" if one.also else "")
    if finding.kind == "absurd":
        found, why, remedy = absurd(finding), finding.bound.reason, _first(finding) + finding.bound.remedy
    else:
        found, why, remedy = conflict(finding), _WHY, _REMEDY
    return {"found": f"{where}: {found}", "why": why, "driver": driver(finding), "remedy": remedy}


_WHY = ("The record is one that this prior hardly produces: prior, model or record may be what is wrong, and the posterior will "
        "be a compromise between two that disagree.")
_REMEDY = ("Look at the reason of that prior. Widen it if the surprise is honest; do not centre it on the record, which would "
           "use the record twice.")


def _first(finding: Finding) -> str:
    """What to try first: the prior that was named, where its default helps."""
    one = finding.driver
    if one is None or one.default is None:
        return ""
    return f"Bring {finding.statistic.section}.{one.parameter} closer to its default. In general: "


def absurd(finding: Finding) -> str:
    """What share of draws is beyond the bound."""
    bound = finding.bound
    limits = (("below", bound.low), ("above", bound.high))
    sides = [f"{word} {shown(finding, limit)}" for word, limit in limits if np.isfinite(limit)]
    return (f"{finding.statistic.title} is {' or '.join(sides)} in {percent(finding.beyond)} of {len(finding.values)} draws "
            f"(Monte Carlo error {percent(finding.error)}; allowed: {percent(bound.allowed)}). {spread(finding)}")


def conflict(finding: Finding) -> str:
    """Where the record lies."""
    side = "below" if finding.percentile < CONFLICT else "above"
    share = 1 - finding.percentile if side == "below" else finding.percentile
    much = "all" if share == 1 else percent(share)
    return (f"{finding.statistic.title} is {shown(finding, finding.observed)} in the record, {side} {much} of "
            f"{len(finding.values)} draws. {spread(finding)}")


def spread(finding: Finding) -> str:
    """Where most draws lie."""
    low, middle, high = finding.quantile
    return f"Median {shown(finding, middle)}; 90 % of draws from {shown(finding, low)} to {shown(finding, high)}."


def driver(finding: Finding) -> str:
    """Which prior is behind it, and how that is known."""
    one = finding.driver
    if one is None:
        return "no single prior stands out."
    name = f"{finding.statistic.section}.{one.parameter} ({formula(one.prior)})"
    instead = f"with the default ({formula(one.default)}) in its place {_left(finding, one)}" if one.default else ""
    if np.isnan(one.correlation):
        return f"{name}; {instead}."
    goes = f"draws go with it (rank correlation {number(one.correlation, 2)})"
    if one.default:
        return f"several together, above all {name}: {goes}; {instead}."
    return f"{name}: {goes}." if abs(one.correlation) >= NEGLIGIBLE else "no single prior stands out."


def _left(finding: Finding, one: Driver) -> str:
    if finding.kind == "absurd":
        return f"it is {percent(one.badness)}"
    return f"the record lies within the middle {percent(one.badness)} of draws"


def shown(finding: Finding, value: float) -> str:
    """A value of a statistic with the digits that it deserves."""
    if np.isnan(value):
        return "none"
    if finding.statistic.percent:
        return percent(value)
    if abs(value) >= HUGE:
        return f"{value:.0e}"
    return number(value, 0 if abs(value) >= 10 or value == round(value) else 2)


def percent(share: float) -> str:
    """A share as a percentage of three digits at most."""
    value = 100 * share
    digits = 0 if value in (0, 100) or 10 <= value <= 99 else 1
    return f"{number(value, digits)}\N{NO-BREAK SPACE}%"
