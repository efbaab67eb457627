"""``forecast export``: a frozen forecast in the format of forecasting hubs."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.commands.console import faults
from forecast.commands.writing import keep_earlier
from forecast.console import say

EPILOG = "Examples: forecast export frozen.json | forecast export frozen.json --out hub --team mylab --model bilateral"


def export(
    frozen: Annotated[Path, typer.Argument(metavar="FROZEN", help="File of forecast freeze.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the hub.")] = Path("hub"),
    team: Annotated[str, typer.Option(help="Abbreviation of the team: up to 16 letters, digits, underscores.")] = "bilateral",
    model: Annotated[str, typer.Option(help="Abbreviation of the model, likewise.")] = "forecast",
) -> None:
    """Write a frozen forecast as hubverse model output, with the configuration of a hub that would ask for it.

    The hub's own validator can start on it. Others can answer the same tasks; forecast score --with scores their files beside the
    frozen forecast. Names and addresses in hub-config/admin.json are placeholders, and say so.
    """
    with faults():
        import re

        from forecast.errors import Fault, InputError
        from forecast.evaluation.frozen.record import read_frozen
        from forecast.evaluation.hub.configuration import ABBREVIATION, hub_files
        from forecast.evaluation.hub.write import model_output
        from forecast.outputs import output_directory
        from forecast.report.archive import write_table

        given = {"--team": team, "--model": model}
        wrong = [(option, value) for option, value in given.items() if not re.fullmatch(ABBREVIATION, value)]
        if wrong:
            raise InputError([Fault(source="export", where=f"option {option}", found=repr(value[:80]),
                                    expected="1 to 16 letters (a to z), digits or underscores",
                                    remedy="Choose a shorter, plainer name.") for option, value in wrong])
        with output_directory(out, "export", [frozen]) as hub:
            forecast, digest = read_frozen(frozen)
            files = hub_files(forecast, digest, team, model)
            name = f"model-output/{team}-{model}/{forecast.as_of}-{team}-{model}.csv"
            for place in (*files, name):
                (hub / place).parent.mkdir(parents=True, exist_ok=True)
            for place, text in files.items():
                (hub / place).write_text(text, encoding="utf-8")
            write_table(model_output(forecast), hub / name)
            keep_earlier(out, hub, "model-output/*/*.csv")  # other models, or of another day, exported into the same folder
            keep_earlier(out, hub, "model-metadata/*")
        say(f"Written to {out}: {', '.join((name, *files))}")
