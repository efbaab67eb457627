"""The messages of the catalogues, found in the source, in templates and in the data that ship.

``make messages`` brings the catalogues up to date with them; ``make messages CATALOGUE=de`` begins one for a further language.
"""

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from forecast.components.registry import COMPONENT
from forecast.contacts import codes, load_dyad
from forecast.evaluation.administration import GOES_ON, STOPPED, WEIGHED
from forecast.evaluation.contrast import load_equivalence
from forecast.panel.elections import load_administrations, load_elections
from forecast.panel.poles import load_poles
from forecast.panel.registers import administrations_since
from forecast.report import words
from forecast.report.language import FOLDER
from forecast.shipped import CASE, DATA
from forecast.simulation.relation_index import load_index
from forecast.simulation.scenario.load import find_scenario, load_scenario

REPORT = DATA.parent / "report"
TEXTS = {"tr": 1, "later": 1, "trn": 2}
"""Functions whose first arguments are messages."""
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
OF_A_DAY = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Report-Msgid", "Generated-By")


def of_code(source: str) -> Iterator[str | tuple[str, ...]]:
    """Messages of a module, also those of a call within a call, which Babel's own reader passes over."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TEXTS:
            texts = node.args[:TEXTS[node.func.id]]
            if all(isinstance(one, ast.Constant) for one in texts):
                yield tuple(one.value for one in texts) if len(texts) > 1 else texts[0].value


def of_source() -> Iterator[str | tuple[str, ...]]:
    """What the program says; a pair has a form for one and a form for many."""
    for path in sorted(REPORT.rglob("*.py")):
        yield from of_code(path.read_text(encoding="utf-8"))
    for path in sorted((REPORT / "templates").glob("*.j2")):
        with path.open("rb") as file:
            yield from (found[1] for found in extract("jinja2", file, KEYWORDS, options=OPTIONS))


def of_data() -> Iterator[str]:
    """Labels of the data that ship."""
    lists = (codes.RANK, codes.TOPIC, codes.OUTCOME, codes.TYPE, codes.SIDE, codes.DIRECTION, codes.CHANNEL)
    yield from chain.from_iterable((*one.words.values(), *one.short.values()) for one in lists)
    yield from (words.plain(one) for one in COMPONENT)
    yield from (words.plain(one.variant) for one in COMPONENT.values() if getattr(one, "variant", ""))
    yield from map(words.plain, (WEIGHED, GOES_ON, STOPPED, *load_index().sets))
    yield from (*words.SOURCE, "travel_share", load_equivalence().rate.reason, "pairs", "prior", "posterior")
    for dyad in (load_dyad(path.parent) for path in sorted(DATA.glob("*/dyad.yaml"))):
        yield from (dyad.partner, dyad.home_iso2, words.within(dyad.home), *dyad.caveats)
        yield from chain.from_iterable(labels.values() for labels in dyad.own_labels.values())
        yield from (pole.name for pole in dyad.poles.named.values()) if dyad.poles else ()
    yield from (term.president for term in (*load_administrations(), *administrations_since()))
    yield from (winner.president for one in load_elections() for winner in one.outcomes.values())
    case = load_dyad(DATA / CASE.dyad)
    yield from load_poles(case, case.coded_until).list["title"]
    for path in sorted(find_scenario(CASE.scenarios[0]).parent.glob("*.yaml")):
        scenario = load_scenario(path)
        yield from (words.plain(path.stem), scenario.title, *(one.text for one in scenario.questions))


def messages() -> list[str | tuple[str, ...]]:
    """All messages, each once."""
    every = dict.fromkeys((*of_source(), *of_data()))
    pairs = {one[0] for one in every if isinstance(one, tuple)}  # gettext finds the form for one by itself
    return [one for one in every if one and one not in pairs]


def update(path: Path) -> None:
    """Bring a catalogue up to date: what is new waits for a translation, what nobody says any more is dropped."""
    found = read_po(BytesIO(path.read_bytes()), locale=path.stem) if path.exists() else Catalog(locale=path.stem)
    fresh = Catalog(locale=path.stem, header_comment=f"# {path.stem}: see CONTRIBUTING.md, ``make messages``.", fuzzy=False)
    for message in messages():
        known = found.get(message if isinstance(message, str) else message[0])
        fresh.add(message, known.string if known else "")
    written = BytesIO()
    write_po(written, fresh, width=128, no_location=True)
    lines = written.getvalue().decode().splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in OF_A_DAY)))
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for code in sys.argv[1:] or sorted(one.stem for one in FOLDER.glob("*.po")):
        update(FOLDER / f"{code}.po")
