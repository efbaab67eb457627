"""Texts that go with a forecast when it leaves the house: citations, the README of an archive, a registration.

The README follows the template for replication packages of the social science data editors (Vilhuber, Connolly, Koren, Llull and
Morrow 2020, doi 10.5281/zenodo.4319999). What only authors can say stands there in square brackets, to be filled in.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from shlex import join
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from forecast import shipped
from forecast.config import read_yaml
from forecast.contacts import load_contacts, load_dyad
from forecast.contacts.codebook import codebook, examples_of
from forecast.evaluation.frozen import Frozen
from forecast.outputs import PROGRAM
from forecast.panel.series import load_sources
from forecast.report import words
from forecast.report.columns import COLUMNS_FILE, file_of_path
from forecast.report.words import escape, states

TEMPLATES = Path(__file__).with_name("templates")

# Citations of software, data and methods.

@dataclass(frozen=True, kw_only=True)
class Citation:
    """One entry: what it is of (software, data, methods), its key, as text and as BibTeX."""

    of: str
    key: str
    text: str
    bibtex: str


def citations(dyad: str, version: str, partner: str, digest: str, others: Sequence[str] = ()) -> list[Citation]:
    """What a paper on a record, or on a run of it, cites.

    Parameters
    ----------
    dyad, version, partner : str
        The record.
    digest : str
        SHA-256 of its contacts.csv, by which it is known whether it is the one that ships.
    others : sequence of str
        Shipped records from which something was estimated too.
    """
    from forecast.outputs import sha256

    folder = shipped.dyads().get(dyad)
    ships = folder is not None and sha256(folder / "contacts.csv") == digest
    found = [_software(), _record(dyad, version, partner, digest, ships)]
    for name in others:
        about, contacts = load_dyad(shipped.dyad(name)), shipped.dyad(name) / "contacts.csv"
        found.append(_record(name, about.version, about.partner, sha256(contacts), True))
    return [*found, *(_series(load_dyad(folder).series) if ships and folder else ()), *_methods()]


def _software() -> Citation:
    about = read_yaml(TEMPLATES / "CITATION.cff")
    author, title, version = about["authors"][0]["name"], about["title"], about["version"]
    return Citation(of="software", key=PROGRAM,
                    text=f"{author}. {title}. Version {version}. Computer software, {about['license']}.",
                    bibtex=f"@software{{{PROGRAM}, author = {{{{{author}}}}}, title = {{{{{escape(title)}}}}}, "
                           f"version = {{{version}}}, note = {{Computer software, licence {about['license']}}}}}")


def _record(dyad: str, version: str, partner: str, digest: str, ships: bool) -> Citation:
    author = read_yaml(TEMPLATES / "CITATION.cff")["authors"][0]["name"] if ships else "[authors of the record]"
    title = f"Record {dyad}: coded official contacts with {partner}"
    note = f"Data set, SHA-256 of contacts.csv {digest}"
    return Citation(of="data", key=dyad, text=f"{author}. {title}. Version {version}. {note}.",
                    bibtex=f"@misc{{{dyad}, author = {{{{{escape(author)}}}}}, title = {{{{{escape(title)}}}}}, "
                           f"version = {{{escape(version)}}}, note = {{{note}}}}}")


def _series(names: Sequence[str]) -> Iterator[Citation]:
    known = load_sources()
    for name in names:
        title, source = known[name].title, known[name].source
        yield Citation(of="data", key=name, text=f"{title} ({name}.csv). Source: {source}.",
                       bibtex=f"@misc{{{name}, title = {{{{{escape(title)}}}}}, note = {{Source: {escape(source)}}}}}")


def _methods() -> Iterator[Citation]:
    for entry in references().strip().split("\n"):
        found = re.fullmatch(r"@\w+\{(\w+), (.*)\}", entry)
        if found:
            yield Citation(of="methods", key=found[1], text=_reference(found[2]), bibtex=entry)


def references() -> str:
    """Methods and software that texts cite, as BibTeX: an entry a line."""
    return (TEMPLATES / "references.bib").read_text(encoding="utf-8")


_FIELD = re.compile(r"(\w+) = \{(.*?)\}(?=, \w+ = \{|$)")
_SPECIAL = {"'": "\u0301", "`": "\u0300", '"': "\u0308", "^": "\u0302", "~": "\u0303"}


def _reference(fields: str) -> str:
    """Fields of an entry as a line of a bibliography."""
    one = {key: _unbraced(value) for key, value in _FIELD.findall(fields)}
    names = [" ".join(reversed(name.split(", ", 1))) for name in one["author"].split(" and ")]
    who = ", ".join("et al." if name == "others" else name for name in names).removesuffix(".")
    where = one.get("journal") or one.get("booktitle") or one.get("publisher", "")
    number = f" {one['volume']}" + (f"({one['number']})" if "number" in one else "") if "volume" in one else ""
    pages = f", {one['pages'].replace('--', '-')}" if "pages" in one else ""
    link = f" https://doi.org/{one['doi']}" if "doi" in one else f" {one['url']}" if "url" in one else ""
    return f"{who} ({one['year']}). {one['title']}. {where}{number}{pages}.{link}"


def _unbraced(text: str) -> str:
    """Text without the marks of TeX."""
    text = re.sub(r"\\widehat\{(\w)\}", "\\1\u0302", text)
    text = re.sub(r"\\(['`\"^~])\{?(\w)\}?", lambda found: found[2] + _SPECIAL[found[1]], text)
    return unicodedata.normalize("NFC", re.sub(r"[{}$]|\\(?=&)", "", text))


# Sources of the record as bibliography.

def contacts_by_address(contact: pd.DataFrame) -> dict[str, list[str]]:
    """Address -> ids of the contacts that rest on it, in order of the record."""
    found: dict[str, list[str]] = {}
    for name, cell in zip(contact["id"], contact["sources"], strict=True):
        for address in str(cell).split():
            found.setdefault(address, []).append(str(name))
    return found


@dataclass(frozen=True, kw_only=True)
class SourcePage:
    """A page that a record rests on: what it is in words, and the contacts that it tells of."""

    title: str
    contacts: tuple[str, ...]


def pages_by_address(contact: pd.DataFrame, media: pd.DataFrame) -> dict[str, SourcePage]:
    """Address -> page, of contacts in order of the record, then of media alone; titled by what is coded of it."""
    days = {str(name): day for name, day in zip(contact["id"], contact["date"], strict=True)}
    media = media[media["contact_id"].isin(contact["id"])]
    found = {address: list(names) for address, names in contacts_by_address(contact).items()}
    coded: dict[str, str] = {}
    for row in media.itertuples():
        names = found.setdefault(str(row.url), [])
        names += [] if str(row.contact_id) in names else [str(row.contact_id)]
        when = f", {words.day(row.date)}" if pd.notna(row.date) else ""
        coded.setdefault(str(row.url), f"{str(row.outlet).replace('_', ' ')}: {row.kind}{when}")
    return {address: SourcePage(title=coded.get(address) or _by_host(address, days.get(names[0])), contacts=tuple(names))
            for address, names in found.items()}


def _by_host(address: str, day: pd.Timestamp | None) -> str:
    """Of a page of which nothing is coded: its host, and the day of what it tells."""
    host = (urlsplit(address).hostname or address).removeprefix("www.")
    return host if day is None else f"{host}: on the contact of {words.day(day)}"


def sources_bib(dyad: str, contact: pd.DataFrame, media: pd.DataFrame) -> str:
    """Every page that a contact or its coverage was coded from, as BibTeX: what is coded of it, its address and its contacts."""
    entries = [f"@online{{{dyad}-{number:04d},\n  title = {{{{{escape(one.title)}}}}},\n"
               f"  url = {{{address}}},\n  note = {{{escape('Source of ' + ', '.join(one.contacts))}}}\n}}\n"
               for number, (address, one) in enumerate(pages_by_address(contact, media).items(), start=1)]
    return "\n".join(entries)


def bibliography(cited: Sequence[Citation]) -> str:
    """Entries of BibTeX, one a line."""
    return "\n".join(one.bibtex for one in cited) + "\n"


# The texts of an archive.

def texts(manifest: Mapping[str, Any], about: Mapping[str, Any], command: Sequence[str], inputs: Mapping[str, Path], run: Path,
          members: Sequence[str]) -> dict[str, str]:
    """README, codebook, licence and bibliographies of an archive, by name.

    Parameters
    ----------
    manifest : mapping
        Of the run.
    about : mapping
        As in ``archive.json``.
    command : sequence of str
        That repeats the run.
    inputs : mapping of str to Path
        Files that went in, by their places.
    run : Path
        The run directory.
    members : sequence of str
        Of the archive, but for these texts.
    """
    dyad = manifest["dyad"]
    record = load_contacts(inputs[f"data/{dyad}/contacts.csv"].parent)
    used = record.contact[record.contact["date"] <= pd.Timestamp(manifest["as_of"])]
    cited = of_manifest(manifest)
    told = {
        "title": f"{states(record.dyad.home, record.dyad.partner)}: "
                 f"{', '.join(one['title'] for one in manifest['scenarios'])}",
        "manifest": manifest, "about": about, "command": join(["forecast", *command, "--out", "repeated"]), "dyad": record.dyad,
        "cited": cited, "inputs": list(_input_rows(inputs)), "outputs": list(_output_rows(run, members)),
        "left_out": [name for name in manifest["files"] if f"run/{name}" not in members],
        "minutes": manifest["seconds"].get("fit", 0) / 60, "packages": about["packages"],
        "reused": any(one["reused"] for one in manifest["posterior"].values()),
        "estimated": manifest.get("estimated_from", {})}
    return {
        "README.md": _rendered("archive.md.j2", told),
        "codebook.md": f"# Codebook of the record {dyad}\n\n{codebook(examples_of(record), record.dyad)}\n"
                       f"# Columns of the tables of the run\n\n{_columns(run)}",
        "LICENSE": licence(), "CITATION.cff": (TEMPLATES / "CITATION.cff").read_text(encoding="utf-8"),
        "references.bib": bibliography(cited),
        "sources.bib": sources_bib(dyad, used, record.media)}


def of_manifest(manifest: Mapping[str, Any]) -> list[Citation]:
    """What a paper on a run cites, from its manifest."""
    dyad = manifest["dyad"]
    others = dict.fromkeys(name for names in manifest.get("estimated_from", {}).values() for name in names if name != dyad)
    return citations(dyad, manifest["data_version"], manifest["partner"], manifest["hashes"][f"data {dyad}/contacts.csv"],
                     [name for name in others if name in shipped.dyads()])


def licence() -> str:
    """The licence of the program, from a checkout or an installed wheel."""
    with_package = Path(__file__).parents[2] / "LICENSE"
    if with_package.is_file():
        return with_package.read_text(encoding="utf-8")
    try:
        return distribution(PROGRAM).read_text("licenses/LICENSE") or ""
    except PackageNotFoundError:
        return ""


def _rendered(template: str, told: Mapping[str, Any]) -> str:
    return re.sub(r"\n{3,}", "\n\n", _environment().get_template(template).render(**told))


@cache
def _environment() -> Environment:
    """Templates, each compiled once in a process."""
    found = Environment(loader=PackageLoader("forecast.report"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                        autoescape=False)  # Markdown, and every text of others goes through `cell`
    found.filters["cell"] = _cell
    return found


def _cell(text: object) -> str:
    """Text that neither ends its cell or line nor is read as a tag or a link."""
    return re.sub(r"([\\`*_<>\[\]|#])", r"\\\1", " ".join(str(text).split()))


def _input_rows(inputs: Mapping[str, Path]) -> Iterator[dict[str, str]]:
    """What every file that went in is, and its source: as ``sources.yaml`` and the log of the data say."""
    known = {f"data/series/{name}.csv": (one.title, one.source) for name, one in load_sources().items()}
    log = (shipped.DATA / "CHANGELOG.md").read_text(encoding="utf-8")
    known |= {f"data/{name}": (what, source) for name, what, source in reversed(_LOGGED.findall(log)) if "/" not in name}
    for place in sorted(inputs):
        title, source = known.get(place) or _KINDS.get(Path(place).name) or _KINDS.get(place.split("/")[0], _KINDS["data"])
        yield {"file": place, "title": title, "source": source}


_LOGGED = re.compile(r"^\| `([\w./]+)` \| [^|\n]* \| ([^|\n]*) \| ([^|\n]*) \|$", re.MULTILINE)
"""A line of the log of the data that says what a file is, and its source."""
_KINDS = {
    "contacts.csv": ("coded contacts of a dyad; columns in codebook.md", "column sources, row by row"),
    "media.csv": ("pages that report them", "column url"),
    "second_coding.csv": ("second coding of some contacts", "the same pages"),
    "dyad.yaml": ("the two states, start of relations, end of coding, with reasons", ""),
    "c5plus1.csv": ("occasions of a region, coded as a whole", "column sources"),
    "occasions.csv": ("which rows of several dyads are one occasion", ""), "region.yaml": ("the dyads of a region", ""),
    "CHANGELOG.md": ("what each version of the data changed", ""), "sources.yaml": ("what each column of a series means", ""),
    "priors": ("prior set, with a reason for every number", ""), "elections": ("elections of this run", ""),
    "scenarios": ("scenario or its questions: what is assumed and asked, with reasons", ""),
    "data": ("settings and facts, with reasons in the file", "")}


def _output_rows(run: Path, members: Sequence[str]) -> Iterator[dict[str, str]]:
    """Tables and figures of a run: what each is, and the program that makes it."""
    from forecast.report.page import PLATES

    drawn = {plate.name: plate for plate in PLATES}
    for name in sorted(one.removeprefix("run/") for one in members if one.startswith("run/")):
        path, kind = Path(name), file_of_path(name)
        if name.startswith("figures/") and path.stem in drawn:
            plate = drawn[path.stem]
            yield {"file": name, "is": plate.heading, "program": plate.draw.__module__}
        elif name.startswith("tables/") and path.suffix == ".tex":
            caption = re.search(r"\\caption\{(.*)\}", (run / name).read_text(encoding="utf-8"))
            yield {"file": f"{name}, .csv", "is": caption[1] if caption else path.stem, "program": "forecast.report.tables"}
        elif path.suffix == ".csv" and "/" not in name:
            yield {"file": name, "is": f"a row is {kind.row}" if kind else "", "program": "forecast.pipeline.run"}


def _columns(run: Path) -> str:
    """What every column of the tables of a run is, as Markdown."""
    found = json.loads((run / COLUMNS_FILE).read_text(encoding="utf-8"))
    lines = []
    for name, one in found.items():
        lines += [f"## {name}", "", f"A row is {_cell(one['row'])}.", "",
                  "| column | description | unit | type |", "|---|---|---|---|"]
        lines += [f"| {' | '.join(_cell(column[key]) for key in ('name', 'description', 'unit', 'dtype'))} |"
                  for column in one["columns"]] + [""]
    return "\n".join(lines)


# A registration.

def registration(frozen: Frozen, digest: str, about: Mapping[str, Any], power: pd.DataFrame) -> str:
    """What a registry asks of a forecast, as Markdown: forms of AsPredicted and of the Open Science Framework name the same.

    Parameters
    ----------
    frozen : Frozen
        The forecast as it is laid down.
    digest : str
        Its hash.
    about : mapping
        Manifest of the run.
    power : DataFrame
        From :func:`forecast.evaluation.freezing.planned_power`.
    """
    over = sum(month < f"{frozen.frozen_on:%Y-%m}" for month in frozen.month)
    return _rendered("registration.md.j2", {
        "frozen": frozen, "digest": digest, "about": about, "over": over, "program": PROGRAM,
        "states": states(frozen.home, frozen.partner),
        "power": power.to_dict("records"),
        "answers": {question.id: {name: one.question[question.id] for name, one in frozen.scenario.items()
                                  if question.id in one.question} for question in frozen.questions}})
