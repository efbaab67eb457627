"""A frame of printed cells as a LaTeX table with booktabs rules and a note."""

import re

import pandas as pd

from forecast.report.words import number

_TEMPLATE = r"""% needs \usepackage{{booktabs}}
\begin{{table}}[htbp]
\centering
\caption{{{caption}}}
\label{{tab:{name}}}
\footnotesize
{tabular}
\par\smallskip
\begin{{minipage}}{{\linewidth}}\footnotesize\emph{{Note.}} {note}\end{{minipage}}
\end{{table}}
"""


def interval(rows: pd.DataFrame, digits: int) -> pd.Series:
    """The columns q05 and q95 as text: ``4 to 9``, which stays clear with negative bounds."""
    pairs = zip(rows["q05"], rows["q95"], strict=True)
    return pd.Series([f"{number(low, digits)} to {number(high, digits)}" for low, high in pairs], rows.index)


def latex_table(printed: pd.DataFrame, name: str, caption: str, note: str) -> str:
    """LaTeX source of one table.

    Parameters
    ----------
    printed : pd.DataFrame
        Cells as text, columns in two levels.
    name : str
        For the label.
    caption : str
        LaTeX already.
    note : str
        Plain text; what the distributions are of.
    """
    styler = printed.style.format(escape).format_index(escape, axis=0).format_index(escape, axis=1)
    tabular = styler.to_latex(hrules=True, multicol_align="c", column_format="l" + "r" * printed.shape[1])
    return _TEMPLATE.format(caption=caption, name=name, tabular=tabular.strip(), note=escape(note))


_SPECIAL = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
            "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}",
            "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",  # other signs in LaTeX's first encoding
            "[": "{[}", "]": "{]}", "*": "{*}",  # after the end of a row they would be arguments of it
            "\N{MINUS SIGN}": "$-$", "\N{EN DASH}": "--", "\0": "{}"}  # fmt: skip


def escape(text: object) -> str:
    """Escape what LaTeX reserves, set minus signs in mathematics, keep hyphens apart, and make line breaks spaces."""
    told = re.sub("-(?=-)", "-\0", re.sub(r"\s*[\r\n]\s*", " ", str(text).replace("\0", "")))
    return "".join(_SPECIAL.get(sign, sign) for sign in told).replace(r" \%", r"\,\%")
