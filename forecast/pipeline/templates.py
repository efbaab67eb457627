"""Scenarios to begin with, for any dyad: one for each outcome of the coming election, and one that extends another.

What stands in them is read from the dyad and its record (:mod:`forecast.pipeline.question_templates`) and from its elections.
"""

import json
import os
import re
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from forecast import shipped
from forecast.contacts.cells import countries
from forecast.contacts.codebook import lay_out
from forecast.contacts.dyad import Dyad, load_dyad
from forecast.contacts.load import load_contacts
from forecast.contacts.spreadsheets.words import code_of
from forecast.errors import Fault, InputError
from forecast.files import is_file, same_file
from forecast.outputs import output_file
from forecast.panel.elections import Election, load_election, of_dyad
from forecast.pipeline.question_templates import (
    Subject,
    anybody,
    coming_election,
    folded,
    horizon,
    last_forecast_day,
    one_line,
    option_of,
    subject_of,
    write_questions,
)
from forecast.report.words import TYPE, day
from forecast.shipped import CASE, shipped_scenario
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario
from forecast.simulation.scenario.values import is_word

# A scenario that extends another, or begins with an election of the dyad's own, each key explained.

_HEAD = '''\
# A scenario{of}: what is assumed besides the model.
#   forecast scenario check {path}{check}
#   forecast scenario plot {path}
#   forecast run {beside}{path}{option}
# Text after "#" is a remark. Every key that is not understood is reported with its line.

name: {name}                      # short, in lower case; labels tables and figures
title: {title}
description: >-
  What is assumed, in a sentence or two.
'''
_EXTENDS = '''\
extends: {parent}.yaml            # everything that file says holds, unless it is said otherwise here
'''
_ALONE = '''\
as_of: {as_of}                 # the last day whose records are used
election: {election}
outcome: {first_outcome}
horizon: {{start: {start}, end: {end}}}   # first and last month of the forecast
'''
_REST = '''\
{dyad}
# outcome: {{{outcomes}}}   # leave the election open, with probabilities that add up to one

# Sizes are numbers, or distributions where you are unsure: {{normal: [mean, sd]}}, {{uniform: [low, high]}},
# {{student_t: [nu, mean, scale]}}, {{triangular: [low, mode, high]}}, {{beta: [alpha, beta]}} and others.
# Scales: rate, the log number of contacts (0.10 is about 10 % more); topic, log odds that a contact names it; outcome, log odds
# of a higher one; tone, log odds of a more favourable page (partner or home: whose media);
# state, standard deviations of the relation's usual swings.

# adjustments:                    # for the whole term: contacts with {partner}
#   rate: {{{rank}: {{normal: [0.10, 0.10]}}}}
#   topic: {{{topic}: 0.2}}

# cabinet:                        # an official with habits of their own
#   - id: my_official
#     title: {official}
#     rank: {rank}
#     share: 0.6                  # of the contacts of that rank are this person's
#     appetite: {{normal: [0.2, 0.2]}}   # log factor on these
#     reason: Why.

# questions:                      # dated questions that coded contacts will answer{beside_those}
#   - id: my_question
#     text: {question}
#     background: Why it is asked, and how often it happened before.
#     contacts: {{rank: [{rank}], format: [visit, meeting]}}  # also direction, topic, mechanism, outcome; all must hold
#     window: [{start}, {second}-12]    # first and last month
#     at_least: 1                   # or at_most
#     resolution: A row of contacts.csv of this rank and format with a date in the window.
# Many at once, with base rates from the record: forecast scenario questions my_questions.yaml{option}

events:
  - id: my_event                  # short name, used once
    title: {event}
    date: {second}-06             # or window: [{start}, {third}-06], or hazard: 0.02 (chance a month), or after: other_event
{like}    # probability: 0.5            # it may not happen at all
    # unless: other_event         # not once the other has happened
    shape: step                   # at once and for good; pulse with half_life_months; ramp with ramp_months
    # duration_months: 12         # a step that ends
    reason: Why the sizes are what they are, and what they rest on.
    effects:
      rate:
        all: {{normal: [0.00, 0.10]}}
'''
_LIKE = '''\
    # like: {kind}   # its sizes stand beside the record in "forecast scenario explain" (forecast data events)
'''


