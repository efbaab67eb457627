"""Dated questions for any dyad, made from templates, each with its base rate in the record.

What stands in them is read from the dyad and its record: the partner's name, its ranks and topics, the years of its elections. A
base rate is the share of past terms in which the answer was yes in the same months
(:func:`forecast.evaluation.questions.past_windows`); a threshold is the median count of these months, and at least one.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from textwrap import fill
from typing import Any

import pandas as pd

from forecast import shipped
from forecast.console import Progress
from forecast.contacts import codes
from forecast.contacts.codebook import FILES
from forecast.contacts.dyad import Dyad, load_dyad
from forecast.contacts.load import load_contacts
from forecast.errors import Fault, InputError
from forecast.evaluation.baselines import QUESTION_BASELINES, question_chances
from forecast.evaluation.questions import holds, matches, past_windows, span
from forecast.outputs import called, output_file
from forecast.panel import Panel, load_panel
from forecast.panel.elections import Election, load_elections, of_dyad
from forecast.panel.events import load_kinds, names_known
from forecast.report.words import day, side_comes
from forecast.simulation.scenario import Question

FEWEST = 3
"""Past terms with the same months that a base rate needs."""


def coming_election(dyad: Dyad, path: Path) -> Election:
    """The first election of a file whose term begins after the end of a dyad's coding (raises InputError where there is none)."""
    found = sorted((one for one in load_elections(path) if one.term_start > dyad.coded_until), key=lambda one: one.date)
    if not found:
        raise InputError([Fault(source=str(path), where="key election", found="none",
                                expected=f"an election whose term begins after {dyad.coded_until}, the end of {dyad.id}",
                                remedy="Add its record.")])
    return found[0]


def horizon(election: Election) -> tuple[str, str]:
    """First and last month of a term, as scenarios have them."""
    return f"{election.term_start:%Y-%m}", f"{election.term_end.replace(day=1) - timedelta(days=1):%Y-%m}"


def last_forecast_day(dyad: Dyad, election: Election) -> date:
    """The last day that a forecast of the election may use."""
    return min(election.eve, dyad.coded_until)


def option_of(folder: Path | None) -> str:
    """How a command line names a dyad: by name where it ships, by folder otherwise; nothing for the default."""
    if folder is None or folder == shipped.DYAD:
        return ""
    name = next((name for name, place in shipped.dyads().items() if place == folder), None)
    return f" --dyad {name}" if name else f" --data {shlex.quote(str(folder))}"


def one_line(text: str) -> str:
    """A name on one line, without what no file should hold."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


# What examples name: the partner, and codes that its record has.

@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whom the examples of a file are about.

    Parameters
    ----------
    partner : str
        Name of the partner state.
    dyad : Dyad, optional
        None where a file is for any dyad.
    ranks, topics : tuple of str
        Codes on record, in the order of the codebook; all of them where nothing is on record.
    rank, topic : str
        Those of them that most contacts have.
    kinds : tuple of str
        Kinds of events that an event can be like.
    """

    partner: str
    dyad: Dyad | None
    ranks: tuple[str, ...]
    topics: tuple[str, ...]
    rank: str
    topic: str
    kinds: tuple[str, ...]

    def label(self, listed: str, code: str) -> str:
        """What the dyad, or else the codebook, calls a code."""
        own = self.dyad.own_labels.get(listed, {}) if self.dyad else {}
        return own.get(code) or codes.LISTS[listed].words.get(code, code)


def anybody() -> Subject:
    """The subject of a file that names no dyad."""
    return Subject(partner="the partner", dyad=None, ranks=codes.RANK.labels, topics=codes.TOPIC.labels, rank="cabinet",
                   topic="trade", kinds=names_known(None) or ())


def subject_of(folder: Path, dyad: Dyad, contact: pd.DataFrame) -> Subject:
    """Whom the examples of a file for a dyad are about, with what its contacts have."""
    ranks = _on_record(contact["us_rank"], codes.RANK)
    topics = _on_record(contact["agenda"].str.split(";").explode(), codes.TOPIC)
    return Subject(partner=one_line(dyad.partner), dyad=dyad, ranks=ranks[1], topics=topics[1], rank=ranks[0], topic=topics[0],
                   kinds=tuple(load_kinds(folder, dyad.id)))


