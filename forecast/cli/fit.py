"""Commands about posteriors: ``forecast fit``, ``check``, ``compare``, ``pool`` and ``calibrate``."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from forecast.cli.console import (
    MOST_PATHS,
    Alone,
    AsJson,
    AsOf,
    Data,
    Draws,
    Dyads,
    IgnoreGates,
    Priors,
    Quiet,
    RegionName,
    Seed,
    faults,
    one_dyad,
    print_json,
    progress_bars,
    tell_silent,
    writing,
)
from forecast.cli.paper import for_print
from forecast.console import console, say_written
from forecast.shipped import CASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from forecast.pipeline.fits import PoolSkill


DEFAULT_SETS = cast("list[str]", ("default",))  # a list could be changed; Typer takes both
DEFAULT_DAYS = cast("list[str]", (f"{CASE.as_of}",))
FIT_EPILOG = (f"Examples: forecast fit --priors my_priors.yaml | forecast fit --data {CASE.examples['own_data']} | "
              f"forecast fit --priors default --priors wide --as-of {CASE.examples['earlier'][0]} --as-of {CASE.as_of} | "
              "forecast fit --component agenda")


def fit(
    priors: Annotated[list[str], typer.Option(
        help="Prior set: a YAML file, or the name of a shipped one; may be given several times.")] = DEFAULT_SETS,
    data: Data = None, dyad: Dyads = None, region: RegionName = None,
    as_of: Annotated[list[str], typer.Option(
        metavar="DATE", help="Use nothing dated later (YYYY-MM-DD); may be given several times.")] = DEFAULT_DAYS,
    component: Annotated[list[str] | None, typer.Option(
        help="Fit this component only (frequency: all its variants); may be repeated.", show_default=False)] = None,
    alone: Alone = False, seed: Seed = CASE.seed, draws: Draws = None, ignore_gates: IgnoreGates = False,
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Fit the components and show their convergence diagnostics; later runs reuse the posteriors.

    With several prior sets or dates every combination is fitted; models of equal shape are compiled once.
    """
    with faults():
        from forecast.pipeline import Request
        from forecast.pipeline.fits import chosen_components, fit_grid
        from forecast.report.console import print_gates

        folder = one_dyad(data, dyad, region)
        requests = [Request(priors=one, as_of=_day(day), data=folder, seed=seed, draws=draws, ignore_gates=ignore_gates,
                            alone=alone) for one in priors for day in as_of]
        with progress_bars(quiet) as progress:
            found = fit_grid(requests, progress, chosen_components(component))
        if as_json:
            print_json(fits=[{"priors": key[0], "as_of": key[1], "component": name, "reused": one.reused, **one.gates.as_dict()}
                             for key, part in found.items() for name, one in part.items()])
        print_gates({(*key, name): (one.gates, one.reused) for key, part in found.items() for name, one in part.items()})


def _day(text: str) -> date:
    """Read a date, or say what was expected."""
    from forecast.errors import Fault, InputError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError([Fault(source="command line", where="option --as-of", expected="a date, YYYY-MM-DD", found=text,
                                remedy="Write it as in 2018-01-16.")]) from None


# `forecast check`: can the posteriors be trusted?

