"""`forecast data reliability`: how well two coders agree, and what is left to settle between them."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults, progress_bars
from forecast.commands.options import Seed, finite

if TYPE_CHECKING:
    import pandas as pd

LEFT = ("variable", "level", "alpha is", "low end is")
NOTES = (
    "Alpha: 1 perfect, 0 chance. Cut-offs (Krippendorff): .800 and above reliable; .667 to .800 tentative conclusions "
    "only. Look at the lower end too: it says what these units have shown.",
    "Interval: 95 %; units resampled, bias-corrected and accelerated; exact binomial where the coders never or always differ.",
    "agenda: MASI distance of topic sets, contacts for which both coders name a topic; 'or none' counts an empty agenda "
    "as a value. Tones in a contacts.csv are those of the page of each side that media.csv lists first.",
)


def reliability(
    first: Annotated[Path | None, typer.Argument(
        metavar="A", help="A coding: columns as in second_coding.csv, or a contacts.csv. Or the folder of a dyad: its "
                            "contacts.csv against its second_coding.csv. Default: the shipped US-Kazakhstan data.",
        show_default=False)] = None,
    second: Annotated[Path | None, typer.Argument(
        metavar="B", help="Another coding of the same contacts, or of some of them.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(
        help="Write the cells that differ, with their pages, to this CSV file, to be settled.", show_default=False)] = None,
    topics: Annotated[bool, typer.Option("--topics", help="Each topic of the agenda too, as named or not.")] = False,
    half_width: Annotated[float, typer.Option(
        min=0.01, max=0.5, callback=finite, help="Project how many pairs bring the interval to this much on either side.")] = 0.1,
    resamples: Annotated[int, typer.Option(min=500, max=1_000_000, help="Resamples of each variable.")] = 5000,
    seed: Seed = 20241104,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")] = False,
) -> None:
    """Compare two codings of the same contacts: Krippendorff's alpha with intervals, and the cells that differ."""
    with faults():
        from forecast.console import say
        from forecast.contacts.disagreement import write_disagreements
        from forecast.contacts.reliability import compare
        from forecast.contacts.reliability import reliability as measure
        from forecast.contacts.variable import TOPICS, VARIABLES
        from forecast.outputs import output_file

        paths = _paths(first, second)
        with output_file(out, _read(paths)) if out else nullcontext() as place:
            a, b = compare(*paths)
            with progress_bars(quiet) as progress:
                found = measure(a, b, seed=seed, resamples=resamples, half_width=half_width, progress=progress,
                                variables=VARIABLES + TOPICS if topics else VARIABLES)
            if place:
                write_disagreements(found.disagreements, place)
        say(f"A: {paths[0]}\nB: {paths[1]}\n")
        _print(found.table, half_width)
        say("\n".join(("", *NOTES, _guidance(), *(f"Left out: {why}." for why in found.left_out), "")))
        differing = f"{len(found.disagreements)} cells of {found.disagreements['id'].nunique()} contacts differ"
        say(f"{differing}: written to {out}." if out else f"{differing}; --out FILE lists them.")


def _read(paths: tuple[Path, Path]) -> list[Path]:
    """The codings, and the files beside them from which tones are taken."""
    return [*paths, *(path.parent / name for path in paths for name in ("media.csv", "dyad.yaml"))]


def _paths(first: Path | None, second: Path | None) -> tuple[Path, Path]:
    """Both codings: as given, or those of a dyad's folder."""
    from forecast.errors import Fault, InputError
    from forecast.panel.shipped import DYAD

    if first is None or (second is None and first.is_dir()):
        folder = first or DYAD
        return folder / "contacts.csv", folder / "second_coding.csv"
    if second is None:
        raise InputError([Fault(source=str(first), where="arguments", expected="two codings, a folder, or nothing",
                                found="one file", remedy="Name the other coding as well.")])
    return first, second


def _print(table: "pd.DataFrame", half_width: float) -> None:
    from pandas import isna
    from rich.table import Table

    from forecast.console import console

    shown = Table(title="Agreement of two codings", box=None, pad_edge=False)
    for heading in ("variable", "level", "units", "pairs", "same", "alpha", "95 %", "alpha is", "low end is",
                    f"pairs for ±{half_width:g}"):
        shown.add_column(heading, justify="left" if heading in LEFT else "right",
                         no_wrap=True)
    for row in table.itertuples():
        interval = row.interval.removeprefix("none: ") if isna(row.low) else f"{row.low:.2f} to {row.high:.2f}"
        shown.add_row(row.variable, row.level, str(row.units), str(row.pairable), _number(row.agreement, 2),
                      _number(row.alpha, 3), interval, row.reading, row.reading_low,
                      "" if isna(row.units_needed) else str(row.units_needed))
    console(width=120).print(shown)


def _number(value: float, digits: int) -> str:
    return "" if value != value else f"{value:.{digits}f}"


def _guidance() -> str:
    from forecast.contacts.reliability import RELIABLE, TENTATIVE
    from forecast.contacts.sample_size import units_for_minimum

    cases = "; ".join(f"{codes} codes {units_for_minimum(TENTATIVE, 1 / codes)} and {units_for_minimum(RELIABLE, 1 / codes)}"
                      for codes in (2, 4, 6, 9))
    return ("Sample size: the last column resamples the coded contacts in larger numbers (pairs: those to which both give a "
            "value). To show a nominal alpha of at least .667 "
            f"and .800 (5 % level, codes equally frequent; Bloch and Kraemer 1989): {cases}. Rare codes need more.")
