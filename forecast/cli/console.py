"""What every command shares: errors become messages and exit codes, long work has a bar, an end on request has one line."""

import errno
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from math import isfinite
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, cast

import typer

from forecast.console import Progress, console, encodable, leave_quietly, plain, say, say_error, say_json, unheard, wanted
from forecast.errors import Fault
from forecast.shipped import CASE

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from forecast.pipeline import Inputs
    from forecast.pipeline.futures import Futures


@contextmanager
def faults() -> Iterator[None]:
    """Turn errors of ours, and what the machine refuses, into messages and an exit code: 2 for input, 1 for the rest."""
    from forecast.errors import ForecastError, InputError

    try:
        yield
    except Exception as error:
        _wait_where_ended()
        if isinstance(error, BrokenPipeError) and unheard():
            leave_quietly()
        if isinstance(error, InputError):
            lines, code = [" ".join(str(fault).splitlines()) for fault in error.faults], error.exit_code
        elif isinstance(error, ForecastError):
            lines, code = [str(error)], error.exit_code
        else:

            found = machine_refusal(error)
            if found is None:
                raise
            lines, code = [found[0]], found[1]
        for line in lines:
            say_error(line)
        raise typer.Exit(code) from None


def _wait_where_ended() -> None:
    """Leave the word to the thread that ends the process: that its workers are gone, say, is no error."""
    ending = sys.modules.get("forecast.workers")
    if ending is not None:
        ending.wait_where_ended()


READ = "read"
"""A stage of seconds that only a terminal shows: in a log the message about bad input stands alone."""


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Progress]:
    """Progress on standard error: a bar per stage on a terminal, elsewhere a line as each begins and ends; none if quiet."""
    if quiet:
        yield lambda *_: None
        return
    if not console(error=True).is_terminal:
        yield _lines_by_stage()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    shown = console(error=True)
    spinner = SpinnerColumn("dots" if shown.encoding.startswith("utf") else "line")
    name = TextColumn("{task.description}", markup=False)  # it may hold names of scenarios, priors, files
    with Progress(spinner, name, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=shown) as bars:
        yield _bar_by_stage(bars)


def _lines_by_stage() -> Progress:
    """For a log: nothing is drawn over, and a reader sees what is at work."""
    begun: dict[str, float] = {}
    over: set[str] = set()

    def show(stage: str, done: int, total: int) -> None:
        if stage == READ:
            return
        if stage not in begun:
            begun[stage] = monotonic()
            say(f"{stage}: begun", error=True)
        if done >= total and stage not in over:
            over.add(stage)
            say(f"{stage}: done in {monotonic() - begun[stage]:.0f} s", error=True)

    return show


def _bar_by_stage(bars: "Bars") -> Progress:
    tasks: dict[str, TaskID] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(encodable(plain(stage), bars.console.file), total=total)
        bars.update(tasks[stage], completed=done, total=total)

    return show


def print_precision(futures: "Futures", asked: float | None) -> None:
    """Tell whether the precision asked for was reached, and with how many futures."""
    if asked is not None and futures.precision is not None:
        say(futures.precision.told(asked))


def tell_end(text: str) -> None:
    """Say one line while the process is being ended: past every lock and buffer, with the cursor shown again."""
    shown = f"\r\n\x1b[?25h{text}\n" if os.isatty(2) else f"{text}\n"
    with suppress(OSError):
        os.write(2, shown.encode("ascii", "backslashreplace"))


# Options that several commands share, with the same words.

EVE = cast(datetime, f"{CASE.as_of}")
"""Typer reads the text as a day."""

LARGEST_SEED = 2**63 - 1
"""What all random generators and every file format of a run hold."""
MOST_DRAWS, MOST_PATHS, MOST_PROCESSES = 100_000, 10_000_000, 1024


