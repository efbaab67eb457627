"""Codes in plain words, and numbers, tables and figures in the form that people read."""

import math
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from itertools import count, product
from pathlib import Path
from typing import Any

from markupsafe import Markup

from forecast.contacts import codes
from forecast.report.language import Spoken, later, local, own_label, tr, trn
from forecast.report.language import day as day
from forecast.shipped import CASE
from forecast.simulation.scenario.values import FAMILY

RANK: Mapping[str, str] = Spoken({"all": later("All ranks")} | codes.RANK.words, "us_rank")
TOPIC: Mapping[str, str] = Spoken(codes.TOPIC.words, "agenda")
OUTCOME: Mapping[str, str] = Spoken(codes.OUTCOME.words, "outcome")
TYPE: Mapping[str, str] = Spoken(codes.TYPE.words, "type")
SHORT_TYPE: Mapping[str, str] = Spoken(codes.TYPE.short, "type")
PAIRING: Mapping[str, str] = Spoken({
    "expected": later("Expected values"),
    "paired": later("Two futures, same shocks"),
    "independent": later("Two futures, separate shocks"),
})
SIDE: Mapping[str, str] = Spoken(codes.SIDE.words, "side")
DIRECTION: Mapping[str, str] = Spoken(codes.DIRECTION.words, "direction")
CHANNEL: Mapping[str, str] = Spoken(codes.CHANNEL.words, "channel")
SOURCE: Mapping[str, str] = Spoken({
    "type": later("Type of administration"),
    "president": later("President"),
    "term": later("Level of the coming term"),
    "formulation": later("Formulation of the model"),
    "parameters": later("Other parameters"),
    "state": later("Relation state"),
    "count": later("Chance in counts"),
})
EFFECT: Mapping[str, str] = Spoken({
    "rate": later("rate"),
    "topic": later("topic"),
    "outcome": later("outcome"),
    "tone": later("tone"),
    "state": later("state"),
})
QUANTITY: Mapping[str, str] = Spoken({
    "contact": later("Recorded contacts"),
    "contact_estimated": later("Estimated contacts, recorded or not"),
    "log_rate_ratio": later("Log ratio of expected contacts"),
    "mention_share": later("Share of topic mentions"),
    "outcome_share": later("Share of contacts by outcome"),
    "travel_share": later("Share of contacts by who travels"),
    "pages": later("News and analysis pages per contact"),
    "tone": later("Mean tone of pages"),
    "pages_in_all": later("Number of pages (half of the futures by smoothing)"),
    "relation_index": later("Relation index"),
})

_BY_QUANTITY = {
    "contact": RANK,
    "contact_estimated": RANK,
    "log_rate_ratio": RANK,
    "mention_share": TOPIC,
    "outcome_share": OUTCOME,
    "travel_share": DIRECTION,
    "pages": SIDE,
    "tone": SIDE,
    "pages_in_all": SIDE,
}


def period(label: str) -> str:
    """Years as they are coded, one and another with a hyphen or, where they go on, one with a hyphen, in words."""
    return f"since {label[:-1]}" if label.endswith("-") else label


def plain(code: str, listed: str = "") -> str:
    """A name such as ``hard_line`` as words: ``Hard line``; of a list of the codebook as the dyad calls it that is told of."""
    text = code.replace("_", " ")
    return own_label(listed, code) or tr(text[:1].upper() + text[1:])


def by_records(estimated: Mapping[str, Sequence[str]]) -> list[tuple[list[str], Sequence[str]]]:
    """Sections that are estimated from the same records, in whatever order these are listed, and the records."""
    found: dict[frozenset[str], tuple[list[str], Sequence[str]]] = {}
    for section, records in estimated.items():
        found.setdefault(frozenset(records), ([], records))[0].append(section)
    return list(found.values())


def parts(names: Sequence[str]) -> str:
    """Parts of the model at the beginning of a sentence: ``Frequency, agenda``."""
    return ", ".join([plain(names[0]), *map(inside, names[1:])])


