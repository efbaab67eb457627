"""Informed priors from a posterior of the registers: sizes against simulation, and a file that loads."""

from datetime import date

import numpy as np
import pytest
import xarray as xr

from forecast.commands.priors_from_registers import _write
from forecast.components.prior_file import load_priors
from forecast.components.protocol import ComponentData
from forecast.components.registry import needs
from forecast.errors import InputError
from forecast.evaluation.informed_priors import Origin, informed_priors
from forecast.evaluation.register_effects import first_term, informed, level_contrast
from forecast.outputs import output_file
from tests.components.example import DEFAULT
from tests.components.register_example import COMPONENT, draw_raw, priors, small

ORIGIN = Origin(region="central_asia", as_of=date(2024, 11, 4), countries=12, entries=345, terms=5, widen=2.0)


def draws_of(data: ComponentData, number: int, seed: int = 1) -> xr.Dataset:
    """Draws from the prior in one row, with labels."""
    named = COMPONENT.unpack(draw_raw(data, np.random.default_rng(seed), draws=number), data, priors()).isel(chain=0)
    return named.assign_coords({axis: list(data.coord[axis]) for axis in named.dims if axis in data.coord})


def summary(draws: xr.Dataset, data: ComponentData, region: str = "central_asia"):
    return informed(draws, COMPONENT.profile(draws)["type_effect"], data, region)


def test_centre_and_size_of_types_by_hand():
    """Two channels agree, the third does not: its disagreement is part of the standard deviation."""
    data = small()
    draws = draws_of(data, 200)
    level = np.array([[0.3, 0.3, -0.3], [0.0, 0.0, 0.0], [-0.3, -0.3, 0.3]])  # (type, channel)
    draws["type_effect"] = draws["type_effect"] * 0 + xr.DataArray(level, dims=("type", "channel"))
    draws["region_type"] = draws["region_type"] * 0
    found = summary(draws, data)
    assert list(found.centre.values()) == pytest.approx([0.1, 0.0, -0.1])
    of_type = np.std([0.3, 0.3, -0.3]) ** 2
    assert found.type_sd == pytest.approx(np.sqrt(2 * of_type / 3), rel=1e-2)
    assert found.by_channel["visit_to_us"]["republican_trumpist"] == pytest.approx(0.3)
    assert found.trumpist_terms == 1


def test_the_regions_own_deviation_is_part_of_it():
    data = small()
    draws = draws_of(data, 50)
    shift = xr.DataArray([0.2, -0.1, -0.1], dims="type")
    moved = draws.assign(region_type=draws["region_type"] + shift.where(draws["region"] == "central_asia", 0.0))
    before, after = (summary(one, data).centre["democratic"] for one in (draws, moved))
    assert after - before == pytest.approx(0.2)
    assert summary(moved, data, "western_asia").centre == pytest.approx(summary(draws, data, "western_asia").centre)


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
    _write(informed_priors(found, ORIGIN, "informed", "default"), out, ())
    return found, out


def test_the_file_loads_and_changes_the_administration_priors_only(written):
    found, out = written
    given, default = load_priors(out, needs()), load_priors(DEFAULT, needs())
    changed = {name for name, prior in given.component["frequency"].items() if prior != default.component["frequency"][name]}
    assert changed == {"type_centre", "type_scale", "president_scale", "term_scale"}
    assert {name: part for name, part in given.component.items() if name != "frequency"} == {
        name: part for name, part in default.component.items() if name != "frequency"}  # fmt: skip
    prior = given.component["frequency"]
    assert sum(prior["type_centre"].values.values()) == pytest.approx(0, abs=1e-9)
    assert prior["type_centre"].values == pytest.approx(found.centre, abs=2e-3)
    for name, size, widen in (("type_scale", found.type_sd, 2), ("president_scale", found.president_sd, 2),
                              ("term_scale", found.term_sd, 1)):  # fmt: skip
        assert prior[name].sigma == pytest.approx(widen * size, abs=1e-3)
        assert "345 entries" in prior[name].reason
        assert f"{size:.3f}" in prior[name].reason
        assert "2024-11-04" in prior[name].reason


def test_the_informed_prior_has_the_standard_deviation_it_claims(written):
    """Effects of unit variance times a half-normal scale: within five standard errors."""
    found, out = written
    sigma = load_priors(out, needs()).component["frequency"]["type_scale"].sigma
    rng = np.random.default_rng(3)
    effect = np.abs(rng.normal(0, sigma, 200_000)) * rng.standard_normal(200_000)
    assert effect.std() == pytest.approx(2 * found.type_sd, rel=5 * np.sqrt(8 / 4 / 200_000) + 1e-3)


def test_a_base_that_is_not_there_leaves_no_file(tmp_path):
    data = small()
    found = summary(draws_of(data, 10), data)
    with pytest.raises(InputError, match="extends"), output_file(tmp_path / "informed.yaml") as place:
        _write(informed_priors(found, ORIGIN, "informed", "nowhere"), place, ())
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_set_loads_and_says_where_it_comes_from():
    shipped = load_priors(DEFAULT.with_name("registers.yaml"), needs())
    for name in ("type_centre", "type_scale", "president_scale", "term_scale"):
        assert "registers of the Office of the Historian as of 2024-11-04" in shipped.component["frequency"][name].reason
