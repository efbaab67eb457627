"""What is printed and written says what was found."""

import pandas as pd
import pytest

from forecast.components.registry import COMPONENT
from forecast.report.prior_figures import draw_section
from forecast.report.prior_findings import percent_of_three_digits, prior_verdict, warned, warning_sentences, write_check
from tests.components.example import default_priors, panel, priors_for
from tests.evaluation.prior_predictive.planted import checked, planted

BASE = planted("normal", mu=6.0, sigma=1.5)


@pytest.fixture(scope="module")
def checks():
    of = {name: priors_for(name) for name in COMPONENT}
    for name in ("frequency_drift", "frequency_walk"):
        of[name] = {**of[name], "base": BASE}
    return {name: checked(name, priors, draws=100) for name, priors in of.items()}


def test_formulations_share_one_warning_that_names_the_prior_its_default_and_the_bound(checks):
    one = next(one for one in warned(checks.values()) if one.finding.statistic.name == "largest_year")
    said = warning_sentences(one)
    assert {one.finding.component, *one.also} == {"frequency_drift", "frequency_walk"}
    assert "above 1,000 in" in said["found"]
    assert "allowed: 5.0\N{NO-BREAK SPACE}%" in said["found"]
    assert said["driver"].startswith("frequency.base (normal with mu 6, sigma 1.5); with the default (normal with mu 0, ")
    assert said["why"] == one.finding.bound.reason
    assert said["remedy"] == f"Bring frequency.base closer to its default. In general: {one.finding.bound.remedy}"


def test_the_verdict_counts_kinds_apart(checks):
    found = warned(checks.values())
    assert prior_verdict([]).startswith("No warning")
    assert prior_verdict(found).startswith(f"{sum(one.finding.kind == 'absurd' for one in found)} statistics absurd")


def test_files_hold_every_statistic_and_every_warning(checks, tmp_path):
    found = warned(checks.values())
    write_check("planted", panel(), checks, found, tmp_path)
    table = pd.read_csv(tmp_path / "prior_check.csv")
    assert len(table) == sum(len(check.findings) for check in checks.values())
    assert set(table.loc[table["verdict"] == "absurd", "component"]) == {"frequency_drift", "frequency_walk"}
    assert len(pd.read_csv(tmp_path / "warnings.csv")) == len(found)
    assert all((tmp_path / f"prior_check.{kind}").stat().st_size > 1000 for kind in ("pdf", "svg", "png"))


def test_densities_of_a_section_have_one_panel_per_parameter():
    default = default_priors()
    figure = draw_section(default, default, "media")
    assert len(figure.axes) == len(default.component["media"])


@pytest.mark.parametrize(("share", "said"), [(0, "0 %"), (1, "100 %"), (0.0475, "4.8 %"), (0.5, "50 %"), (0.995, "99.5 %")])
def test_percentages_have_the_digits_they_deserve(share, said):
    assert percent_of_three_digits(share) == said.replace(" ", "\N{NO-BREAK SPACE}")
