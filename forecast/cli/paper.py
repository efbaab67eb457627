"""`forecast paper`: everything that a paper needs of a run, in one folder."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.console import Data, Dyads, Quiet, RegionName, Seed, faults, one_dyad, progress_bars
from forecast.shipped import CASE

EPILOG = ("Examples: forecast paper forecast_run --out paper | forecast paper forecast_run --out paper_grey --grey --width both "
          "| forecast paper forecast_run --out paper_single --width single")


class Width(StrEnum):
    """For how many columns of a journal figures are drawn."""

    double = "double"
    single = "single"
    both = "both"


def paper(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Directory that forecast run wrote.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="New folder for the pack.")],
    width: Annotated[Width, typer.Option(help="Draw figures for two columns (7 in, 177.8 mm), for one (3.5 in, 88.9 mm), or for "
                                         "both (those for one in figures_single/). Text is 6.5 pt or more in either: print them "
                                         "at their size.")] = Width.double,
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

            paper_of(run, folder, data=one_dyad(data, dyad, region), seed=seed, width=width.value, grey=grey, titles=titles,
                     progress=progress)
        from forecast.console import say

        say(f"Written: {out}/paper.md, paper.tex, paper.docx, references.bib, sources.bib, chronology.csv, figures/, "
            f"{'figures_single/, ' if width is Width.both else ''}tables/")
