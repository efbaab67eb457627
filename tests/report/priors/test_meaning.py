"""Priors in plain numbers, against numbers by hand and by simulation."""

import numpy as np
import pytest

from forecast.components.priors import Prior
from forecast.components.registry import needs
from forecast.report.prior_figures import densities, draw_section, ticks
from forecast.report.prior_meaning import arguments, effect_size, meaning, prior_table, scale_of
from tests.components.example import default_priors


def prior(distribution, **arguments):
    return Prior(distribution=distribution, reason="Of a test, by hand.", **arguments)


SAID = [
    ("frequency", "base", prior("normal", mu=0.0, sigma=1.5), "1 contacts of one rank a year; 95 % from 0.053 to 18.9"),
    ("frequency", "drift", prior("normal", mu=np.log(2), sigma=0.35), "a factor of 2 per decade; 95 % from 1.01 to 3.97"),
    ("frequency", "type_scale", prior("half_normal", sigma=0.3),
     "differs by a factor of 1.12 typically, 95 % by less than 1.92, up or down"),
    ("frequency", "overdispersion", prior("half_normal", sigma=0.4),
     "coefficient of variation beyond Poisson typically 0.27, 95 % below 0.78"),
    ("agenda", "base", prior("normal", mu=0.0, sigma=1.0), "50 % of contacts name a topic; 95 % from 12 % to 88 %"),
    ("effectiveness", "breadth", prior("normal", mu=0.0, sigma=1.0), "odds times 1; 95 % from 0.14 to 7.10"),
    ("effectiveness", "outcome_share", prior("dirichlet", concentration=(6.0, 2.0, 1.0, 1.0)),
     "60 %, 20 %, 10 %, 10 % of contacts with outcome 0, 1, 2, 3, with the weight of 10 cases"),
    ("frequency", "term_persistence", prior("fixed", value=0.7), "70 % of a deviation is left a term later; fixed"),
]


@pytest.mark.parametrize(("section", "parameter", "given", "said"), SAID)
def test_a_prior_is_said_in_plain_numbers(section, parameter, given, said):
    assert meaning(section, parameter, given) == said


def test_the_size_of_an_effect_is_that_of_a_half_normal_scale_times_a_normal():
    rng, draws = np.random.default_rng(1), 400_000
    size = np.abs(rng.normal(size=draws) * rng.normal(size=draws))
    for share in (0.5, 0.95):
        error = np.sqrt(share * (1 - share) / draws)
        assert abs((size < effect_size(share)).mean() - share) < 4 * error
    assert abs((size < 1.05 * effect_size(0.5)).mean() - 0.5) > 4 * np.sqrt(0.25 / draws)


def test_every_prior_has_a_meaning_a_density_and_ticks():
    default = default_priors()
    for section, part in needs().items():
        for name in part:
            given, scale = default.component[section][name], scale_of(section, name)
            assert meaning(section, name, given)
            for one in densities(given):
                assert one.height.max() == 1
                assert np.isfinite(one.place).all()
            at, words = ticks(scale, -2.5, 2.5)
            assert len(at) == len(words) > 1


def test_a_joint_normal_is_told_by_name_and_what_it_replaces_is_told_to_play_no_part():
    joint = prior("joint_normal", unit="log_rate_ratio", against="democratic",
                  mean={"republican": np.log(1.1), "republican_trumpist": 0.0, "Trump": 0.0},
                  sd={"republican": 0.1, "republican_trumpist": 0.2, "Trump": 0.2},
                  correlation={"Trump": {"republican": -0.5}})  # fmt: skip
    said = meaning("frequency", "administration_effects", joint)
    assert said.startswith("a factor of 1.10 for republican over democratic (95 % from 0.90 to 1.34), ")
    assert "1 for Trump (95 % from 0.68 to 1.48)" in said
    assert len(densities(joint)) == 3
    assert arguments(joint).endswith("correlation Trump with republican -0.5")
    default = default_priors()
    part = {**default.component["frequency"], "administration_effects": joint}
    changed = default.model_copy(update={"component": {**default.component, "frequency": part}})
    for priors, idle in ((changed, ["type_centre", "type_scale"]), (default, [])):
        table = prior_table(priors, default)
        assert sorted(table.loc[table["meaning"].str.startswith("plays no part"), "parameter"]) == idle
    assert len(draw_section(changed, default, "frequency").axes) == len(part) - 1  # no covariate is on: nothing to draw
    assert len(draw_section(default, default, "frequency").axes) == len(part) - 2  # nor of administrations


def test_the_table_marks_what_differs_from_the_default():
    default = default_priors()
    assert prior_table(default, default)["differs"].sum() == 0
    changed = default.component["agenda"]["base"].model_copy(update={"mu": 0.0})
    reworded = default.component["agenda"]["rank_scale"].model_copy(update={"reason": "Other words, same number."})
    component = {**default.component, "agenda": {**default.component["agenda"], "base": changed, "rank_scale": reworded}}
    table = prior_table(default.model_copy(update={"component": component}), default)
    marked = table[table["differs"] == 1]
    assert marked[["section", "parameter", "arguments", "default"]].to_numpy().tolist() == [
        ["agenda", "base", "mu 0, sigma 1.5", "mu -1.5, sigma 1.5"]]
    assert len(table) == sum(len(part) for part in needs().values())
