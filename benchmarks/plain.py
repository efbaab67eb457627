"""The same five models as anybody would write them: named distributions in one PyMC model, sampled by PyMC's own NUTS."""

import json
import resource
import sys
import time

START = time.perf_counter()  # before the heavy imports

from collections.abc import Callable, Mapping  # noqa: E402

import numpy as np  # noqa: E402
import pymc as pm  # noqa: E402
import pytensor.tensor as pt  # noqa: E402

from benchmarks.data import given  # noqa: E402
from benchmarks.shown import told  # noqa: E402
from forecast.components.capture import pattern, quadrature  # noqa: E402
from forecast.components.linear import ar1_matrix, chain_matrix, tree_basis, zero_sum_basis  # noqa: E402
from forecast.components.priors import Prior  # noqa: E402


class Plain:
    """Parameters of one component inside the open model, called ``component.name``."""

    def __init__(self, component: str, data: object, priors: Mapping[str, Prior]) -> None:
        self.component, self.array, self.priors = component, data.array, priors
        self.size = {axis: len(labels) for axis, labels in data.coord.items()}

    def own(self, name: str) -> str:
        """Full name."""
        return f"{self.component}.{name}"

    def real(self, name: str, *shape: int) -> pt.TensorVariable:
        """A coefficient; a constant where its prior is one value."""
        prior = self.priors[name]
        if prior.distribution == "fixed":
            return pt.full(shape, prior.value)
        return pm.Normal(self.own(name), prior.mu, prior.sigma, shape=shape)

    def positive(self, name: str) -> pt.TensorVariable:
        """A scale."""
        return pm.HalfNormal(self.own(name), self.priors[name].sigma)

    def shares(self, name: str, *groups: int) -> pt.TensorVariable:
        """Cutpoints from Dirichlet shares, (*groups, K - 1)."""
        share = pm.Dirichlet(self.own(name), np.array(self.priors[name].concentration),
                             shape=(*groups, len(self.priors[name].concentration)))
        below = pt.cumsum(share, axis=-1)[..., :-1]
        return pt.log(below) - pt.log1p(-below)

    def zero_sum(self, name: str, scale: pt.TensorVariable, *shape: int) -> pt.TensorVariable:
        """Effects of unit marginal variance that sum to zero along the last axis, times a scale."""
        n = shape[-1]
        return scale * pm.ZeroSumNormal(self.own(f"{name}_z"), np.sqrt(n / (n - 1)), shape=shape)

    def free(self, name: str, scale: pt.TensorVariable, *shape: int) -> pt.TensorVariable:
        """Exchangeable effects, times a scale."""
        return scale * pm.Normal(self.own(f"{name}_z"), 0, 1, shape=shape)

    def tree(self) -> np.ndarray:
        """Basis of the types."""
        return tree_basis(self.array["party_of_type"], self.priors["type_correlation"].value)

    def chain(self) -> np.ndarray:
        """Basis of the presidents."""
        return chain_matrix(self.array["predecessor"], self.priors["president_correlation"].value)

    def tied(self, name: str, basis: np.ndarray, *shape: int) -> pt.TensorVariable:
        """Effects of unit scale along a constant basis, (*shape, level)."""
        return pm.Normal(self.own(f"{name}_z"), 0, 1, shape=(*shape, basis.shape[1])) @ basis.T

    def administration_by_rank(self, term: np.ndarray) -> pt.TensorVariable:
        """Deviations of ranks under type and president, (rank, row)."""
        scale, ranks = self.positive("administration_rank_scale"), self.size["rank"]
        kind, person = (zero_sum_basis(ranks) @ self.tied(f"{name}_rank_effect", basis, ranks - 1)
                        for name, basis in (("type", self.tree()), ("president", self.chain())))
        return scale * (kind[:, self.array["type_of_term"][term]] + person[:, self.array["president_of_term"][term]])

    def administration(self, term: np.ndarray, scales: tuple[str, str], *shape: int, prefix: str = "") -> pt.TensorVariable:
        """Type and president effects, (*shape, row)."""
        one = self.positive(prefix + scales[0])
        other = one if scales[1] == scales[0] else self.positive(prefix + scales[1])
        kind = one * self.tied(f"{prefix}type_effect", self.tree(), *shape)
        person = other * self.tied(f"{prefix}president_effect", self.chain(), *shape)
        return kind[..., self.array["type_of_term"][term]] + person[..., self.array["president_of_term"][term]]


