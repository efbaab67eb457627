"""Commands about forecasts: ``forecast freeze``, ``score``, ``export``, ``questions`` and ``sweep``."""

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import (
    Alone,
    AsJson,
    AsOf,
    Data,
    Dyads,
    IgnoreGates,
    Paths,
    Precision,
    Priors,
    Quiet,
    RegionName,
    Seed,
    faults,
    keep_earlier,
    one_dyad,
    paths_of,
    print_json,
    print_precision,
    progress_bars,
    writing,
)
from forecast.cli.scenario import write_asked
from forecast.console import console, plain, say, say_written
from forecast.shipped import CASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from rich.text import Text

    from forecast.errors import Fault
    from forecast.evaluation.freezing import Scored


FREEZE_EPILOG = (f"Examples: forecast freeze forecast_run | forecast freeze forecast_run --out frozen/{CASE.dyad}.json | "
                 "forecast freeze forecast_run --registration registration.md")
SCORE_EPILOG = (f"Examples: forecast score frozen.json my_data/{CASE.dyad}_later --outcome {CASE.scenarios[-1]} | "
                f"forecast score frozen.json later.csv --coded-until {CASE.examples['later']} --outcome "
                f"{CASE.scenarios[-1]} --out scores")


def freeze(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Directory that forecast run wrote.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to write; it is never overwritten.")] = Path("frozen.json"),
    data: Data = None, dyad: Dyads = None, region: RegionName = None,
    registration: Annotated[Path | None, typer.Option(
        metavar="FILE", help="Also write a text for a registry (Markdown): what is forecast, from what, how it is scored.",
        show_default=False)] = None,
    quiet: Quiet = False,
) -> None:
    """Lay a forecast down in one file with its hash: publish the hash, and nobody can doubt later what was forecast.

    The file holds the distributions of contacts by month and rank, the answers to all questions, the first paths one by one, the
    forecasts of the baselines, and versions and hashes of everything that went in.
    """
    with faults():
        from datetime import date

        from forecast.outputs import called, output_file

        record = one_dyad(data, dyad, region)
        text = output_file(registration, [run, record, out]) if registration else nullcontext()
        with (output_file(out, [run, record], replace=False) as file, called(registration or out, "option --registration"),
              text as beside, progress_bars(quiet) as progress):
            from forecast.evaluation.freezing import planned_power
            from forecast.evaluation.frozen import write_frozen
            from forecast.pipeline.run_directory import freeze as frozen_of
            from forecast.pipeline.run_directory import read_run

            forecast = frozen_of(run, record, date.today(), progress)
            digest, power = write_frozen(forecast, file), planned_power(forecast)
            if beside:
                from forecast.report.archive import registration as registered

                beside.write_text(registered(forecast, digest, read_run(run)[1], power), encoding="utf-8")
        say_written(f"Written: {out}{f', {registration}' if registration else ''}\nSHA-256 of the forecast: {digest}")
        for told in _power_of(power):
            say(told)


def _power_of(planned: "pd.DataFrame") -> "Iterator[str]":
    """What can be learned of every scenario by the end, a line each."""
    for (outcome, scenario), rows in planned.groupby(["outcome", "scenario"], sort=False):
        told = ", ".join(f"{row.power:.2f} \N{PLUS-MINUS SIGN} {row.mcse:.2f} by {row.by}" for row in rows.itertuples())
        yield (f"Power: if {outcome} wins and {scenario} is true, it is shown to beat all baselines within "
               f"{rows['months'].iloc[0]} months with probability {told}.")


