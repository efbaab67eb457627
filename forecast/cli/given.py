"""Forecasts given something: that some things happen (`forecast condition`), or what happened by a day (`forecast update`)."""

from collections.abc import Iterator
from datetime import datetime
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecast.cli.console import (
    READ,
    AsJson,
    Data,
    Draws,
    Dyads,
    IgnoreGates,
    Lang,
    Paths,
    Priors,
    Quiet,
    RegionName,
    Seed,
    faults,
    one_dyad,
    paths_of,
    print_json,
    progress_bars,
    tell_coverage,
    writing,
)
from forecast.console import console, say, say_written
from forecast.shipped import CASE

if TYPE_CHECKING:
    import pandas as pd

    from forecast.evaluation.condition import Conditioned
    from forecast.evaluation.update import Update


# ``forecast condition``: of the simulated futures of a run those that agree with conditions, and what else holds in them.

ASKED, COUNTED = CASE.examples["asked"], CASE.examples["counted"]
CONDITION_EPILOG = (
    f"Examples: forecast condition forecast_run --given \"{ASKED}\" | forecast condition forecast_run --given \"{ASKED}\" "
    f"--given \"{COUNTED}\" --out what_if | forecast condition forecast_run --given \"contacts_total=50..100\" --json")
SEEN = "Seen in futures, not brought about: what else holds where the conditions hold is no effect of theirs."


