"""Rows of the frozen record as people keep them: other headings, words for codes, languages and ways to write a day."""

import csv
from datetime import date

from tests.fixture.record import RECORD

Row = dict[str, str]


def record(name: str = "contacts.csv") -> list[Row]:
    with (RECORD / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CHOSEN = [row for number, row in enumerate(record()) if number % 4 == 1]
"""Sixteen contacts, one of them known to the month."""
PAGES = [row for row in record("media.csv") if row["contact_id"] in {one["id"] for one in CHOSEN}]
HEADINGS = {
    "id": "Contact ID", "date": "Date", "date_precision": "Precision", "us_rank": "U.S. rank", "partner_rank": "Partner rank",
    "us_principal": "US official", "partner_principal": "Partner official", "format": "Format", "direction": "Direction",
    "place": "Place", "mechanism": "Mechanism", "agenda": "Topics", "outcome": "Outcome", "outcome_note": "Notes",
    "sources": "Sources", "confidence": "Confidence",
}
RUSSIAN = {
    "id": "Код контакта", "date": "Дата", "date_precision": "Точность даты", "us_rank": "Ранг США",
    "partner_rank": "Ранг партнёра", "us_principal": "Участник от США", "partner_principal": "Участник от партнёра",
    "format": "Формат",
    "direction": "Направление", "place": "Место", "mechanism": "Механизм", "agenda": "Повестка", "outcome": "Итог",
    "outcome_note": "Примечание",
    "sources": "Источники", "confidence": "Уверенность",
}
WORDS = {
    "us_rank": {"president": "Президент", "vice_president": "Вице-президент", "cabinet": "Член кабинета", "deputy": "Заместитель",
                "assistant": "Помощник", "congress": "Конгресс"},
    "partner_rank": {"president": "Президент", "prime_minister": "Премьер-министр", "minister": "Министр",
                     "deputy": "Заместитель министра", "senior_official": "Старшее должностное лицо", "parliament": "Парламент"},
    "format": {"visit": "Визит", "meeting": "Встреча", "call": "Звонок", "video": "Видео", "letter": "Письмо"},
    "date_precision": {"day": "День", "month": "Месяц"},
    "confidence": {"high": "Высокая", "medium": "Средняя", "low": "Низкая"},
    "outcome": {"0": "Обмен мнениями", "1": "Совместное заявление", "2": "Меморандум", "3": "Соглашение"},
}
MEDIA = {"contact_id": "Contact", "outlet": "Newspaper", "outlet_country": "Country", "kind": "Type of page", "date": "Date",
         "url": "Link", "tone": "Sentiment", "frame": "Main topic"}


def day(row: Row, form: str = "%d.%m.%Y") -> str:
    return date.fromisoformat(row["date"]).strftime(form)


def english(form: str = "%d.%m.%Y", rows: list[Row] = CHOSEN) -> list[Row]:
    """Codes with capitals and spaces, topics with commas, addresses a line each."""
    return [{HEADINGS[name]: _english(name, cell) for name, cell in (row | {"date": day(row, form)}).items()} for row in rows]


def _english(name: str, cell: str) -> str:
    if name == "agenda":
        return ", ".join(part.capitalize() for part in cell.split(";") if part)
    if name == "sources":
        return cell.replace(" ", "\n")
    plain = ("id", "date", "us_principal", "partner_principal", "place", "outcome_note")
    return cell if name in plain else cell.replace("_", " ").capitalize()


def russian(form: str = "%d.%m.%Y") -> list[Row]:
    """Russian headings and words; addresses with semicolons."""
    return [{RUSSIAN[name]: WORDS.get(name, {}).get(cell, cell.replace(" ", "; ") if name == "sources" else cell)
             for name, cell in (row | {"date": day(row, form)}).items()} for row in CHOSEN]


def pages() -> list[Row]:
    words = {"-1": "Negative", "0": "Neutral", "1": "Positive"}
    return [{MEDIA[name]: words[cell] if name == "tone" else cell.capitalize() if name in ("kind", "frame") else cell
             for name, cell in row.items()} for row in PAGES]
