"""A ledger: a folder of frozen forecasts that only grows, with an index whose lines vouch for one another.

``index.jsonl`` has a line for every forecast: its number, hash, file and dates, the hash of the line before, and that of the line
itself (``chain``). A line that is changed, removed from the middle or put elsewhere breaks the chain; lines removed from the end
leave their files in ``forecasts/`` behind. Whoever publishes the last ``chain`` can be held to all of the ledger up to there. The
time is that of the machine: only a published hash proves a day.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from forecast import shipped
from forecast.config import Day, Strict
from forecast.contacts import load_contacts
from forecast.contacts.load import Contacts
from forecast.errors import Fault, InputError, nearest
from forecast.evaluation.freezing import days_of, score_frozen
from forecast.evaluation.frozen import Frozen, read_frozen
from forecast.evaluation.ledger import Accounts, Standing, ledger_accounts
from forecast.files import read_text, same_file
from forecast.outputs import check_directory, sha256
from forecast.panel.elections import load_administrations, load_elections, of_dyad
from forecast.panel.poles import load_poles
from forecast.panel.winners import elected
from forecast.placement import alone, atomic_file, made, sweep_partials
from forecast.yaml_reader import faults_of

INDEX, FORECASTS, KIND = "index.jsonl", "forecasts", "ledger"
FIRST = "0" * 64
"""The hash before the first line."""
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
REMEDY = "A ledger counts only as forecast ledger add wrote it: take an unchanged copy."
STRANGE = "Lines were removed from the index: take an unchanged copy. Or an add was cut short: add that forecast again."


class LedgerEntry(Strict):
    """A line of the index."""

    number: Annotated[int, Field(ge=1)]
    file: str
    added_on: Day
    sha256: Hash
    file_sha256: Hash
    dyad: str
    election: str
    as_of: Day
    frozen_on: Day
    previous: Hash
    chain: Hash

    @property
    def told(self) -> str:
        """The hash that the line must have."""
        content = self.model_dump(mode="json", exclude={"chain"})
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A ledger that was verified: its lines, and the forecasts by number."""

    entries: tuple[LedgerEntry, ...]
    frozen: Mapping[int, Frozen]

    @property
    def head(self) -> str:
        """Hash of the last line."""
        return self.entries[-1].chain if self.entries else FIRST


def read_ledger(folder: Path) -> Ledger:
    """Read a ledger and verify all of it.

    Raises
    ------
    InputError
        Where there is none, a line or a file was changed, is missing, or is one that the index does not name.
    """
    index = folder / INDEX
    if not folder.is_dir():
        raise InputError([_fault(folder, "whole folder", "a ledger", "a file" if folder.exists() else "no folder",
                                 "Begin one with forecast ledger add FROZEN --ledger DIR.")])
    entries, faults, previous = [], [], FIRST
    for number, line in enumerate(read_text(index).splitlines(), start=1):
        try:
            entry = LedgerEntry.model_validate_json(line)
        except ValidationError as error:
            line = f"line {number}"
            faults.append(next(faults_of(error, index, REMEDY, lambda key: f"{line}, key {key}" if key else line)))  # noqa: B023
            break
        faults += _misfits(index, number, entry, previous)
        entries.append(entry)
        previous = entry.chain
    frozen, wrong = _forecasts(folder, entries)
    if faults or wrong or not entries:
        raise InputError([*faults, *wrong] or [_fault(index, "whole file", "a line for every forecast", "none")])
    return Ledger(entries=tuple(entries), frozen=frozen)


def _misfits(index: Path, number: int, entry: LedgerEntry, previous: str) -> Iterator[Fault]:
    for key, expected, found in (("number", str(number), str(entry.number)), ("file", _file(number), entry.file),
                                 ("previous", f"{previous}, the hash of the line before", entry.previous),
                                 ("chain", f"{entry.told}, the hash of the line", entry.chain)):
        if found != expected.partition(",")[0]:
            yield _fault(index, f"line {number}, key {key}", expected, found[:100])


def _forecasts(folder: Path, entries: Sequence[LedgerEntry]) -> tuple[dict[int, Frozen], list[Fault]]:
    """Forecasts of the lines by number, each read anew, and what is wrong with their files."""
    frozen: dict[int, Frozen] = {}
    faults: list[Fault] = []
    for entry in entries:
        path = folder / _file(entry.number)
        try:
            frozen[entry.number], digest = read_frozen(path)
        except InputError as error:
            faults += error.faults
            continue
        told = frozen[entry.number]
        for key, expected, found in (("sha256", entry.sha256, digest), ("file_sha256", entry.file_sha256, sha256(path)),
                                     *((key, getattr(entry, key), getattr(told, key))
                                       for key in ("dyad", "election", "as_of", "frozen_on"))):
            if expected != found:
                faults.append(_fault(path, f"its {key} in {INDEX}, line {entry.number}", str(expected), str(found)))
    known = {_file(entry.number) for entry in entries}
    strange = [one for one in sorted((folder / FORECASTS).glob("[!.]*")) if f"{FORECASTS}/{one.name}" not in known]
    return frozen, [*faults, *(_fault(one, "whole file", f"a line of {INDEX} for it", "none", STRANGE) for one in strange)]


