"""Terms of US presidents."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forecast.contacts import codes
from forecast.contacts.check import Check, day, one_of, text
from forecast.contacts.record import cell_faults, repeat_faults
from forecast.contacts.table import Row, Table, read_table
from forecast.errors import Fault, InputError
from forecast.panel.calendar import Span, days, overlap
from forecast.panel.shipped import DATA

_CHECKS: dict[str, Check] = {
    "name": text, "president": text, "party": text, "type": one_of(codes.TYPE), "start": day, "end": day,
    "source": text,
}


@dataclass(frozen=True, kw_only=True)
class Administration:
    """One term of one president.

    Parameters
    ----------
    name : str
        Of the term, e.g. ``Clinton 1``.
    president : str
        Of the president; equal for all terms of the same person.
    type : str
        A code of ``codes.TYPE``.
    start, end : date
        First day, and the day after the last (20 January to 20 January).
    """

    name: str
    president: str
    type: str
    start: date
    end: date

    @property
    def span(self) -> Span:
        """Start and end of the term."""
        return self.start, self.end


def load_administrations(path: Path = DATA / "administrations.csv") -> tuple[Administration, ...]:
    """Read the terms, in order of time and without a gap.

    Raises
    ------
    InputError
        With every fault by row and column.
    """
    table = read_table(path, tuple(_CHECKS))
    faults = [*table.faults, *cell_faults(table, _CHECKS), *repeat_faults(table, ("name",))]
    if not faults:
        faults = [*_gaps(table)]
    if faults:
        raise InputError(faults)
    return tuple(_administration(row) for row in table.rows.values())


def _administration(row: Row) -> Administration:
    return Administration(name=row["name"], president=row["president"], type=row["type"],
                          start=date.fromisoformat(row["start"]), end=date.fromisoformat(row["end"]))


def _gaps(table: Table) -> Iterator[Fault]:
    previous = ""
    for number, row in table.rows.items():
        if row["end"] <= row["start"]:
            expected = f"a day after the start, {row['start']}"
            yield table.fault(number, "end", expected, row["end"], "Correct one of them.")
        if previous and row["start"] != previous:
            yield table.fault(number, "start", f"{previous}, the end of the term before", row["start"],
                              "Put the terms in order of time, without gap or overlap.")
        previous = row["end"]


def terms_within(administrations: Sequence[Administration], span: Span) -> tuple[Administration, ...]:
    """Terms that share at least a day with a span."""
    return tuple(item for item in administrations if days(overlap(item.span, span)))
