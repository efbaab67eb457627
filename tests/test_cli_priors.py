"""`forecast priors`: exit codes, and what is said."""

import pytest
from typer.testing import CliRunner

from cli import app
from tests.fixture.record import RECORD

PLANTED = """name: planted
title: A base that leaves the calendar
extends: default
component:
  agenda:
    breadth_scale: {distribution: half_normal, sigma: 10.0, reason: Planted by a test.}
"""


def call(*arguments):
    return CliRunner().invoke(app, ["priors", *map(str, arguments)])


@pytest.fixture
def absurd(tmp_path):
    path = tmp_path / "planted.yaml"
    path.write_text(PLANTED)
    return path


def test_an_absurd_set_is_warned_about_and_only_strictly_fails(absurd):
    lenient, strict = (call("check", absurd, "--data", RECORD, "--draws", 200, *more) for more in ((), ("--strict",)))
    assert (lenient.exit_code, strict.exit_code) == (0, 1)
    assert "agenda.breadth_scale (half-normal with sigma 10); with the default (half-normal with sigma 0.8)" in lenient.stdout
    assert "1 statistic absurd" in lenient.stdout
    assert "Prior set planted has" in strict.stderr


def test_a_misspelt_set_is_bad_input():
    for command in ("check", "show"):
        result = call(command, "defualt")
        assert result.exit_code == 2
        assert "Did you mean 'default'?" in result.stderr


def test_show_says_what_a_changed_prior_means_and_what_the_default_is(absurd):
    result = call("show", absurd, "--changed")
    assert result.exit_code == 0
    assert "breadth_scale  half-normal, sigma 10" in result.stdout
    assert "default: sigma 0.8" in result.stdout
    assert "rank_scale" not in result.stdout


@pytest.mark.parametrize("name", ["wide.yaml", "mine.yaml"])
def test_a_link_that_leads_nowhere_is_not_the_shipped_set_of_its_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(PLANTED.replace("extends: default", "extends: wide"))
    (tmp_path / "wide.yaml").symlink_to("nowhere")
    result = call("show", name)
    assert result.exit_code == 2, result.output
    assert "wide.yaml: whole file: expected a readable file, found No such file or directory" in result.stderr