def score(
    frozen: Annotated[Path, typer.Argument(metavar="FROZEN", help="File of forecast freeze.")],
    later: Annotated[Path, typer.Argument(metavar="LATER", help="Contacts coded later: a dyad folder, or a contacts.csv.")],
    outcome: Annotated[str, typer.Option(help="Who won: only scenarios with this outcome, or an open election, are scored.")],
    coded_until: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="Last day up to which contacts were coded. Default: what the folder says.",
        show_default=False)] = None,
    others: Annotated[list[Path] | None, typer.Option(
        "--with", metavar="FILE", help="Hubverse model output of another forecaster, scored beside; may be repeated.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the tables there.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Score a frozen forecast by contacts coded since, beside baselines frozen with it.

    The evidence that the forecast is better than the baselines, or worse, may be looked at after every month: above the level
    beside it, it is wrong once in twenty at most, whenever one stops. Beside it stands its power: how often it would get there if
    the forecast were true.
    """
    with faults():
        with writing(out, "score", [frozen, later, *(others or ())]) as folder:
            from forecast.evaluation.freezing import coded_later, observed_counts, score_frozen
            from forecast.evaluation.frozen import read_frozen
            from forecast.evaluation.hub import model_output
            from forecast.evaluation.hub_models import OURS, read_model_outputs, side_by_side, unscored
            from forecast.evaluation.questions import OPEN, YES
            from forecast.report.files import write_tables

            forecast, digest = read_frozen(frozen)
            contact, until, poles = coded_later(forecast, later, coded_until.date() if coded_until else None)
            outputs = read_model_outputs(others or (), forecast)
            found = score_frozen(forecast, contact, until, outcome, poles)
            tables = {name: getattr(found, name) for name in ("months", "questions", "sequence", "power")}
            if outputs:
                answers = {row.id: row.answer == YES for row in found.questions.itertuples() if row.answer != OPEN}
                tables["beside"] = side_by_side({OURS: model_output(forecast)} | outputs, forecast, outcome,
                                                observed_counts(forecast, contact), answers, found.over)
            if folder:
                write_tables(tables, folder)
        for name, output in outputs.items():
            _tell_unscored(name, unscored(name, output, forecast), tables["beside"])
        if as_json:
            print_json(dyad=forecast.dyad, frozen_on=forecast.frozen_on, sha256=digest, months_over=found.over, coded_until=until,
                       outcome=outcome, **tables)
        say(f"{forecast.partner}, frozen on {forecast.frozen_on} as of {forecast.as_of}, SHA-256 {digest}\n"
            f"{found.over} of {len(forecast.month)} months are over and coded (until {until}); {outcome} won.")
        _print_scores(found)
        if outputs:
            _print_beside(tables["beside"])
        if out:
            say_written(f"Written: {', '.join(f'{out}/{name}.csv' for name in tables)}")


def _tell_unscored(name: str, tasks: "Iterable[Fault]", beside: "pd.DataFrame") -> None:
    """Tell which tasks of another forecaster are not scored."""
    for fault in tasks:
        say(f"note: {fault}", error=True)
    if name not in set(beside["model"]):
        say(f"note: {name}: none of its tasks can be scored yet, or under this outcome.", error=True)


def _print_scores(found: "Scored") -> None:
    from rich.table import Table

    from forecast.evaluation.scores import COUNT_LOSS, LOSS

    table = Table(title="Contacts by month and rank: mean losses")
    for heading in ("forecaster", *(LOSS[loss] for loss in COUNT_LOSS)):
        table.add_column(heading, justify="left" if heading == "forecaster" else "right")
    ranked = found.months[found.months["rank"] != "all"]
    for name, part in ranked.groupby("forecaster", sort=False):
        table.add_row(str(name), *(f"{part[loss].mean():.4f}" for loss in COUNT_LOSS))
    console().print(table)
    _print_evidence(found)
    known = found.questions.dropna(subset="brier")
    for name, part in known.groupby("scenario", sort=False):
        noun = "question" if len(part) == 1 else "questions"
        say(f"{name}: {len(part)} {noun} answered, mean Brier score {part['brier'].mean():.3f}, mean log score "
            f"{part['log_score'].mean():.3f}; {found.questions['scenario'].eq(name).sum() - len(part)} open.")


def _print_evidence(found: "Scored") -> None:
    """Evidence so far against all baselines together, and how often it would be 20 by the end if the forecast were true."""
    from rich.table import Table

    from forecast.evaluation.freezing import ALL_BASELINES

    last = found.sequence[found.sequence["baseline"] == ALL_BASELINES].groupby("scenario", sort=False).last()
    if last.empty:
        return
    table = Table(title="Evidence beside all baselines: above its level it is wrong once in twenty at most",
                  caption="By scores: better, or worse, than at least one baseline, their number accounted for. By likelihoods: "
                          "counts come from none of the baselines as frozen, or not from the forecast; the level is what their "
                          "own series exceed once in twenty.")
    for heading in ("scenario", "by", "better", "worse", "power"):
        table.add_column(heading, justify="left" if heading in ("scenario", "by") else "right")
    for row in found.power.itertuples():
        kind = {"scores": "evidence", "likelihoods": "likelihood"}[row.by]
        told = [f"{last.loc[row.scenario, f'{kind}_{way}']:.2g} (level {getattr(row, f'level_{way}'):.3g})"
                for way in ("better", "worse")]
        table.add_row(row.scenario, row.by, *told, f"{row.power:.2f} \N{PLUS-MINUS SIGN} {row.mcse:.2f} in {row.months} months")
    console().print(table)


def _print_beside(beside: "pd.DataFrame") -> None:
    from rich.table import Table

    table = Table(title="Beside others, on the decided tasks that all of them answered: mean losses")
    for heading in ("loss", "scenario", "model", "mean", "tasks"):
        table.add_column(heading, justify="right" if heading in ("mean", "tasks") else "left")
    for (loss, scenario, model), part in beside.groupby(["loss", "scenario", "model"], sort=False):
        shared = part[part["shared"]]
        mean = f"{shared['value'].mean():.4f}" if len(shared) else "none shared"
        table.add_row(loss, scenario, model, mean, f"{len(shared)} of {len(part)}")
    console().print(table)


# ``forecast export``: a frozen forecast in the format of forecasting hubs.

EXPORT_EPILOG = "Examples: forecast export frozen.json | forecast export frozen.json --out hub --team mylab --model bilateral"


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
        from forecast.evaluation.frozen import read_frozen
        from forecast.evaluation.hub import ABBREVIATION, hub_files, model_output
        from forecast.outputs import output_directory
        from forecast.report.files import write_table

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
        say_written(f"Written to {out}: {', '.join((name, *files))}")


# ``forecast questions``: dated questions, their probabilities, and their answers once they are known.

QUESTIONS_EPILOG = (f"Examples: forecast questions | forecast questions {CASE.pair} {CASE.examples['mixture']} --precision "
                    f"0.005 | forecast questions {CASE.scenarios[-1]} --resolve my_data/{CASE.dyad}_later | forecast questions "
                    f"--questions my_questions.yaml --dyad {CASE.examples['neighbour']}")


def questions(
    scenarios: Annotated[list[str] | None, typer.Argument(
        help=f"Scenario files, or names of shipped ones. Default: {CASE.pair}. Or the word new and a FILE: writes a file of "
             "questions to begin with, as forecast scenario questions does.", show_default=False)] = None,
    asked: Annotated[Path | None, typer.Option(
        "--questions", metavar="FILE", help="Ask the questions of this file in the place of those of the scenarios: forecast "
        "scenario questions writes one.", show_default=False)] = None,
    resolve: Annotated[Path | None, typer.Option(
        metavar="DIR", help="Do not forecast: answer the questions by the contacts of this dyad folder, coded later.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the tables there.", show_default=False)] = None,
    priors: Priors = "default", data: Data = None, dyad: Dyads = None, region: RegionName = None, as_of: AsOf = None,
    seed: Seed = CASE.seed, paths: Paths = None, precision: Precision = None, alone: Alone = False,
    ignore_gates: IgnoreGates = False, quiet: Quiet = False,
    every: Annotated[bool, typer.Option("--all", help="Show all questions; without it a terminal shows a screenful.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer the dated questions of scenarios: probability, Monte Carlo error, and how often the same held before."""
    with faults():
        record = one_dyad(data, dyad, region)
        if (scenarios or [""])[0] == NEW and not Path(NEW).exists():
            write_asked(_new_file(scenarios or []), record, quiet)
            return
        with writing(out, "questions", [*(scenarios or ()), asked, resolve, priors, record]) as folder:
            from forecast.pipeline import Request, read
            from forecast.pipeline.run import only_futures
            from forecast.pipeline.scenario import answer, check_some_question, resolutions
            from forecast.report.files import write_tables

            request = Request(scenarios=tuple(scenarios or CASE.scenarios), priors=priors, data=record, seed=seed,
                              paths=paths_of(paths, precision), precision=precision, paths_asked=paths is not None,
                              as_of=as_of.date() if as_of else None, ignore_gates=ignore_gates, alone=alone,
                              questions=asked)
            inputs = read(request)
            check_some_question(inputs.scenarios, inputs.panel.dyad[0], record)
            if resolve:
                tables = {"questions_resolved": resolutions(inputs, resolve)}
            else:
                with progress_bars(quiet) as progress:
                    futures = only_futures(inputs, request, progress)
                found = answer(inputs, futures.answered)
                tables = {"questions": found.answer, "questions_contrast": found.contrast, "questions_past": found.past}
            if out and folder:
                write_tables(tables, folder)
                keep_earlier(out, folder, "questions*.csv")
        if as_json:
            print_json(**tables)
        if resolve:
            _print_resolutions(tables["questions_resolved"])
        else:
            print_precision(futures, precision)
            _print_questions(found.answer, found.contrast, every=every)
        if out:
            say_written(f"Written: {', '.join(f'{out}/{name}.csv' for name in tables)}")


NEW = "new"
"""Word in the place of a scenario that begins a file of questions."""


def _new_file(words: list[str]) -> Path:
    from forecast.errors import Fault, InputError

    if len(words) != 2:
        raise InputError([Fault(source="command line", where=f"argument {NEW}", expected="one file to write behind it",
                                found=f"{len(words) - 1}", remedy="Name one: forecast questions new my_questions.yaml, or "
                                "forecast scenario questions my_questions.yaml, which is the same.")])
    return Path(words[1])


LINES = 3
"""Of a terminal that a question takes."""


def _print_questions(answer: "pd.DataFrame", contrast: "pd.DataFrame", *, every: bool) -> None:
    from rich.table import Table

    asked = list(dict.fromkeys(answer["id"]))
    room = max((console().height - 10) // LINES, 3) if console().is_terminal and not every else len(asked)
    answer = answer[answer["id"].isin(asked[:room])]

    names = list(dict.fromkeys(answer["scenario"]))
    table = Table(title="Probability of yes, in per cent, with its Monte Carlo error")
    for heading in ("question", *names, *(["difference"] if len(names) == 2 else []), "contacts", "past terms"):
        table.add_column(heading, justify="left" if heading == "question" else "right")
    for key, rows in answer.groupby("id", sort=False):
        first, of = rows.iloc[0], rows.set_index("scenario")
        cells = [_chance(*of.loc[name, ["probability", "mcse"]]) if name in of.index else "not asked" for name in names]
        if len(names) == 2:
            both = contrast[contrast["id"] == key]
            cells += [_chance(row.difference, row.mcse, sign="+") for row in both.itertuples()] or [""]
        expected = " / ".join(f"{value:.1f}" for value in rows["expected_contacts"])
        table.add_row(_question(first["text"], key), *cells, expected, f"{first['past_yes']} of {first['past_terms']}")
    console().print(table)
    if room < len(asked):
        say(f"{len(asked) - room} more questions: --all shows them.")
    console().print("Contacts: how many count on average. Past terms: in how many the same held at the same distance from "
                    "inauguration.", soft_wrap=True)


def _question(text: str, name: str) -> "Text":
    """Words of a question, and its name in grey."""
    from rich.text import Text

    return Text.assemble(plain(text), " ", (f"({plain(name)})", "dim"))


def _chance(value: float, error: float, sign: str = "") -> str:
    return f"{100 * value:{sign}.1f} ± {100 * error:.1f}"


def _print_resolutions(found: "pd.DataFrame") -> None:
    from rich.table import Table

    table = Table(title=f"Answers by contacts coded until {found['coded_until'].iloc[0]}")
    for heading in ("question", "window", "answer", "contacts so far"):
        table.add_column(heading, justify="right" if heading == "contacts so far" else "left")
    for row in found.itertuples():
        table.add_row(_question(row.text, row.id), row.window, row.answer, str(row.contacts))
    console().print(table)