@for_print(wide=True)
def check(
    priors: Priors = "default", data: Data = None, dyad: Dyads = None, region: RegionName = None, as_of: AsOf = None,
    out: Annotated[Path, typer.Option(help="Directory to write; an earlier one there is replaced.")] = Path("check"),
    component: Annotated[list[str] | None, typer.Option(
        help="Check this component only (frequency: all its variants); may be repeated.", show_default=False)] = None,
    seed: Seed = CASE.seed, draws: Draws = None, alone: Alone = False, quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Check whether the posteriors can be trusted: convergence, leave-one-out, calibration, predictive checks, priors.

    Writes check.html (one page, offline), figures/ and tables/; posteriors come from the cache where they are known.
    """
    with faults():
        from forecast.outputs import check_directory

        folder = one_dyad(data, dyad, region)
        check_directory(out, "check", [folder])  # before the imports, which take seconds
        from forecast.pipeline import Request, read
        from forecast.pipeline.fits import check_to, chosen_components
        from forecast.report.diagnosis_page import print_verdicts, verdicts

        request = Request(priors=priors, data=folder, seed=seed, draws=draws, as_of=as_of.date() if as_of else None, alone=alone)
        names = chosen_components(component)
        inputs = read(request)
        tell_silent(inputs)
        with progress_bars(quiet) as progress:
            content = check_to(out, inputs, request, names, progress)
        if as_json:
            print_json(verdicts=verdicts(content.trust))
        print_verdicts(content, out)


# ``forecast compare``: scenarios under several prior sets, side by side.

COMPARE_EPILOG = ("Examples: forecast compare | forecast compare --priors default --priors my_priors.yaml | "
                  f"forecast compare {CASE.scenarios[0]} {CASE.examples['event']} --out compare")


@for_print()
def compare(
    scenarios: Annotated[list[str] | None, typer.Argument(
        help=f"Two scenarios: files, or names of shipped ones. Default: {CASE.pair}.", show_default=False)] = None,
    priors: Annotated[list[str] | None, typer.Option(
        help="Prior set: a YAML file, or the name of a shipped one; may be given several times. Default: all that are shipped.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the tables and a figure there.",
                                             show_default=False)] = None,
    data: Data = None, dyad: Dyads = None, region: RegionName = None, as_of: AsOf = None, seed: Seed = CASE.seed,
    paths: Annotated[int, typer.Option(min=40, max=MOST_PATHS, help="Simulated futures per scenario and prior set.")] = 20_000,
    alone: Alone = False, ignore_gates: IgnoreGates = False, quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Compare the contrast of two scenarios under several prior sets: how much of it is the prior?"""
    with faults():
        _check_two(scenarios or CASE.scenarios)
        record = one_dyad(data, dyad, region)
        with writing(out, "compare", [*(scenarios or ()), *(priors or ()), record]) as folder:
            from forecast.pipeline import Request
            from forecast.pipeline.fits import applying
            from forecast.pipeline.fits import compare_priors as run

            request = Request(scenarios=tuple(scenarios or CASE.scenarios), data=record, seed=seed, paths=paths,
                              as_of=as_of.date() if as_of else None, ignore_gates=ignore_gates, alone=alone)
            with progress_bars(quiet) as progress:
                contrast, summary = run(request, list(priors or applying(request)), progress)
            if folder:
                _write_compare(contrast, summary, folder)
        if as_json:
            print_json(compare_contrast=contrast, compare_summary=summary)
        _print_compare(contrast, summary)
        if out:
            say_written(f"Written: {out}/compare_contrast.csv, compare_summary.csv, compare.pdf, .svg, .png")


def _check_two(scenarios: "Sequence[str]") -> None:
    from forecast.errors import Fault, InputError

    if len(scenarios) != 2:
        raise InputError([Fault(source="command line", where="argument SCENARIOS", expected="two scenarios",
                                found=f"{len(scenarios)}: {', '.join(scenarios)}",
                                remedy="Name two of them; forecast run takes any number.")])


def _print_compare(contrast: "pd.DataFrame", summary: "pd.DataFrame") -> None:
    from rich.table import Table

    from forecast.report.console import parts_cell, ratio_cell
    from forecast.report.lookup import factor_of_region

    names = list(dict.fromkeys(summary["scenario"]))
    table = Table(title="Recorded contacts, all ranks: median (5 % to 95 %); ratio, difference and P: first against second")
    parts = f"P(more, equal within a factor of {factor_of_region()}, fewer)"
    for heading in ("priors", *names, "log rate ratio", parts, "P(first > second)", "expected difference",
                    "difference of two futures"):
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


def _write_compare(contrast: "pd.DataFrame", summary: "pd.DataFrame", out: Path) -> None:
    from forecast.report import words
    from forecast.report.figures.assumptions import draw_compare
    from forecast.report.files import write_table
    from forecast.report.style import write_figure

    write_table(contrast, out / "compare_contrast.csv")
    write_table(summary, out / "compare_summary.csv")
    first, second = contrast["first"].iloc[0], contrast["second"].iloc[0]
    total = contrast[(contrast["key"] == "all") & contrast["quantity"].isin(("contact", "log_rate_ratio"))]
    title = f"{words.plain(first)} against {words.plain(second)}, recorded contacts {total['window'].iloc[0]}, by prior set"
    write_figure(partial(draw_compare, total, title), out, "compare")


# ``forecast pool``: how the formulations forecast past terms, and their weights.

POOL_EPILOG = (f"Examples: forecast pool | forecast pool --as-of {CASE.examples['earlier'][0]} | "
              "forecast pool --priors sceptical --out pool")
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Also write pool_scores.csv and pool_effects.csv there.",
                                          show_default=False)]


def pool(priors: Priors = "default", data: Data = None, dyad: Dyads = None, region: RegionName = None, as_of: AsOf = None,
         seed: Seed = CASE.seed, draws: Draws = None, alone: Alone = False, out: Out = None, ignore_gates: IgnoreGates = False,
         quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Show how each formulation of contact frequency forecast past terms from the terms before, and the pool's weights.

    Every term but the first two is left out with all later ones, forecast and scored (log score: higher is better). The
    second table tells what effects of administration type and president add to these scores, or cost.
    """
    with faults():
        record = one_dyad(data, dyad, region)
        with writing(out, "pool", [priors, record]) as folder:
            from forecast.pipeline import Request, read
            from forecast.pipeline.fits import pool_skill

            request = Request(priors=priors, data=record, seed=seed, draws=draws, as_of=as_of.date() if as_of else None,
                              alone=alone, ignore_gates=ignore_gates)
            inputs = read(request)
            tell_silent(inputs)
            with progress_bars(quiet) as progress:
                found = pool_skill(inputs, request, progress)
            if folder:
                _write_pool(found, folder)
        if as_json:
            print_json(pool_scores=found.scores, pool_effects=found.effects)
        _print_pool(found)
        if out:
            say_written(f"Written: {out}/pool_scores.csv, pool_effects.csv")


def _print_pool(found: "PoolSkill") -> None:
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
    """A member of the pool without the name of its section, or the pool itself."""
    from forecast.components.registry import COMPONENT

    return COMPONENT[forecaster].variant if forecaster in COMPONENT else forecaster.partition(" ")[2]


def _write_pool(found: "PoolSkill", out: Path) -> None:
    from forecast.report.files import write_table

    write_table(found.scores, out / "pool_scores.csv")
    write_table(found.effects, out / "pool_effects.csv")
