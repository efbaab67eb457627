"""``forecast export``: a frozen forecast in the format of forecasting hubs."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.commands.console import faults
from forecast.commands.writing import keep_earlier
from forecast.console import say

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
        from forecast.outputs import output_directory
        from forecast.report.archive import write_table

        wrong = [(option, value) for option, value in (("--team", team), ("--model", model)) if not re.match(ABBREVIATION, value)]
        if wrong:
            raise InputError([Fault(source="export", where=f"option {option}", expected="1 to 15 letters, digits or underscores",
                                    found=f"'{value}'", remedy="Choose a shorter, plainer name.") for option, value in wrong])
        with output_directory(out, "export", [frozen]) as hub:
            forecast, _ = read_frozen(frozen)
            file = Path("model-output") / f"{team}-{model}" / f"{forecast.as_of}-{team}-{model}.csv"
            for folder in (hub / "hub-config", (hub / file).parent):
                folder.mkdir(parents=True)
            (hub / "hub-config" / "tasks.json").write_text(json.dumps(tasks(forecast), indent=2) + "\n", encoding="utf-8")
            write_table(model_output(forecast), hub / file)
            keep_earlier(out, hub, "model-output/*/*.csv")  # other models, or of another day, exported into the same folder
        say(f"Written: {out / file}, {out}/hub-config/tasks.json")
