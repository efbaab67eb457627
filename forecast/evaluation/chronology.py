"""Every contact of the presidents compared in order of time, with its sources; what was agreed; what was begun, kept, dropped."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.evaluation.governed import Governed
from forecast.panel import Panel

COLUMNS = ("date", "date_precision", "president", "us_rank", "us_principal", "partner_rank", "partner_principal", "format",
           "direction", "place", "mechanism", "agenda", "outcome", "outcome_note", "confidence", "pages", "id", "sources")
NO_MECHANISM = "none"
"""Code of contacts outside standing mechanisms."""
BEGUN, KEPT, RESUMED, DROPPED, LEFT, FIRST = "begun", "kept", "resumed", "dropped", "not taken up", "no term before"
PRACTICE = ("president", "kind", "key", "before", "term_before", "within", "after", "first_seen", "first_within", "last_within",
            "last_seen", "status")
STATUS = {
    BEGUN: "on record for the first time", KEPT: "on record in the term before, too", RESUMED: "on record before, but not in "
    "the term before", DROPPED: "on record in the term before, and not here", LEFT: "on record before the term before, and not "
    "here", FIRST: "the record has no term before",
}


def chronology(panel: Panel, sides: Sequence[Governed]) -> pd.DataFrame:
    """One row per contact by date; ``pages`` counts those of media.csv, official ones included, ``visit`` numbers visits."""
    pages = np.bincount(panel.media["contact"].to_numpy(int), minlength=len(panel.contact))
    parts = [panel.contact.iloc[one.contact].assign(president=one.name, pages=pages[one.contact], visit=one.visit + 1)
             for one in sides]
    table = pd.concat(parts).sort_index()
    dyad = ("dyad",) if len(panel.dyad) > 1 else ()
    return table[[*dyad, *COLUMNS, "visit"]].reset_index(drop=True)


def agreements(table: pd.DataFrame) -> pd.DataFrame:
    """Contacts of a chronology at which something was agreed, the weightiest first, then by date."""
    found = table[table["outcome"] > codes.OUTCOME.numbers[0]]
    columns = ["president", "outcome", "date", "outcome_note", "us_principal", "partner_principal", "mechanism", "id", "sources"]
    place = found["president"].map({one: at for at, one in enumerate(dict.fromkeys(table["president"]))})
    order = np.lexsort([found["date"], -found["outcome"], place])
    return found.iloc[order][columns].reset_index(drop=True)


def practice(panel: Panel, sides: Sequence[Governed]) -> pd.DataFrame:
    """What each president began, kept and dropped: standing mechanisms and topics.

    Returns
    -------
    DataFrame
        One row per president, ``kind`` (mechanism or agenda) and key ever on record: before (contacts before the first term of
        the name), term_before (of these, in the term before), within, after; first_seen, first_within, last_within,
        last_seen (dates; NaT where there is none); status, a key of ``STATUS``.
    """
    date = panel.contact["date"]
    return pd.DataFrame([
        {"president": one.name, "kind": kind, "key": key} | _times(panel, one, date, mask)
        for one in sides for kind, key, mask in _practices(panel) if mask.any()], columns=list(PRACTICE))


def _practices(panel: Panel) -> Iterator[tuple[str, str, np.ndarray]]:
    for code in codes.MECHANISM:
        if code != NO_MECHANISM:
            yield "mechanism", code, (panel.contact["mechanism"] == code).to_numpy()
    for place, topic in enumerate(codes.TOPIC):
        yield "agenda", topic, panel.topic[:, place]


def _times(panel: Panel, one: Governed, date: pd.Series, mask: np.ndarray) -> dict[str, object]:
    """Counts and days of one practice around the terms of a name."""
    begin = pd.Timestamp(one.terms[0].start)
    within = np.zeros(len(mask), bool)
    within[one.contact] = True
    previous = [term for term in panel.administration if term.end <= one.terms[0].start][-1:]
    before = mask & (date < begin).to_numpy()
    just = mask & (panel.contact["administration"].isin([term.name for term in previous])).to_numpy()
    own = mask & within
    counts = {"before": int(before.sum()), "term_before": int(just.sum()), "within": int(own.sum()),
              "after": int((mask & ~before & ~within).sum())}
    return counts | {"first_seen": date[mask].min(), "first_within": date[own].min(), "last_within": date[own].max(),
                     "last_seen": date[mask].max(), "status": _status(bool(previous), counts)}


def _status(followed: bool, count: dict[str, int]) -> str:
    if not followed:
        return FIRST
    if count["within"]:
        return KEPT if count["term_before"] else RESUMED if count["before"] else BEGUN
    return DROPPED if count["term_before"] else LEFT if count["before"] else ""
