"""The case lives in data: no module or template names a state, a person, a place or a year of the dyads and elections that ship.

What must not be named is read from the data themselves, so a new dyad or election is covered as soon as it ships.
"""

import csv
import re
from collections.abc import Iterator

import pytest

from forecast.contacts import load_dyad
from forecast.contacts.codes import PARTNER_RANK
from forecast.panel.elections import load_administrations, load_elections
from forecast.panel.registers import administrations_since
from forecast.shipped import CASE, DATA
from forecast.simulation.relation_index import load_index

PACKAGE = DATA.parent
DYADS = tuple(load_dyad(path.parent) for path in sorted(DATA.glob("*/dyad.yaml")))
MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
SOURCE = re.compile(r"10\.\d{4,}|jstor|https?:|[A-Z][A-Za-z ]+ \d+, \d+|p\. \d+|chapter|Statistical|Journal|equation")
"""What a reference has: a DOI, an address, or a journal with volume and page."""


def words_of(*texts: str) -> set[str]:
    """Words of names, in lower case; numerals, initials and notes in small letters are none."""
    return {word.lower() for text in texts for word in re.findall(r"\b[A-Z][A-Za-z'-]{2,}", text)}


def people() -> set[str]:
    """Presidents and candidates, and the heads of the partner states."""
    terms = (*load_administrations(), *administrations_since())
    surname = {winner.president.split()[-1] for one in load_elections() for winner in one.outcomes.values()}
    outcome = {part.capitalize() for one in load_elections() for name in one.outcomes for part in name.split("_")}
    partner = [row["partner_principal"] for dyad in DYADS for row in contacts(dyad.id) if row["partner_rank"] == "president"]
    # a president whom no page names is called by the office, which is no name
    return words_of(*(term.president for term in terms), *surname, *outcome,
                    *(name.partition(" (")[0] for name in partner)) - {rank for code in PARTNER_RANK for rank in code.split("_")}


def contacts(dyad: str) -> list[dict[str, str]]:
    with (DATA / dyad / "contacts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def partners() -> set[str]:
    """Names and codes of the partner states, and the cities in which they were visited."""
    cities = {row["place"].rpartition(", ")[0] for dyad in DYADS for row in contacts(dyad.id)
              if row["place"].endswith(f", {dyad.partner_iso2}")}
    named = words_of(*cities, *(dyad.partner for dyad in DYADS), *(dyad.register_country.capitalize() for dyad in DYADS))
    return named | {code for dyad in DYADS for code in (dyad.partner_iso2.lower(), CASE.examples["code"].lower())}


def years() -> set[str]:
    """Years of elections and terms, of the base of the index, of the level that figures show, and of the record's ends.

    2000 is not among them: it is a number of draws far more often than a year.
    """
    of_elections = {day.year for one in load_elections() for day in (one.date, one.term_start, one.term_end)}
    of_terms = {day.year for term in administrations_since() for day in term.span}
    base = load_index().base
    return {str(year) for year in (*of_elections, *of_terms, base.first_year, base.last_year, int(CASE.drift_zero),
                                   *(day.year for dyad in DYADS for day in (dyad.relations_start, dyad.coded_until)))} - {"2000"}


NAME = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(sorted(people() | partners(), key=len, reverse=True))})(?:i|n|s|ist|ists)?"
                  r"(?![A-Za-z])", re.IGNORECASE)
YEAR = re.compile(rf"(?<![\w.,])(?:{'|'.join(sorted(years()))})(?!\w|,\d{{3}}|\.\d)")


def found_in(text: str) -> Iterator[tuple[int, str]]:
    """Line and name or year of everything in a text that belongs to the case."""
    for pattern in (NAME, YEAR):
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            if not (is_reference(text, match) or is_doctest(text, line) or is_address(text, match)):
                yield line, match[0]


def is_reference(text: str, match: re.Match[str]) -> bool:
    """Whether an author or the year of a publication was met: a name before a year, and its source close behind."""
    before, behind = text[max(0, match.start() - 300):match.start()], text[match.end():match.end() + 300]
    sourced = SOURCE.search(f"{before[-120:]} {behind}")
    if match.re is YEAR:
        authors = re.search(rf"(?!{MONTH})\b[A-Z][\w-]+,?\s\(?$", before) or re.search(r"et al\.\s\(?$", before)
        several = re.search(r"(?:\band\s[A-Z][\w-]+|et al\.),?\s\(?$", before)
        return bool(several or (authors and sourced)) and not re.search(rf"{MONTH},?\s$", before)
    return bool(re.search(r"^(?:,| and| et al\.|\s)[^.]{0,60}\b(?:19|20)\d\d\b", behind) and sourced)


def is_address(text: str, match: re.Match[str]) -> bool:
    """Whether it is part of the address of a page."""
    return re.search(r"://\S*$", text[max(0, match.start() - 200):match.start()]) is not None


def is_doctest(text: str, line: int) -> bool:
    """Whether a line is typed in an example of a docstring, or is what the example prints: up to the next empty line."""
    lines = text.splitlines()
    while line > 0 and lines[line - 1].strip():
        if lines[line - 1].lstrip().startswith(">>> "):
            return True
        line -= 1
    return False


FILES = tuple(path for ending in ("*.py", "*.j2") for path in sorted(PACKAGE.rglob(ending)))


def test_no_module_or_template_names_the_case():
    found = [f"{path.relative_to(PACKAGE)}:{line}: {name}" for path in FILES
             for line, name in found_in(path.read_text(encoding="utf-8"))]
    assert len(FILES) > 100
    assert found == []


def test_reports_take_the_name_of_the_other_state_from_the_dyad():
    named = CASE.home["name"]
    reports = [path for path in FILES if path.is_relative_to(PACKAGE / "report")]
    assert len(reports) > 50
    assert not [path.name for path in reports if named in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("text", [
    "a table of Kazakhstan", "KAZAKHSTANI pages", "'kz'", "tone_kz", "us_kz", "KAZ", "Astana, KZ", "harris.yaml", "Trumpist",
    "republican_trumpist", "one Trump term", "since 1993", "4 November 2024", "2017-2024 mean = 100", "level of 2009",
    "Nazarbayev", "2024-11-04", "date(2025, 1, 19)", "Bush 43", "since Carter"])
def test_a_name_or_year_of_the_case_is_found(text):
    assert list(found_in(text))


@pytest.mark.parametrize("text", [
    "Hayes and Krippendorff (2009,\n    10.1080/19312450709336664)", "Gelman, Meng and Stern 1996, Statistica Sinica 6, 733",
    "    >>> load_panel(as_of=date(2024, 11, 4))", "https://json-schema.org/draft/2020-12/schema", "2018-01-16", "0.2009",
    "Johnson and Kotz 1969, 10.1002/x", "20241104 paths", "a bushel", "trumpet"])
def test_a_reference_a_doctest_and_other_words_are_not(text):
    assert not list(found_in(text))
