"""ICEWS event files: tabs, a header, one row an event; published as .tab, often zipped.

States stand by name in ``Source Country`` and ``Target Country``. An Event ID can stand twice with different days, so
a row is known by both.
"""

from collections.abc import Iterator

from forecast.contacts.importers import cameo
from forecast.contacts.importers.day import day
from forecast.contacts.importers.delimited import Layout, records
from forecast.contacts.importers.series import Event, directions
from forecast.contacts.importers.stream import Reading

US = "United States"
MEASURES = cameo.MEASURES
LAYOUT = Layout(columns=("Event ID", "Event Date", "Source Country", "CAMEO Code", "Target Country"))


def events(reading: Reading, partner: str) -> Iterator[Event]:
    """Stream the rows of all files; ``partner`` is the name of the state, e.g. ``Kazakhstan``."""
    for record in records(reading, LAYOUT):
        cell = record.cell
        when = day(record, "Event Date", "%Y-%m-%d", "YYYY-MM-DD", reading.faults)
        pair = (cell["Source Country"], cell["Target Country"])
        way = directions(pair == (US, partner), pair == (partner, US))
        kinds = cameo.measures(cell["CAMEO Code"]) if way else ()
        if kinds is None:
            reading.faults.add(record.source, record.at("CAMEO Code"), "a CAMEO code", repr(cell["CAMEO Code"]),
                               "Correct or delete it.")
        elif when:
            yield Event(when, (cell["Event ID"],), way, kinds)
