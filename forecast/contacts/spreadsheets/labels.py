"""Words of a table as codes, and labels of annotation tools as columns of a second coding.

A tool may have one field for each variable, or one list of labels for all of them (``trade``, ``tone: negative``). Of such a list
each label goes to the column that its prefix names, or to the only column that knows it; what no column or more than one knows is
marked. A tone belongs to a side of the media: where pages are documents and a field says whose page it is, the field decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecast.contacts.spreadsheets import words
from forecast.contacts.spreadsheets.annotations import CODER, DOCUMENT
from forecast.contacts.spreadsheets.days import custom
from forecast.contacts.spreadsheets.mapping import TARGETS, UNKNOWN, Column, Proposal
from forecast.contacts.spreadsheets.sheet import key_of
from forecast.shipped import CASE

MOST_CODES = 80
"""Words of a column that are listed; a column of more is no coded one."""
LONGEST_WORD = 80
TONE, TONES = "tone", ("tone_partner", "tone_us")
CODED = tuple(column for column in TARGETS["second_coding"].columns if column != "id")
NAMED = (*CODED, TONE)
PLAIN = (*(column for column in CODED if column not in TONES), TONE)
"""Columns to which a label without a prefix can belong."""


def codes_of(proposal: Proposal, column: str, heading: str, found: Sequence[str], split: str) -> dict[str, str | None]:
    """Word -> code, for words under a heading that are no codes themselves; what is only like one, or like none, is marked."""
    listed = words.list_of(column) or ()
    other = [word for word in dict.fromkeys(found) if word not in listed]
    distinct = [word for word in other if word.isprintable() and len(word) <= LONGEST_WORD]
    table: dict[str, str | None] = {}
    for word in distinct[:MOST_CODES]:
        meant = words.code_of(word, column)
        if meant and meant.code == word:
            continue
        table[word] = meant.code if meant else f"{word}, {UNKNOWN}" if column == "place" else UNKNOWN
        if not meant or not meant.certain:
            like = f"only like '{meant.code}'" if meant else "no country" if column == "place" else "like no code"
            proposal.doubt(f"columns.{column}.codes.{word}", f"'{word}' is {like}; {_standing(proposal, heading, word, split)}")
    if len(other) > min(len(distinct), MOST_CODES):
        proposal.doubt(f"columns.{column}.codes", f"there are {len(other)} words that are no codes; those after the first "
                       f"{MOST_CODES}, longer than {LONGEST_WORD} characters or with control characters are not listed")
    return table


def _standing(proposal: Proposal, heading: str, word: str, split: str) -> str:
    """In how many rows a word stands, and in which first."""
    places = [number for number, row in proposal.sheet.rows.items()
              if word in words.parts_of(row[heading], split) or row[heading].endswith(word)]
    first = f", first in {proposal.sheet.grid.row_name(places[0])}" if places else ""
    return f"it stands in {len(places)} {'row' if len(places) == 1 else 'rows'}{first}"


# Exports of annotation tools.

@dataclass(frozen=True, kw_only=True)
class _Sides:
    """The field that tells whose page a document is, and its words for either side."""

    heading: str
    words: Mapping[str, tuple[str, ...]]


def label_columns(proposal: Proposal, coder: str, ids: Sequence[str], partner: str = "") -> None:
    """Propose columns of a second coding for the fields of an export.

    Parameters
    ----------
    proposal : Proposal
        Gets the columns and marks.
    coder : str
        Field that names the coder; empty where none does.
    ids : sequence of str
        Fields in which every document has the id of a contact.
    partner : str
        Name of the partner state.
    """
    _id(proposal, ids)
    sides = _sides(proposal, partner)
    passed = {coder, *ids, DOCUMENT, CODER, sides.heading if sides else ""}
    for heading in proposal.sheet.headings:
        if heading in passed or not proposal.sheet.cells(heading):
            continue
        column = next((name for name in NAMED if words.means(heading, name)), None)
        if column:
            cells = [part for cell in proposal.sheet.cells(heading) for part in words.parts_of(cell, ";")]
            known = TONES[0] if column == TONE else column
            _add(proposal, column, Column(heading=heading, codes=codes_of(proposal, known, heading, cells, ";")), sides)
        elif words.means(heading, "labels"):
            _mixed(proposal, heading, sides)


def _id(proposal: Proposal, ids: Sequence[str]) -> None:
    """The field with ids of contacts, by its name where several have them."""
    named = [one for one in ids if words.means(one, "contact_id") or words.means(one, "id")]
    chosen = (*named, *ids, DOCUMENT)[0]
    proposal.columns["id"] = Column(heading=chosen)
    if not ids:
        proposal.doubt("columns.id", f"no field of the export has ids of contacts, which begin with the day: '{chosen}' is taken")
    elif not named and len(ids) > 1:
        proposal.doubt("columns.id", f"{' and '.join(ids)} have ids of contacts")


def _sides(proposal: Proposal, partner: str) -> _Sides | None:
    heading = next((one for one in proposal.sheet.headings if words.means(one, "side")), None)
    if heading is None:
        return None
    known = {key_of(str(name)): side for side, names in custom()["side"].items() for name in names}
    known |= {key_of(CASE.home["iso2"]): "us", key_of(partner): "partner"}
    found: dict[str, list[str]] = {"partner": [], "us": []}
    states = []
    for word in dict.fromkeys(proposal.sheet.cells(heading)):
        side = known.get(key_of(word))
        if side:
            found[side].append(word)
        elif len(word) == 2 and word.isupper():
            states.append(word)
    if not found["partner"] and len(states) == 1:
        found["partner"] = states
        proposal.doubt("columns.tone_partner.where", f"'{states[0]}' under '{heading}' was taken for the partner")
    return _Sides(heading=heading, words={side: tuple(named) for side, named in found.items()})


def _add(proposal: Proposal, column: str, found: Column, sides: _Sides | None) -> None:
    """A column; a tone that names no side becomes that of either side, each where the field says so."""
    if column != TONE:
        if column in proposal.columns:
            proposal.doubt(f"columns.{column}", f"the field '{found.heading}' means it as well")
        proposal.columns.setdefault(column, found)
        return
    for name, side in zip(TONES, ("partner", "us"), strict=True):
        where = {sides.heading: sides.words[side]} if sides and sides.words[side] else {}
        if where or not sides:
            proposal.columns.setdefault(name, found.model_copy(update={"where": where}))
    if not sides:
        proposal.columns.pop(TONES[1])
        proposal.doubt(f"columns.{TONES[0]}", f"no field says whose page a document is: '{found.heading}' is taken for "
                       f"the tone of the partner's pages; {TONES[1]} is that of the other side's")


def _mixed(proposal: Proposal, heading: str, sides: _Sides | None) -> None:
    """One list of labels for several columns: each column has the labels that are its own, and passes over the others."""
    labels = [part for part in dict.fromkeys(part for cell in proposal.sheet.cells(heading) for part in words.parts_of(cell, ";"))
              if part.isprintable() and len(part) <= LONGEST_WORD]  # of another, every row that has it is a fault
    homes = {label: _home(label) for label in labels}
    for label, home in homes.items():
        if home is None:
            proposal.doubt(f"columns.agenda.codes.{label}", f"the label '{label}' belongs to no column for certain; "
                           f"{_standing(proposal, heading, label, ';')}")
    for column in dict.fromkeys([*(home[0] for home in homes.values() if home), *(["agenda"] if None in homes.values() else [])]):
        codes = {label: home[1] if home and home[0] == column else UNKNOWN if home is None and column == "agenda" else None
                 for label, home in homes.items()}
        _add(proposal, column, Column(heading=heading, codes=codes), sides)


def _home(label: str) -> tuple[str, str] | None:
    """Column and code of a label; None where they are not certain."""
    prefixed = words.column_of_prefix(label, NAMED)
    columns, word = ((prefixed[0],), prefixed[1]) if prefixed else (PLAIN, label)
    found = [(column, meant.code) for column in columns if (meant := words.code_of(word, column)) and meant.certain]
    return found[0] if len(found) == 1 else None
