"""Country and Organizational Leader Travel (COLT): journeys of leaders abroad, one row a journey and state, CSV.

The columns are those of the public file of 2025; of some seventy, those that a count needs are read, wherever they
stand. States are codes of ISO 3166-1 alpha-3. A journey counts on its first day; where that is not known (empty or
``TBD``) it is left out and said.
"""

import re
from collections.abc import Iterator
from datetime import date

from forecast.contacts.importers.day import AMERICAN, ISO, day
from forecast.contacts.importers.delimited import Layout, Record, records
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


YES, NO = frozenset({"1", "YES", "Y", "TRUE", "T"}), frozenset({"0", "NO", "N", "FALSE", "F"})
_MIDNIGHT = re.compile(r"([0-9-]{10})[ T]00:00(:00(\.0+)?)?")
_WHOLE = re.compile(r"([01])\.0*")


def events(reading: Reading, partner: str) -> Iterator[Event]:
    """Stream the rows of all files; ``partner`` is a code of ISO 3166-1 alpha-3, e.g. ``KAZ``."""
    for record in records(reading, LAYOUT):
        cell = record.cell
        pair = (cell["LeaderCountryISO"], cell["CountryVisitedISO"])
        way = directions(pair == (US, partner), pair == (partner, US))
        unknown = cell["TripStartDate"].upper() in UNKNOWN
        when = None if unknown else _day(record)
        if when or unknown:
            yield Event(when, (cell["TripID"],), way, _measures(record) if way else ())


def _day(record: Record) -> date | None:
    """Day as the workbook or a spreadsheet program in American English writes it."""
    midnight = _MIDNIGHT.fullmatch(record.cell["TripStartDate"])
    return day(record, "TripStartDate", ISO, AMERICAN, text=midnight[1] if midnight else "")


def _measures(record: Record) -> tuple[str, ...]:
    who = "heads_trips" if record.cell["LeaderRole"].upper() in HEADS else "other_trips"
    return ("trips", who, *(("trips_met_host",) if _met(record) else ()))


def _met(record: Record) -> bool:
    """Whether the cell says yes; spreadsheets and data frames write 1.0, TRUE or True for it."""
    text = record.cell["MetHostHoGS"].upper()
    whole = _WHOLE.fullmatch(text)
    text = whole[1] if whole else text
    if text not in YES | NO | UNKNOWN:
        record.reading.faults.add(record.source, record.at("MetHostHoGS"), "yes or no (1 or 0, TRUE or FALSE), or nothing",
                                  repr(record.cell["MetHostHoGS"][:100]), "Correct it, or leave it empty.")
    return text in YES
