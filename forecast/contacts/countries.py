"""Two-letter codes of countries, as ISO 3166-1 assigns them."""

import csv
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "data" / "iso_3166.csv"
PRIVATE = frozenset(f"X{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""Codes that ISO 3166 leaves to users, as XK for Kosovo: a dyad may take one for a partner that has none."""
_MEANT = {"UK": "GB", "EL": "GR", "EN": "GB", "SU": "RU", "YU": "RS", "TP": "TL", "ZR": "CD", "BU": "MM", "DD": "DE"}
"""Codes in common use, or of former states, that ISO 3166-1 does not assign."""


@cache
def countries() -> dict[str, str]:
    """Code -> name of a country."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def meant(code: str) -> str:
    """Say which code was probably meant."""
    name = countries().get(_MEANT.get(code, ""))
    return f"Did you mean '{_MEANT[code]}' ({name})?" if name else "Use the code of ISO 3166-1, e.g. 'DE' for Germany."
