"""A run directory, read back: its manifest, its trajectories and its answers, each checked before a number of it is used.

The hashes of the manifest say whether a file is as the program wrote it. They say nothing of a folder that somebody made up,
hashes included; its content must still be that of a run, or it is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecast import shipped
from forecast.config import LONGEST_NAME, LONGEST_WORD
from forecast.console import Progress
from forecast.contacts import codes
from forecast.errors import Fault, InputError, first_of
from forecast.evaluation.freezing import ScenarioSummary, frozen_baselines, frozen_scenario
from forecast.evaluation.frozen import MOST_PATHS, MOST_SCENARIOS, Frozen, FrozenScenario, Histogram, laid, read_frozen
from forecast.evaluation.platform_questions import Years
from forecast.files import MEGABYTE, check_ordinary, is_file, read_bytes, read_text
from forecast.outputs import MANIFEST, read_manifest
from forecast.panel import load_panel
from forecast.panel.elections import Election, load_election, load_elections, of_dyad
from forecast.report.columns import COUNTED, FUTURES
from forecast.simulation.scenario import Scenario
from forecast.yaml_reader import faults_of

MOST_ROWS = 200_000_000
"""Paths times months of one scenario."""
MOST_CONTACTS = 1_000_000
"""Of one month and rank, or counted for one question: more than any path can have."""
LARGEST_PARQUET = 16_384 * MEGABYTE
ANSWERS = "questions.csv"
RANKS = tuple(f"contact_{rank}" for rank in codes.RANK.labels)
Share = Annotated[float, Field(ge=0, le=1)]


class RunManifest(BaseModel):
    """What freezing needs of a run's manifest; further keys are for readers."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)

    dyad: str = Field(min_length=1, max_length=LONGEST_WORD)
    home: str = Field(default=shipped.CASE.home["name"], min_length=1, max_length=LONGEST_NAME)
    partner: str = Field(min_length=1, max_length=LONGEST_NAME)
    labels: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    as_of: date
    scenarios: tuple[Scenario, ...] = Field(min_length=1)
    then: tuple[Scenario, ...] = ()
    versions: Mapping[str, str]
    hashes: Mapping[str, str]
    posterior: Mapping[str, Mapping[str, str | bool]]
    gates: Mapping[str, Mapping[str, Any]]
    pool: Mapping[str, Share]
    priors: str
    seed: int
    paths: int = Field(gt=0, le=MOST_PATHS)
    paths_held: int | None = Field(default=None, gt=0)
    data_version: str


class QuestionRow(BaseModel):
    """A row of ``questions.csv``, as far as it is frozen."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    scenario: str
    id: str
    probability: Share
    mcse: float = Field(ge=0, le=1)


def read_run(run: Path) -> tuple[RunManifest, dict[str, Any]]:
    """The manifest of a run, as it was checked and as it stands in the file.

    Raises
    ------
    InputError
        Where this is no run, a file of it is missing or was changed, or the manifest does not say what a run's says.
    """
    content = read_manifest(run, "run")
    try:
        manifest = RunManifest.model_validate_json(json.dumps(content))
    except ValidationError as error:
        raise InputError(first_of(faults_of(error, run / MANIFEST, REMEDY))) from None
    names = [one.name for one in manifest.scenarios]
    if len(set(names)) < len(names):
        raise InputError([_fault(run / MANIFEST, "key scenarios", "every name once", ", ".join(names))])
    if missing := [name for name in needed(manifest.scenarios) if name not in content["files"]]:
        raise InputError(_fault(run / name, "whole file", "a file of the run", "none in its manifest") for name in missing)
    return manifest, content


def needed(scenarios: tuple[Scenario, ...]) -> list[str]:
    """Names of the files that a run of some scenarios has."""
    asked = [one.name for one in scenarios if one.questions]
    return [*(FUTURES.format(scenario=one.name) for one in scenarios), *(COUNTED.format(scenario=name) for name in asked),
            *([ANSWERS] if asked else [])]


def kept_paths(run: Path, scenario: Scenario, manifest: RunManifest) -> int:
    """How many futures of a scenario the run kept: all of them, or those that it held in memory (raises InputError)."""
    path, months = run / FUTURES.format(scenario=scenario.name), len(_months(scenario))
    rows = _rows(path)
    known = {manifest.paths, manifest.paths_held or manifest.paths}
    if rows not in {one * months for one in known}:
        raise InputError([_fault(path, "number of rows", " or ".join(f"{one * months:,}" for one in sorted(known)), f"{rows:,}")])
    return rows // months


def read_trajectories(run: Path, scenario: Scenario, paths: int,
                      columns: tuple[str, ...] = RANKS) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Contacts by path, month and rank of a scenario, and its months.

    Returns
    -------
    DataFrame
        Columns path and ``contact_<rank>``, or others that are asked for, one row per path and month in this order.
    tuple of str
        Months as YYYY-MM.
    """
    path = run / FUTURES.format(scenario=scenario.name)
    months = _months(scenario)
    table = _table(path, ("path", "month", *columns), paths * len(months))
    frame = table.select(["path", *columns]).to_pandas()
    number = frame["path"].to_numpy().reshape(-1, len(months))
    if not (number == np.arange(paths)[:, None]).all():
        raise InputError([_fault(path, "column path", f"every path from 0 to {paths - 1} with its {len(months)} months, in order",
                                 "another order")])
    month = table["month"].cast(pa.date32()).to_numpy().astype("datetime64[M]").reshape(-1, len(months))
    if not (month == months.to_timestamp().to_numpy().astype("datetime64[M]")).all():
        raise InputError([_fault(path, "column month", f"the months from {months[0]} to {months[-1]} of every path, in order",
                                 "others")])
    return frame, tuple(map(str, months))


