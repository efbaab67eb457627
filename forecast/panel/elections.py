"""Elections: a new one is a record in ``data/elections.yaml``."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from forecast.config import Day, Strict, load_yaml
from forecast.contacts import codes
from forecast.errors import Fault, InputError, nearest
from forecast.panel.shipped import DATA


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
    source : str
        Where the dates stand.
    """

    id: str = Field(min_length=1)
    date: Day
    office: str = Field(min_length=1)
    term_start: Day
    term_end: Day
    outcomes: Mapping[str, Winner] = Field(min_length=2)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.date < self.term_start < self.term_end:
            raise ValueError("date before term_start before term_end")
        return self

    @property
    def eve(self) -> date:
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


def load_elections(path: Path = DATA / "elections.yaml") -> tuple[Election, ...]:
    """All elections (raises InputError where the file has faults)."""
    return load_yaml(path, _Elections).election


def load_election(id: str, path: Path = DATA / "elections.yaml") -> Election:
    """Read one election.

    Parameters
    ----------
    id : str
        E.g. ``us_2024``.
    path : Path, optional
        File of records; the shipped one where none is given.

    Raises
    ------
    InputError
        Where the file has faults, or no election of that id.
    """
    known = {election.id: election for election in load_yaml(path, _Elections).election}
    if id not in known:
        raise InputError([Fault(source=str(path), where="key election", expected="a known election",
                                found=repr(id), remedy=nearest(id, known))])
    return known[id]
