"""Tables written by the libraries that write them; xlsb, which no free library writes, by `binary`."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyreadstat
import xlwt
from openpyxl import Workbook
from xlsxwriter import Workbook as XlsxWriter

from tests.contacts.exports.binary import write_xlsb
from tests.contacts.exports.kept import CHOSEN, HEADINGS, Row, english, pages, russian

Write = Callable[[Path], None]


def _cells(rows: list[Row]) -> list[list[object]]:
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def excel_dates(path: Path) -> None:
    """Excel, true dates in one column."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Contacts"
    for row in _cells(english("%Y-%m-%d")):
        sheet.append([date.fromisoformat(cell) if place == 1 and cell[:1].isdigit() else cell for place, cell in enumerate(row)])
    book.save(path)


def excel_russian(path: Path) -> None:
    """Excel, two lines of title above the headings, a second sheet with notes, numbers as numbers."""
    book = XlsxWriter(str(path))
    sheet = book.add_worksheet("Контакты")
    sheet.write(0, 0, "Контакты США и партнёра, 1991–2025")
    for number, row in enumerate(_cells(russian()), start=3):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    book.add_worksheet("Заметки").write(0, 0, "Проверить ссылки до отправки.")
    book.close()


def excel_serial(path: Path) -> None:
    """Excel, days as numbers without a date format, as pasting values leaves them."""
    book = Workbook()
    for row in _cells(english("%Y-%m-%d")):
        book.active.append([(date.fromisoformat(cell) - date(1899, 12, 30)).days if place == 1 and cell[:1].isdigit() else
                            float(cell) if place == 12 and cell.isdigit() else cell for place, cell in enumerate(row)])
    book.save(path)


def excel_old(path: Path) -> None:
    """Excel 97 to 2003."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet, style = book.add_sheet("Sheet1"), xlwt.easyxf(num_format_str="DD.MM.YYYY")
    for number, row in enumerate(_cells(english("%Y-%m-%d"))):
        for place, cell in enumerate(row):
            if place == 1 and number:
                sheet.write(number, place, datetime.fromisoformat(cell), style)
            else:
                sheet.write(number, place, cell)
    book.save(str(path))


def excel_binary(path: Path) -> None:
    """Excel's binary workbook."""
    write_xlsb(path, "Sheet1", _cells(english("%d/%m/%Y")))


def open_document(path: Path) -> None:
    """OpenDocument, as LibreOffice keeps it."""
    frame = pd.DataFrame(english("%Y-%m-%d"))
    frame["Date"] = pd.to_datetime(frame["Date"])
    frame.to_excel(path, engine="odf", index=False, sheet_name="Contacts")


def excel_pages(path: Path) -> None:
    """Excel, a sheet of media pages."""
    pd.DataFrame(pages()).to_excel(path, engine="openpyxl", index=False)


def _delimited(rows: list[Row], delimiter: str, end: str = "\r\n") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(_cells(rows))
    return text.getvalue()


def csv_windows_1251(path: Path) -> None:
    """CSV as a Russian Excel saves it: semicolons, Windows-1251."""
    path.write_bytes(_delimited(russian(), ";").encode("cp1251"))


def csv_windows_1252(path: Path) -> None:
    """CSV as a western Excel saves it: semicolons, Windows-1252, typographic quotes around words of a note."""
    rows = english()
    for row in rows:
        row["Notes"] = f"“{row['Notes']}” – café" if row["Notes"] else ""
    path.write_bytes(_delimited(rows, ";").encode("cp1252"))


def unicode_text(path: Path) -> None:
    """Excel's 'Unicode text': tabs, UTF-16 with its mark."""
    path.write_bytes(_delimited(russian(), "\t").encode("utf-16"))


def csv_with_mark(path: Path) -> None:
    """Excel's 'CSV UTF-8': commas, a byte order mark."""
    path.write_bytes(_delimited(english(), ",").encode("utf-8-sig"))


def csv_macintosh(path: Path) -> None:
    """Excel's 'CSV (Macintosh)': each line ends with a carriage return; month first."""
    path.write_bytes(_delimited([{name: cell.replace("\n", " ") for name, cell in row.items()} for row in english("%m/%d/%Y")],
                                ",", "\r").encode("mac_roman"))


def csv_curly(path: Path) -> None:
    """CSV that went through a word processor: typographic quotes around the cells that hold a comma; ``sep=`` above."""
    text = _delimited(english("%d %B %Y"), ",", "\n")
    parts = text.replace('""', "'").split('"')
    path.write_text("sep=,\n" + "".join(part + ("" if place == len(parts) - 1 else "“" if place % 2 == 0 else "”")
                                        for place, part in enumerate(parts)), encoding="utf-8")


def csv_bars(path: Path) -> None:
    """Bars between cells, no ids, a column of running numbers, one date in ten told by its month only."""
    rows = [{"No.": str(number), **{name: cell for name, cell in row.items() if name not in ("Contact ID", "Precision")}}
            for number, row in enumerate(english("%d-%m-%Y"), start=1)]
    for row, kept in zip(rows, CHOSEN, strict=True):
        if kept["date_precision"] == "month":
            row["Date"] = row["Date"][3:]
    path.write_text(_delimited(rows, "|", "\n"), encoding="utf-8")


def _statistics() -> tuple[pd.DataFrame, dict[str, str], dict[str, dict[int, str]]]:
    """Short names, long labels, and coded variables as numbers with value labels."""
    frame = pd.DataFrame(english("%Y-%m-%d"))
    frame["Date"] = [date.fromisoformat(cell) for cell in frame["Date"]]
    names = [f"v{number}" for number, _ in enumerate(HEADINGS)]
    labels = dict(zip(names, HEADINGS.values(), strict=True))
    frame.columns = names
    values: dict[str, dict[int, str]] = {}
    for name in (name for name, label in labels.items() if label in ("U.S. rank", "Partner rank", "Confidence")):
        words = sorted(set(frame[name]))
        values[name] = dict(enumerate(words, start=1))
        frame[name] = [words.index(word) + 1 for word in frame[name]]
    return frame, labels, values


def stata(path: Path) -> None:
    """Stata."""
    frame, labels, values = _statistics()
    pyreadstat.write_dta(frame, str(path), column_labels=labels, variable_value_labels=values, version=14)


def spss(path: Path) -> None:
    """SPSS."""
    frame, labels, values = _statistics()
    pyreadstat.write_sav(frame, str(path), column_labels=labels, variable_value_labels=values)
