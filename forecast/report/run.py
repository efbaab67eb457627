"""One call that writes everything that people read of a run (figures, tables, page), with figures drawn by two processes.

Where the system allows it (Linux) the second process is a branch of the first, which begins with all that was imported and
computed. Elsewhere it is started while the first still reads, because its imports take about a second. So that it starts at once,
this module itself imports little: what draws and writes is imported where it is called.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import Fault, InputError
from forecast.workers import BRANCHES, Branches, branches, worker_processes

if TYPE_CHECKING:
    from forecast.report.content import ReportContent
    from forecast.report.page import Plate
    from forecast.report.tables import ReportTable

type Tell = Callable[[str, int], None]
"""Told the name of each thing once it is written, and how many things there are."""
MAX_SCENARIO = 4
PAGE = "report.html"


def write_report(content: "ReportContent", directory: Path, tell: Tell = lambda *_: None,
                 helper: Executor | None = None) -> tuple[Path, ...]:
    """Write ``figures/``, ``tables/`` and ``report.html``.

    Parameters
    ----------
    content : ReportContent
        What is reported; checked first, so that nothing is written of parts that contradict one another.
    directory : Path
        Made if need be; files of the same name are replaced.
    tell : callable, optional
        Told the name of each thing once it is written, and how many things there are.
    helper : Executor, optional
        A second process for the figures, from :func:`figure_worker`.

    Returns
    -------
    tuple of Path
        Every file written.

    Raises
    ------
    InputError
        Where the parts do not belong together or a table lacks a row.
    """
    from forecast.report.language import calling

    audit(content)
    with calling(content.panel.about):
        return _written(content, directory, tell, helper)


def _written(content: "ReportContent", directory: Path, tell: Tell, helper: Executor | None) -> tuple[Path, ...]:
    from forecast.report.page import plates, render_page
    from forecast.report.tables import report_tables

    figures, tables = plates(content), report_tables(content)
    total = len(figures) + len(tables) + 1

    def told(name: str) -> None:
        tell(name, total)

    drawn = draw_all(figures, content, make_folder(directory / "figures"), told, helper)
    written = [path for files in drawn.values() for path in files]
    pictures = {plate: next(path for path in files if path.suffix == ".svg") for plate, files in drawn.items()}
    written += _write(tables, directory, told)
    page = directory / PAGE
    page.write_text(render_page(content, pictures), encoding="utf-8")
    told("page")
    return *written, page


def write_printed_tables(content: "ReportContent", directory: Path, tell: Tell = lambda *_: None) -> list[Path]:
    """Write ``tables/``: for a run without figures all that people read of it; :func:`audit` comes first."""
    from forecast.report.language import calling
    from forecast.report.tables import report_tables

    with calling(content.panel.about):
        tables = report_tables(content)
    return _write(tables, directory, lambda name: tell(name, len(tables)))


def _write(tables: "list[ReportTable]", directory: Path, tell: Callable[[str], None]) -> list[Path]:
    from forecast.report.tables import write_printed_table

    written: list[Path] = []
    folder = make_folder(directory / "tables")
    for table in tables:
        written += write_printed_table(table, folder)
        tell(f"table {table.name}")
    return written


def make_folder(folder: Path) -> Path:
    """The folder, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


# Figures drawn by two processes.


@contextmanager
def figure_worker(figures: bool = True) -> Iterator[Executor]:
    """Give what helps computing and drawing: branches of this process, or a process that is started at once."""
    if BRANCHES:
        with branches() as helper:
            yield helper
        return
    with worker_processes(1) as pool:
        pool.submit(_get_ready if figures else _get_ready_to_compute)
        yield pool


def _get_ready_to_compute() -> None:
    """Import what tables need."""
    import forecast.evaluation.administration  # noqa: F401


def _get_ready() -> None:
    """Import what drawing needs, and lay out the first letters."""
    import forecast.report.page  # noqa: F401
    from forecast.report.layout import room

    room(["ready"])


def draw_all(plates: "tuple[Plate, ...]", content: "ReportContent", folder: Path, tell: Callable[[str], None],
             helper: Executor | None = None) -> "dict[Plate, tuple[Path, ...]]":
    """Draw and save figures; the helper takes them from the back, this process from the front.

    To a process that was started afresh whole paths are not sent, which would take longer than drawing: figures that are drawn
    from them stay here.

    Returns
    -------
    dict of Plate to tuple of Path
        The files of each figure, in the order of `plates`, which do not depend on who drew them.
    """
    from forecast.report.language import spoken

    whole = isinstance(helper, Branches)
    with TemporaryDirectory(dir=folder, prefix=".", ignore_cleanup_errors=True) as taken:
        given = [place for place, plate in enumerate(plates) if whole or not plate.from_paths]
        beside = helper and helper.submit(_draw_those_left, spoken(), plates, given[::-1], content if whole
                                          else content.without_paths(), folder, taken)
        files = {}
        for place, plate in enumerate(plates):
            if _take(taken, place):
                files[place] = draw(plate, content, folder)
                tell(f"figure {plate.name}")
        for place, drawn in beside.result().items() if beside and not beside.cancel() else ():
            files[place] = drawn
            tell(f"figure {plates[place].name}")
    return {plate: files[place] for place, plate in enumerate(plates)}


