"""``forecast freeze`` and ``forecast score``: a forecast laid down, and held against what came."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults
from forecast.commands.options import Data
from forecast.commands.writing import writing
from forecast.console import console, say

if TYPE_CHECKING:
    import pandas as pd

    from forecast.evaluation.frozen.score import Scored

FREEZE_EPILOG = "Examples: forecast freeze forecast_run | forecast freeze forecast_run --out frozen/us_kz_2024.json"
SCORE_EPILOG = ("Examples: forecast score frozen.json my_data/us_kz_2026 --outcome trump | "
                "forecast score frozen.json later.csv --coded-until 2025-12-31 --outcome trump --out scores")


def freeze(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Directory that forecast run wrote.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to write; it is never overwritten.")] = Path("frozen.json"),
    data: Data = None,
) -> None:
    """Lay a forecast down in one file with its hash: publish the hash, and nobody can doubt later what was forecast.

    The file holds the distributions of contacts by month and rank, the answers to all questions, the first paths one by one, the
    forecasts of the baselines, and versions and hashes of everything that went in.
    """
    with faults():
        from datetime import date

        from forecast.outputs import output_file

        with output_file(out, [run, data], replace=False) as file:
            from forecast.evaluation.frozen.record import write_frozen
            from forecast.pipeline.freeze import freeze as frozen_of

            digest = write_frozen(frozen_of(run, data, date.today()), file)
        say(f"Written: {out}\nSHA-256 of the forecast: {digest}")


def score(
    frozen: Annotated[Path, typer.Argument(metavar="FROZEN", help="File of forecast freeze.")],
    later: Annotated[Path, typer.Argument(metavar="LATER", help="Contacts coded later: a dyad folder, or a contacts.csv.")],
    outcome: Annotated[str, typer.Option(help="Who won: only scenarios with this outcome, or an open election, are scored.")],
    coded_until: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="Last day up to which contacts were coded. Default: what the folder says.",
        show_default=False)] = None,
    others: Annotated[list[Path] | None, typer.Option(
        "--with", metavar="FILE", help="Hubverse model output of another forecaster, scored beside; may be repeated.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the tables there.", show_default=False)] = None,
) -> None:
    """Score a frozen forecast by contacts coded since, beside baselines frozen with it.

    The evidence that the forecast is better than the baselines, or worse, may be looked at after every month: above the level
    beside it, it is wrong once in twenty at most, whenever one stops. Beside it stands its power: how often it would get there if
    the forecast were true.
    """
    with faults():
        with writing(out, "score", [frozen, later, *(others or ())]) as folder:
            from forecast.contacts.later import load_later
            from forecast.evaluation.frozen.record import read_frozen
            from forecast.evaluation.frozen.score import check_dyad, observed, score_frozen
            from forecast.evaluation.hub.names import OURS
            from forecast.evaluation.hub.read import read_model_outputs, unscored
            from forecast.evaluation.hub.score import side_by_side
            from forecast.evaluation.hub.write import model_output
            from forecast.evaluation.questions.resolve import OPEN, YES
            from forecast.report.archive import write_tables

            forecast, digest = read_frozen(frozen)
            contact, until = load_later(later, coded_until.date() if coded_until else None)
            check_dyad(forecast, later)
            outputs = read_model_outputs(others or (), forecast)
            found = score_frozen(forecast, contact, until, outcome)
            tables = {name: getattr(found, name) for name in ("months", "questions", "sequence", "power")}
            if outputs:
                answers = {row.id: row.answer == YES for row in found.questions.itertuples() if row.answer != OPEN}
                tables["beside"] = side_by_side({OURS: model_output(forecast)} | outputs, forecast, outcome,
                                                observed(forecast, contact), answers, found.over)
            if folder:
                write_tables(tables, folder)
        say(f"{forecast.partner}, frozen on {forecast.frozen_on} as of {forecast.as_of}, SHA-256 {digest}\n"
            f"{found.over} of {len(forecast.month)} months are over and coded (until {until}); {outcome} won.")
        _print(found)
        if outputs:
            _print_beside(tables["beside"])
            for name, output in outputs.items():
                for fault in unscored(name, output, forecast):
                    say(f"note: {fault}", error=True)
                if name not in set(tables["beside"]["model"]):
                    say(f"note: {name}: none of its tasks can be scored yet, or under this outcome.", error=True)
        if out:
            say(f"Written: {', '.join(f'{out}/{name}.csv' for name in tables)}")


def _print(found: "Scored") -> None:
    from rich.table import Table

    table = Table(title="Contacts by month and rank: mean losses")
    for heading in ("forecaster", "CRPS", "log score"):
        table.add_column(heading, justify="left" if heading == "forecaster" else "right")
    ranked = found.months[found.months["rank"] != "all"]
    for name, part in ranked.groupby("forecaster", sort=False):
        table.add_row(str(name), f"{part['crps'].mean():.4f}", f"{part['log_score'].mean():.4f}")
    console().print(table)
    _print_evidence(found)
    known = found.questions.dropna(subset="brier")
    for name, part in known.groupby("scenario", sort=False):
        noun = "question" if len(part) == 1 else "questions"
        say(f"{name}: {len(part)} {noun} answered, mean Brier score {part['brier'].mean():.3f}, mean log score "
            f"{part['log_score'].mean():.3f}; {found.questions['scenario'].eq(name).sum() - len(part)} open.")


def _print_evidence(found: "Scored") -> None:
    """Evidence so far against all baselines together, and how often it would be 20 by the end if the forecast were true."""
    from rich.table import Table

    from forecast.evaluation.frozen.evidence import ALL_BASELINES

    last = found.sequence[found.sequence["baseline"] == ALL_BASELINES].groupby("scenario", sort=False).last()
    if last.empty:
        return
    table = Table(title="Evidence beside all baselines: above its level it is wrong once in twenty at most",
                  caption="By scores: better, or worse, than at least one baseline, their number accounted for. By likelihoods: "
                          "counts come from none of the baselines as frozen, or not from the forecast; the level is what their "
                          "own series exceed once in twenty.")
    for heading in ("scenario", "by", "better", "worse", "power"):
        table.add_column(heading, justify="left" if heading in ("scenario", "by") else "right")
    for row in found.power.itertuples():
        kind = {"scores": "evidence", "likelihoods": "likelihood"}[row.by]
        told = [f"{last.loc[row.scenario, f'{kind}_{way}']:.2g} (level {getattr(row, f'level_{way}'):.3g})"
                for way in ("better", "worse")]
        table.add_row(row.scenario, row.by, *told, f"{row.power:.2f} \N{PLUS-MINUS SIGN} {row.mcse:.2f} in {row.months} months")
    console().print(table)


def _print_beside(beside: "pd.DataFrame") -> None:
    from rich.table import Table

    table = Table(title="Beside others, on the decided tasks that all of them answered: mean losses")
    for heading in ("loss", "scenario", "model", "mean", "tasks"):
        table.add_column(heading, justify="right" if heading in ("mean", "tasks") else "left")
    for (loss, scenario, model), part in beside.groupby(["loss", "scenario", "model"], sort=False):
        shared = part[part["shared"]]
        mean = f"{shared['value'].mean():.4f}" if len(shared) else "none shared"
        table.add_row(loss, scenario, model, mean, f"{len(shared)} of {len(part)}")
    console().print(table)
