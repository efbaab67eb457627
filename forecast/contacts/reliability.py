"""How well two codings of the same contacts agree, variable by variable."""

import os
import zlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.contacts.alpha import Level, Pairs, alpha, alpha_interval, units_for_half_width
from forecast.contacts.dyad import load_dyad
from forecast.contacts.load import LONGEST_GUESSED, MOST_GUESSED
from forecast.contacts.record import (
    CONTACT,
    MEDIA,
    SECOND_CODING,
    cell_faults,
    media_checks,
    read_contacts,
    read_second_coding,
    repeat_faults,
)
from forecast.contacts.table import Row, Table, header_of, read_table, shown, some
from forecast.errors import Fault, InputError, closest
from forecast.files import write_csv
from forecast.shipped import CASE

# A coding of contacts: a second_coding.csv, or the same columns of a contacts.csv with the tone of its media pages.

CODED = tuple(column for column in SECOND_CODING if column != "id")
ALONE = "tones: {path} has no media.csv and dyad.yaml beside it, which hold the tone of its pages"


@dataclass(frozen=True, kw_only=True)
class Coding:
    """What one coder, or the record itself, says of contacts.

    Parameters
    ----------
    table : Table
        The file; cells are text.
    of_record : bool
        Whether it is a contacts.csv.
    rows : dict
        Id -> column -> cell. Columns of which the coding says nothing are not there.
    pages : dict
        (id, column) -> addresses of the pages that this cell rests on; (id, '') -> all pages of the contact.
    faults : tuple of Fault
        What is wrong with its files.
    left_out : tuple of str
        What it cannot say, and why.
    """

    table: Table
    of_record: bool
    rows: dict[str, Row]
    pages: dict[tuple[str, str], str]
    faults: tuple[Fault, ...]
    left_out: tuple[str, ...] = ()


def read_coding(path: Path) -> Coding:
    """Read and check a coding; it never raises for the content of a file.

    A contacts.csv codes no tone of its own: there the tone of a side is that of the page of that side which media.csv
    lists first, as a second coder codes the first page read.
    """
    of_record = _is_contacts(path)
    checks = CONTACT if of_record else SECOND_CODING
    table = read_contacts(path) if of_record else read_second_coding(path)
    faults = [*table.faults, *cell_faults(table, checks), *repeat_faults(table, ("id",))]
    rows = {row["id"]: {column: row[column] for column in CODED if column in row}
            for row in table.rows.values() if row.get("id")}
    pages = {(row["id"], ""): row["sources"] for row in table.rows.values() if row.get("id") and row.get("sources")}
    left_out = _add_tones(path.parent, rows, pages, faults) if of_record else ()
    return Coding(table=table, of_record=of_record, rows=rows, pages=pages, faults=tuple(faults), left_out=left_out)


def unknown_ids(coding: Coding, reference: Coding) -> Iterator[Fault]:
    """Contacts of a coding that the reference does not have; one fault where the two share none."""
    known, name = reference.table.values("id"), reference.table.path
    if known is None or not coding.rows:
        return
    if known.isdisjoint(coding.rows):
        yield Fault(source=str(coding.table.path), where="whole file, column id", expected=f"contacts that {name} has",
                    found="none in common", remedy="Give two codings of the same contacts.")
        return

    def fault(number: int) -> Fault:
        cell = coding.table.rows[number]["id"]
        near = closest(cell[:LONGEST_GUESSED], known) if len(known) <= MOST_GUESSED else None
        remedy = f"Did you mean '{near}'?" if near else "Correct the id, or leave the row out."
        return coding.table.fault(number, "id", f"an id of {name}", shown(cell), remedy)

    unknown = (number for number, row in coding.table.rows.items() if row.get("id") and row["id"] not in known)
    yield from some(coding.table.path, unknown, fault)


def _is_contacts(path: Path) -> bool:
    """Whether a header has more of the columns that only a contacts.csv has than of those it lacks."""
    try:
        header = header_of(path)
    except InputError:
        return False
    return len(set(header) & (set(CONTACT) - set(SECOND_CODING))) > len(set(header) & (set(SECOND_CODING) - set(CONTACT)))


def _add_tones(folder: Path, rows: dict[str, Row], pages: dict[tuple[str, str], str], faults: list[Fault]) -> tuple[str, ...]:
    """Give each row the tone of the first page of either side; say so where the files for it are not there."""
    if not all(os.path.lexists(folder / name) for name in ("media.csv", "dyad.yaml")):  # a link that leads nowhere is told
        return (ALONE.format(path=folder / "contacts.csv"),)
    try:
        dyad = load_dyad(folder)
    except InputError as error:
        faults += error.faults
        return ()
    media = read_table(folder / "media.csv", tuple(MEDIA))
    faults += [*media.faults, *cell_faults(media, media_checks(dyad)), *repeat_faults(media, ("contact_id", "url"))]
    column = {dyad.partner_iso2: "tone_partner", dyad.home_iso2: "tone_us"}
    for row in rows.values():
        row |= {"tone_partner": "", "tone_us": ""}
    for page in media.rows.values():
        side, of = column.get(page.get("outlet_country", "")), page.get("contact_id", "")
        if side and of in rows and not rows[of][side]:
            rows[of][side] = page.get("tone", "")
            pages[of, side] = page.get("url", "")
    return ()


