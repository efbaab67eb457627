"""A synthetic dyad of a few rows, valid as it stands; tests plant faults into it."""

import csv
from pathlib import Path

DYAD = """\
id: us_xx
partner: Synthetic Partner
partner_iso2: XX
register_country: synthetic
relations_start: 2000-01-01
relations_start_reason: a synthetic dyad for tests
coded_until: 2025-01-19
coded_until_reason: a synthetic dyad for tests
"""


def contact(day: str = "2018-01-16", slug: str = "synthetic", **cell: str) -> dict[str, str]:
    return {
        "id": f"{day}-{slug}", "date": day, "date_precision": "day", "us_rank": "deputy",
        "partner_rank": "minister", "us_principal": "Synthetic Principal (Office)",
        "partner_principal": "Synthetic Counterpart (Office)", "format": "meeting",
        "direction": "partner_to_us", "place": "Washington, US", "mechanism": "none",
        "agenda": "security;trade", "outcome": "1", "outcome_note": "",
        "sources": "https://example.org/a https://example.org/b", "confidence": "medium",
    } | cell


def page(of: str, url: str = "https://example.org/a", **cell: str) -> dict[str, str]:
    return {
        "contact_id": of, "outlet": "example", "outlet_country": "US", "kind": "news", "date": "",
        "url": url, "tone": "0", "frame": "trade",
    } | cell


def second(of: str, **cell: str) -> dict[str, str]:
    return {
        "id": of, "us_rank": "deputy", "partner_rank": "minister", "mechanism": "none", "agenda": "",
        "outcome": "0", "tone_partner": "", "tone_us": "1",
    } | cell


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_dyad(folder: Path, contacts: list[dict[str, str]], media: list[dict[str, str]] | None = None,
               dyad: str = DYAD) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "dyad.yaml").write_text(dyad, encoding="utf-8")
    write(folder / "contacts.csv", contacts)
    write(folder / "media.csv", media or [page(contacts[0]["id"])])
    return folder
