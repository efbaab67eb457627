"""What is done with frozen forecasts together and with others': the groups `forecast ledger` and `forecast platform`."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecast.cli.console import AsJson, Data, Dyads, RegionName, faults, folders_of, one_dyad, print_json, writing
from forecast.console import console, plain, say, say_written
from forecast.shipped import CASE

if TYPE_CHECKING:
    from forecast.evaluation.frozen import Frozen
    from forecast.evaluation.ledger import Accounts
    from forecast.evaluation.platform import PlatformFile
    from forecast.evaluation.platform_pool import Decided, Pooled

# ``forecast ledger``: a folder of frozen forecasts that only grows, and how all of them did.

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
    as_json: AsJson = False,
) -> None:
    """Score all forecasts of a ledger by the records of their dyads: shipped ones, or those that are named.

    Tells the state of every forecast (open, scored so far, closed), cumulative scores beside the baselines frozen with them,
    and calibration over questions; void ones are counted. Where nothing can be scored, the exit code is 1.
    """
    with faults():
        with writing(out, "ledger score", [folder, *(data or ())]) as place:
            from forecast.errors import ForecastError
            from forecast.pipeline.ledger import read_ledger, score_ledger
            from forecast.report.backtest_page import headline

            known = read_ledger(folder)
            found = score_ledger(known, folders_of(data, dyad, region, apart=True), outcome or ())
            if place:
                _write(found, known.head, place)
        _print(found, known.head, as_json)
        if out:
            say_written(f"Written: {out}/ledger.html, ledger.json, {', '.join(f'{name}.csv' for name in vars(found))}")
        if not found.scored:
            raise ForecastError(f"No score: {headline(found)} This run is no evidence of anything.")


def _write(found: "Accounts", head: str, place: Path) -> None:
    from forecast.report.backtest_page import everything, render_ledger
    from forecast.report.files import as_json, write_tables

    write_tables(vars(found), place)
    (place / "ledger.json").write_text(as_json(everything(found, head)) + "\n", encoding="utf-8")
    (place / "ledger.html").write_text(render_ledger(found, head), encoding="utf-8")


def _print(found: "Accounts", head: str, as_json: bool) -> None:
    from rich.table import Table

    from forecast.report.backtest_page import HEADS, TITLES, everything, headline, ledger_sentences, rows_of

    if as_json:
        print_json(**everything(found, head))
    say(headline(found))
    for name, rows in rows_of(found).items():
        if rows:
            table = Table(title=TITLES[name], box=None, padding=(0, 1, 0, 0), pad_edge=False)
            for heading in HEADS[name]:
                table.add_column(heading, overflow="fold")
            for row in rows:
                table.add_row(*row)
            console().print(table)
    for sentence in ledger_sentences(found):
        say(f"- {sentence}")


# ``forecast platform``: questions out and in, and forecasts of others pooled with ours.

platform_app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich",
                           help="Questions in the format of public forecasting platforms: out, in, and pooled with others.")
Coded = Annotated[datetime | None, typer.Option(
    formats=["%Y-%m-%d"], help="Last day up to which contacts were coded. Default: what the folder says.", show_default=False)]
WIDE = 3
"""Forecasters beside one another on a screen; with more, ours and the pool are shown."""


@platform_app.command("export", epilog="Examples: forecast platform export frozen.json | forecast platform export forecast_run "
                                       "--out for_experts.json --blank")
def export_questions(
    source: Annotated[Path, typer.Argument(metavar="FROZEN", help="File of forecast freeze, or a directory of forecast run.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to write.")] = Path("questions.json"),
    close: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="Last day on which others may forecast. Default: a question closes when its window begins.",
        show_default=False)] = None,
    blank: Annotated[bool, typer.Option("--blank", help="Leave our forecasts out: for those who shall not see them.")] = False,
    data: Data = None, dyad: Dyads = None, region: RegionName = None,
) -> None:
    """Write the questions of a forecast, rules of resolution and our forecasts as a public platform takes them (JSON).

    Dated questions are binary, numbers of contacts are numeric with a distribution of 201 points. Keys are those of the Metaculus
    API. Scenarios with assumed events are left out: nobody could decide their questions.
    """
    with faults():
        from forecast.outputs import output_file

        record = one_dyad(data, dyad, region)
        with output_file(out, [source, record]) as file:
            from datetime import date

            from forecast.evaluation.platform import text_of
            from forecast.evaluation.platform_questions import left_out, platform_file
            from forecast.pipeline.run_directory import election_of, laid_down

            frozen, digest, years = laid_down(source, record, date.today())
            found = platform_file(frozen, digest, election_of(frozen, record), years, close.date() if close else None)
            given = found.model_copy(update={"forecasts": ()}) if blank else found
            file.write_text(text_of(given), encoding="utf-8")
        for name in left_out(frozen):
            say(f"note: scenario {name} is left out: it assumes more than the election.", error=True)
        say_written(f"Written: {out}, {_counted(given)}")


def _counted(file: "PlatformFile") -> str:
    kinds = [one.type for one in file.questions]
    return (f"{len(kinds)} questions ({kinds.count('binary')} binary, {kinds.count('numeric')} numeric), {len(file.forecasts)} "
            f"forecasts; forecaster {file.forecaster}, as of {file.as_of}.")


@platform_app.command("import", epilog="Examples: forecast platform import questions.json | forecast platform import "
                                       "questions.json --out my_questions.yaml")
def import_questions(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Questions as forecast platform export writes them.")],
    out: Annotated[Path | None, typer.Option(
        metavar="FILE", help="Also write the binary questions as a question file (YAML), which scenarios can name.",
        show_default=False)] = None,
) -> None:
    """Check a file of questions and forecasts, yours or another's, and name every fault; make questions of scenarios of it."""
    with faults():
        from contextlib import nullcontext

        from forecast.outputs import output_file

        with output_file(out, [file]) if out else nullcontext() as place:
            from forecast.evaluation.platform import questions_of, read_platform

            found = read_platform(file)
            asked = questions_of(found, file)
            if place:
                _write_questions(asked, place, file)
        say(f"Read: {file}, {_counted(found)}")
        if out:
            say_written(f"Written: {out}, {len(asked)} questions. A scenario asks them where it says: questions: {out.name}")


