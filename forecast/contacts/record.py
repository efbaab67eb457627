"""The files of a dyad folder: which columns each has, and which check each cell must pass."""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from forecast.contacts import codes
from forecast.contacts.cells import (
    PRIVATE,
    Check,
    Complaint,
    address,
    addresses,
    anything,
    countries,
    country_of,
    country_or_other,
    day,
    meant,
    one_of,
    optional,
    parse_day,
    place,
    set_of,
    text,
)
from forecast.contacts.dyad import Dyad
from forecast.contacts.table import Row, Table, form_fault, header_of, read_named, shown, some
from forecast.errors import Fault, InputError
from forecast.shipped import CASE

DAY, MONTH = codes.DATE_PRECISION.labels
NO_NAMES: Mapping[str, str] = MappingProxyType({})
"""Of files that call everything as the program does."""
CONTACT: Mapping[str, Check] = {
    "id": text,
    "date": day,
    "date_precision": one_of(codes.DATE_PRECISION),
    "us_rank": one_of(codes.RANK),
    "partner_rank": one_of(codes.PARTNER_RANK),
    "us_principal": text,
    "partner_principal": text,
    "format": one_of(codes.FORMAT),
    "direction": one_of(codes.DIRECTION),
    "place": optional(place),
    "mechanism": one_of(codes.MECHANISM),
    "agenda": set_of(codes.TOPIC),
    "outcome": one_of(codes.OUTCOME),
    "outcome_note": anything,
    "sources": addresses,
    "confidence": one_of(codes.CONFIDENCE),
}
OPTIONAL: Mapping[str, Check] = {"first_known": optional(day)}
"""Columns of contacts.csv that a record may have or not."""
MEDIA: Mapping[str, Check] = {
    "contact_id": text,
    "outlet": text,
    "outlet_country": country_or_other,
    "kind": one_of(codes.KIND),
    "date": optional(day),
    "url": address,
    "tone": one_of(codes.TONE),
    "frame": one_of(codes.TOPIC),
}
SECOND_CODING: Mapping[str, Check] = {
    "id": text,
    "us_rank": optional(CONTACT["us_rank"]),
    "partner_rank": optional(CONTACT["partner_rank"]),
    "mechanism": optional(CONTACT["mechanism"]),
    "agenda": CONTACT["agenda"],
    "outcome": optional(CONTACT["outcome"]),
    "tone_partner": optional(MEDIA["tone"]),
    "tone_us": optional(MEDIA["tone"]),
}
"""An empty cell is a missing value: what this coder could not, or did not, say. So is a column that the file does not have."""


def media_checks(dyad: Dyad) -> Mapping[str, Check]:
    """Checks of media.csv, where the partner's own country is a code."""
    return {**MEDIA,
            "outlet_country": one_of(codes.outlet_country(dyad.partner_iso2, dyad.partner, dyad.home_iso2, dyad.home))}


def read_contacts(path: Path, names: Mapping[str, str] = NO_NAMES) -> Table:
    """Read a contacts.csv, with the optional columns that it has; faults of form come with it.

    `names` are those of :attr:`Dyad.names`, where the file belongs to a dyad with another home state than the shipped one.
    """
    return read_named(path, tuple(CONTACT), tuple(OPTIONAL), names=names, coded=("direction",))


def read_second_coding(path: Path, names: Mapping[str, str] = NO_NAMES) -> Table:
    """Read a second coding, of all coded columns or some; one with a column of an older version has this as its only fault."""
    id, *coded = SECOND_CODING
    table = read_named(path, (id,), coded, names=names)
    if not table.faults:
        alone = any(row.keys() == {id} for row in table.rows.values())
        return replace(table, faults=(form_fault(path, "row 1, header", f"a coded column: {', '.join(coded)}", f"'{id}' alone",
                                                 "Add the columns that were coded."),)) if alone else table
    try:
        old = {column: new for column, new in CASE.old_names("csv").items() if column in header_of(path)}
    except InputError:  # told by the reader of tables
        return table
    faults = tuple(table.fault(1, column, f"the column {new}", f"'{column}', as it was called in an older version",
                               f"Bring the folder to the present form: forecast data migrate {path.parent}")
                   for column, new in old.items())
    return Table(path=path, rows={}, faults=faults, complete=False) if faults else table


