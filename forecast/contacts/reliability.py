"""How well codings of the same contacts agree, variable by variable: two of them, three or more."""

import os
import zlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.contacts.alpha import Level, Units, alpha, alpha_interval, masi_matrix, units_for_half_width
from forecast.contacts.dyad import load_dyad
from forecast.contacts.load import LONGEST_GUESSED, MOST_GUESSED
from forecast.contacts.record import (
    CONTACT,
    MEDIA,
    NO_NAMES,
    SECOND_CODING,
    cell_faults,
    media_checks,
    read_contacts,
    read_second_coding,
    repeat_faults,
)
from forecast.contacts.spreadsheets.sheet import letters
from forecast.contacts.table import Row, Table, header_of, read_table, shown, some
from forecast.errors import Fault, InputError, closest
from forecast.files import same_file
from forecast.shipped import CASE

# A coding of contacts: a second_coding.csv, or the same columns of a contacts.csv with the tone of its media pages.

LOG = "adjudication.csv"
"""Lies beside a contacts.csv of which cells were settled between coders."""
CODED = tuple(column for column in SECOND_CODING if column != "id")
SETTLED_BEFORE = ("the codes before adjudication: {path} was adjudicated (" + LOG + " lies beside it), so that agreement with it "
                  "is no longer that of blind coders")
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
    letter : str
        What it is called beside others: A, B and on.
    """

    table: Table
    of_record: bool
    rows: dict[str, Row]
    pages: dict[tuple[str, str], str]
    faults: tuple[Fault, ...]
    left_out: tuple[str, ...] = ()
    letter: str = "A"

    @property
    def coded(self) -> tuple[str, ...]:
        """Columns that it has."""
        return tuple(column for column in CODED if any(column in row for row in self.rows.values()))

    @property
    def name(self) -> str:
        """Its letter, and what its file is called."""
        return f"{self.letter} ({self.table.path.stem})"


def read_coding(path: Path, names: Mapping[str, str] = NO_NAMES) -> Coding:
    """Read and check a coding; it never raises for the content of a file.

    A contacts.csv codes no tone of its own: there the tone of a side is that of the page of that side which media.csv
    lists first, as a second coder codes the first page read.
    """
    of_record = _is_contacts(path)
    checks = CONTACT if of_record else SECOND_CODING
    table = (read_contacts if of_record else read_second_coding)(path, names)
    faults = [*table.faults, *cell_faults(table, checks), *repeat_faults(table, ("id",))]
    rows = {row["id"]: {column: row[column] for column in CODED if column in row}
            for row in table.rows.values() if row.get("id")}
    pages = {(row["id"], ""): row["sources"] for row in table.rows.values() if row.get("id") and row.get("sources")}
    left_out = _add_tones(path.parent, rows, pages, faults) if of_record else ()
    if of_record and os.path.lexists(path.parent / LOG):
        left_out += (SETTLED_BEFORE.format(path=path),)
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
AMBIGUOUS = tuple(_topic(topic) for topic in codes.TOPIC.ambiguous)
"""Topics that the codebook says coders understand in different ways."""


def _sets(values: Iterable[Hashable]) -> list[Hashable]:
    """Every set once; only variables whose values are sets have no domain."""
    return [*sorted(cast("set[frozenset[str]]", {*values}), key=sorted)]


def units_of(variable: Variable, *codings: Coding) -> Units:
    """Values of all contacts to which two codings or more give one."""
    valued = [_values(variable, coding) for coding in codings]
    given = dict.fromkeys(value for values in valued for value in values.values())
    domain = list(variable.domain) if variable.domain else _sets(given)
    at = {value: place for place, value in enumerate(domain)}
    every = sorted(set().union(*valued))
    code = np.array([[at[values[of]] if of in values else -1 for values in valued] for of in every], dtype=int)
    units = Units.coded(variable.level, code.reshape(-1, len(codings)), len(domain))
    return _with_distances(units, cast("list[frozenset[str]]", domain)) if variable.level == "set" else units


def _values(variable: Variable, coding: Coding) -> dict[str, Hashable]:
    """Id -> value, of the contacts to which a coding gives one; none where it has no such column."""
    found = ((of, variable.value(row[variable.column])) for of, row in coding.rows.items() if variable.column in row)
    return {of: value for of, value in found if value is not None}


def _with_distances(units: Units, sets: list[frozenset[str]]) -> Units:
    """Units of sets with the distances of those sets that occur among them."""
    used = units.counts.sum(axis=0) > 0
    return replace(units, counts=units.counts[:, used],
                   distance=masi_matrix([one for one, there in zip(sets, used, strict=True) if there]))


# Agreement by variable.

RELIABLE, TENTATIVE = 0.800, 0.667
"""Krippendorff's cut-offs: data to rely on; data for tentative conclusions only (Content Analysis, 2004, p. 241)."""


