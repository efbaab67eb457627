"""Days as the sources write them."""

from datetime import date, datetime
from functools import lru_cache

from forecast.contacts.importers.delimited import Record
from forecast.contacts.importers.fault_list import FaultList


@lru_cache(maxsize=4096)
def parse(text: str, form: str) -> date | None:
    """Day in a given form (``strptime``), or None."""
    try:
        return datetime.strptime(text, form).date()
    except ValueError:
        return None


def day(record: Record, column: str, form: str, shown: str, faults: FaultList) -> date | None:
    """Day of a cell; noted as a fault, and None, where it is no day of this form."""
    found = parse(record.cell[column], form)
    if found is None:
        faults.add(record.source, record.at(column), f"a day as {shown}", repr(record.cell[column]), "Correct or delete it.")
    return found
