"""Forecasts in the model-output format of the hubverse: ours written, others' read and scored beside ours.

Files of a hub beside its tasks and forecasts
---------------------------------------------
They are there so that the hubverse's own validator can start.

``hub-config/admin.json`` by the schema of the same version as ``tasks.json``, ``hub-config/model-metadata-schema.json`` with what
this hub asks of its models, and ``model-metadata/<team>-<model>.yml``.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from forecast.evaluation.freezing import of_months
from forecast.evaluation.frozen import Frozen, FrozenScenario

# A frozen forecast as model output: means, quantiles, paired samples of contacts, and probabilities of answers.

def model_output(frozen: Frozen) -> pd.DataFrame:
    """All scenarios in one table.

    Samples with one ``output_type_id`` belong to one path: they are paired over months, ranks and scenarios.
    """
    origin = frozen.as_of.isoformat()
    rows = [(origin, name, *row) for name, one in frozen.scenario.items() for row in _rows(frozen, one)]
    return pd.DataFrame(rows, columns=list(OUTPUT_COLUMNS))


def _rows(frozen: Frozen, one: FrozenScenario) -> Iterator[tuple[Any, ...]]:
    forecast, months = of_months(one, frozen.rank, len(frozen.month)), len(frozen.month)
    mean, level = forecast.mean, {level: forecast.quantile(level) for level in frozen.level}
    draws = np.array(one.draws)[:samples(frozen)]
    for place, rank in enumerate(frozen.rank):
        for at, month in enumerate(frozen.month):
            task, cell = (CONTACTS, month, rank, NONE), (place + 1) * months + at
            yield (*task, "mean", "NA", float(mean[cell]))
            for share, values in level.items():
                yield (*task, "quantile", str(share), float(values[cell]))
            for path, value in enumerate(draws[:, at, place]):
                yield (*task, "sample", str(path), float(value))
    for id, answer in one.question.items():
        for name, chance in zip(ANSWER, (1 - answer.probability, answer.probability), strict=True):
            yield (QUESTION, NONE, NONE, id, "pmf", name, chance)


# ``tasks.json``: what a hub for this forecast would ask, by the hubverse's schema of its configuration.

SCHEMA_VERSION = "v6.0.0"
SCHEMA = f"https://raw.githubusercontent.com/hubverse-org/schemas/main/{SCHEMA_VERSION}"
SAMPLES = 100
"""Samples of a task at most."""
ID_LENGTH = 6
"""Characters of the name of a sample at most."""
NONE = "none"
CONTACTS, QUESTION = "contacts", "question"
TASK = ("origin_date", "scenario_id", "target", "target_month", "rank", "question")
OUTPUT_COLUMNS = (*TASK, "output_type", "output_type_id", "value")
ANSWER = ("no", "yes")


def tasks(frozen: Frozen) -> dict[str, Any]:
    """The configuration of one round, whose id is the as-of date."""
    return {
        "schema_version": f"{SCHEMA}/tasks-schema.json",
        "rounds": [{
            "round_id_from_variable": True, "round_id": "origin_date",
            "model_tasks": [_contacts(frozen),
                            *(_questions(frozen, names, ids) for ids, names in asked_together(frozen).items())],
            "submissions_due": {"start": frozen.as_of.isoformat(), "end": frozen.term_start.isoformat()},
        }],
        "output_type_id_datatype": "character",
    }


def asked_together(frozen: Frozen) -> dict[tuple[str, ...], list[str]]:
    """Ids of questions -> the scenarios that ask exactly these."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name, one in frozen.scenario.items():
        if one.question:
            found.setdefault(tuple(one.question), []).append(name)
    return found


def samples(frozen: Frozen) -> int:
    """Paths that a forecast gives one by one: fewer than ``SAMPLES`` where the run had fewer."""
    return min(SAMPLES, *(len(one.draws) for one in frozen.scenario.values()))


def _contacts(frozen: Frozen) -> dict[str, Any]:
    pairing = {"type": "character", "max_length": ID_LENGTH, "min_samples_per_task": samples(frozen),
               "max_samples_per_task": SAMPLES, "compound_taskid_set": ["origin_date", "target"]}
    return {
        "task_ids": _task_ids(frozen, frozen.scenario, CONTACTS, frozen.month, frozen.rank, [NONE]),
        "output_type": {
            "mean": {"output_type_id": {"required": None}, "is_required": False, "value": {"type": "double", "minimum": 0}},
            "quantile": {"output_type_id": {"required": list(frozen.level)}, "is_required": False,
                         "value": {"type": "double", "minimum": 0}},
            "sample": {"output_type_id_params": pairing, "is_required": False, "value": {"type": "integer", "minimum": 0}},
        },
        "target_metadata": [_metadata(CONTACTS, "Recorded contacts of a month", "contacts", "discrete")],
    }


