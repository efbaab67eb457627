"""``forecast scenario``: write, check, explain, compare and draw scenario files. ``forecast sweep``: vary their assumptions."""

import shlex
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import (
    MOST_PROCESSES,
    READ,
    Alone,
    AsJson,
    Data,
    Dyads,
    Priors,
    Quiet,
    RegionName,
    Seed,
    faults,
    one_dyad,
    print_json,
    progress_bars,
    writing,
)
from forecast.cli.paper import for_print
from forecast.console import console, say, say_json, say_written
from forecast.shipped import CASE

if TYPE_CHECKING:
    import pandas as pd
    from rich.text import Text

    from forecast.console import Progress
    from forecast.evaluation.sweep import Sweep
    from forecast.pipeline.scenario import Told
    from forecast.simulation.scenario.inherit import Merged, Value

scenario_app = typer.Typer(no_args_is_help=True, help="Write, check, explain, compare and draw scenario files.")


class MonthsAfter(StrEnum):
    """Months after an event."""

    three = "3"
    six = "6"
    twelve = "12"


Scenario = Annotated[str, typer.Argument(metavar="SCENARIO", help="Scenario file, or name of a shipped one.")]


@scenario_app.command("check", epilog=f"Examples: forecast scenario check my_scenario.yaml | forecast scenario check {CASE.pair}")
def check(
    scenarios: Annotated[list[str], typer.Argument(help="Scenario files, or names of shipped ones.")],
    dyad: Dyads = None, data: Data = None,
) -> None:
    """Check scenario files; report every fault with file, line, key and the nearest known key.

    With a dyad, also whether they fit it: its elections, the kinds of its events.
    """
    with faults():
        from forecast.pipeline import check_scenarios

        for name, title in check_scenarios(scenarios, one_dyad(data, dyad)):
            say(f"{name}: {title}: no faults.")


@scenario_app.command("new", epilog="Examples: forecast scenario new my_scenario | forecast scenario new quick_ceasefire "
                                    f"--extends {CASE.scenarios[-1]} --out scenarios | forecast scenario new my_scenario --dyad "
                                    f"{CASE.examples['neighbour']}")
def new(
    name: Annotated[str, typer.Argument(help="Short name in lower case; the file is NAME.yaml.")],
    extends: Annotated[str | None, typer.Option(
        help=f"Scenario that it extends: a shipped one, or a file beside it. Default: {CASE.scenarios[0]}; of a dyad with "
             "elections of its own, none.", show_default=False)] = None,
    dyad: Dyads = None, data: Data = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the new file.")] = Path(),
) -> None:
    """Write an annotated scenario file to begin with; an existing file is never replaced.

    For a dyad, the examples in it name the partner, and ranks, topics and kinds of events that its record has.
    """
    with faults():
        from forecast.pipeline.templates import write_new

        say_written(f"Written: {write_new(name, extends, out, one_dyad(data, dyad))}")


@scenario_app.command("questions", epilog="Examples: forecast scenario questions my_questions.yaml | forecast scenario questions "
                                          f"my_questions.yaml --dyad {CASE.examples['neighbour']} | forecast scenario questions "
                                          f"my_questions.yaml --data {CASE.examples['own_data']}")
def questions(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML file to write; one that you changed is not replaced.")],
    dyad: Dyads = None, data: Data = None, quiet: Quiet = False,
) -> None:
    """Write a file of dated questions for a dyad, each with its base rate in past terms; forecast questions answers it.

    Counts by rank and year, first visits of a rank, topics, outcomes, standing mechanisms: of ranks and topics on record.
    """
    with faults():
        write_asked(file, one_dyad(data, dyad), quiet)


def write_asked(file: Path, folder: Path | None, quiet: bool) -> None:
    """Write a file of questions for a dyad, and say how it is answered."""
    with progress_bars(quiet) as progress:
        progress(READ, 0, 1)
        from forecast.pipeline.question_templates import option_of, write_questions

        progress(READ, 1, 1)
        told = write_questions(file, folder, progress)
    say_written(f"Written: {file}: {told}")
    say(f"Answer them: forecast questions --questions {shlex.quote(str(file))}{option_of(folder)}")


