"""All that is told of a comparison of administrations: tables (CSV, LaTeX), figures, a page without network, the screen, and the
section of a run's report.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.table import Table
from rich.text import Text

from forecast.console import console
from forecast.contacts import codes
from forecast.evaluation.compare_administrations import Comparison, agreements, chronology, compare_presidents, practice
from forecast.evaluation.visits import DRAWS, FEWEST, governed
from forecast.panel import Panel
from forecast.panel.elections import Winner
from forecast.report.administrations_tables import (
    PERCENT,
    PRACTICE_NOTE,
    agreement_rows,
    agreements_latex,
    chronology_latex,
    chronology_rows,
    comparison_latex,
    conclusions,
    headings,
    note,
    practice_latex,
    practice_rows,
    printed,
    told_apart,
)
from forecast.report.content import ReportContent
from forecast.report.figures.chronology import READING, alt, draw, joined_names
from forecast.report.files import write_table
from forecast.report.language import calling
from forecast.report.style import SINGLE_MM, drawn_at, save_figure, write_figure
from forecast.report.words import OUTCOME, day, stacked_tables, states, whole_picture, within

if TYPE_CHECKING:
    from rich.console import Console

METHOD = (
    "Counts are of recorded contacts; rates are per year observed. A visit (contacts of one direction on days in a row) is one "
    f"case. Intervals ({PERCENT}) are those of {DRAWS:,} draws of a Bayesian bootstrap over visits: every visit gets an "
    "exponential weight, so that a rate of visits of equal size has its Jeffreys posterior, and what was never seen in a term is "
    "not taken for impossible. Ratios are of rates with contacts on both sides. Distances of topics are told beside what chance "
    "alone gives where pages of one side about one visit are dealt out to the sides anew. Nothing is held constant."
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """A comparison with its chronology: all that is told of some presidents."""

    panel: Panel
    found: Comparison
    chronology: pd.DataFrame
    agreements: pd.DataFrame
    practice: pd.DataFrame

    @property
    def states(self) -> dict[str, str]:
        """Names of the partner and of the home state."""
        return {"partner": self.partner, "home": ", ".join(dict.fromkeys(self.panel.home))}

    @property
    def partner(self) -> str:
        """Name of the partner state, or of several."""
        return ", ".join(self.panel.partner)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """By the names of their files."""
        found = self.found
        tables = {"counts": found.count, "differences": found.difference, "practice": self.practice,
                  "agreements": self.agreements, "chronology": self.chronology}
        return tables | ({"frames": found.frame, "frame_distance": found.frame_distance} if found.has_pages else {})

    @property
    def names(self) -> list[str]:
        """Of the presidents."""
        return [one.name for one in self.found.sides]

    @property
    def title(self) -> str:
        """Of the page and the screen."""
        home = " and ".join(dict.fromkeys(one.home for one in self.panel.about))
        return f"{states(home, self.partner)} under {joined_names(self.found.sides)}"


def account(panel: Panel, found: Comparison) -> Account:
    """Put the chronology and what follows from it beside a comparison."""
    table = chronology(panel, found.sides)
    return Account(panel=panel, found=found, chronology=table, agreements=agreements(table),
                   practice=practice(panel, found.sides))


def write_account(told: Account, folder: Path, seed: int) -> None:
    """Write every table, both figures and the page into a folder that exists."""
    with calling(told.panel.about):
        _write(told, folder, seed)


def _write(told: Account, folder: Path, seed: int) -> None:
    found = told.found
    for name, table in told.tables.items():
        write_table(_days(table), folder / f"{name}.csv")
    caption = f"{told.title}, as of {day(told.panel.as_of)}"
    for name, text in {
        "administrations": comparison_latex(found, told.states),
        "practice": practice_latex(told.practice, told.names, told.states),
        "agreements": agreements_latex(told.agreements, f"{caption}: what was agreed"),
        "chronology": chronology_latex(told.chronology, f"{caption}: every contact"),
    }.items():
        (folder / f"{name}.tex").write_text(text, encoding="utf-8")
    drawn = partial(draw, told.chronology, found.sides, told.partner, day(told.panel.as_of))
    with drawn_at(SINGLE_MM):
        save_figure(drawn(), folder, "chronology_narrow")
    files = write_figure(drawn, folder, "chronology")
    picture = next((path for path in files if path.suffix == ".svg"), None)
    (folder / "administrations.html").write_text(render(told, picture, seed), encoding="utf-8")


def _days(table: pd.DataFrame) -> pd.DataFrame:
    """Dates as days, without a time."""
    return table.assign(**{name: table[name].dt.strftime("%Y-%m-%d") for name in table.select_dtypes("datetime")})


def render(told: Account, picture: Path | None, seed: int) -> str:
    """The page, with the figure inside."""
    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    figure = {"heading": "Chronology", "alt": alt(told.chronology, told.found.sides), "source": "", "shape": "auto"}
    page = environment.get_template("administrations.html.j2").render(
        title=told.title, about=f"Recorded official contacts. Nothing dated after {day(told.panel.as_of)} was used.",
        conclusions=conclusions(told.found, told.states), figure=figure | (whole_picture(picture) if picture else {}),
        reading=READING.format(home=within(told.states["home"])),
        note=note(told.found), columns=headings(told.found),
        printed=list(printed(told.found, told.states)), practice=practice_rows(told.practice, told.states),
        practice_note=PRACTICE_NOTE, names=told.names, agreements=agreement_rows(told.agreements),
        chronology=chronology_rows(told.chronology), method=f"{METHOD} Seed {seed}.")
    return stacked_tables(page.replace(" %", "\N{NO-BREAK SPACE}%"))


# What `forecast compare-administrations` prints: it fits into 80 columns for two presidents.

NAMED = codes.OUTCOME.numbers[2:]
"""Outcomes whose contacts are listed one by one."""


def print_account(told: Account) -> None:
    """Print counts, what was begun and dropped, what was agreed, and what can be concluded."""
    with calling(told.panel.about):
        _print_all(told)


def _print_all(told: Account) -> None:
    screen = console()
    screen.print(f"{told.title}, as of {day(told.panel.as_of)}", style="bold")
    screen.print(note(told.found))
    for part in printed(told.found, told.states):
        _print(screen, part.heading, ["", *headings(told.found)], part.rows, right=True)
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


# A section of a run's report: what the presidents on record who stand for the outcomes of the election did, counted.

SHOWN = ("contacts", "us_rank")
"""Groups of the short table."""
MOST = 8
"""Differences beyond zero that are told one by one."""


@dataclass(frozen=True, kw_only=True)
class Did:
    """Names, headings, rows of the table, its note, sentences, and how many differences are left to the command."""

    names: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str
    sentences: tuple[str, ...]


def administrations_section(content: ReportContent) -> Did | None:
    """What is told of the presidents whom the record knows; None where it knows fewer than two.

    The winner of an outcome stands for it where he has governed on record, else the last president of his type.
    """
    names = presidents_of_outcomes(content)
    if len(names) < FEWEST:
        return None
    found = compare_presidents(content.panel, governed(content.panel, names), int(content.manifest["seed"]))
    states = {"partner": content.partner, "home": content.panel.home[0]}
    groups = {part.group: part for part in printed(found, states)}
    rows = tuple(row for group in SHOWN if group in groups for row in groups[group].rows)
    return Did(names=tuple(names), columns=tuple(headings(found)), rows=rows, note=note(found),
               sentences=tuple(_short(found, conclusions(found, states))))


def presidents_of_outcomes(content: ReportContent) -> list[str]:
    """Presidents on record for the outcomes of the elections of the scenarios, each once."""
    stand = (_on_record(content.panel, winner) for winner in content.winners.values())
    return list(dict.fromkeys(name for name in stand if name))


def _on_record(panel: Panel, winner: Winner) -> str | None:
    terms = panel.administration
    own = [term for term in terms if term.president == winner.president] or [term for term in terms if term.type == winner.type]
    return own[-1].president if own else None


def _short(found: Comparison, sentences: Sequence[str]) -> Iterator[str]:
    """The sentences without the less sure differences of each pair, which are counted instead."""
    left = {pair: max(0, len(told_apart(found, *pair)) - MOST) for pair in found.pairs}
    seen = 0
    for sentence in sentences:
        single = "; difference " in sentence
        seen = seen + 1 if single else 0
        if not single or seen <= MOST:
            yield sentence
    if any(left.values()):
        yield (f"Of each pair the {MOST} surest differences are told; {sum(left.values())} more, the table and a chronology "
               "with every source are what forecast compare-administrations writes.")
