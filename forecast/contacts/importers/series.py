"""The tidy series: counts by period, measure and direction, with what was left out said beside them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

from forecast.contacts.importers.stream import LeftOut

US_TO_PARTNER, PARTNER_TO_US, BOTH, ANY = "us_to_partner", "partner_to_us", "both", "any"
DYADIC = (US_TO_PARTNER, PARTNER_TO_US, BOTH)
COLUMNS = ("source", "period", "measure", "direction", "value", "note")
OUTSIDE = "Outside check: never to be added to coded contacts"


class By(StrEnum):
    """Length of a period."""

    year = "year"
    month = "month"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What is counted.

    Parameters
    ----------
    meaning : str
        Definition in terms of the source.
    directions : tuple of str
        Those it is told for. ``both`` counts a row once, even where it goes both ways.
    base : str
        Name of the rows among which it is counted: where a period has none of them nothing is known, else no
        event of the dyad is a 0.
    """

    meaning: str
    directions: tuple[str, ...] = DYADIC
    base: str = "file_rows"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a source.

    Parameters
    ----------
    day : date or None
        None where the source does not know it.
    key : tuple of str
        What makes it the same row when files overlap.
    directions : tuple of str
        Empty where it is not between the home state and the partner; ``both`` alone where neither acts on the
        other.
    measures : tuple of str
        Those that it counts for.
    base : str
        The rows to which it belongs.
    """

    day: date | None
    key: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    base: str = "file_rows"


def directions(from_home: bool, from_partner: bool) -> tuple[str, ...]:
    """Directions of a row in which the home state, the partner or both act on the other."""
    return (*((US_TO_PARTNER,) if from_home else ()), *((PARTNER_TO_US,) if from_partner else ()))


class Once:
    """Which rows were met before: a bit for each where they are numbered, for a year of GDELT has tens of millions.

    Numbers follow on one another, and those of a day lie together; what has no number is kept by its hash.
    """

    BITS = 4096

    def __init__(self) -> None:
        self.numbered: dict[tuple[str, int, int], bytearray] = {}
        self.others: set[int] = set()

    def first(self, base: str, day: date, key: tuple[str, ...]) -> bool:
        """Whether a row of this base, day and key was not met before; a row without a key is always its own."""
        if len(key) == 1 and len(key[0]) <= LONGEST_NUMBER and key[0].isdecimal() and key[0].isascii():
            block, bit = divmod(int(key[0]), self.BITS)
            bits = self.numbered.get(place_of := (base, day.toordinal(), block))
            if bits is None:
                bits = self.numbered[place_of] = bytearray(self.BITS // 8)
            place, mark = bit // 8, 1 << bit % 8
            met = bits[place] & mark
            bits[place] |= mark
            return not met
        if not any(key[-1:]):  # no number of its own: nothing tells it from another
            return True
        before = len(self.others)
        self.others.add(hash((base, day, key)))
        return len(self.others) > before


LONGEST_NUMBER = 18
"""Digits of an id up to which it is kept as a number."""


class Tally:
    """Counts of one import; grows with the dyad, the periods and a bit for each row, whose files may overlap."""

    def __init__(self, by: By, as_of: date, left_out: LeftOut) -> None:
        self.width, self.as_of, self.left_out = (4 if by is By.year else 7), as_of, left_out
        self.rows: Counter[tuple[str, str]] = Counter()
        self.value: Counter[tuple[str, str, str]] = Counter()
        self.seen: set[int] = set()
        self.once = Once()
        self.later = self.undated = self.repeated = 0

    def add(self, event: Event) -> None:
        """Count one row, unless it is later than the as-of day."""
        if event.day is None:
            self.undated += bool(event.directions)
            return
        if event.day > self.as_of:
            self.later += 1
            return
        period = event.day.isoformat()[:self.width]
        self.rows[event.base, period] += self.once.first(event.base, event.day, event.key)
        if event.directions:
            self._count(event, period)

    def _count(self, event: Event, period: str) -> None:
        mark = hash((event.key, event.day, event.directions, event.measures))  # of keys: a set of texts would be large
        if any(event.key[-1:]) and mark in self.seen:
            self.repeated += 1
            return
        self.seen.add(mark)
        for measure in event.measures:
            for direction in dict.fromkeys((*event.directions, BOTH)):
                self.value[measure, period, direction] += 1

    def remarks(self, *, places: bool = False) -> tuple[str, ...]:
        """What was left out, with the first place of rows that could not be read where asked for, and the standing warning."""
        said = {
            f"rows of any states after {self.as_of} dropped": self.later,
            "rows of the dyad without a date left out": self.undated,
            "repeated rows of the dyad counted once": self.repeated,
        }
        return (*(f"{text}: {count}" for text, count in said.items() if count), *self.left_out.remarks(places=places), OUTSIDE)

    def table(self, source: str, measures: Mapping[str, Measure]) -> pd.DataFrame:
        """Give the tidy series.

        Parameters
        ----------
        source : str
            Label of the source.
        measures : mapping
            Name -> what it counts.

        Returns
        -------
        DataFrame
            ``source``; ``period`` (YYYY or YYYY-MM); ``measure``; ``direction`` (``us_to_partner``,
            ``partner_to_us``, ``both``; ``any`` for all rows of the files, the base of a share); ``value``;
            ``note``.
        """
        left_out = "; ".join(self.remarks())
        bases = {one.base: f"rows of the files of this period, whatever states they name. {left_out}"
                 for one in measures.values()}
        rows = [(source, period, base, ANY, count, bases[base]) for (base, period), count in self.rows.items()]
        for name, one in measures.items():
            periods = [period for base, period in self.rows if base == one.base]
            rows += [(source, period, name, direction, self.value[name, period, direction], f"{one.meaning}. {left_out}")
                     for direction in one.directions for period in periods]
        order = [*bases, *measures]
        rows.sort(key=lambda row: (order.index(row[2]), (*DYADIC, ANY).index(row[3]), row[1]))
        return pd.DataFrame(rows, columns=list(COLUMNS))
