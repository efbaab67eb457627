"""A table converted by its mapping into files of a record, checked by the record's own strict reader.

Faults are told where a person sees them: the strict reader names rows and columns of the file that was just written, and each is
told again by the row, letter and heading of the table that it came from. All faults are told at once: rows with too many or too
few cells, cells that the mapping cannot read, and what the strict reader finds in the rest.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from forecast.contacts.cells import Complaint
from forecast.contacts.dyad import Dyad
from forecast.contacts.record import (
    DAY,
    MONTH,
    NO_NAMES,
    cell_faults,
    media_checks,
    read_contacts,
    read_second_coding,
    repeat_faults,
    rule_faults,
)
from forecast.contacts.spreadsheets import days, words
from forecast.contacts.spreadsheets.forms import read_grid
from forecast.contacts.spreadsheets.mapping import ANNOTATIONS, TARGETS, UNKNOWN, Column, Made, TableMap
from forecast.contacts.spreadsheets.sheet import Sheet, is_error, straight
from forecast.contacts.table import Row, Table, read_table, shown
from forecast.errors import Fault, InputError, nearest

TONES = ("tone_partner", "tone_us")
"""Of several pages of a side the first one's tone is that of the side, as in the record."""
ADDRESSES = ("sources", "url")
PRECISION = "date_precision"
_BETWEEN = re.compile(r"[\s;,|]+(?=https?://)")
_PLACE = re.compile(r"row (\d+), column (\w+)")
_OTHER_ROW = re.compile(r"\bRow (\d+)\b")


@dataclass(frozen=True, kw_only=True)
class Converted:
    """Rows of one file of a record, and the row of the user's table that each came from."""

    file: str
    rows: tuple[Row, ...]
    origins: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is converted, and how."""

    path: Path
    plan: TableMap
    plan_path: Path
    sheet: Sheet
    dyad: Dyad | None = None

    @property
    def names(self) -> Mapping[str, str]:
        """Columns and codes as the program calls them -> as the dyad's files do."""
        return self.dyad.names if self.dyad else NO_NAMES


def open_job(path: Path, plan: TableMap, plan_path: Path, dyad: Dyad | None = None) -> Job:
    """Read the table that a mapping is for.

    Raises
    ------
    InputError
        Where the file cannot be read, or lacks headings that the mapping names: each is told.
    """
    sheet = read_grid(path, plan.read).under(plan.read.header_row)
    named = {f"columns.{name}.heading": column.heading for name, column in plan.columns.items() if column.heading is not None}
    named |= {f"columns.{name}.where": heading for name, column in plan.columns.items() for heading in column.where}
    named |= {"coder": plan.coder} if plan.coder else {}
    missing = [Fault(source=str(plan_path), where=f"key {key}", expected=f"a heading of {path}", found=shown(heading),
                     remedy=nearest(heading, sheet.headings)) for key, heading in named.items() if heading not in sheet.headings]
    if missing:
        raise InputError([*sheet.grid.faults, *missing])
    return Job(path=path, plan=plan, plan_path=plan_path, sheet=sheet, dyad=dyad)


def convert(job: Job, folder: Path) -> list[tuple[str, int]]:
    """Write the files of a record and check them.

    Parameters
    ----------
    job : Job
        From :func:`open_job`.
    folder : Path
        An empty folder.

    Returns
    -------
    list of tuple of str and int
        Name of each file written, and its rows.

    Raises
    ------
    InputError
        With every fault, in the order of the rows of the user's table.
    """
    faults: list[tuple[int, Fault]] = [(0, fault) for fault in (*job.sheet.grid.faults, *_wrong_fills(job))]
    rows: dict[int, Row] = {}
    told: set[tuple[int, str]] = set()
    for number in job.sheet.rows:
        rows[number], wrong = _row(job, number)
        faults += [(number, fault) for _, fault in wrong]
        told |= {(number, column) for column, _ in wrong}
    files = _files(job, rows, faults)
    for one in files:
        _write(job, one, folder / one.file)
        faults += _checked(job, one, folder / one.file, told)
    if faults:
        raise InputError(dict.fromkeys(fault for _, fault in sorted(faults, key=lambda one: one[0])))
    return [(one.file, len(one.rows)) for one in files]


def _wrong_fills(job: Job) -> Iterator[Fault]:
    """Values for all rows that no row can have: told once, and not row by row."""
    for name, column in job.plan.columns.items():
        complaint = _complaint(job, name, column.fill) if column.fill is not None else None
        if complaint:
            yield Fault(source=str(job.plan_path), where=f"key columns.{name}.fill", expected=complaint.expected,
                        found=shown(column.fill or ""), remedy=f"{complaint.remedy} Or name a heading in place of fill.")


def _complaint(job: Job, name: str, cell: str) -> Complaint | None:
    check = TARGETS[job.plan.target].columns.get(name)
    return check(cell) if check else None


# One row of the user's table.

type Wrong = list[tuple[str, Fault]]


