"""`forecast data codebook`: every column and code, with examples from the record."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forecast.commands.console import faults


class Form(StrEnum):
    """How the codebook is printed."""

    markdown = "markdown"
    latex = "latex"


def codebook(
    directory: Annotated[Path | None, typer.Argument(
        help="Folder of the dyad from which the examples come. Default: the shipped US-Kazakhstan data.",
        show_default=False)] = None,
    form: Annotated[Form, typer.Option("--format", help="Markdown, or a LaTeX appendix.")] = Form.markdown,
) -> None:
    """Print the codebook: columns of each file, definition of each code, and the first row on record that bears it."""
    with faults():
        from forecast.console import say
        from forecast.contacts import load_contacts
        from forecast.contacts.codebook import codebook as markdown
        from forecast.contacts.codebook import examples_of
        from forecast.panel.shipped import DYAD
        from forecast.report.codebook import codebook_latex

        found = load_contacts(directory or DYAD)
        say((codebook_latex if form is Form.latex else markdown)(examples_of(found), found.dyad), end="")
