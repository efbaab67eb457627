"""Registers and event data of others as dyad series: outside checks, never pooled with coded contacts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from forecast.contacts.dyad import Dyad
from forecast.contacts.importers import events, historian
from forecast.contacts.importers.series import By, Event, Measure, Tally
from forecast.contacts.importers.stream import Progress, Reading, silent
from forecast.errors import Fault, InputError
from forecast.shipped import CASE

__all__ = ["IMPORTERS", "By", "Importer", "import_series"]


# Formats by name, and the import of any of them.

@dataclass(frozen=True, kw_only=True)
class Importer:
    """One format.

    Parameters
    ----------
    title : str
        What it is.
    events : callable
        Streams the rows of a reading, given how the format names the home state and the partner.
    measures : mapping
        Name -> what is counted.
    naming : str
        How the format names states.
    partner : callable
        That name of the partner where the dyad knows it, else None: then it must be given.
    home : callable
        The same of the home state, which most formats know of the shipped one alone.
    of_home : bool
        Whether the format has rows of the shipped home state only.
    """

    title: str
    events: Callable[[Reading, str, str], Iterator[Event]]
    measures: Mapping[str, Measure]
    naming: str
    partner: Callable[[Dyad], str | None] = field(default=lambda _: None)
    home: Callable[[Dyad], str | None] = field(default=lambda dyad: CASE.home["iso3"] if _is_shipped(dyad) else None)
    of_home: bool = False


def _is_shipped(dyad: Dyad) -> bool:
    """Whether the home state of a dyad is the shipped one."""
    return dyad.home_iso2 == CASE.home["iso2"]


IMPORTERS = {
    "historian": Importer(title="registers of the Office of the Historian", events=historian.events,
                          measures=historian.MEASURES, naming="identifier in the registers, e.g. south-sudan",
                          partner=lambda dyad: dyad.register_country, home=lambda dyad: dyad.home, of_home=True),
    "gdelt": Importer(title="GDELT events", events=events.gdelt_events, measures=events.GDELT_MEASURES,
                      naming="CAMEO country code of three letters, e.g. DEU"),
    "icews": Importer(title="ICEWS events", events=events.icews_events, measures=events.ICEWS_MEASURES,
                      naming="name of the state, e.g. Germany", partner=lambda dyad: dyad.partner,
                      home=lambda dyad: dyad.home),
    "polecat": Importer(title="POLECAT events", events=events.polecat_events, measures=events.POLECAT_MEASURES,
                        naming="ISO 3166-1 code of three letters, e.g. DEU"),
    "colt": Importer(title="COLT leader travel", events=events.colt_events, measures=events.COLT_MEASURES,
                     naming="ISO 3166-1 code of three letters, e.g. DEU"),
}


def import_series(form: str, paths: Sequence[Path], dyad: Dyad, *, by: By, as_of: date, code: str | None = None,
                  home_code: str | None = None, encoding: str = "utf-8",
                  progress: Progress | None = None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Count the rows of the files that are between the home state and the partner.

    Parameters
    ----------
    form : str
        A key of ``IMPORTERS``.
    paths : sequence of Path
        Files of this format, plain, packed (gzip, bzip2, xz) or in zip archives.
    dyad : Dyad
        The two states.
    by : By
        Length of a period.
    as_of : date
        Last day counted.
    code : str, optional
        How the format names the partner; needed where the dyad does not tell it.
    home_code : str, optional
        The same of the home state; needed where that is another than the shipped one, unless the dyad tells it.
    encoding : str, optional
        Of text files.
    progress : callable, optional
        Told of name, kilobytes read, kilobytes in all.

    Returns
    -------
    DataFrame and tuple of str
        The tidy series (see ``Tally.table``; directions as the files of the dyad name them), and remarks on what was left out.

    Raises
    ------
    InputError
        With the faults of all files, the first fifty told in full.
    """
    importer = IMPORTERS[form]
    home, partner = _states(form, dyad, code, home_code)
    reading = Reading(paths=paths, encoding=encoding, progress=progress or silent)
    tally = Tally(by, as_of, reading.left_out)
    for event in importer.events(reading, home, partner):
        tally.add(event)
    if not (tally.rows or tally.later or tally.undated or reading.faults.count):
        reading.faults.add("all files", "all rows", "at least one row that can be read", "none",
                           "; ".join(reading.left_out.remarks(places=True)) + ". Name files of this format.")
    reading.faults.stop()
    strange = () if tally.seen else (f"no row is between '{home}' and '{partner}' (expected: {importer.naming})",)
    table = tally.table(form, importer.measures)
    return table.assign(direction=table["direction"].replace(dyad.names)), (*strange, *tally.remarks(places=True))


def _states(form: str, dyad: Dyad, code: str | None, home_code: str | None) -> tuple[str, str]:
    """How a format names the two states (raises InputError where nobody says it, or where it knows another home state only)."""
    importer = IMPORTERS[form]
    if importer.of_home and (home_code or not _is_shipped(dyad)):
        where, found = ("option --home-code", home_code) if home_code else ("option --dyad", dyad.home)
        expected = f"the home state whose contacts these are, {CASE.home['name']}"
        raise InputError([Fault(source=form, where=where, expected=expected, found=str(found),
                                remedy="Name a dyad of that state; other sources count those of any two.")])
    home, partner = home_code or importer.home(dyad), code or importer.partner(dyad)
    told = (("--code", partner, dyad.partner), ("--home-code", home, dyad.home))
    faults = [Fault(source=option, where=form, expected=importer.naming, found="nothing",
                    remedy=f"Say how these files name {name}.") for option, found, name in told if not found]
    if faults:
        raise InputError(faults)
    return str(home), str(partner)
