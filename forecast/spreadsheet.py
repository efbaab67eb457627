"""CSV files for people: texts that a spreadsheet would take for formulas are marked as texts.

Titles, names and notes come from files of others. A cell that begins with ``=``, ``+``, ``-`` or ``@`` is run as a formula when
the file is opened in a spreadsheet, so such a text gets an apostrophe in front, which spreadsheets read as "this is text".
Numbers stay numbers, also where they stand in a column of texts.

Files that the program reads back as data (dyad folders, hub files) are not written through this module.
"""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = re.compile(r"\s*[=+\-@\uff0b\uff0d\uff1d\uff20]")  # the last four: full-width forms, which some spreadsheets read too
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def literal(cell: Any) -> Any:
    """A text as a spreadsheet shows it and does not run it; whatever is no such text, unchanged."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def literal_frame(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The frame with its texts, headings included, as a spreadsheet does not run them."""
    from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

    safe = frame.copy(deep=False)
    for place, dtype in enumerate(frame.dtypes):
        if not (is_numeric_dtype(dtype) or is_bool_dtype(dtype) or is_datetime64_any_dtype(dtype)):
            cells = list(frame.iloc[:, place])
            marked = [literal(cell) for cell in cells]
            # other columns stay as they are: made anew, a column of numbers could get another type and other digits
            if any(new is not old for new, old in zip(marked, cells, strict=True)):
                safe.isetitem(place, _objects(marked, frame))
    safe.columns = frame.columns.map(_heading)
    return safe


def write_csv(frame: "pd.DataFrame", path: Path, **options: Any) -> None:
    """Write a table without its index as CSV in UTF-8 with Unix line ends; options are those of ``to_csv``."""
    literal_frame(frame).to_csv(path, index=False, lineterminator="\n", encoding="utf-8", errors="backslashreplace", **options)


def _objects(cells: list[Any], frame: "pd.DataFrame") -> "pd.Series":
    import pandas as pd

    return pd.Series(cells, index=frame.index, dtype=object)


def _heading(name: Hashable) -> Hashable:
    return tuple(map(literal, name)) if isinstance(name, tuple) else literal(name)
