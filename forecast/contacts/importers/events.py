"""CAMEO event codes as measures: all events, cooperation, consultations and their kinds.

GDELT event files
-----------------
61 cells a row (2.0), 58 or 57 (1.0), tabs, no header.

All that is read stands in the first 29 columns, which the versions share. ``SQLDATE`` is the day of the event as the
coder dated it; the states are the CAMEO codes of the two actors, which are mostly those of ISO 3166-1 alpha-3.

ICEWS event files
-----------------
Tabs, a header, one row an event; published as .tab, often zipped.

States stand by name in ``Source Country`` and ``Target Country``. An Event ID can stand twice with different days, so
a row is known by both. Days are written as 2015-04-01 or, in some years, as 4/1/2015; where there is no column of
codes, or no code in it, the name of the event tells its code.

POLECAT event files
-------------------
Tabs, a header, PLOVER types and modes; weekly, monthly or yearly, often zipped.

A row can name several states on each side, parted by semicolons: it is between the dyad where one side names one
state and the other side the other. A CONSULT in which nobody is host or guest names all states as actors: it counts
in ``both`` alone. Some published files have a header with surplus names over rows of the usual
forty cells; they are read by the usual header.

Country and Organizational Leader Travel (COLT)
-----------------------------------------------
Journeys of leaders abroad, one row a journey and state, CSV.

The columns are those of the public file; of some seventy, those that a count needs are read, wherever they
stand. States are codes of ISO 3166-1 alpha-3. A journey counts on its first day; where that is not known (empty or
``TBD``) it is left out and said.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache

from forecast.contacts.importers.delimited import AMERICAN, ISO, PLAIN, Layout, Record, day, day_or_left_out, records
from forecast.contacts.importers.series import BOTH, Event, Measure, directions
from forecast.contacts.importers.stream import Reading
from forecast.shipped import DATA

FILE = DATA / "cameo.csv"
CAMEO_MEASURES = {
    "events": Measure(meaning="all events"),
    "cooperation": Measure(meaning="CAMEO roots 03 to 08"),
    "consultations": Measure(meaning="CAMEO root 04, consult"),
    "calls": Measure(meaning="CAMEO 041, discuss by telephone"),
    "visits": Measure(meaning="CAMEO 042 to 044; one visit is often coded twice, as made and as hosted"),
    "visits_made": Measure(meaning="CAMEO 042, make a visit"),
    "visits_hosted": Measure(meaning="CAMEO 043, host a visit"),
    "third_place_meetings": Measure(meaning="CAMEO 044, meet at a third location"),
    "negotiations": Measure(meaning="CAMEO 046, negotiate"),
}
_KIND = {
    "041": ("calls",), "042": ("visits", "visits_made"), "043": ("visits", "visits_hosted"),
    "044": ("visits", "third_place_meetings"), "046": ("negotiations",),
}
UNCODED = frozenset({"", "-", "--", "---", "X"})  # the coder found an event, but not of which kind


def full(code: str) -> str | None:
    """Code with its leading zero, which number formats strip; None where it is no CAMEO code.

    Two digits are a bare root where they begin with 0, else a code of the roots 01 to 09 that lost its zero.
    """
    if not re.fullmatch(r"[0-9]{2,4}", code):
        return None
    if len(code) == 2 and code[0] == "0":
        return f"{code}0" if code != "00" else None
    text = code if "01" <= code[:2] <= "20" and len(code) > 2 else f"0{code}"
    return text if "01" <= text[:2] <= "20" and len(text) in (3, 4) else None


@lru_cache(maxsize=1024)
def measures(code: str) -> tuple[str, ...] | None:
    """Measures that an event of this code counts for; None where it is no CAMEO code."""
    if code in UNCODED:
        return ("events",)
    text = full(code)
    if text is None:
        return None
    cooperation = ("cooperation",) if "03" <= text[:2] <= "08" else ()
    consultation = ("consultations",) if text.startswith("04") else ()
    return ("events", *cooperation, *consultation, *_KIND.get(text, ()))


def measures_of(record: Record, code: str, name: str = "") -> tuple[str, ...]:
    """Measures of a row by its column of codes or, where that cannot be read, of names; what could not be read is counted."""
    written = record.cell.get(code)
    found = None if written is None or (written in UNCODED and name) else measures(written)
    if found is not None:
        return found
    named = cameo_names().get(record.cell.get(name, "").casefold())
    if named:
        if written is not None and written not in UNCODED:
            record.reading.left_out.add(f"rows of the dyad whose {code} is none, read by their {name}", record.source,
                                        record.at(code), repr(written))
        return measures(named) or ("events",)
    if written not in UNCODED:
        column = name if written is None else code
        record.reading.left_out.add(f"rows of the dyad whose {column} is none of CAMEO, counted among events alone",
                                    record.source, record.at(column), repr(record.cell.get(column, "")))
    return ("events",)


@cache
def cameo_names() -> dict[str, str]:
    """Name of an event in small letters -> its CAMEO code."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["name"].casefold(): row["code"] for row in csv.DictReader(file)}


# GDELT event files.

GDELT_MEASURES = CAMEO_MEASURES
_POSITION = {"GLOBALEVENTID": 0, "SQLDATE": 1, "Actor1CountryCode": 7, "Actor2CountryCode": 17, "EventCode": 26}
GDELT_LAYOUT = Layout(columns=tuple(_POSITION), positions=_POSITION,
                      widths={61: "GDELT 2.0", 58: "GDELT 1.0 daily", 57: "GDELT 1.0 history"})