def write_new(name: str, parent: str | None, folder: Path, data: Path | None = None) -> Path:
    """Write a scenario that extends another, or, of a dyad with elections of its own, one that stands alone.

    Parameters
    ----------
    name : str
        The file is called after it.
    parent : str, optional
        Scenario that is extended; the first default one where none is given.
    folder : Path
        Of the new file.
    data : Path, optional
        Folder of the dyad that it is made for; any dyad where none is given.

    Raises
    ------
    InputError
        Where the name is none, the file exists, the parent is unknown, faulty, out of the new file's reach or made for another
        dyad, or the folder of the dyad has faults.
    """
    path = folder / f"{name}.yaml"
    if not is_word(name):
        raise InputError([_fault("argument NAME", "lower-case letters, digits and underscores, beginning with a letter", name,
                                 "Choose another name.")])
    if os.path.lexists(path):  # a link that leads nowhere counts too
        raise InputError([_fault("argument NAME", "the name of a file that does not exist yet", str(path),
                                 "Choose another name, or remove the file.")])
    loaded = load_contacts(data) if data else None
    file = of_dyad(data, "elections.yaml")
    if loaded and parent is None and file.parent == data:  # no scenario that ships is of elections of its own
        extended, election = None, coming_election(loaded.dyad, file)
    else:
        extended = _extended(parent or CASE.scenarios[0], folder, loaded.dyad.id if loaded else None)
        election = load_election(extended[1].election, file)
        named = shipped.dyads().get(extended[1].dyad or "")
        data, loaded = (named, load_contacts(named)) if named and not loaded else (data, loaded)
    subject = subject_of(data, loaded.dyad, loaded.contact) if data and loaded else anybody()
    with output_file(path) as place:
        place.write_text(_scenario(path, subject, election, extended, option_of(data)), encoding="utf-8")
    return path


def _fault(where: str, expected: str, found: str, remedy: str) -> Fault:
    return Fault(source="command line", where=where, expected=expected, found=found, remedy=remedy)


def _extended(parent: str, folder: Path, dyad: str | None) -> tuple[str, Scenario]:
    """The scenario that a file in a folder extends, by its stem: one beside it, else a shipped one; checked."""
    wanted = Path(parent)
    beside, known = folder / f"{wanted.name.removesuffix('.yaml')}.yaml", shipped_scenario(wanted)
    if is_file(beside) and (wanted.name == parent or same_file(wanted, beside)):
        found = beside
    elif is_file(wanted) and not (known and same_file(wanted, known)):
        raise InputError([_fault("option --extends", "a shipped scenario, or a file in the folder of the new one", parent,
                                 f"Write the new one beside it: --out {wanted.parent}.")])
    else:
        found = find_scenario(parent)
    if not re.fullmatch(r"[\w.-]+( [\w.-]+)*", found.stem):
        raise InputError([_fault("option --extends", "a file with a name of letters, digits, '_', '-' and '.'", found.name,
                                 "Rename it.")])
    scenario = load_scenario(found)
    if dyad and scenario.dyad not in (None, dyad):
        raise InputError([_fault("option --extends", f"a scenario for {dyad}, or for any dyad", f"one for {scenario.dyad}",
                                 f"Its sizes are argued for {scenario.dyad}: extend {CASE.scenarios[0]}, and argue them anew.")])
    return found.stem, scenario


def _scenario(path: Path, subject: Subject, election: Election, extended: tuple[str, Scenario] | None, option: str) -> str:
    """Text of a new scenario for somebody."""
    first, last = horizon(election)
    parent = extended[0] if extended else ""
    start = extended[1].horizon.start if extended else election.term_start
    share = 1 / len(election.outcomes)
    words = {
        "name": path.stem, "title": path.stem.replace("_", " ").capitalize(), "path": shlex.quote(str(path)), "option": option,
        "of": f" for contacts with {subject.partner}" if subject.dyad else "", "parent": parent, "rank": subject.rank,
        "partner": subject.partner,
        "beside": f"{_typed(parent, path)} " if extended else "", "check": option if not extended else "",
        "as_of": last_forecast_day(subject.dyad, election) if subject.dyad else election.eve, "election": election.id,
        "first_outcome": next(iter(election.outcomes)), "end": last, "topic": subject.topic,
        "outcomes": ", ".join(f"{one}: {share}" for one in election.outcomes),
        "start": f"{start:%Y-%m}" if extended else first, "second": start.year + 1, "third": start.year + 2,
        "dyad": (f"dyad: {subject.dyad.id}  # the sizes below are argued for {subject.partner}" if subject.dyad
                 else "# dyad: us_xx                   # id of the dyad for which the sizes below are argued"),
        "official": json.dumps(f"An official who sees more of {subject.partner}", ensure_ascii=False),
        "question": json.dumps(f"Will there be a meeting in person with {subject.partner} at the rank "
                               f"{subject.label('us_rank', subject.rank)} by the end of {start.year + 1}?", ensure_ascii=False),
        "event": json.dumps(f"Something happens that matters for contacts with {subject.partner}", ensure_ascii=False),
        "beside_those": f"; asked beside those of {parent}.yaml" if extended else "",
        "like": _LIKE.format(kind=subject.kinds[0]) if subject.kinds else "",
    }
    return (_HEAD + (_EXTENDS if extended else _ALONE) + _REST).format(**words)


def _typed(parent: str, path: Path) -> str:
    """How the parent of a file is named on a command line."""
    beside = path.with_name(f"{parent}.yaml")
    return shlex.quote(str(beside)) if is_file(beside) else parent


# The scenarios of a coming election: one for each outcome, in which nothing else is assumed.

