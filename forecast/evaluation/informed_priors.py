"""Informed priors of a dyad's administration effects as a prior set, every number with the numbers that it came from."""

from dataclasses import dataclass, replace
from datetime import date

from forecast.components.priors import Prior, PriorSet
from forecast.evaluation.register_effects import Informed

SECTION = "frequency"
DECIMALS = 3


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the numbers come from: region, as-of date, number of states, entries and terms counted, widening factor."""

    region: str
    as_of: date
    countries: int
    entries: int
    terms: int
    widen: float

    def __str__(self) -> str:
        """Half a sentence for a reason."""
        return (f"registers of the Office of the Historian as of {self.as_of}, {self.entries} entries, {self.countries} states, "
                f"3 channels, {self.terms} terms since 1949, region {self.region}")


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
        component={SECTION: {"type_centre": _centre(found, origin), "type_scale": _types(found, origin),
                             "president_scale": _presidents(found, origin), "term_scale": _terms(found, origin)}})


def _centre(found: Informed, origin: Origin) -> Prior:
    *others, last = found.centre
    values = {name: round(found.centre[name], DECIMALS) for name in others}
    values[last] = round(-sum(values.values()), DECIMALS) + 0.0
    means = "; ".join(f"{_plain(channel)} {', '.join(f'{value:+.2f}' for value in effect.values())}"
                      for channel, effect in found.by_channel.items())
    reason = (
        f"Posterior mean log effect of each type in {_plain(origin.region)}, mean of three channels "
        f"({', '.join(found.centre)}: {means}); {origin}. The posterior standard deviation is {found.type_sd:.3f}; "
        f"Trumpist terms known: {found.trumpist_terms}, so that type and person are not told apart.")
    return Prior(distribution="fixed_by_type", values=values, reason=reason)


def _types(found: Informed, origin: Origin) -> Prior:
    return _half_normal(found.type_sd, origin, (
        f"Gives a type's effect the standard deviation {found.type_sd:.3f} of its posterior in {_plain(origin.region)} over "
        "draws and channels together"))


def _presidents(found: Informed, origin: Origin) -> Prior:
    return _half_normal(found.president_sd, origin, (
        f"Gives a president's effect the root mean square {found.president_sd:.3f} of the posterior of the scale of presidents"))


def _terms(found: Informed, origin: Origin) -> Prior:
    return _half_normal(found.term_sd, replace(origin, widen=1.0), (
        f"Gives term levels the root mean square {found.term_sd:.3f} of the posterior of the spread of levels in "
        f"{_plain(origin.region)} about a line, {found.terms[0]} to {found.terms[-1]} ({len(found.terms)} terms), as of an "
        "AR(1) with correlation 0.7 from term to term"))


def _half_normal(size: float, origin: Origin, why: str) -> Prior:
    wider = f", times {origin.widen:g} because contacts below the top need not follow leaders' travel"
    reason = f"{why}{wider if origin.widen > 1 else ''}; {origin}."
    return Prior(distribution="half_normal", sigma=round(origin.widen * size, DECIMALS), reason=reason)


def _plain(code: str) -> str:
    return code.replace("_", " ")