def gdelt_events(reading: Reading, home: str, partner: str) -> Iterator[Event]:
    """Stream the rows of all files; ``home`` and ``partner`` are CAMEO country codes, e.g. ``DEU``."""
    for record in records(reading, GDELT_LAYOUT):
        cell = record.cell
        when = day_or_left_out(record, "SQLDATE", PLAIN)
        pair = (cell["Actor1CountryCode"], cell["Actor2CountryCode"])
        way = directions(pair == (home, partner), pair == (partner, home))
        if when:
            yield Event(when, (cell["GLOBALEVENTID"],), way, measures_of(record, "EventCode") if way else ())


# ICEWS event files.

ICEWS_MEASURES = CAMEO_MEASURES
CODE, TEXT = "CAMEO Code", "Event Text"
ICEWS_LAYOUT = Layout(columns=("Event ID", "Event Date", "Source Country", "Target Country"), either=(CODE, TEXT))


def icews_events(reading: Reading, home: str, partner: str) -> Iterator[Event]:
    """Stream the rows of all files; ``home`` and ``partner`` are names of states, e.g. ``Germany``."""
    for record in records(reading, ICEWS_LAYOUT):
        cell = record.cell
        when = day_or_left_out(record, "Event Date", ISO, AMERICAN)
        pair = (cell["Source Country"], cell["Target Country"])
        way = directions(pair == (home, partner), pair == (partner, home))
        if when:
            yield Event(when, (cell["Event ID"],), way, measures_of(record, CODE, TEXT) if way else ())


# POLECAT event files.

COOPERATION = frozenset({"AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT"})
CONFLICT = frozenset({"REQUEST", "ACCUSE", "REJECT", "THREATEN", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT"})
_MODE = {"visit": "visits", "phone": "calls", "third-party": "third_party_talks", "multilateral": "multilateral_talks"}
POLECAT_MEASURES = {
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
POLECAT_LAYOUT = Layout(columns=("Event ID", "Event Date", "Event Type", "Event Mode", "Actor Country", "Recipient Country"),
                        surplus="Headline", known=KNOWN)


def polecat_events(reading: Reading, home: str, partner: str) -> Iterator[Event]:
    """Stream the rows of all files; ``home`` and ``partner`` are codes of ISO 3166-1 alpha-3, e.g. ``DEU``."""
    for record in records(reading, POLECAT_LAYOUT):
        cell = record.cell
        when = day_or_left_out(record, "Event Date", ISO)
        actor, recipient = _states(cell["Actor Country"]), _states(cell["Recipient Country"])
        way = directions(home in actor and partner in recipient, partner in actor and home in recipient)
        if not way and cell["Event Type"].upper() == "CONSULT" and {home, partner} <= actor:
            way = (BOTH,)
        if when:
            yield Event(when, (cell["Event ID"],), way, _polecat_measures(record) if way else ())


def _states(cell: str) -> frozenset[str]:
    return frozenset(one.strip() for one in cell.split(";"))


def _polecat_measures(record: Record) -> tuple[str, ...]:
    kind, mode = record.cell["Event Type"].upper(), record.cell["Event Mode"].lower()
    if kind not in COOPERATION | CONFLICT:
        record.reading.left_out.add("rows of the dyad whose type is none of PLOVER, counted among events alone", record.source,
                                    record.at("Event Type"), repr(kind))
        return ("events",)
    if kind != "CONSULT":
        return ("events", "cooperation") if kind in COOPERATION else ("events",)
    return ("events", "cooperation", "consultations", *((_MODE[mode],) if mode in _MODE else ()))


# Country and Organizational Leader Travel (COLT).

HEADS = frozenset({"GS", "G", "S", "DE FACTO"})
UNKNOWN = frozenset({"", "TBD", "NA", "N/A", "UNKNOWN"})
COLT_MEASURES = {
    "trips": Measure(meaning="all journeys on record"),
    "heads_trips": Measure(meaning="journeys of heads of state or government (LeaderRole GS, G, S, De Facto)"),
    "other_trips": Measure(meaning="journeys of other leaders on record, such as ministers"),
    "trips_met_host": Measure(meaning="journeys on which a head of state or government of the host was met"),
}
COLT_LAYOUT = Layout(columns=("TripID", "LeaderCountryISO", "LeaderRole", "CountryVisitedISO", "TripStartDate", "MetHostHoGS"),
                     delimiter=",")


YES, NO = frozenset({"1", "YES", "Y", "TRUE", "T"}), frozenset({"0", "NO", "N", "FALSE", "F"})
_MIDNIGHT = re.compile(r"([0-9-]{10})[ T]00:00(:00(\.0+)?)?")
_WHOLE = re.compile(r"([01])\.0*")


def colt_events(reading: Reading, home: str, partner: str) -> Iterator[Event]:
    """Stream the rows of all files; ``home`` and ``partner`` are codes of ISO 3166-1 alpha-3, e.g. ``DEU``."""
    for record in records(reading, COLT_LAYOUT):
        cell = record.cell
        pair = (cell["LeaderCountryISO"], cell["CountryVisitedISO"])
        way = directions(pair == (home, partner), pair == (partner, home))
        unknown = cell["TripStartDate"].upper() in UNKNOWN
        when = None if unknown else _day(record)
        if when or unknown:
            yield Event(when, (cell["TripID"],), way, _colt_measures(record) if way else ())


def _day(record: Record) -> date | None:
    """Day as the workbook or a spreadsheet program in American English writes it."""
    midnight = _MIDNIGHT.fullmatch(record.cell["TripStartDate"])
    return day(record, "TripStartDate", ISO, AMERICAN, text=midnight[1] if midnight else "")


def _colt_measures(record: Record) -> tuple[str, ...]:
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
