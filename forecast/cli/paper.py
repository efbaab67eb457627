"""What leaves the house: `forecast paper` (a pack for a paper), `archive` (for an editor, and its verification) and `cite`;
and the options of all commands that write figures for print.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecast.cli.console import (
    AsJson,
    Data,
    Dyads,
    Lang,
    Quiet,
    RegionName,
    Seed,
    faults,
    one_dyad,
    print_json,
    progress_bars,
    tell_coverage,
)
from forecast.console import console, plain, say, say_written
from forecast.shipped import CASE

if TYPE_CHECKING:
    from forecast.pipeline.verify import Verified

EPILOG = ("Examples: forecast paper forecast_run --out paper | forecast paper forecast_run --out paper_grey --grey --width both "
          "| forecast paper forecast_run --out paper_single --width single "
          "| forecast paper forecast_run --out paper_ru --lang ru")


# Figures for print: options that `forecast paper` and every command with figures of its own have alike.

class Width(StrEnum):
    """For how many columns of a journal figures are drawn."""

    double = "double"
    single = "single"
    both = "both"


PANEL = "Figures for print"


def _width(where: str, *, given: bool) -> Any:
    """Option of the width: into which folders, and whether it is always so or only where it is asked for."""
    return typer.Option("--width", rich_help_panel=PANEL, show_default=given, help=(
        f"Draw figures for two columns (7 in, 177.8 mm), for one (3.5 in, 88.9 mm), or for both ({where}). Text is 6.5 pt or "
        "more in either: print them at their size."))


Grey = Annotated[bool, typer.Option("--grey", rich_help_panel=PANEL, help="Figures without colour, as some journals print them.")]
Titles = Annotated[bool, typer.Option("--titles", rich_help_panel=PANEL, help="Titles and notes inside the figures, too.")]
Command = Callable[..., None]


def for_print(out: str = "out", *, wide: bool = False) -> Callable[[Command], Command]:
    """Give a command that writes figures the options of figures for print; any of them asks for such figures.

    They are written into ``print/`` (and ``print_single/``) beside the others, which stay as they are without the options, as
    does the page that shows them.

    Parameters
    ----------
    out : str
        Argument of the command that says where figures are written.
    wide : bool
        Whether the figures list so much that one column has no room for them.
    """
    width_of = _width("in print/, those for one in print_single/", given=False)
    options = {"width": (Annotated[Width | None, width_of], None), "grey": (Grey, False), "titles": (Titles, False)}

    def with_options(command: Command) -> Command:
        @wraps(command)
        def call(*, width: Width | None, grey: bool, titles: bool, **given: Any) -> None:
            if not (width or grey or titles):
                command(**given)
                return
            with faults():
                _check(out, given[out], width, wide=wide)
            from forecast.report.style import Print, printed

            with printed(Print(width=(width or Width.double).value, grey=grey, titles=titles)) as written:
                command(**given)
            if written:
                folders = " and ".join(f"{name}/" for name in written)
                say_written(f"Written: {folders} beside the figures: the same for print, with captions (.txt, .tex)")
            else:
                say("note: This wrote no figure, so there is none for print.", error=True)

        call.__annotations__ = command.__annotations__ | {name: kind for name, (kind, _) in options.items()}
        own = signature(command)
        more = [Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
                for name, (kind, default) in options.items()]
        call.__signature__ = own.replace(parameters=[*own.parameters.values(), *more])  # type: ignore[attr-defined]
        return call

    return with_options


def _check(name: str, out: Path | None, width: Width | None, *, wide: bool) -> None:
    """Refuse before anything long what could not be drawn, or written."""
    from forecast.errors import Fault, InputError

    if wide and width in (Width.single, Width.both):
        raise InputError([Fault(source="command line", where="option --width", expected="double with this command",
                                found=width.value, remedy="Its figures list every parameter, for which one column has no room: "
                                                          "print them on a whole page, or in a supplement.")])
    if out is None:
        raise InputError([Fault(source="command line", where="options --width, --grey and --titles", found="none",
                                expected=f"--{name} with them", remedy="Name a folder for the figures.")])


# ``forecast paper``: a pack for a paper.

def paper(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Directory that forecast run wrote.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="New folder for the pack.")],
    width: Annotated[Width, _width("those for one in figures_single/", given=True)] = Width.double,
    grey: Grey = False,
    titles: Titles = False,
    data: Data = None,
    dyad: Dyads = None,
    region: RegionName = None,
    seed: Seed = CASE.seed,
    lang: Lang = "en",
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
                     progress=progress, lang=lang)

        say_written(f"Written: {out}/paper.md, paper.tex, paper.docx, references.bib, sources.bib, chronology.csv, figures/, "
            f"{'figures_single/, ' if width is Width.both else ''}tables/")
        tell_coverage(lang)
        if lang != "en":
            say("note: The sentences of paper.md, paper.tex and paper.docx are in English; figures, their captions and tables "
                "are not.", error=True)


# ``forecast archive``: a run that an editor can run again.

ARCHIVE_EPILOG = ("Examples: forecast archive forecast_run --out archive.zip | forecast archive --verify archive.zip | "
                  "forecast archive --verify archive.zip --here | forecast archive --verify archive.zip --wheels wheels --json")


def archive(
    run: Annotated[Path | None, typer.Argument(metavar="RUN", help="Directory that forecast run wrote.",
                                               show_default=False)] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Zip to write.")] = Path("archive.zip"),
    data: Data = None, dyad: Dyads = None, region: RegionName = None,
    others: Annotated[list[Path] | None, typer.Option(
        "--with", metavar="FILE", help="A file that the run read and that does not ship (prior set, scenario, elections); may be "
        "repeated.", show_default=False)] = None,
    trajectories: Annotated[bool, typer.Option("--trajectories", help="With simulated futures and posteriors.")] = False,
    verify: Annotated[Path | None, typer.Option(
        "--verify", metavar="FILE", help="Do not write: repeat the run of this archive from nothing, and compare.",
        show_default=False)] = None,
    here: Annotated[bool, typer.Option(
        "--here", help="Verify with the program and packages that are installed, and tell what differs.")] = False,
    wheels: Annotated[Path | None, typer.Option(
        metavar="DIR", help="Verify offline: install from this folder of wheels.", show_default=False)] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write everything that an editor needs to run a forecast again into one zip, or verify such a zip.

    Data as used, program, locked packages, seeds, tables, README in the form of the social science data editors, codebook,
    licence, citations. The same run gives the same bytes. To verify, the archive is unpacked, its program and packages are
    installed into a new environment, the run is repeated with an empty cache, and every file is compared byte for byte: exit code
    0 only where all agree. An archive holds a program: verify those that you would run.
    """
    with faults():
        if verify is not None:
            _check_alone(run, data, dyad, region, others, trajectories)
            _verify(verify, here, wheels, quiet, as_json)
            return
        _check_written(here=here, wheels=wheels)
        folder = one_dyad(data, dyad, region)
        from forecast.outputs import output_file

        with output_file(out, [run, folder, *(others or ())]) as file, progress_bars(quiet) as progress:
            from forecast.pipeline.archive import write_archive

            about = write_archive(_given(run), file, data=folder, more=others or (), large=trajectories,
                                  progress=progress)
            size = file.stat().st_size
        if as_json:
            print_json(written=str(out), bytes=size, **about.model_dump(mode="json"))
        say_written(f"Written: {out} ({size / 1e6:.1f} MB, {len(about.files)} files). To be filled in: square brackets of its "
                    "README.md.")


