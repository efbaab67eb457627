"""One call that writes everything of the report on trust."""

from collections.abc import Callable
from pathlib import Path

from forecast.outputs import MANIFEST
from forecast.report.archive import write_manifest, write_table
from forecast.report.run_report import make_folder
from forecast.report.save import save_figure
from forecast.report.trust.content import TrustContent
from forecast.report.trust.page import render
from forecast.report.trust.plates import plates
from forecast.report.trust.tables import tables


def write(content: TrustContent, folder: Path, progress: Callable[[int, int], None] = lambda *_: None) -> None:
    """Write ``tables/``, ``figures/``, ``check.html`` and the manifest.

    Parameters
    ----------
    folder : Path
        Exists; files of the same name are replaced.
    progress : callable
        Told figures drawn and figures in all.
    """
    chosen = plates(content)
    for name, table in tables(content.trust).items():
        write_table(table, make_folder(folder / "tables") / f"{name}.csv")
    pictures = {}
    for number, plate in enumerate(chosen, 1):
        files = save_figure(plate.draw(content), make_folder(folder / "figures"), plate.name)
        pictures[plate] = next(path for path in files if path.suffix == ".svg")
        progress(number, len(chosen))
    (folder / "check.html").write_text(render(content, pictures), encoding="utf-8")
    write_manifest(content.manifest, folder / MANIFEST)
