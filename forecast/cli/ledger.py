"""`forecast ledger`: a folder of frozen forecasts that only grows, and how all of them did."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import Data, Dyads, RegionName, faults, folders_of, writing
from forecast.console import console, say
from forecast.shipped import CASE

if TYPE_CHECKING:
    from forecast.evaluation.ledger import Accounts

ledger_app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich",
                         help="A standing record of forecasts: frozen ones are added, and all are scored together.")

Folder = Annotated[Path, typer.Option("--ledger", metavar="DIR", help="Folder of the ledger.")]
PLACE = Path("ledger")


@ledger_app.command(epilog="Examples: forecast ledger add frozen.json | forecast ledger add frozen.json --ledger my_ledger")
def add(
    frozen: Annotated[Path, typer.Argument(metavar="FROZEN", help="File of forecast freeze.")],
    folder: Folder = PLACE,
) -> None:
    """Add a frozen forecast to a ledger; a ledger begins where there is none.

    The ledger keeps a copy and a line with its hash and the hash of the line before: nothing in it can be changed or removed
    unseen. All of it is verified first. Publish the last hash, and you are held to all that stands before it.
    """
    with faults():
        from datetime import date

        from forecast.pipeline.ledger import add as added

        entry, new = added(folder, frozen, date.today())
        if not new:
            say(f"Nothing was added: {folder} has this forecast as no. {entry.number}, added on {entry.added_on}.")
            return
        say(f"Added to {folder} as no. {entry.number}: {entry.dyad}, {entry.election}, as of {entry.as_of}\n"
            f"SHA-256 of the forecast: {entry.sha256}\nHash of the ledger up to here: {entry.chain}")


@ledger_app.command(epilog=f"Examples: forecast ledger score | forecast ledger score --ledger my_ledger --data my_data/"
                           f"{CASE.dyad}_later --out standing | forecast ledger score --json")
def score(
    folder: Folder = PLACE,
    data: Data = None, dyad: Dyads = None, region: RegionName = None,
    outcome: Annotated[list[str] | None, typer.Option(
        "--outcome", metavar="ELECTION=OUTCOME", show_default=False,
        help="Who won, where the table of terms does not reach so far; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write tables (CSV), ledger.json and ledger.html there.",
                                             show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON and nothing else.")] = False,
) -> None:
    """Score all forecasts of a ledger by the records of their dyads: shipped ones, or those that are named.

    Tells the state of every forecast (open, scored so far, closed), cumulative scores beside the baselines frozen with them,
    and calibration over questions; void ones are counted. Where nothing can be scored, the exit code is 1.
    """
    with faults():
        with writing(out, "ledger score", [folder, *(data or ())]) as place:
            from forecast.errors import ForecastError
            from forecast.pipeline.ledger import read_ledger, score_ledger
            from forecast.report.ledger_page import headline

            known = read_ledger(folder)
            found = score_ledger(known, folders_of(data, dyad, region), outcome or ())
            if place:
                _write(found, known.head, place)
        _print(found, known.head, as_json)
        if out and not as_json:
            say(f"Written: {out}/ledger.html, ledger.json, {', '.join(f'{name}.csv' for name in vars(found))}")
        if not found.scored:
            raise ForecastError(f"No score: {headline(found)} This run is no evidence of anything.")


def _write(found: "Accounts", head: str, place: Path) -> None:
    from forecast.report.files import as_json, write_tables
    from forecast.report.ledger_page import everything, render

    write_tables(vars(found), place)
    (place / "ledger.json").write_text(as_json(everything(found, head)) + "\n", encoding="utf-8")
    (place / "ledger.html").write_text(render(found, head), encoding="utf-8")


def _print(found: "Accounts", head: str, as_json: bool) -> None:
    from rich.table import Table

    from forecast.report.files import as_json as told
    from forecast.report.ledger_page import HEADS, TITLES, everything, headline, rows_of, sentences

    if as_json:
        typer.echo(told(everything(found, head)))
        return
    say(headline(found))
    for name, rows in rows_of(found).items():
        if rows:
            table = Table(title=TITLES[name], box=None, padding=(0, 1, 0, 0), pad_edge=False)
            for heading in HEADS[name]:
                table.add_column(heading, overflow="fold")
            for row in rows:
                table.add_row(*row)
            console().print(table)
    for sentence in sentences(found):
        say(f"- {sentence}")