def read_counts(run: Path, scenario: Scenario, paths: int) -> pd.DataFrame:
    """Contacts that count for each question of a scenario, one row per path."""
    if not scenario.questions:
        return pd.DataFrame()
    ids = tuple(one.id for one in scenario.questions)
    return _table(run / COUNTED.format(scenario=scenario.name), ids, paths).to_pandas()


def read_answers(run: Path, scenarios: tuple[Scenario, ...]) -> pd.DataFrame:
    """Rows of ``questions.csv``, one for every question of every scenario: scenario, id, probability, mcse."""
    asked = [(one.name, question.id) for one in scenarios for question in one.questions]
    columns = list(QuestionRow.model_fields)
    if not asked:
        return pd.DataFrame(columns=columns)
    path = run / ANSWERS
    try:
        table = pd.read_csv(StringIO(read_text(path)), dtype=str, keep_default_na=False)
        rows = [QuestionRow.model_validate(row) for row in table[columns].to_dict("records")]
    except ValidationError as error:
        raise InputError(first_of(faults_of(error, path, REMEDY, lambda key: f"column {key}"))) from None
    except (ValueError, KeyError) as error:  # a parser error is a ValueError
        raise InputError([_fault(path, "whole file", f"a table with the columns {', '.join(columns)}",
                                 str(error)[:100])]) from None
    found = [(row.scenario, row.id) for row in rows]
    if wrong := [key for key in asked if found.count(key) != 1]:
        raise InputError(_fault(path, f"question {id} of {name}", "one row", f"{found.count((name, id))}") for name, id in wrong)
    return pd.DataFrame([row.model_dump() for row in rows])


def _months(scenario: Scenario) -> pd.PeriodIndex:
    return pd.period_range(scenario.horizon.start, scenario.horizon.end, freq="M")


def _rows(path: Path) -> int:
    """Rows of a Parquet file, by its head."""
    check_ordinary([path], LARGEST_PARQUET)
    try:
        with pq.ParquetFile(path) as file:
            return int(file.metadata.num_rows)
    except (OSError, pa.ArrowException) as error:
        raise InputError([_fault(path, "whole file", "a Parquet file", str(error).partition("\n")[0][:100])]) from None


def _table(path: Path, columns: tuple[str, ...], rows: int) -> pa.Table:
    """Columns of whole numbers (and months) of a Parquet file that must have some number of rows."""
    check_ordinary([path], LARGEST_PARQUET)
    try:
        with pq.ParquetFile(path) as file:
            if fault := _misfit(path, file, columns, rows):
                raise InputError([fault])
            table = file.read(columns=list(columns))
        for name in columns:
            _check_values(path, name, table[name])
    except (OSError, pa.ArrowException) as error:
        raise InputError([_fault(path, "whole file", "a Parquet file", str(error).partition("\n")[0][:100])]) from None
    return table


def _misfit(path: Path, file: pq.ParquetFile, columns: tuple[str, ...], rows: int) -> Fault | None:
    """What in the head of a file is not as it must be, before any of its rows is read."""
    schema, found = file.schema_arrow, file.metadata.num_rows
    if found != rows or found > MOST_ROWS:
        return _fault(path, "number of rows", f"{min(rows, MOST_ROWS):,}", f"{found:,}")
    for name in columns:
        if schema.names.count(name) != 1:
            return _fault(path, "columns", f"'{name}'", f"{schema.names.count(name)} of that name")
        kind = schema.field(name).type
        if not (pa.types.is_date(kind) or pa.types.is_timestamp(kind) if name == "month" else pa.types.is_integer(kind)):
            return _fault(path, f"column {name}", "dates" if name == "month" else "whole numbers", str(kind))
    return None


