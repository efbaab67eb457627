"""The files of a hub beside its tasks and forecasts, so that the hubverse's own validator can start.

``hub-config/admin.json`` by the schema of the same version as ``tasks.json``, ``hub-config/model-metadata-schema.json`` with what
this hub asks of its models, and ``model-metadata/<team>-<model>.yml``.
"""

import json
from typing import Any

from forecast.evaluation.frozen.record import Frozen
from forecast.evaluation.hub.tasks import SCHEMA, tasks

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
        f"model-metadata/{team}-{model}.yml": _yaml(_metadata(frozen, digest, team, model)),
    }


def _admin(frozen: Frozen, team: str) -> dict[str, Any]:
    """A hub that lies in a folder has no address yet: what names one is marked as a placeholder."""
    return {
        "schema_version": f"{SCHEMA}/admin-schema.json",
        "name": f"Contacts of the United States and {frozen.partner}, {frozen.month[0]} to {frozen.month[-1]}",
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


def _metadata(frozen: Frozen, digest: str, team: str, model: str) -> dict[str, Any]:
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
