"""CAMEO event codes as measures: all events, cooperation, consultations and their kinds."""

import re
from functools import lru_cache

from forecast.contacts.importers.series import Measure

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
    if not re.fullmatch(r"\d{2,4}", code):
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
