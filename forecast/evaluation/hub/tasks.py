"""``tasks.json``: what a hub for this forecast would ask, by the hubverse's schema of its configuration (version 5.1.0)."""

from typing import Any

from forecast.evaluation.frozen.record import Frozen

SCHEMA = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v5.1.0/tasks-schema.json"
LEVEL = (0.05, 0.25, 0.5, 0.75, 0.95)
SAMPLES = 100
NONE = "none"
CONTACTS, QUESTION = "contacts", "question"
TASK = ("origin_date", "scenario_id", "target", "target_month", "rank", "question")
COLUMNS = (*TASK, "output_type", "output_type_id", "value")
ANSWER = ("no", "yes")


def tasks(frozen: Frozen) -> dict[str, Any]:
    """The configuration of one round, whose id is the as-of date."""
    return {
        "schema_version": SCHEMA,
        "rounds": [{
            "round_id_from_variable": True, "round_id": "origin_date",
            "model_tasks": [_contacts(frozen), *([_questions(frozen)] if frozen.questions else [])],
            "submissions_due": {"start": frozen.as_of.isoformat(), "end": frozen.term_start.isoformat()},
        }],
        "output_type_id_datatype": "character",
    }


def _contacts(frozen: Frozen) -> dict[str, Any]:
    quantile = {"required": [str(level) for level in LEVEL]}
    counted = {"type": "integer", "minimum": 0}
    pairing = {"type": "character", "max_length": 6, "min_samples_per_task": SAMPLES, "max_samples_per_task": SAMPLES,
               "compound_taskid_set": ["origin_date", "target"]}
    return {
        "task_ids": _task_ids(frozen, CONTACTS, list(frozen.month), list(frozen.rank), [NONE]),
        "output_type": {
            "mean": {"output_type_id": {"required": None}, "is_required": False, "value": {"type": "double", "minimum": 0}},
            "quantile": {"output_type_id": {"required": [float(one) for one in quantile["required"]]}, "is_required": False,
                         "value": {"type": "double", "minimum": 0}},
            "sample": {"output_type_id_params": pairing, "is_required": False, "value": counted},
        },
        "target_metadata": [_metadata(CONTACTS, "Recorded contacts of a month", "contacts", "discrete")],
    }


def _questions(frozen: Frozen) -> dict[str, Any]:
    ids = [one.id for one in frozen.questions]
    return {
        "task_ids": _task_ids(frozen, QUESTION, [NONE], [NONE], ids),
        "output_type": {"pmf": {"output_type_id": {"required": list(ANSWER)}, "is_required": False,
                                "value": {"type": "double", "minimum": 0, "maximum": 1}}},
        "target_metadata": [_metadata(QUESTION, "Answer to a dated question", "probability", "nominal")],
    }


def _task_ids(frozen: Frozen, target: str, month: list[str], rank: list[str], question: list[str]) -> dict[str, Any]:
    def one_of(values: list[str]) -> dict[str, Any]:
        return {"required": None, "optional": values}

    return {"origin_date": one_of([frozen.as_of.isoformat()]), "scenario_id": one_of(list(frozen.scenario)),
            "target": {"required": [target], "optional": None}, "target_month": one_of(month), "rank": one_of(rank),
            "question": one_of(question)}


def _metadata(target: str, name: str, units: str, kind: str) -> dict[str, Any]:
    """Months are named, not counted from the origin: no target is a step ahead."""
    return {"target_id": target, "target_name": name, "target_units": units, "target_keys": {"target": target},
            "target_type": kind, "is_step_ahead": False}
