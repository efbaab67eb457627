"""The printed codebook, generated from the columns and codes that the checks use."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from forecast.contacts import codes
from forecast.contacts.codes import CodeList
from forecast.contacts.dyad import Dyad, load_dyad
from forecast.contacts.load import Contacts
from forecast.contacts.record import CONTACT, MEDIA, OPTIONAL, SECOND_CODING
from forecast.errors import Fault, InputError
from forecast.outputs import check_directory
from forecast.placement import atomic_file, sweep_partials
from forecast.shipped import CASE

COUNTS: tuple[tuple[str, str], ...] = (
    ("unit", "one US principal's engagement with officials of the partner on one occasion: a trip, a call, a session; the "
             "highest partner rank met stands for all"),
    ("several principals", "each US principal met makes a row; members of Congress met on one trip make one together"),
    ("officials", "both sides are identified officials: executive, military command or legislature"),
    ("distance", "at least one side travels, is remote or is based in a capital; everyday meetings of a resident ambassador, "
                 "credentials, unilateral statements, notes of congratulation, technical training and events of business alone "
                 "do not count"),
    ("signings", "an agreement or memorandum between the governments counts whoever signs; a resident ambassador then ranks as "
                 "assistant"),
    ("letters and calls", "count between heads of state and between ministers, when made public"),
    ("multilateral events", "count only where the two sides met bilaterally, or in C5+1"),
    ("sources", "every row rests on a page that was read; leaked documents are no source: they end in 2010 and would make "
                "one period look busier than the others"),
)
"""What makes a row of contacts.csv, and what does not."""

FILES: Mapping[str, tuple[str, ...]] = {
    "contacts.csv": tuple(CONTACT), "media.csv": tuple(MEDIA), "second_coding.csv": tuple(SECOND_CODING),
}
FREE: Mapping[str, str] = {
    "id": "the date and a short slug",
    "date": "ISO date; of a page, empty where unknown",
    "us_principal": "name and office",
    "partner_principal": "name and office of the highest-ranked counterpart",
    "place": "City, ISO2; empty when remote or unknown; the country alone where the city is unknown",
    "outcome_note": "a few words: what was agreed, or empty",
    "sources": "page addresses, joined by a space",
    "first_known": "optional column: ISO date on which the contact became known, its own date or later; empty where unknown",
    "contact_id": "id in contacts.csv",
    "outlet": "name of the outlet",
    "url": "page address",
    "tone_partner": "-1, 0, 1: tone of the first page read of the partner's media; empty where there is none",
    "tone_us": "-1, 0, 1: tone of the first page read of American media; empty where there is none",
}
CODED: Mapping[str, CodeList] = codes.LISTS | {
    "frame": codes.TOPIC, "tone_partner": codes.TONE, "tone_us": codes.TONE,
}


Section = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
"""Title, heads and rows."""


def codebook(examples: Mapping[tuple[str, str], str] | None = None, dyad: Dyad | None = None) -> str:
    """What counts, columns of each file and the definition of each code, as Markdown.

    Parameters
    ----------
    examples : mapping, optional
        Column and code -> an example, from :func:`examples_of`; without them the column of examples is left out.
    dyad : Dyad, optional
        Whose partner state is among the codes.
    """
    lines = []
    for title, heads, rows in sections(examples or {}, dyad):
        lines += [f"## {title}", "", f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
        lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows] + [""]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """A text that cannot end its cell or its row of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def sections(examples: Mapping[tuple[str, str], str], dyad: Dyad | None = None) -> Iterator[Section]:
    """Tables of the codebook: what counts, columns file by file, then codes list by list."""
    coded = _coded(dyad)
    yield "What counts as a contact", ("matter", "rule"), list(COUNTS)
    for name, required in FILES.items():
        columns = (*required, *(OPTIONAL if name == "contacts.csv" else ()))
        yield name, ("column", "values"), [(column, FREE.get(column) or ", ".join(coded[column])) for column in columns]
    used = {column for columns in FILES.values() for column in columns}
    heads = ("code", "definition", *(["example"] if examples else []))
    for listed in dict.fromkeys(coded[column] for column in coded if column in used):
        yield listed.name, heads, [
            (code.code, code.meaning, *([examples.get((listed.name, code.code), "none on record")] if examples else []))
            for code in listed.codes]


def _coded(dyad: Dyad | None) -> Mapping[str, CodeList]:
    """The list of each coded column, with the partner state among the countries of outlets."""
    iso2, partner = (dyad.partner_iso2, dyad.partner) if dyad else ("ISO2 of the partner", "the partner state")
    return {**CODED, "outlet_country": codes.outlet_country(iso2, partner)}