def frequency_drift(own: Plain) -> None:
    """Counts by rank and administration year; months by calendar month."""
    array, size = own.array, own.size
    term, ranks = array["term"], size["rank"]
    levels = ar1_matrix(size["term"], own.priors["term_persistence"].value)
    common = pt.dot(levels, own.free("term_level", own.positive("term_scale"), size["term"]))
    by_rank = pt.dot(levels, own.free("term_rank_level", own.positive("term_rank_scale"), size["term"], ranks))
    phase = own.zero_sum("phase", own.positive("phase_scale"), 4)
    year = (own.administration(term, ("type_scale", "president_scale")) + common[term] + phase[array["year_of_term"]]
            + own.real("covid") * array["covid"])
    drift = array["decade"] * (own.real("drift") + own.real("drift_lower") * array["lower"][:, None])
    rate = (own.real("base", size["dyad"], ranks)[:, :, None] + year + by_rank[term].T + own.administration_by_rank(term) + drift
            + np.log(array["exposure"])[:, None])
    pm.NegativeBinomial(own.own("count"), mu=pt.exp(rate), alpha=own.positive("overdispersion") ** -2, observed=array["count"])
    season = pt.exp(own.zero_sum("season", own.positive("season_scale"), 12)) * array["month_exposure"]
    pm.Multinomial(own.own("month"), int(array["month_count"].sum()), season / season.sum(), observed=array["month_count"])


def agenda(own: Plain) -> None:
    """Topics of each contact, with one breadth per contact."""
    array, topics, terms = own.array, own.size["topic"], own.size["term"]
    steps = own.free("walk", own.positive("walk_scale"), terms - 1, topics)
    walk = pt.concatenate([-pt.cumsum(steps[::-1], axis=0)[::-1], np.zeros((1, topics))])
    rank = own.zero_sum("rank_effect", own.positive("rank_scale"), topics, own.size["rank"])
    contact = own.administration(array["term"], ("administration_scale",) * 2, topics) + rank[:, array["rank"]]
    breadth = own.free("breadth", own.positive("breadth_scale"), len(array["rank"]))
    logit = own.real("base", topics) + contact.T + walk[array["term"]] + breadth[:, None]
    pm.Bernoulli(own.own("named"), logit_p=logit, observed=array["named"])
    nothing = -pt.softplus(logit).sum(axis=1)
    pm.Potential(own.own("some"), -pt.log1mexp(nothing).sum())  # a reported agenda names at least one topic


def effectiveness(own: Plain) -> None:
    """Mechanism and outcome of each contact."""
    array, at = own.array, {}
    for prefix in ("", "mechanism_"):
        rank = own.zero_sum(f"{prefix}rank_effect", own.positive(f"{prefix}rank_scale"), own.size["rank"])
        at[prefix] = (own.administration(array["term"], ("administration_scale",) * 2, prefix=prefix) + rank[array["rank"]]
                      + own.real(f"{prefix}drift") * array["decade"])
    pm.Bernoulli(own.own("member"), logit_p=own.real("mechanism_base") + at["mechanism_"], observed=array["mechanism_member"])
    location = at[""] + own.real("breadth") * array["topics_named"]
    pm.OrderedLogistic(own.own("outcome"), eta=location, compute_p=False,
                       cutpoints=own.shares("outcome_share", 2)[array["mechanism_member"]], observed=array["outcome_code"])


