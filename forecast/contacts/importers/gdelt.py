"""GDELT event files: 61 cells a row (2.0), 58 or 57 (1.0), tabs, no header.

All that is read stands in the first 29 columns, which the versions share. ``SQLDATE`` is the day of the event as the
coder dated it; the states are the CAMEO codes of the two actors, which are mostly those of ISO 3166-1 alpha-3.
"""

from collections.abc import Iterator

from forecast.contacts.importers import cameo
from forecast.contacts.importers.day import PLAIN, day_or_left_out
from forecast.contacts.importers.delimited import Layout, records
from forecast.contacts.importers.series import Event, directions
from forecast.contacts.importers.stream import Reading

US = "USA"
MEASURES = cameo.MEASURES
_POSITION = {"GLOBALEVENTID": 0, "SQLDATE": 1, "Actor1CountryCode": 7, "Actor2CountryCode": 17, "EventCode": 26}
LAYOUT = Layout(columns=tuple(_POSITION), positions=_POSITION,
                widths={61: "GDELT 2.0", 58: "GDELT 1.0 daily", 57: "GDELT 1.0 before April 2013"})


def events(reading: Reading, partner: str) -> Iterator[Event]:
    """Stream the rows of all files; ``partner`` is a CAMEO country code, e.g. ``KAZ``."""
    for record in records(reading, LAYOUT):
        cell = record.cell
        when = day_or_left_out(record, "SQLDATE", PLAIN)
        pair = (cell["Actor1CountryCode"], cell["Actor2CountryCode"])
        way = directions(pair == (US, partner), pair == (partner, US))
        if when:
            yield Event(when, (cell["GLOBALEVENTID"],), way, cameo.measures_of(record, "EventCode") if way else ())
