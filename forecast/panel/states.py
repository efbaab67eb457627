"""Which states of the registers are meant: names, codes of ISO 3166 and places on a map of tiles, and what became of a state."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from forecast.contacts.cells import Check, Complaint, optional, text
from forecast.contacts.record import cell_faults, repeat_faults
from forecast.contacts.table import Table, read_table
from forecast.errors import Fault, InputError, closest, nearest
from forecast.panel.calendar import DAYS_PER_YEAR
from forecast.panel.registers import REGION, begun, load_countries, load_identifiers
from forecast.shipped import DATA

YOUNG = 20.0
"""Years of a state's history, five terms, below which a sentence says that its forecast leans on its region."""
BEGINNING = 3
"""Letters that a beginning of a name has at least: two of them look like a code that is none."""
LISTED = 8
"""States that a message names at most."""
_FORMER = "former name"


def _letters(count: int) -> Check:
    def check(cell: str) -> Complaint | None:
        right = re.fullmatch(f"[A-Z]{{{count}}}", cell)
        return None if right else Complaint(f"{count} capital letters", "Take those of ISO 3166.")

    return check


def _number(cell: str) -> Complaint | None:
    right = re.fullmatch("[1-9][0-9]?", cell)
    return None if right else Complaint("a number from 1 to 99", "Count columns and rows from 1.")


_CODES: Mapping[str, Check] = {"country": text, "iso2": _letters(2), "iso3": _letters(3), "column": optional(_number),
                               "row": optional(_number), "source": text}


def load_codes(path: Path = DATA / "country_codes.csv") -> pd.DataFrame:
    """Read codes of ISO 3166 and places on a map of tiles.

    Returns
    -------
    DataFrame
        country, iso2, iso3, column and row (whole numbers from 1 at the left and the top; NA for states that ended), source.

    Raises
    ------
    InputError
        With every fault by row and column.
    """
    table = read_table(path, tuple(_CODES))
    faults = [*table.faults, *cell_faults(table, _CODES)]
    for key in (("country",), ("iso2",), ("iso3",)):
        faults += repeat_faults(table, key)
    faults = faults or [*_unmatched(table)]
    if faults:
        raise InputError(faults)
    rows = pd.DataFrame(list(table.rows.values()), columns=list(_CODES), dtype=str)
    return rows.assign(**{key: pd.to_numeric(rows[key]).astype("Int64") for key in ("column", "row")})


def _unmatched(table: Table) -> Iterator[Fault]:
    """States of the registers without codes, and codes without a state."""
    known = set(load_countries()["country"])
    for number, row in table.rows.items():
        if row["country"] not in known:
            yield table.fault(number, "country", "a state of countries.csv", row["country"], nearest(row["country"], known))
    missing = sorted(known - {row["country"] for row in table.rows.values()})
    if missing:
        yield Fault(source=str(table.path), where="column country", expected="every state of countries.csv",
                    found=f"none of {', '.join(missing[:LISTED])}", remedy="Add a row for each.")


def load_states(as_of: date) -> pd.DataFrame:
    """States begun by a day, with their codes: country, name, region, start, end (NaT where later), iso2, iso3, column, row."""
    known = begun(load_countries(), as_of)
    return known.merge(load_codes().drop(columns="source"), on="country", how="left").drop(columns="source")


# What somebody calls a state.

def find_states(names: Sequence[str], as_of: date) -> tuple[str, ...]:
    """Identifiers of the states that are meant, each once, in the order given.

    A name is that of the registers, an English name, a former one, a code of ISO 3166 with two or three letters, or the beginning
    of one name only, three letters at least; upper and lower case, accents and signs make no difference. What is whole goes
    before what begins alike.

    Raises
    ------
    InputError
        With a fault for every name that means none or several.
    """
    states, known = load_states(as_of), load_countries()
    whole, faults, found = _called(states), [], []
    for name in names:
        meant = _meant(name, whole)
        if len(meant) == 1:
            found += meant
        else:
            faults.append(_fault(name, meant, states, known, as_of))
    if faults:
        raise InputError(faults)
    return tuple(dict.fromkeys(found))


