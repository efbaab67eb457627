"""What the tests of the importers share: the dyad, the call, and one value of a series."""

import zipfile
from datetime import date
from pathlib import Path

from forecast.contacts.dyad import Dyad
from forecast.contacts.importers import By, import_series

FILES = Path(__file__).parent / "importer_files"
AS_OF = date(2025, 1, 19)


def dyad(**field):
    return Dyad(**{
        "id": "us_xx", "partner": "Synthetia", "partner_iso2": "XX", "register_country": "israel",
        "relations_start": date(1990, 1, 1), "relations_start_reason": "a synthetic dyad for tests",
        "coded_until": AS_OF, "coded_until_reason": "a synthetic dyad for tests"} | field)


def series(form, *paths, by="year", as_of=AS_OF, about=None, **option):
    return import_series(form, paths, about or dyad(), by=By(by), as_of=as_of, **option)


def value(table, period, measure, direction):
    row = table[(table["period"] == period) & (table["measure"] == measure) & (table["direction"] == direction)]
    assert len(row) == 1, (period, measure, direction)
    return int(row["value"].iloc[0])


def zipped(target, *sources):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in sources:
            archive.write(source, source.name)
    return target
