"""The terms that are forecast again: the eve of the election, who won, and who did not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forecast.errors import ForecastError
from forecast.panel.administrations import Administration
from forecast.panel.elections import Election

LAST = 9999
"""A year after every election."""

@dataclass(frozen=True, kw_only=True)
class Origin:
    """One election as a forecaster of the term after it stood before it.

    Parameters
    ----------
    election : Election
        The record.
    happened, other : str
        The outcome that happened, and the one that did not: the placebo.
    """

    election: Election
    happened: str
    other: str

    @property
    def as_of(self) -> date:
        """Last day that a forecast may use."""
        return self.election.eve

    @property
    def label(self) -> str:
        """First and last year of the term, as in tables."""
        return f"{self.election.term_start.year}-{self.election.term_end.year}"


def origins(elections: Sequence[Election], administrations: Sequence[Administration], known_until: date, *,
            first: int = 0, last: int = LAST) -> tuple[Origin, ...]:
    """Elections whose term was over by a day, in order of time.

    Parameters
    ----------
    known_until : date
        Last day of the record.
    first, last : int
        Years of the first and last election.

    Raises
    ------
    ForecastError
        Where none of an election's outcomes is who governed then, or none is left.
    """
    chosen = [one for one in sorted(elections, key=lambda one: one.date)
              if first <= one.date.year <= last and one.term_end <= _after(known_until)]
    if not chosen:
        span = " ".join([*([f"from {first} on"] if first > 0 else []), *([f"up to {last}"] if last < LAST else [])])
        raise ForecastError(f"No election {span}".rstrip() + f" is followed by a whole term before {known_until}.")
    return tuple(_origin(one, administrations) for one in chosen)


def _origin(election: Election, administrations: Sequence[Administration]) -> Origin:
    governed = next(one.president for one in administrations if one.start <= election.term_start < one.end)
    happened = [name for name, winner in election.outcomes.items() if winner.president == governed]
    if len(happened) != 1:
        raise ForecastError(f"elections.yaml, {election.id}: {governed} governed from {election.term_start}, and is "
                            f"{len(happened)} of the outcomes {', '.join(election.outcomes)}. Name the winner as "
                            "administrations.csv does.")
    other = next(name for name in election.outcomes if name not in happened)
    return Origin(election=election, happened=happened[0], other=other)


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