def _write_questions(asked: "list[dict[str, object]]", place: Path, source: Path) -> None:
    """Write only what a scenario can read back."""
    from ruamel.yaml import YAML

    from forecast.config import read_yaml
    from forecast.errors import Fault, InputError
    from forecast.yaml_reader import plain as content_of

    yaml = YAML()
    yaml.width, yaml.default_flow_style = 100, False
    with place.open("w", encoding="utf-8", newline="\n") as target:
        target.write("# Written by forecast platform import.\n")
        yaml.dump({"questions": asked}, target)
    try:
        same = content_of(read_yaml(place))["questions"] == content_of(asked)
        found = "texts that come back as others"
    except InputError as error:
        same, found = False, error.faults[0].found
    if not same:
        raise InputError([Fault(source=str(source), where="texts of its questions", expected="texts that a YAML file can hold",
                                found=found, remedy="Remove unusual characters.")])


@platform_app.command("pool", epilog=f"Examples: forecast platform pool frozen.json expert.json | forecast platform pool "
                                     f"frozen.json expert.json model.json --later my_data/{CASE.dyad}_later --outcome "
                                     f"{CASE.scenarios[-1]} --out pooled")
def pool_forecasts(
    frozen: Annotated[Path, typer.Argument(metavar="FROZEN", help="File of forecast freeze.")],
    others: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Forecasts of others of the same questions.")],
    later: Annotated[Path | None, typer.Option(
        metavar="LATER", help="Contacts coded later, a dyad folder or a contacts.csv: they resolve questions.",
        show_default=False)] = None,
    outcome: Annotated[str | None, typer.Option(help="Who won; needed with --later.", show_default=False)] = None,
    coded_until: Coded = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the tables, and the pool as pool.json, there.",
                                             show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Set forecasts of experts and models beside ours, pool them, and score all of them by what is resolved.

    The pool is linear. Weights are equal until ten questions are resolved that all answered, and from then on learned from them.
    Resolved questions are pooled by what was learned before them.
    """
    with faults():
        with writing(out, "platform pool", [frozen, later, *others]) as folder:
            from forecast.evaluation.frozen import read_frozen
            from forecast.evaluation.platform import text_of
            from forecast.evaluation.platform_pool import pool_forecasters, read_others
            from forecast.evaluation.platform_questions import platform_file
            from forecast.pipeline.run_directory import election_of
            from forecast.report.files import write_tables

            forecast, digest = read_frozen(frozen)
            ours = platform_file(forecast, digest, election_of(forecast, later if later and later.is_dir() else None))
            files = [ours, *read_others(others, ours)]
            found = pool_forecasters(files, _decided(forecast, ours, later, outcome, coded_until))
            if folder:
                write_tables(found.tables, folder)
                (folder / "pool.json").write_text(text_of(found.file), encoding="utf-8")
        if as_json:
            print_json(resolved=found.resolved, answers=found.answers, **found.tables)
        _print_pool(found)
        if out:
            say_written(f"Written: {out}/pool.json, {', '.join(f'{name}.csv' for name in found.tables)}")


def _decided(frozen: "Frozen", ours: "PlatformFile", later: Path | None, outcome: str | None,
             coded_until: datetime | None) -> "dict[str, Decided]":
    """How questions came out by later contacts; all are open where none are given."""
    from forecast.evaluation.freezing import coded_later
    from forecast.evaluation.platform_pool import check_outcome, decide, undecided

    check_outcome(frozen, later is not None, outcome)
    if later is None or outcome is None:
        return undecided(ours)
    contact, until, poles = coded_later(frozen, later, coded_until.date() if coded_until else None)
    return {one.id: decide(one, contact, until, outcome, poles) for one in ours.questions}


def _print_pool(found: "Pooled") -> None:
    from forecast.evaluation.platform_pool import pool_sentences

    _table("Forecasters", (("forecaster", "left"), ("as of", "left"), ("answered", "right"), ("weight", "right")),
           ((row.forecaster, str(row.as_of), str(row.answered), f"{row.weight:.3f}") for row in found.forecasters.itertuples()))
    _table("Resolved questions that all of them answered: mean losses",
           (("kind", "left"), ("loss", "left"), ("forecaster", "left"), ("mean", "right"), ("questions", "right")),
           ((row.kind, row.loss, row.forecaster, f"{row.mean:.4f}" if row.questions else "none shared",
             f"{row.questions} of {row.answered}") for row in found.scores.itertuples()))
    names = list(found.forecasters["forecaster"])
    beside = [names[0], *(names[1:] if len(names) <= WIDE else ()), found.file.forecaster]
    _table("Beside one another: probability of yes in per cent, or median number", (
        ("question", "left"), *((name, "right") for name in beside), ("answer", "left")), _beside(found, beside))
    for sentence in pool_sentences(found):
        say(f"- {sentence}")


def _beside(found: "Pooled", names: list[str]) -> Iterator[tuple[str, ...]]:
    """Questions that somebody besides us answered."""
    for id, rows in found.pooled.groupby("id", sort=False):
        if rows["weight"].notna().sum() > 1:
            told = {row.forecaster: f"{row.q50:.0f}" if row.type == "numeric" else f"{100 * row.probability_yes:.1f}"
                    for row in rows.itertuples()}
            yield (str(id), *(told.get(name, "") for name in names), str(rows["answer"].iloc[0]))


def _table(title: str, headings: tuple[tuple[str, Any], ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print a table, where it has rows."""
    from rich.table import Table

    table = Table(title=title, box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for heading, side in headings:
        table.add_column(plain(heading), justify=side, overflow="fold")
    for row in rows:
        table.add_row(*map(plain, row))
    if table.rows:
        console().print(table)
