"""ICEWS event files: tabs, a header, one row an event; published as .tab, often zipped.

States stand by name in ``Source Country`` and ``Target Country``. An Event ID can stand twice with different days, so
a row is known by both. Days are written as 2015-04-01 or, in some years, as 4/1/2015; where there is no column of
codes, or no code in it, the name of the event tells its code.
"""

from collections.abc import Iterator

from forecast.contacts.importers import cameo
from forecast.contacts.importers.day import AMERICAN, ISO, day_or_left_out
from forecast.contacts.importers.delimited import Layout, records
from forecast.contacts.importers.series import Event, directions
from forecast.contacts.importers.stream import Reading

US = "United States"
MEASURES = cameo.MEASURES
CODE, TEXT = "CAMEO Code", "Event Text"
LAYOUT = Layout(columns=("Event ID", "Event Date", "Source Country", "Target Country"), either=(CODE, TEXT))


def events(reading: Reading, partner: str) -> Iterator[Event]:
    """Stream the rows of all files; ``partner`` is the name of the state, e.g. ``Kazakhstan``."""
    for record in records(reading, LAYOUT):
        cell = record.cell
        when = day_or_left_out(record, "Event Date", ISO, AMERICAN)
        pair = (cell["Source Country"], cell["Target Country"])
        way = directions(pair == (US, partner), pair == (partner, US))
        if when:
            yield Event(when, (cell["Event ID"],), way, cameo.measures_of(record, CODE, TEXT) if way else ())
