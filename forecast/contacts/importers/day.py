"""Days as the sources write them."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache

from forecast.contacts.importers.delimited import Record

ISO, AMERICAN, PLAIN = "%Y-%m-%d", "%m/%d/%Y", "%Y%m%d"
SHOWN = {ISO: "YYYY-MM-DD", AMERICAN: "MM/DD/YYYY", PLAIN: "YYYYMMDD"}
_CENTURY = "[12][0-9]{3}"
_SHAPE: Mapping[str, str] = {  # strptime alone takes digits of other scripts, and 2018116 for two different days
    ISO: f"{_CENTURY}-[0-9]{{1,2}}-[0-9]{{1,2}}", AMERICAN: f"[0-9]{{1,2}}/[0-9]{{1,2}}/{_CENTURY}",
    PLAIN: f"{_CENTURY}[0-9]{{4}}",
}
UNREAD = "rows with a day that cannot be read left out"


@lru_cache(maxsize=4096)
def parse(text: str, *forms: str) -> date | None:
    """Day in one of some forms, or None."""
    for form in forms:
        if re.fullmatch(_SHAPE[form], text):
            try:
                return datetime.strptime(text, form).date()
            except ValueError:
                return None
    return None


def day(record: Record, column: str, *forms: str, text: str = "") -> date | None:
    """Day of a cell, or of the part of it that is given; noted as a fault, and None, where it is no day of these forms."""
    found = parse(text or record.cell[column], *forms)
    if found is None:
        expected = f"a day as {' or '.join(SHOWN[form] for form in forms)}"
        record.reading.faults.add(record.source, record.at(column), expected, repr(record.cell[column][:100]),
                                  "Correct or delete it.")
    return found


def day_or_left_out(record: Record, column: str, *forms: str) -> date | None:
    """Day of a cell of machine-coded events; where it is none the row is counted as left out."""
    found = parse(record.cell[column], *forms)
    if found is None:
        record.reading.left_out.add(UNREAD, record.source, record.at(column), repr(record.cell[column]))
    return found
