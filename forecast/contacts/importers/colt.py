"""Country and Organizational Leader Travel (COLT): journeys of leaders abroad, one row a journey and state, CSV.

The columns are those of the public file of 2025; of some seventy, those that a count needs are read, wherever they
stand. States are codes of ISO 3166-1 alpha-3. A journey counts on its first day; where that is not known (empty or
``TBD``) it is left out and said.
"""

from collections.abc import Iterator
from datetime import date

from forecast.contacts.importers.day import day, parse
from forecast.contacts.importers.delimited import Layout, Record, records
from forecast.contacts.importers.fault_list import FaultList
from forecast.contacts.importers.series import Event, Measure, directions
from forecast.contacts.importers.stream import Reading

US = "USA"
HEADS = frozenset({"GS", "G", "S", "DE FACTO"})
UNKNOWN = frozenset({"", "TBD", "NA", "N/A", "UNKNOWN"})
MEASURES = {
    "trips": Measure(meaning="all journeys on record"),
    "heads_trips": Measure(meaning="journeys of heads of state or government (LeaderRole GS, G, S, De Facto)"),
    "other_trips": Measure(meaning="journeys of other leaders on record, such as ministers"),
    "trips_met_host": Measure(meaning="journeys on which a head of state or government of the host was met"),
}
LAYOUT = Layout(columns=("TripID", "LeaderCountryISO", "LeaderRole", "CountryVisitedISO", "TripStartDate", "MetHostHoGS"),
                delimiter=",")


def events(reading: Reading, partner: str) -> Iterator[Event]:
    """Stream the rows of all files; ``partner`` is a code of ISO 3166-1 alpha-3, e.g. ``KAZ``."""
    for record in records(reading, LAYOUT):
        cell = record.cell
        pair = (cell["LeaderCountryISO"], cell["CountryVisitedISO"])
        way = directions(pair == (US, partner), pair == (partner, US))
        unknown = cell["TripStartDate"].upper() in UNKNOWN
        when = None if unknown else _day(record, reading.faults)
        if when or unknown:
            yield Event(when, (cell["TripID"],), way, _measures(cell) if way else ())


def _day(record: Record, faults: FaultList) -> date | None:
    """Day as the workbook or a spreadsheet program in American English writes it."""
    text = record.cell["TripStartDate"]
    return parse(text[:10], "%Y-%m-%d") or day(record, "TripStartDate", "%m/%d/%Y", "YYYY-MM-DD or MM/DD/YYYY", faults)


def _measures(cell: dict[str, str]) -> tuple[str, ...]:
    who = "heads_trips" if cell["LeaderRole"].upper() in HEADS else "other_trips"
    return ("trips", who, *(("trips_met_host",) if cell["MetHostHoGS"].upper() in {"YES", "Y", "1", "TRUE"} else ()))
