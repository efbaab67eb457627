"""The folder that a command writes its tables into: checked before the work begins, in its place once all of them are written."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def writing(out: Path | None, kind: str, inputs: Iterable[Path | str | None] = ()) -> Iterator[Path | None]:
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
        yield None
        return
    from forecast.outputs import output_directory

    named = [Path(one) for one in inputs if isinstance(one, Path) or (one and Path(one).is_file())]
    with output_directory(out, kind, named) as folder:
        yield folder


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
