"""Everything that a paper needs of one run, in one folder: text, figures and tables for print, chronology, codebook, references.

The text is one document in Pandoc's Markdown, made from the numbers of the run, which Pandoc turns into LaTeX and a Word file.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from importlib import import_module
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile, ZipInfo

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from forecast.console import Progress
from forecast.contacts import Contacts
from forecast.contacts.codebook import examples_of, sections
from forecast.contacts.reliability import Reliability
from forecast.errors import Fault, InputError
from forecast.files import write_csv
from forecast.report import words
from forecast.report.administrations_page import administrations_section
from forecast.report.administrations_tables import chronology_rows
from forecast.report.archive import Citation, bibliography, of_manifest, pages_by_address, sources_bib
from forecast.report.content import ReportContent
from forecast.report.figures import contrast, questions
from forecast.report.figures.agenda import goals_text
from forecast.report.figures.questions import questions_text
from forecast.report.figures.ratio import ratio_text
from forecast.report.figures.variance import identification_text, variance_sentences
from forecast.report.language import ENGLISH, calling, speaking, tr
from forecast.report.lookup import election_pair, factor_of_region, limits, of_files
from forecast.report.page import Plate, assumed, coded_from, headlines, plates
from forecast.report.style import COLUMNS, WIDTHS, drawn_at, print_figure
from forecast.report.tables import (
    INTERVAL,
    MEDIAN,
    ReportTable,
    report_tables,
    write_printed_table,
)
from forecast.workers import call_program

EXTRA = "pip install 'bilateral-forecast[paper]'"
MARGIN, SMALL = 648_000, 107_950
"""Of Word files, in its units of 1/36,000 mm: 18 mm, between which a figure of two columns is not scaled, and 8.5 points."""
ENDINGS = {"latex": "tex", "docx": "docx"}
TEXT = "markdown-smart"
"""Pandoc's Markdown; quotation marks and dashes stay as they are written."""
MOST_COLUMNS = 9
"""Of a table on a page, beside the names of its rows."""
LONG = ("result",)
"""Tables that are written and not part of the text."""
ALL_CONTRASTS = Plate(name="all_contrasts", heading="All contrasts", draw=contrast.draw_overview, alt=contrast.alt,
                      reading=contrast.READING_OVERVIEW, from_paths=False)


def write_paper(content: ReportContent, record: Contacts, agreement: Reliability | None, folder: Path, *, width: str = "double",
                grey: bool = False, titles: bool = False, progress: Progress = lambda *_: None) -> tuple[Path, ...]:
    """Write the whole pack.

    Parameters
    ----------
    content : ReportContent
        A run.
    record : Contacts
        The dyad that it was made from, for codebook and examples.
    agreement : Reliability, optional
        Of its two codings.
    folder : Path
        An existing folder.
    width : str
        One of :data:`forecast.report.style.WIDTHS`.
    grey : bool
        Figures without colour.
    titles : bool
        Titles and notes inside figures, and not as captions alone.
    progress : callable, optional
        Told how many figures, tables and texts are written.

    Returns
    -------
    tuple of Path
        Every file written.

    Raises
    ------
    InputError
        Where Pandoc is not installed, or refuses the text.
    """
    with TemporaryDirectory() as place, calling(content.panel.about):
        pandoc = Pandoc(content.panel.as_of, Path(place))
        first, *others = WIDTHS[width]
        figures = list(_figures(content, _made(folder / "figures"), grey, titles, first, progress))
        for name in others:
            list(_figures(content, _made(folder / f"figures_{name}"), grey, titles, name, progress))
        return _write(content, record, agreement, folder, pandoc, figures, progress)


def _each[One](things: Sequence[One], stage: str, progress: Progress) -> Iterator[One]:
    """One thing after the other; how many are done is told."""
    for done, one in enumerate(things):
        progress(stage, done, len(things))
        yield one
    progress(stage, len(things), len(things))


