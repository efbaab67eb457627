from dataclasses import replace

import pytest

from forecast.errors import InputError
from forecast.report.run import audit


def test_parts_of_one_run_pass(content):
    assert audit(content) is None


def test_summary_of_other_paths_is_refused(content):
    table = content.summary.copy()
    table.loc[(table["key"] == "all") & (table["scenario"] == "trump"), "mean"] += 1
    with pytest.raises(
        InputError, match="scenario trump, contacts 2025-2028: expected the trajectories' mean"
    ):
        audit(replace(content, summary=table))


def test_unsummarised_scenario_is_refused(content):
    table = content.summary[content.summary["scenario"] == "harris"]
    with pytest.raises(
        InputError, match=r"column scenario: expected \['harris', 'trump'\], found \['harris'\]"
    ):
        audit(replace(content, summary=table))


def test_different_numbers_of_paths_are_refused(content):
    runs = dict(content.trajectories) | {"trump": content.trajectories["trump"].isel(path=slice(50))}
    with pytest.raises(InputError, match="the same number of paths"):
        audit(replace(content, trajectories=runs))


def test_missing_contrast_is_refused(content):
    with pytest.raises(InputError, match=r"contrast\.csv: expected rows, found 0 rows"):
        audit(replace(content, contrast=content.contrast.iloc[:0]))


def test_relation_index_of_other_scenarios_is_refused(content):
    future = {"ranked": {"harris": content.relation.future["ranked"]["harris"]}}
    with pytest.raises(InputError, match="relation index, weights ranked"):
        audit(replace(content, relation=replace(content.relation, future=future)))
