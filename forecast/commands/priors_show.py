"""``forecast priors show``: every prior of a set, in plain numbers, with its reason."""

from contextlib import nullcontext
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
        metavar="DIR", help="New folder for priors.csv and one figure per section (PDF, SVG, PNG).", show_default=False)] = None,
    quiet: Quiet = False,
) -> None:
    """Show every prior: distribution, what it means in plain numbers, why, and where it differs from the default set."""
    with faults():
        from forecast.components import shipped_priors
        from forecast.console import say
        from forecast.outputs import output_directory
        from forecast.pipeline.priors import read_sets
        from forecast.report.priors.table import prior_table

        with output_directory(out, "priors show", [shipped_priors.find(name)]) if out else nullcontext() as place:
            priors, default = read_sets(name)
            table = prior_table(priors, default)
            _print(priors, table[table["differs"] == 1] if changed else table, len(table))
            if place:
                with progress_bars(quiet) as progress:
                    _write(place, priors, default, table, progress)
        if out:
            say(f"Written: {out}/priors.csv and priors_<section>.pdf, .svg, .png")


def _print(priors: "PriorSet", table: "pd.DataFrame", total: int) -> None:
    from rich.text import Text

    from forecast.console import console

    screen = console()
    screen.print(Text(f"Prior set {priors.name}: {priors.title}", "bold"))
    for section, rows in table.groupby("section", sort=False):
        screen.print(Text(f"\n{section}", "bold"))
        for row in rows.itertuples():
            what = f"  {row.distribution.replace('_', '-')}, {row.arguments}"
            screen.print(Text.assemble((f"  {row.parameter}", "cyan"), what), soft_wrap=True)
            screen.print(Text(f"    means: {row.meaning}"), soft_wrap=True)
            if row.differs:
                screen.print(Text(f"    default: {row.default}; means: {row.default_meaning}", "yellow"), soft_wrap=True)
            screen.print(Text(f"    why: {row.reason}", "dim"), soft_wrap=True)
    screen.print(f"\n{table['differs'].sum()} of {total} priors differ from the default set.")


def _write(place: Path, priors: "PriorSet", default: "PriorSet", table: "pd.DataFrame", progress: "object") -> None:
    from forecast.report.archive import write_table
    from forecast.report.priors.density_figure import draw_section
    from forecast.report.save import save_figure

    write_table(table, place / "priors.csv")
    for number, section in enumerate(default.component, 1):
        save_figure(draw_section(priors, default, section), place, f"priors_{section}")
        progress("figures", number, len(default.component))