def add(folder: Path, file: Path, today: date) -> tuple[LedgerEntry, bool]:
    """Add a frozen forecast; a ledger begins where there is none.

    Returns
    -------
    tuple of Entry and bool
        Its line, and whether it is new: a forecast that the ledger has is not added again.

    Raises
    ------
    InputError
        Where the file is no frozen forecast or was changed, or the folder is no ledger and holds something.
    """
    frozen, digest = read_frozen(file)
    if not (folder / INDEX).exists():
        _clear_rest(folder, file)
        check_directory(folder, KIND, [file])
    with made(folder / FORECASTS), alone(folder):
        _clear_rest(folder, file)
        for place in (folder, folder / FORECASTS):
            sweep_partials(place)
        begun = (folder / INDEX).exists()  # by now, perhaps by another
        ledger = read_ledger(folder) if begun else Ledger(entries=(), frozen={})
        known = next((one for one in ledger.entries if one.sha256 == digest), None)
        if known is not None:
            return known, False
        number = len(ledger.entries) + 1
        entry = LedgerEntry(number=number, file=_file(number), added_on=today, sha256=digest, file_sha256=sha256(file),
                            dyad=frozen.dyad, election=frozen.election, as_of=frozen.as_of, frozen_on=frozen.frozen_on,
                            previous=ledger.head, chain=FIRST)
        entry = entry.model_copy(update={"chain": entry.told})
        text = (folder / INDEX).read_text(encoding="utf-8") if begun else ""
        with atomic_file(folder / entry.file) as partial:
            shutil.copyfile(file, partial)
        try:
            with atomic_file(folder / INDEX) as partial:
                partial.write_text(f"{text}{json.dumps(entry.model_dump(mode='json'))}\n", encoding="utf-8")
        except BaseException:
            (folder / entry.file).unlink(missing_ok=True)  # a file without a line would keep the ledger from being read
            raise
    return entry, True


def _clear_rest(folder: Path, file: Path) -> None:
    """Remove what an add of this very file left that was killed before the line of it was written."""
    index, kept = folder / INDEX, len([*(folder / FORECASTS).glob("[!.]*")])
    number = len(index.read_bytes().splitlines()) + 1 if index.is_file() else 1
    rest = folder / _file(number)
    if kept == number and rest.is_file() and not same_file(rest, file) and sha256(rest) == sha256(file):
        rest.unlink()
        if not index.exists():
            with suppress(OSError):
                rest.parent.rmdir()


def _file(number: int) -> str:
    return f"{FORECASTS}/{number:04}.json"


def _fault(path: Path, where: str, expected: str, found: str, remedy: str = REMEDY) -> Fault:
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)


# What is known of every forecast by now.

def score_ledger(ledger: Ledger, folders: Sequence[Path], outcomes: Sequence[str]) -> Accounts:
    """Score all forecasts of a ledger by records of their dyads.

    Parameters
    ----------
    folders : sequence of Path
        Records, one for each dyad; the shipped ones where none is given.
    outcomes : sequence of str
        ``ELECTION=OUTCOME``, who won, for elections after which the table of terms names nobody.

    Raises
    ------
    InputError
        With every fault of a record or of what is said of outcomes.
    """
    named = list(folders) or [place for dyad, place in shipped.dyads().items() if dyad in {one.dyad for one in ledger.entries}]
    records = {found.dyad.id: (folder, found) for folder, found in ((one, load_contacts(one)) for one in named)}
    told = _told(outcomes, ledger)
    return ledger_accounts([_standing(entry, ledger.frozen[entry.number], records.get(entry.dyad), told)
                            for entry in ledger.entries])


def _told(outcomes: Sequence[str], ledger: Ledger) -> dict[str, str]:
    """Election -> who won, as it was said (raises InputError with every fault)."""
    known: dict[str, set[str]] = {}
    for one in ledger.frozen.values():
        known.setdefault(one.election, set()).update(name for scenario in one.scenario.values() for name in scenario.outcome)
    found, faults = {}, []
    for text in outcomes:
        election, _, outcome = text.partition("=")
        choices = known.get(election, set())
        if outcome not in choices:
            expected = f"{election}= and one of {', '.join(sorted(choices))}" if choices else "ELECTION=OUTCOME of a forecast"
            remedy = nearest(outcome[:80], choices) if choices else nearest(election[:80], known)
            faults.append(Fault(source="ledger score", where="option --outcome", expected=expected, found=repr(text[:80]),
                                remedy=remedy))
        found[election] = outcome
    if faults:
        raise InputError(faults)
    return found


def _standing(entry: LedgerEntry, frozen: Frozen, record: tuple[Path, Contacts] | None, told: Mapping[str, str]) -> Standing:
    bare: Any = {"number": entry.number, "sha256": entry.sha256, "frozen": frozen, "added_on": entry.added_on}
    outcome = _winner(frozen, record[0] if record else None, told)
    if record is None:
        return Standing(**bare, outcome=outcome, why=f"no record of {frozen.dyad} was given")
    until, contacts = record[1].dyad.coded_until, record[1]
    if days_of(frozen, frozen.month[0])[1] > until:
        return Standing(**bare, outcome=outcome, coded_until=until,
                        why=f"no month of it is over by {until}, to which contacts are coded")
    if outcome is None:
        return Standing(**bare, coded_until=until, why=f"who won {frozen.election} is not known: say it with --outcome")
    scored = score_frozen(frozen, contacts.contact, until, outcome, load_poles(contacts.dyad, until))
    return Standing(**bare, outcome=outcome, coded_until=until, scored=scored)


def _winner(frozen: Frozen, folder: Path | None, told: Mapping[str, str]) -> str | None:
    """Who won, by the table of terms or by what was said; the two must not differ (raises InputError)."""
    elections = {one.id: one for one in load_elections(of_dyad(folder, "elections.yaml"))}
    election = elections.get(frozen.election)
    found = elected(election, load_administrations(of_dyad(folder, "administrations.csv"))) if election else None
    said = told.get(frozen.election)
    if found and said and said != found:
        raise InputError([Fault(source="ledger score", where="option --outcome", found=f"{frozen.election}={said}",
                                expected=f"{frozen.election}={found}, which the table of terms says", remedy="Leave it out.")])
    return found or said
