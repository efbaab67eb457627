"""`forecast paper`: everything that a paper needs of a run, in one folder."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.console import Data, Dyads, Quiet, RegionName, Seed, faults, one_dyad, progress_bars
from forecast.shipped import CASE

EPILOG = "Examples: forecast paper forecast_run --out paper | forecast paper forecast_run --out paper_grey --grey"


def paper(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Directory that forecast run wrote.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="New folder for the pack.")],
    grey: Annotated[bool, typer.Option("--grey", help="Figures without colour, as some journals print them.")] = False,
    titles: Annotated[bool, typer.Option("--titles", help="Titles and notes inside the figures, too.")] = False,
    data: Data = None,
    dyad: Dyads = None,
    region: RegionName = None,
    seed: Seed = CASE.seed,
    quiet: Quiet = False,
) -> None:
    """Write figures, tables, methods, results, limits, codebook, chronology and references of a run as a paper needs them.

    The text is paper.md, paper.tex and paper.docx. Every sentence is made from the numbers of the run; figures have no titles,
    but captions beside them (.txt, .tex); tables come as CSV, LaTeX, HTML and Word. The seed decides the resamples of the
    agreement of coders.
    """
    with faults():
        from forecast.cli.console import writing

        with writing(out, "paper", [run, *(data or ())]) as folder, progress_bars(quiet) as progress:
            from forecast.pipeline.results import paper_of

            paper_of(run, folder, data=one_dyad(data, dyad, region), seed=seed, grey=grey, titles=titles, progress=progress)
        from forecast.console import say

        say(f"Written: {out}/paper.md, paper.tex, paper.docx, references.bib, sources.bib, chronology.csv, figures/, tables/")