# The ways in which two codings are compared: which column, at which level of measurement, which values count.

@dataclass(frozen=True, kw_only=True)
class Variable:
    """One way to compare a column of two codings.

    Parameters
    ----------
    name, column : str
        What the row of the table is called; the column it reads.
    level : {'nominal', 'ordinal', 'set'}
        Level of measurement.
    value : callable
        Cell -> value; None where the coder gave none.
    domain : sequence, optional
        All values, in order; of sets, whatever stands in the codings.
    """

    name: str
    column: str
    level: Level
    value: Callable[[str], Hashable | None]
    domain: Sequence[Hashable] | None = None


def _stated(cell: str) -> frozenset[str] | None:
    return frozenset(cell.split(";")) if cell else None


def _plain(column: str, level: Level, domain: Sequence[str]) -> Variable:
    return Variable(name=column, column=column, level=level, value=lambda cell: cell or None, domain=domain)


def _topic(topic: str) -> Variable:
    return Variable(name=f"agenda: {topic}", column="agenda", level="nominal", domain=(False, True),
                    value=lambda cell: topic in cell.split(";") if cell else None)


VARIABLES = (
    # ranks are nominal: Congress and parliament stand beside the ladder of offices, not on it
    _plain("us_rank", "nominal", codes.RANK), _plain("partner_rank", "nominal", codes.PARTNER_RANK),
    _plain("mechanism", "nominal", codes.MECHANISM),
    # an empty agenda says that no page states the topics: no value, as in the agenda component
    Variable(name="agenda", column="agenda", level="set", value=_stated),
    # stricter: whether topics are stated is a coder's judgement too
    Variable(name="agenda, or none", column="agenda", level="set", value=lambda cell: _stated(cell) or frozenset()),
    _plain("outcome", "ordinal", codes.OUTCOME), _plain("tone_partner", "ordinal", codes.TONE),
    _plain("tone_us", "ordinal", codes.TONE),
)
TOPICS = tuple(_topic(topic) for topic in codes.TOPIC)


def _sets(values: Iterable[Hashable]) -> list[Hashable]:
    """Every set once; only variables whose values are sets have no domain."""
    return [*sorted(cast("set[frozenset[str]]", {*values}), key=sorted)]


def pairs_of(variable: Variable, first: Coding, second: Coding) -> Pairs:
    """Values of all contacts to which both codings give one."""
    both = sorted(first.rows.keys() & second.rows.keys())
    cells = [(first.rows[of].get(variable.column, ""), second.rows[of].get(variable.column, "")) for of in both]
    valued = [(variable.value(a), variable.value(b)) for a, b in cells]
    known = [(a, b) for a, b in valued if a is not None and b is not None]
    domain = list(variable.domain) if variable.domain else _sets(value for pair in known for value in pair)
    place = np.array([[domain.index(a), domain.index(b)] for a, b in known], dtype=int).reshape(-1, 2)
    return Pairs(level=variable.level, first=place[:, 0], second=place[:, 1], values=len(domain),
                 distance=masi_matrix(cast("list[frozenset[str]]", domain)) if variable.level == "set" else None)


# Agreement by variable.

RELIABLE, TENTATIVE = 0.800, 0.667
"""Krippendorff's cut-offs: data to rely on; data for tentative conclusions only (Content Analysis, 2004, p. 241)."""


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """The comparison of two codings: one row per variable, the cells that differ, and what was left out and why."""

    table: pd.DataFrame
    disagreements: pd.DataFrame
    left_out: tuple[str, ...]


def compare(first: Path, second: Path) -> tuple[Coding, Coding]:
    """Read two codings, A and B, either of which may be a contacts.csv.

    Raises
    ------
    InputError
        With every fault of both files. A contact of one that the other should have and has not is a fault: where one
        is a contacts.csv it must have them all, else A must.
    """
    a, b = read_coding(first), read_coding(second)
    reference, other = (b, a) if b.of_record and not a.of_record else (a, b)
    faults = [*a.faults, *b.faults, *unknown_ids(other, reference)]
    if faults:
        raise InputError(dict.fromkeys(faults))
    return a, b


