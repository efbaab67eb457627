"""``forecast priors show``: every prior of a set, in plain numbers, with its reason."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults, progress_bars
from forecast.commands.options import PriorName, Quiet

if TYPE_CHECKING:
    import pandas as pd

    from forecast.components.priors import PriorSet

EPILOG = ("Examples: forecast priors show | forecast priors show sceptical | "
          "forecast priors show my_priors.yaml --changed --out my_priors")


def show(
    name: PriorName = "default",
    changed: Annotated[bool, typer.Option("--changed", help="Only what differs from the default set.")] = False,
    out: Annotated[Path | None, typer.Option(
        metavar="DIR", help="Folder for priors.csv and one figure per section (PDF, SVG, PNG).", show_default=False)] = None,
    quiet: Quiet = False,
) -> None:
    """Show every prior: distribution, what it means in plain numbers, why, and where it differs from the default set."""
    with faults():
        from forecast.pipeline.priors import read_sets
        from forecast.report.priors.table import prior_table

        priors, default = read_sets(name)
        table = prior_table(priors, default)
        _print(priors, table[table["differs"] == 1] if changed else table, len(table))
        if out:
            with progress_bars(quiet) as progress:
                _write(out, priors, default, table, progress)


def _print(priors: "PriorSet", table: "pd.DataFrame", total: int) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    console.print(Text(f"Prior set {priors.name}: {priors.title}", "bold"))
    for section, rows in table.groupby("section", sort=False):
        console.print(Text(f"\n{section}", "bold"))
        for row in rows.itertuples():
            what = f"  {row.distribution.replace('_', '-')}, {row.arguments}"
            console.print(Text.assemble((f"  {row.parameter}", "cyan"), what), soft_wrap=True)
            console.print(Text(f"    means: {row.meaning}"), soft_wrap=True)
            if row.differs:
                console.print(Text(f"    default: {row.default}; means: {row.default_meaning}", "yellow"), soft_wrap=True)
            console.print(Text(f"    why: {row.reason}", "dim"), soft_wrap=True)
    console.print(f"\n{table['differs'].sum()} of {total} priors differ from the default set.")


def _write(out: Path, priors: "PriorSet", default: "PriorSet", table: "pd.DataFrame", progress: "object") -> None:
    from forecast.report.archive import write_table
    from forecast.report.priors.density_figure import draw_section
    from forecast.report.save import save_figure

    out.mkdir(parents=True, exist_ok=True)
    write_table(table, out / "priors.csv")
    for number, section in enumerate(default.component, 1):
        save_figure(draw_section(priors, default, section), out, f"priors_{section}")
        progress("figures", number, len(default.component))
    typer.echo(f"Written: {out}/priors.csv and priors_<section>.pdf, .svg, .png")
