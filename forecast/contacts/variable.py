"""The ways in which two codings are compared: which column, at which level of measurement, which values count."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.contacts import codes
from forecast.contacts.alpha import Level, Pairs
from forecast.contacts.coding import Coding
from forecast.contacts.set_distance import masi_matrix


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
    _plain("outcome", "ordinal", codes.OUTCOME), _plain("tone_kz", "ordinal", codes.TONE),
    _plain("tone_us", "ordinal", codes.TONE),
)
TOPICS = tuple(_topic(topic) for topic in codes.TOPIC)


def pairs_of(variable: Variable, first: Coding, second: Coding) -> Pairs:
    """Values of all contacts to which both codings give one."""
    both = sorted(first.rows.keys() & second.rows.keys())
    cells = [(first.rows[of].get(variable.column, ""), second.rows[of].get(variable.column, "")) for of in both]
    valued = [(variable.value(a), variable.value(b)) for a, b in cells]
    known = [(a, b) for a, b in valued if a is not None and b is not None]
    domain = list(variable.domain or sorted({value for pair in known for value in pair}, key=sorted))
    place = np.array([[domain.index(a), domain.index(b)] for a, b in known], dtype=int).reshape(-1, 2)
    return Pairs(level=variable.level, first=place[:, 0], second=place[:, 1], values=len(domain),
                 distance=masi_matrix(domain) if variable.level == "set" else None)
