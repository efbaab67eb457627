"""`forecast data check`: every fault of a dyad's files."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.commands.console import faults


def check(
    directory: Annotated[Path | None, typer.Argument(
        help="Folder of a dyad (dyad.yaml, contacts.csv, media.csv). Default: the shipped US-Kazakhstan data.",
        show_default=False)] = None,
) -> None:
    """Check every row of a dyad's files; report every fault with file, row, column and remedy."""
    with faults():
        from forecast.console import say
        from forecast.contacts import check_dyad, load_contacts
        from forecast.errors import InputError
        from forecast.panel.shipped import DYAD

        directory = directory or DYAD
        wrong = check_dyad(directory)
        if wrong:
            raise InputError(wrong)
        found = load_contacts(directory)
        say(f"{found.dyad.id}, version {found.dyad.version}: {len(found.contact)} contacts, {len(found.media)} media pages, "
            "no faults.")
