"""What a coder gets wrong and no rule of a file can refuse: rows that may be right, each with the reason to look at it again.

Unlike faults, doubts stop nothing. They come from the record alone: two rows that may be one contact, pages older than the
contact that they report, principals who did not hold the office that stands beside their name, rows that rest on one source or on
an uncertain one, codes on which a second coder differs, contacts that the pages of one side do not know, and how much effort the
pages of each term show.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from functools import cache
from itertools import combinations
from typing import Literal, NamedTuple

import pandas as pd

from forecast.config import Strict, load_yaml
from forecast.contacts import codes
from forecast.contacts.load import Contacts
from forecast.contacts.record import possible_days
from forecast.contacts.spreadsheets.sheet import key_of
from forecast.contacts.table import strict_rows
from forecast.shipped import DATA

NEAR_DAYS = 2
"""Days apart of two rows that may be one contact: reports of a visit give its first day, its last, or that of the news."""
ALIKE = 0.85
"""Of two names, from which on they may be two ways of writing one."""
EARLY_DAYS = 14
"""Days by which a page may be older than a contact without a doubt: visits are announced."""
TWICE, EARLY, SURE, SINGLE, DIFFERS, ONE_SIDE = "twice", "early page", "confidence", "single source", "second coder", "one side"
OFFICE = "office"
KINDS = {TWICE: 5, OFFICE: 4, EARLY: 4, DIFFERS: 3, SURE: 2, SINGLE: 1, ONE_SIDE: 1}
"""Kind of doubt -> how much it weighs in the queue: a wrong row before a thin one."""
CODED_TWICE = ("us_rank", "partner_rank", "mechanism", "agenda", "outcome")


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One reason to look at a row again.

    Parameters
    ----------
    kind : str
        A key of :data:`KINDS`.
    id : str
        Of the contact.
    reason : str
        What was seen, in a sentence.
    """

    kind: str
    id: str
    reason: str


def doubts(found: Contacts) -> tuple[Doubt, ...]:
    """Every doubt about the rows of a dyad, in the order of :data:`KINDS` and of time."""
    every = (*_twice(found.contact), *_out_of_office(found), *_early(found), *_differs(found), *_unsure(found.contact),
             *_one_side(found))
    return tuple(sorted(every, key=lambda one: list(KINDS).index(one.kind)))


def queue(found: Sequence[Doubt], contact: pd.DataFrame) -> pd.DataFrame:
    """Rows to look at next, the weightiest first.

    Returns
    -------
    DataFrame
        One row per contact with a doubt: id, date, weight, kinds, reasons; by weight, then the latest first.
    """
    day = contact.set_index("id")["date"]
    rows = []
    for id in dict.fromkeys(one.id for one in found):
        own = [one for one in found if one.id == id]
        rows.append({"id": id, "date": day[id], "weight": sum(KINDS[one.kind] for one in own),
                     "kinds": "; ".join(dict.fromkeys(one.kind for one in own)), "reasons": " ".join(one.reason for one in own)})
    table = pd.DataFrame(rows, columns=["id", "date", "weight", "kinds", "reasons"])
    return table.sort_values(["weight", "date"], ascending=False, kind="stable", ignore_index=True)


def effort(found: Contacts, terms: Sequence[tuple[str, pd.Timestamp, pd.Timestamp]]) -> pd.DataFrame:
    """Contacts, pages and sources by term: uneven effort makes uneven counts.

    Parameters
    ----------
    terms : sequence of (str, Timestamp, Timestamp)
        Name, first day, and the day after the last.

    Returns
    -------
    DataFrame
        Columns term, contacts, pages_per_contact, sources_per_contact; terms with contacts only.
    """
    contact = found.contact
    pages = contact["id"].map(found.media["contact_id"].value_counts()).fillna(0)
    sources = contact["sources"].str.split().str.len()
    rows = []
    for name, start, end in terms:
        inside = (contact["date"] >= start) & (contact["date"] < end)
        if inside.any():
            rows.append((name, int(inside.sum()), float(pages[inside].mean()), float(sources[inside].mean())))
    return pd.DataFrame(rows, columns=["term", "contacts", "pages_per_contact", "sources_per_contact"])


def _twice(contact: pd.DataFrame) -> Iterator[Doubt]:
    """Rows of nearly the same day, rank and format whose people may be the same."""
    for _, rows in contact.groupby(["us_rank", "format"], sort=False):
        near = rows.sort_values("date")
        for one, other in combinations(near.itertuples(), 2):
            apart = abs((other.date - one.date).days)
            if apart <= NEAR_DAYS and _alike(one.us_principal, other.us_principal) and _alike(one.partner_principal,
                                                                                             other.partner_principal):
                when = "the same day" if apart == 0 else f"{apart} day{'s' if apart > 1 else ''} apart"
                yield Doubt(kind=TWICE, id=other.id, reason=f"May be {one.id} once more: {when}, and the same people by name.")


def _alike(one: str, other: str) -> bool:
    first, second = (name.partition("(")[0].strip().casefold() for name in (one, other))
    return first == second or SequenceMatcher(None, first, second).ratio() >= ALIKE


# Who held an office, where the home state has a list of them.

class Office(Strict):
    """Rows of a series that name the holders of an office: their category, the column with the person, and the only partner."""

    category: str
    column: Literal["name", "president"] = "name"
    partner: str | None = None


