"""The codebook as a LaTeX appendix."""

from collections.abc import Iterator

from forecast.contacts.codebook import sections
from forecast.contacts.dyad import Dyad
from forecast.report.latex import escape

_HEAD = r"""% needs \usepackage{longtable,booktabs,array}
\section*{Codebook}
"""
_TABLE = r"""\subsection*{{{title}}}
\begin{{longtable}}{{{columns}}}
\toprule
{heads} \\
\midrule
\endhead
{rows}
\bottomrule
\end{{longtable}}
"""
_WIDTH = {2: (0.26, 0.68), 3: (0.2, 0.44, 0.28)}  # shares of the line


def codebook_latex(examples: dict[tuple[str, str], str], dyad: Dyad | None = None) -> str:
    """Columns of each file and the definition of each code, one longtable each.

    Parameters
    ----------
    examples : dict
        As in :func:`forecast.contacts.codebook.codebook`.
    dyad : Dyad, optional
        Whose partner state is among the codes.
    """
    return _HEAD + "\n".join(_tables(examples, dyad))


def _tables(examples: dict[tuple[str, str], str], dyad: Dyad | None) -> Iterator[str]:
    for title, heads, rows in sections(examples, dyad):
        width = _WIDTH[len(heads)]
        columns = "".join(rf">{{\raggedright\arraybackslash}}p{{{share}\linewidth}}" for share in width)
        body = "\n".join(" & ".join(_breakable(cell) for cell in row) + r" \\" for row in rows)
        yield _TABLE.format(title=escape(title), columns=columns, heads=" & ".join(map(escape, heads)), rows=body)


def _breakable(cell: str) -> str:
    """Escaped, and allowed to break after underscores and hyphens of long ids."""
    return escape(cell).replace(r"\_", r"\_\allowbreak{}").replace("-", r"-\allowbreak{}")
