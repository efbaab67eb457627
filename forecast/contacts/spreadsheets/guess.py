"""A proposal of the mapping file: what each heading and word probably means, and everything of it that is not certain.

A heading is taken for a column by its name and by its cells. Certain is only a name that is the column's own or a known
equivalent, over cells that the column can hold. A name that is merely like it, cells that fit without a name, and a name whose
cells do not fit are proposals with a mark. Each heading serves one column, each column has one heading, best matches first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forecast.contacts.spreadsheets import words
from forecast.contacts.spreadsheets.days import parse, ways_of
from forecast.contacts.spreadsheets.forms import look
from forecast.contacts.spreadsheets.labels import codes_of, label_columns
from forecast.contacts.spreadsheets.mapping import (
    ANNOTATIONS,
    TARGETS,
    UNKNOWN,
    Column,
    Made,
    Proposal,
    Read,
    TableMap,
    TargetName,
)
from forecast.contacts.spreadsheets.sheet import Grid, Sheet, is_error
from forecast.errors import InputError

SEARCHED = 20
"""Rows among which the headings are looked for."""
FEW = 3
"""Columns that another sheet must have for it to be a rival."""
FITS = 0.5
"""Share of cells that must fit under a certain heading."""
ALLOWED: Mapping[TargetName, tuple[str, ...]] = {"contacts": ("place", "outcome_note"), "media": ("date",)}
"""Columns that a record may leave empty in every row."""
USUAL = {"mechanism": "none", "confidence": "medium"}
"""What is proposed for all rows where no heading tells it; each is marked."""


def propose(path: Path, target: TargetName | None = None, partner: str = "") -> TableMap:
    """Propose a mapping for a file.

    Parameters
    ----------
    path : Path
        The file.
    target : str, optional
        Key of ``TARGETS``; otherwise the one of which most columns are found.
    partner : str, optional
        Name of the partner state, as headings use it.

    Returns
    -------
    TableMap
        With a reason for everything that is not certain.

    Raises
    ------
    InputError
        Where the file cannot be read, or no heading in it is like a column of the record.
    """
    grids, read, doubts = look(path)
    grid, header_row, more = _headed(grids, partner)
    sheet = grid.under(header_row)
    if not any(words.heading_score(one, column, partner) for one in (*sheet.headings, *grid.labels.values())
               for column in (*words.known_columns(), "labels")):
        raise InputError([grid.fault("whole sheet" if grid.name else "whole file", "a heading like a column of the record",
                                     repr(", ".join(sheet.headings[:8])[:200]),
                                     "See forecast data codebook for the columns, and name the file that has them.")])
    proposal = Proposal(sheet, unsure=doubts | more)
    chosen = target or _target(proposal, read, partner)
    if read.form in ANNOTATIONS:
        ids = [one for one in sheet.headings if words.fit(sheet.cells(one), "id") == 1.0]
        coder = next((one for one in sheet.headings if words.means(one, "coder")), "")
        label_columns(proposal, coder, ids, partner)
    else:
        coder = ""
        _assign(proposal, chosen, partner)
    used = {one.heading for one in proposal.columns.values()} | {coder}
    used |= {heading for one in proposal.columns.values() for heading in one.where}
    return TableMap(target=chosen, read=read.model_copy(update={"sheet": grid.name, "header_row": header_row}),
                    columns={name: proposal.columns[name] for name in TARGETS[chosen].columns if name in proposal.columns},
                    coder=coder, ignored=tuple(one for one in sheet.headings if one not in used), unsure=proposal.unsure)


def _headed(grids: Sequence[Grid], partner: str) -> tuple[Grid, int, dict[str, str]]:
    """The sheet and row whose cells are headings of most columns, and why that is not certain."""
    found = [(grid, *_header(grid, partner)) for grid in grids]
    best, row, count = max(found, key=lambda one: one[2])
    doubts = {}
    rivals = [grid.name for grid, _, known in found if grid is not best and known >= FEW]
    if rivals:
        doubts["read.sheet"] = f"sheet {' and '.join(rivals)} has headings of the record too"
    if count < 2 and row:
        doubts["read.header_row"] = f"no row among the first {SEARCHED} has known headings; row {row} was taken"
    return best, row, doubts


def _header(grid: Grid, partner: str) -> tuple[int, int]:
    """Row of the headings (0 where the form knows them), and how many of them are known for certain."""
    if grid.headings:
        return 0, _known(grid.headings, partner)
    counts = {number: _known(cells, partner) for number, cells in list(grid.rows.items())[:SEARCHED]}
    if not counts:
        return 1, 0
    best = max(counts, key=lambda number: counts[number])
    return best, counts[best]


def _known(headings: Sequence[str], partner: str) -> int:
    return max(words.known_headings([one for one in headings if one and len(one) < words.LONGEST_HEADING], partner).values())


def _target(proposal: Proposal, read: Read, partner: str) -> TargetName:
    """The file of the record of which most columns are found; of two with as many the one with fewer columns."""
    if read.form in ANNOTATIONS:
        return "second_coding"
    labels = [proposal.sheet.grid.labels.get(one, one) for one in proposal.sheet.headings]
    counts = words.known_headings([*proposal.sheet.headings, *labels], partner)
    best = max(counts, key=lambda name: (counts[name], -len(TARGETS[name].columns)))
    rivals = [TARGETS[name].file for name in counts if name != best and counts[name] >= counts[best]]
    if rivals:
        proposal.doubt("target", f"as many columns of {' and '.join(rivals)} are found")
    return best


# Headings to columns.

@dataclass(frozen=True, kw_only=True)
class _Match:
    score: float
    column: str
    heading: str
    doubt: str


def _assign(proposal: Proposal, target: TargetName, partner: str) -> None:
    """Give each column its heading, and what no heading tells a value or a mark."""
    sheet, taken = proposal.sheet, set()
    matches = sorted(_matches(sheet, target, partner), key=lambda one: -one.score)
    for one in matches:
        if one.column in proposal.columns or one.heading in taken:
            continue
        taken.add(one.heading)
        proposal.columns[one.column] = _column(proposal, one.column, one.heading)
        if one.doubt:
            proposal.doubt(f"columns.{one.column}", one.doubt)
        _mark_errors(proposal, one.column, one.heading)
    for one in matches:
        if one.score >= 2 and one.heading not in taken and one.column in proposal.columns:
            taken.add(one.heading)
            proposal.doubt(f"columns.{one.column}", f"the heading '{one.heading}' means it as well")
    _fill(proposal, target)


def _mark_errors(proposal: Proposal, column: str, heading: str) -> None:
    """Cells in which the spreadsheet program shows an error in place of a value: conversion refuses them."""
    wrong = [(number, row[heading]) for number, row in proposal.sheet.rows.items() if is_error(row[heading])]
    if wrong:
        cells = "1 cell is an error" if len(wrong) == 1 else f"{len(wrong)} cells are errors"
        proposal.doubt(f"columns.{column}", f"{cells} of the spreadsheet, first '{wrong[0][1]}' in "
                       f"{proposal.sheet.grid.row_name(wrong[0][0])}: correct or clear in the table")


def _mark_months(proposal: Proposal, about: Column) -> None:
    """First days that may be months, where the form of the file does not tell the two apart."""
    first = [(number, row[about.heading]) for number, row in proposal.sheet.rows.items() if about.heading
             and (found := parse(row[about.heading], about.dates)) and found.day.day == 1 and not found.month_only]
    if first and proposal.sheet.grid.hides_months:
        cells = "1 cell is" if len(first) == 1 else f"{len(first)} cells are"
        proposal.doubt("columns.date_precision", f"{cells} the first day of a month (first '{first[0][1]}' in "
                       f"{proposal.sheet.grid.row_name(first[0][0])}), which is also how a month without a day is kept; "
                       "where it is one, write the month as text")


def _matches(sheet: Sheet, target: TargetName, partner: str) -> Iterator[_Match]:
    """How well each heading and each column go together, where they do."""
    for heading in sheet.headings:
        cells = sheet.cells(heading)
        for column in TARGETS[target].columns:
            name = max(words.heading_score(one, column, partner) for one in (heading, sheet.grid.labels.get(heading, heading)))
            found = _match(column, heading, name, words.fit(cells, column) if cells else None, len(set(cells)))
            if found:
                yield found


def _match(column: str, heading: str, name: float, fit: float | None, distinct: int) -> _Match | None:
    """A certain name counts two, one that is alike one, cells alone less; a name whose cells do not fit is a doubt."""
    if name == 1.0:
        wrong = fit is not None and fit < FITS
        if wrong and column in ("id", "contact_id"):  # a running number: ids of the record begin with the day
            return None
        doubt = f"of the cells under '{heading}' only {fit:.0%} could stand in it" if wrong else ""
        return _Match(score=2 + (0.5 if fit is None else fit), column=column, heading=heading, doubt=doubt)
    if name >= words.ALIKE and (fit is None or fit >= FITS):
        return _Match(score=name, column=column, heading=heading, doubt=f"the heading '{heading}' is only like it")
    if fit is not None and fit == 1.0 and distinct > 1:
        return _Match(score=0.5 + name / 10, column=column, heading=heading,
                      doubt=f"the heading '{heading}' says nothing of it, but all cells under it could stand in it")
    return None


def _column(proposal: Proposal, column: str, heading: str) -> Column:
    """How the cells of a heading become those of a column: days, codes, countries."""
    cells = proposal.sheet.cells(heading)
    if column in ("date", "first_known"):
        ways = ways_of(cells)
        if ways.doubt:
            proposal.doubt(f"columns.{column}.dates", ways.doubt)
        return Column(heading=heading, dates=ways.dates)
    if column == "place":
        countries = [" ".join(cell.rpartition(",")[2].split()) for cell in cells]
        return Column(heading=heading, codes=codes_of(proposal, column, heading, countries, ""))
    if column == "outlet_country" or words.list_of(column) is not None:
        split = words.separator_of(cells, column) if column in words.SETS else ""
        found = [part for cell in cells for part in words.parts_of(cell, split)]
        return Column(heading=heading, split=split, codes=codes_of(proposal, column, heading, found, split))
    return Column(heading=heading)


def _fill(proposal: Proposal, target: TargetName) -> None:
    """What no heading tells: what follows from others, what may be empty, the usual value and its mark, or a mark alone."""
    about = TARGETS[target]
    for column in about.columns:
        if column in proposal.columns or column in about.optional or (target == "second_coding" and column != "id"):
            continue
        if target == "contacts" and column == "id":
            proposal.columns[column] = Column(make=Made.id)
        elif target == "contacts" and column == "date_precision":
            proposal.columns[column] = Column(make=Made.precision)
            _mark_months(proposal, proposal.columns.get("date", Column(fill="")))
        elif column in ALLOWED.get(target, ()):
            proposal.columns[column] = Column(fill="")
        else:
            value = USUAL.get(column, UNKNOWN)
            proposal.columns[column] = Column(fill=value)
            proposal.doubt(f"columns.{column}", "no heading is like it: name the heading in place of fill, or say with fill what "
                           f"all rows have{'' if value == UNKNOWN else f' (proposed: {value})'}")