def reliability(first: Coding, second: Coding, *, seed: int, resamples: int = 5000, half_width: float = 0.1,
                variables: Sequence[Variable] = VARIABLES,
                progress: Callable[[str, int, int], None] = lambda *_: None) -> Reliability:
    """Alpha of every variable with its interval, and the cells that differ.

    Parameters
    ----------
    first, second : Coding
        A and B, as from `compare`.
    seed : int
        Decides the resamples; each variable has a stream of its own.
    resamples : int
        Resamples of each variable.
    half_width : float
        Half-width of the interval for which units are projected.
    variables : sequence of Variable
        What to compare.
    progress : callable
        Told the stage, the variables done and their number.

    Returns
    -------
    Reliability
        Columns of its table: variable, level, units (coded by both), pairable (both gave a value), agreement (share
        of those with the same value), alpha, low, high (95 %), interval (how it was made), reading and reading_low
        (of alpha and of its lower end, by the cut-offs), units_needed (pairable ones, for the half-width).
    """
    rows, units = [], len(first.rows.keys() & second.rows.keys())
    for done, variable in enumerate(variables, start=1):
        rng = np.random.default_rng([seed, zlib.crc32(CASE.first_name("csv", variable.name).encode())])
        measured = dict(_measured(pairs_of(variable, first, second), rng, resamples, half_width))
        rows.append({"variable": variable.name, "level": variable.level, "units": units} | measured)
        progress("alpha", done, len(variables))
    return Reliability(table=pd.DataFrame(rows).astype({"units_needed": "Int64"}),
                       disagreements=disagreements(first, second),
                       left_out=(*first.left_out, *second.left_out))


def reading(value: float) -> str:
    """What Krippendorff's cut-offs say of an alpha."""
    if np.isnan(value):
        return "undefined"
    return "reliable" if value >= RELIABLE else "tentative" if value >= TENTATIVE else "unreliable"


def _measured(pairs: Pairs, rng: np.random.Generator, resamples: int, half_width: float) -> Iterator[tuple[str, object]]:
    value, interval = alpha(pairs), alpha_interval(pairs, rng, resamples)
    yield from {"pairable": len(pairs), "agreement": pairs.equal.mean() if len(pairs) else np.nan, "alpha": value,
                "low": interval.low, "high": interval.high, "interval": interval.way,
                "reading": reading(value), "reading_low": reading(interval.low),
                "units_needed": None if np.isnan(interval.low) else units_for_half_width(pairs, half_width, rng)}.items()


# Distance of two sets of codes: how far apart two coders are who each name several topics.

def masi_distance(first: Set[str], second: Set[str]) -> float:
    r"""Distance of two sets after MASI (measuring agreement on set-valued items).

    :math:`1 - J M`, with Jaccard's :math:`J = |A \cap B| / |A \cup B|` and the monotonicity :math:`M`: 1 for equal
    sets, 2/3 where one holds the other, 1/3 where they overlap and each has something of its own, 0 where they are
    disjoint (R. Passonneau 2006, LREC, https://aclanthology.org/L06-1392/).

    Parameters
    ----------
    first, second : set of str
        Codes named by either coder. Two empty sets are equal; an empty and a filled one are disjoint.

    Returns
    -------
    float
        From 0, equal, to 1, disjoint. In alpha it stands where other levels have a squared difference: it is not
        squared again.
    """
    if first == second:
        return 0.0
    jaccard = len(first & second) / len(first | second)
    one_holds_the_other = first <= second or second <= first
    return 1.0 - jaccard * (2 / 3 if one_holds_the_other else 1 / 3)


def masi_matrix(values: Sequence[Set[str]]) -> np.ndarray:
    """Distances of all pairs of sets, shape (value, value)."""
    return np.array([[masi_distance(first, second) for second in values] for first in values])


# The cells on which two codings differ, in an order in which a third person can settle them.

DISAGREEMENT_COLUMNS = ("id", "variable", "A", "B", "only_A", "only_B", "sources", "decision", "reason")


def disagreements(first: Coding, second: Coding) -> pd.DataFrame:
    """Every cell on which two codings of a contact differ.

    Parameters
    ----------
    first, second : Coding
        A and B.

    Returns
    -------
    DataFrame
        One row per cell, contact by contact in the order of time (ids begin with the date), within a contact in the
        order of the codebook: the pages of a contact are opened once. ``only_A`` and ``only_B`` are the codes that
        one coder alone gave, ``sources`` the pages that the cell rests on, where a contacts.csv names them;
        ``decision`` and ``reason`` are empty, for whoever settles it.
    """
    rows = [row for of in sorted(first.rows.keys() & second.rows.keys()) for row in _of_contact(of, first, second)]
    return pd.DataFrame(rows, columns=list(DISAGREEMENT_COLUMNS), dtype=str)


def write_disagreements(frame: pd.DataFrame, path: Path) -> None:
    """Write the rows as CSV, for a person with a spreadsheet; the program does not read them back."""
    write_csv(frame, path)


def _of_contact(of: str, first: Coding, second: Coding) -> Iterator[Mapping[str, str]]:
    for column in CODED:
        if column not in first.rows[of] or column not in second.rows[of]:
            continue
        a, b = first.rows[of][column], second.rows[of][column]
        if _codes(a) != _codes(b):
            yield {"id": of, "variable": column, "A": a, "B": b, "only_A": _without(a, b), "only_B": _without(b, a),
                   "sources": _pages(of, column, first) or _pages(of, column, second), "decision": "", "reason": ""}


def _codes(cell: str) -> frozenset[str]:
    return frozenset(cell.split(";"))


def _without(cell: str, other: str) -> str:
    return ";".join(code for code in cell.split(";") if code not in _codes(other))


def _pages(of: str, column: str, coding: Coding) -> str:
    return coding.pages.get((of, column)) or coding.pages.get((of, ""), "")
