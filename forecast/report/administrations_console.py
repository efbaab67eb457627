"""What `forecast compare-administrations` prints: it fits into 80 columns for two presidents."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from forecast.console import console
from forecast.contacts import codes
from forecast.report.administrations_page import Account
from forecast.report.administrations_tables import columns, note, practice_rows, printed
from forecast.report.administrations_words import conclusions
from forecast.report.words import OUTCOME, day

if TYPE_CHECKING:
    from rich.console import Console

NAMED = codes.OUTCOME.numbers[2:]
"""Outcomes whose contacts are listed one by one."""


def print_account(told: Account) -> None:
    """Print counts, what was begun and dropped, what was agreed, and what can be concluded."""
    screen = console()
    screen.print(f"{told.title}, as of {day(told.panel.as_of)}", style="bold")
    screen.print(note(told.found))
    for part in printed(told.found, told.states):
        _print(screen, part.heading, ["", *columns(told.found)], part.rows, right=True)
    _print(screen, "Begun, kept, dropped: status, contacts in the term before and in these terms",
           ["", "first", *told.names], practice_rows(told.practice, told.states), right=False)
    _agreements(screen, told)
    screen.print("\nWhat can be concluded", style="bold")
    for sentence in conclusions(told.found, told.states):
        screen.print(f"- {sentence}")


def _print(screen: "Console", heading: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: bool) -> None:
    screen.print(f"\n{heading}", style="italic")  # a title of the table would be as narrow as it
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for place, name in enumerate(heads):
        table.add_column(name, justify="right" if right and place else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    screen.print(table)


def _agreements(screen: "Console", told: Account) -> None:
    """Memoranda and more by name; joint statements by number."""
    screen.print("\nAgreed, by name", style="italic")
    listed = told.agreements[told.agreements["outcome"].isin(NAMED)]
    for row in listed.itertuples():
        screen.print(Text(f"{row.president}, {row.date:%Y-%m-%d}: {row.outcome_note or 'not named on the page'} "
                          f"({OUTCOME[str(row.outcome)].lower()})"))
    rest = told.agreements[~told.agreements["outcome"].isin(NAMED)].groupby("president", sort=False).size()
    counts = ", ".join(f"{name} {rest.get(name, 0)}" for name in told.names)
    screen.print(f"{'Besides, joint' if len(listed) else 'Joint'} statements and agreed follow-ups: {counts}.")
