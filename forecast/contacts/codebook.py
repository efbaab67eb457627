"""The printed codebook, generated from the columns and codes that the checks use."""

from collections.abc import Iterator, Mapping

from forecast.contacts import codes
from forecast.contacts.codes import CodeList
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


def codebook() -> str:
    """Columns of each file and the definition of each code, as Markdown."""
    return "\n".join([*_columns(), *_codes()]) + "\n"


def _columns() -> Iterator[str]:
    for name, columns in FILES.items():
        yield from (f"## {name}", "", "| column | values |", "|---|---|")
        yield from (f"| {column} | {FREE.get(column) or ', '.join(CODED[column])} |" for column in columns)
        yield ""


def _codes() -> Iterator[str]:
    used = {column for columns in FILES.values() for column in columns}
    for listed in dict.fromkeys(CODED[column] for column in CODED if column in used):
        yield from (f"## {listed.name}", "", "| code | definition |", "|---|---|")
        yield from (f"| {code.code} | {code.definition} |" for code in listed.codes)
        yield ""