LONGEST_CELL = 20_000
"""Characters; more is no cell of a record but a file that lost its line ends."""


def cell_faults(table: Table, checks: Mapping[str, Check]) -> Iterator[Fault]:
    """Faults of single cells, row by row."""
    def fault(wrong: tuple[int, str, Complaint]) -> Fault:
        number, column, complaint = wrong
        return table.fault(number, column, complaint.expected, shown(table.rows[number][column]), complaint.remedy)

    return some(table.path, ((number, column, complaint) for number, row in table.rows.items()
                             for column, check in checks.items()
                             if column in row and (complaint := _complaint(check, row[column]))), fault)


def _complaint(check: Check, cell: str) -> Complaint | None:
    if len(cell) > LONGEST_CELL:
        return Complaint(f"at most {LONGEST_CELL:,} characters", "Shorten it.")
    return check(cell)


def rule_faults(table: Table, dyad: Dyad | None) -> Iterator[Fault]:
    """Contradictions within a contact; only where no column is missing."""
    def fault(wrong: tuple[int, Contradiction]) -> Fault:
        number, broken = wrong
        return table.fault(number, broken.column, broken.expected, shown(table.rows[number][broken.column]), broken.remedy)

    return some(table.path, ((number, broken) for number, row in table.rows.items() if CONTACT.keys() <= row.keys()
                             for broken in contradictions(row, dyad)), fault)


def repeat_faults(table: Table, key: tuple[str, ...]) -> Iterator[Fault]:
    """Rows that repeat the key of an earlier row, but for blanks, which nobody sees; empty keys are another check's matter."""
    first: dict[tuple[str, ...], int] = {}

    def fault(wrong: tuple[int, tuple[str, ...]]) -> Fault:
        number, value = wrong
        return table.fault(number, key[-1], f"its own {' and '.join(key)}", shown(table.rows[number][key[-1]]),
                           f"Row {first[value]} has it too: merge the rows, or correct one.")

    values = ((number, tuple(" ".join(row.get(column, "").split()) for column in key)) for number, row in table.rows.items())
    return some(table.path, ((number, value) for number, value in values
                             if all(value) and first.setdefault(value, number) != number), fault)


# Checks across the cells of one contact: what the codebook excludes.

class Contradiction(NamedTuple):
    """The column at fault, what the rest of the row and the dyad allow there, and the remedy."""

    column: str
    expected: str
    remedy: str


type Rule = Callable[[Row, Dyad | None], Contradiction | None]

REMOTE_FORMAT = ("call", "video", "letter")


def possible_days(row: Mapping[str, str]) -> tuple[date, date] | None:
    """First and last day on which a contact may have taken place: where only the month is known its 15th is a convention."""
    day = parse_day(row.get("date", ""))
    if day is None or row.get("date_precision") != MONTH:
        return (day, day) if day else None
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def not_before_relations(row: Row, dyad: Dyad | None) -> Contradiction | None:
    """No contact before there was a partner."""
    days = possible_days(row)
    if dyad and days and days[1] < dyad.relations_start:
        return Contradiction("date", f"{dyad.relations_start}, when relations start, or later", "Correct it.")
    return None


def not_after_coding(row: Row, dyad: Dyad | None) -> Contradiction | None:
    """No contact after the last day that the coding covers: it would stand for days of which nothing else is known."""
    days = possible_days(row)
    if dyad and days and days[0] > dyad.coded_until:
        return Contradiction("date", f"{dyad.coded_until}, to which the record is coded, or earlier",
                             "Correct it, or code everything up to it and move coded_until in dyad.yaml.")
    return None