COUNTS = ("units", "pairable", "values", "single", "units_needed")


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """The comparison of codings.

    Parameters
    ----------
    table : DataFrame
        One row per variable, as :func:`reliability` tells.
    pairs : DataFrame
        Of more than two codings: one row per variable and two of them, with pairable, agreement and alpha.
    ambiguous : DataFrame
        The topics that the codebook calls ambiguous, each as named or not: the columns of `table`, and how often each coder
        named it (used_A, used_B and on) among the pairable contacts to which this coder gave topics (given_A and on).
    left_out : tuple of str
        What was left out, and why.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    ambiguous: pd.DataFrame
    left_out: tuple[str, ...]

    def as_table(self, codings: Sequence[Coding]) -> pd.DataFrame:
        """Everything as one table; the column coders says whose agreement a row is."""
        names = {one.letter: one.name for one in codings}
        every, columns = ", ".join(names.values()), ("coders", *dict.fromkeys((*self.table, *self.ambiguous)))
        rest = self.table[~self.table["variable"].isin(self.ambiguous["variable"])]
        rows = [{"coders": every} | row for part in (rest, self.ambiguous) for row in part.to_dict("records")]
        rows += [{"coders": f"{names[row['first']]}, {names[row['second']]}"} | row for row in self.pairs.to_dict("records")]
        counts = {column: "Int64" for column in columns if column.startswith(("used_", "given_")) or column in COUNTS}
        return pd.DataFrame(rows, columns=list(columns)).astype(counts)


def compare(*paths: Path) -> tuple[Coding, ...]:
    """Read two codings or more, A, B and on, any of which may be a contacts.csv.

    Raises
    ------
    InputError
        With every fault of all files. Where one is a contacts.csv, it must have every contact of the others; of two others, the
        first must have those of the second. Of more, each may have contacts of its own, but some must be coded twice.
    """
    names = _names(paths)
    codings = tuple(replace(read_coding(path, names), letter=letters(place)) for place, path in enumerate(paths))
    faults = [*_twice(paths), *(fault for coding in codings for fault in coding.faults), *_strangers(codings)]
    if faults:
        raise InputError(dict.fromkeys(faults))
    return codings


def _names(paths: Sequence[Path]) -> Mapping[str, str]:
    """What the dyad beside a coding calls columns; faults of its file are told by the reader of tones."""
    for folder in dict.fromkeys(path.parent for path in paths):
        if os.path.lexists(folder / "dyad.yaml"):
            with suppress(InputError):
                return load_dyad(folder).names
    return NO_NAMES


def _twice(paths: Sequence[Path]) -> Iterator[Fault]:
    """A coding that is given twice would agree with itself."""
    for place, path in enumerate(paths):
        if earlier := next((letters(before) for before, one in enumerate(paths[:place]) if same_file(one, path)), None):
            yield Fault(source=str(path), where=f"coding {letters(place)}", expected="each coding once",
                        found=f"the file that is coding {earlier} too", remedy="Leave it out.")


def _strangers(codings: Sequence[Coding]) -> Iterator[Fault]:
    """Contacts that the coding which should have them all does not have, or codings with nothing in common."""
    record = next((one for one in codings if one.of_record), None)
    reference = record or codings[0]
    if record or len(codings) == 2:
        for other in codings:
            if other is not reference:
                yield from unknown_ids(other, reference)
    elif not any(one.rows.keys() & other.rows.keys() for one, other in combinations(codings, 2)):
        yield Fault(source=str(codings[-1].table.path), where="whole file, column id", found="none in common",
                    expected="contacts that another coding has", remedy="Give codings of the same contacts.")


def alone(codings: Sequence[Coding]) -> int:
    """Contacts that a single coding has: they say nothing of agreement."""
    times = pd.Series([of for one in codings for of in one.rows], dtype=object).value_counts()
    return int((times == 1).sum())


def reliability(*codings: Coding, seed: int, resamples: int = 5000, half_width: float = 0.1,
                variables: Sequence[Variable] = VARIABLES,
                progress: Callable[[str, int, int], None] = lambda *_: None) -> Reliability:
    """Alpha of every variable with its interval; of more than two codings also that of every two of them.

    Parameters
    ----------
    *codings : Coding
        A, B and on, as from `compare`.
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
        Columns of its table: variable, level, units (contacts with the column in two codings or more), pairable (of these, the
        ones to which two coders or more gave a value), values (which they gave to them), single (contacts to which one
        coder alone gave a value), agreement (share of pairs of values of one contact that are the same), alpha, low, high
        (95 %), interval (how it was made), reading and reading_low (of alpha and of its lower end, by the cut-offs),
        units_needed (pairable ones, for the half-width).
    """
    asked = {one.name: one for one in (*variables, *AMBIGUOUS)}
    rows: dict[str, dict[str, object]] = {}
    for done, (name, variable) in enumerate(asked.items(), start=1):
        rng = np.random.default_rng([seed, zlib.crc32(CASE.first_name("csv", name).encode())])
        rows[name] = dict(_measured(variable, codings, rng, resamples, half_width))
        progress("alpha", done, len(asked))
    needed = {"units_needed": "Int64"}
    return Reliability(table=pd.DataFrame([rows[one.name] for one in variables]).astype(needed),
                       pairs=_pairs(codings, variables),
                       ambiguous=pd.DataFrame([rows[one.name] | _uses(one, codings) for one in AMBIGUOUS]).astype(needed),
                       left_out=tuple(why for one in codings for why in one.left_out))


def reading(value: float) -> str:
    """What Krippendorff's cut-offs say of an alpha."""
    if np.isnan(value):
        return "undefined"
    return "reliable" if value >= RELIABLE else "tentative" if value >= TENTATIVE else "unreliable"