def _given(run: Path | None) -> Path:
    from forecast.errors import Fault, InputError

    if run is None:
        raise InputError([Fault(source="command line", where="argument RUN", expected="a directory that forecast run wrote",
                                found="none", remedy="Name one, or an archive with --verify.")])
    return run


def _check_alone(*given: object) -> None:
    from forecast.errors import Fault, InputError

    if any(given):
        raise InputError([Fault(source="command line", where="option --verify", expected="the archive alone",
                                found="a run, data or files beside it", remedy="An archive holds all that it needs.")])


def _check_written(**given: object) -> None:
    from forecast.errors import Fault, InputError

    faults = [Fault(source="command line", where=f"option --{name}", expected="an archive to verify beside it (--verify FILE)",
                    found="none", remedy="Name one, or leave the option out.") for name, value in given.items() if value]
    if faults:
        raise InputError(faults)


def _verify(file: Path, here: bool, wheels: Path | None, quiet: bool, as_json: bool) -> None:
    from forecast.errors import Fault, InputError
    from forecast.pipeline.verify import LIMITS, verify

    if wheels is not None and not any(wheels.glob("*.whl")):
        raise InputError([Fault(source=str(wheels), where="option --wheels", expected="a folder of wheels (*.whl)", found="none",
                                remedy="Fill one with: pip download --no-deps -r requirements.txt -d wheels.")])
    def tell(text: str) -> None:
        say(f"note: {text}", error=True)

    found = verify(file, here=here, wheels=wheels, quiet=quiet, tell=tell)
    if as_json:
        print_json(agrees=found.agrees, limits=None if found.same_kind else LIMITS, **vars(found) | {
            "rows": [vars(row) for row in found.rows]})
    _print_verified(found, file)
    if not found.agrees:
        raise typer.Exit(1)