class Offices(Strict):
    """Content of ``offices.yaml``."""

    home: str
    series: str
    office: Mapping[str, Office]


class Term(NamedTuple):
    """A person in an office, first and last day included."""

    person: str
    first: date
    last: date


_PERIOD = ("category", "name", "party", "president", "type", "start", "end", "start_precision", "end_precision", "note", "source")
_NAMED = re.compile(r"\s*(?:\b(?:with|and)\s+|[,;]\s*)*([^()]+?)\s*\(([^()]+)\)")
"""A name and what stands in brackets behind it; a contact may have several."""


@cache
def _offices() -> tuple[Offices, Mapping[str, tuple[Term, ...]]]:
    """The shipped list, and the terms of each office by its name."""
    about = load_yaml(DATA / "offices.yaml", Offices)
    rows = strict_rows(DATA / "series" / f"{about.series}.csv", _PERIOD)
    return about, {name: tuple(Term(row[one.column], _bound(row["start"], last=False), _bound(row["end"], last=True))
                               for row in rows if row["category"] == one.category) for name, one in about.office.items()}


def _bound(text: str, *, last: bool) -> date:
    """First or last day of a day, month or year; an end that is open lies beyond every record."""
    year, *rest = (int(part) for part in text.split("-")) if text else (date.max.year,)
    month, day = (*rest, 0, 0)[:2]
    if not last or day:
        return date(year, month or 1, day or 1)
    return date(year, 12, 31) if not month or month == 12 else date(year, month + 1, 1) - timedelta(1)


def _out_of_office(found: Contacts) -> Iterator[Doubt]:
    """Principals of the home state who held the office that stands beside their name at other times, or never."""
    about, terms = _offices()
    if found.dyad.home_iso2 != about.home:
        return
    known = {key_of(name): name for name, one in about.office.items() if one.partner in (None, found.dyad.partner_iso2)}
    for row in found.contact.itertuples():
        told = {"date": f"{row.date:%Y-%m-%d}", "date_precision": row.date_precision}
        first, last = possible_days(told) or (date.min, date.max)
        for person, office in _NAMED.findall(row.us_principal):
            name = known.get(key_of(office))
            if name and not any(_surname(one.person) == _surname(person) and one.first <= last and first <= one.last
                                for one in terms[name]):
                yield Doubt(kind=OFFICE, id=row.id, reason=_when(person.strip(), name, terms[name], first, last))


def _surname(person: str) -> str:
    words = [word for word in key_of(person).split() if word not in ("i", "ii", "iii", "jr", "sr")]
    return words[-1] if words else ""


def _when(person: str, office: str, terms: Sequence[Term], first: date, last: date) -> str:
    """When somebody held an office, or who held it in their place."""
    own = [f"{one.first} {'on' if one.last == date.max else f'to {one.last}'}" for one in terms
           if _surname(one.person) == _surname(person)]
    others = [one.person for one in terms if one.first <= last and first <= one.last]
    held = f"was {office} from {' and '.join(own)}" if own else f"is on no list of those who were {office}"
    return f"{person} {held}; the contact is of {first}{f', when it was {others[0]}' if others else ''}."


def _early(found: Contacts) -> Iterator[Doubt]:
    """Pages that are older than the contact by more than an announcement is."""
    known = found.contact[found.contact["date_precision"] == codes.DATE_PRECISION.labels[0]].set_index("id")["date"]
    for page in found.media.dropna(subset="date").itertuples():
        if page.contact_id in known.index and (early := (known[page.contact_id] - page.date).days) > EARLY_DAYS:
            yield Doubt(kind=EARLY, id=page.contact_id, reason=f"A page of {page.outlet} is {early} days older than the contact.")


def _differs(found: Contacts) -> Iterator[Doubt]:
    """Codes that the second coder gave otherwise; empty cells say nothing."""
    first = found.contact.set_index("id")
    for row in found.second_coding.itertuples():
        own = first.loc[row.id]
        other = {column: str(getattr(row, column)) for column in CODED_TWICE if getattr(row, column)}
        apart = [column for column, code in other.items() if _code(column, str(own[column])) != _code(column, code)]
        if apart:
            yield Doubt(kind=DIFFERS, id=row.id, reason=f"The second coder differs in {', '.join(apart)}.")


def _code(column: str, text: str) -> frozenset[str]:
    return frozenset(text.split(";")) if column == "agenda" else frozenset((text,))


def _unsure(contact: pd.DataFrame) -> Iterator[Doubt]:
    """Low confidence, and a single source."""
    for row in contact.itertuples():
        if row.confidence == codes.CONFIDENCE.labels[-1]:
            yield Doubt(kind=SURE, id=row.id, reason=f"Confidence is {row.confidence}.")
        if len(row.sources.split()) == 1:
            yield Doubt(kind=SINGLE, id=row.id, reason="It rests on a single source.")


def _one_side(found: Contacts) -> Iterator[Doubt]:
    """Contacts that only pages of one of the two sides report; nothing where a dyad has no page at all."""
    sides = (found.dyad.partner_iso2, found.dyad.home_iso2)
    of_side = found.media[found.media["outlet_country"].isin(sides)]
    for id, rows in of_side.groupby("contact_id", sort=False):
        if rows["outlet_country"].nunique() == 1:
            missing = next(side for side in sides if side != rows["outlet_country"].iloc[0])
            yield Doubt(kind=ONE_SIDE, id=str(id), reason=f"No page of the {missing} side is on record.")
