"""What ``data/series/sources.yaml`` says of each context series and of each of its columns."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from forecast.config import Strict, load_yaml
from forecast.errors import Fault, InputError, nearest
from forecast.panel.shipped import DATA

SERIES = DATA / "series"
Kind = Literal["number", "day", "month", "year", "date", "code", "text"]


class Column(Strict):
    """One column of a series.

    Parameters
    ----------
    kind : str
        What each cell must be; ``date`` is a day, a month or a year.
    unit, meaning : str
        Of the cells.
    empty : str
        What an empty cell means; where it is not given no cell is empty.
    caveat, source : str
        Where they go beyond those of the series.
    codes : mapping
        Code -> what it means, for the kind ``code``.
    hide_with : str
        Column of dates: where that date is later than the as-of date, the cell is emptied.
    hindsight : bool
        Whether the column was written with later knowledge, so that the loader leaves it out.
    """

    kind: Kind
    unit: str = Field(min_length=1)
    meaning: str = Field(min_length=1)
    empty: str = ""
    caveat: str = ""
    source: str = ""
    codes: Mapping[str, str] = {}
    hide_with: str = ""
    hindsight: bool = False

    @model_validator(mode="after")
    def _codes_fit_kind(self) -> Self:
        if (self.kind == "code") != bool(self.codes):
            raise ValueError("codes for the kind code, and for no other")
        return self


class Time(Strict):
    """The column by which a series is cut, and the one (if any) that says how exact it is."""

    column: str
    precision: str = ""


class Series(Strict):
    """One context series: the file ``<name>.csv``."""

    title: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    countries: str = Field(min_length=1)
    caveat: str = Field(min_length=1)
    time: Time
    columns: Mapping[str, Column]

    @model_validator(mode="after")
    def _names_known(self) -> Self:
        named = {self.time.column, self.time.precision, *(item.hide_with for item in self.columns.values())} - {""}
        unknown = sorted(named - self.columns.keys())
        if unknown:
            raise ValueError(f"time and hide_with name columns of the series, not {', '.join(unknown)}")
        return self


class _Sources(Strict):
    series: Mapping[str, Series]


def load_sources(directory: Path = SERIES) -> Mapping[str, Series]:
    """Read what is documented of every series, and check that each has a file and each file its entry.

    Raises
    ------
    InputError
        With every fault of ``sources.yaml``, or every file without an entry.
    """
    documented = load_yaml(directory / "sources.yaml", _Sources).series
    if faults := [*_undocumented(directory, documented)]:
        raise InputError(faults)
    return documented


def find_series(name: str, directory: Path = SERIES) -> Series:
    """Look up one series (raises InputError with the nearest name where there is none)."""
    known = load_sources(directory)
    if name not in known:
        raise InputError([Fault(source=str(directory), where="argument SERIES", expected="a shipped series", found=repr(name),
                                remedy=nearest(name, known))])
    return known[name]


def _undocumented(directory: Path, documented: Mapping[str, Series]) -> Iterator[Fault]:
    files = {path.stem for path in directory.glob("*.csv")}
    for name in sorted(files ^ documented.keys()):
        found = "a file, no entry" if name in files else "an entry, no file"
        yield Fault(source=str(directory / "sources.yaml"), where=f"key series.{name}",
                    expected="an entry and a file of that name", found=found, remedy="Add what is missing, or remove the other.")
