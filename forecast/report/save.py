"""A figure to disk, in the formats of print, web and slides, with the same bytes every time."""

from pathlib import Path

from matplotlib.figure import Figure

from forecast.report.style import look

# whatever would differ from one run or machine to the next is left out
_METADATA = {
    "pdf": {"CreationDate": None, "Creator": "forecast", "Producer": None},
    "svg": {"Date": None, "Creator": "forecast"},
    "png": {"Software": None},
}


def save_figure(figure: Figure, directory: Path, name: str) -> tuple[Path, ...]:
    """Write one figure as PDF, SVG and PNG (300 dots per inch).

    Parameters
    ----------
    figure : Figure
        A finished figure.
    directory : Path
        An existing folder.
    name : str
        Name without ending.

    Returns
    -------
    tuple of Path
        The files written.
    """
    paths = []
    with look():
        for kind, metadata in _METADATA.items():
            path = directory / f"{name}.{kind}"
            options = (
                {"pil_kwargs": {"compress_level": 2}} if kind == "png" else {}
            )  # half the time, a fifth larger
            figure.savefig(path, format=kind, metadata=metadata, **options)
            paths.append(path)
    return tuple(paths)
