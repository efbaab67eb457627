"""A joint normal of types and named presidents: what is drawn, sampled, weighed and projected is what the file says."""

from itertools import pairwise

import numpy as np
import pytest
from pytensor.compile.mode import Mode
from scipy.linalg import block_diag
from scipy.stats import multivariate_normal

from forecast.components.joint import covariance, covariance_of, idle, joint_of, knowing
from forecast.components.linear import Block, zero_sum_basis
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, Future
from forecast.components.registry import COMPONENT
from forecast.posterior.posterior import draw_prior, draw_raw
from forecast.posterior.sensitivity import log_prior
from tests.components import twin
from tests.components.example import SeededShocks, data_of, priors_for
from tests.components.test_model import still

NAME = "frequency_drift"
COMPONENT_ = COMPONENT[NAME]
PYTHON = Mode(linker="py", optimizer=None)
DRAWS = 40_000
JOINT = Prior(
    distribution="joint_normal", unit="log_rate_ratio", against="democratic", reason="A value of the test.",
    mean={"republican": 0.1, "Trump": 0.4, "republican_trumpist": -0.3, "Nixon": 0.25},
    sd={"republican": 0.2, "Trump": 0.25, "republican_trumpist": 0.3, "Nixon": 0.15},
    correlation={"Trump": {"republican_trumpist": -0.7}, "republican": {"republican_trumpist": 0.4, "Nixon": -0.3}})  # fmt: skip
"""Names in no order; Nixon is not in the record."""
PRIORS = {**priors_for(NAME), "administration_effects": JOINT}
TERM = {"midpoint": np.arange(2025.55, 2029)}


def drawn(data: ComponentData, priors=PRIORS, draws=DRAWS):
    named = draw_prior(COMPONENT_, data, priors, np.random.default_rng(1), draws=draws).isel(chain=0)
    return {str(name): values.to_numpy() for name, values in named.data_vars.items()}


def vector(named, data) -> np.ndarray:
    """Ratios and effects in the order of the file, as far as the axes have them, (draw, name)."""
    kinds, persons = data.coord["type"], data.coord["president"]
    kind, person = named["type_effect"], named["president_effect"]
    return np.column_stack([kind[:, kinds.index(name)] - kind[:, 0] if name in kinds else person[:, persons.index(name)]
                            for name in JOINT.mean if name in kinds or name in persons])  # fmt: skip


