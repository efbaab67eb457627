"""`forecast condition`: of the simulated futures of a run those that agree with conditions, and what else holds in them."""

from collections.abc import Iterator
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecast.cli.console import faults, writing
from forecast.console import console, say
from forecast.shipped import CASE

if TYPE_CHECKING:
    import pandas as pd

    from forecast.evaluation.condition import Conditioned

ASKED, COUNTED = CASE.examples["asked"], CASE.examples["counted"]
EPILOG = (f"Examples: forecast condition forecast_run --given \"{ASKED}\" | forecast condition forecast_run --given \"{ASKED}\" "
          f"--given \"{COUNTED}\" --out what_if | forecast condition forecast_run --given \"contacts_total=50..100\" --json")
SEEN = "Seen in futures, not brought about: what else holds where the conditions hold is no effect of theirs."


def condition(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Directory that forecast run wrote.")],
    given: Annotated[list[str], typer.Option(
        "--given", metavar="CONDITION", show_default=False,
        help="A question of the run with =yes or =no, or a count: contacts_YEAR or contacts_total, with _ and a rank, topic or "
             "who travels where only those count, then >=, <=, >, <, = and a number, or =20..30. Several must hold together.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the tables there.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all tables as JSON and nothing else.")] = False,
) -> None:
    """Ask what else holds in those simulated futures in which some conditions hold. Nothing is simulated anew.

    Every number stands beside that of all futures, with its Monte Carlo error. A scenario in which fewer than 400 futures agree
    is left out and named; where no scenario has so many, the command refuses. Conditions are what is seen, not what is done.
    """
    with faults():
        with writing(out, "condition", [run]) as folder:
            from forecast.outputs import MANIFEST
            from forecast.pipeline.condition import condition_run
            from forecast.report.files import as_json as told
            from forecast.report.files import write_manifest, write_tables

            found, made = condition_run(run, given)
            if folder:
                write_tables(found.tables, folder)
                write_manifest(made, folder / MANIFEST)
        for note in notes(found):
            say(f"note: {note}", error=True)
        if as_json:
            typer.echo(told(made | vars(found)))
        else:
            _print(found, made["given"])
        if out and not as_json:
            say(f"Written: {', '.join(f'{out}/{name}.csv' for name in found.tables)}")


def notes(found: "Conditioned") -> Iterator[str]:
    """What is left out, and which runs kept only some of their futures."""
    for row in found.agreement.itertuples():
        if row.left_out:
            of = "" if isnan(row.probability) else f" ({row.agree:,} of {row.kept:,})"
            yield f"{row.scenario} is left out: {row.left_out}{of}."
        if row.kept < row.simulated:
            yield (f"{row.scenario}: the run kept {row.kept:,} of its {row.simulated:,} futures (--all-paths keeps all); all "
                   "numbers here, before and after, are of those.")


def _print(found: "Conditioned", given: list[str]) -> None:
    say(f"Given {' and '.join(given)}:")
    for row in found.agreement.itertuples():
        if not isnan(row.probability):
            say(f"{row.scenario}: {row.agree:,} of {row.kept:,} futures agree "
                f"({100 * row.probability:.1f} % ± {100 * row.mcse:.1f})")
    for name in found.change["scenario"].unique():
        _print_scenario(name, *(table[table["scenario"] == name] for table in (found.change, found.questions, found.outcomes)))
    console().print(SEEN, soft_wrap=True)


def _print_scenario(name: str, change: "pd.DataFrame", questions: "pd.DataFrame", outcomes: "pd.DataFrame") -> None:
    whole = change["window"].iloc[0]
    contacts, of_term = change[change["quantity"] == "contact"], change[change["window"] == whole]
    _print_rows(f"{name}: recorded contacts", [
        *((f"{row.window}", row) for row in contacts[contacts["key"] == "all"].itertuples()),
        *((f"{whole}, {row.key.replace('_', ' ')}", row) for row in of_term.itertuples()
          if row.quantity == "contact" and row.key != "all")])
    _print_rows(f"{name}: share of mentions {whole}, per cent", [
        (row.key.replace("_", " "), row) for row in of_term[of_term["quantity"] == "mention_share"].itertuples()], 100)
    if len(questions):
        _print_rows(f"{name}: probability of yes, per cent", [(row.id, row) for row in questions.itertuples()], 100, digits=1)
    if len(outcomes):
        _print_rows(f"{name}: probability of an outcome, per cent", [(row.outcome, row) for row in outcomes.itertuples()], 100,
                    digits=1)


def _print_rows(title: str, rows: list[tuple[str, Any]], factor: float = 1, digits: int = 2) -> None:
    from rich.table import Table

    table = Table(title=title)
    table.add_column("", overflow="fold")
    for heading in ("all", "agree", "change"):
        table.add_column(heading, justify="right", no_wrap=True)
    for label, row in rows:
        table.add_row(label, *_cells(row, factor, digits))
    console().print(table)


def _cells(row: Any, factor: float, digits: int) -> Iterator[str]:
    """Before, after and change, each with its Monte Carlo error."""
    for name in ("before", "after", "change"):
        value, error = (factor * getattr(row, f"{name}{end}") for end in ("", "_mcse"))
        yield f"{value:{'+' if name == 'change' else ''}z.{digits}f} ± {error:.{digits}f}"
