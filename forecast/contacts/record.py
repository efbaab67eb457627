"""The files of a dyad folder: which columns each has, and which check each cell must pass."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from forecast.contacts import codes
from forecast.contacts.check import (
    Check,
    Complaint,
    address,
    addresses,
    anything,
    country_or_other,
    day,
    one_of,
    optional,
    place,
    set_of,
    text,
)
from forecast.contacts.dyad import Dyad
from forecast.contacts.form import shown, some
from forecast.contacts.rules import Contradiction, contradictions
from forecast.contacts.table import Table, read_table
from forecast.errors import Fault

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
    "us_rank": CONTACT["us_rank"],
    "partner_rank": CONTACT["partner_rank"],
    "mechanism": CONTACT["mechanism"],
    "agenda": CONTACT["agenda"],
    "outcome": CONTACT["outcome"],
    "tone_kz": optional(MEDIA["tone"]),
    "tone_us": optional(MEDIA["tone"]),
}


def media_checks(dyad: Dyad) -> Mapping[str, Check]:
    """Checks of media.csv, where the partner's own country is a code."""
    return MEDIA | {"outlet_country": one_of(codes.outlet_country(dyad.partner_iso2, dyad.partner))}


def read_contacts(path: Path) -> Table:
    """Read a contacts.csv, with the optional columns that it has; faults of form come with it."""
    return read_table(path, tuple(CONTACT), tuple(OPTIONAL))


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
    """Rows that repeat the key of an earlier row; empty keys are another check's matter."""
    first: dict[tuple[str, ...], int] = {}

    def fault(wrong: tuple[int, tuple[str, ...]]) -> Fault:
        number, value = wrong
        return table.fault(number, key[-1], f"its own {' and '.join(key)}", shown(value[-1]),
                           f"Row {first[value]} has it too: merge the rows, or correct one.")

    values = ((number, tuple(row.get(column, "") for column in key)) for number, row in table.rows.items())
    return some(table.path, ((number, value) for number, value in values
                             if all(value) and first.setdefault(value, number) != number), fault)