def _on_record(found: pd.Series, known: codes.CodeList) -> tuple[str, tuple[str, ...]]:
    """The most frequent code, and all codes on record in the order of the codebook; all that there are where none is."""
    count = found.value_counts()
    present = tuple(code for code in known if code in count)
    most = max(present, key=lambda code: int(count[code])) if present else known[len(known) // 2]
    return most, present or known.labels


def folded(text: str, indent: str) -> str:
    """A text on lines of a file, each with an indent."""
    return fill(text, 118, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


# Dated questions with their base rates in the record.

_ASKED = '''\
# Dated questions about contacts with {partner}, {start} to {end}, made from templates. Each is decided by contacts coded later by
# the codebook (forecast data codebook{codebook}): count the rows that meet the conditions. Edit, add and delete as you like.
#   forecast questions --questions {path}{option}
#
# {rates}
dyad: {dyad}

questions:
'''
_QUESTION = '''\
  # Base rate: {rate}
  - id: {id}
    text: >-
{text}
    background: >-
{background}
    contacts: {contacts}
    window: [{first}, {last}]
    at_least: {many}
    resolution: >-
{resolution}
'''


@dataclass(frozen=True, kw_only=True)
class Template:
    """A question without a threshold: what stands after it in words."""

    id: str
    words: str
    contacts: Mapping[str, Any]
    window: tuple[str, str]

    def asked(self, many: int, background: str, resolution: str) -> Question:
        """The question whether there are at least so many."""
        return Question.model_validate({
            "id": self.id, "text": f"Will at least {many} contact{'' if many == 1 else 's'} {self.words}",
            "background": background, "contacts": dict(self.contacts), "window": list(self.window), "at_least": many,
            "resolution": resolution})


Windows = Mapping[str, tuple[tuple[str, str], str]]
"""Ending of an id -> first and last month, and the window in words."""


def templates(subject: Subject, dyad: Dyad, election: Election) -> Iterator[Template]:
    """Counts by rank and year, first visits of a rank, topics, what came of it: for a dyad's own ranks and topics."""
    years, term, half = windows_of(election)
    partner, signed = one_line(dyad.partner), codes.OUTCOME.numbers[-2]
    kinds: list[tuple[str, str, Mapping[str, Any], Windows]] = [("contacts", "be recorded", {}, {**years, **term})]
    kinds += [(rank, f"be recorded at the rank {_label(subject, 'us_rank', rank)}", {"rank": [rank]}, {**years, **term})
              for rank in subject.ranks]
    kinds += [(f"{rank}_{name}", f"be recorded at the rank {_label(subject, 'us_rank', rank)} for which "
               f"{side_comes(direction, partner, dyad.home_iso2)}", {"rank": [rank], "direction": [direction]}, {**half, **term})
              for rank in subject.ranks for name, direction in zip(("visit", "invitation"), codes.DIRECTION.labels, strict=False)]
    kinds += [(f"topic_{topic}", f"name the topic {_label(subject, 'agenda', topic)}", {"topic": [topic]}, half)
              for topic in subject.topics]
    kinds += [("outcome", f"end with {_label(subject, 'outcome', str(signed))} or more", {"outcome": signed}, {**half, **term}),
              ("standing", "be sessions of a standing mechanism", {"mechanism": "standing"}, {**half, **term})]
    for key, words, contacts, windows in kinds:
        for name, (window, when) in windows.items():
            yield Template(id=f"{key}_{name}", contacts=contacts, window=window, words=f"with {partner} {words} {when}?")


def windows_of(election: Election) -> tuple[Windows, Windows, Windows]:
    """Each year of a term, the whole term, and its first half."""
    start, end = horizon(election)
    years = range(int(start[:4]), int(end[:4]) + 1)
    middle = years[(len(years) - 1) // 2]
    return ({str(year): ((max(f"{year}-01", start), min(f"{year}-12", end)), f"in {year}") for year in years},
            {f"{years[0]}_{years[-1]}": ((start, end), f"from {years[0]} to {years[-1]}")},
            {f"by_{middle}": ((start, min(f"{middle}-12", end)), f"by the end of {middle}")})


def _label(subject: Subject, listed: str, code: str) -> str:
    return f'"{one_line(subject.label(listed, code))}"'


def write_questions(path: Path, folder: Path | None, progress: Progress = lambda *_: None) -> str:
    """Write a file of questions for a dyad, each with its base rate; what is told of it.

    Parameters
    ----------
    path : Path
        New, or a file that the program wrote and nobody changed.
    folder : Path, optional
        Of the dyad; the default one where none is given. Where it has no contact yet, base rates come from the record of the same
        two states that ships with the program, if there is one.
    progress : callable, optional
        Told how many questions have their base rate.

    Raises
    ------
    InputError
        Where the folder has faults, or the file must not be written.
    """
    place = folder or shipped.DYAD
    with called(path, "argument FILE"), output_file(path, [place / name for name in (*FILES, "dyad.yaml")]) as partial:
        text, told = _asked(path, place, progress)
        partial.write_text(text, encoding="utf-8")
    return told


def _asked(path: Path, place: Path, progress: Progress) -> tuple[str, str]:
    """Text of a file of questions for the dyad in a folder, and what is told of it."""
    loaded = load_contacts(place)
    election = coming_election(loaded.dyad, of_dyad(place, "elections.yaml"))
    own = bool(len(loaded.contact))
    record = load_panel(place, as_of=last_forecast_day(loaded.dyad, election)) if own else _shipped_record(loaded.dyad, election)
    subject = subject_of(place, loaded.dyad, record.contact if record else loaded.contact)
    asked = [*_with_rates([*templates(subject, loaded.dyad, election)], record, election, progress)]
    first, last = horizon(election)
    rates = _origin(loaded.dyad, record, own=own)
    head = _ASKED.format(partner=subject.partner, start=first, end=last, path=shlex.quote(str(path)), option=option_of(place),
                         codebook=option_of(place), rates=folded(rates, "# ").removeprefix("# "), dyad=loaded.dyad.id)
    return head + "\n".join(asked), f"{len(asked)} questions. {rates}"


def _shipped_record(dyad: Dyad, election: Election) -> Panel | None:
    """The record of the same two states that ships with the program."""
    for folder in shipped.dyads().values():
        other = load_dyad(folder)
        if (other.home_iso2, other.partner_iso2) == (dyad.home_iso2, dyad.partner_iso2):
            return load_panel(folder, as_of=last_forecast_day(other, election))
    return None


def _origin(dyad: Dyad, record: Panel | None, *, own: bool) -> str:
    """Where the base rates come from, in sentences."""
    if record is None:
        return (f"No base rates: no contact of {dyad.id} is on record yet. Once there are some, write this file anew: forecast "
                "scenario questions.")
    about = record.about[0]
    of = f"{about.id}, version {about.version}: {len(record.contact)} contacts to {day(record.as_of)}"
    told = (f"Base rates are from the record of {of}. A rate says in how many past terms the answer was yes in the same months; "
            "then comes the probability by the counts of these months, a term weighing half as much as the next. The threshold "
            "is the median of these counts, and at least one.")
    return told if own else (f"{told} That record ships with the program; once contacts of your own are coded, write this file "
                             "anew: forecast scenario questions.")


def _with_rates(asked: Sequence[Template], record: Panel | None, election: Election, progress: Progress) -> Iterator[str]:
    """Each question as text, with its threshold and base rate."""
    begins = election.term_start
    least = [one.asked(1, "none", "none") for one in asked]
    past = past_windows(least, record, begins) if record else pd.DataFrame(columns=["id"])
    of = dict(tuple(past.groupby("id")))
    for number, (template, question) in enumerate(zip(asked, least, strict=True)):
        progress("base rates", number, len(asked))
        windows = of.get(template.id)
        many = max(1, int(windows["count"].median())) if windows is not None else 1
        until = " to ".join(day(one) for one in span(question, begins))
        resolution = (f"Yes if contacts coded by the codebook, dated from {until}, hold at least {many} "
                      f"row{'' if many == 1 else 's'} that meet{'s' if many == 1 else ''} the conditions; no otherwise. Decided "
                      "once coding reaches the last day, or earlier where later rows cannot change it.")
        final = template.asked(many, _background(question, record), resolution)
        yield _question(final, _rate(final, windows, record, begins), template)
    progress("base rates", len(asked), len(asked))


def _background(question: Question, record: Panel | None) -> str:
    """What the record has of such contacts."""
    if record is None:
        return "No contact is on record yet."
    found = record.contact[matches(record.contact, question)]
    last = f", the last on {found['date'].max():%Y-%m-%d}" if len(found) else ""
    return f"{len(found)} such contact{'' if len(found) == 1 else 's'} in the record to {day(record.as_of)}{last}."


def _rate(question: Question, windows: pd.DataFrame | None, record: Panel | None, begins: date) -> str:
    """The base rate of a question, or that the record is too short for one."""
    terms = 0 if windows is None else len(windows)
    if record is None or windows is None or terms < FEWEST:
        many = "no past term has" if terms == 0 else "1 past term has" if terms == 1 else f"{terms} past terms have"
        return f"none, the record is too short: {many} these months, and {FEWEST} are needed."
    windows = windows.assign(holds=holds(windows["count"].to_numpy(), question))
    chance = question_chances(question, record, windows, begins)[QUESTION_BASELINES[0]]
    return f"{int(windows['holds'].sum())} of {terms} past terms; {chance:.2f} by their counts."


def _question(question: Question, rate: str, template: Template) -> str:
    """Text of a question in a file."""
    contacts = ", ".join(f"{key}: {value if not isinstance(value, list) else f'[{", ".join(value)}]'}"
                         for key, value in template.contacts.items())
    first, last = template.window
    return _QUESTION.format(rate=rate, id=question.id, contacts=f"{{{contacts}}}", first=first, last=last, many=question.at_least,
                            **{key: folded(getattr(question, key), "      ") for key in ("text", "background", "resolution")})