def finite(value: float | None) -> float | None:
    """Refuse nan and inf, which no range of an option keeps out."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"a finite number, not {value}.")
    return value


def _with_catalogue(code: str) -> str:
    """Refuse a language that has no catalogue, before anything is computed."""
    from forecast.report.language import speaking

    with speaking(code):
        return code


def tell_coverage(code: str) -> None:
    """Say how many texts a language lacks, where it lacks any."""
    from forecast.report.language import coverage, speaking

    with speaking(code):
        if told := coverage():
            say(f"note: {told}", error=True)


def _leaving_out(name: str) -> Callable[[typer.Context, bool], bool]:
    """Callback of an option that leaves out of a command's texts what :class:`forecast.console.Verbosity` says, until it ends."""
    def asked(ctx: typer.Context, value: bool) -> bool:
        if value and not ctx.resilient_parsing:
            setattr(wanted, name, True)
            ctx.find_root().call_on_close(lambda: setattr(wanted, name, False))
        return value

    return asked


Lang = Annotated[str, typer.Option(
    "--lang", metavar="CODE", callback=_with_catalogue,
    help="Language of figures, tables and page: en, ru (Russian), kk (Kazakh, where terms are settled; else English).")]
Priors = Annotated[str, typer.Option(help="Prior set: a YAML file, or the name of a shipped one.")]
PriorName = Annotated[str, typer.Argument(metavar="NAME", help="Prior set: a YAML file, or the name of a shipped one.")]
Data = Annotated[list[Path] | None, typer.Option(
    "--data", metavar="DIR", help="Folder of a dyad of your own (dyad.yaml, contacts.csv, media.csv); may be repeated where a "
    f"command takes several. Default: the shipped dyad {CASE.dyad}.", show_default=False)]
Dyads = Annotated[list[str] | None, typer.Option(
    "--dyad", metavar="NAME", help="A shipped dyad by name, that of --data, or a folder as for --data; may be repeated.",
    show_default=False)]
RegionName = Annotated[str | None, typer.Option(
    "--region", metavar="NAME", help="All dyads of a shipped region: short for a list of --dyad.", show_default=False)]
AsJson = Annotated[bool, typer.Option(
    "--json", callback=_leaving_out("as_json"), help="Print all tables as JSON and nothing else.")]
Alone = Annotated[bool, typer.Option(
    "--alone", help="Estimate everything from the dyad's own record, and nothing from all dyads of its region.")]
AsOf = Annotated[datetime | None, typer.Option(
    formats=["%Y-%m-%d"], help="Use nothing dated later. Default: the day that the scenarios name.", show_default=False)]
Seed = Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Decides every random number.")]
Draws = Annotated[int | None, typer.Option(
    min=100, max=MOST_DRAWS, show_default=False,
    help="Posterior draws per chain (4 chains). Default: what each component needs.")]
Quiet = Annotated[bool, typer.Option(
    "--quiet", "-q", callback=_leaving_out("quiet"), help="No progress, notes or tables; only what was written, and errors.")]
IgnoreGates = Annotated[bool, typer.Option(
    "--ignore-gates", help="Forecast from a posterior that failed a convergence gate; every output is marked.")]
Paths = Annotated[int | None, typer.Option(
    min=40, max=MOST_PATHS, show_default=False,
    help="Simulated futures per scenario. Default: 20000. With --precision: at most so many (default 1000000); a number that you "
         "give is reached unless the precision is.")]
Precision = Annotated[float | None, typer.Option(
    min=0.0002, max=0.2, show_default=False, callback=finite,
    help="Simulate until no probability (questions, contrast) has a larger Monte Carlo error, such as 0.005.")]
FUTURES, MOST_FUTURES = 20_000, 1_000_000


def folders_of(data: Sequence[Path] | None, dyad: Sequence[str] | None, region: str | None, *, apart: bool = False) -> list[Path]:
    """Folders of the dyads that the options mean together; none where nothing is said.

    ``--data`` names a folder of one's own, ``--dyad`` a shipped dyad, or a folder where none of that name ships, and ``--region``
    is short for a list of ``--dyad``. A dyad that is named twice is taken once. A folder of one's own stands in the place of the
    shipped dyad with its id.

    Parameters
    ----------
    apart : bool
        Whether each folder must be of another dyad, also where nothing but folders is given.

    Raises
    ------
    InputError
        For a name that is neither shipped nor that of a folder given, for two folders of one dyad, and with every fault of a
        folder that does not tell its dyad.
    """
    from forecast import shipped

    data = [*(data or ()), *(Path(one) for one in dyad or () if _is_own(one))]
    names = list(dict.fromkeys([*(one for one in dyad or () if not _is_own(one)), *(_members(region) if region else ())]))
    if not names and not (apart and len(data) > 1):
        return data
    own = _own(data)
    others = [folder for name, folder in own.items() if name not in names]
    return [*others, *(own[name] if name in own else shipped.dyad(name) for name in names)]


