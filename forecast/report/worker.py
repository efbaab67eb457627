"""Figures drawn by two processes: the second gets ready while the first still simulates."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.workers import worker_processes

if TYPE_CHECKING:
    from forecast.report.content import ReportContent
    from forecast.report.page import Plate


@contextmanager
def figure_worker() -> Iterator[Executor]:
    """Give a process that helps drawing, started at once because its imports take about a second."""
    with worker_processes(1) as helper:
        helper.submit(_get_ready)
        yield helper


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
    light = content.without_paths() if helper else content
    given = {plate: helper.submit(draw, plate, light, folder)
             for plate in reversed(plates) if helper and not plate.from_paths}
    files = {}
    for plate in plates:
        if plate not in given or given[plate].cancel():
            files[plate] = draw(plate, content, folder)
            tell(f"figure {plate.name}")
    return {plate: files[plate] if plate in files else _fetch(given[plate], plate, tell) for plate in plates}


def draw(plate: "Plate", content: "ReportContent", folder: Path) -> tuple[Path, ...]:
    """Draw one figure and save it in all formats."""
    from forecast.report.style import save_figure

    return save_figure(plate.draw(content), folder, plate.name)


def _fetch(drawn: "Future[tuple[Path, ...]]", plate: "Plate", tell: Callable[[str], None]) -> tuple[Path, ...]:
    files = drawn.result()
    tell(f"figure {plate.name}")
    return files
