"""``forecast questions``: dated questions, their probabilities, and their answers once they are known."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults, print_precision, progress_bars
from forecast.commands.options import AsOf, Data, IgnoreGates, Paths, Precision, Priors, Quiet, Seed, paths_of
from forecast.commands.writing import keep_earlier, writing
from forecast.console import console, plain, say

if TYPE_CHECKING:
    import pandas as pd
    from rich.text import Text

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
        with writing(out, "questions", [*(scenarios or ()), resolve, priors, data]) as folder:
            from forecast.pipeline import Request, read
            from forecast.pipeline.chain import compute
            from forecast.pipeline.questions import check_some_question, resolutions
            from forecast.report.archive import write_tables

            request = Request(scenarios=tuple(scenarios or ("harris", "trump")), priors=priors, data=data, seed=seed,
                              paths=paths_of(paths, precision), precision=precision, paths_asked=paths is not None,
                              as_of=as_of.date() if as_of else None, ignore_gates=ignore_gates)
            inputs = read(request)
            check_some_question(inputs.scenarios, inputs.panel.dyad[0], data)
            if resolve:
                tables = {"questions_resolved": resolutions(inputs, resolve)}
            else:
                with progress_bars(quiet) as progress:
                    result = compute(inputs, request, progress)
                found = result.answers
                tables = {"questions": found.answer, "questions_contrast": found.contrast, "questions_past": found.past}
            if folder:
                write_tables(tables, folder)
                keep_earlier(out, folder, "questions*.csv")
        if resolve:
            _print_resolutions(tables["questions_resolved"])
        else:
            print_precision(result.futures, precision)
            _print(found.answer, found.contrast)
        if out:
            say(f"Written: {', '.join(f'{out}/{name}.csv' for name in tables)}")


def _print(answer: "pd.DataFrame", contrast: "pd.DataFrame") -> None:
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
        table.add_row(_question(first["text"], key), *cells, expected, f"{first['past_yes']} of {first['past_terms']}")
    console().print(table)
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