def _write(content: ReportContent, record: Contacts, agreement: Reliability | None, folder: Path, pandoc: "Pandoc",
           figures: list[dict[str, str]], progress: Progress) -> tuple[Path, ...]:
    with of_files("printed tables"):
        tables = report_tables(content)
    printed = [markdown_table(table) for table in tables if table.name not in LONG]
    place = _made(folder / "tables")
    written = [path for table in _each(tables, "tables", progress) for path in _table_files(pandoc, table, place)]
    chronology = _chronology(content)
    write_csv(pd.DataFrame(chronology), folder / "chronology.csv")
    (folder / "sources.bib").write_text(sources_bib(content.panel.about[0].id, content.panel.contact, record.media),
                                        encoding="utf-8")
    (folder / "references.bib").write_text(bibliography(_cited(content)), encoding="utf-8")
    with speaking(ENGLISH), of_files("sentences"):  # its sentences have no other language
        told = _context(content, record, agreement, figures, printed, chronology)
    template = _environment().get_template("paper.md.j2")
    for name, picture in _each([("md", "png"), ("latex", "pdf"), ("docx", "png")], "text", progress):
        text = re.sub(r"\n{3,}", "\n\n", template.render(**told, picture=picture))
        if name == "md":
            (folder / "paper.md").write_text(text, encoding="utf-8")
        else:
            target = folder / f"paper.{ENDINGS[name]}"
            pandoc.convert(text, name, target, "--standalone", "--citeproc", "--bibliography=references.bib")
    return (*written, *sorted(folder.glob("figures*/*")), *sorted(folder.glob("*.*")))


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


# Figures with their captions beside them.

def print_plates(content: ReportContent) -> tuple[Plate, ...]:
    """The figures of the page, one with every contrast for which the page has no room, and questions page by page."""
    found = [part for plate in plates(content) for part in (_pages(content, plate) if plate.name == "questions" else (plate,))]
    return tuple(found) if content.contrast.empty else (*found, ALL_CONTRASTS)


def _pages(content: ReportContent, plate: Plate) -> Iterator[Plate]:
    """As many figures of questions as the width asks for: ``questions``, ``questions_2``."""
    for place, shown in enumerate(questions.question_pages(content), start=1):
        name = plate.name if place == 1 else f"{plate.name}_{place}"
        yield replace(plate, name=name, draw=partial(questions.draw, shown=shown))


def _figures(content: ReportContent, folder: Path, grey: bool, titles: bool, column: str = "double",
             progress: Progress = lambda *_: None) -> Iterator[dict[str, str]]:
    """Draw every figure for a column, and write its caption beside it."""
    with drawn_at(COLUMNS[column]):
        with of_files("figures"):
            shown = print_plates(content)
        for plate in _each(shown, folder.name.replace("_", " "), progress):
            caption = print_figure(partial(_drawn, plate, content), folder, plate.name, column, grey=grey, titles=titles,
                                   heading=plate.heading)
            yield {"name": plate.name, "caption": caption, "width": f"{COLUMNS[column]:g}mm"}


def _drawn(plate: Plate, content: ReportContent) -> Figure:
    with of_files(f"figure {plate.name}"):
        return plate.draw(content)


# Tables: the same cells as numbers (CSV), for LaTeX, for the web and for Word.

def _table_files(pandoc: "Pandoc", table: ReportTable, folder: Path) -> tuple[Path, ...]:
    page, word = folder / f"{table.name}.html", folder / f"{table.name}.docx"
    styler = table.printed.style.format(str, escape="html").format_index(str, escape="html", axis=0)
    styler = styler.format_index(str, escape="html", axis=1).set_caption(str(Markup.escape(table.caption)))
    note = f"<p>{Markup.escape(table.note)}</p>\n"
    page.write_text(styler.set_uuid(table.name).to_html(doctype_html=True).replace("</body>", f"{note}</body>"), encoding="utf-8")
    pandoc.convert(markdown_table(table), "docx", word)
    return *write_printed_table(table, folder), page, word


def markdown_table(table: ReportTable) -> str:
    """A table with its caption and its note; one that is too wide for a page is told in parts."""
    named = {f"{table.caption}: {part.lower()}" if part else table.caption: shown for part, shown in parts(table.printed).items()}
    told = [f"{_pipe(('', *shown.columns), list(_rows(shown)))}\n\n: {words.markdown_text(name)}" for name,
            shown in named.items()]
    return "\n\n".join([*told, f"*{tr('Note.')}* {words.markdown_text(table.note)}"])