def _draw_those_left(lang: str, plates: "tuple[Plate, ...]", places: Iterable[int], content: "ReportContent", folder: Path,
                     taken: str) -> dict[int, tuple[Path, ...]]:
    """Draw those of some figures that nobody draws yet."""
    return {place: draw_in(lang, plates[place], content, folder) for place in places if _take(taken, place)}


def _take(taken: str, place: int) -> bool:
    """Whether nobody took this figure before, who shares the folder of what is taken."""
    try:
        os.close(os.open(Path(taken) / f"{place}", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def draw_in(lang: str, plate: "Plate", content: "ReportContent", folder: Path) -> tuple[Path, ...]:
    """Draw and save one figure in a language: another process does not know the one that is spoken here."""
    from forecast.report.language import speaking

    with speaking(lang):
        return draw(plate, content, folder)


def draw(plate: "Plate", content: "ReportContent", folder: Path) -> tuple[Path, ...]:
    """Draw one figure and save it in all formats, also in a process that does not know what the dyad calls its codes."""
    from forecast.report.language import calling
    from forecast.report.style import save_figure

    with calling(content.panel.about):
        return save_figure(plate.draw(content), folder, plate.name)


# Do the parts of a report belong together?


def audit(content: "ReportContent") -> None:
    """Refuse parts that contradict one another, before anything is drawn.

    Raises
    ------
    InputError
        With a fault for every contradiction: too few or too many scenarios, scenarios missing from a
        table, different numbers of paths, or a summary that does not come from these trajectories.
    """
    faults = [*_scenario_faults(content), *_table_faults(content)]
    if not faults:
        faults = list(_total_faults(content))
    if faults:
        raise InputError(faults)


def _fault(where: str, expected: str, found: object) -> Fault:
    remedy = "Simulate and summarise the scenarios again, in one run."
    return Fault(source="report content", where=where, expected=expected, found=str(found), remedy=remedy)


def _scenario_faults(content: "ReportContent") -> Iterator[Fault]:
    count = len(content.trajectories)
    if not 1 <= count <= MAX_SCENARIO:
        yield _fault("trajectories", f"1 to {MAX_SCENARIO} scenarios", count)
    paths = {name: run.sizes["path"] for name, run in content.trajectories.items()}
    if len(set(paths.values())) > 1:
        yield _fault("trajectories", "the same number of paths in every scenario", paths)
    for weights, future in content.relation.future.items():
        if set(future) != set(content.trajectories):
            expected = f"scenarios {sorted(content.trajectories)}"
            yield _fault(f"relation index, weights {weights}", expected, sorted(future))


def _table_faults(content: "ReportContent") -> Iterator[Fault]:
    known = set(content.trajectories)
    summarised = set(content.summary["scenario"])
    if summarised != known:
        yield _fault("summary.csv, column scenario", str(sorted(known)), sorted(summarised))
    if (len(known) > 1) == content.contrast.empty:
        expected = "rows" if content.contrast.empty else "no rows for a single scenario"
        yield _fault("contrast.csv", expected, f"{len(content.contrast)} rows")


def _total_faults(content: "ReportContent") -> Iterator[Fault]:
    """The mean number of contacts in the table is that of the paths: one draw set behind both.

    Where more paths were simulated than are held, it is so within six Monte Carlo errors of those held.
    """
    from forecast.report.lookup import summary_rows

    for name, run in content.trajectories.items():
        held = run.sizes["path"]
        simulated = float(np.asarray(run["contact"]).sum(dtype=np.int64)) / held
        row = summary_rows(content, name, "contact", ["all"], content.window).iloc[0]
        told, more = float(row["mean"]), content.manifest.get("paths", held) / held
        error = 6 * float(row["mcse"]) * np.sqrt(more) if more > 1 else 0.0
        if not np.isclose(simulated, told, rtol=1e-6, atol=1e-9 + error):
            where = f"scenario {name}, contacts {content.window}"
            yield _fault(where, f"the trajectories' mean {simulated:.6g} in summary.csv", f"{told:.6g}")
