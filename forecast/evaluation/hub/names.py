"""Names of the models that are scored side by side: no two alike, and none that of the frozen forecast."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from forecast.errors import Fault, InputError

OURS = "frozen"


def names_of(paths: Sequence[Path]) -> dict[str, Path]:
    """Names of the files of others, each without its suffix; folders go before where names would be alike.

    Parameters
    ----------
    paths : sequence of Path
        As ``<team-model>/<date>-<team>-<model>.csv`` in a hub, or any other files.

    Raises
    ------
    InputError
        Where one file is given twice.
    """
    places = [path.resolve() for path in paths]
    twice = [path for path, many in Counter(places).items() if many > 1]
    if twice:
        raise InputError([Fault(source=str(path), where="option --with", expected="every file once", found="the same file twice",
                                remedy="Name it once.") for path in twice])
    return dict(zip((_name(place, places) for place in places), paths, strict=True))


def _name(place: Path, places: Sequence[Path]) -> str:
    """As few parts of the path as tell it apart."""
    for depth in range(1, len(place.parts)):
        name = _last(place, depth)
        if name != OURS and sum(_last(other, depth) == name for other in places) == 1:
            return name
    return str(place)


def _last(place: Path, depth: int) -> str:
    return "/".join((*place.parts[-depth:-1], place.stem))
