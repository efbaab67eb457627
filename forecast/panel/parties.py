"""Which party each administration type is within: the tree of types, a fact of ``data/types.csv``."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from forecast.contacts import codes
from forecast.contacts.check import one_of, text
from forecast.contacts.record import cell_faults, repeat_faults
from forecast.contacts.table import read_table
from forecast.errors import InputError
from forecast.panel.administrations import Administration, load_administrations
from forecast.panel.shipped import DATA

_CHECKS = {"type": one_of(codes.TYPE), "party": text, "source": text}


@cache
def parties(path: Path = DATA / "types.csv") -> Mapping[str, str]:
    """Party of every type, in the order of ``codes.TYPE``.

    Raises
    ------
    InputError
        With every fault by row and column, a repeated or a missing type among them.
    """
    table = read_table(path, tuple(_CHECKS))
    faults = [*table.faults, *cell_faults(table, _CHECKS), *repeat_faults(table, ("type",))]
    found = {row["type"]: row["party"] for row in table.rows.values() if "type" in row and "party" in row}
    if not faults:
        faults = [table.fault(max(table.rows, default=1), "type", f"a row for {kind}", "none", "Add it with its party.")
                  for kind in codes.TYPE.labels if kind not in found]
    if faults:
        raise InputError(faults)
    return {kind: found[kind] for kind in codes.TYPE.labels}


def predecessors_of(administrations: Sequence[Administration]) -> dict[str, str | None]:
    """Who governed for the same party before, by president in order of first appearance; None for the first of a party.

    The party of a president is that of the type of the first term.
    """
    party, latest, found = parties(), {}, {}
    for term in administrations:
        if term.president not in found:
            found[term.president] = latest.get(party[term.type])
        latest[party[term.type]] = term.president
    return found


def predecessors(kind: str, president: str, start: date) -> tuple[str, ...]:
    """Presidents of the party of a type before a day, the latest first and without the president himself.

    Parameters
    ----------
    kind : str
        Administration type of the term that starts.
    president : str
        Who takes office.
    start : date
        First day of the term; later terms are not looked at.
    """
    party = parties()
    before = [term.president for term in reversed(load_administrations())
              if term.start < start and party[term.type] == party[kind] and term.president != president]
    return tuple(dict.fromkeys(before))
