"""The mapping file: how a table of another form becomes a file of the record, and what of that is not certain.

A mapping is written once for a kind of file, looked at by a person, and kept with the data: it is the record of every decision
that stands between what was coded and what is estimated. Whatever was guessed stands under ``unsure`` with the reason; nothing is
converted until somebody has looked at it and deleted the line.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator
from ruamel.yaml import YAML

from forecast.config import Strict, line_of, load_yaml, read_yaml
from forecast.contacts.cells import Check
from forecast.contacts.record import CONTACT, MEDIA, OPTIONAL, SECOND_CODING
from forecast.contacts.spreadsheets.sheet import Sheet
from forecast.errors import Fault, InputError, nearest

type TargetName = Literal["contacts", "media", "second_coding"]
type Form = Literal["workbook", "text", "stata", "spss", "label studio", "doccano", "inception"]
type Delimiter = Literal["comma", "semicolon", "tab", "bar", ""]
ANNOTATIONS = ("label studio", "doccano", "inception")


class Dates(StrEnum):
    """Ways in which a column writes days."""

    iso = "iso"
    day_first = "day first"
    month_first = "month first"
    year_first = "year first"
    excel_1900 = "excel 1900"
    excel_1904 = "excel 1904"


class Made(StrEnum):
    """Columns that follow from others."""

    id = "id"
    precision = "date_precision"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A file of the record: its columns, those that it may lack, and those that tell its rows apart."""

    file: str
    columns: Mapping[str, Check]
    optional: tuple[str, ...] = ()
    key: tuple[str, ...] = ("id",)


TARGETS: Mapping[TargetName, Target] = {
    "contacts": Target(file="contacts.csv", columns={**CONTACT, **OPTIONAL}, optional=tuple(OPTIONAL)),
    "media": Target(file="media.csv", columns=MEDIA, key=("contact_id", "url")),
    "second_coding": Target(file="second_coding.csv", columns=SECOND_CODING),
}
UNKNOWN = "?"
"""Stands in a proposal for what a person must give."""


class Read(Strict):
    """How the file is read."""

    form: Form
    sheet: str = ""
    header_row: int = Field(default=1, ge=0)
    encoding: str = ""
    delimiter: Delimiter = ""
    curly_quotes: bool = False


class Column(Strict):
    """Where the cells of one column of the record come from: a heading, one value for all rows, or other columns.

    Parameters
    ----------
    heading : str
        Of the user's table.
    fill : str
        Value of every row.
    make : Made
        What follows from other columns.
    codes : mapping
        The user's word -> code of the codebook; ``null`` where the word says nothing of this column.
    split : str
        What stands between several codes of a cell.
    dates : tuple of Dates
        Ways in which the column writes days.
    where : mapping
        Heading -> words: only rows in which one of these stands there count.
    """

    heading: str | None = None
    fill: str | None = None
    make: Made | None = None
    codes: Mapping[str, str | None] = Field(default_factory=dict)
    split: str = ""
    dates: tuple[Dates, ...] = ()
    where: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _enumerated(cls, content: Any) -> Any:
        """Names of dates and of what is made as the program has them; another name is told by its field."""
        if not isinstance(content, dict):
            return content
        dates, made = content.get("dates"), content.get("make")
        found = dict(content)
        if isinstance(dates, tuple):
            found["dates"] = tuple(Dates(one) if one in list(Dates) else one for one in dates)
        if made in list(Made):
            found["make"] = Made(made)
        return found

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(one is not None for one in (self.heading, self.fill, self.make)) != 1:
            raise ValueError("one of heading, fill and make")
        return self


class TableMap(Strict):
    """Content of a mapping file."""

    target: TargetName
    read: Read
    columns: Mapping[str, Column] = Field(min_length=1)
    coder: str = ""
    ignored: tuple[str, ...] = ()
    unsure: Mapping[str, str] = Field(default_factory=dict)


@dataclass
class Proposal:
    """Columns and marks while a mapping is proposed for a sheet."""

    sheet: Sheet
    columns: dict[str, Column] = field(default_factory=dict)
    unsure: dict[str, str] = field(default_factory=dict)

    def doubt(self, place: str, why: str) -> None:
        """Mark a place of the mapping file."""
        self.unsure[place] = f"{self.unsure[place]}; {why}" if place in self.unsure else why


# The file: written with what a person must know of it, and read back strictly.

_HEAD = """\
# How {file} becomes {target}. Proposed by forecast data map; correct whatever is wrong, then
#   forecast data convert {file} --map THIS_FILE --out NEW_FOLDER
# For each column of {target}: heading (of your table), or fill (one value for all rows), or make (follows from others).
# codes: your word -> code of the codebook (forecast data codebook); null: it says nothing of this column.
# dates: {dates}. split: what stands between codes.
# where: only rows in which one of these words stands under that heading.
"""
_UNSURE = """
# NOT CERTAIN. Look at each, correct the place above where it is wrong, and delete its line here; when all are settled, delete
# 'unsure' or leave it empty. Nothing is converted before.
"""


def written(plan: TableMap, file: str) -> str:
    """Text of a mapping file."""
    content = plan.model_dump(mode="json", exclude_defaults=True)
    unsure = content.pop("unsure", {})
    head = _HEAD.format(file=file, target=TARGETS[plan.target].file, dates=", ".join(Dates))
    return head + _yaml(content) + (_UNSURE + _yaml({"unsure": unsure}) if unsure else "")


def _yaml(content: dict[str, Any]) -> str:
    yaml, text = YAML(), io.StringIO()
    yaml.width, yaml.allow_unicode = 120, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(content, text)
    return text.getvalue()


def load_map(path: Path) -> TableMap:
    """Read a mapping file.

    Raises
    ------
    InputError
        With every fault of its form, unknown columns, and every mark that is left under ``unsure``.
    """
    plan = load_yaml(path, TableMap)
    faults = [*_unknown(path, plan), *_missing(path, plan), *_marks(path, plan)]
    if faults:
        raise InputError(faults)
    return plan


def _unknown(path: Path, plan: TableMap) -> Iterator[Fault]:
    known = TARGETS[plan.target].columns
    for name in plan.columns:
        if name not in known:
            yield _fault(path, ("columns", name), f"a column of {TARGETS[plan.target].file}", repr(name), nearest(name, known))


def _missing(path: Path, plan: TableMap) -> Iterator[Fault]:
    target = TARGETS[plan.target]
    for name in target.columns:
        if name not in plan.columns and name not in target.optional and (plan.target != "second_coding" or name == "id"):
            yield _fault(path, ("columns",), f"the column {name} of {target.file}", "no such key",
                         f"Add '{name}' with heading, or with fill where all rows have one value.")


def _marks(path: Path, plan: TableMap) -> Iterator[Fault]:
    for name, why in plan.unsure.items():
        yield _fault(path, ("unsure", name), "that you have looked at it and deleted this line", why.rstrip("."),
                     f"Look at {name} in this file, correct it where it is wrong, and delete this line under unsure.")


def _fault(path: Path, key: tuple[str, ...], expected: str, found: str, remedy: str) -> Fault:
    where = f"line {line_of(read_yaml(path), key)}, key {'.'.join(key)}"
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)
