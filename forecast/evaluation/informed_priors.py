"""Informed priors of a dyad's administration effects as a prior set, every number with the numbers that it came from."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from forecast.components.priors import Prior, PriorSet
from forecast.evaluation.register_effects import Informed

SECTION = "frequency"
DECIMALS = 3


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the numbers come from: region, state left out, as-of date, number of states, entries and terms counted, widening."""

    region: str
    without: str
    as_of: date
    countries: int
    entries: int
    terms: int
    widen: float

    def __str__(self) -> str:
        """Half a sentence for a reason."""
        return (f"registers of the Office of the Historian as of {self.as_of}, {self.entries} entries, {self.countries} states, "
                f"{self.without} left out, 3 channels, {self.terms} terms since 1949, region {self.region}")


def informed_priors(found: Informed, origin: Origin, name: str, base: str) -> PriorSet:
    """A prior set that replaces the administration priors of another.

    Parameters
    ----------
    name, base : str
        Of the new set, and of the set that it extends.
    """
    title = f"Administration effects as in the registers of all countries ({_plain(origin.region)}), widened by {origin.widen:g}"
    return PriorSet(
        name=name, extends=base, title=title,
        component={SECTION: {"administration_effects": _together(found, origin), "president_scale": _presidents(found, origin),
                             "term_scale": _terms(found, origin)}})


def _together(found: Informed, origin: Origin) -> Prior:
    sd = np.sqrt(np.diag(found.covariance))
    correlation = (found.covariance / np.outer(sd, sd)).round(DECIMALS).tolist()
    rows = {name: {other: correlation[at][place] + 0.0 for place, other in enumerate(found.names[:at])}
            for at, name in enumerate(found.names) if at}
    means = "; ".join(f"{_plain(channel)} {', '.join(f'{value:+.2f}' for value in effect)}"
                      for channel, effect in found.by_channel.items())
    reason = (
        f"Joint posterior of log ratios of types to {_plain(found.against)} in {_plain(origin.region)} and of effects of "
        f"presidents since it had states, over draws and three channels together (means of "
        f"{', '.join(map(_plain, found.names))}: {means}); "
        f"standard deviations {', '.join(f'{value:.3f}' for value in sd)}{_wider(origin)}; {origin}. "
        f"Trumpist terms known: {found.trumpist_terms}, so that type and person are told apart by their scales alone.")
    return Prior(distribution="joint_normal", unit="log_rate_ratio", against=found.against, reason=reason, correlation=rows,
                 mean={name: round(float(value), DECIMALS) + 0.0 for name, value in zip(found.names, found.mean, strict=True)},
                 sd={name: round(float(origin.widen * value), DECIMALS) for name, value in zip(found.names, sd, strict=True)})


def _presidents(found: Informed, origin: Origin) -> Prior:
    return _half_normal(found.president_sd, origin, (
        "Gives the effect of a president who is not named beside the types the root mean square "
        f"{found.president_sd:.3f} of the posterior of the scale of presidents"))


def _terms(found: Informed, origin: Origin) -> Prior:
    return _half_normal(found.term_sd, replace(origin, widen=1.0), (
        f"Gives term levels the root mean square {found.term_sd:.3f} of the posterior of the spread of levels in "
        f"{_plain(origin.region)} about a line, {found.terms[0]} to {found.terms[-1]} ({len(found.terms)} terms), as of an "
        "AR(1) with correlation 0.7 from term to term"))


def _half_normal(size: float, origin: Origin, why: str) -> Prior:
    reason = f"{why}{_wider(origin)}; {origin}."
    return Prior(distribution="half_normal", sigma=round(origin.widen * size, DECIMALS), reason=reason)


def _wider(origin: Origin) -> str:
    wider = f", times {origin.widen:g} because contacts below the top need not follow leaders' travel"
    return wider if origin.widen > 1 else ""


def _plain(code: str) -> str:
    return code.replace("_", " ")
