"""`forecast update`: a term that runs, as of a day within it."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import (
    AsJson,
    Data,
    Draws,
    Dyads,
    IgnoreGates,
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
)
from forecast.console import console, say
from forecast.shipped import CASE

if TYPE_CHECKING:
    from forecast.evaluation.update import Update

EPILOG = (f"Examples: forecast update --as-of {CASE.examples['within']} | forecast update --as-of {CASE.examples['within']} "
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
    out: Annotated[Path, typer.Option(help="Directory to write; an earlier run there is replaced.")] = Path("forecast_update"),
    priors: Priors = "default", data: Data = None, dyad: Dyads = None, region: RegionName = None, seed: Seed = CASE.seed,
    paths: Paths = None, draws: Draws = None, ignore_gates: IgnoreGates = False, quiet: Quiet = False,
    as_json: AsJson = False,
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
        with figure_worker() as helper:
            from forecast.pipeline import Request
            from forecast.pipeline.running_term import Asked, read_term
            from forecast.pipeline.update import update_to

            request = Request(priors=priors, data=folder, seed=seed, paths=paths_of(paths, None), draws=draws,
                              ignore_gates=ignore_gates, alone=True)
            asked = Asked(as_of=as_of.date(), scenario=scenario, later=later, elections=elections, frozen=frozen,
                          coded_until=coded_until.date() if coded_until else None)
            term = read_term(request, asked)
            with progress_bars(quiet) as progress:
                _, found = update_to(out, term, request, asked, progress, helper)
        if as_json:
            print_json(**found.tables)
            return
        _print(found, term.now.panel.partner[0])
        say(f"Written: {out}/report.html, update.csv, update_months.csv and all that forecast run writes")


def _print(found: "Update", partner: str) -> None:
    from rich.table import Table

    rows = found.changes[found.changes["quantity"] == "contact"].set_index(["key", "part"])
    table = Table(title=f"Contacts with {partner} in the term: median (5 % to 95 %), and why the mean moved",
                  caption="Eve and now: estimated from the dyad's own record. So far: on record, and expected by now on the eve.")
    for heading in ("rank", "eve", "now", "so far", "expected", "by it", "by rest"):
        table.add_column(heading, justify="left" if heading == "rank" else "right")
    for key in dict.fromkeys(rows.index.get_level_values(0)):
        over, left, whole = (rows.loc[(key, part)] for part in ("so far", "to come", "term"))
        cells = [f"{whole[f'{side}_q50']:.0f} ({whole[f'{side}_q05']:.0f} to {whole[f'{side}_q95']:.0f})"
                 for side in ("eve", "now")]
        table.add_row(key.replace("_", " "), *cells, f"{over['recorded']:.0f}", f"{over['eve_mean']:.1f}",
                      f"{over['change']:+.1f}", f"{left['change']:+.1f}")
    console().print(table)
    if len(found.questions):
        state = found.questions["state"].value_counts()
        say(f"Questions: {', '.join(f'{count} {name}' for name, count in state.items())} by contacts so far.")
    if len(found.scores):
        told = "; ".join(f"{row.forecaster} {row.crps:.4f}" for row in found.scores.sort_values("crps").itertuples())
        say(f"Frozen forecast, {found.scores['months'].iloc[0]} months over, mean CRPS by rank and month, best first: {told}.")