def condition(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Directory that forecast run wrote.")],
    given: Annotated[list[str], typer.Option(
        "--given", metavar="CONDITION", show_default=False,
        help="A question of the run with =yes or =no, or a count: contacts_YEAR or contacts_total, with _ and a rank, topic or "
             "who travels where only those count, then >=, <=, >, <, = and a number, or =20..30. Several must hold together.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the tables there.", show_default=False)] = None,
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Ask what else holds in those simulated futures in which some conditions hold. Nothing is simulated anew.

    Every number stands beside that of all futures, with its Monte Carlo error. A scenario in which fewer than 400 futures agree
    is left out and named; where no scenario has so many, the command refuses. Conditions are what is seen, not what is done.
    """
    with faults():
        with writing(out, "condition", [run]) as folder, progress_bars(quiet) as progress:
            progress(READ, 0, 1)
            from forecast.outputs import MANIFEST
            from forecast.pipeline.condition import condition_run
            from forecast.report.files import write_manifest, write_tables
            from forecast.report.language import labelled

            progress(READ, 1, 1)
            found, made = condition_run(run, given, progress)
            if folder:
                write_tables(found.tables, folder)
                write_manifest(made, folder / MANIFEST)
        for note in notes(found):
            say(f"note: {note}", error=True)
        if as_json:
            print_json(**made | vars(found))
        with labelled(made["run"].get("labels", {})):
            _print_conditioned(found, made["given"])
        if out:
            say_written(f"Written: {', '.join(f'{out}/{name}.csv' for name in found.tables)}")


def notes(found: "Conditioned") -> Iterator[str]:
    """What is left out, and which runs kept only some of their futures."""
    for row in found.agreement.itertuples():
        if row.left_out:
            of = "" if isnan(row.probability) else f" ({row.agree:,} of {row.kept:,})"
            yield f"{row.scenario} is left out: {row.left_out}{of}."
        if row.kept < row.simulated:
            yield (f"{row.scenario}: the run kept {row.kept:,} of its {row.simulated:,} futures (--all-paths keeps all); all "
                   "numbers here, before and after, are of those.")


def _print_conditioned(found: "Conditioned", given: list[str]) -> None:
    say(f"Given {' and '.join(given)}:")
    for row in found.agreement.itertuples():
        if not isnan(row.probability):
            say(f"{row.scenario}: {row.agree:,} of {row.kept:,} futures agree "
                f"({100 * row.probability:.1f} % ± {100 * row.mcse:.1f})")
    for name in found.change["scenario"].unique():
        _print_scenario(name, *(table[table["scenario"] == name] for table in (found.change, found.questions, found.outcomes)))
    console().print(SEEN, soft_wrap=True)


def _print_scenario(name: str, change: "pd.DataFrame", questions: "pd.DataFrame", outcomes: "pd.DataFrame") -> None:
    from forecast.report.words import inside

    whole = change["window"].iloc[0]
    contacts, of_term = change[change["quantity"] == "contact"], change[change["window"] == whole]
    _print_rows(f"{name}: recorded contacts", [
        *((f"{row.window}", row) for row in contacts[contacts["key"] == "all"].itertuples()),
        *((f"{whole}, {inside(row.key, 'us_rank')}", row) for row in of_term.itertuples()
          if row.quantity == "contact" and row.key != "all")])
    _print_rows(f"{name}: share of mentions {whole}, per cent", [
        (inside(row.key, "agenda"), row) for row in of_term[of_term["quantity"] == "mention_share"].itertuples()], 100)
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


# ``forecast update``: a term that runs, as of a day within it.

UPDATE_EPILOG = (
    f"Examples: forecast update --as-of {CASE.examples['within']} | forecast update --as-of {CASE.examples['within']} "
    f"--dyad {CASE.examples['neighbour']} --out update_2022 | forecast update {CASE.scenarios[-1]} "
    f"--as-of {CASE.examples['later']} --later my_later_contacts.csv --elections my_elections.yaml")


def update(
    scenario: Annotated[str | None, typer.Argument(
        help="Scenario file or name, in which the election went as it did. Default: the shipped one of that outcome, else none: "
             "nothing is assumed.", show_default=False)] = None,
    as_of: Annotated[datetime | None, typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="A day within the term: the last that is used.", show_default=False)] = None,
    later: Annotated[Path | None, typer.Option(
        metavar="PATH", help="Contacts after those of the record: a dyad folder, or a CSV file with the columns of contacts.csv.",
        show_default=False)] = None,
    coded_until: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="Last day to which a file of later contacts is coded. Default: the as-of date.",
        show_default=False)] = None,
    elections: Annotated[Path | None, typer.Option(
        metavar="FILE", help="A copy of elections.yaml that names the winner of an election whose term the record does not have.",
        show_default=False)] = None,
    frozen: Annotated[Path | None, typer.Option(
        metavar="FILE", help="A frozen forecast of the term: scored by the contacts so far, beside the baselines frozen with it.",
        show_default=False)] = None,
    then: Annotated[list[str] | None, typer.Option(
        "--then", metavar="SCENARIO", help="Forecast the next term too: a scenario of it, which follows the rest of this one; "
        "may be repeated.", show_default=False)] = None,
    out: Annotated[Path, typer.Option(help="Directory to write; an earlier run there is replaced.")] = Path("forecast_update"),
    priors: Priors = "default", data: Data = None, dyad: Dyads = None, region: RegionName = None, seed: Seed = CASE.seed,
    paths: Paths = None, draws: Draws = None, ignore_gates: IgnoreGates = False, lang: Lang = "en",
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Forecast the rest of a term that runs: what is over of it is known, and everything is estimated again with it.

    Writes a run directory in which contacts so far stand in every future, and what has changed since the eve of the election:
    how many contacts were expected by now and came, and what is expected of the rest; which questions are decided. Everything is
    estimated from the dyad's own record; weights of the formulations are those of the eve. Of later contacts the last weeks count
    by the share that is on record so soon (an assumption, in data/reporting_delay.yaml).
    """
    with faults():
        from forecast.errors import Fault, InputError
        from forecast.outputs import check_directory
        from forecast.report.run import figure_worker

        if as_of is None:
            raise InputError([Fault(source="command line", where="option --as-of", expected="a day within a term, YYYY-MM-DD",
                                    found="none", remedy=f"Say up to which day the record is used, such as "
                                    f"--as-of {CASE.examples['within']}.")])
        folder = one_dyad(data, dyad, region)
        check_directory(out, "run", [folder, later, elections, frozen])
        with progress_bars(quiet) as progress, figure_worker() as helper:
            progress(READ, 0, 2)
            from forecast.pipeline import Request
            from forecast.pipeline.running_term import UpdateRequest, read_term
            from forecast.pipeline.update import update_to
            from forecast.report.console import print_two_terms
            from forecast.report.language import calling

            progress(READ, 1, 2)
            request = Request(priors=priors, data=folder, seed=seed, paths=paths_of(paths, None), draws=draws,
                              ignore_gates=ignore_gates, alone=True, lang=lang)
            asked = UpdateRequest(as_of=as_of.date(), scenario=scenario, later=later, elections=elections, frozen=frozen,
                                  coded_until=coded_until.date() if coded_until else None, then=tuple(then or ()))
            term = read_term(request, asked)
            progress(READ, 2, 2)
            run, found = update_to(out, term, request, asked, progress, helper)
        if as_json:
            print_json(**found.tables, **(run.two_terms.tables if run.two_terms else {}))
        with calling(term.now.panel.about):
            _print_update(found, term.now.panel.partner[0])
            if run.two_terms:
                print_two_terms(run.two_terms.totals)
        say_written(f"Written: {out}/report.html, update.csv, update_months.csv and all that forecast run writes")
        tell_coverage(lang)


def _print_update(found: "Update", partner: str) -> None:
    from rich.table import Table

    from forecast.report import words

    rows = found.changes[found.changes["quantity"] == "contact"].set_index(["key", "part"])
    table = Table(title=f"Contacts with {partner} in the term: median (5 % to 95 %), and why the mean moved",
                  caption="Eve and now: estimated from the dyad's own record. So far: on record, and expected by now on the eve.")
    for heading in ("rank", "eve", "now", "so far", "expected", "by it", "by rest"):
        table.add_column(heading, justify="left" if heading == "rank" else "right")
    for key in dict.fromkeys(rows.index.get_level_values(0)):
        over, left, whole = (rows.loc[(key, part)] for part in ("so far", "to come", "term"))
        cells = [f"{whole[f'{side}_q50']:.0f} ({whole[f'{side}_q05']:.0f} to {whole[f'{side}_q95']:.0f})"
                 for side in ("eve", "now")]
        table.add_row(words.inside(key, "us_rank"), *cells, f"{over['recorded']:.0f}", f"{over['eve_mean']:.1f}",
                      f"{over['change']:+.1f}", f"{left['change']:+.1f}")
    console().print(table)
    if len(found.questions):
        state = found.questions["state"].value_counts()
        say(f"Questions: {', '.join(f'{count} {name}' for name, count in state.items())} by contacts so far.")
    if len(found.scores):
        told = "; ".join(f"{row.forecaster} {row.crps:.4f}" for row in found.scores.sort_values("crps").itertuples())
        say(f"Frozen forecast, {found.scores['months'].iloc[0]} months over, mean CRPS by rank and month, best first: {told}.")
