"""The messages of the catalogues, found in the source, in templates and in the data that ship; ``make messages`` brings them up to date."""

import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from forecast.components.registry import COMPONENT
from forecast.contacts import codes, load_dyad
from forecast.evaluation.contrast import load_equivalence
from forecast.evaluation.drift import GOES_ON, STOPPED, WEIGHED
from forecast.panel.elections import load_administrations, load_elections
from forecast.panel.poles import load_poles
from forecast.panel.registers import administrations_since
from forecast.report import words
from forecast.report.language import FOLDER
from forecast.shipped import CASE, DATA
from forecast.simulation.relation_index import load_index
from forecast.simulation.scenario.load import find_scenario, load_scenario

ROOT = DATA.parent / "report"
KEYWORDS = {"tr": None, "later": None, "trn": (1, 2), "_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("templates/**.j2", "jinja2")]
OPTIONS = {"templates/**.j2": {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
COUNT = Path(__file__)


def of_source() -> Catalog:
    """What the program says."""
    found = Catalog()
    for name, _, message, _, context in extract_from_dir(str(ROOT), METHODS, OPTIONS, KEYWORDS, strip_comment_tags=True):
        found.add(message, locations=[(name, 0)], context=context)
    return found


def of_data() -> Iterator[str]:
    """Labels of the data that ship."""
    lists = (codes.RANK, codes.TOPIC, codes.OUTCOME, codes.TYPE, codes.SIDE, codes.DIRECTION, codes.CHANNEL)
    yield from chain.from_iterable((*one.words.values(), *one.short.values()) for one in lists)
    yield from (words.plain(one) for one in COMPONENT)
    yield from (words.plain(one.variant) for one in COMPONENT.values() if getattr(one, "variant", ""))
    yield from map(words.plain, (WEIGHED, GOES_ON, STOPPED, *load_index().sets))
    yield from (*words.SOURCE, "travel_share", load_equivalence().rate.reason, "pairs", "prior", "posterior")
    for dyad in (load_dyad(path.parent) for path in sorted(DATA.glob("*/dyad.yaml"))):
        yield from (dyad.partner, dyad.home_iso2, words.within(dyad.home))
        yield from chain.from_iterable(labels.values() for labels in dyad.own_labels.values())
        yield from (pole.name for pole in dyad.poles.named.values()) if dyad.poles else ()
        yield from dyad.caveats
    yield from (term.president for term in (*load_administrations(), *administrations_since()))
    yield from (winner.president for one in load_elections() for winner in one.outcomes.values())
    yield from load_poles(load_dyad(DATA / CASE.dyad), load_dyad(DATA / CASE.dyad).coded_until).list["title"]
    for path in sorted(find_scenario(CASE.scenarios[0]).parent.glob("*.yaml")):
        scenario = load_scenario(path)
        yield from (words.plain(path.stem), scenario.title, *(one.text for one in scenario.questions))


if __name__ == "__main__":
    import json
    c=of_source()
    src=[m.id if isinstance(m.id,str) else list(m.id) for m in c if m.id]
    data=[x for x in dict.fromkeys(of_data()) if x]
    json.dump({"source":src,"data":[d for d in data if d not in src]}, open("/tmp/lang/messages.json","w"), ensure_ascii=False, indent=0)
    print(len(src), len(data))
