"""``forecast compare``: scenarios under several prior sets, side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults, progress_bars
from forecast.commands.options import MOST_PATHS, AsOf, Data, IgnoreGates, Quiet, Seed
from forecast.commands.writing import writing
from forecast.console import console, say

if TYPE_CHECKING:
    import pandas as pd

EPILOG = ("Examples: forecast compare | forecast compare --priors default --priors my_priors.yaml | "
          "forecast compare harris trump_ukraine_ceasefire --out compare")


def compare(
    scenarios: Annotated[list[str] | None, typer.Argument(
        help="Two scenarios: files, or names of shipped ones. Default: harris trump.", show_default=False)] = None,
    priors: Annotated[list[str] | None, typer.Option(
        help="Prior set: a YAML file, or the name of a shipped one; may be given several times. Default: all that are shipped.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the tables and a figure there.",
                                             show_default=False)] = None,
    data: Data = None, as_of: AsOf = None, seed: Seed = 20241104,
    paths: Annotated[int, typer.Option(min=40, max=MOST_PATHS, help="Simulated futures per scenario and prior set.")] = 20_000,
    ignore_gates: IgnoreGates = False, quiet: Quiet = False,
) -> None:
    """Compare the contrast of two scenarios under several prior sets: how much of it is the prior?"""
    with faults():
        with writing(out, "compare", [*(scenarios or ()), *(priors or ()), data]) as folder:
            from forecast.components.shipped_priors import shipped
            from forecast.pipeline import Request
            from forecast.pipeline.compare import compare as run

            request = Request(scenarios=tuple(scenarios or ("harris", "trump")), data=data, seed=seed, paths=paths,
                              as_of=as_of.date() if as_of else None, ignore_gates=ignore_gates)
            with progress_bars(quiet) as progress:
                contrast, summary = run(request, list(priors or shipped()), progress)
            if folder:
                _write(contrast, summary, folder)
        _print(contrast, summary)
        if out:
            say(f"Written: {out}/compare_contrast.csv, compare_summary.csv, compare.pdf, .svg, .png")


def _print(contrast: "pd.DataFrame", summary: "pd.DataFrame") -> None:
    from rich.table import Table

    from forecast.evaluation.equivalence import load_equivalence
    from forecast.report.screen import parts_cell, ratio_cell

    names = list(dict.fromkeys(summary["scenario"]))
    share = 100 * load_equivalence().rate.share
    table = Table(title="Recorded contacts, all ranks: median (5 % to 95 %); ratio, difference and P: first against second")
    for heading in ("priors", *names, "log rate ratio", f"P(more, equal within {share:.0f} %, fewer)", "P(first > second)",
                    "expected difference", "difference of two futures"):
        table.add_column(heading, justify="left" if heading == "priors" else "right")
    every = contrast[contrast["key"] == "all"].set_index(["priors", "quantity", "pairing"])
    for name, part in summary.query("key == 'all'").groupby("priors", sort=False):
        level, ratio = part.set_index("scenario"), every.loc[(name, "log_rate_ratio", "expected")]
        table.add_row(str(name), *(_cell(level.loc[one]) for one in names), ratio_cell(ratio), parts_cell(ratio),
                      f"{ratio['p_greater']:.2f}", *(_cell(every.loc[(name, "contact", pairing)])
                                                     for pairing in ("expected", "independent")))
    console().print(table)


def _cell(row: "pd.Series") -> str:
    return f"{row['q50']:.0f} ({row['q05']:.0f} to {row['q95']:.0f})"


def _write(contrast: "pd.DataFrame", summary: "pd.DataFrame", out: Path) -> None:
    from forecast.report import words
    from forecast.report.archive import write_table
    from forecast.report.compare import draw
    from forecast.report.save import save_figure

    write_table(contrast, out / "compare_contrast.csv")
    write_table(summary, out / "compare_summary.csv")
    first, second = contrast["first"].iloc[0], contrast["second"].iloc[0]
    total = contrast[(contrast["key"] == "all") & contrast["quantity"].isin(("contact", "log_rate_ratio"))]
    title = f"{words.plain(first)} against {words.plain(second)}, recorded contacts {total['window'].iloc[0]}, by prior set"
    save_figure(draw(total, title), out, "compare")
