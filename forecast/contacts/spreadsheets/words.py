"""Which column a heading means and which code a word means: equal but for spelling, a known equivalent, or only alike.

Equal are words that differ in capitals, accents, quotes or punctuation; equivalents are the codebook's labels and the words of
``spreadsheet.yaml``. Both are certain. Two words are alike where their letters agree to :data:`ALIKE` by the measure of Ratcliff
and Obershelp (difflib); what is only alike is proposed and marked, never taken.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from forecast.contacts import codes
from forecast.contacts.cells import countries
from forecast.contacts.spreadsheets.days import custom, ways_of
from forecast.contacts.spreadsheets.mapping import TARGETS, TargetName
from forecast.contacts.spreadsheets.sheet import key_of

ALIKE = 0.8
LONGEST_HEADING = 80
"""Characters; what is longer is a text."""
LISTED = {"frame": "agenda", "tone_partner": "tone", "tone_us": "tone"}
"""Columns whose codes stand under another name in the codebook."""
SETS = ("agenda",)
PLACES = ("place", "outlet_country")
"""Columns with two-letter codes of countries."""
SEPARATORS = (";", ",", "/", "|", "\n", "+", "&")
PREFIX = re.compile(r"^([^:=]+)[:=]\s*(.+)$")
_HOME = re.compile(r"\b(u s a|u s|usa|american|americans)\b")
_LAYER = re.compile(r"\w+\.(\w+)")
"""A feature of a layer, as annotation tools have it."""
_ID = re.compile(r"\d{4}-\d\d-\d\d-.")
_ADDRESS = re.compile(r"(https?://|www\.)\S")


@dataclass(frozen=True)
class Meant:
    """A code, and whether it is certain that the word means it."""

    code: str
    certain: bool


def alike(one: str, other: str) -> float:
    """Share of letters that two words have in common, 0 to 1; 0 also where it is certainly below :data:`ALIKE`."""
    found = SequenceMatcher(None, one, other, autojunk=False)
    likely = found.real_quick_ratio() >= ALIKE and found.quick_ratio() >= ALIKE
    return found.ratio() if likely else 0.0


def heading_key(heading: str, partner: str = "") -> str:
    """A heading with both states called as the program calls them: ``U.S.`` is us, a word of the partner's name is partner."""
    plain = _HOME.sub("us", key_of(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)))
    stem = key_of(partner)[:5]
    return " ".join("partner" if len(stem) > 3 and word.startswith(stem) else word for word in plain.split())


@cache
def names_of_column(column: str) -> frozenset[str]:
    """Headings that mean a column for certain, as keys."""
    return frozenset(key_of(str(name)) for name in (column, *custom()["headings"].get(column, ())))


@cache
def means(heading: str, column: str, partner: str = "") -> bool:
    """Whether a heading means a column for certain."""
    return not names_of_column(column).isdisjoint((_key(heading, partner), key_of(heading)))


@cache
def heading_score(heading: str, column: str, partner: str = "") -> float:
    """1 where a heading means a column, else how much it is like the nearest heading that does."""
    if means(heading, column, partner):
        return 1.0
    return max(alike(_key(heading, partner), name) for name in names_of_column(column))


@cache
def _key(heading: str, partner: str) -> str:
    layer = _LAYER.fullmatch(heading)
    return heading_key(layer[1] if layer else heading, partner)


def list_of(column: str) -> codes.CodeList | None:
    """Codes of a column; None where it is not coded by the codebook."""
    return codes.LISTS.get(LISTED.get(column, column)) if column != "outlet_country" else None


@cache
def _known(column: str) -> dict[str, str]:
    """Key of a word -> code, for all words that are certain."""
    listed = list_of(column)
    if listed is None:
        return {}
    more = custom()["codes"].get(LISTED.get(column, column), {})
    labels = {key_of(one.label): one.code for one in listed.codes if one.label and "{" not in one.label}
    words = {key_of(str(word)): str(code) for code, listed_words in more.items() for word in listed_words}
    return labels | words | {key_of(code): code for code in listed}


@cache
def certain_code(word: str, column: str) -> str | None:
    """Code that a word means for certain in a column."""
    if column not in PLACES:
        return _known(column).get(key_of(word))
    bare = word.strip()
    if column == "outlet_country" and bare in codes.OUTLET_COUNTRY:
        return bare
    return bare.upper() if bare.upper() in countries() else _countries_by_name().get(key_of(word))


@cache
def code_of(word: str, column: str) -> Meant | None:
    """Code that a word means in a column; None where it is not even like one."""
    code = certain_code(word, column)
    if code is not None:
        return Meant(code, True)
    known, key = _countries_by_name() if column in PLACES else _known(column), key_of(word)
    scores = {name: alike(key, name) for name in known}
    best = max(scores, key=lambda name: scores[name], default="")
    return Meant(known[best], False) if best and scores[best] >= ALIKE else None


@cache
def _countries_by_name() -> dict[str, str]:
    """Key of a name of a country -> its two-letter code."""
    more = {key_of(str(name)): str(code) for code, names in custom()["countries"].items() for name in names}
    return {key_of(name): code for code, name in countries().items()} | more


def parts_of(cell: str, split: str) -> list[str]:
    """Words of a cell of several codes, line breaks within one as spaces."""
    return [" ".join(part.split()) for part in (cell.split(split) if split else [cell]) if part.strip()]


def separator_of(cells: Sequence[str], column: str) -> str:
    """What stands between the codes of a cell: that which leaves most words known; none where each cell is one word."""
    share = {one: _share(cells, column, one) for one in ("", *SEPARATORS) if not one or any(one in cell for cell in cells)}
    return max(share, key=lambda one: share[one])


def _share(cells: Iterable[str], column: str, split: str) -> float:
    words = {part for cell in cells for part in parts_of(cell, split)}
    return sum(certain_code(word, column) is not None for word in words) / len(words) if words else 0.0


def fit(cells: Sequence[str], column: str) -> float | None:
    """Share of the cells of a heading that a column could hold; None where the column takes any text."""
    if column in ("id", "contact_id"):
        return _part(cells, _ID)
    if column in ("sources", "url"):
        return _part(cells, _ADDRESS)
    if column in ("date", "first_known"):
        return ways_of(cells).share
    if column == "outlet_country":
        return _share(cells, column, "")
    if list_of(column) is None:
        return None
    return _share(cells, column, separator_of(cells, column) if column in SETS else "")


def _part(cells: Sequence[str], form: re.Pattern[str]) -> float:
    return sum(bool(form.match(cell)) for cell in cells) / len(cells) if cells else 0.0


def column_of_prefix(word: str, columns: Iterable[str]) -> tuple[str, str] | None:
    """Column and rest of a label such as ``tone: negative``."""
    found = PREFIX.match(word)
    column = next((name for name in columns if found and means(found[1], name)), None)
    return (column, found[2]) if found and column else None


def known_columns() -> tuple[str, ...]:
    """Columns of any file of a record."""
    return tuple(dict.fromkeys(column for about in TARGETS.values() for column in about.columns))


def known_headings(headings: Iterable[str], partner: str = "") -> Mapping[TargetName, int]:
    """Target -> how many of its columns some heading means for certain."""
    names = list(headings)
    return {target: sum(any(means(one, column, partner) for one in names) for column in about.columns)
            for target, about in TARGETS.items()}
