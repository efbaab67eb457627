"""The presidents, or terms, that are put side by side: their contacts, visits and years on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from forecast.errors import Fault, InputError, nearest
from forecast.panel import Panel
from forecast.panel.calendar import DAYS_PER_YEAR
from forecast.panel.elections import Administration, load_administrations
from forecast.panel.panel import occasion_of

FEWEST = 2
"""Names that a comparison takes."""


@dataclass(frozen=True, kw_only=True)
class Governed:
    """One president, or one term, on record.

    Parameters
    ----------
    name : str
        As administrations.csv writes it.
    terms : tuple of Administration
        Those of which a day was observed.
    years : float
        Observed, summed over dyads.
    first, last : date
        First and last day observed; of a name that was not observed at all, the as-of date.
    contact : ndarray of int, shape (contact of the name,)
        Positions in ``panel.contact``.
    visit : ndarray of int, shape (contact of the name,)
        Number of the visit of each of these contacts, from 0 in order of time.
    """

    name: str
    terms: tuple[Administration, ...]
    years: float
    first: date
    last: date
    contact: np.ndarray
    visit: np.ndarray

    @property
    def n_contact(self) -> int:
        """Contacts on record."""
        return len(self.contact)

    @property
    def n_visit(self) -> int:
        """Visits that they make."""
        return int(self.visit.max() + 1) if len(self.visit) else 0


def governed(panel: Panel, names: Sequence[str]) -> tuple[Governed, ...]:
    """Find presidents and terms by name.

    Parameters
    ----------
    panel : Panel
        The record, cut at its as-of date.
    names : sequence of str
        Of presidents (``president`` in administrations.csv) or of terms (``name``); capitals do not matter.

    Raises
    ------
    InputError
        With every name that is unknown, not observed, given twice or part of another; or where there are fewer than two.
    """
    known = _known(load_administrations())
    faults: list[Fault] = []
    found: list[Governed] = []
    for name in names:
        written = {one.casefold(): one for one in known}.get(name.casefold().strip())
        if written is None:
            faults.append(_fault("a president or a term of administrations.csv", repr(name[:100]), nearest(name[:100], known)))
            continue
        one = _of(panel, written, known[written])
        if not one.terms:
            faults.append(_fault(f"one who governed between {panel.year['start'].iloc[0]:%Y} and {panel.as_of}, the as-of date",
                                 written, "Give another date (--as-of), or leave the name out."))
        for other in found:
            shared = sorted({term.name for term in one.terms} & {term.name for term in other.terms})
            if shared:
                faults.append(_fault("names without a common term", f"{other.name} and {one.name} ({', '.join(shared)})",
                                     "Leave one of them out: a contact would count on both sides."))
        found.append(one)
    if not faults and len(found) < FEWEST:
        faults.append(_fault("two names or more", f"{len(found)}", f"Name another: {', '.join(known)}."))
    if faults:
        raise InputError(faults)
    return tuple(found)


def _known(terms: Sequence[Administration]) -> dict[str, tuple[Administration, ...]]:
    """Every name that can be asked for and its terms: presidents first, then single terms of those who had several."""
    by_president = {term.president: tuple(one for one in terms if one.president == term.president) for term in terms}
    return {term.name: (term,) for term in terms} | by_president


def _of(panel: Panel, name: str, terms: Sequence[Administration]) -> Governed:
    own = {term.name for term in terms}
    mask = panel.contact["administration"].isin(own).to_numpy()
    years = panel.exposure.sum("dyad").to_numpy()[panel.year["administration"].isin(own).to_numpy()].sum()
    positions = np.flatnonzero(mask)
    visit = np.unique(occasion_of(panel.contact)[positions], return_inverse=True)[1] if len(positions) else positions
    first, last = _observed(panel, own)
    return Governed(name=name, terms=tuple(term for term in panel.administration if term.name in own), years=float(years),
                    first=first, last=last, contact=positions, visit=visit.astype(np.int64))


def _observed(panel: Panel, names: set[str]) -> tuple[date, date]:
    """First and last day of the terms that the panel covers."""
    chosen = panel.year["administration"].isin(names).to_numpy()
    if not chosen.any():
        return panel.as_of, panel.as_of
    exposure = panel.exposure.max("dyad").to_numpy()[chosen]
    end = [min(day.date(), panel.as_of + timedelta(days=1)) for day in panel.year.loc[chosen, "end"]]
    return end[0] - timedelta(days=round(exposure[0] * DAYS_PER_YEAR)), end[-1] - timedelta(days=1)


def _fault(expected: str, found: str, remedy: str) -> Fault:
    return Fault(source="command line", where="argument NAMES", expected=expected, found=found, remedy=remedy)