def _measured(variable: Variable, codings: Sequence[Coding], rng: np.random.Generator, resamples: int,
              half_width: float) -> Iterator[tuple[str, object]]:
    units, given = units_of(variable, *codings), _times(_values(variable, one) for one in codings)
    have = _times(one.rows for one in codings if variable.column in one.coded)
    value, interval = alpha(units), alpha_interval(units, rng, resamples)
    yield from {"variable": variable.name, "level": variable.level, "units": int((have > 1).sum()), "pairable": len(units),
                "values": int(units.counts.sum()), "single": int((given == 1).sum()), "agreement": units.agreement,
                "alpha": value, "low": interval.low, "high": interval.high, "interval": interval.way,
                "reading": reading(value), "reading_low": reading(interval.low),
                "units_needed": None if np.isnan(interval.low) else units_for_half_width(units, half_width, rng)}.items()


def _times(ids: Iterable[Iterable[str]]) -> np.ndarray:
    """In how many of some lists each id stands."""
    every = [of for one in ids for of in one]
    return np.unique(every, return_counts=True)[1]


PAIR_COLUMNS = ("first", "second", "variable", "level", "pairable", "agreement", "alpha")


def _pairs(codings: Sequence[Coding], variables: Sequence[Variable]) -> pd.DataFrame:
    """Every two of more than two coders, variable by variable."""
    two = [(variable, one, other, units_of(variable, one, other)) for variable in variables
           for one, other in combinations(codings, 2)] if len(codings) > 2 else []
    return pd.DataFrame([(one.letter, other.letter, variable.name, variable.level, len(units), units.agreement, alpha(units))
                         for variable, one, other, units in two], columns=list(PAIR_COLUMNS))


def _uses(topic: Variable, codings: Sequence[Coding]) -> dict[str, int]:
    """How often each coder named a topic, and among how many contacts, of those to which two coders or more gave topics."""
    given = [_values(topic, one) for one in codings]
    ids, times = np.unique([of for values in given for of in values], return_counts=True)
    pairable = {*ids[times > 1]}
    return {f"{what}_{one.letter}": number for one, values in zip(codings, given, strict=True)
            for what, number in (("used", sum(bool(value) for of, value in values.items() if of in pairable)),
                                 ("given", len(values.keys() & pairable)))}
