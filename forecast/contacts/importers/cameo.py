"""CAMEO event codes as measures: all events, cooperation, consultations and their kinds."""

import csv
import re
from functools import cache, lru_cache
from pathlib import Path

from forecast.contacts.importers.delimited import Record
from forecast.contacts.importers.series import Measure

FILE = Path(__file__).resolve().parents[2] / "data" / "cameo.csv"
MEASURES = {
    "events": Measure(meaning="all events"),
    "cooperation": Measure(meaning="CAMEO roots 03 to 08"),
    "consultations": Measure(meaning="CAMEO root 04, consult"),
    "calls": Measure(meaning="CAMEO 041, discuss by telephone"),
    "visits": Measure(meaning="CAMEO 042 to 044; one visit is often coded twice, as made and as hosted"),
    "visits_made": Measure(meaning="CAMEO 042, make a visit"),
    "visits_hosted": Measure(meaning="CAMEO 043, host a visit"),
    "third_place_meetings": Measure(meaning="CAMEO 044, meet at a third location"),
    "negotiations": Measure(meaning="CAMEO 046, negotiate"),
}
_KIND = {
    "041": ("calls",), "042": ("visits", "visits_made"), "043": ("visits", "visits_hosted"),
    "044": ("visits", "third_place_meetings"), "046": ("negotiations",),
}
UNCODED = frozenset({"", "-", "--", "---", "X"})  # the coder found an event, but not of which kind


def full(code: str) -> str | None:
    """Code with its leading zero, which number formats strip; None where it is no CAMEO code.

    Two digits are a bare root where they begin with 0, else a code of the roots 01 to 09 that lost its zero.
    """
    if not re.fullmatch(r"[0-9]{2,4}", code):
        return None
    if len(code) == 2 and code[0] == "0":
        return f"{code}0" if code != "00" else None
    text = code if "01" <= code[:2] <= "20" and len(code) > 2 else f"0{code}"
    return text if "01" <= text[:2] <= "20" and len(text) in (3, 4) else None


@lru_cache(maxsize=1024)
def measures(code: str) -> tuple[str, ...] | None:
    """Measures that an event of this code counts for; None where it is no CAMEO code."""
    if code in UNCODED:
        return ("events",)
    text = full(code)
    if text is None:
        return None
    cooperation = ("cooperation",) if "03" <= text[:2] <= "08" else ()
    consultation = ("consultations",) if text.startswith("04") else ()
    return ("events", *cooperation, *consultation, *_KIND.get(text, ()))


def measures_of(record: Record, code: str, name: str = "") -> tuple[str, ...]:
    """Measures of a row by its column of codes or, where that cannot be read, of names; what could not be read is counted."""
    written = record.cell.get(code)
    found = None if written is None or (written in UNCODED and name) else measures(written)
    if found is not None:
        return found
    named = names().get(record.cell.get(name, "").casefold())
    if named:
        if written is not None and written not in UNCODED:
            record.reading.left_out.add(f"rows of the dyad whose {code} is none, read by their {name}", record.source,
                                        record.at(code), repr(written))
        return measures(named) or ("events",)
    if written not in UNCODED:
        column = name if written is None else code
        record.reading.left_out.add(f"rows of the dyad whose {column} is none of CAMEO, counted among events alone",
                                    record.source, record.at(column), repr(record.cell.get(column, "")))
    return ("events",)


@cache
def names() -> dict[str, str]:
    """Name of an event in small letters -> its CAMEO code."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["name"].casefold(): row["code"] for row in csv.DictReader(file)}
