"""Whether a panel can reach to a date without taking missing work for missing contacts."""

from collections.abc import Sequence
from datetime import date

from forecast.contacts.dyad import Dyad
from forecast.errors import Fault, InputError
from forecast.panel.administrations import Administration


def check_coverage(dyads: Sequence[Dyad], administrations: Sequence[Administration], as_of: date) -> None:
    """Raise InputError where `as_of` lies outside the coded span of a dyad or the known administrations."""
    faults = []
    for dyad in dyads:
        if as_of < dyad.relations_start:
            faults.append(_fault(f"a day from {dyad.relations_start}, the start of {dyad.id}, on", as_of,
                                 "Give a later date (--as-of)."))
        if as_of > dyad.coded_until:
            faults.append(_fault(f"a day up to {dyad.coded_until}, to which {dyad.id} is coded", as_of,
                                 "Give an earlier date (--as-of), or code the later contacts and move coded_until."))
    first, end = administrations[0].start, administrations[-1].end
    start = min(dyad.relations_start for dyad in dyads)
    if start < first or as_of >= end:
        faults.append(_fault(f"a span within the known administrations, {first} to {end}", as_of,
                             "Add the missing terms to administrations.csv."))
    if faults:
        raise InputError(faults)


def _fault(expected: str, as_of: date, remedy: str) -> Fault:
    return Fault(source="panel", where="as-of date", expected=expected, found=str(as_of), remedy=remedy)
