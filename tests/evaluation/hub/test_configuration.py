"""A hub has what the hubverse's validator opens first, of the newest schemas, and asks for no more than it gives itself."""

import json
import re

import pytest

from forecast.config import read_yaml
from forecast.evaluation.hub import ABBREVIATION, hub_files, model_output, tasks
from tests.evaluation.frozen.example import frozen


@pytest.fixture
def files():
    return hub_files(frozen(), "0" * 64, "no", "1e5")


def test_both_configurations_are_of_one_version_of_the_schemas(files):
    base = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0"
    for name in ("admin", "tasks"):
        assert json.loads(files[f"hub-config/{name}.json"])["schema_version"] == f"{base}/{name}-schema.json"


def test_the_administration_has_all_keys_of_its_schema_and_no_other(files):
    found = json.loads(files["hub-config/admin.json"])
    assert set(found) == {"schema_version", "name", "maintainer", "contact", "repository", "file_format", "timezone",
                          "additional_metadata"}  # the last one is where the schema allows words of one's own
    assert set(found["repository"]) == {"host", "owner", "name"}
    assert found["repository"]["host"] == "github"
    assert found["file_format"] == ["csv"]
    assert "replaces them" in found["additional_metadata"]["placeholders"]


def test_metadata_meet_the_schema_of_this_hub_and_stay_texts(files, tmp_path):
    schema = json.loads(files["hub-config/model-metadata-schema.json"])
    (tmp_path / "no-1e5.yml").write_text(files["model-metadata/no-1e5.yml"])
    found = read_yaml(tmp_path / "no-1e5.yml")
    assert set(schema["required"]) <= set(found) <= set(schema["properties"])
    assert (found["team_abbr"], found["model_abbr"]) == ("no", "1e5")  # not False, not 100000
    for key in ("team_abbr", "model_abbr"):
        rule = schema["properties"][key]
        assert re.search(rule["pattern"], found[key])
        assert rule["maxLength"] == 16
    assert len(found["model_details"]["methods"]) <= 200


@pytest.mark.parametrize(("text", "right"), [("a", True), ("A_9" * 5, True), ("a" * 16, True), ("a" * 17, False), ("", False),
                                             ("a-b", False), ("a b", False), ("a/b", False), ("a\n", False), ("é", False)])
def test_abbreviations_are_those_of_the_hubverse(text, right):
    assert bool(re.fullmatch(ABBREVIATION, text)) is right


def test_no_more_samples_are_asked_for_than_the_forecast_gives():
    """Four paths: a minimum of a hundred would refuse the forecast itself."""
    asked = tasks(frozen())["rounds"][0]["model_tasks"][0]["output_type"]["sample"]["output_type_id_params"]
    samples = model_output(frozen()).query("output_type == 'sample'").groupby(["scenario_id", "rank", "target_month"]).size()
    assert asked["min_samples_per_task"] == 4 == samples.min() == samples.max() <= asked["max_samples_per_task"]
    assert asked["compound_taskid_set"] == ["origin_date", "target"]


def test_levels_asked_for_are_those_that_were_frozen():
    for given, many in ((frozen(), 7), (frozen(format=1), 5)):
        asked = tasks(given)["rounds"][0]["model_tasks"][0]["output_type"]["quantile"]["output_type_id"]["required"]
        written = model_output(given).query("output_type == 'quantile'")["output_type_id"].unique()
        assert tuple(asked) == given.level == tuple(map(float, written))
        assert len(asked) == many


def test_questions_are_asked_of_the_scenarios_that_have_them():
    without = {name: one if name == "one" else one.model_copy(update={"question": {}}) for name, one in frozen().scenario.items()}
    found = tasks(frozen(scenario=without))["rounds"][0]["model_tasks"]
    assert [one["task_ids"]["scenario_id"]["optional"] for one in found] == [["one", "other", "open"], ["one"]]
    nobody = {name: one.model_copy(update={"question": {}}) for name, one in without.items()}
    assert len(tasks(frozen(scenario=nobody, questions=()))["rounds"][0]["model_tasks"]) == 1


def test_names_of_targets_and_limits_are_within_the_schema():
    for one in tasks(frozen())["rounds"][0]["model_tasks"]:
        [about] = one["target_metadata"]
        assert about["target_id"] == about["target_keys"]["target"] == one["task_ids"]["target"]["required"][0]
        assert len(about["target_id"]) <= 30
