"""``forecast questions``: dated questions, their probabilities, and their answers once they are known."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults, print_precision, progress_bars
from forecast.commands.options import AsOf, Data, IgnoreGates, Paths, Precision, Priors, Quiet, Seed, paths_of

if TYPE_CHECKING:
    import pandas as pd

EPILOG = ("Examples: forecast questions | forecast questions harris trump mixture --precision 0.005 | "
          "forecast questions trump --resolve my_data/us_kz_2026")


def questions(
    scenarios: Annotated[list[str] | None, typer.Argument(
        help="Scenario files, or names of shipped ones. Default: harris trump.", show_default=False)] = None,
    resolve: Annotated[Path | None, typer.Option(
        metavar="DIR", help="Do not forecast: answer the questions by the contacts of this dyad folder, coded later.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the tables there.", show_default=False)] = None,
    priors: Priors = "default", data: Data = None, as_of: AsOf = None, seed: Seed = 20241104,
    paths: Paths = None, precision: Precision = None,
    ignore_gates: IgnoreGates = False, quiet: Quiet = False,
) -> None:
    """Answer the dated questions of scenarios: probability, Monte Carlo error, and how often the same held before."""
    with faults():
        from forecast.pipeline import Request, read
        from forecast.pipeline.chain import compute
        from forecast.pipeline.questions import check_some_question, resolutions

        request = Request(scenarios=tuple(scenarios or ("harris", "trump")), priors=priors, data=data, seed=seed,
                          paths=paths_of(paths, precision), precision=precision,
                          paths_asked=paths is not None,
                          as_of=as_of.date() if as_of else None, ignore_gates=ignore_gates)
        inputs = read(request)
        check_some_question(inputs.scenarios)
        if resolve:
            found = resolutions(inputs, resolve)
            _print_resolutions(found)
            _write(out, {"questions_resolved": found})
            return
        with progress_bars(quiet) as progress:
            result = compute(inputs, request, progress)
        answers = result.answers
        print_precision(result.futures, precision)
        _print(answers.answer, answers.contrast)
        _write(out, {"questions": answers.answer, "questions_contrast": answers.contrast, "questions_past": answers.past})


def _print(answer: "pd.DataFrame", contrast: "pd.DataFrame") -> None:
    from rich.console import Console
    from rich.table import Table

    names = list(dict.fromkeys(answer["scenario"]))
    table = Table(title="Probability of yes, in per cent, with its Monte Carlo error")
    for heading in ("question", *names, *(["difference"] if len(names) == 2 else []), "contacts", "past terms"):
        table.add_column(heading, justify="left" if heading == "question" else "right")
    for key, rows in answer.groupby("id", sort=False):
        first = rows.iloc[0]
        cells = [_chance(row["probability"], row["mcse"]) for _, row in rows.iterrows()]
        if len(names) == 2:
            row = contrast.set_index("id").loc[key]
            cells.append(_chance(row["difference"], row["mcse"], sign="+"))
        expected = " / ".join(f"{value:.1f}" for value in rows["expected_contacts"])
        table.add_row(f"{first['text']} [dim]({key})[/dim]", *cells, expected, f"{first['past_yes']} of {first['past_terms']}")
    Console().print(table)
    Console().print("Contacts: how many count on average. Past terms: in how many the same held at the same distance from "
                    "inauguration.", soft_wrap=True)


def _chance(value: float, error: float, sign: str = "") -> str:
    return f"{100 * value:{sign}.1f} ± {100 * error:.1f}"


def _print_resolutions(found: "pd.DataFrame") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"Answers by contacts coded until {found['coded_until'].iloc[0]}")
    for heading in ("question", "window", "answer", "contacts so far"):
        table.add_column(heading, justify="right" if heading == "contacts so far" else "left")
    for row in found.itertuples():
        table.add_row(f"{row.text} [dim]({row.id})[/dim]", row.window, row.answer, str(row.contacts))
    Console().print(table)


def _write(out: Path | None, tables: "dict[str, pd.DataFrame]") -> None:
    from forecast.report.archive import write_table

    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_table(table, out / f"{name}.csv")
    typer.echo(f"Written: {', '.join(f'{out}/{name}.csv' for name in tables)}")
