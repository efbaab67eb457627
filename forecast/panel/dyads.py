"""Several dyad folders, each loaded once; the faults of all of them come together."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from forecast.contacts.load import Contacts, load_contacts
from forecast.errors import Fault, InputError


def load_dyads(folders: Sequence[Path], as_of: date) -> list[Contacts]:
    """Read dyad folders in the order given (raises InputError with the faults of all of them)."""
    loaded: list[Contacts] = []
    faults: list[Fault] = []
    for folder in folders:
        try:
            loaded.append(load_contacts(folder, as_of))
        except InputError as error:
            faults += error.faults
    for id, times in Counter(item.dyad.id for item in loaded).items():
        if times > 1:
            faults.append(Fault(source="panel", where="dyad folders", expected="each dyad once",
                                found=f"{id} {times} times", remedy="Leave the others out."))
    if faults:
        raise InputError(faults)
    return loaded