def _rows(shown: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    for name, cells in zip(shown.index, shown.to_numpy(), strict=True):
        yield (str(name), *map(str, cells))


def parts(printed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Cells in tables that a page has room for: one without a name, or one for each upper heading."""
    whole = fewest_columns(printed)
    if whole.shape[1] <= MOST_COLUMNS:
        return {"": whole}
    return {str(head): fewest_columns(printed[head]) for head in dict.fromkeys(printed.columns.get_level_values(0))}


def fewest_columns(printed: pd.DataFrame) -> pd.DataFrame:
    """Cells in the fewest columns: headings in one line, and an interval in brackets after its median."""
    heads = [", ".join(dict.fromkeys(map(str, column))) if isinstance(column, tuple) else str(column)
             for column in printed.columns]
    cells = dict(zip(heads, (printed.iloc[:, place] for place in range(len(heads))), strict=True))
    found, median, interval = {}, tr(MEDIAN), tr(INTERVAL)
    for head, column in cells.items():
        bounds = cells.get(f"{head.removesuffix(median)}{interval}") if head.endswith(median) else None
        if bounds is not None:
            found[f"{head} ({interval})"] = column + " (" + bounds + ")"
        elif not (head.endswith(interval) and f"{head.removesuffix(interval)}{median}" in cells):
            found[head] = column
    return pd.DataFrame(found)


def _pipe(heads: Sequence[str], rows: Sequence[Sequence[str]], right: bool = True) -> str:
    """A pipe table, columns as wide as their words need; all but the first to the right where asked for."""
    longest = [max(map(len, [*head.split(), *(row[place] for row in rows)]), default=0) for place, head in enumerate(heads)]
    width = [min(60, max(4, length)) for length in longest]
    rule = ["-" * (size - 1) + (":" if right and place else "-") for place, size in enumerate(width)]
    lines = [" | ".join(map(words.markdown_text, heads)), "|".join(rule),
             *(" | ".join(map(words.markdown_text, row)) for row in rows)]
    return "\n".join(f"| {line} |" if place != 1 else f"|{line}|" for place, line in enumerate(lines))


# The text.


def _environment() -> Environment:
    found = Environment(loader=PackageLoader("forecast.report"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                        autoescape=False)  # Markdown, and every text goes through `md`
    found.filters |= {"md": words.markdown_text, "by_records": words.by_records, "parts": words.parts}
    return found


def _context(content: ReportContent, record: Contacts, agreement: Reliability | None, figures: list[dict[str, str]],
             tables: list[str], chronology: list[dict[str, str]]) -> dict[str, Any]:
    manifest, contact, about = content.manifest, content.panel.contact, content.panel.about[0]
    names = [words.plain(name) for name in content.scenarios]
    pair = election_pair(content)
    gates = [{"name": name, "rhat": words.number(one["max_rhat"], 4), "bulk": words.number(one["min_ess_bulk"]),
              "tail": words.number(one["min_ess_tail"]), "divergences": one["divergences"],
              "verdict": "passed" if one["passed"] else "failed, used by request"} for name, one in manifest["gates"].items()]
    versions = {name: manifest["versions"].get(name, "") for name in ("forecast", "nutpie", "pymc", "arviz")}
    return {
        "heading": f"{content.states}, {content.span}: {' or '.join(names)}",
        "home": content.home, "partner": content.partner, "dyad": about.id, "span": content.span, "names": names,
        "pair": [words.plain(name) for name in pair or ()], "as_of": words.day(content.panel.as_of), "failed": content.failed,
        "headlines": headlines(content), "n_contact": len(contact), "coded_from": coded_from(content),
        "first_day": words.day(contact["date"].iloc[0]), "last_day": words.day(contact["date"].iloc[-1]),
        "data_version": manifest.get("data_version", about.version), "n_source": len(pages_by_address(contact, record.media)),
        "cited": [one.key for one in _cited(content) if one.of != "methods"],
        "estimated_from": manifest.get("estimated_from", {}), "equivalence": factor_of_region(),
        "priors": manifest.get("priors", ""), "fitted": set(manifest["gates"]), "gates": gates, "versions": versions,
        "pool": [(words.plain(name), words.share(weight)) for name, weight in manifest.get("pool", {}).items()],
        "n_path": f"{content.n_path:,}", "seed": manifest["seed"], "between": manifest.get("between", ""),
        "scenarios": [assumed(one, content.partner) for key in ("scenarios", "then") for one in manifest.get(key, ())],
        "assumptions": manifest.get("assumptions", ()), "tables": tables,
        "figures": figures, "told": _told(content), "did": administrations_section(content), "limits": limits(content),
        "files": [f"`{one['name']}`" for key in ("scenarios", "then") for one in manifest.get(key, ())],
        "software": ", ".join(f"{name} {version}" for name, version in manifest["versions"].items()),
        "codebook": [{"title": title, "table": _pipe(heads, rows, right=False)}
                     for title, heads, rows in sections(examples_of(record), record.dyad)],
        "reliability": _agreement(agreement) if agreement else "", "chronology": _chronology_table(chronology),
    }


def _cited(content: ReportContent) -> list[Citation]:
    """What ``forecast cite`` says of the run: program, record, series, methods."""
    about = content.panel.about[0]
    return of_manifest({"dyad": about.id, "data_version": about.version, "partner": about.partner, **content.manifest})


def _told(content: ReportContent) -> Mapping[str, list[Markup]]:
    return {"variance": variance_sentences(content), "ratio": ratio_text(content)["sentences"],
            "identification": identification_text(content)["sentences"], "goals": goals_text(content)["sentences"],
            "questions": questions_text(content)["sentences"]}


def _agreement(found: Reliability) -> str:
    rows = [(row.variable, row.level, str(row.pairable), words.number(row.agreement, 2), words.number(row.alpha, 2),
             f"{words.number(row.low, 2)} to {words.number(row.high, 2)}", row.reading) for row in found.table.itertuples()
            if row.pairable]
    heads = ("Variable", "Level", "Pairs", "Agreement", "Alpha", "95 %", "Reading")
    left = "".join(f"\n\nLeft out: {words.markdown_text(why)}." for why in found.left_out)
    return f"{_pipe(heads, rows)}\n\n: Krippendorff's alpha with 95 % intervals [@hayes2007]{left}"


def _chronology(content: ReportContent) -> list[dict[str, str]]:
    """Every contact with its sources, as texts."""
    rows = chronology_rows(content.panel.contact.assign(visit=0))
    return [{key: " ".join(value) if isinstance(value, list) else str(value) for key, value in row.items() if key != "visit"}
            for row in rows]


def _chronology_table(chronology: list[dict[str, str]]) -> str:
    heads = ("Date", "Who", "Where", "Agenda", "Outcome")
    rows = [tuple(one[key] for key in ("date", "who", "where", "agenda", "outcome")) for one in chronology]
    table = _pipe((*heads, "Sources"), [(*row, "") for row in rows], right=False).split("\n")
    links = [" ".join(f"[{place}](<{address}>)" for place, address in enumerate(one["sources"].split(), start=1))
             for one in chronology]
    return "\n".join([*table[:2], *(f"{line.removesuffix(' |').rstrip()} {link} |"
                                    for line, link in zip(table[2:], links, strict=True))])


# Pandoc.

class Pandoc:
    """The Pandoc that the extra ``paper`` brings, with the look of Word files.

    Parameters
    ----------
    as_of : date
        Stands in files in the place of the time, so that their bytes repeat.
    place : Path
        Folder for the file that has the look.

    Raises
    ------
    InputError
        With the command that installs it, where it is missing.
    """

    def __init__(self, as_of: date, place: Path) -> None:
        try:
            self._program = str(import_module("pypandoc").get_pandoc_path())
            docx = import_module("docx")
        except (ImportError, OSError):
            raise InputError([Fault(source="paper", where="whole command", expected="Pandoc, which writes LaTeX and Word files",
                                    found="none installed", remedy=f"Install it: {EXTRA}")]) from None
        self._environment = os.environ | {"SOURCE_DATE_EPOCH": str(int(pd.Timestamp(as_of).timestamp()))}
        self._look = place / "look.docx"
        document = docx.Document(BytesIO(self._call(["--print-default-data-file=reference.docx"])))
        for section in document.sections:
            section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN
        document.styles["Compact"].font.size = SMALL
        saved = BytesIO()
        document.save(saved)
        with ZipFile(saved) as made, ZipFile(self._look, "w") as kept:  # Pandoc copies parts of it with their times
            for name in made.namelist():
                kept.writestr(ZipInfo(name, (as_of.year, as_of.month, as_of.day, 0, 0, 0)), made.read(name))

    def convert(self, text: str, target: str, path: Path, *options: str) -> None:
        """Write Markdown as LaTeX or Word (raises InputError)."""
        look = [f"--reference-doc={self._look}"] if target == "docx" else []
        self._call([f"--from={TEXT}", f"--to={target}", f"--output={path.name}", *look, *options], text, path.parent)

    def _call(self, options: list[str], text: str = "", place: Path | None = None) -> bytes:
        """Called from within `place`, so that no file names a folder of this machine."""
        done = call_program([self._program, *options], text.encode(), place=place, environment=self._environment)
        if done.returncode:
            raise InputError([Fault(source="paper", where="whole text", expected="a text that Pandoc converts",
                                    found=done.stderr.decode(errors="replace").strip()[:300],
                                    remedy="Report this with the run directory.")])
        return done.stdout
