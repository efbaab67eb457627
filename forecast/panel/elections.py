"""Elections: a new one is a record in ``data/elections.yaml``."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import Field, PrivateAttr, field_validator, model_validator

from forecast.config import Day, Strict, load_yaml
from forecast.contacts import codes
from forecast.contacts.cells import Check, day, one_of, text
from forecast.contacts.record import cell_faults, repeat_faults
from forecast.contacts.table import Row, Table, read_table
from forecast.errors import Fault, InputError, nearest
from forecast.panel.calendar import YEARS_OF_TERM, Span, days, overlap
from forecast.shipped import DATA


class Winner(Strict):
    """Who takes office under one outcome.

    Parameters
    ----------
    president : str
        The name that administrations.csv gives to a president who has served; any other name is new.
    type : str
        A code of ``codes.TYPE``.
    """

    president: str = Field(min_length=1)
    type: str

    @field_validator("type")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in codes.TYPE:
            raise ValueError(f"one of {', '.join(codes.TYPE)}")
        return value


class Election(Strict):
    """One election and its possible outcomes.

    Parameters
    ----------
    id : str
        By which scenarios name it.
    date : date
        Election day.
    office : str
        What is decided.
    term_start, term_end : date
        First day of the term, and the day after its last.
    outcomes : mapping
        Outcome -> winner.
    winner : str, optional
        The outcome that happened, once it is known; terms that administrations.csv has need none.
    most_terms : int, optional
        Terms that nobody can have more of.
    source : str
        Where the dates stand.
    """

    id: str = Field(min_length=1)
    date: Day
    office: str = Field(min_length=1)
    term_start: Day
    term_end: Day
    outcomes: Mapping[str, Winner] = Field(min_length=2)
    winner: str | None = None
    source: str = Field(min_length=1)
    most_terms: int | None = Field(default=None, ge=1, le=10)
    _file: Path = PrivateAttr(default=DATA / "elections.yaml")
    _terms: Path = PrivateAttr(default=DATA / "administrations.csv")
    _since: Day | None = PrivateAttr(default=None)
    _ahead: int = PrivateAttr(default=1)
    _between: Mapping[str, float] = PrivateAttr(default_factory=dict)
    _covariate: Mapping[str, tuple[float, ...]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.date < self.term_start < self.term_end:
            raise ValueError("date before term_start before term_end")
        start, end = self.term_start, self.term_end
        if (start.month, start.day) == (2, 29) or (start.month, start.day, start.year + YEARS_OF_TERM) != (
                end.month, end.day, end.year):
            raise ValueError(f"a term of {YEARS_OF_TERM} years to the day, from a day that every year has")
        if self.winner is not None and self.winner not in self.outcomes:
            raise ValueError(f"a winner among its outcomes, {', '.join(self.outcomes)}")
        return self

    @property
    def file(self) -> Path:
        """Where the record stands."""
        return self._file

    @property
    def terms(self) -> Path:
        """Table of the terms of the same state, from which it is known who governed before."""
        return self._terms

    @property
    def since(self) -> Day:
        """From when those who are named govern: the first day of the term, or that of a successor within it."""
        return self._since or self.term_start

    @property
    def ahead(self) -> int:
        """Terms from the last of the record to the one that is decided: 1 unless :meth:`seen` says otherwise."""
        return self._ahead

    @property
    def between(self) -> Mapping[str, float]:
        """Party -> probability that one of it whom the record does not know governed since the end of the record."""
        return self._between

    def seen(self, *, ahead: int, between: Mapping[str, float] | None = None) -> Self:
        """The election as seen from a record that ends so many terms before the one that is decided."""
        found = self.model_copy()
        found._ahead, found._between = ahead, between or {}
        return found

    def succeeded(self, outcome: str, by: "Administration") -> Self:
        """The election whose winner no longer governs under one outcome, but a successor within the term does."""
        winner = Winner(president=by.president, type=by.type)
        found = self.model_copy(update={"outcomes": {**self.outcomes, outcome: winner}})
        found._since = by.start
        return found

    @property
    def covariate(self) -> Mapping[str, tuple[float, ...]]:
        """Covariate -> its value in each year of the term that is decided, (year_of_term,); those that a scenario sets."""
        return self._covariate

    def assuming(self, covariate: Mapping[str, np.ndarray]) -> Self:
        """The election in a world in which covariates have these values in the term that is decided."""
        found = self.model_copy()
        found._covariate = {name: tuple(values.tolist()) for name, values in covariate.items()}
        return found

    @property
    def eve(self) -> Day:
        """Day before the election: the last that a forecast of it may use."""
        return self.date - timedelta(days=1)


class _Elections(Strict):
    election: tuple[Election, ...]

    @field_validator("election")
    @classmethod
    def _distinct(cls, value: tuple[Election, ...]) -> tuple[Election, ...]:
        repeated = sorted(id for id, times in Counter(item.id for item in value).items() if times > 1)
        if repeated:
            raise ValueError(f"each id once, not {', '.join(repeated)} again")
        return value


def load_elections(path: Path = DATA / "elections.yaml", folder: Path | None = None) -> tuple[Election, ...]:
    """All elections (raises InputError where the file has faults); `folder` as :func:`load_election` takes it."""
    found = load_yaml(path, _Elections).election
    for one in found:  # no keys of the file: where it was read, and for whom
        one._file, one._terms = path, of_dyad(folder or path.parent, "administrations.csv")
    return found


def load_election(id: str, path: Path = DATA / "elections.yaml", folder: Path | None = None) -> Election:
    """Read one election.

    Parameters
    ----------
    id : str
        As its record has it.
    path : Path, optional
        File of records; the shipped one where none is given.
    folder : Path, optional
        Of the dyad, whose table of terms tells who governed before; that of the file where none is given.

    Raises
    ------
    InputError
        Where the file has faults, or no election of that id.
    """
    known = {election.id: election for election in load_elections(path, folder)}
    if id not in known:
        raise InputError([Fault(source=str(path), where="key election", expected="a known election",
                                found=repr(id), remedy=nearest(id, known))])
    return known[id]


def of_dyad(folder: Path | None, name: str) -> Path:
    """A file about elections or terms: that of a dyad folder where it has one of its own, else the shipped one."""
    own = folder / name if folder else None
    return own if own and own.is_file() else DATA / name


# Terms of presidents.

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
        Of the term: the president, and its number where there are several.
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
        faults = [*_gaps(table), *_leap_days(table)]
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


def _leap_days(table: Table) -> Iterator[Fault]:
    for number, row in table.rows.items():
        for name in ("start", "end"):
            if row[name].endswith("-02-29"):
                yield table.fault(number, name, "a day that every year has, from which years of the term are counted", row[name],
                                  "Give the day before or after.")


def terms_within(administrations: Sequence[Administration], span: Span) -> tuple[Administration, ...]:
    """Terms that share at least a day with a span."""
    return tuple(item for item in administrations if days(overlap(item.span, span)))


# Which party each administration type is within: the tree of types, a fact of ``data/types.csv``.

_PARTY_CHECKS = {"type": one_of(codes.TYPE), "party": text, "source": text}


@cache
def parties(path: Path = DATA / "types.csv") -> Mapping[str, str]:
    """Party of every type, in the order of ``codes.TYPE``.

    Raises
    ------
    InputError
        With every fault by row and column, a repeated or a missing type among them.
    """
    table = read_table(path, tuple(_PARTY_CHECKS))
    faults = [*table.faults, *cell_faults(table, _PARTY_CHECKS), *repeat_faults(table, ("type",))]
    found = {row["type"]: row["party"] for row in table.rows.values() if "type" in row and "party" in row}
    if not faults:
        faults = [table.fault(max(table.rows, default=1), "type", f"a row for {kind}", "none", "Add it with its party.")
                  for kind in codes.TYPE.labels if kind not in found]
    if faults:
        raise InputError(faults)
    return {kind: found[kind] for kind in codes.TYPE.labels}


def predecessors_of(administrations: Sequence[Administration]) -> dict[str, str | None]:
    """Who governed for the same party before, by president in order of first appearance; None for the first of a party.

    The party of a president is that of the type of the first term.
    """
    party = parties()
    latest: dict[str, str] = {}
    found: dict[str, str | None] = {}
    for term in administrations:
        if term.president not in found:
            found[term.president] = latest.get(party[term.type])
        latest[party[term.type]] = term.president
    return found


def predecessors(kind: str, president: str, start: date, path: Path = DATA / "administrations.csv") -> tuple[str, ...]:
    """Presidents of the party of a type before a day, the latest first and without the president himself.

    Parameters
    ----------
    kind : str
        Administration type of the term that starts.
    president : str
        Who takes office.
    start : date
        First day of the term; later terms are not looked at.
    path : Path, optional
        Table of terms.
    """
    party = parties()
    before = [term.president for term in reversed(load_administrations(path))
              if term.start < start and party[term.type] == party[kind] and term.president != president]
    return tuple(dict.fromkeys(before))
