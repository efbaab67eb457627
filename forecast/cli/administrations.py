"""`forecast compare-administrations`: what presidents did, side by side, from the record alone."""

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.console import Data, Dyads, Quiet, RegionName, Seed, faults, one_dyad, progress_bars
from forecast.shipped import CASE

FIRST, SECOND = CASE.examples["presidents"]
TERM = CASE.examples["term"]
EPILOG = (f"Examples: forecast compare-administrations {FIRST} {SECOND} | forecast compare-administrations {FIRST} {SECOND} "
          f"--out compared | forecast compare-administrations \"{TERM}\" {FIRST} --completeness | "
          f"forecast compare-administrations {FIRST} {SECOND} --as-of {CASE.as_of}")
KIND = "compare-administrations"


def compare_administrations(
    names: Annotated[list[str], typer.Argument(
        metavar="NAMES...", help=f"Two or more presidents of the record, or terms such as \"{TERM}\".", show_default=False)],
    data: Data = None,
    dyad: Dyads = None,
    region: RegionName = None,
    as_of: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="Use nothing dated later. Default: the day to which the dyad is coded.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(
        metavar="DIR", help="New folder for the page, the tables (CSV, LaTeX) and the chronology (PDF, SVG, PNG).",
        show_default=False)] = None,
    completeness: Annotated[bool, typer.Option(
        "--completeness", help="Adjust counts for what is not on record; fits the recorded share where it is not in the cache.",
    )] = False,
    priors: Annotated[str, typer.Option(help="Prior set of the recorded share: a YAML file, or a shipped one.")] = "default",
    seed: Seed = 20241104,
    quiet: Quiet = False,
) -> None:
    """Put presidents side by side: contacts, agendas, outcomes, media, what was begun and dropped, and a chronology.

    Counts come from the record alone; intervals treat a visit as one case; sentences say what the numbers allow to conclude.
    """
    with faults():
        from forecast import shipped
        from forecast.console import say
        from forecast.outputs import output_directory

        folder, found = one_dyad(data, dyad, region) or shipped.DYAD, shipped.find_priors(priors)
        with output_directory(out, KIND, [folder, found]) if out else nullcontext() as place:
            _compare(folder, names, as_of, found if completeness else None, seed, quiet, place)
        if out:
            say(f"Written: {out}/administrations.html, counts.csv, differences.csv, practice.csv, agreements.csv, "
                "chronology.csv, their LaTeX tables, chronology.pdf, .svg, .png (and chronology_narrow)")


def _compare(folder: Path, names: list[str], as_of: datetime | None, priors: Path | None, seed: int, quiet: bool,
             place: Path | None) -> None:
    from forecast.contacts import load_contacts
    from forecast.pipeline.compare_administrations import administrations
    from forecast.report.administrations_page import print_account, write_account

    until = as_of.date() if as_of else load_contacts(folder).dyad.coded_until  # tells the faults of all files at once
    with progress_bars(quiet or not priors) as progress:
        told = administrations(folder, names, as_of=until, seed=seed, priors=priors, progress=progress)
    print_account(told)
    if place:
        write_account(told, place, seed)