def examples_of(contacts: Contacts) -> dict[tuple[str, str], str]:
    """The first contact or page on record of each code: column and code -> its id, or outlet and address.

    Examples are looked up, not written down, so that they are always rows that exist.
    """
    found: dict[tuple[str, str], str] = {}
    for table, name in ((contacts.contact, "id"), (contacts.media, "url")):
        for column in (column for column in table.columns if column in CODED):
            listed = CODED[column].name
            for codes_of, example in zip(table[column].astype(str), table[name], strict=True):
                for code in codes_of.split(";"):
                    found.setdefault((listed, code), example)
    return found


# An empty dyad folder with every column explained, ready to be filled.

_DYAD = """\
# One partner of the United States; contacts.csv, media.csv and second_coding.csv stand beside this file.
id: {id}  # label in every output
version: "1"  # of the data: raise it with every change, so that a forecast can be traced to its record
partner: {partner}  # its name as figures print it
partner_iso2: {iso2}  # its code in `place` and `outlet_country`
register_country: {register}  # its identifier in the registers of the Office of the Historian, e.g. france, korea-south
relations_start: {first}  # first day on which a contact was possible: before it, silence means nothing
relations_start_reason: replace this by the reason for the day above
coded_until: {last}  # last day that the coding covers: later silence would be work not done
coded_until_reason: replace this by how far the coding goes, and why
series: []  # shipped context series that cover this partner: forecast data sources lists them
"""
_README = """\
# {partner}

Coded official contacts between the United States and {partner}. One row of `contacts.csv` is one contact; each page that
reports it is a row of `media.csv`; a second coder's blind codes of some contacts go to `second_coding.csv`. Files are plain
UTF-8 with commas. Check them with `forecast data check {folder}`, append rows with `forecast data add {folder} rows.csv`.

A row without a source does not exist: `sources` holds the addresses of the pages that were read.

{codebook}"""


def lay_out(directory: Path, name: str, partner: str, iso2: str) -> Path:
    """Make an empty dyad folder; whole or not at all.

    Parameters
    ----------
    directory : Path
        Where the folder goes; made if need be.
    name : str
        Its name and the dyad's label: lower-case letters, digits, single underscores.
    partner, iso2 : str
        Name and two-letter code of the partner state.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        Where the folder exists, or the name or code are malformed.
    """
    folder = directory / name
    if os.path.lexists(folder):  # a link that leads nowhere counts too
        raise InputError([Fault(source=str(folder), where="argument NAME", expected="a new folder", found="one that exists",
                                remedy="Choose another name; rows are added with forecast data add.")])
    if os.sep in name:
        raise InputError([Fault(source="command line", where="argument NAME", expected="a name", found=repr(name),
                                remedy="Give the place with --directory.")])
    try:
        check_directory(folder, "data new")
    except InputError as error:
        raise InputError(replace(fault, where="option --directory") for fault in error.faults) from None
    try:
        sweep_partials(directory)
        with atomic_file(folder) as partial:
            partial.mkdir()
            _fill(partial, folder, name, partner, iso2)
    except OSError as error:
        raise InputError([Fault(source=str(folder), where="option --directory", expected="a place that can be written",
                                found=os.strerror(error.errno) if error.errno else str(error),
                                remedy="Choose another place.")]) from None
    return folder


def _fill(place: Path, folder: Path, name: str, partner: str, iso2: str) -> None:
    """Write every file of a folder that will stand elsewhere."""
    quoted = {"partner": partner, "register": partner.lower().replace(" ", "-")}
    words = {"id": name, "iso2": iso2, "first": CASE.examples["relations_start"], "last": CASE.coded_until}
    words |= {key: json.dumps(text, ensure_ascii=False) for key, text in quoted.items()}
    (place / "dyad.yaml").write_text(_DYAD.format(**words), encoding="utf-8")
    dyad = _read_back(place)
    for file, columns in FILES.items():
        (place / file).write_text(",".join(columns) + "\n", encoding="utf-8")
    text = _README.format(partner=partner, folder=folder, codebook=codebook(dyad=dyad))
    (place / "README.md").write_text(text, encoding="utf-8")


def _read_back(place: Path) -> Dyad:
    """The dyad as its file says; faults are those of what was typed."""
    typed = {"id": "argument NAME", "partner": "option --partner", "partner_iso2": "option --iso2"}
    try:
        return load_dyad(place)
    except InputError as error:
        raise InputError(replace(fault, source="command line", where=typed.get(fault.where.rpartition("key ")[2], fault.where))
                         for fault in error.faults) from None
