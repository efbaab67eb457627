"""What the command prints: the table of verdicts, what they mean, and the files to open."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from forecast.console import console
from forecast.report.trust.content import TrustContent, component_name
from forecast.report.trust.verdict import findings, headline, meanings

_COLOUR = {"passed": "green", "look": "yellow", "failed": "bold red", "not done": "dim"}


def print_verdicts(content: TrustContent, directory: Path) -> None:
    """Print one row per component, one column per check."""
    screen, found = console(), findings(content.trust)
    table = Table(title="Can the posteriors be trusted?", box=None)
    for heading in ("component", *found):
        table.add_column(heading)
    for place, name in enumerate(content.trust):
        verdicts = (rows[place].verdict for rows in found.values())
        table.add_row(component_name(name), *(Text(one, _COLOUR[one]) for one in verdicts))
    screen.print(table)
    screen.print(headline(found), soft_wrap=True)
    for area, worst, meaning in meanings(found, content.trust):
        screen.print(Text.assemble((area, _COLOUR[worst]), f": {meaning}"), soft_wrap=True)
    screen.print(f"Written: {directory}/check.html, figures/, tables/, manifest.json", soft_wrap=True)
