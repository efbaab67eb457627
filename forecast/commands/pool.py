"""``forecast pool``: how the formulations forecast past terms, and their weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults, progress_bars
from forecast.commands.options import AsOf, Data, Draws, Priors, Quiet, Seed
from forecast.commands.writing import writing
from forecast.console import console, say

if TYPE_CHECKING:
    from forecast.pipeline.skill import Skill

EPILOG = "Examples: forecast pool | forecast pool --as-of 2016-11-07 | forecast pool --priors sceptical --out pool"
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Also write pool_scores.csv and pool_effects.csv there.",
                                          show_default=False)]


def pool(priors: Priors = "default", data: Data = None, as_of: AsOf = None, seed: Seed = 20241104, draws: Draws = None,
         out: Out = None, quiet: Quiet = False) -> None:
    """Show how each formulation of contact frequency forecast past terms from the terms before, and the pool's weights.

    Every term but the first two is left out with all later ones, forecast and scored (log score: higher is better). The
    second table tells what effects of administration type and president add to these scores, or cost.
    """
    with faults():
        with writing(out, "pool", [priors, data]) as folder:
            from forecast.pipeline import Request, read
            from forecast.pipeline.skill import skill

            request = Request(priors=priors, data=data, seed=seed, draws=draws, as_of=as_of.date() if as_of else None)
            inputs = read(request)
            with progress_bars(quiet) as progress:
                found = skill(inputs, request, progress)
            if folder:
                _write(found, folder)
        _print(found)
        if out:
            say(f"Written: {out}/pool_scores.csv, pool_effects.csv")


def _print(found: "Skill") -> None:
    from rich.table import Table

    screen = console()
    scores = Table(title="Log score of each past term, forecast from the terms before (higher is better)")
    for name in ("forecaster", "weight", *(term := list(dict.fromkeys(found.scores["term"]))), "sum"):
        scores.add_column(str(name), justify="left" if name == "forecaster" else "right")
    for name, part in found.scores.query("administrations == 'with'").groupby("forecaster", sort=False):
        value, weight = part.set_index("term")["score"], part["weight"].iloc[0]
        cells = [f"{value[one]:.1f}" if one in value else "" for one in term]
        scores.add_row(_short(name), "" if weight != weight else f"{weight:.2f}", *cells, f"{value.sum():.1f}")
    screen.print(scores)
    screen.print(f"Largest Monte Carlo error of a score: {found.scores['error'].max():.2f}. The pool at each term is "
                 "weighted by the terms before it; the weights shown are those of today.", soft_wrap=True)
    effects = Table(title="What effects of type and president add to the sum of scores")
    for name in ("forecaster", "difference", "standard error", "terms in which they help"):
        effects.add_column(name, justify="left" if name == "forecaster" else "right")
    for row in found.effects.itertuples():
        effects.add_row(_short(row.forecaster), f"{row.difference:+.2f}", f"{row.error:.2f}",
                        f"{row.better_in:.0f} of {row.terms:.0f}")
    screen.print(effects)


def _short(forecaster: str) -> str:
    return forecaster.removeprefix("frequency_").removeprefix("frequency ")


def _write(found: "Skill", out: Path) -> None:
    from forecast.report.archive import write_table

    write_table(found.scores, out / "pool_scores.csv")
    write_table(found.effects, out / "pool_effects.csv")
