"""The packed predictor against the plain sum of its blocks, and unpacking against both."""

import numpy as np
import pymc as pm
import pytest
import xarray as xr
from pytensor.compile.mode import Mode
from scipy.stats import halfnorm

from forecast.components.linear import Block, Linear, Scales, Shares, one_hot, unpack_all, unpack_shares, zero_sum_basis
from forecast.components.priors import Prior

PYTHON = Mode(linker="py", optimizer=None)
REASON = "A value of the test."
PRIORS = {
    "base": Prior(distribution="normal", mu=-1.5, sigma=2.0, reason=REASON),
    "slope": Prior(distribution="normal", mu=0.3, sigma=0.5, reason=REASON),
    "near": Prior(distribution="half_normal", sigma=0.4, reason=REASON),
    "far": Prior(distribution="half_normal", sigma=0.9, reason=REASON),
}
NAMES = ("far", "near")  # not the order of the blocks
ROWS = 7


def blocks(rng) -> tuple[Block, ...]:
    return (
        Block(name="base", prior="base", dims=("cell",), design=one_hot(rng.integers(2, size=ROWS), 2)),
        Block(name="type", prior="near", dims=("kind",), basis=zero_sum_basis(3), design=one_hot(np.arange(ROWS) % 3, 3)),
        Block(name="owner", prior="far", dims=("person",), design=one_hot(rng.integers(4, size=ROWS), 4)),
        Block(name="slope", prior="slope", design=rng.normal(size=(ROWS, 1))),
    )  # fmt: skip


def plain(linear: Linear, effects: dict[str, np.ndarray]) -> np.ndarray:
    """Sum of design times effects; a coefficient has one level."""
    total = 0.0
    for block in linear.blocks:
        effect = np.asarray(effects[block.name])
        total = total + block.design @ (effect if block.dims else effect[None])
    return total


@pytest.mark.parametrize("columns", [None, 3])
def test_the_packed_predictor_is_the_sum_of_its_named_effects(columns):
    rng = np.random.default_rng(1)
    axis = {} if columns is None else {"axis": "topic", "columns": columns}
    linear = Linear(name="x", blocks=blocks(rng), **axis)
    with pm.Model() as model:
        scales = Scales(NAMES, PRIORS)
        predictor = linear.predictor(PRIORS, scales)
    noise = rng.normal(size=model["x_z"].type.shape)
    scale = np.array([0.7, 0.2])
    packed = predictor.eval({model["x_z"]: noise, model["scale_unit"]: scale / [0.9, 0.4]}, mode=PYTHON)
    raw = xr.Dataset({"x_z": (("chain", "draw", *"ab"[: noise.ndim]), noise[None, None]),
                      "scale_unit": (("chain", "draw", "s"), (scale / [0.9, 0.4])[None, None])})  # fmt: skip
    named = unpack_all(raw, NAMES, (linear,), PRIORS).isel(chain=0, draw=0)
    assert packed.shape == ((ROWS,) if columns is None else (ROWS, columns))
    np.testing.assert_allclose(packed, plain(linear, {k: v.to_numpy() for k, v in named.items()}), rtol=1e-12)


def test_effects_are_named_scaled_and_labelled():
    rng = np.random.default_rng(2)
    linear = Linear(name="x", blocks=blocks(rng), axis="topic", columns=3)
    raw = xr.Dataset({"x_z": (("chain", "draw", "a", "b"), rng.normal(size=(2, 5, 9, 3))),
                      "scale_unit": (("chain", "draw", "s"), rng.uniform(0.1, 1, (2, 5, 2)))})  # fmt: skip
    named = unpack_all(raw, NAMES, (linear,), PRIORS)
    z, scale = raw["x_z"].to_numpy(), raw["scale_unit"].to_numpy() * [0.9, 0.4]
    assert named["type"].dims == ("chain", "draw", "kind", "topic")
    assert named["slope"].dims == ("chain", "draw", "topic")
    np.testing.assert_allclose(named["base"], -1.5 + 2.0 * z[:, :, 0:2])
    np.testing.assert_allclose(named["type"].sum("kind"), 0.0, atol=1e-12)
    np.testing.assert_allclose(named["owner"], scale[:, :, :1, None] * z[:, :, 4:8])  # "far" stands first
    np.testing.assert_allclose(named["slope"], 0.3 + 0.5 * z[:, :, 8])
    np.testing.assert_array_equal(named["near"], scale[:, :, 1])


def test_scales_are_half_normals_of_the_priors():
    with pm.Model() as model:
        scales = Scales(NAMES, PRIORS)
    unit = np.array([0.7, 0.2]) / [0.9, 0.4]
    np.testing.assert_allclose(scales.variable.eval({model["scale_unit"]: unit}, mode=PYTHON), [0.7, 0.2])
    both = [model.compile_logp(mode=PYTHON, sum=False)({"scale_unit": sign * unit})[0] for sign in (1, -1)]
    found = np.logaddexp(*both) - np.log([0.9, 0.4])  # of the absolute values, by the change of variables
    expected = halfnorm.logpdf([0.7, 0.2], scale=[0.9, 0.4])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_sign_of_a_scale_and_of_its_noise_cancel():
    rng = np.random.default_rng(4)
    linear = Linear(name="x", blocks=blocks(rng))
    z, unit = rng.normal(size=9), np.array([0.7, 0.2])
    flipped = z * np.array([1, 1, -1, -1, 1, 1, 1, 1, 1])  # the noise of "near", the second scale

    def named(noise, scale):
        raw = xr.Dataset({"x_z": (("chain", "draw", "a"), noise[None, None]), "scale_unit": (("chain", "draw", "s"),
                                                                                             scale[None, None])})
        return unpack_all(raw, NAMES, (linear,), PRIORS)

    xr.testing.assert_allclose(named(z, unit), named(flipped, unit * [1, -1]))
    assert not named(z, unit).equals(named(flipped, unit))


def test_shares_of_the_model_and_of_unpacking_agree_and_sum_to_one():
    prior = Prior(distribution="dirichlet", concentration=(1.0, 4.0, 4.0), reason=REASON)
    with pm.Model() as model:
        shares = Shares("share", prior, 2).variable
    raw = np.random.default_rng(3).normal(0, 3, (2, 2))
    inside = shares.eval({model["share_raw"]: raw}, mode=PYTHON)
    np.testing.assert_allclose(inside, unpack_shares(raw), rtol=1e-12)
    np.testing.assert_allclose(inside.sum(axis=1), 1.0, rtol=1e-12)


def test_one_hot_marks_the_level_of_each_row():
    assert one_hot(np.array([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
