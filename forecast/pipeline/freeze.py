"""From a run directory to a frozen forecast."""

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from forecast.contacts import codes
from forecast.errors import Fault, InputError
from forecast.evaluation.frozen.freeze import Told, frozen_baselines, frozen_scenario
from forecast.evaluation.frozen.record import Frozen
from forecast.files import read_bytes
from forecast.outputs import MANIFEST
from forecast.panel import load_panel, shipped
from forecast.panel.elections import Election, load_election
from forecast.pipeline.run_directory import RunManifest, read_answers, read_counts, read_run, read_trajectories
from forecast.simulation.language import Scenario

MADE_OF = ("versions", "hashes", "posterior", "gates", "pool", "priors", "seed", "paths", "data_version")


def freeze(run: Path, data: Path | None, frozen_on: date) -> Frozen:
    """Freeze a run; `data` is the folder that it was made from, the shipped one where none is given.

    Raises
    ------
    InputError
        Where this is no complete run as the program wrote it, where data differ from those of the run, or scenarios are of
        several elections.
    """
    manifest, content = read_run(run)
    election = _election(manifest.scenarios, run)
    folder = data or shipped.DYAD
    _check_data(folder, manifest, run)
    answers = read_answers(run, manifest.scenarios)
    frozen, month = {}, ()
    for one in manifest.scenarios:
        paths, month = read_trajectories(run, one, manifest.paths)
        frozen[one.name] = frozen_scenario(_told(one), paths, read_counts(run, one, manifest.paths),
                                           answers[answers["scenario"] == one.name])
    questions = {question.id: question for one in manifest.scenarios for question in one.questions}
    panel = load_panel(folder, as_of=manifest.as_of)
    outcomes = sorted({name for one in manifest.scenarios for name in one.chances})
    baselines = {kind: frozen_baselines(panel, kind) for kind in {election.outcomes[name].type for name in outcomes}}
    return Frozen(
        dyad=manifest.dyad, partner=manifest.partner, election=election.id, frozen_on=frozen_on,
        as_of=manifest.as_of, term_start=election.term_start, rank=codes.RANK.labels,
        month=month, scenario=frozen, questions=tuple(questions.values()),
        baseline={name: baselines[election.outcomes[name].type] for name in outcomes},
        made_of={key: content[key] for key in MADE_OF})


def _told(scenario: Scenario) -> Told:
    """What the manifest says of a scenario; assumptions by name, because sizes are in the hashed file."""
    assumes = [event.id for event in scenario.events] + [f"{one.office} appetite" for one in scenario.cabinet]
    adjusted = [f"adjusted {key}" for key, value in scenario.adjustments.model_dump(mode="json").items() if _says(value)]
    return Told(name=scenario.name, title=scenario.title, outcome=scenario.chances, assumes=(*assumes, *adjusted),
                questions=scenario.questions)


def _says(value: Any) -> bool:
    return any(map(_says, value.values())) if isinstance(value, Mapping) else value is not None


def _election(scenarios: tuple[Scenario, ...], run: Path) -> Election:
    """The election that all scenarios are of, with every outcome that they name."""
    ids = {one.election for one in scenarios}
    spans = {(one.horizon.start, one.horizon.end) for one in scenarios}
    if len(ids) > 1 or len(spans) > 1:
        expected, found = (("scenarios of one election", ", ".join(sorted(ids))) if len(ids) > 1 else
                           ("scenarios of the same months", f"{len(spans)} spans"))
        raise InputError([Fault(source=str(run), where="manifest.json, key scenarios", expected=expected, found=found,
                                remedy="Freeze runs of one election and one horizon.")])
    election = load_election(ids.pop())
    if unknown := sorted({name for one in scenarios for name in one.chances} - set(election.outcomes)):
        raise InputError([Fault(source=str(run), where="manifest.json, key scenarios", found=", ".join(unknown),
                                expected=f"outcomes of the election {election.id} ({', '.join(election.outcomes)})",
                                remedy="Give a directory that forecast run wrote.")])
    return election


def _check_data(folder: Path, manifest: RunManifest, run: Path) -> None:
    name = f"data {manifest.dyad}/contacts.csv"
    file = folder / "contacts.csv"
    found = hashlib.sha256(read_bytes(file)).hexdigest()
    if manifest.hashes.get(name) != found:
        raise InputError([Fault(source=str(file), where=f"its hash in {run / MANIFEST}",
                                expected=str(manifest.hashes.get(name)), found=found,
                                remedy="Give the data of the run with --data, unchanged, or run the forecast again.")])
