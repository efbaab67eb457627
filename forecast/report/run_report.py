"""One call that writes everything that people read of a run: figures, tables, page."""

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

from forecast.report.administration_tables import administration_tables
from forecast.report.audit import audit
from forecast.report.content import ReportContent
from forecast.report.gallery import plates
from forecast.report.page import render_page
from forecast.report.studio import draw_all
from forecast.report.tables import contact_table, result_table, write_table


def write_report(content: ReportContent, directory: Path, progress: Callable[[str], None] | None = None,
                 helper: Executor | None = None) -> tuple[Path, ...]:
    """Write ``figures/``, ``tables/`` and ``report.html``.

    Parameters
    ----------
    content : ReportContent
        What is reported; checked first, so that nothing is written of parts that contradict one another.
    directory : Path
        Made if need be; files of the same name are replaced.
    progress : callable, optional
        Told the name of each thing once it is written.
    helper : Executor, optional
        A second process for the figures, from :func:`forecast.report.studio.studio`.

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
    drawn = draw_all(plates(content), content, make_folder(directory / "figures"), tell, helper)
    written = [path for files in drawn.values() for path in files]
    pictures = {plate: next(path for path in files if path.suffix == ".svg") for plate, files in drawn.items()}
    tables = make_folder(directory / "tables")
    for table in (contact_table(content), result_table(content), *administration_tables(content)):
        written += write_table(table, tables)
        tell(f"table {table.name}")
    page = directory / "report.html"
    page.write_text(render_page(content, pictures), encoding="utf-8")
    tell("page")
    return *written, page


def make_folder(folder: Path) -> Path:
    """The folder, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder
