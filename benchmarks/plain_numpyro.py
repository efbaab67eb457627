"""One component as a skilled user would write it in NumPyro, in a process of its own.

``python -m benchmarks.plain_numpyro DRAWS``. Effectiveness: named distributions, NUTS, four chains side by side on devices of
their own. NumPyro compiles at every run, so that compilation is told from sampling by what JAX itself reports of it.
"""

import json
import sys
import time

START = time.perf_counter()  # before the heavy imports

from collections.abc import Mapping  # noqa: E402
from functools import partial  # noqa: E402

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import numpyro  # noqa: E402
import xarray as xr  # noqa: E402
from numpyro import distributions as dist  # noqa: E402
from numpyro.infer import MCMC, NUTS  # noqa: E402

from benchmarks.data import given  # noqa: E402
from benchmarks.peak import peak_mb  # noqa: E402
from benchmarks.shown import told  # noqa: E402
from forecast.components.linear import chain_matrix, tree_basis  # noqa: E402
from forecast.components.priors import Prior  # noqa: E402
from forecast.components.protocol import ComponentData  # noqa: E402

CHAINS, TUNE, ACCEPT = 4, 800, 0.9
Priors = Mapping[str, Prior]


def effectiveness(data: ComponentData, priors: Priors) -> None:
    """Mechanism and outcome of each contact."""
    array = {name: jnp.asarray(values) for name, values in data.array.items()}
    member, at = array["mechanism_member"], {}
    for prefix in ("", "mechanism_"):
        at[prefix] = (_administration(data, priors, prefix) + _ranks(data, priors, prefix)
                      + _real(f"{prefix}drift", priors) * array["decade"])
    inside = _real("mechanism_base", priors) + at["mechanism_"]
    numpyro.sample("member", dist.Bernoulli(logits=inside), obs=member)
    location = at[""] + _real("breadth", priors) * array["topics_named"]
    prior = priors["outcome_share"]
    with numpyro.plate("mechanism", 2):
        share = numpyro.sample("outcome_share", dist.Dirichlet(jnp.asarray(prior.concentration)))
    below = jnp.cumsum(share, axis=-1)[:, :-1]
    numpyro.sample("outcome", dist.OrderedLogistic(location, (jnp.log(below) - jnp.log1p(-below))[member]),
                   obs=array["outcome_code"])


def _real(name: str, priors: Priors) -> jax.Array:
    prior = priors[name]
    return numpyro.sample(name, dist.Normal(prior.mu, prior.sigma)) if prior.distribution != "fixed" else jnp.asarray(prior.value)


def _administration(data: ComponentData, priors: Priors, prefix: str) -> jax.Array:
    """Type and president effects of one scale, (contact,)."""
    scale = numpyro.sample(f"{prefix}administration_scale", dist.HalfNormal(priors[f"{prefix}administration_scale"].sigma))
    term, total = data.array["term"], 0.0
    basis = {"type": tree_basis(data.array["party_of_type"], priors["type_correlation"].value),
             "president": chain_matrix(data.array["predecessor"], priors["president_correlation"].value)}
    for name, matrix in basis.items():
        noise = numpyro.sample(f"{prefix}{name}_effect_z", dist.Normal(0, 1).expand([matrix.shape[1]]).to_event(1))
        total = total + (jnp.asarray(matrix) @ noise)[data.array[f"{name}_of_term"][term]]
    return scale * total


def _ranks(data: ComponentData, priors: Priors, prefix: str) -> jax.Array:
    """Effects of ranks that sum to zero, (contact,)."""
    ranks = len(data.coord["rank"])
    scale = numpyro.sample(f"{prefix}rank_scale", dist.HalfNormal(priors[f"{prefix}rank_scale"].sigma))
    effect = numpyro.sample(f"{prefix}rank_effect_z", dist.ZeroSumNormal(np.sqrt(ranks / (ranks - 1)), (ranks,)))
    return scale * effect[data.array["rank"]]


class Compiling:
    """Seconds in which JAX traced, lowered or compiled, from what it reports as each ends; they lie within one another."""

    def __init__(self) -> None:
        self._spans: list[tuple[float, float]] = []
        jax.monitoring.register_event_duration_secs_listener(self._heard)

    def _heard(self, event: str, seconds: float, **_: object) -> None:
        if event.startswith("/jax/core/compile/"):
            now = time.perf_counter()
            self._spans.append((now - seconds, now))

    def seconds(self) -> float:
        """Of the union of all spans."""
        total, until = 0.0, -np.inf
        for begin, end in sorted(self._spans):
            total += max(0.0, end - max(begin, until))
            until = max(until, end)
        return total


def main(draws: int) -> None:
    """Sample and print one line of JSON."""
    clock = {"import": time.perf_counter() - START}
    compiling, begin = Compiling(), time.perf_counter()
    _, data, priors, _ = given("effectiveness")
    clock["build"], begin = time.perf_counter() - begin, time.perf_counter()
    sampler = MCMC(NUTS(partial(effectiveness, data, priors), target_accept_prob=ACCEPT), num_warmup=TUNE, num_samples=draws,
                   num_chains=CHAINS, progress_bar=False)
    sampler.run(jax.random.key(1))
    found = {key: np.asarray(values) for key, values in sampler.get_samples(group_by_chain=True).items()}
    whole, clock["compile"] = time.perf_counter() - begin, compiling.seconds()
    clock["sample"] = whole - clock["compile"]
    chains = xr.Dataset({name: (("chain", "draw", *(f"{name}_{axis}" for axis in range(values.ndim - 2))), values)
                         for name, values in found.items()})
    print(json.dumps(clock | {"shown": told(chains, "effectiveness"), "peak_mb": peak_mb()}))


if __name__ == "__main__":
    numpyro.set_host_device_count(CHAINS)
    main(int(sys.argv[1]))