def _row(job: Job, number: int) -> tuple[Row, Wrong]:
    """Cells of a row of the record, and what of the user's row cannot be read, by column."""
    source, row, wrong, month_only = job.sheet.rows[number], {}, [], False
    for name in _columns(job.plan):
        column = job.plan.columns.get(name, Column(fill=""))
        cell = column.fill or ""
        if column.heading is not None:
            cell = source[column.heading] if _counts(column, source) else ""
            at, found = next(((heading, _ERRONEOUS) for heading in column.where if is_error(source[heading])),
                             (column.heading, _cell(job, name, column, cell)))
            if isinstance(found, _Unread):
                wrong.append((name, job.sheet.fault(number, at, found.expected, shown(source[at]), found.remedy)))
                found = _Read("")
            cell, month_only = found.cell, month_only or (name == "date" and found.month_only)
        row[name] = cell
    for name, column in job.plan.columns.items():
        if column.make is Made.precision:
            row[name] = MONTH if month_only else DAY
        elif name == PRECISION and month_only and row[name] == DAY:
            heading = job.plan.columns["date"].heading or ""
            wrong.append((name, job.sheet.fault(number, heading, "a day, for the precision of this row is day",
                                                shown(source[heading]), f"Write the day; or {MONTH} as the precision.")))
    if job.plan.coder and is_error(source[job.plan.coder]):
        wrong.append(("id", job.sheet.fault(number, job.plan.coder, _ERRONEOUS.expected, shown(source[job.plan.coder]),
                                            _ERRONEOUS.remedy)))
    return row, wrong


def _columns(plan: TableMap) -> list[str]:
    about = TARGETS[plan.target]
    return [name for name in about.columns if name in plan.columns or name not in about.optional]


def _counts(column: Column, source: Mapping[str, str]) -> bool:
    return all(source[heading] in among for heading, among in column.where.items())


@dataclass(frozen=True)
class _Read:
    cell: str
    month_only: bool = False


@dataclass(frozen=True)
class _Unread:
    expected: str
    remedy: str


_ERRONEOUS = _Unread("a value, or an empty cell", "Correct the formula, or clear the cell.")


def _cell(job: Job, name: str, column: Column, cell: str) -> _Read | _Unread:
    """A cell as the record writes it; an error of the spreadsheet is no word, unless the mapping gives it a meaning."""
    if not cell:
        return _Read("")
    if is_error(cell) and column.codes.get(cell, UNKNOWN) == UNKNOWN:
        return _ERRONEOUS
    if column.dates:
        found = days.parse(cell, column.dates)
        if found is None:
            return _Unread(f"a day written as {' or '.join(column.dates)}", f"Correct the cell, or say under columns.{name}."
                           f"dates of {job.plan_path.name} how it is written.")
        return _Read(found.day.isoformat(), found.month_only)
    if name in ADDRESSES:
        return _Read(_BETWEEN.sub(" ", straight(cell).strip(" ;,|\n")))
    if name == "place":
        city, comma, country = " ".join(cell.split()).rpartition(",")
        return _Read(f"{city.strip()}{', ' if comma else ''}{column.codes.get(country.strip(), country.strip())}")
    if name == "outlet_country" or words.list_of(name) is not None:
        return _coded(job, name, column, cell)
    return _Read(" ".join(cell.split()))


def _coded(job: Job, name: str, column: Column, cell: str) -> _Read | _Unread:
    """Words as codes; of a column that the record codes with sets each once, in the user's order."""
    split = column.split or (";" if name in words.SETS or job.plan.read.form in ANNOTATIONS else "")
    listed = words.list_of(name)
    found = []
    for word in words.parts_of(cell, split):
        code = column.codes.get(word, word)
        if code is not None and listed is not None and code not in listed:
            remedy = f"Correct the cell, or write the code of {word!r} under columns.{name}.codes of {job.plan_path.name}. "
            given = "" if code == word else f" under columns.{name}.codes.{word}, where '{code}' stands"
            return _Unread(f"one of {', '.join(listed)}{given}", remedy + nearest(word, listed))
        found += [code] if code is not None and code not in found else []
    return _Read(";".join(found))


# All rows: ids that follow, and codings of several documents or coders.

def _files(job: Job, rows: dict[int, Row], faults: list[tuple[int, Fault]]) -> list[Converted]:
    target = TARGETS[job.plan.target]
    if any(column.make is Made.id for column in job.plan.columns.values()):
        _make_ids(rows)
    if job.plan.target != "second_coding":
        return [Converted(file=target.file, rows=tuple(rows.values()), origins=tuple(rows))]
    coders: dict[str, dict[int, Row]] = {}  # by the name of the file: anna and Anna are one, and no file replaces another
    for number, row in rows.items():
        coder = _slug(job.sheet.rows[number][job.plan.coder]) if job.plan.coder else ""
        coders.setdefault(coder or "unnamed", {})[number] = row
    several = len(coders) > 1
    return [_merged(job, f"coding_{coder}.csv" if several else target.file, own, faults) for coder, own in coders.items()]