def _check_values(path: Path, name: str, values: pa.ChunkedArray) -> None:
    if values.null_count:
        raise InputError([_fault(path, f"column {name}", "a value in every row", f"{values.null_count:,} rows without one")])
    if name == "month":
        return
    least, most = int(values.to_numpy().min()), int(values.to_numpy().max())
    if least < 0 or (name != "path" and most > MOST_CONTACTS):
        raise InputError([_fault(path, f"column {name}", f"numbers from 0 to {MOST_CONTACTS:,}", f"{least:,} to {most:,}")])


REMEDY = "Give a whole directory that forecast run wrote."


def _fault(path: Path, where: str, expected: str, found: str) -> Fault:
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=REMEDY)


# From a run directory to a frozen forecast.

MADE_OF = ("versions", "hashes", "posterior", "gates", "pool", "priors", "seed", "paths", "data_version")


def freeze(run: Path, data: Path | None, frozen_on: date, progress: Progress = lambda *_: None) -> Frozen:
    """Freeze a run; `data` is the folder that it was made from, the shipped one of its dyad where none is given.

    Raises
    ------
    InputError
        Where this is no complete run as the program wrote it, where data differ from those of the run, where it kept only some
        of its futures, or scenarios are of several elections.
    """
    manifest, content = read_run(run)
    folder = data or shipped_folder(manifest.dyad)
    check_own_record(manifest, run)
    election = _election(manifest.scenarios, run, folder)
    check_data(folder, manifest, run)
    check_all_kept(manifest, run)
    answers = read_answers(run, manifest.scenarios)
    frozen: dict[str, FrozenScenario] = {}
    month: tuple[str, ...] = ()
    for one in manifest.scenarios:
        progress("freeze futures", len(frozen), len(manifest.scenarios))
        paths, month = read_trajectories(run, one, manifest.paths)
        frozen[one.name] = frozen_scenario(_told(one), paths, read_counts(run, one, manifest.paths),
                                           answers[answers["scenario"] == one.name])
    progress("freeze futures", len(frozen), len(frozen))
    questions = {question.id: question for one in manifest.scenarios for question in one.questions}
    panel = load_panel(folder, as_of=manifest.as_of)
    outcomes = sorted({name for one in manifest.scenarios for name in one.chances})
    kinds = {election.outcomes[name].type for name in outcomes}
    baselines: dict[str, Any] = {}
    for kind in kinds:
        progress("freeze baselines", len(baselines), len(kinds))
        baselines[kind] = frozen_baselines(panel, kind)
    progress("freeze baselines", len(kinds), len(kinds))
    return laid(
        Frozen, run, f"Freeze a run of at most {MOST_SCENARIOS} scenarios, as forecast run wrote it.",
        dyad=manifest.dyad, home=manifest.home, partner=manifest.partner, election=election.id, frozen_on=frozen_on,
        as_of=manifest.as_of, term_start=election.term_start, rank=codes.RANK.labels,
        month=month, scenario=frozen, questions=tuple(questions.values()),
        baseline={name: baselines[election.outcomes[name].type] for name in outcomes},
        made_of={key: content[key] for key in MADE_OF})


def _told(scenario: Scenario) -> ScenarioSummary:
    """What the manifest says of a scenario; assumptions by name, because sizes are in the hashed file."""
    assumes = [event.id for event in scenario.events] + [f"{one.id} appetite" for one in scenario.cabinet]
    adjusted = [f"adjusted {key}" for key, value in scenario.adjustments.model_dump(mode="json").items() if _says(value)]
    set_ = [f"sets {name}" for name in scenario.covariates]
    return ScenarioSummary(name=scenario.name, title=scenario.title, outcome=scenario.chances,
                           assumes=(*assumes, *adjusted, *set_),
                           questions=scenario.questions)


def _says(value: Any) -> bool:
    return any(map(_says, value.values())) if isinstance(value, Mapping) else value is not None