def inside(code: str, listed: str = "") -> str:
    """The same within a sentence, and where tables print codes: ``hard line``; a dyad's own label as it is written."""
    return own_label(listed, code) or plain(code).lower()


def abbreviated(short: str, listed: str, code: str) -> str:
    """A few letters where there is no room for more: those given, or of a dyad's own label initials or a beginning."""
    label = own_label(listed, code)
    if not label or len(label) <= len(short):
        return label or short
    first, *others = label.split()
    return " ".join(f"{word[0]}." for word in (first, *others)) if others else f"{label[:4]}."


def named(quantity: str, key: str, partner: str = "partner", home: str = CASE.home["iso2"]) -> str:
    """Words for a key of a quantity in a table.

    Parameters
    ----------
    partner, home : str
        Name of the partner state; code of the other.
    """
    listed = _BY_QUANTITY.get(quantity)
    label = plain(key) if listed is None else listed.get(key, plain(key))
    text = label.replace("{partner}", tr(partner)).replace("{home}", tr(home))
    return text[:1].upper() + text[1:]


def initials(kinds: Sequence[str]) -> str:
    """A difference of two types of administration by their first letters."""
    return " \N{MINUS SIGN} ".join(SHORT_TYPE[kind][:3] + "." for kind in kinds)


def within(state: str) -> str:
    """The name of a state within a sentence."""
    name = f"the {state}" if state.startswith("United ") else state
    return tr(name)


def states(home: str, partner: str) -> str:
    """Names of two states at the beginning of a title."""
    text = tr("{home} and {partner}", home=within(home), partner=tr(partner))
    return text[:1].upper() + text[1:]


def side_comes(direction: str, partner: str, home: str = CASE.home["iso2"]) -> str:
    """Which side travels, as ``the US side comes``."""
    return DIRECTION[direction].format(partner=tr(partner), home=tr(home))


def number(value: float, digits: int = 0) -> str:
    """A number with thousands separators and a real minus sign; never minus zero."""
    rounded = round(float(value), digits) + 0.0
    return local(f"{rounded:,.{digits}f}").replace("-", "\N{MINUS SIGN}")


def exact(value: float) -> str:
    """A number of a file as short as it can be, to six digits, with a real minus sign: ``6``, ``0.005``."""
    return local(f"{float(value) + 0.0:.6g}").replace("-", "\N{MINUS SIGN}")


def counted_text(told: str) -> str:
    """What a table counts, such as ``4,000 pairs``."""
    count, _, noun = told.partition(" ")
    return f"{local(count)} {tr(noun)}"


def digits_for(error: float) -> int:
    """Decimals that a number deserves whose Monte Carlo error is `error`: its first digit, at most 4."""
    if not math.isfinite(error) or error <= 0:
        return 2
    return min(4, max(0, -math.floor(math.log10(error))))


def share(value: float) -> str:
    """A share as a percentage without decimals; small ones with one."""
    percent = 100 * float(value)
    return f"{number(percent, 1 if abs(percent) < 10 else 0)} %"


# Numbers in the page: what is read, and beside it, for machines, what the table says exactly.

def datum(value: float, digits: int = 0, scale: float = 1.0, unit: str = "") -> Markup:
    """A rounded number inside an element that carries the exact one.

    Parameters
    ----------
    value : float
        As in the table.
    digits : int
        Decimals shown.
    scale : float
        What the shown number is multiplied by: 100 for percentages.
    unit : str
        Put after the number.
    """
    return Markup('<data value="{}">{}{}</data>').format(
        repr(float(value)), number(scale * value, digits), unit
    )


def percent(value: float) -> Markup:
    """A share as a percentage: no decimals from 10 % on, one below."""
    return datum(value, 0 if abs(value) >= 0.0995 else 1, 100, "\N{NO-BREAK SPACE}%")


def with_error(mean: float, error: float, scale: float = 1.0, unit: str = "") -> Markup:
    """A mean to the decimals that its Monte Carlo error allows, with that error."""
    digits = digits_for(scale * error)
    shown = datum(mean, digits, scale), datum(error, digits, scale, unit)
    return Markup("{}\N{NO-BREAK SPACE}\N{PLUS-MINUS SIGN}\N{NO-BREAK SPACE}{}").format(*shown)