_BASE = '''\
# {title}; nothing else is assumed of contacts with {partner}.
#
# A scenario file is a list of "key: value" lines; spaces at the beginning of lines say what belongs to what. Text after "#" is a
# remark. A misspelt key is reported with its line and the key that was probably meant. What else might happen goes into a file of
# its own beside this one, which extends it:
#   forecast scenario new my_scenario --extends {outcome} --data {data} --out {folder}

name: {outcome}
title: {quoted}
description: >-
  {description}
dyad: {dyad}

as_of: {as_of}           # the last day whose records are used
election: {election}           # which election
outcome: {outcome}              # who wins it: {outcomes}

horizon:                    # first and last month of the forecast
  start: {start}
  end: {end}

questions: {questions}   # asked of every scenario that names this file
'''


def _code_of(partner: str) -> str:
    """Code of the state that a name means for certain (raises InputError where none does)."""
    found = code_of(partner, "place")
    if found is None or not found.certain:
        name = countries().get(found.code) if found else None
        like = f"Did you mean '{name}' (--iso2 {found.code})?" if found and name else None
        raise InputError([Fault(source="data new", where="option --iso2", found="none given, and no state that is called so",
                                expected=f"the two-letter code of {partner} (ISO 3166)",
                                remedy=like or "Give its code, or one of XA to XZ where it has none.")])
    return found.code


def new_dyad(directory: Path, name: str, partner: str, iso2: str | None = None) -> tuple[Path, tuple[Path, ...]]:
    """Lay out an empty dyad folder, and beside it scenarios of the coming election with questions.

    Parameters
    ----------
    directory, name, partner, iso2
        As for :func:`forecast.contacts.codebook.lay_out`; scenarios go to the folder ``NAME_scenarios``. Without a
        code, that of the state that the partner's name means.

    Returns
    -------
    tuple
        The dyad folder; and the scenarios, one for each outcome, followed by the file of questions.

    Raises
    ------
    InputError
        Where either folder exists, the name or code are malformed, or no state has the name; nothing was written then.
    """
    place = directory / f"{name}_scenarios"
    if os.path.lexists(place):
        raise InputError([Fault(source=str(place), where="argument NAME", expected="a new folder for scenarios",
                                found="one that exists", remedy="Choose another name, or move it.")])
    folder = lay_out(directory, name, partner, iso2 or _code_of(partner))
    try:
        return folder, _base_scenarios(folder, place)
    except BaseException:  # both are new: half of them would be in the way of the next try
        for one in (place, folder):
            shutil.rmtree(one, ignore_errors=True)
        raise


def _base_scenarios(folder: Path, place: Path) -> tuple[Path, ...]:
    """Write a scenario of each outcome and their questions into a folder; the questions come last."""
    dyad = load_dyad(folder)
    election = coming_election(dyad, of_dyad(folder, "elections.yaml"))
    asked = Path("questions") / f"{dyad.id}_{election.term_start.year}_{horizon(election)[1][:4]}.yaml"
    texts = {f"{outcome}.yaml": _base(folder, place, dyad, election, outcome, asked) for outcome in election.outcomes}
    for file, text in texts.items():
        with output_file(place / file) as partial:
            partial.write_text(text, encoding="utf-8")
    write_questions(place / asked, folder)
    return tuple(place / file for file in (*map(Path, texts), asked))


def next_steps(folder: Path, scenarios: Sequence[Path]) -> tuple[str, ...]:
    """What to do with a new dyad, as it is typed: nothing but contacts is missing."""
    data, asked, *outcomes = (shlex.quote(str(one)) for one in (folder, scenarios[-1], *scenarios[:-1]))
    out = shlex.quote(f"{folder}_run")
    return (f"Next: edit {folder}/dyad.yaml and code contacts ({folder}/README.md has every code). Then",
            f"  forecast data add {data} rows.csv", f"  forecast data check {data}",
            f"  forecast scenario questions {asked} --data {data}",
            f"  forecast run {' '.join(outcomes)} --data {data} --out {out}")


def _base(folder: Path, place: Path, dyad: Dyad, election: Election, outcome: str, questions: Path) -> str:
    """Text of the scenario of one outcome."""
    winner, (start, end) = election.outcomes[outcome], horizon(election)
    title = f"{winner.president} administration"
    description = (f"The election of {day(election.date)} makes {winner.president} {election.office}. Contacts with "
                   f"{one_line(dyad.partner)} follow from what past administrations did; the type of this one is "
                   f"{TYPE.get(winner.type, winner.type)}. No event is assumed.")
    return _BASE.format(
        title=title[:1].upper() + title[1:], quoted=json.dumps(title[:1].upper() + title[1:], ensure_ascii=False),
        partner=one_line(dyad.partner), outcome=outcome, data=shlex.quote(str(folder)), folder=shlex.quote(str(place)),
        description=folded(description, "  ").lstrip(), dyad=dyad.id, as_of=last_forecast_day(dyad, election),
        election=election.id,
        outcomes=" or ".join(election.outcomes), start=start, end=end, questions=questions.as_posix())
