"""Registers of the US Office of the Historian: travels of presidents and secretaries, visits of foreign leaders.

The XML is that of the repositories ``travels`` (``<trips><trip>``) and ``visits`` (``<visits><visit>``). A journey or
visit counts on its first day; one that goes to several states is one element for each of them.

Records of an XML file, one after the other
-------------------------------------------
Memory does not grow with the file, and nothing outside it is ever read.

A document type declaration is refused, and with it entities that grow without end or stand for other files.
"""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from forecast.contacts.importers.delimited import ISO, parse
from forecast.contacts.importers.series import PARTNER_TO_US, US_TO_PARTNER, Event, Measure
from forecast.contacts.importers.stream import Counted, Reading, files

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


def events(reading: Reading, _home: str, partner: str) -> Iterator[Event]:
    """Stream the elements of all files, which all name one home state; ``partner`` is an identifier, e.g. ``south-sudan``."""
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


# Records of an XML file, one after the other.

LARGEST, DEEPEST = 1 << 20, 30
"""Characters of one record, and elements inside one another."""
_CHUNK = 1 << 16


class _RefusedError(Exception):
    """Something that no register holds: where, what was expected, what was found, and the remedy."""


class _Records:
    """What the parser tells its events to: it builds each record, and keeps those that are whole.

    Parameters
    ----------
    of : mapping
        Root element -> element of its records.
    """

    def __init__(self, of: Mapping[str, str]) -> None:
        self.of, self.root = of, ""
        self.whole: list[Element] = []
        self.depth = self.size = 0
        self.builder: TreeBuilder | None = None

    def doctype(self, name: str, _public: str, _system: str) -> None:
        """Refuse a document type declaration."""
        raise _RefusedError("whole file", "XML without a document type declaration", f"one of '{name[:80]}'",
                            "Name a register as published, or delete the declaration.")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if not self.depth:
            self._begin(tag)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _RefusedError("whole file", f"at most {DEEPEST} elements inside one another", "more", "Name another file.")
        if self.depth == 2 and tag == self.of[self.root]:
            self.builder, self.size = TreeBuilder(), 0
        if self.builder:
            self._grow(sum(len(key) + len(value) for key, value in attributes.items()) + 1)
            self.builder.start(tag, attributes)

    def data(self, text: str) -> None:
        """Text of an element."""
        if self.builder:
            self._grow(len(text))
            self.builder.data(text)

    def end(self, tag: str) -> None:
        """End an element."""
        self.depth -= 1
        if self.builder:
            self.builder.end(tag)
            if self.depth == 1:
                self.whole.append(self.builder.close())
                self.builder = None

    def close(self) -> None:
        """End of the file."""

    def _begin(self, tag: str) -> None:
        if tag not in self.of:
            raise _RefusedError("root element", " or ".join(f"<{root}>" for root in self.of), f"<{tag[:80]}>",
                                "Name a file of president-travels, secretary-travels or visits.")
        self.root = tag

    def _grow(self, count: int) -> None:
        self.size += count
        if self.size > LARGEST:
            raise _RefusedError("whole file", f"at most {LARGEST:,} characters in one <{self.of[self.root]}>", "more",
                                "Name another file.")


def elements(name: str, file: Counted, of: Mapping[str, str], reading: Reading) -> Iterator[Element]:
    """Stream the records of an XML file; where it is no such file that is noted, and it ends.

    Parameters
    ----------
    name : str
        Of the file, for faults.
    file : Counted
        The file.
    of : mapping
        Root element -> element of its records.
    reading : Reading
        Where faults are noted.
    """
    target = _Records(of)
    parser = XMLParser(target=target)
    try:
        while raw := file.read(_CHUNK):
            parser.feed(raw)
            yield from target.whole
            target.whole.clear()
        if not file.broken:  # told already
            parser.close()
    except ParseError as error:
        line, column = error.position
        reading.faults.add(name, f"line {line}, column {column + 1}", "well-formed XML", str(error).partition(":")[0],
                           "Download the file again; what stands later was not read.")
    except _RefusedError as error:
        reading.faults.add(name, *error.args)
    except (LookupError, ValueError) as error:  # an encoding that the parser does not know, or cannot read
        reading.faults.add(name, "line 1, XML declaration", "an encoding that can be read, such as UTF-8", str(error)[:100],
                           "Save the file as UTF-8 and declare that.")
