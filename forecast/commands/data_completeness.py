"""`forecast data completeness`: what share of contacts is on record, by rank and era."""

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults, progress_bars
from forecast.commands.options import Seed

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from forecast.evaluation.recall import Recall
    from forecast.panel import Panel
    from forecast.posterior.posterior import Posterior

COMPONENT = "completeness"


def completeness(
    directory: Annotated[Path | None, typer.Argument(
        help="Folder of a dyad. Default: the shipped US-Kazakhstan data.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(
        help="New folder for completeness.csv, recall.csv and the figure (PDF, SVG, PNG).", show_default=False)] = None,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Use nothing dated later.")] = "2024-11-04",
    priors: Annotated[str, typer.Option(help="Prior set: a YAML file, or the name of a shipped one.")] = "default",
    seed: Seed = 20241104,
    ignore_gates: Annotated[bool, typer.Option("--ignore-gates", help="Use a posterior that failed a gate.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")] = False,
) -> None:
    """Estimate the recorded share of contacts by rank and era, and check visits against the registers.

    The estimate is capture-recapture from which pages report each contact: the partner's, American, others.
    """
    with faults():
        from forecast.components import shipped_priors
        from forecast.console import say
        from forecast.outputs import output_directory
        from forecast.panel.shipped import DYAD

        folder, found = directory or DYAD, shipped_priors.find(priors)
        with output_directory(out, "data completeness", [folder, found]) if out else nullcontext() as place:
            _estimate(folder, as_of, found, seed, ignore_gates, quiet, place)
        if out:
            say(f"Written: {out}/completeness.csv, recall.csv, missed.csv, completeness.pdf, .svg, .png")


def _estimate(folder: Path, as_of: datetime, priors: Path, seed: int, ignore_gates: bool, quiet: bool,
              place: Path | None) -> None:
    from forecast.components.registry import COMPONENT as COMPONENTS
    from forecast.contacts import load_dyad
    from forecast.evaluation.recall import recall
    from forecast.panel import load_panel
    from forecast.panel.registers import load_registers

    day = as_of.date()
    panel = load_panel(folder, as_of=day)
    register = load_registers(day)
    register = register[register["country"] == load_dyad(folder).register_country]
    register = register[register["start"] >= panel.contact["date"].min()] if len(panel.contact) else register
    with progress_bars(quiet) as progress:
        posterior = _posterior(panel, priors, seed, ignore_gates, progress)
    share = COMPONENTS[COMPONENT].profile(posterior.draws)["share"]
    checked = recall(panel.contact, register)
    table = _table(share, panel)
    _print(table, checked)
    if place:
        _write(place, table, checked, share, panel)


def _posterior(panel: "Panel", priors: Path, seed: int, ignore: bool, progress: "object") -> "Posterior":
    from forecast.components.prior_file import load_priors
    from forecast.components.registry import needs
    from forecast.errors import GateError
    from forecast.posterior.fit import plan, posteriors
    from forecast.posterior.sampler import SamplerSettings

    chosen = load_priors(priors, needs())
    jobs = plan(panel, chosen, SamplerSettings(seed=seed), names=(COMPONENT,))
    found = posteriors(jobs, lambda name, done, total: progress(f"fit {name}", done, total))[COMPONENT]
    if found.gates.failures and not ignore:
        raise GateError(f"Posterior failed its convergence gates: {', '.join(found.gates.failures)}. "
                        "Use it all the same with --ignore-gates.")
    return found


def _table(share: "xr.DataArray", panel: "Panel") -> "pd.DataFrame":
    """One row per rank and era: contacts listed, and the posterior of the recorded share."""
    import pandas as pd

    from forecast.components.registry import COMPONENT as COMPONENTS

    data = COMPONENTS[COMPONENT].data(panel).array
    quantile = share.quantile([0.05, 0.25, 0.5, 0.75, 0.95], dim="draw")
    names = ("q05", "q25", "q50", "q75", "q95")
    return pd.DataFrame([
        {"rank": rank, "era": era, "contacts_listed": int(data["history"][i, j].sum()),
         "contacts_unlisted": int(data["unlisted"][i, j]), "of": "share of contacts that is on record, posterior",
         **dict(zip(names, quantile.sel(rank=rank, era=era).to_numpy().round(4), strict=True))}
        for i, rank in enumerate(share["rank"].to_numpy()) for j, era in enumerate(share["era"].to_numpy())])


def _print(table: "pd.DataFrame", checked: "Recall") -> None:
    from rich.table import Table

    from forecast.console import console

    screen = console(width=110)
    shown = Table(title="Recorded share of contacts, %: median (5 % to 95 % of the posterior)", box=None)
    for heading in ("rank", *table["era"].unique()):
        shown.add_column(heading, justify="left" if heading == "rank" else "right", no_wrap=True)
    for rank, rows in table.groupby("rank", sort=False):
        cells = (f"{100 * row.q50:.0f} ({100 * row.q05:.0f} to {100 * row.q95:.0f})" for row in rows.itertuples())
        shown.add_row(rank.replace("_", " "), *cells)
    screen.print(shown)
    check = Table(title="The record against the registers of the Office of the Historian", box=None)
    for heading in ("register", "entries", "found", "recall", "contacts", "listed", "precision"):
        check.add_column(heading, justify="left" if heading == "register" else "right", no_wrap=True)
    for row in checked.table.itertuples():
        check.add_row(row.register, str(row.entries), str(row.found), _share(row.recall, row.recall_low, row.recall_high),
                      str(row.contacts), str(row.listed), _share(row.precision, row.precision_low, row.precision_high))
    screen.print(check)
    for row in checked.missed.itertuples():
        screen.print(f"missed: {row.register}, {row.person}, {row.start:%Y-%m-%d}, {row.locale}")


def _share(value: float, low: float, high: float) -> str:
    return "no case" if value != value else f"{value:.2f} ({low:.2f} to {high:.2f})"


def _write(place: Path, table: "pd.DataFrame", checked: "Recall", share: "xr.DataArray", panel: "Panel") -> None:
    from forecast.report.archive import write_table
    from forecast.report.completeness import draw
    from forecast.report.save import save_figure
    from forecast.report.words import day

    count = table["contacts_listed"].to_numpy().reshape(share.sizes["rank"], share.sizes["era"])
    save_figure(draw(share, count, panel.partner[0], day(panel.as_of)), place, "completeness")
    write_table(table, place / "completeness.csv")
    write_table(checked.table, place / "recall.csv")
    write_table(checked.missed, place / "missed.csv")
