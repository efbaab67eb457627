"""``forecast export``: a frozen forecast in the format of forecasting hubs."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.commands.console import faults

EPILOG = "Examples: forecast export frozen.json | forecast export frozen.json --out hub --team mylab --model bilateral"
ABBREVIATION = r"^[A-Za-z0-9_]{1,15}$"


def export(
    frozen: Annotated[Path, typer.Argument(metavar="FROZEN", help="File of forecast freeze.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the hub.")] = Path("hub"),
    team: Annotated[str, typer.Option(help="Abbreviation of the team: up to 15 letters, digits, underscores.")] = "bilateral",
    model: Annotated[str, typer.Option(help="Abbreviation of the model, likewise.")] = "forecast",
) -> None:
    """Write a frozen forecast as hubverse model output, with the tasks.json of a hub that would ask for it.

    Others can answer the same tasks; forecast score --with scores their files beside the frozen forecast.
    """
    with faults():
        import json
        import re

        from forecast.errors import Fault, InputError
        from forecast.evaluation.frozen.record import read_frozen
        from forecast.evaluation.hub.tasks import tasks
        from forecast.evaluation.hub.write import model_output
        from forecast.report.archive import write_table

        wrong = [(option, value) for option, value in (("--team", team), ("--model", model)) if not re.match(ABBREVIATION, value)]
        if wrong:
            raise InputError([Fault(source="export", where=f"option {option}", expected="1 to 15 letters, digits or underscores",
                                    found=f"'{value}'", remedy="Choose a shorter, plainer name.") for option, value in wrong])
        forecast, _ = read_frozen(frozen)
        folder = out / "model-output" / f"{team}-{model}"
        folder.mkdir(parents=True, exist_ok=True)
        (out / "hub-config").mkdir(exist_ok=True)
        (out / "hub-config" / "tasks.json").write_text(json.dumps(tasks(forecast), indent=2) + "\n", encoding="utf-8")
        file = folder / f"{forecast.as_of}-{team}-{model}.csv"
        write_table(model_output(forecast), file)
        typer.echo(f"Written: {file}, {out}/hub-config/tasks.json")
