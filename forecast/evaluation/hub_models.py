"""Model output of others, checked against the tasks of a frozen forecast.

Side by side
------------
Forecasts of several models in one representation, scored by what came.

Contacts are scored by the CRPS of their samples where a model has them, and by the mean quantile score where it has the quantiles
of all levels that were frozen with the forecast, so that ours and theirs are treated alike; answers by the Brier score. All are
computed by scoringrules.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecast.errors import Fault, InputError, first_of, nearest
from forecast.evaluation.frozen import Frozen
from forecast.evaluation.hub import ANSWER, CONTACTS, ID_LENGTH, NONE, OUTPUT_COLUMNS, QUESTION, SAMPLES, TASK
from forecast.evaluation.scores import rules
from forecast.files import read_text

TYPES = {CONTACTS: ("mean", "quantile", "sample"), QUESTION: ("pmf",)}
NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
NO_NUMBER = r"[+-]?(?:inf|infinity|nan)"
MOST_CONTACTS = 1_000_000
SAME_LEVEL = 1e-9
Finding = tuple[int, str, str, str, str]
"""Row, column, what was expected, what was found, what to do."""


def read_model_output(path: Path, frozen: Frozen) -> pd.DataFrame:
    """Read a CSV of model output for the round of a frozen forecast.

    Returns
    -------
    pandas.DataFrame
        Columns of model output by the number of the row; values are numbers, and levels are written as in the tasks.

    Raises
    ------
    InputError
        Where this is no CSV file with rows, or nothing in it can be scored; else with every fault by row and column: unknown
        columns or values, tasks not asked for or answered twice, quantiles that decrease or are not finite, samples that are not
        whole, probabilities that do not add up.
    """
    table = read_cells(path)
    found = [*_cells(table, frozen)]
    bad = {row for row, *_ in found}
    whole = table[~table.index.isin(bad)]
    whole = whole.assign(value=whole["value"].astype(float), output_type_id=_ids(whole, frozen))
    found += [*_repetitions(table, whole), *_numbers(whole), *_decreasing(whole)]
    if not found:
        found += _probabilities(whole)
    if found:
        found.sort(key=lambda one: one[0])
        raise InputError(cut(path, [_fault(path, *one) for one in found[:MOST]], len(found)))
    if not _complete(whole, frozen).any():
        raise InputError([fault(path, "whole file", "samples, all quantiles of a task, or probabilities of answers",
                                "nothing that can be scored"), *unscored(path, whole, frozen)])
    return whole


def read_model_outputs(paths: Sequence[Path], frozen: Frozen) -> dict[str, pd.DataFrame]:
    """Read the files of several models, by names that tell them apart (raises InputError with the faults of all)."""
    names, found = forecaster_names(paths), {}
    faults: list[Fault] = []
    for name, path in names.items():
        try:
            found[name] = read_model_output(path, frozen)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return found


def unscored(path: Path | str, table: pd.DataFrame, frozen: Frozen) -> list[Fault]:
    """Tasks of which a model gives some quantiles only: no score compares different levels, so that these have none.

    Parameters
    ----------
    path : Path or str
        The file or its model, for the message.
    table : DataFrame
        From :func:`read_model_output`.
    """
    quantiles = table[table["output_type"] == "quantile"]
    faults = []
    for task, part in quantiles[~_complete(quantiles, frozen)].groupby(list(TASK), sort=False):
        absent = [str(level) for level in frozen.level if str(level) not in set(part["output_type_id"])]
        faults.append(fault(path, f"row {part.index[0]}", f"quantiles of all levels ({', '.join(map(str, frozen.level))})",
                            f"none of {', '.join(absent)}",
                            f"The quantiles of {task[4]} in {task[3]} ({task[1]}) are not scored."))
    return cut(path, faults, len(faults))


def _complete(table: pd.DataFrame, frozen: Frozen) -> pd.Series:
    """Rows that a score is taken of: quantiles count where a task has all of its levels."""
    quantile = table["output_type"] == "quantile"
    many = table[quantile].groupby(list(TASK))["output_type_id"].transform("nunique").reindex(table.index, fill_value=0)
    return table["output_type"].isin(("sample", "pmf")) | (quantile & (many == len(frozen.level)))


def _cells(table: pd.DataFrame, frozen: Frozen) -> Iterator[Finding]:
    known = {"origin_date": [frozen.as_of.isoformat()], "scenario_id": list(frozen.scenario), "target": list(TYPES)}
    for column, allowed in known.items():
        yield from _unknown(table, column, allowed)
    ids = [one.id for one in frozen.questions]
    asked = {CONTACTS: {"target_month": list(frozen.month), "rank": list(frozen.rank), "question": [NONE]},
             QUESTION: {"target_month": [NONE], "rank": [NONE], "question": ids}}
    for target, columns in asked.items():
        part = table[table["target"] == target]
        for column, allowed in (columns | {"output_type": list(TYPES[target])}).items():
            yield from _unknown(part, column, allowed)
    questions = table[(table["target"] == QUESTION) & table["scenario_id"].isin(frozen.scenario) & table["question"].isin(ids)]
    for name, part in questions.groupby("scenario_id", sort=False):
        yield from _unknown(part, "question", list(frozen.scenario[name].question), f" of scenario {name}")
    yield from _output_ids(table, frozen)
    written = table["value"].str.fullmatch(NUMBER)
    endless = table["value"].str.fullmatch(NO_NUMBER, case=False)
    for row in table.index[~written]:
        yield _cell(table, row, "value", "a finite number" if endless[row] else "a number")
    for row in table.index[written][~np.isfinite(table["value"][written].astype(float))]:
        yield _cell(table, row, "value", "a finite number")


def _output_ids(table: pd.DataFrame, frozen: Frozen) -> Iterator[Finding]:
    kind, id = table["output_type"], table["output_type_id"]
    levels = _levels(id.where(kind == "quantile", ""), frozen)
    expected = f"a level between 0 and 1 that is asked for ({', '.join(map(str, frozen.level))})"
    for row in table.index[(kind == "quantile") & levels.isna()]:
        yield _cell(table, row, "output_type_id", expected)
    for row in table.index[(kind == "pmf") & ~id.isin(ANSWER)]:
        yield _cell(table, row, "output_type_id", " or ".join(ANSWER))
    for row in table.index[(kind == "mean") & ~id.isin(("NA", ""))]:
        yield _cell(table, row, "output_type_id", "NA")
    for row in table.index[(kind == "sample") & ~id.str.fullmatch(rf"\S{{1,{ID_LENGTH}}}")]:
        yield _cell(table, row, "output_type_id", f"the name of a sample, 1 to {ID_LENGTH} characters")


def _levels(id: pd.Series, frozen: Frozen) -> pd.Series:
    """Levels as the tasks write them: 0.5, .50 and 5e-1 are one; None for what is no level of theirs."""
    def written(text: str) -> str | None:
        return next((str(level) for level in frozen.level if abs(float(text) - level) < SAME_LEVEL), None)

    known = {text: written(text) for text in id[id.str.fullmatch(NUMBER)].unique()}
    return id.map(known)


def _ids(table: pd.DataFrame, frozen: Frozen) -> pd.Series:
    quantile = table["output_type"] == "quantile"
    return table["output_type_id"].where(~quantile, _levels(table["output_type_id"].where(quantile, ""), frozen))


def _repetitions(given: pd.DataFrame, table: pd.DataFrame) -> Iterator[Finding]:
    """Tasks answered twice, by rows that are right in themselves; samples beyond those asked for."""
    keys = [*TASK, "output_type", "output_type_id"]
    again = table.duplicated(keys)
    if again.any():
        first = table.assign(first=table.index).groupby(keys, sort=False)["first"].transform("first")
        for row in table.index[again]:
            id, before = given.loc[row, "output_type_id"], given.loc[first[row], "output_type_id"]
            same = f" ({before} and {id} are one level)" if id != before else ""
            yield row, "output_type_id", "every task and output_type_id once", f"a repetition of row {first[row]}{same}", REMEDY
    samples = table[table["output_type"] == "sample"]
    for row in samples.index[samples.groupby(list(TASK)).cumcount() == SAMPLES]:
        yield row, "output_type_id", f"at most {SAMPLES} samples of a task", "more", REMEDY


def _numbers(table: pd.DataFrame) -> Iterator[Finding]:
    """Values that are no count, no whole count, no probability."""
    value, contacts = table["value"], table["target"] == CONTACTS
    rules = ((contacts & (value < 0), "a count, 0 or more"),
             (contacts & (value > MOST_CONTACTS), f"at most {MOST_CONTACTS:,} contacts"),
             ((table["output_type"] == "sample") & (value != np.floor(value)), "a whole number of contacts"),
             ((table["output_type"] == "pmf") & ~value.between(0, 1), "a probability, 0 to 1"))
    for wrong, expected in rules:
        for row in table.index[wrong]:
            yield row, "value", expected, f"{value[row]:g}", REMEDY


def _decreasing(table: pd.DataFrame) -> Iterator[Finding]:
    quantiles = table[table["output_type"] == "quantile"]
    ordered = quantiles.assign(level=quantiles["output_type_id"].astype(float)).sort_values("level", kind="stable")
    before = ordered.groupby(list(TASK), sort=False)["value"].shift()
    for row in ordered.index[ordered["value"] < before]:
        found = f"{ordered['value'][row]:g} after {before[row]:g}"
        yield row, "value", "quantiles that do not decrease with their level", found, REMEDY


def _probabilities(table: pd.DataFrame) -> Iterator[Finding]:
    for task, part in table[table["output_type"] == "pmf"].groupby(list(TASK), sort=False):
        if len(part) < len(ANSWER):
            yield part.index[0], "output_type_id", f"both answers of {task[-1]}, {' and '.join(ANSWER)}", "one", REMEDY
        elif not abs(part["value"].sum() - 1) < 1e-6:
            yield part.index[0], "value", f"probabilities of {task[-1]} that add up to 1", f"{part['value'].sum():g}", REMEDY


def _unknown(table: pd.DataFrame, column: str, allowed: list[str], of: str = "") -> Iterator[Finding]:
    for row in table.index[~table[column].isin(allowed)]:
        value = table.loc[row, column][:80]
        yield row, column, _few(allowed) + of, f"'{value}'", nearest(value, allowed) if len(allowed) < 30 else REMEDY


def _cell(table: pd.DataFrame, row: int, column: str, expected: str) -> Finding:
    return row, column, expected, f"'{table.loc[row, column][:80]}'", REMEDY


def _few(values: list[str]) -> str:
    return ", ".join(values[:6]) + (", ..." if len(values) > 6 else "") if values else "no row"


def _fault(path: Path, row: int, column: str, expected: str, found: str, remedy: str) -> Fault:
    return fault(path, f"row {row}, column {column}", expected, found, remedy)


# A CSV file of model output as text cells, with the row numbers that a spreadsheet shows.

MOST_ROWS = 1_000_000
MOST = 50
"""Faults of one file that are told one by one; of the others, how many."""
REMEDY = "Correct the file."


def read_cells(path: Path) -> pd.DataFrame:
    """Cells as text, by the number of their row: the header is row 1, and blank lines count.

    Raises
    ------
    InputError
        Where this is no CSV file with the columns of model output, or has no row of them.
    """
    text = read_text(path)
    seen: dict[str, str] = {}  # cells repeat: each text is kept once
    rows, numbers, ragged = [], [], []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        _check_header(path, header)
        for number, cells in enumerate(reader, start=2):
            if number > MOST_ROWS:
                raise InputError([fault(path, "whole file", f"at most {MOST_ROWS:,} rows", "more")])
            if len(cells) == len(header):
                rows.append([seen.setdefault(cell, cell) for cell in cells])
                numbers.append(number)
            elif cells:
                ragged.append((number, len(cells)))
    except csv.Error as error:
        where = f"row {reader.line_num}" if reader.line_num > 1 else "header"
        raise InputError([fault(path, where, "a row of a CSV file", str(error))]) from None
    if ragged:
        raise InputError(cut(path, (fault(path, f"row {number}", f"{len(header)} cells", str(many)) for number, many in ragged),
                             len(ragged)))
    if not rows:
        raise InputError([fault(path, "whole file", "rows of model output below the header", "none")])
    return pd.DataFrame(rows, columns=header, index=pd.Index(numbers, name="row"), dtype=object)[list(OUTPUT_COLUMNS)]


def cut(path: Path | str, faults: Iterator[Fault] | Sequence[Fault], many: int) -> list[Fault]:
    """The first faults, and how many more there are."""
    told = [one for one, _ in zip(faults, range(MOST), strict=False)]
    more = [fault(path, "whole file", "none of these faults", f"{many - MOST} more")] if many > MOST else []
    return told + more


def fault(path: Path | str, where: str, expected: str, found: str, remedy: str = REMEDY) -> Fault:
    """Fault of a file of model output."""
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)


def _check_header(path: Path, header: Sequence[str]) -> None:
    missing = [name for name in OUTPUT_COLUMNS if name not in header]
    twice = sorted({name for name in header if header.count(name) > 1}) if len(header) <= 100 else []
    strange = [name for name in header if name not in OUTPUT_COLUMNS]
    expected = f"the columns {', '.join(OUTPUT_COLUMNS)}"
    faults = [fault(path, "header", expected, f"no {', '.join(missing)}")] if missing else []
    faults += [fault(path, "header", "every column once", f"{name} twice") for name in twice if name in OUTPUT_COLUMNS]
    faults += [
        fault(path, "header", expected, f"'{name[:80]}' besides", nearest(name[:80], OUTPUT_COLUMNS)) for name in strange
        if not missing]
    if faults:
        raise InputError(first_of(faults))


# Names of the models that are scored side by side: no two alike, and none that of the frozen forecast.

OURS = "frozen"


def forecaster_names(paths: Sequence[Path]) -> dict[str, Path]:
    """Names of the files of others, each without its suffix; folders go before where names would be alike.

    Parameters
    ----------
    paths : sequence of Path
        As ``<team-model>/<date>-<team>-<model>.csv`` in a hub, or any other files.

    Raises
    ------
    InputError
        Where one file is given twice.
    """
    places = [path.resolve() for path in paths]
    twice = [path for path, many in Counter(places).items() if many > 1]
    if twice:
        raise InputError([Fault(source=str(path), where="option --with", expected="every file once", found="the same file twice",
                                remedy="Name it once.") for path in twice])
    return dict(zip((_name(place, places) for place in places), paths, strict=True))


def _name(place: Path, places: Sequence[Path]) -> str:
    """As few parts of the path as tell it apart."""
    for depth in range(1, len(place.parts)):
        name = _last(place, depth)
        if name != OURS and sum(_last(other, depth) == name for other in places) == 1:
            return name
    return str(place)


def _last(place: Path, depth: int) -> str:
    return "/".join((*place.parts[-depth:-1], place.stem))


# Forecasts of several models in one representation, scored side by side by what came.

SCORE_COLUMNS = ("model", "scenario", "loss", "task", "value")
KIND = ["scenario", "loss"]


def side_by_side(outputs: Mapping[str, pd.DataFrame], frozen: Frozen, outcome: str, contacts: Mapping[str, np.ndarray],
                 answers: Mapping[str, bool], months: int) -> pd.DataFrame:
    """One row per model, loss and task that is decided; ``shared`` where all models with this loss answered it.

    Means are comparable over shared tasks only: who leaves out the hard ones must not gain by it.

    Parameters
    ----------
    outputs : mapping of str to DataFrame
        Model -> its output.
    outcome : str
        Who won: scenarios with another outcome are left out.
    contacts : mapping of str to (month,) array
        By rank.
    answers : mapping of str to bool
        Of the questions that are decided.
    months : int
        Months that are over.
    """
    happened = [name for name, one in frozen.scenario.items() if set(one.outcome) == {outcome} or len(one.outcome) > 1]
    over = {month: place for place, month in enumerate(frozen.month[:months])}
    rows = []
    for model, output in outputs.items():
        chosen = output[output["scenario_id"].isin(happened)]
        counts = chosen[(chosen["target"] == CONTACTS) & chosen["target_month"].isin(over)]
        rows += [(model, *row) for row in _contacts(counts, contacts, over, frozen.level)]
        asked = chosen[(chosen["target"] == QUESTION) & chosen["question"].isin(answers) & (chosen["output_type_id"] == "yes")]
        loss = rules().brier_score(asked["question"].map(answers).astype(float).to_numpy(), asked["value"].to_numpy())
        rows += [(model, scenario, "Brier score", id, float(one))
                 for scenario, id, one in zip(asked["scenario_id"], asked["question"], np.atleast_1d(loss), strict=True)]
    found = pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
    models = found.groupby(KIND)["model"].transform("nunique")
    return found.assign(shared=found.groupby([*KIND, "task"])["model"].transform("nunique") == models)


def _contacts(output: pd.DataFrame, contacts: Mapping[str, np.ndarray], over: Mapping[str, int],
              level: Sequence[float]) -> Iterator[tuple[Any, ...]]:
    keys = ["scenario_id", "rank", "target_month"]
    for kind, name, loss in (("sample", "CRPS of samples", _crps), ("quantile", "mean quantile score", _quantile)):
        for (scenario, rank, month), part in output[output["output_type"] == kind].groupby(keys, sort=False):
            if kind == "quantile" and sorted(part["output_type_id"].astype(float)) != sorted(level):
                continue  # a score over some of the levels compares with nothing
            happened = float(contacts[rank][over[month]])
            yield scenario, name, f"{rank} {month}", loss(part, happened)


def _crps(part: pd.DataFrame, happened: float) -> float:
    return float(rules().crps_ensemble(happened, part["value"].to_numpy()))


def _quantile(part: pd.DataFrame, happened: float) -> float:
    level = part["output_type_id"].astype(float).to_numpy()
    return float(np.mean(rules().quantile_score(np.full(len(level), happened), part["value"].to_numpy(), level)))
