"""From a run directory to a frozen forecast."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from forecast.contacts import codes
from forecast.errors import Fault, InputError
from forecast.evaluation.frozen.freeze import Told, frozen_baselines, frozen_scenario
from forecast.evaluation.frozen.record import Frozen, FrozenScenario
from forecast.outputs import MANIFEST
from forecast.panel import load_panel, shipped
from forecast.panel.elections import Election, load_election
from forecast.simulation.language import Question

TOLD = ("dyad", "partner", "as_of", "scenarios")
MADE_OF = ("versions", "hashes", "posterior", "gates", "pool", "priors", "seed", "paths", "data_version")


def freeze(run: Path, data: Path | None, frozen_on: date) -> Frozen:
    """Freeze a run; `data` is the folder that it was made from, the shipped one where none is given.

    Raises
    ------
    InputError
        Where this is no complete run, where data differ from those of the run, or scenarios are of several elections.
    """
    manifest = _manifest(run)
    election = _election(manifest, run)
    scenarios = {one["name"]: _told(one) for one in manifest["scenarios"]}
    folder = data or shipped.DYAD
    _check_data(folder, manifest, run)
    _check_files(run, scenarios)
    frozen = {name: _frozen(run, one) for name, one in scenarios.items()}
    questions = {one.id: one for scenario in scenarios.values() for one in scenario.questions}
    first = pd.read_parquet(_file(run, next(iter(scenarios))), columns=["path", "month"])
    month = first.loc[first["path"] == first["path"].iloc[0], "month"]
    panel = load_panel(folder, as_of=date.fromisoformat(manifest["as_of"]))
    outcomes = sorted({name for one in scenarios.values() for name in one.outcome})
    baselines = {kind: frozen_baselines(panel, kind) for kind in {election.outcomes[name].type for name in outcomes}}
    return Frozen(
        dyad=manifest["dyad"], partner=manifest["partner"], election=election.id, frozen_on=frozen_on,
        as_of=date.fromisoformat(manifest["as_of"]), term_start=election.term_start, rank=codes.RANK.labels,
        month=tuple(pd.to_datetime(month).dt.strftime("%Y-%m")), scenario=frozen, questions=tuple(questions.values()),
        baseline={name: baselines[election.outcomes[name].type] for name in outcomes},
        made_of={key: manifest[key] for key in MADE_OF})


def _manifest(run: Path) -> Mapping[str, Any]:
    path = run / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError([_incomplete(path, "the manifest of a run", type(error).__name__)]) from None
    missing = [key for key in (*TOLD, *MADE_OF) if key not in manifest]
    if missing:
        raise InputError([_incomplete(path, "the manifest of a run", f"no key {', '.join(missing)}")])
    return manifest


def _check_files(run: Path, scenarios: Mapping[str, Told]) -> None:
    """Refuse a run of which something is gone."""
    asked = [name for name, one in scenarios.items() if one.questions]
    needed = [*(_file(run, name) for name in scenarios), *(_counted(run, name) for name in asked),
              *([run / "questions.csv"] if asked else [])]
    missing = [_incomplete(path, "a file of the run", "none") for path in needed if not path.exists()]
    if missing:
        raise InputError(missing)


def _incomplete(path: Path, expected: str, found: str) -> Fault:
    return Fault(source=str(path), where="the file", expected=expected, found=found,
                 remedy="Give a whole directory that forecast run wrote.")


def _told(content: Mapping[str, Any]) -> Told:
    """What the manifest says of a scenario; assumptions by name, because sizes are in the hashed file."""
    outcome = content["outcome"]
    chances = {outcome: 1.0} if isinstance(outcome, str) else {name: chance for name, chance in outcome.items() if chance > 0}
    assumes = [event["id"] for event in content["events"]] + [f"{one['office']} appetite" for one in content["cabinet"]]
    adjusted = [f"adjusted {key}" for key, value in content["adjustments"].items() if _says(value)]
    return Told(name=content["name"], title=content["title"], outcome=chances, assumes=(*assumes, *adjusted),
                questions=tuple(Question.model_validate(one) for one in content["questions"]))


def _says(value: Any) -> bool:
    return any(map(_says, value.values())) if isinstance(value, Mapping) else value is not None


def _election(manifest: Mapping[str, Any], run: Path) -> Election:
    ids = {one["election"] for one in manifest["scenarios"]}
    if len(ids) > 1:
        raise InputError([Fault(source=str(run), where="manifest.json, key scenarios", expected="scenarios of one election",
                                found=", ".join(sorted(ids)), remedy="Freeze runs of one election.")])
    return load_election(ids.pop())


def _check_data(folder: Path, manifest: Mapping[str, Any], run: Path) -> None:
    name = f"data {manifest['dyad']}/contacts.csv"
    file = folder / "contacts.csv"
    found = hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else "no file"
    if manifest["hashes"].get(name) != found:
        raise InputError([Fault(source=str(file), where=f"its hash in {run / MANIFEST}",
                                expected=str(manifest["hashes"].get(name)), found=found,
                                remedy="Give the data of the run with --data, unchanged, or run the forecast again.")])


def _file(run: Path, name: str) -> Path:
    return run / "trajectories" / f"{name}.parquet"


def _counted(run: Path, name: str) -> Path:
    return run / "trajectories" / f"{name}_questions.parquet"


def _frozen(run: Path, scenario: Told) -> FrozenScenario:
    columns = ["path", "month", *(f"contact_{rank}" for rank in codes.RANK.labels)]
    paths = pd.read_parquet(_file(run, scenario.name), columns=columns)
    answers = pd.read_csv(run / "questions.csv") if scenario.questions else pd.DataFrame(columns=["scenario", "id"])
    counted = pd.read_parquet(_counted(run, scenario.name)) if scenario.questions else pd.DataFrame()
    return frozen_scenario(scenario, paths, counted, answers[answers["scenario"] == scenario.name])