def _election(scenarios: tuple[Scenario, ...], run: Path, folder: Path) -> Election:
    """The election that all scenarios are of, with every outcome that they name."""
    ids = {one.election for one in scenarios}
    spans = {(one.horizon.start, one.horizon.end) for one in scenarios}
    if len(ids) > 1 or len(spans) > 1:
        expected, found = (("scenarios of one election", ", ".join(sorted(ids))) if len(ids) > 1 else
                           ("scenarios of the same months", f"{len(spans)} spans"))
        raise InputError([Fault(source=str(run), where="manifest.json, key scenarios", expected=expected, found=found,
                                remedy="Freeze runs of one election and one horizon.")])
    election = load_election(ids.pop(), of_dyad(folder, "elections.yaml"))
    if unknown := sorted({name for one in scenarios for name in one.chances} - set(election.outcomes)):
        raise InputError([Fault(source=str(run), where="manifest.json, key scenarios", found=", ".join(unknown),
                                expected=f"outcomes of the election {election.id} ({', '.join(election.outcomes)})",
                                remedy="Give a directory that forecast run wrote.")])
    return election


def shipped_folder(dyad: str) -> Path:
    """The shipped folder of a dyad; that of the case where it has none."""
    return shipped.dyads().get(dyad, shipped.DYAD)


def check_all_kept(manifest: RunManifest, run: Path) -> None:
    """Refuse a run that kept only the first of its futures: its answers are those of more of them (raises InputError)."""
    kept = {one.name: kept_paths(run, one, manifest) for one in manifest.scenarios}
    faults = [Fault(source=str(run / FUTURES.format(scenario=name)), where="number of futures",
                    expected=f"all {manifest.paths:,} of the run", found=f"{found:,} that were kept",
                    remedy="Repeat the run with --all-paths, which keeps them all.")
              for name, found in kept.items() if found < manifest.paths]
    if faults:
        raise InputError(faults)


def check_own_record(manifest: RunManifest, run: Path) -> None:
    """Refuse a run that read more of the record or of elections than the dyad folder has (raises InputError)."""
    beyond = {"later": "contacts coded later (--later)", "elections": "a file of elections of its own (--elections)"}
    faults = [Fault(source=str(run), where=f"{MANIFEST}, key hashes", expected="a run of what a dyad folder has", found=told,
                    remedy="Put it into a copy of the dyad folder, and repeat the run with --data.")
              for kind, told in beyond.items() if any(name.partition(" ")[0] == kind for name in manifest.hashes)]
    if faults:
        raise InputError(faults)


OF_RECORD = ("dyad.yaml", "contacts.csv", "media.csv", "elections.yaml", "administrations.csv")
"""Files of a dyad folder that decide what is made of a run; the last two only where the folder has them."""


def check_data(folder: Path, manifest: RunManifest, run: Path) -> None:
    """Refuse a dyad folder whose tables or settings are not those of the run, nor absent as they were (raises InputError)."""
    start = f"data {manifest.dyad}/"
    told = {f"{start}{name}": manifest.hashes.get(f"{start}{name}", "none") for name in OF_RECORD}
    files = {name: folder / name.removeprefix(start) for name in told}
    found = {name: hashlib.sha256(read_bytes(file)).hexdigest() if is_file(file) else "none" for name, file in files.items()}
    faults = [Fault(source=str(files[name]), where=f"its hash in {run / MANIFEST}", expected=digest, found=found[name],
                    remedy="Give the data of the run with --data, unchanged, or run the forecast again.")
              for name, digest in told.items() if digest != found[name]]
    if faults:
        raise InputError(faults)


# What a public platform is asked: a frozen forecast, or a run that is frozen for it.

def laid_down(source: Path, data: Path | None, today: date) -> tuple[Frozen, str | None, Years | None]:
    """A frozen forecast with its hash; or what a run directory would freeze, with the totals of all its paths by year.

    Raises
    ------
    InputError
        Where it is neither, or was changed.
    """
    if not source.is_dir():
        return *read_frozen(source), None
    frozen = freeze(source, data, today)
    manifest, _ = read_run(source)
    return frozen, None, {one.name: _by_year(source, one, manifest.paths) for one in manifest.scenarios}


def _by_year(run: Path, scenario: Scenario, paths: int) -> dict[str, Histogram]:
    """Paths with 0, 1, 2, ... contacts in all in every calendar year of a scenario."""
    frame, months = read_trajectories(run, scenario, paths)
    total = frame[list(RANKS)].to_numpy().sum(axis=1).reshape(paths, -1)
    year = np.array([month[:4] for month in months])
    return {str(one): tuple(map(int, np.bincount(total[:, year == one].sum(axis=1)))) for one in np.unique(year)}


def election_of(frozen: Frozen, data: Path | None) -> Election | None:
    """The record of the election of a forecast; None where the records of a dyad, or the shipped ones, have none of its id."""
    return next((one for one in load_elections(of_dyad(data, "elections.yaml")) if one.id == frozen.election), None)
