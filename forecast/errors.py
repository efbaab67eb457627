"""Errors that name who, where, what was expected, what was found, and the remedy."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong with an input.

    Parameters
    ----------
    source : str
        The file (or option) at fault.
    where : str
        The place inside it, e.g. ``row 12, column us_rank`` or ``line 4, key events.0.date``.
    expected, found : str
        What would have been right, and what stood there.
    remedy : str
        What to do about it.
    """

    source: str
    where: str
    expected: str
    found: str
    remedy: str

    def __str__(self) -> str:
        """One line that a person can act on; characters that no terminal should be sent, by number."""
        return _printable(f"{self.source}: {self.where}: expected {self.expected}, found {self.found}. {self.remedy}")


def _printable(text: str) -> str:
    """A text on one line, with escapes in the place of characters that cannot be seen: names and keys come from files."""
    line = " ".join(text.splitlines())
    return line if line.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)


class ForecastError(Exception):
    """Anything that stops the program on purpose; ends with exit code 1."""

    exit_code = 1


class InputError(ForecastError):
    """Bad input, with every fault that was found in one pass; ends with exit code 2."""

    exit_code = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type["InputError"], tuple[tuple[Fault, ...]]]:
        """The faults, not their text, go from a worker to the process that started it."""
        return type(self), (self.faults,)


TOLD = 20
"""Faults of one input that are told one by one; of the others, how many."""


def first_of(faults: Iterable[Fault], *, least: bool = False, remedy: str | None = None) -> list[Fault]:
    """The first faults, and a last one that says how many more there are.

    Parameters
    ----------
    faults : iterable of Fault
    least : bool
        Whether not all of them were looked for.
    remedy : str, optional
        Of the last one, where it is not that of the others.
    """
    found = list(faults)
    told, more = found[:TOLD], len(found) - TOLD
    if more > 0:
        told.append(replace(told[-1], where="whole file", expected="none of these faults", remedy=remedy or told[-1].remedy,
                            found=f"{'at least ' if least else ''}{more} more"))
    return told


class GateError(ForecastError):
    """A posterior that failed a convergence gate and must not be forecast from."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """Known word that was probably meant, or None where none is near."""
    return next(iter(get_close_matches(word, sorted(known), n=1, cutoff=0.6)), None)


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, or list them all.

    Parameters
    ----------
    word : str
        What stood in the file.
    known : iterable of str
        The words allowed there.

    Returns
    -------
    str
        A remedy sentence.
    """
    choices = sorted(known)
    close = closest(word, choices)
    return f"Did you mean '{close}'?" if close else "Use one of: " + ", ".join(choices) + "."