def id_begins_with_date(row: Row, dyad: Dyad | None) -> Contradiction | None:
    """The id repeats the date, so that a slip in either shows."""
    if row["id"] and parse_day(row["date"]) and not row["id"].startswith(f"{row['date']}-"):
        return Contradiction("id", f"an id that begins with the date, {row['date']}-", "Correct one of them.")
    return None


def month_stands_on_15th(row: Row, dyad: Dyad | None) -> Contradiction | None:
    """A contact of which only the month is known is dated to the 15th."""
    if row["date_precision"] == MONTH and parse_day(row["date"]) and not row["date"].endswith("-15"):
        return Contradiction("date", "the 15th, as only the month is known", "Give that, or precision day.")
    return None


def remote_means_format(row: Row, dyad: Dyad | None) -> Contradiction | None:
    """Calls, videos and letters are remote; visits and meetings are not."""
    remote = row["format"] in REMOTE_FORMAT
    if row["format"] in (*REMOTE_FORMAT, "visit", "meeting") and remote != (row["direction"] == "remote"):
        expected = f"{'remote' if remote else 'a direction in person'} for a {row['format']}"
        return Contradiction("direction", expected, "Correct the format or the direction.")
    return None


def remote_has_no_place(row: Row, dyad: Dyad | None) -> Contradiction | None:
    """A remote contact has no place (but the place of a meeting may be unknown)."""
    if row["direction"] == "remote" and row["place"]:
        return Contradiction("place", "an empty cell for a remote contact", "Correct place or direction.")
    return None


def place_fits_direction(row: Row, dyad: Dyad | None) -> Contradiction | None:
    """The country of the place says who travelled."""
    country, partner = country_of(row["place"]), dyad.partner_iso2 if dyad else ""
    home = dyad.home_iso2 if dyad else CASE.home["iso2"]
    to_partner, to_home, elsewhere = codes.DIRECTION[:3]
    fits = {
        to_partner: (partner or "the partner state", country == partner if partner else country != home),
        to_home: (home, country == home),
        elsewhere: ("a third country", country not in (partner, home)),
    }
    where, right = fits.get(row["direction"], ("", True))
    if country is None or right or (country not in countries() and country not in PRIVATE):  # that is the cell's own fault
        return None
    return Contradiction("place", f"a place in {where} for {row['direction']}", "Correct place or direction.")


def not_known_before_it_happened(row: Row, dyad: Dyad | None) -> Contradiction | None:
    """A contact becomes known on its day or later."""
    days, known = possible_days(row), parse_day(row.get("first_known", ""))
    if days and known and known < days[0]:
        which = "day" if days[0] == days[1] else "first day of the month"
        return Contradiction("first_known", f"{days[0]}, the {which} of the contact, or later", "Correct one of the dates.")
    return None


def country_is_known(row: Row, dyad: Dyad | None) -> Contradiction | None:
    """Of the codes that are left to users, a record holds that of its partner alone, and Kosovo's."""
    country = country_of(row["place"])
    known = (dyad.partner_iso2, dyad.home_iso2) if dyad else ("",)
    if all(known) and country in PRIVATE and country not in countries() and country not in known:  # a file alone names no partner
        return Contradiction("place", "City, ISO2, with a country of ISO 3166-1", meant(country))
    return None


RULES: tuple[Rule, ...] = (
    not_before_relations, not_after_coding, id_begins_with_date, month_stands_on_15th,
    remote_means_format, remote_has_no_place, place_fits_direction, country_is_known,
    not_known_before_it_happened,
)


def contradictions(row: Row, dyad: Dyad | None) -> Iterator[Contradiction]:
    """All rules that a row with all columns breaks; without a dyad, those that hold for any."""
    return (broken for rule in RULES if (broken := rule(row, dyad)))