def one_dyad(data: Sequence[Path] | None, dyad: Sequence[str] | None = None, region: str | None = None) -> Path | None:
    """Folder of the dyad that the options of a command for one dyad mean; None for the shipped default (raises InputError)."""
    from forecast.errors import InputError

    found = folders_of(data, dyad, region)
    if len(found) > 1:
        raise InputError([Fault(source="command line", where="options --data, --dyad, --region", expected="one dyad",
                                found=f"{len(found)}: {', '.join(one.name or str(one) for one in found)}",
                                remedy="This command takes one at a time: run it for each.")])
    return found[0] if found else None


def tell_silent(inputs: "Inputs") -> None:
    """Tell what is estimated from other records too, and what the record and the scenarios say nothing of, and go on."""
    for sentence in (*inputs.estimated, *inputs.silent, *([inputs.between] if inputs.between else [])):
        say(f"note: {sentence}", error=True)


def _is_own(name: str) -> bool:
    """Whether what stands after ``--dyad`` is a folder: a shipped dyad goes before one of the same name."""
    from forecast import shipped

    return name not in shipped.dyads() and (Path(name) / "dyad.yaml").is_file()


def _members(region: str) -> list[str]:
    from forecast import shipped
    from forecast.contacts.region import members

    return list(members(shipped.region(region)))


def _own(data: Sequence[Path]) -> dict[str, Path]:
    """Folders of one's own by the label of their dyad."""
    from forecast.contacts import check_dyad, load_dyad
    from forecast.errors import InputError

    own: dict[str, Path] = {}
    for folder in data:
        try:
            name = load_dyad(folder).id
        except InputError:
            raise InputError(check_dyad(folder)) from None
        if name in own:
            raise InputError([Fault(source="command line", where="option --data", expected="one folder of each dyad",
                                    found=f"two of {name}, {own[name]} and {folder}", remedy="Leave one out.")])
        own[name] = folder
    return own


def paths_of(paths: int | None, precision: float | None) -> int:
    """How many futures are simulated, at most where a precision is asked for."""
    return paths or (FUTURES if precision is None else MOST_FUTURES)


# The folder that a command writes its tables into: checked before the work begins, in its place once all of them are written.

@contextmanager
def writing[Place: Path | None](out: Place, kind: str, inputs: Iterable[Path | str | None] = ()) -> Iterator[Place]:
    """Give a folder for the tables of a command where one is asked for; see :func:`forecast.outputs.output_directory`.

    Enter it before the work begins.

    Parameters
    ----------
    out : Path, optional
        None where nothing is to be written.
    kind : str
        Name of the command.
    inputs : iterable of Path, str or None
        What the command was given to read; words that are no paths (names of shipped scenarios) do no harm.
    """
    if out is None:
        yield out
        return
    from forecast.outputs import output_directory

    named = [Path(one) for one in inputs if isinstance(one, Path) or (one and Path(one).is_file())]
    with output_directory(out, kind, named) as folder:
        yield cast(Place, folder)


def print_json(**content: object) -> None:
    """Print tables and texts as one JSON object, for programs; with ``--json`` nothing else reaches standard output."""
    from forecast.report.files import as_json

    say_json(as_json(content))


def keep_earlier(out: Path, folder: Path, pattern: str) -> None:
    """Take over files of an earlier output that were not written anew: what a command writes piece by piece stays together.

    Parameters
    ----------
    out : Path
        The place of the output, which was found to hold nothing but what the program wrote.
    folder : Path
        What will take that place.
    pattern : str
        Of the files, from `out` on.
    """
    for path in sorted(out.glob(pattern)):
        place = folder / path.relative_to(out)
        if path.is_file() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)


