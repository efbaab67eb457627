"""A stored posterior is read by ArviZ's own functions, and says what the program's own checks say."""

import arviz as az
import numpy as np
import pytest
import xarray as xr

from forecast.components.registry import ACROSS, COMPONENT
from forecast.posterior import fit, store
from forecast.posterior.groups import DRAWS, _of_quantity, flat, grouped, rows, seen, told
from forecast.posterior.loo import leave_one_out
from forecast.posterior.posterior import STATS
from forecast.posterior.sampler import SamplerSettings
from tests.components.example import data_of, default_priors, panel, prior_posterior, priors_for

NAME = "setting"


@pytest.fixture(scope="module")
def job():
    return fit.plan(panel(), default_priors(), SamplerSettings(), draws=150, names=[NAME],
                    effort={"tune": 200, "chains": 2})[0]  # fmt: skip


@pytest.fixture(scope="module")
def tree(job, tmp_path_factory):
    """What a small fit wrote, as ArviZ reads it, and as the program does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_CACHE", str(tmp_path_factory.mktemp("cache")))
        fit.fit_one(job)
        chains, _ = store.load(job.name, job.key)
        return az.from_netcdf(store.path_of(job.name, job.key)), chains


@pytest.mark.sampling
def test_arviz_summarises_it_by_label(tree):
    table = az.summary(tree[0])
    assert {"type_effect[democratic, remote]", "president_effect[Biden, remote]", "rank_effect[cabinet, us_to_partner]",
            "visit_share[us_to_partner, visit]"} <= set(table.index)
    assert table.loc["administration_scale", "r_hat"] == pytest.approx(1, abs=0.2)


@pytest.mark.sampling
def test_arviz_draws_its_traces(tree):
    page = az.plot_trace(tree[0], var_names=["rank_scale", "drift"], backend="matplotlib")
    assert "figure" in page.viz
    assert len(page.viz["plot"]) >= 1


@pytest.mark.sampling
@pytest.mark.parametrize("quantity", ["direction", "format"])
def test_arviz_leaves_one_out_as_the_check_does(tree, job, quantity):
    theirs = az.loo(tree[0], var_name=quantity)
    found = COMPONENT[NAME].pointwise(job.data, rows(tree[1]))[quantity]
    ours = leave_one_out(found, tree[1].sizes["chain"])
    # those that ArviZ is not given are certain: their predictive density is exactly one
    assert theirs.elpd == pytest.approx(ours.elpd, abs=0.05)
    assert len(ours.elpd_i) - ours.certain.sum() == theirs.n_data_points
    np.testing.assert_array_equal(ours.elpd_i[ours.certain], 0)


@pytest.mark.sampling
def test_the_sampler_tells_of_itself(tree, job):
    assert set(tree[0]["sample_stats"].data_vars) == set(STATS)
    assert tree[0]["sample_stats"]["diverging"].dtype == bool
    np.testing.assert_array_equal(tree[0]["sample_stats"]["n_steps"] < 2 ** (tree[0]["sample_stats"]["tree_depth"] + 1), True)
    assert np.isfinite(az.bfmi(tree[0])["energy"]).all()
    assert tree[0].attrs["identity"] == job.key
    assert tree[0].attrs["inference_library"] == "nutpie"


@pytest.mark.sampling
def test_the_program_reads_what_arviz_reads(tree):
    for name in tree[0]["posterior"].data_vars:
        np.testing.assert_array_equal(tree[0]["posterior"][name], tree[1][name])
        assert tree[0]["posterior"][name].dims == tree[1][name].dims
        assert tree[0]["posterior"][name].dims[:2] == ("chain", "draw")


every = pytest.mark.parametrize("name", COMPONENT)


@every
def test_what_a_component_saw_has_named_axes_with_labels(name):
    data, found = data_of(name), seen(COMPONENT[name], data_of(name))
    assert {key.removesuffix("_data") for part in found.values() for key in part.data_vars} == {
        key.removesuffix("_data") for key in data.array}
    assert {key.removesuffix("_data") for key in found["observed_data"].data_vars} == set(COMPONENT[name].observed)
    assert set(COMPONENT[name].axes) >= set(data.array)
    for part in found.values():
        for axis in set(part.dims) & set(data.coord):
            assert part[axis].to_numpy().tolist() == list(data.coord[axis])


def test_the_registers_name_their_axes_as_well():
    component = ACROSS["registers"]
    assert set(component.observed) <= set(component.axes)
    assert component.axes["count"] == ("country", "channel", "period")


@every
def test_grouping_and_back_changes_nothing(name):
    posterior = prior_posterior(name)
    found = grouped(posterior.chains, posterior.coord)
    xr.testing.assert_equal(flat(found)[sorted(posterior.chains.data_vars)],
                                posterior.chains.reset_coords(drop=True)[sorted(posterior.chains.data_vars)])
    assert set(found["posterior"].dims) & set(posterior.coord) <= set(found["posterior"].coords)
    if "held_out" in found:
        assert set(found["held_out"].data_vars) == {"term_score"}
    assert all("draw" in values.dims for values in found["posterior"].data_vars.values())


@every
def test_log_likelihoods_are_those_of_the_checks_without_what_no_parameter_touches(name):
    component, data, posterior = COMPONENT[name], data_of(name), prior_posterior(name)
    found = told(component, data, priors_for(name), posterior.chains)
    if name == "frequency_discount":
        assert found == {}
        return
    exact = component.pointwise(data, rows(posterior.chains))
    part = found["log_likelihood"]
    assert part.sizes["draw"] == min(DRAWS, posterior.chains.sizes["draw"])
    for quantity, values in exact.items():
        kept = part[f"{quantity}_observation"].to_numpy()
        np.testing.assert_allclose(part[quantity].to_numpy().reshape(len(values), -1), values[:, kept], rtol=1e-6)
        assert (np.ptp(np.delete(values, kept, axis=1), axis=0) == 0).all()
        assert part[quantity].attrs["left_out_log_likelihood"] == np.delete(values[0], kept).sum()


@pytest.mark.parametrize("observations", [0, 3])
def test_what_no_parameter_touches_leaves_a_quantity_without_observations(observations):
    """A record without a page, say: the component saw nothing."""
    found = _of_quantity("tone", np.ones((8, observations)), 4)
    assert found.shape == (4, 2, 0)
    assert found.attrs["left_out_log_likelihood"] == observations