def number_with_error(value: float, error: float) -> str:
    """A number to the decimals that its Monte Carlo error allows, with that error, for figures and tables: ``55 ± 5``."""
    if not error > 0:
        return number(value, 1)
    digits = digits_for(error)
    return f"{number(value, digits)}\N{NO-BREAK SPACE}\N{PLUS-MINUS SIGN}\N{NO-BREAK SPACE}{number(error, digits)}"


# Figures and tables of a page on every screen.

def whole_picture(path: Path) -> dict[str, str]:
    """A drawing (SVG) as a page needs it that is not short of room: its bytes as a URL, and its shape."""
    drawn = path.read_bytes()
    return {"source": f"data:image/svg+xml;base64,{b64encode(drawn).decode('ascii')}",
            "shape": proportions(drawn.decode("utf-8"))}


def proportions(svg: str) -> str:
    """Width to height of a drawing, as CSS writes it: the room that it has in a page, also while it is shown large elsewhere."""
    sizes = dict(re.findall(r'\b(width|height)="([\d.]+)', svg[svg.index("<svg"):].partition(">")[0]))
    return f"{sizes['width']} / {sizes['height']}" if len(sizes) == 2 else "auto"


def stacked_tables(page: str) -> str:
    """A page whose tables can be read row by row on a narrow screen: every cell bears the heads of its column as its label.

    Parts of a table also bear their roles, which browsers forget for what is not laid out as a table. Tables of too many columns
    for a screen of middle width have the class ``many``. The rest is done by the template ``tables.css``.
    """
    return re.sub(r"<table\b.*?</table>", lambda found: _stacked(found[0]), page, flags=re.DOTALL)


MANY = 10
"""Columns from which a table is too wide for a screen of middle width."""
_ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell", "col": "columnheader",
          "row": "rowheader"}


def _stacked(table: str) -> str:
    head, end, body = table.partition("</thead>")
    labels = _labels(head)
    rows = re.sub(r"<tr\b.*?</tr>", lambda row: _labelled(row[0], labels), body, flags=re.DOTALL)
    whole = re.sub(r'<(?:(table|thead|tbody|tr|td)\b|th(?= scope="(col|row)))',
                   lambda tag: f'{tag[0]} role="{_ROLES[tag[1] or tag[2]]}"', head + end + rows)
    return whole.replace("<table", '<table class="many"', 1) if len(labels) >= MANY else whole


def _labels(head: str) -> list[str]:
    """What stands above each column, from the top down; a head of several columns is said of each."""
    told: dict[tuple[int, int], str] = {}
    for row, heads in enumerate(re.findall(r"<tr\b.*?</tr>", head, flags=re.DOTALL)):
        for attributes, inner in re.findall(r"<th\b([^>]*)>(.*?)</th>", heads, flags=re.DOTALL):
            spans = dict(re.findall(r'(colspan|rowspan)="(\d+)"', attributes))
            first = next(column for column in count() if (row, column) not in told)
            text = " ".join(Markup(inner).striptags().split())
            told |= dict.fromkeys(product(range(row, row + int(spans.get("rowspan", 1))),
                                          range(first, first + int(spans.get("colspan", 1)))), text)
    columns = sorted({column for _, column in told})
    return [": ".join(dict.fromkeys(text for (_, column), text in sorted(told.items()) if column == at)) for at in columns]


def _labelled(row: str, labels: list[str]) -> str:
    """A row whose cells bear labels; the first column, whose cells are heads of rows, needs none."""
    places = iter(labels)

    def cell(found: re.Match[str]) -> str:
        label = next(places, "")
        return f'<td data-label="{Markup.escape(label)}"' if found[1] == "d" and label else found[0]

    return re.sub(r"<t([hd])\b", cell, row)


# Assumptions of a scenario in words: how large, and when.

