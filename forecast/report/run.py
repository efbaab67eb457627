"""One call that writes everything that people read of a run (figures, tables, page), with figures drawn by two processes.

The second process is started while the first still simulates, because its imports take about a second. So that it starts at once,
this module itself imports little: what draws and writes is imported where it is called.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import Fault, InputError
from forecast.workers import worker_processes

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
    """Give a process that helps computing and drawing, started at once because its imports take seconds."""
    with worker_processes(1) as helper:
        helper.submit(_get_ready if figures else _get_ready_to_compute)
        yield helper


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

    Figures that are drawn from whole paths stay here: sending the paths would take longer than drawing.

    Returns
    -------
    dict of Plate to tuple of Path
        The files of each figure, in the order of `plates`, which do not depend on who drew them.
    """
    from forecast.report.language import spoken

    light = content.without_paths() if helper else content
    given = {plate: helper.submit(draw_in, spoken(), plate, light, folder)
             for plate in reversed(plates) if helper and not plate.from_paths}
    files = {}
    for plate in plates:
        if plate not in given or given[plate].cancel():
            files[plate] = draw(plate, content, folder)
            tell(f"figure {plate.name}")
    return {plate: files[plate] if plate in files else _fetch(given[plate], plate, tell) for plate in plates}


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


def _fetch(drawn: "Future[tuple[Path, ...]]", plate: "Plate", tell: Callable[[str], None]) -> tuple[Path, ...]:
    files = drawn.result()
    tell(f"figure {plate.name}")
    return files


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