@scenario_app.command("explain", epilog=f"Examples: forecast scenario explain {CASE.examples['event']} | forecast scenario "
                                        "explain my_scenario.yaml --key events")
def explain(
    scenario: Scenario,
    key: Annotated[str, typer.Option(help="Show only keys that begin with this.")] = "",
    inherited: Annotated[bool, typer.Option(
        "--inherited", help="Show what other files set too, after what this one sets.")] = False,
    months: Annotated[MonthsAfter, typer.Option(
        help="Months after events of the record that are compared with assumed sizes.")] = MonthsAfter.six,
    dyad: Dyads = None, data: Data = None,
    seed: Seed = CASE.seed, quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Show what a scenario sets, value by value with file and line, and the record beside the sizes of events.

    What it takes from other files is counted; --inherited shows it, and --key shows it where a key is asked for. With a dyad only
    its questions are shown.
    """
    with faults():
        folder = one_dyad(data, dyad)
        with progress_bars(quiet) as progress:
            progress(READ, 0, 2)
            own, others = _said(scenario, key, folder)
            progress(READ, 1, 2)
            told = _beside(scenario, key, int(months.value), folder, seed, progress)
            progress(READ, 2, 2)
        shown = [*own, *(others if inherited or key else ())]
        if as_json:
            print_json(values=[{"key": one.key, "value": one.text, "file": one.source.name, "line": one.line} for one in shown],
                       beside_record=[vars(one) for one in told.lines])
        _print_values(shown, scenario)
        if len(shown) < len(own) + len(others):
            files = ", ".join(dict.fromkeys(one.source.name for one in others))
            say(f"{len(others)} more values are set in {files}: --inherited shows them.")
        if told.lines:
            _print_beside(told, months.value)


def _said(scenario: str, key: str, folder: Path | None) -> "tuple[list[Value], list[Value]]":
    """Values under a key that the file of a scenario sets, and those that it takes from others; a note where there are none."""
    from forecast.errors import nearest
    from forecast.simulation.scenario import Scenario as Model
    from forecast.simulation.scenario import find_scenario
    from forecast.simulation.scenario.inherit import questions_of_dyad, values

    merged = _merged(scenario)
    asked = questions_of_dyad(merged, merged.content.get("dyad") or _label(folder))
    found = [one for one in values(asked) if one.key.startswith(key)]
    if key and not found:
        first, known = key.partition(".")[0], {field.alias or name for name, field in Model.model_fields.items()}
        more = "" if first in known else f" {nearest(first[:80], known)}"
        say(f"note: {scenario} and what it extends set nothing under {key}.{more}", error=True)
    return parted(found, find_scenario(scenario))


def _label(folder: Path | None) -> str | None:
    """Label of the dyad that is asked for."""
    from forecast.contacts import load_dyad

    return load_dyad(folder).id if folder else None


def parted(found: "list[Value]", file: Path) -> "tuple[list[Value], list[Value]]":
    """Values that a file sets, and those that it takes from others, which may have its name in another folder."""
    from forecast.files import same_file

    own = [same_file(one.source, file) for one in found]
    return ([one for one, is_own in zip(found, own, strict=True) if is_own],
            [one for one, is_own in zip(found, own, strict=True) if not is_own])


def _print_values(shown: "list[Value]", scenario: str) -> None:
    from rich.table import Table

    table = Table(title=f"What {scenario} says, and where")
    for heading in ("key", "value", "set in"):
        table.add_column(heading, overflow="fold")
    for value in shown:
        table.add_row(value.key, value.text, value.place)
    console().print(table)


def _beside(scenario: str, key: str, months: int, data: Path | None, seed: int, progress: "Progress") -> "Told":
    """Assumed sizes of events beside the record of their dyad; none where no event is shown."""
    from forecast.pipeline.scenario import Told, beside_record
    from forecast.simulation.scenario import find_scenario, load_scenario

    found = load_scenario(find_scenario(scenario))
    if not found.events or not (key.startswith("events") or "events".startswith(key)):
        return Told(dyad="", about=(), lines=[])
    told = beside_record(found, data, months, seed, progress)
    return replace(told, lines=[one for one in told.lines if one.key.startswith(key)])


def _print_beside(told: "Told", months: str) -> None:
    from rich.table import Table

    from forecast.report.language import calling

    table = Table(title=f"Sizes assumed of events (median, 5 to 95 %), "
                        f"and the {months} months after such events in the record of {told.dyad}",
                  caption="Months after an event are no effect of it: see forecast data events.")
    for heading in ("event and size", "assumed", "record"):
        table.add_column(heading, overflow="fold")
    with calling(told.about):
        for one in told.lines:
            table.add_row(f"{one.event}: {one.words}", one.assumed, one.record)
    console().print(table)


@scenario_app.command("diff", epilog=f"Example: forecast scenario diff {CASE.scenarios[0]} {CASE.examples['variant']}")
def diff(first: Scenario, second: Scenario, dyad: Dyads = None, data: Data = None, as_json: AsJson = False) -> None:
    """Show what differs between two scenarios, value by value; of a dyad only its questions are compared."""
    with faults():
        from rich.table import Table

        from forecast.simulation.scenario.inherit import key_differences, questions_of_dyad

        folder = one_dyad(data, dyad)
        sides = _merged(first), _merged(second)
        of = _label(folder) or next((one.content["dyad"] for one in sides if one.content.get("dyad")), None)
        found = key_differences(*(questions_of_dyad(side, of) for side in sides))
        if as_json:
            print_json(differences=[{"key": key, "first": one and one.text, "first_place": one and one.place,
                                     "second": other and other.text, "second_place": other and other.place}
                                    for key, one, other in found])
        if not found:
            say("No difference.")
            return
        table = Table(title=f"{first} and {second}")
        for heading in ("key", first, second):
            table.add_column(heading, overflow="fold")
        for key, one, other in found:
            table.add_row(key, _cell(one), _cell(other))
        console().print(table)


@scenario_app.command("schema", epilog="Example: forecast scenario schema --out scenario.schema.json")
def schema(
    out: Annotated[Path | None, typer.Option(help="File to write; printed where it is not given.", show_default=False)] = None,
) -> None:
    """Print the JSON Schema of scenario files, for editors that complete keys and mark faults."""
    import json

    with faults():
        from forecast.outputs import output_file
        from forecast.simulation.scenario.schema import json_schema

        if not out:
            say_json(json.dumps(json_schema(), indent=2))
            return
        with output_file(out) as place:
            place.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
        say_written(f"Written: {out}")


@scenario_app.command("plot", epilog=f"Examples: forecast scenario plot {CASE.examples['event']} | forecast scenario plot "
                                     f"{CASE.examples['continuity']} {CASE.examples['variant']} --out assumptions")
@for_print()
def plot(
    scenarios: Annotated[list[str], typer.Argument(help="Up to four scenario files, or names of shipped ones.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the figure (PDF, SVG, PNG).")] = Path("assumptions"),
    dyad: Dyads = None, data: Data = None, seed: Seed = CASE.seed, quiet: Quiet = False,
) -> None:
    """Draw what scenarios assume, month by month, before anything is fitted or run; with a dyad, under its elections."""
    with faults():
        from forecast.outputs import output_directory
        from forecast.simulation.scenario import find_scenario

        folder = one_dyad(data, dyad)
        inputs = [find_scenario(name) for name in scenarios]
        with output_directory(out, "scenario plot", inputs) as place, progress_bars(quiet) as progress:
            progress(READ, 0, 2)
            from forecast.pipeline import check_scenarios
            from forecast.pipeline.scenario import plot_assumptions

            progress(READ, 1, 2)
            check_scenarios(scenarios, folder)
            progress(READ, 2, 2)
            written = plot_assumptions(scenarios, place, seed, folder, progress)
        say_written(f"Written: {', '.join(str(out / path.name) for path in written)}")


def _merged(scenario: str) -> "Merged":
    """Content of a checked scenario."""
    from forecast.simulation.scenario import find_scenario, load_scenario
    from forecast.simulation.scenario.inherit import read_merged

    path = find_scenario(scenario)
    load_scenario(path)
    return read_merged(path)


def _cell(value: "Value | None") -> "Text":
    from rich.text import Text

    return Text.assemble(f"{value.text} ", (f"({value.place})", "dim")) if value else Text("not said", "dim")


# `forecast sweep`: many variants of scenarios, and which assumptions matter.

SWEEP_EPILOG = (
    "Examples: forecast sweep scenarios/sweeps/ceasefire.yaml --out ceasefire | forecast sweep my_sweep.yaml --scheduler "
    "tcp://127.0.0.1:8786")


@for_print()
def sweep(
    file: Annotated[Path, typer.Argument(metavar="SWEEP", help="Sweep file (YAML).")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the tables and the figure.")] = Path("sweep"),
    scheduler: Annotated[str | None, typer.Option(
        help="Address of a Dask scheduler; its workers must see the same cache. Default: processes of this machine.",
        show_default=False)] = None,
    workers: Annotated[int | None, typer.Option(
        min=1, max=MOST_PROCESSES, help="Processes. Default: all processors.", show_default=False)] = None,
    priors: Priors = "default", data: Data = None, dyad: Dyads = None, region: RegionName = None, seed: Seed = CASE.seed,
    alone: Alone = False, quiet: Quiet = False,
) -> None:
    """Vary assumptions over a grid or a Sobol sample and say which of them matter for what.

    Every twenty points are kept as soon as they are done; an interrupted sweep goes on where it was and gives the same bytes.
    """
    with faults():

        record = one_dyad(data, dyad, region)
        with writing(out, "sweep", [file, priors, record]) as folder:
            from forecast.outputs import MANIFEST
            from forecast.pipeline import Request
            from forecast.pipeline.sweep import check_scheduler, plan_sweep, run, sweep_manifest
            from forecast.report.files import write_manifest

            if scheduler:
                check_scheduler(scheduler)
            with progress_bars(quiet) as progress:
                given = plan_sweep(file, Request(priors=priors, data=record, seed=seed, alone=alone), progress)
                table, errors = run(given, progress, scheduler, workers)
            lines = [*_tables(given.sweep, table, errors, folder, out),
                     *_indices(given.sweep, table.iloc[:, len(given.sweep.vary):], folder, out, seed)]
            write_manifest(sweep_manifest(given), folder / MANIFEST)
        for line in lines:
            (say_written if line.startswith("Written") else say)(line)


def _tables(sweep: "Sweep", table: "pd.DataFrame", errors: "pd.DataFrame", folder: Path, out: Path) -> list[str]:
    """Write the points; what is to be said of them."""
    from forecast.evaluation.sweep import noise
    from forecast.report.files import write_table

    write_table(table, folder / "points.csv")
    write_table(errors, folder / "points_mcse.csv")
    told = noise(table.iloc[:, len(sweep.vary):], errors.iloc[:, len(sweep.vary):], sweep.paths)
    return [f"Written: {out}/points.csv and points_mcse.csv, {len(table)} points.", *(f"- {sentence}" for sentence in told)]


def _indices(sweep: "Sweep", quantities: "pd.DataFrame", folder: Path, out: Path, seed: int) -> list[str]:
    """Write which assumptions matter, where the design tells; what is to be said of it."""
    from forecast.evaluation.sweep import sensitivity_indices, sensitivity_sentences
    from forecast.report.figures.assumptions import draw_sweep, drawn_quantities
    from forecast.report.files import write_table
    from forecast.report.style import write_figure

    if sweep.design != "sobol":
        return []
    indices = sensitivity_indices(sweep, quantities, seed)
    write_table(indices, folder / "sensitivity.csv")
    if indices.empty:
        return ["Nothing that was measured depends on the assumptions."]
    write_figure(partial(draw_sweep, indices, sweep.title), folder, "sensitivity")
    drawn = indices[indices["quantity"].isin(drawn_quantities(indices))]
    return [*(f"- {sentence}" for sentence in sensitivity_sentences(drawn)),
            f"Written: {out}/sensitivity.csv, sensitivity.pdf, .svg, .png"]