def size(value: Mapping[str, Any]) -> str:
    """A number, or a distribution with its parameters by name."""
    return _in_words(value, [_two_digits(one) for one in value["parameters"]])


def months(value: Mapping[str, Any]) -> str:
    """A wait in months: ``6 months``, ``1 to 6 months``."""
    numbers = [exact(one) for one in value["parameters"]]
    told = _in_words(value, numbers)
    many = int(value["parameters"][-1]) if len(numbers) == 1 and float(value["parameters"][0]).is_integer() else 2
    return trn("{told} month", "{told} months", many, told=told)


def _two_digits(value: float) -> str:
    """A number with two decimals, or with as many as it has where two would change it; a whole one has none."""
    whole = float(value).is_integer() and abs(value) >= 1
    return number(value, 2) if abs(round(value, 2) - value) < 1e-9 and not whole else exact(value)


def _in_words(value: Mapping[str, Any], numbers: Sequence[str]) -> str:
    if value["kind"] == "fixed":
        return numbers[0]
    if value["kind"] == "uniform":
        return tr("{low} to {high}", low=numbers[0], high=numbers[1])
    if value["kind"] == "normal":
        return tr("normal with mean {mean} and standard deviation {sd}", mean=numbers[0], sd=numbers[1])
    named = ", ".join(f"{name} {number}" for name, number in zip(FAMILY[value["kind"]].parameters, numbers, strict=True))
    return tr("{kind} with {named}", kind=tr(value["kind"].replace("_", " ")), named=named)


def when(event: Mapping[str, Any]) -> str:
    """When an event happens, if it does."""
    parts = [_time(event)]
    if event.get("probability"):
        parts.append(tr("with probability {size}", size=size(event["probability"])))
    if event.get("after") and _time(event) != _after(event):
        parts.append(tr("only after {event}", event=event["after"]))
    if event.get("unless"):
        parts.append(tr("not after {event}", event=event["unless"]))
    return ", ".join(parts)


def _time(event: Mapping[str, Any]) -> str:
    if event.get("date"):
        return str(event["date"])[:7]
    if event.get("window"):
        return tr("in a month from {} to {}").format(*(str(month)[:7] for month in event["window"]))
    if event.get("hazard"):
        span = tenure(event)
        return tr("chance of {size} a month", size=size(event["hazard"])) + (f", {span}" if span else "")
    return _after(event)


def _after(event: Mapping[str, Any]) -> str:
    if event.get("delay_months"):
        return tr("{delay} after {event}", delay=months(event["delay_months"]), event=event["after"])
    return tr("in the same month as {event}", event=event["after"])


def tenure(item: Mapping[str, Any]) -> str:
    """From when to when something acts; empty for the whole horizon."""
    told = ((tr("from {month}"), "start"), (tr("to {month}"), "end"))
    return " ".join(text.format(month=str(item[key])[:7]) for text, key in told if item.get(key))


# Texts of others inside Markdown.

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>$#|~^@])")



def markdown_text(text: object) -> str:
    """Text that Markdown leaves alone: tags of HTML are dropped, signs are escaped, line breaks are spaces."""
    plain = text.striptags() if isinstance(text, Markup) else str(text)
    return _SPECIAL.sub(r"\\\1", plain).replace("\r", " ").replace("\n", " ")


# Texts of others inside LaTeX.

_LATEX = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
            "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}",
            "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",  # other signs in LaTeX's first encoding
            "[": "{[}", "]": "{]}", "*": "{*}",  # after the end of a row they would be arguments of it
            "\N{MINUS SIGN}": "$-$", "\N{EN DASH}": "--", "\0": "{}"}  # fmt: skip


def escape(text: object) -> str:
    """Escape what LaTeX reserves, set minus signs in mathematics, keep hyphens apart, and make line breaks spaces."""
    told = re.sub("-(?=-)", "-\0", re.sub(r"\s*[\r\n]\s*", " ", str(text).replace("\0", "")))
    return "".join(_LATEX.get(sign, sign) for sign in told).replace(r" \%", r"\,\%")