def off(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest distance of sample covariances from expected ones, in their standard errors."""
    error = np.sqrt((expected**2 + np.outer(np.diag(expected), np.diag(expected))) / DRAWS)
    return float(np.abs((np.cov(found.T) - expected) / error).max())


def test_draws_have_the_means_and_the_covariance_of_the_file():
    data = knowing(data_of(NAME), PRIORS)
    assert data.coord["president"] == (*data_of(NAME).coord["president"], "Nixon")
    named = drawn(data)
    values, expected = vector(named, data), covariance(JOINT)
    assert expected[1, 2] == pytest.approx(-0.7 * 0.25 * 0.3)
    assert np.abs((values.mean(axis=0) - list(JOINT.mean.values())) / np.sqrt(np.diag(expected) / DRAWS)).max() < 5
    assert off(values, expected) < 5
    np.testing.assert_allclose(named["type_effect"].sum(axis=1), 0, atol=1e-12)
    assert off(vector(drawn(data, priors_for(NAME)), data), expected) > 20  # independent priors: negative control


def test_a_president_who_is_not_named_keeps_his_own_prior():
    data = data_of(NAME)
    named, usual = drawn(data), drawn(data, priors_for(NAME))
    obama = data.coord["president"].index("Obama")
    sigma = PRIORS["president_scale"].sigma
    for found in (named, usual):
        effect = found["president_effect"][:, obama]
        assert effect.std() == pytest.approx(sigma, rel=5 * np.sqrt(2 / DRAWS))  # kurtosis 9: var of the variance 8
        assert abs(effect.mean()) < 5 * sigma / np.sqrt(DRAWS)
    together = np.column_stack([named["president_effect"][:, obama], vector(named, data)])
    assert np.abs(np.corrcoef(together.T)[0, 1:]).max() < 5 / np.sqrt(DRAWS)
    trump = named["president_effect"][:, data.coord["president"].index("Trump")]
    assert trump.mean() > 0.39  # negative control: he is named


def blocks(basis: np.ndarray | None, kinds: np.ndarray) -> list[Block]:
    persons = 4 if basis is None else len(basis)
    return [Block(name="type_effect", prior="type_scale", dims=("type",), basis=kinds, design=np.ones((1, 3))),
            Block(name="president_effect", prior="president_scale", dims=("president",), basis=basis,
                  design=np.ones((1, persons)))]  # fmt: skip


CHAIN = np.linalg.cholesky(0.6 ** np.abs(np.subtract.outer(np.arange(4), np.arange(4))))
"""A basis in which presidents follow one another."""
PARTY = np.array([[1.0, 0.0], [-1.0, 0.0], [-1.0, 0.5]])
COORD = {"type": ("democratic", "republican", "republican_trumpist"), "president": ("Obama", "Trump", "Biden", "Nixon")}


@pytest.mark.parametrize("kinds", [zero_sum_basis(3), PARTY], ids=["zero sum", "party"])
@pytest.mark.parametrize("basis", [None, CHAIN], ids=["free", "chain"])
@pytest.mark.parametrize("scale", [0.3, 1.2])
def test_any_basis_gives_the_joint_normal_to_those_named_and_its_own_rule_to_the_rest(kinds, basis, scale):
    """Exactly, by the covariance of the map: the rest is what regression on the named leaves, whatever the scale."""
    joint = joint_of(PRIORS, COORD)
    part = joint.part(blocks(basis, kinds))
    size = np.array([scale if name else 1.0 for name in part.owner])
    found = (part.structure * size) @ (part.structure * size).T
    pick = np.zeros((4, 7))
    pick[0, [1, 0]], pick[1, 4], pick[2, [2, 0]], pick[3, 6] = (1, -1), 1, (1, -1), 1
    np.testing.assert_allclose(pick @ found @ pick.T, covariance(JOINT), atol=1e-12)
    np.testing.assert_allclose(pick @ part.centre, list(JOINT.mean.values()), atol=1e-12)
    prior = np.eye(4) if basis is None else basis @ basis.T
    named, rest, person = [1, 3], [0, 2], found[3:, 3:]
    follow = prior[np.ix_(rest, named)] @ np.linalg.inv(prior[np.ix_(named, named)])
    left = prior[np.ix_(rest, rest)] - follow @ prior[np.ix_(named, rest)]
    np.testing.assert_allclose(person[np.ix_(rest, named)], follow @ person[np.ix_(named, named)], atol=1e-12)
    np.testing.assert_allclose(person[np.ix_(rest, rest)],
                               follow @ person[np.ix_(named, named)] @ follow.T + scale**2 * left, atol=1e-12)
    np.testing.assert_allclose(part.centre[3:][rest], follow @ part.centre[3:][named], atol=1e-12)
    assert (np.abs(follow).max() > 0.3) == (basis is not None)
    assert len(part.owner) == 6


def test_a_joint_normal_that_says_what_the_chain_says_changes_nothing():
    """Types and those named as the block would have them: the whole covariance is that of the block."""
    named = ("Trump", "Nixon")
    kind, person = 0.09 * zero_sum_basis(3) @ zero_sum_basis(3).T, 0.04 * CHAIN @ CHAIN.T
    ratio = np.array([[-1.0, 1, 0], [-1, 0, 1]])
    whole = block_diag(ratio @ kind @ ratio.T, person[np.ix_([1, 3], [1, 3])])
    sd, names = np.sqrt(np.diag(whole)), ("republican", "republican_trumpist", *named)
    correlation = {one: {other: float(whole[i, j] / sd[i] / sd[j]) for j, other in enumerate(names[:i])}
                   for i, one in enumerate(names) if i}  # fmt: skip
    same = JOINT.model_copy(update={"mean": dict.fromkeys(names, 0.0), "sd": dict(zip(names, sd.tolist(), strict=True)),
                                    "correlation": correlation})  # fmt: skip
    part = joint_of({"administration_effects": same}, COORD).part(blocks(CHAIN, zero_sum_basis(3)))
    size = np.array([0.2 if name else 1.0 for name in part.owner])
    found = (part.structure * size) @ (part.structure * size).T
    np.testing.assert_allclose(found, block_diag(kind, person), atol=1e-12)


@pytest.mark.parametrize("name", [  # graphs of the others differ by constants alone
    pytest.param(name, marks=[] if name == "frequency_occasion" else [pytest.mark.slow])
    for name in COMPONENT if name.startswith("frequency")])
def test_model_and_twin_differ_by_one_constant(name):
    component, priors = COMPONENT[name], {**priors_for(name), "administration_effects": JOINT}
    data = knowing(data_of(name), priors)
    logp = component.model(data, priors).compile_logp(mode=PYTHON)
    raw = still(component, data, priors, draw_raw(component, data, priors, np.random.default_rng(11), draws=4))
    named = component.unpack(raw, data, priors)
    model, slow, blind = [], [], []
    for at in range(4):
        point = {str(key): values.to_numpy()[0, at] for key, values in raw.data_vars.items()}
        values = {str(key): values.to_numpy()[0, at] for key, values in named.data_vars.items() if "draw" in values.dims}
        likelihood = twin.log_likelihood(name, data, values)
        slow.append(twin.log_prior(name, values, priors, data.coord) + likelihood)
        blind.append(twin.log_prior(name, values) + likelihood)
        model.append(float(logp(point)))
    model, slow, blind = (np.array(values) - values[0] for values in (model, slow, blind))
    np.testing.assert_allclose(model, slow, rtol=1e-9, atol=1e-7)
    assert np.abs(model - blind).max() > 0.1  # negative control: the twin with independent priors


def test_the_log_prior_of_the_sensitivity_is_the_normal_and_leaves_out_what_it_replaces():
    data = data_of(NAME)
    named = drawn(data, draws=50)
    found = log_prior(COMPONENT_, PRIORS, named, data.coord)
    order = [place for place, name in enumerate(JOINT.mean) if name != "Nixon"]  # integrated out
    law = multivariate_normal(np.array(list(JOINT.mean.values()))[order], covariance(JOINT)[np.ix_(order, order)])
    np.testing.assert_allclose(found["administration_effects"], law.logpdf(vector(named, data)))
    assert "type_scale" not in found
    assert "president_scale" in found
    usual = log_prior(COMPONENT_, priors_for(NAME), named, data.coord)
    assert "type_scale" in usual
    assert "administration_effects" not in usual
    assert idle(PRIORS) == {"type_centre", "type_scale"}
    assert idle(priors_for(NAME)) == set()


def projected(data, president: str, priors=PRIORS) -> np.ndarray:
    """Mean of the log rates of a coming Republican term, (path,)."""
    named = drawn(data, priors)
    future = Future(president=president, type="republican", **TERM)
    return COMPONENT_.project(lambda name: np.broadcast_to(named[name], (DRAWS, *np.shape(named[name])[1:])) if
                              np.ndim(named[name]) else np.full(DRAWS, named[name]), data.coord, future,
                              SeededShocks(DRAWS, 3))["log_rate"].mean(axis=(1, 2))  # fmt: skip


def test_a_president_who_returns_after_terms_outside_the_record_has_the_effect_that_the_prior_knows():
    """Nixon has no term in the record; Haig is new. They differ by Nixon's effect and by nothing else."""
    data = knowing(data_of(NAME), PRIORS)
    returning, new = (projected(data, president) for president in ("Nixon", "Haig"))
    assert (returning - new).mean() == pytest.approx(0.25, abs=5 * np.hypot(0.15, 0.3) / np.sqrt(DRAWS))
    assert np.var(returning) < np.var(new)
    without = data_of(NAME)  # negative control: an axis that does not know him takes him for a new one
    assert abs((projected(without, "Nixon") - projected(without, "Haig")).mean()) < 1e-12


def test_standard_deviations_of_a_sum_by_hand():
    data = data_of(NAME)
    own = covariance_of(PRIORS, data.coord, "republican_trumpist", "Trump")
    row = np.array([-1 / 3, 2 / 3])  # of the ratios of republican and republican_trumpist
    ratio = np.array([[0.04, 0.4 * 0.06], [0.4 * 0.06, 0.09]])
    assert own[0, 0] == pytest.approx(row @ ratio @ row)
    assert own[1, 1] == pytest.approx(0.0625)
    assert own[0, 1] == own[1, 0] == pytest.approx(2 / 3 * -0.7 * 0.25 * 0.3)
    other = covariance_of(PRIORS, data.coord, "democratic", "Obama")
    assert other[0, 1] == 0
    assert other[1, 1] == pytest.approx(PRIORS["president_scale"].sigma ** 2)


def test_noise_is_as_much_as_without_so_that_compiled_code_serves_both():
    shapes = [{one.name: one.type.shape for one in COMPONENT_.model(data_of(NAME), priors).free_RVs}
              for priors in (PRIORS, priors_for(NAME))]  # fmt: skip
    assert all(one == other for one, other in pairwise(shapes))