def _print_verified(found: "Verified", file: Path) -> None:
    """What was compared, by kind of file and state; each file that is another, by name."""
    from rich.table import Table

    from forecast.pipeline.verify import KINDS, LIMITS, STATES, kind

    table = Table(title=f"{plain(file.name)}: files of the run, made anew and compared")
    for heading in ("files", *STATES):
        table.add_column(heading, justify="left" if heading == "files" else "right")
    for name in KINDS:
        states = [row.state for row in found.rows if kind(row.file) == name]
        if states:
            table.add_row(name, *(str(states.count(state) or "") for state in STATES))
    console().print(table)
    for row in found.rows:
        if not row.agrees:
            say(f"{row.file}: {row.state}{f' ({row.detail})' if row.detail else ''}")
    made, here = (f"{one.get('processor')} ({one.get('machine')}, {one.get('system')})"
                  for one in (found.made_on, found.found_on))
    say(f"Processor: {here}, the same kind as of the run." if found.same_kind else
        f"Processor: {here}; the run was made on {made}, another kind, which rounds differently. Numbers may differ by "
        f"{100 * LIMITS['relative']:g} % of themselves and {100 * LIMITS['of_column']:g} % of the largest of their column.")
    say("Environment: the one that is installed here." if found.here else "Environment: a new one, from the archive.")
    for text in found.noted[:10]:
        say(f"  differs: {text}")
    if len(found.noted) > 10:
        say(f"  and {len(found.noted) - 10} more differences (--json has all)")
    say(f"Time: {', '.join(f'{step} {seconds:.0f} s' for step, seconds in found.seconds.items())}.")
    say("Verified: everything agrees." if found.agrees else "NOT verified: see above.")


# ``forecast cite``: what a paper on a run, or on a record, cites.

CITE_EPILOG = (f"Examples: forecast cite forecast_run | forecast cite {CASE.dyad} | "
               "forecast cite forecast_run --bibtex > cited.bib")


def cite(
    what: Annotated[str, typer.Argument(
        metavar="RUN|DYAD", help="Directory that forecast run wrote, a shipped dyad, or the folder of a dyad.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="As BibTeX.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what a paper cites: the software, the data with their versions and hashes, and the methods."""
    with faults():
        from forecast.pipeline.archive import cited

        found = cited(what)
        if as_json:
            print_json(citations=[vars(one) for one in found])
        elif bibtex:
            say("\n".join(one.bibtex for one in found))
        else:
            for of in dict.fromkeys(one.of for one in found):
                say(f"{of.capitalize()}\n")
                for one in found:
                    if one.of == of:
                        say(f"  {one.text}\n")