def _make_ids(rows: dict[int, Row]) -> None:
    """Ids of day and last names; contacts of the same people on one day are numbered."""
    seen: dict[str, int] = {}
    for row in rows.values():
        names = (_slug((row[side].partition("(")[0].split() or [""])[-1]) for side in ("us_principal", "partner_principal"))
        made = "-".join(part for part in (row["date"], *names) if part)
        seen[made] = seen.get(made, 0) + 1
        row["id"] = made if row["date"] and seen[made] == 1 else f"{made}-{seen[made]}" if row["date"] else ""


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[^\W_]+", text.casefold()))


def _merged(job: Job, file: str, rows: dict[int, Row], faults: list[tuple[int, Fault]]) -> Converted:
    """One row for each contact: topics of all its documents, the tone of the first page of a side, one value of the rest.

    Only in exports of annotation tools is a row a document; in a table a contact that stands twice is a slip.
    """
    if job.plan.read.form not in ANNOTATIONS:
        return Converted(file=file, rows=tuple(rows.values()), origins=tuple(rows))
    merged: dict[str, tuple[int, Row]] = {}
    for number, row in rows.items():
        first, held = merged.setdefault(row["id"] or f"row {number}", (number, row))
        if first == number:
            continue
        for name, cell in row.items():
            if name in words.SETS:
                held[name] = ";".join(dict.fromkeys(filter(None, (held[name] + ";" + cell).split(";"))))
            elif cell and held[name] and cell != held[name] and name not in TONES:
                heading = job.plan.columns[name].heading or ""
                faults.append((number, job.sheet.fault(
                    number, heading, f"one {name} for contact {row['id']}, {held[name]} as in {job.sheet.grid.row_name(first)}",
                    shown(cell), "Settle it in one of the documents.")))
            held[name] = held[name] or cell
    return Converted(file=file, rows=tuple(row for _, row in merged.values()),
                     origins=tuple(number for number, _ in merged.values()))


# Written, read back strictly, and told in the user's terms.

def _write(job: Job, one: Converted, path: Path) -> None:
    names, columns, text = job.names, _columns(job.plan), io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([names.get(column, column) for column in columns])
    for row in one.rows:
        writer.writerow([names.get(row[column], row[column]) if column == "direction" else row[column] for column in columns])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def _checked(job: Job, one: Converted, path: Path, told: set[tuple[int, str]]) -> Iterator[tuple[int, Fault]]:
    """Faults of a written file, but for cells of which something was told already."""
    inside = {own: name for name, own in job.names.items()}
    filled = {name for name, column in job.plan.columns.items() if column.fill is not None and _complaint(job, name, column.fill)}
    for fault in _strict(job, path):
        place = _PLACE.fullmatch(fault.where)
        own = replace(fault, source=str(job.path))
        if place is None or int(place[1]) < 2:
            yield max(job.sheet.rows, default=0), own
            continue
        number, name = one.origins[int(place[1]) - 2], inside.get(place[2], place[2])
        column = job.plan.columns.get(name)
        follows = column is not None and column.make is not None and (number, "date") in told  # from a day that was told already
        if (number, name) not in told and name not in filled and not follows:
            yield number, _as_seen(job, one, own, number, name)


def _strict(job: Job, path: Path) -> Iterator[Fault]:
    target = TARGETS[job.plan.target]
    table = _table(job, path)
    checks = media_checks(job.dyad) if job.plan.target == "media" and job.dyad else target.columns
    yield from table.faults
    yield from cell_faults(table, checks)
    yield from repeat_faults(table, target.key)
    if job.plan.target == "contacts":
        yield from rule_faults(table, job.dyad)


def _table(job: Job, path: Path) -> Table:
    if job.plan.target == "contacts":
        return read_contacts(path, job.names)
    if job.plan.target == "media":
        return read_table(path, tuple(TARGETS["media"].columns))
    return read_second_coding(path, job.names)


def _as_seen(job: Job, one: Converted, fault: Fault, number: int, name: str) -> Fault:
    """The same fault at the cell of the user's table, or at the line of the mapping that fills the column."""
    column = job.plan.columns.get(name, Column(fill=""))
    remedy = _OTHER_ROW.sub(lambda row: _capital(job.sheet.grid.row_name(one.origins[int(row[1]) - 2])), fault.remedy)
    if column.heading is not None:
        cell = shown(job.sheet.rows[number][column.heading])
        found = cell if cell == fault.found else f"{cell}, read as {fault.found}"
        return job.sheet.fault(number, column.heading, fault.expected, found, remedy)
    if column.fill is not None:
        return job.sheet.fault(number, "", f"{name} of {fault.expected}", f"{fault.found}, which the mapping fills in",
                               f"{remedy} Or name a heading in place of columns.{name}.fill.")
    return job.sheet.fault(number, "", fault.expected, f"{fault.found}, the {name} that was made for it", remedy)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

