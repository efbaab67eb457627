"""One call that writes everything that people read of a run: figures, tables, page."""

from collections.abc import Callable
from pathlib import Path

from forecast.report.audit import audit
from forecast.report.content import ReportContent
from forecast.report.gallery import Plate, plates
from forecast.report.page import render_page
from forecast.report.save import save_figure
from forecast.report.tables import contact_table, result_table, write_table


def write_report(
    content: ReportContent, directory: Path, progress: Callable[[str], None] | None = None
) -> tuple[Path, ...]:
    """Write ``figures/``, ``tables/`` and ``report.html``.

    Parameters
    ----------
    content : ReportContent
        What is reported; checked first, so that nothing is written of parts that contradict one another.
    directory : Path
        Made if need be; files of the same name are replaced.
    progress : callable, optional
        Told the name of each thing once it is written.

    Returns
    -------
    tuple of Path
        Every file written.

    Raises
    ------
    InputError
        Where the parts do not belong together or a table lacks a row.
    """
    audit(content)
    tell = progress or (lambda _: None)
    pictures, written = _figures(content, _folder(directory, "figures"), tell)
    tables = _folder(directory, "tables")
    for table in (contact_table(content), result_table(content)):
        written += write_table(table, tables)
        tell(f"table {table.name}")
    page = directory / "report.html"
    page.write_text(render_page(content, pictures), encoding="utf-8")
    tell("page")
    return *written, page


def _folder(directory: Path, name: str) -> Path:
    folder = directory / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _figures(
    content: ReportContent, folder: Path, tell: Callable[[str], None]
) -> tuple[dict[Plate, Path], list[Path]]:
    """Draw and save every figure; the SVG files by plate, and all files."""
    pictures: dict[Plate, Path] = {}
    written: list[Path] = []
    for plate in plates(content):
        paths = save_figure(plate.draw(content), folder, plate.name)
        pictures[plate] = next(path for path in paths if path.suffix == ".svg")
        written += paths
        tell(f"figure {plate.name}")
    return pictures, written
