"""The printed codebook, generated from the columns and codes that the checks use."""

from collections.abc import Iterator, Mapping

from forecast.contacts import codes
from forecast.contacts.codes import CodeList
from forecast.contacts.load import Contacts
from forecast.contacts.record import CONTACT, MEDIA, SECOND_CODING

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
    "contact_id": "id in contacts.csv",
    "outlet": "name of the outlet",
    "url": "page address",
}
CODED: Mapping[str, CodeList] = {listed.name: listed for listed in vars(codes).values()
                                 if isinstance(listed, CodeList)} | {
    "frame": codes.TOPIC, "tone_kz": codes.TONE, "tone_us": codes.TONE,
}


Section = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
"""Title, heads and rows."""


def codebook(examples: Mapping[tuple[str, str], str] | None = None) -> str:
    """Columns of each file and the definition of each code, as Markdown.

    Parameters
    ----------
    examples : mapping, optional
        Column and code -> an example, from :func:`examples_of`; without them the column of examples is left out.
    """
    lines = []
    for title, heads, rows in sections(examples or {}):
        lines += [f"## {title}", "", f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
        lines += [f"| {' | '.join(row)} |" for row in rows] + [""]
    return "\n".join(lines) + "\n"


def sections(examples: Mapping[tuple[str, str], str]) -> Iterator[Section]:
    """Tables of the codebook: columns file by file, then codes list by list."""
    for name, columns in FILES.items():
        yield name, ("column", "values"), [(column, FREE.get(column) or ", ".join(CODED[column])) for column in columns]
    used = {column for columns in FILES.values() for column in columns}
    heads = ("code", "definition", *(["example"] if examples else []))
    for listed in dict.fromkeys(CODED[column] for column in CODED if column in used):
        yield listed.name, heads, [
            (code.code, code.definition, *([examples.get((listed.name, code.code), "none on record")] if examples else []))
            for code in listed.codes]


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
