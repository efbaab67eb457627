"""``tasks.json``: what a hub for this forecast would ask, by the hubverse's schema of its configuration."""

from collections.abc import Iterable
from typing import Any

from forecast.evaluation.frozen.record import Frozen

SCHEMA_VERSION = "v6.0.0"
SCHEMA = f"https://raw.githubusercontent.com/hubverse-org/schemas/main/{SCHEMA_VERSION}"
SAMPLES = 100
"""Samples of a task at most."""
ID_LENGTH = 6
"""Characters of the name of a sample at most."""
NONE = "none"
CONTACTS, QUESTION = "contacts", "question"
TASK = ("origin_date", "scenario_id", "target", "target_month", "rank", "question")
COLUMNS = (*TASK, "output_type", "output_type_id", "value")
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