def _plain(name: str) -> str:
    """Small letters and digits alone, without accents."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def _called(states: pd.DataFrame) -> dict[str, str]:
    """Every plain name -> country."""
    found: dict[str, str] = {}
    for column in ("iso2", "iso3", "name", "country"):
        found |= {_plain(name): country for name, country in zip(states[column], states["country"], strict=True)}
    former = load_identifiers()
    former = former[former["reason"].str.startswith(_FORMER) & former["country"].isin(states["country"])]
    return {_plain(row.identifier): row.country for row in former.itertuples()} | found


def _meant(name: str, whole: Mapping[str, str]) -> list[str]:
    """Countries of a whole name, else of all that begin with it; codes are taken whole only."""
    plain = _plain(name)
    if plain in whole:
        return [whole[plain]]
    if len(plain) < BEGINNING:
        return []
    return list(dict.fromkeys(country for one, country in whole.items() if len(one) > 3 and one.startswith(plain)))


def _fault(name: str, meant: Sequence[str], states: pd.DataFrame, known: pd.DataFrame, as_of: date) -> Fault:
    def told(found: str, remedy: str, expected: str = "a state of the registers, or a code of ISO 3166") -> Fault:
        return Fault(source="command line", where=f"state '{name[:60]}'", expected=expected, found=found, remedy=remedy)

    if meant:
        more = f" and {len(meant) - LISTED} more" if len(meant) > LISTED else ""
        return told(f"{len(meant)} that begin so", f"Name one of {', '.join(meant[:LISTED])}{more}.", "one state")
    others = load_identifiers()
    left = others[(others["country"] == "") & (others["identifier"].map(_plain) == _plain(name))]
    if len(left):
        return told(f"an entry of the registers that is none ({left['reason'].iloc[0]})", "Name a state.")
    later = known[~known["country"].isin(states["country"])]
    if len(_meant(name, {_plain(one): one for one in later["country"]})) == 1:
        return told(f"one that had not begun by {as_of}", "Name another, or a later day.", "a state that existed")
    near = closest(_plain(name), _called(states))
    names = states.set_index("country")["name"]
    if near is not None:
        country = _called(states)[near]
        return told("neither", f"Did you mean '{country}' ({names[country]})?")
    return told("neither", "forecast country --all lists them all.")


def of_region(region: str, as_of: date) -> tuple[str, ...]:
    """States of a region that last (raises InputError where there is no such region)."""
    wanted = region.strip().casefold().replace("-", "_").replace(" ", "_")
    if wanted not in REGION.labels:
        raise InputError([Fault(source="command line", where="option --region", expected="a region of the registers",
                                found=repr(region[:60]), remedy=nearest(wanted[:60], REGION.labels))])
    states = load_states(as_of)
    return tuple(states.loc[(states["region"] == wanted) & states["end"].isna(), "country"])


# What must be known of a state before its forecast is read.

def lasts(state: Mapping[str, object]) -> bool:
    """Whether a state had not ended by the day that was asked for."""
    return bool(pd.isna(state["end"]))


def fate(state: Mapping[str, pd.Timestamp], as_of: date) -> str:
    """A sentence about a state that ended or began lately; empty where there is nothing to say."""
    if not lasts(state):
        return (f"{state['name']} ended on {_day(state['end'])}: its entries are history, and nothing is forecast. "
                "States that followed it are forecast from their own entries.")
    years = (pd.Timestamp(as_of) - state["start"]).days / DAYS_PER_YEAR
    if years < YOUNG:
        return (f"{state['name']} began on {_day(state['start'])}: {years:.1f} years are known, so that its forecast leans on "
                "those of its region.")
    return ""


def _day(value: pd.Timestamp) -> str:
    return f"{value.day} {value:%B %Y}"
