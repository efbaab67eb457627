"""Informed priors from a posterior of the registers: sizes against simulation, and a file that loads."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from ruamel.yaml import YAML

from forecast import shipped
from forecast.cli.priors import _write_set
from forecast.components.joint import covariance
from forecast.components.prior_file import load_priors, overlap
from forecast.components.priors import PriorSet
from forecast.components.protocol import ComponentData
from forecast.components.registry import COMPONENT as OF_DYAD
from forecast.components.registry import needs, priors_of
from forecast.contacts.region import estimated_with
from forecast.errors import InputError
from forecast.evaluation.informed_priors import (
    PriorOrigin,
    _around_a_line,
    first_term,
    informed,
    informed_priors,
    level_contrast,
    with_unseen,
)
from forecast.outputs import output_file
from forecast.panel import load_panel
from forecast.panel.registers import load_register_panel, load_registers
from forecast.posterior.fit import known_twice, plan
from forecast.posterior.posterior import draw_prior
from forecast.posterior.sampler import SamplerSettings
from forecast.posterior.store import identity
from tests.components.example import DEFAULT, data_of
from tests.components.register_example import COMPONENT, draw_raw, priors, small

FREQUENCY = OF_DYAD["frequency_drift"]
ORIGIN = PriorOrigin(region="central_asia", without=("kazakhstan",), as_of=date(2024, 11, 4), countries=12, entries=345, terms=5,
                     widen=2.0)


def draws_of(data: ComponentData, number: int, seed: int = 1) -> xr.Dataset:
    """Draws from the prior in one row, with labels."""
    named = COMPONENT.unpack(draw_raw(data, np.random.default_rng(seed), draws=number), data, priors()).isel(chain=0)
    return named.assign_coords({axis: list(data.coord[axis]) for axis in named.dims if axis in data.coord})


def summary(draws: xr.Dataset, data: ComponentData, region: str = "central_asia"):
    return informed(draws, COMPONENT.profile(draws)["type_effect"], data, region)


def place(found, *names: str) -> list[int]:
    return [found.names.index(name) for name in names]


def test_ratios_of_types_by_hand():
    """Two channels agree, the third does not: its disagreement is part of the standard deviation."""
    data = small()
    draws = draws_of(data, 200)
    level = np.array([[0.3, 0.3, -0.3], [0.0, 0.0, 0.0], [-0.3, -0.3, 0.3]])  # (type, channel)
    draws["type_effect"] = draws["type_effect"] * 0 + xr.DataArray(level, dims=("type", "channel"))
    draws["region_type"] = draws["region_type"] * 0
    found = summary(draws, data)
    assert found.against == "democratic"
    assert found.names == ("republican", "republican_trumpist", "Bush 43", "Obama", "Trump", "Biden")
    kinds = place(found, "republican", "republican_trumpist")
    assert found.mean[kinds] == pytest.approx([-0.1, -0.2])
    one = np.std([0.3, 0.3, -0.3]) ** 2
    np.testing.assert_allclose(found.covariance[np.ix_(kinds, kinds)], one * np.array([[1, 2], [2, 4]]), rtol=1e-2)
    assert found.by_channel["visit_to_us"][kinds] == pytest.approx([0.3, 0.6])
    assert found.new_terms == 1


def test_the_effect_of_a_president_reaches_the_prior_with_its_covariance(tmp_path):
    """Planted: Trump travels less and his type more, draw by draw in opposite directions, in all channels.

    The dyad's prior then has his effect, that of his type and their correlation; Obama's, of whom nothing was planted, is none;
    one who is not in the registers keeps the scale of presidents.
    """
    data, number = small(), 4000
    draws = draws_of(data, 20).isel(draw=np.zeros(number, int))
    rng = np.random.default_rng(9)
    person = xr.DataArray(rng.normal(-0.4, 0.1, number), dims="draw")
    kind = 0.2 - 0.5 * (person + 0.4) + xr.DataArray(rng.normal(0, 0.05, number), dims="draw")
    other = xr.DataArray(rng.normal(0, 0.05, number), dims="draw") * (draws["type"] == "republican")
    which = draws["president"] == "Trump"
    noise = xr.DataArray(rng.normal(0, 0.1, (number, draws.sizes["president"])), dims=("draw", "president"))
    draws["type_effect"] = 0 * draws["type_effect"] + (kind * (draws["type"] == "republican_trumpist") + other)
    draws["region_type"] = 0 * draws["region_type"]
    draws["president_effect"] = 0 * draws["president_effect"] + xr.where(which, person, noise)
    found = summary(draws.transpose("draw", ...), data)
    trump, obama, kinds = place(found, "Trump", "Obama", "republican_trumpist")
    error = 5 / np.sqrt(number)
    assert found.mean[trump] == pytest.approx(-0.4, abs=0.1 * error)
    assert found.mean[obama] == pytest.approx(0, abs=0.1 * error)
    assert found.mean[kinds] == pytest.approx(0.2, abs=0.08 * error)
    assert found.covariance[trump, kinds] == pytest.approx(-0.5 * 0.01, abs=0.01 * error)
    assert found.covariance[obama, kinds] == pytest.approx(0, abs=0.01 * error)

    out = tmp_path / "informed.yaml"
    _write_set(informed_priors(found, ORIGIN, "informed", "default"), out, (), ())
    given = priors_of(load_priors(out, needs()), "frequency_drift")
    dyad = draw_prior(FREQUENCY, data_of("frequency_drift"), given, np.random.default_rng(2), draws=number).isel(chain=0)
    persons = data_of("frequency_drift").coord["president"]
    effect = {name: dyad["president_effect"].to_numpy()[:, persons.index(name)] for name in ("Trump", "Obama", "Clinton")}
    trumpist = dyad["type_effect"].to_numpy()[:, 2] - dyad["type_effect"].to_numpy()[:, 0]
    assert effect["Trump"].mean() == pytest.approx(-0.4, abs=0.2 * error + 1e-3)
    assert effect["Trump"].std() == pytest.approx(0.2, rel=error)  # widened by two
    expected = -0.5 * 0.1 / np.hypot(0.05, 0.05)
    assert np.corrcoef(effect["Trump"], trumpist)[0, 1] == pytest.approx(expected, abs=error)
    assert np.corrcoef(effect["Obama"], trumpist)[0, 1] == pytest.approx(0, abs=error)
    assert "Clinton" not in found.names  # his terms lie before those of these registers
    assert effect["Clinton"].std() == pytest.approx(given["president_scale"].sigma, rel=2 * error)
    assert abs(effect["Clinton"].mean()) < given["president_scale"].sigma * error
    assert np.corrcoef(effect["Clinton"], trumpist)[0, 1] == pytest.approx(0, abs=error)


@pytest.mark.parametrize("without", [("kazakhstan",), ()])
def test_what_the_registers_say_of_the_dyads_own_state_changes_nothing(monkeypatch, without):
    """Its entries doubled: the same posterior by its identity, and so the same priors; another one where it is not left out."""
    def key() -> str:
        return identity("registers", COMPONENT.data(load_register_panel(date(2024, 11, 4), without)), priors(), SamplerSettings())

    before = key()

    def doubled(as_of: date) -> pd.DataFrame:
        entries = load_registers(as_of)
        return pd.concat([entries, entries[entries["country"] == "kazakhstan"]]).sort_values("start", kind="stable")

    monkeypatch.setattr("forecast.panel.registers.load_registers", doubled)
    assert (key() == before) == bool(without)


def test_the_dyads_own_state_is_in_no_cell_and_its_region_still_is():
    panel = load_register_panel(date(2024, 11, 4), ["kazakhstan"])
    whole = load_register_panel(date(2024, 11, 4))
    assert "kazakhstan" not in set(panel.country["country"])
    assert len(panel.country) == len(whole.country) - 1
    assert int(panel.count.sum()) == int(whole.count.sum()) - int(whole.count.sel(country="kazakhstan").sum())
    assert "central_asia" in set(panel.country["region"])
    rest = whole.count.sel(country=panel.country["country"].tolist())
    np.testing.assert_array_equal(panel.count.to_numpy(), rest.to_numpy())


def test_partners_of_dyads_that_are_estimated_together_are_all_left_out():
    found = estimated_with("uzbekistan")
    assert found[0] == "uzbekistan"
    assert set(found) == {"kazakhstan", "uzbekistan", "kyrgyzstan", "tajikistan", "turkmenistan"}
    assert estimated_with("mongolia") == ("mongolia",)
    panel = load_register_panel(date(2024, 11, 4), found)
    assert not set(found) & set(panel.country["country"])
    assert "central_asia" not in set(panel.country["region"])


def test_an_unseen_region_departs_as_the_scales_of_regions_say():
    """Types: independent of all data, with the scale; terms: the level that all share and a wave of its own around a line."""
    data, number = small(), 8000
    draws = draws_of(data, 20).isel(draw=np.zeros(number, int))
    draws["region_type_scale"] = draws["region_type_scale"] * 0 + 0.3
    draws["region_term_scale"] = draws["region_term_scale"] * 0 + 0.4
    draws["type_effect"] = draws["type_effect"] * 0
    for name in ("term_level", "president_effect", "region_term"):
        draws[name] = draws[name] * 0
    draws["term_persistence"] = kept = priors()["term_persistence"].value
    more, wider = with_unseen(draws, data, "caribbean", 1, np.random.default_rng(3))
    assert wider.coord["region"] == (*data.coord["region"], "caribbean")
    for name in ("region_type", "region_term"):
        np.testing.assert_array_equal(more[name].sel(region=list(data.coord["region"])), draws[name])
    found = summary(more, wider, "caribbean")
    kinds, error = place(found, "republican", "republican_trumpist"), 5 / np.sqrt(number)
    assert found.terms == data.coord["term"][1:]
    assert found.mean[kinds] == pytest.approx([0, 0], abs=0.3 * np.sqrt(3) * error)
    ratio = 0.09 * np.array([[3.0, 1.5], [1.5, 3.0]])  # of zero-sum effects of unit variance over three types
    np.testing.assert_allclose(found.covariance[np.ix_(kinds, kinds)], ratio, atol=0.27 * 2 * error)
    gap = np.concatenate([[0.0], data.array["gap"].cumsum()])
    wave = 0.16 * kept ** np.abs(gap[:, None] - gap)
    leave, trace = _around_a_line(gap[1:])
    taken = np.eye(len(gap)) - 1 / len(gap)  # a region without entries: the plain mean over its terms is taken out
    expected = np.trace(leave @ (taken @ wave @ taken.T)[1:, 1:]) / trace
    assert found.term_sd == pytest.approx(np.sqrt(expected), rel=error)
    again = with_unseen(draws, data, "caribbean", 1, np.random.default_rng(3))[0]
    np.testing.assert_array_equal(more["region_type"], again["region_type"])


@pytest.mark.parametrize(("as_of", "states", "said"), [
    (date(2024, 11, 4), {"us_kz": "kazakhstan"}, []),
    (date(2024, 11, 3), {"us_kz": "kazakhstan"}, ["key evidence.as_of: expected nothing later than the as-of date 2024-11-03"]),
    (date(2024, 12, 1), {"us_kz": "kazakhstan", "us_uz": "uzbekistan"}, [
        "key evidence.left_out: expected uzbekistan, whose travel is in the record of us_uz, found kazakhstan"]),
])
def test_a_set_is_not_for_a_record_that_holds_the_same_travel_or_ends_before(written, as_of, states, said):
    faults = [str(fault) for fault in overlap(load_priors(written[1], needs()), as_of, states)]
    assert len(faults) == len(said)
    assert all(part in fault for part, fault in zip(said, faults, strict=True))
    assert overlap(load_priors(DEFAULT, needs()), as_of, states) == []


def test_a_set_over_an_informed_one_knows_what_that_one_knows(written):
    over = written[1].with_name("over.yaml")
    over.write_text("name: over\ntitle: Over another\nextends: informed\ncomponent: {}\n", encoding="utf-8")
    found = load_priors(over, needs()).evidence
    assert (found.as_of, found.left_out) == (date(2024, 11, 4), ("kazakhstan",))


def test_what_informed_a_set_counts_as_long_as_any_of_it_is_in_force(written):
    informed_set, default = load_priors(written[1], needs()), load_priors(DEFAULT, needs())
    back = written[1].with_name("back.yaml")
    names = ("administration_effects", "president_scale", "term_scale")
    for kept, expected in ((names, None), (names[:2], informed_set.evidence)):
        parts = {"frequency": {name: default.component["frequency"][name] for name in kept}}
        own = PriorSet(name="back", title="Put back", extends="informed", component=parts)
        with back.open("w", encoding="utf-8") as file:
            YAML().dump(own.model_dump(exclude_none=True), file)
        assert load_priors(back, needs()).evidence == expected


def test_evidence_is_about_contact_frequency_and_states_that_the_registers_list(written):
    informed_set, early = load_priors(written[1], needs()), load_panel(shipped.dyad("us_uz"), as_of=date(2016, 11, 7))
    assert plan(early, informed_set, SamplerSettings(), names=("agenda", "completeness"))
    assert len(known_twice(informed_set, [early])) == 2
    elsewhere = replace(early, about=(early.about[0].model_copy(update={"register_country": "atlantis"}),))
    assert [fault.where for fault in known_twice(informed_set, [elsewhere])] == ["key evidence.as_of"]


def test_what_scores_of_past_terms_know_through_an_informed_set_is_told(written):
    late, said = load_panel(shipped.dyad("us_kz"), as_of=date(2024, 11, 4)), []
    for path, scored in ((written[1], True), (written[1], False), (DEFAULT, True)):
        plan(late, load_priors(path, needs()), SamplerSettings(past_terms=scored), names=("frequency_drift",), notice=said.append)
    assert len(said) == 1
    assert "made from registers up to 2024-11-04: scores of past terms" in said[0]


@pytest.mark.parametrize("name", ["us_kz", "us_uz"])
def test_a_forecast_with_the_shipped_set_is_refused_before_its_day_and_a_fit_says_it(name):
    shipped_set = load_priors(DEFAULT.with_name("registers.yaml"), needs())
    early, late = (load_panel(shipped.dyad(name), as_of=day) for day in (date(2022, 11, 8), date(2024, 11, 4)))
    chosen = {"names": ("frequency_drift",)}
    assert plan(late, shipped_set, SamplerSettings(), **chosen)
    with pytest.raises(InputError, match=r"evidence\.as_of: expected nothing later than the as-of date 2022-11-08"):
        plan(early, shipped_set, SamplerSettings(), **chosen)
    said = []
    assert plan(early, shipped_set, SamplerSettings(), **chosen, forecasts=False, notice=said.append)
    assert len(said) == 1
    assert "Such a fit is no forecast" in said[0]


def test_the_regions_own_deviation_is_part_of_it():
    data = small()
    draws = draws_of(data, 50)
    shift = xr.DataArray([0.2, -0.1, -0.1], dims="type")
    moved = draws.assign(region_type=draws["region_type"] + shift.where(draws["region"] == "central_asia", 0.0))
    before, after = (summary(one, data).mean for one in (draws, moved))
    assert after - before == pytest.approx([-0.3, -0.3, 0, 0, 0, 0])
    assert summary(moved, data, "western_asia").mean == pytest.approx(summary(draws, data, "western_asia").mean)


def test_the_size_of_terms_is_that_of_an_ar1_around_a_line():
    """Levels drawn as such an AR(1) with a steep line give back its standard deviation, within five standard errors."""
    data, sd, number = small(), 0.4, 4000
    draws = draws_of(data, 20).isel(draw=np.zeros(number, int))
    time = np.concatenate([[0.0], data.array["gap"].cumsum()])
    root = np.linalg.cholesky(0.7 ** np.abs(time[:, None] - time))
    wave = np.random.default_rng(2).standard_normal((number, 3, len(time))) @ root.T * sd
    for name in ("type_effect", "president_effect", "region_term", "region_type"):
        draws[name] = draws[name] * 0
    draws["term_level"] = draws["term_level"] * 0 + (wave + 3 * time - 5).transpose(0, 2, 1)
    assert summary(draws, data).term_sd == pytest.approx(sd, rel=5 / np.sqrt(2 * number))
    draws["term_level"] = 2 * draws["term_level"]
    assert summary(draws, data).term_sd == pytest.approx(2 * sd, rel=5 / np.sqrt(2 * number))


def test_terms_begin_with_the_states_of_the_region():
    data = small(terms=12, countries=("kazakhstan", "france"))
    assert data.coord["term"][first_term(data, "central_asia")] == "Bush 41"
    assert first_term(data, "western_europe") == 0


def test_level_contrast_by_hand():
    data = small()
    draws = draws_of(data, 3)
    level = np.zeros((3, 5, 3))
    level[:, data.coord["term"].index("Trump 1")] = -0.5
    draws["term_level"] = draws["term_level"] * 0 + level
    np.testing.assert_allclose(level_contrast(draws, data, None, 0), -0.5)
    level[:, data.coord["term"].index("Biden")] = 0.3  # one of the three Democratic terms
    draws["term_level"] = draws["term_level"] * 0 + level
    np.testing.assert_allclose(level_contrast(draws, data, None, 0), -0.6)
    assert np.abs(level_contrast(draws, data, "central_asia", 0) + 0.6).max() > 1e-3


@pytest.fixture
def written(tmp_path):
    data = small()
    found = summary(draws_of(data, 100), data)
    out = tmp_path / "informed.yaml"
    _write_set(informed_priors(found, ORIGIN, "informed", "default"), out, (), ())
    return found, out


def test_the_file_loads_and_changes_the_administration_priors_only(written):
    found, out = written
    given, default = load_priors(out, needs()), load_priors(DEFAULT, needs())
    changed = {name for name, prior in given.component["frequency"].items() if prior != default.component["frequency"][name]}
    assert changed == {"administration_effects", "president_scale", "term_scale"}
    assert {name: part for name, part in given.component.items() if name != "frequency"} == {
        name: part for name, part in default.component.items() if name != "frequency"}  # fmt: skip
    prior = given.component["frequency"]
    joint = prior["administration_effects"]
    assert list(joint.mean) == list(joint.sd) == list(found.names)
    assert list(joint.mean.values()) == pytest.approx(found.mean, abs=1e-3)
    np.testing.assert_allclose(covariance(joint), 4 * found.covariance, rtol=5e-3, atol=2e-3)
    for part in ("345 entries", "kazakhstan left out", "2024-11-04", "times 2 because"):
        assert part in joint.reason
    for name, size, widen in (("president_scale", found.president_sd, 2), ("term_scale", found.term_sd, 1)):
        assert prior[name].sigma == pytest.approx(widen * size, abs=1e-3)
        assert "345 entries" in prior[name].reason
        assert f"{size:.3f}" in prior[name].reason
        assert "2024-11-04" in prior[name].reason


def test_a_president_not_named_has_the_standard_deviation_that_the_file_claims(written):
    """Effects of unit variance times a half-normal scale: within five standard errors."""
    found, out = written
    sigma = load_priors(out, needs()).component["frequency"]["president_scale"].sigma
    rng = np.random.default_rng(3)
    effect = np.abs(rng.normal(0, sigma, 200_000)) * rng.standard_normal(200_000)
    assert effect.std() == pytest.approx(2 * found.president_sd, rel=5 * np.sqrt(8 / 4 / 200_000) + 1e-3)


def test_a_base_that_is_not_there_leaves_no_file(tmp_path):
    data = small()
    found = summary(draws_of(data, 10), data)
    with pytest.raises(InputError, match="extends"), output_file(tmp_path / "informed.yaml") as place:
        _write_set(informed_priors(found, ORIGIN, "informed", "nowhere"), place, (), ())
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_set_loads_and_says_where_it_comes_from():
    found = load_priors(DEFAULT.with_name("registers.yaml"), needs())
    for name in ("administration_effects", "president_scale", "term_scale"):
        assert "turkmenistan left out" in found.component["frequency"][name].reason
        assert "registers of the Office of the Historian as of 2024-11-04" in found.component["frequency"][name].reason