def media(own: Plain) -> None:
    """Pages per contact and side, given that the contact is recorded, and the tone of each page."""
    array, sides, at = own.array, own.size["side"], {}
    for prefix in ("pages_", "tone_"):
        rank = own.zero_sum(f"{prefix}rank_effect", own.positive(f"{prefix}rank_scale"), sides, own.size["rank"])
        at[prefix] = (own.administration(array["term"], ("administration_scale",) * 2, sides, prefix=prefix)
                      + rank[:, array["rank"]] + own.real(f"{prefix}effective", sides)[:, None] * array["effective"]
                      + own.real(f"{prefix}drift", sides)[:, None] * array["decade"]).T
    step = own.positive("pages_walk_scale") * pm.Normal(own.own("pages_walk_z"), 0, 1, shape=(own.size["term"] - 1, sides))
    walk = pt.concatenate([-pt.cumsum(step[::-1], axis=0)[::-1], pt.zeros((1, sides))])
    mean = pt.exp(own.real("pages_base", sides) + walk[array["term"]] + at["pages_"])
    pages = pm.NegativeBinomial.dist(mu=mean, alpha=own.positive("pages_overdispersion") ** -2, shape=array["pages"].shape)
    share = pm.math.sigmoid(own.real("elsewhere"))
    nothing = (1 - share) * pt.exp(pm.logp(pages, np.zeros_like(array["pages"])).sum(axis=1))
    pm.Potential(own.own("pages"), pm.logp(pages, array["pages"]).sum() - pt.log1p(-nothing).sum())
    pm.Bernoulli(own.own("elsewhere_seen"), share, observed=array["elsewhere"])
    page, side = array["page_contact"], array["page_side"]
    pm.OrderedLogistic(own.own("tone"), eta=at["tone_"][page, side], cutpoints=own.shares("tone_share", sides)[side],
                       compute_p=False, observed=array["page_tone"])


def completeness(own: Plain) -> None:
    """Capture histories by rank and era."""
    lists, eras, ranks = (own.size[axis] for axis in ("list", "era", "rank"))
    by_era = own.free("list_era", own.positive("era_scale"), eras, lists)
    rank = own.zero_sum("rank_effect", own.positive("rank_scale"), ranks)
    by_rank = own.free("list_rank", own.positive("list_rank_scale"), ranks, lists)
    logit = own.real("base", lists) + by_era[None] + rank[:, None, None] + by_rank[:, None, :]
    node, log_weight = quadrature()
    chance = pt.sigmoid(logit[..., None, :] + own.positive("visibility_scale") * node[:, None])[..., None, :]
    each = pt.prod(pt.switch(pattern(lists) > 0, chance, 1 - chance), axis=-1)  # (rank, era, node, history)
    share = (each * np.exp(log_weight)[:, None]).sum(axis=-2)
    count = own.array["history"]
    pm.Multinomial(own.own("history"), count.sum(axis=-1), share[..., 1:] / (1 - share[..., :1]), observed=count)


MODEL: Mapping[str, Callable[[Plain], None]] = {
    one.__name__: one for one in (frequency_drift, agenda, effectiveness, media, completeness)}


def main(names: list[str], draws: int) -> None:
    """Build, sample and print one line of JSON."""
    clock, begin = {"import": time.perf_counter() - START}, time.perf_counter()
    with pm.Model() as model:
        for name in names:
            _, data, priors, _ = given(name)
            MODEL[name](Plain(name, data, priors))
    clock["build"], begin = time.perf_counter() - begin, time.perf_counter()
    with model:
        trace = pm.sample(draws=draws, tune=800, chains=4, cores=2, nuts_sampler="pymc", target_accept=0.9, random_seed=1,
                          progressbar=False, compute_convergence_checks=False)
    chains, whole = trace["posterior"].to_dataset(), time.perf_counter() - begin
    clock["sample"] = float(chains.attrs["sampling_time"])
    clock["compile"] = whole - clock["sample"]
    shown = {key: one for name in names for key, one in told(chains, name, f"{name}.").items()}
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps(clock | {"shown": shown, "peak_mb": peak / (2**20 if sys.platform == "darwin" else 2**10)}))


if __name__ == "__main__":
    main(sys.argv[1].split(","), int(sys.argv[2]))
