"""Registers of the US Office of the Historian: travels of presidents and secretaries, visits of foreign leaders.

The XML is that of the repositories ``travels`` (``<trips><trip>``) and ``visits`` (``<visits><visit>``). A journey or
visit counts on its first day; one that goes to several states is one element for each of them.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from forecast.contacts.importers.day import ISO, parse
from forecast.contacts.importers.elements import elements
from forecast.contacts.importers.series import PARTNER_TO_US, US_TO_PARTNER, Event, Measure
from forecast.contacts.importers.stream import Reading, files

_PRESIDENT, _SECRETARY, _VISIT = "register_president", "register_secretary", "register_visits"
MEASURES = {
    "president_travels": Measure(meaning="travels of the President to the partner", directions=(US_TO_PARTNER,),
                                 base=_PRESIDENT),
    "secretary_travels": Measure(meaning="travels of the Secretary of State to the partner", directions=(US_TO_PARTNER,),
                                 base=_SECRETARY),
    "leader_visits": Measure(meaning="visits of leaders of the partner to the United States", directions=(PARTNER_TO_US,),
                             base=_VISIT),
}
_OF = {  # kind of register -> its rows, its measure, and who moves
    "president": (_PRESIDENT, "president_travels", US_TO_PARTNER),
    "secretary": (_SECRETARY, "secretary_travels", US_TO_PARTNER),
    "visit": (_VISIT, "leader_visits", PARTNER_TO_US),
}
_RECORD = {"trips": "trip", "visits": "visit"}


def events(reading: Reading, partner: str) -> Iterator[Event]:
    """Stream the elements of all files; ``partner`` is the identifier of the state, e.g. ``kazakhstan``."""
    for name, file in files(reading, xml=True):
        number, before = 0, reading.faults.count
        for number, element in enumerate(elements(name, file, _RECORD, reading), start=1):
            if event := _event(name, number, element, reading, partner):
                yield event
            if reading.faults.full:
                return
        if not number and reading.faults.count == before:
            reading.faults.add(name, "whole file", "at least one <trip> or <visit>", "none", "Leave it out.")


def _event(name: str, number: int, element: Element, reading: Reading, partner: str) -> Event | None:
    identifier = (element.findtext("id") or "").strip()
    place = f"{element.tag} {number} (id {identifier[:100] or 'missing'})"
    kind = "visit" if element.tag == "visit" else element.get("role") or (element.findtext("role") or "").strip()
    text = (element.findtext("start-date") or "").strip()
    day = parse(text, ISO)
    state = element.find("from" if element.tag == "visit" else "country")
    country = "" if state is None else state.get("id", "")
    if day is None:
        reading.faults.add(name, f"{place}, start-date", "a day as YYYY-MM-DD", repr(text[:100]), "Correct the element.")
    if not country:
        reading.faults.add(name, f"{place}, country", "a state with an id", "none", "Correct the element.")
    if kind not in _OF:
        reading.faults.add(name, f"{place}, role", "president or secretary", repr(kind[:100]), "Correct the element.")
    if day is None or not country or kind not in _OF:
        return None
    base, measure, direction = _OF[kind]
    ours = country == partner
    return Event(day, (measure, identifier), (direction,) if ours else (), (measure,) if ours else (), base)
