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
        Streams the rows of a reading, given how the format names the partner.
    measures : mapping
        Name -> what is counted.
    naming : str
        How the format names states.
    partner : callable
        That name of the partner where the dyad knows it, else None: then it must be given.
    """

    title: str
    events: Callable[[Reading, str], Iterator[Event]]
    measures: Mapping[str, Measure]
    naming: str
    partner: Callable[[Dyad], str | None] = field(default=lambda _: None)


IMPORTERS = {
    "historian": Importer(title="registers of the Office of the Historian", events=historian.events,
                          measures=historian.MEASURES, naming="identifier in the registers, e.g. south-sudan",
                          partner=lambda dyad: dyad.register_country),
    "gdelt": Importer(title="GDELT events", events=events.gdelt_events, measures=events.GDELT_MEASURES,
                      naming="CAMEO country code of three letters, e.g. DEU"),
    "icews": Importer(title="ICEWS events", events=events.icews_events, measures=events.ICEWS_MEASURES,
                      naming="name of the state, e.g. Germany", partner=lambda dyad: dyad.partner),
    "polecat": Importer(title="POLECAT events", events=events.polecat_events, measures=events.POLECAT_MEASURES,
                        naming="ISO 3166-1 code of three letters, e.g. DEU"),
    "colt": Importer(title="COLT leader travel", events=events.colt_events, measures=events.COLT_MEASURES,
                     naming="ISO 3166-1 code of three letters, e.g. DEU"),
}


def import_series(form: str, paths: Sequence[Path], dyad: Dyad, *, by: By, as_of: date, code: str | None = None,
                  encoding: str = "utf-8", progress: Progress | None = None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Count the rows of the files that are between the United States and the partner.

    Parameters
    ----------
    form : str
        A key of ``IMPORTERS``.
    paths : sequence of Path
        Files of this format, plain, packed (gzip, bzip2, xz) or in zip archives.
    dyad : Dyad
        The partner.
    by : By
        Length of a period.
    as_of : date
        Last day counted.
    code : str, optional
        How the format names the partner; needed where the dyad does not tell it.
    encoding : str, optional
        Of text files.
    progress : callable, optional
        Told of name, kilobytes read, kilobytes in all.

    Returns
    -------
    DataFrame and tuple of str
        The tidy series (see ``Tally.table``), and remarks on what was left out.

    Raises
    ------
    InputError
        With the faults of all files, the first fifty told in full.
    """
    importer = IMPORTERS[form]
    partner = code or importer.partner(dyad)
    if not partner:
        raise InputError([Fault(source="--code", where=form, expected=importer.naming, found="nothing",
                                remedy=f"Say how these files name {dyad.partner}.")])
    reading = Reading(paths=paths, encoding=encoding, progress=progress or silent)
    tally = Tally(by, as_of, reading.left_out)
    for event in importer.events(reading, partner):
        tally.add(event)
    if not (tally.rows or tally.later or tally.undated or reading.faults.count):
        reading.faults.add("all files", "all rows", "at least one row that can be read", "none",
                           "; ".join(reading.left_out.remarks(places=True)) + ". Name files of this format.")
    reading.faults.stop()
    strange = () if tally.seen else (f"no row is between the United States and '{partner}' "
                                     f"(expected: {importer.naming})",)
    return tally.table(form, importer.measures), (*strange, *tally.remarks(places=True))
