"""Model output of others, checked against the tasks of a frozen forecast."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from forecast.errors import Fault, InputError, nearest
from forecast.evaluation.frozen.record import Frozen
from forecast.evaluation.hub.tasks import ANSWER, COLUMNS, CONTACTS, NONE, QUESTION, TASK

TYPES = ("mean", "quantile", "sample", "pmf")
MOST = 20


def read_model_output(path: Path, frozen: Frozen) -> pd.DataFrame:
    """Read a CSV of model output for the round of a frozen forecast.

    Raises
    ------
    InputError
        Where this is no CSV file; else with every fault by row and column: unknown columns or values, quantiles that decrease,
        probabilities that do not add up, tasks answered twice.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:  # ValueError: parser errors, no columns, not UTF-8
        what = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise InputError([_fault(path, "the file", "a CSV file of model output", what, "Give another file.")]) from None
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise InputError([_fault(path, "header", f"the columns {', '.join(COLUMNS)}", f"no {', '.join(missing)}")])
    found = table[list(COLUMNS)]
    faults = [*_cell_faults(path, found, frozen)]
    if not faults:
        found = found.assign(value=found["value"].astype(float))
        faults = [*_task_faults(path, found)]
    if faults:
        raise InputError(faults[:MOST])
    return found


def _cell_faults(path: Path, table: pd.DataFrame, frozen: Frozen) -> Iterator[Fault]:
    known = {"origin_date": [frozen.as_of.isoformat()], "scenario_id": list(frozen.scenario), "target": [CONTACTS, QUESTION],
             "target_month": [*frozen.month, NONE], "rank": [*frozen.rank, NONE],
             "question": [*(one.id for one in frozen.questions), NONE], "output_type": TYPES}
    for column, allowed in known.items():
        for row in table.index[~table[column].isin(allowed)]:
            value = table.loc[row, column]
            yield _fault(path, f"row {row + 2}, column {column}", _few(allowed), f"'{value}'", nearest(value, allowed))
    numbers = pd.to_numeric(table["value"], errors="coerce")
    for row in table.index[numbers.isna()]:
        yield _fault(path, f"row {row + 2}, column value", "a number", f"'{table.loc[row, 'value']}'")
    level = pd.to_numeric(table["output_type_id"], errors="coerce")
    for row in table.index[(table["output_type"] == "quantile") & ~level.between(0, 1, inclusive="neither")]:
        yield _id_fault(path, table, row, "a level between 0 and 1")
    for row in table.index[(table["output_type"] == "pmf") & ~table["output_type_id"].isin(ANSWER)]:
        yield _id_fault(path, table, row, " or ".join(ANSWER))


def _id_fault(path: Path, table: pd.DataFrame, row: int, expected: str) -> Fault:
    return _fault(path, f"row {row + 2}, column output_type_id", expected, f"'{table.loc[row, 'output_type_id']}'")


def _task_faults(path: Path, table: pd.DataFrame) -> Iterator[Fault]:
    for row in table.index[table.duplicated([*TASK, "output_type", "output_type_id"])]:
        yield _fault(path, f"row {row + 2}", "every task and output_type_id once", "a repetition")
    for row in table.index[(table["target"] == CONTACTS) & (table["value"] < 0)]:
        yield _fault(path, f"row {row + 2}, column value", "a count, 0 or more", f"{table.loc[row, 'value']:g}")
    for task, part in table[table["output_type"] == "pmf"].groupby(list(TASK), sort=False):
        if not (abs(part["value"].sum() - 1) < 1e-6 and part["value"].between(0, 1).all()):
            yield _fault(path, f"row {part.index[0] + 2}, question {task[-1]}", "probabilities that add up to 1",
                         f"{part['value'].sum():g}")
    quantiles = table[table["output_type"] == "quantile"]
    ordered = quantiles.assign(level=quantiles["output_type_id"].astype(float)).sort_values("level")
    for _, part in ordered.groupby(list(TASK), sort=False):
        if (part["value"].diff() < 0).any():
            yield _fault(path, f"row {part.index[0] + 2}", "quantiles that do not decrease", str(part["value"].tolist()))


def _few(values: list[str]) -> str:
    return ", ".join(values[:6]) + (", ..." if len(values) > 6 else "")


def _fault(path: Path, where: str, expected: str, found: str, remedy: str = "Correct the file.") -> Fault:
    return Fault(source=path.name, where=where, expected=expected, found=found, remedy=remedy or "Correct the file.")