def _questions(frozen: Frozen, scenarios: list[str], ids: tuple[str, ...]) -> dict[str, Any]:
    return {
        "task_ids": _task_ids(frozen, scenarios, QUESTION, [NONE], [NONE], ids),
        "output_type": {"pmf": {"output_type_id": {"required": list(ANSWER)}, "is_required": False,
                                "value": {"type": "double", "minimum": 0, "maximum": 1}}},
        "target_metadata": [_metadata(QUESTION, "Answer to a dated question", "probability", "nominal")],
    }


def _task_ids(frozen: Frozen, scenarios: Iterable[str], target: str, month: Iterable[str], rank: Iterable[str],
              question: Iterable[str]) -> dict[str, Any]:
    def one_of(values: Iterable[str]) -> dict[str, Any]:
        return {"required": None, "optional": list(values)}

    return {"origin_date": one_of([frozen.as_of.isoformat()]), "scenario_id": one_of(scenarios),
            "target": {"required": [target], "optional": None}, "target_month": one_of(month), "rank": one_of(rank),
            "question": one_of(question)}


def _metadata(target: str, name: str, units: str, kind: str) -> dict[str, Any]:
    """Months are named, not counted from the origin: no target is a step ahead."""
    return {"target_id": target, "target_name": name, "target_units": units, "target_keys": {"target": target},
            "target_type": kind, "is_step_ahead": False}


# The files of a hub beside its tasks and forecasts, so that the hubverse's own validator can start.

ABBREVIATION = r"[A-Za-z0-9_]{1,16}"
"""What the hubverse allows for the abbreviations of a team and of a model: its file names are split at hyphens."""


def hub_files(frozen: Frozen, digest: str, team: str, model: str) -> dict[str, str]:
    """Texts of a hub's files by their place in it, but for the forecast itself.

    Parameters
    ----------
    frozen : Frozen
        The forecast that the hub asks for.
    digest : str
        Its hash.
    team, model : str
        Abbreviations that match :data:`ABBREVIATION`.
    """
    return {
        "hub-config/admin.json": _json(_admin(frozen, team)),
        "hub-config/tasks.json": _json(tasks(frozen)),
        "hub-config/model-metadata-schema.json": _json(_metadata_schema()),
        f"model-metadata/{team}-{model}.yml": _yaml(_hub_metadata(frozen, digest, team, model)),
    }


def _admin(frozen: Frozen, team: str) -> dict[str, Any]:
    """A hub that lies in a folder has no address yet: what names one is marked as a placeholder."""
    return {
        "schema_version": f"{SCHEMA}/admin-schema.json",
        "name": f"Official contacts: {frozen.home} and {frozen.partner}, {frozen.month[0]} to {frozen.month[-1]}",
        "maintainer": team,
        "contact": {"name": team},
        "repository": {"host": "github", "owner": team, "name": "hub"},
        "file_format": ["csv"],
        "timezone": "America/New_York",
        "additional_metadata": {
            "placeholders": "maintainer, contact and repository were not given: they repeat the abbreviation of the team. "
                            "Whoever publishes this hub replaces them."},
    }


def _metadata_schema() -> dict[str, Any]:
    abbreviation = {"type": "string", "pattern": f"^{ABBREVIATION}$", "maxLength": 16}
    text = {"type": "string"}
    details = {"type": "object", "properties": {"data_inputs": text, "methods": text | {"maxLength": 200}, "methods_long": text},
               "required": ["data_inputs", "methods"], "additionalProperties": False}
    contributor = {"type": "object", "properties": {"name": text, "affiliation": text, "orcid": text, "email": text}}
    required = {"team_name": text, "team_abbr": abbreviation, "model_name": text, "model_abbr": abbreviation,
                "model_contributors": {"type": "array", "items": contributor}, "model_details": details}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Metadata of a model",
        "description": "What a hub for contacts of a dyad asks of every model.",
        "type": "object",
        "properties": required | {"model_version": text, "website_url": text, "license": text, "citation": text},
        "required": list(required),
        "additionalProperties": True,
    }


def _hub_metadata(frozen: Frozen, digest: str, team: str, model: str) -> dict[str, Any]:
    return {
        "team_name": team, "team_abbr": team, "model_name": model, "model_abbr": model,
        "model_version": f"frozen on {frozen.frozen_on}, SHA-256 {digest}",
        "model_contributors": [{"name": team}],
        "model_details": {
            "data_inputs": f"Coded contacts of the dyad {frozen.dyad} up to {frozen.as_of}.",
            "methods": "Bayesian hierarchical models of coded contacts, and Monte Carlo simulation of the coming months.",
        },
    }


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _yaml(content: dict[str, Any]) -> str:
    """Every value as JSON, which YAML includes: an abbreviation such as ``no`` or ``1e5`` stays a text under any YAML."""
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in content.items())
