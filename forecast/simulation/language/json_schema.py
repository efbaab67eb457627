"""The language as JSON Schema, for editors that complete keys and mark faults while one types."""

from typing import Any

from forecast.simulation.language.scenario import Scenario

OWN = ["name", "title", "description"]
"""Keys that every file gives itself, also where it extends another."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Schema of a scenario file: a file that extends another may leave out what that one says."""
    schema = Scenario.model_json_schema()
    inline = schema["properties"]["questions"]
    schema["properties"]["questions"] = {
        "description": "A list of questions, or the name of a file with such a list.",
        "anyOf": [{"type": "string"}, {key: value for key, value in inline.items() if key != "default"}]}
    alone = [key for key in schema["required"] if key not in OWN]
    _loosen(schema["$defs"], "Event", ["id"])
    _loosen(schema["$defs"], "Official", ["id"])
    _loosen(schema["$defs"], "Question", ["id"])
    _loosen(schema["$defs"], "Horizon", [])
    return {"$schema": DIALECT, "$id": "forecast-scenario.json", **schema, "required": OWN,
            "if": {"not": {"required": ["extends"]}}, "then": {"required": alone}}


def _loosen(parts: dict[str, Any], name: str, required: list[str]) -> None:
    """Of a part that is merged with that of a parent, only these keys must stand in every file."""
    parts[name]["required"] = required