# What the machine refuses (disk, memory, processes) as one message with a remedy, and an exit code.

KEPT = "Finished fits, replications and sweep points are kept, and the same command goes on from them."
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REMEDY = {
    **dict.fromkeys(_FULL, f"Make room there. {KEPT}"),
    errno.EROFS: "Choose a place that can be written.", errno.EACCES: "Choose a place that you may read and write.",
    errno.EPERM: "Choose a place that you may read and write.", errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ENOENT: "Check the path.", errno.ENOTDIR: "Check the path: it leads through a file.",
    errno.EISDIR: "Name a file.", errno.EEXIST: "Choose another name.", errno.ENOTEMPTY: "Choose another name.",
    errno.ELOOP: "Check the links on the path.",
}
"""What a user can correct, and how."""
ROOM = 16 << 20
"""Bytes below which a disk is called full where a process ended without a word."""


def machine_refusal(error: Exception) -> tuple[str, int] | None:
    """Message and exit code for what the machine refuses; None for anything else.

    Parameters
    ----------
    error : Exception
        What was raised.

    Returns
    -------
    tuple of str and int, or None
        Code 2 for what the user can correct (paths, disks), 1 for the rest.
    """
    refused = _refused(error)
    if refused is not None:
        return _of_system(refused)
    if isinstance(error, MemoryError):
        return _said("memory", "enough of it for this command", str(error) or "none left",
                     f"Close other programs, or ask for fewer --paths, --draws or --workers. {KEPT}"), 1
    if isinstance(error, ValueError) and "embedded null" in str(error):
        return _said("command line", "names of files", "a zero byte in one of them", "Check the paths."), 2
    return _of_workers() if _is_broken_pool(error) else None


def _refused(error: BaseException) -> OSError | None:
    """What the machine refused: the error itself, or the full disk that a library stumbled over while it tidied up."""
    if isinstance(error, OSError):
        return error
    before = _behind(error)
    while before is not None and not (isinstance(before, OSError) and before.errno in _FULL):
        before = _behind(before)
    return before


def _behind(error: BaseException) -> BaseException | None:
    """What was being handled when an error was raised; nothing where it was raised in the place of that (``from None``)."""
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _of_system(error: OSError) -> tuple[str, int]:
    number = error.errno or _number_in(str(error))
    name = error.filename if error.filename is not None else error.filename2
    where = os.fsdecode(name) if isinstance(name, str | bytes) else "a file"
    found = os.strerror(number) if number else str(error) or type(error).__name__
    if number in _REMEDY:
        return _said(where, "a place that can be read or written", found, _REMEDY[number]), 2
    return _said(where if name is not None else "operating system", "an answer", found, f"Try again. {KEPT}"), 1


def _number_in(text: str) -> int | None:
    """Number of the error in the words of a library that does not pass it on (HDF5)."""
    match = re.search(r"errno\W{1,4}(\d+)", text, re.IGNORECASE)
    return int(match[1]) if match else None


def _is_broken_pool(error: Exception) -> bool:
    module = sys.modules.get("concurrent.futures.process")  # without it there was no pool
    return module is not None and isinstance(error, module.BrokenProcessPool)


def _of_workers() -> tuple[str, int]:
    """A process that ended without a word: a full disk is the likeliest reason that can be looked up."""
    from forecast.placement import cache_directory

    for folder in (cache_directory(), Path(tempfile.gettempdir())):
        existing = next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
        if shutil.disk_usage(existing).free < ROOM:
            return _said(str(folder), "room to write", os.strerror(errno.ENOSPC), _REMEDY[errno.ENOSPC]), 2
    return _said("worker process", "it to end with a result", "that it was ended from outside (often for want of memory)",
                 f"Try again with fewer --workers or --paths. {KEPT}"), 1


def _said(source: str, expected: str, found: str, remedy: str) -> str:
    return str(Fault(source=source, where="system", expected=expected, found=" ".join(found.split())[:300], remedy=remedy))
