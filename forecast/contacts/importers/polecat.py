"""POLECAT event files: tabs, a header, PLOVER types and modes; weekly, monthly or yearly, often zipped.

A row can name several states on each side, parted by semicolons: it is between the dyad where one side names one
state and the other side the other. A CONSULT in which nobody is host or guest names all states as actors: it counts
in ``both`` alone. Some published files have a header with surplus names over rows of the usual
forty cells; they are read by the usual header.
"""

from collections.abc import Iterator

from forecast.contacts.importers.day import ISO, day_or_left_out
from forecast.contacts.importers.delimited import Layout, Record, records
from forecast.contacts.importers.series import BOTH, Event, Measure, directions
from forecast.contacts.importers.stream import Reading

US = "USA"
COOPERATION = frozenset({"AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT"})
CONFLICT = frozenset({"REQUEST", "ACCUSE", "REJECT", "THREATEN", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT"})
_MODE = {"visit": "visits", "phone": "calls", "third-party": "third_party_talks", "multilateral": "multilateral_talks"}
MEASURES = {
    "events": Measure(meaning="all events"),
    "cooperation": Measure(meaning="PLOVER types AGREE, CONSULT, SUPPORT, CONCEDE, COOPERATE, AID, RETREAT"),
    "consultations": Measure(meaning="PLOVER type CONSULT"),
    **{name: Measure(meaning=f"PLOVER type CONSULT, mode {mode}") for mode, name in _MODE.items()},
}
KNOWN = (
    "Event ID", "Event Date", "Event Type", "Event Mode", "Intensity", "Quad Code", "Contexts", "Actor Name",
    "Actor Country", "Actor COW", "Primary Actor Sector", "Actor Sectors", "Actor Title", "Actor Name Raw",
    "Wikipedia Actor ID", "Recipient Name", "Recipient Country", "Recipient COW", "Primary Recipient Sector",
    "Recipient Sectors", "Recipient Title", "Recipient Name Raw", "Wikipedia Recipient ID", "Placename", "City",
    "District", "Province", "Country", "Latitude", "Longitude", "GeoNames ID", "Raw Placename", "Feature Type", "Source",
    "Publication Date", "Story People", "Story Organizations", "Story Locations", "Language", "Version",
)
LAYOUT = Layout(columns=("Event ID", "Event Date", "Event Type", "Event Mode", "Actor Country", "Recipient Country"),
                surplus="Headline", known=KNOWN)


def events(reading: Reading, partner: str) -> Iterator[Event]:
    """Stream the rows of all files; ``partner`` is a code of ISO 3166-1 alpha-3, e.g. ``KAZ``."""
    for record in records(reading, LAYOUT):
        cell = record.cell
        when = day_or_left_out(record, "Event Date", ISO)
        actor, recipient = _states(cell["Actor Country"]), _states(cell["Recipient Country"])
        way = directions(US in actor and partner in recipient, partner in actor and US in recipient)
        if not way and cell["Event Type"].upper() == "CONSULT" and {US, partner} <= actor:
            way = (BOTH,)
        if when:
            yield Event(when, (cell["Event ID"],), way, _measures(record) if way else ())


def _states(cell: str) -> frozenset[str]:
    return frozenset(one.strip() for one in cell.split(";"))


def _measures(record: Record) -> tuple[str, ...]:
    kind, mode = record.cell["Event Type"].upper(), record.cell["Event Mode"].lower()
    if kind not in COOPERATION | CONFLICT:
        record.reading.left_out.add("rows of the dyad whose type is none of PLOVER, counted among events alone", record.source,
                                    record.at("Event Type"), repr(kind))
        return ("events",)
    if kind != "CONSULT":
        return ("events", "cooperation") if kind in COOPERATION else ("events",)
    return ("events", "cooperation", "consultations", *((_MODE[mode],) if mode in _MODE else ()))
