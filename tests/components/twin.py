"""Slow twin of the models: log densities of named parameters from SciPy, written from the docstrings alone.

The log prior is a density of the sampler's noise, so a family of effects is divided by its scale first.
"""

from collections.abc import Mapping
from itertools import product

import numpy as np
from scipy.special import expit, log_expit, logit, logsumexp
from scipy.stats import dirichlet, halfnorm, multinomial, multivariate_normal, nbinom, norm

from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from tests.components.example import priors_for

Values = Mapping[str, np.ndarray]
Effects = dict[str, tuple[str, str]]


def _administration(prefix: str = "", scale: str = "administration_scale") -> Effects:
    scale = prefix + scale
    return {f"{prefix}type_effect": ("tree", scale), f"{prefix}president_effect": ("chain", scale)}


def _ranks(prefix: str = "") -> Effects:
    return {f"{prefix}rank_effect": ("zero_sum", f"{prefix}rank_scale")}


def _frequency_effects(levels: str, common: str, by_rank: str) -> Effects:
    return {
        "type_effect": ("tree", "type_scale"), "president_effect": ("chain", "president_scale"),
        "type_rank_effect": ("tree by rank", "administration_rank_scale"),
        "president_rank_effect": ("chain by rank", "administration_rank_scale"),
        "term_level": (levels, common), "term_rank_level": (levels, by_rank),
        "phase": ("zero_sum", "phase_scale"), "season": ("zero_sum", "season_scale"),
    }  # fmt: skip


EFFECT: dict[str, Effects] = {
    "frequency_drift": _frequency_effects("ar1", "term_scale", "term_rank_scale"),
    "frequency_walk": _frequency_effects("walk_to_zero", "walk_scale", "walk_rank_scale"),
    "frequency_discount": _frequency_effects("free", "term_scale", "term_rank_scale"),
    "frequency_occasion": _frequency_effects("ar1", "term_scale", "term_rank_scale")
    | {"mark_effect": ("free", "mark_scale")},
    "frequency_damped": _frequency_effects("ar1", "term_scale", "term_rank_scale"),
    "frequency_recording": _frequency_effects("ar1", "term_scale", "term_rank_scale")
    | {"recording_rank": ("zero_sum", "recording_rank_scale")},
    "agenda": _administration() | _ranks() | {"walk": ("walk", "walk_scale")},
    "effectiveness": _administration() | _ranks() | _administration("mechanism_") | _ranks("mechanism_"),
    "media": _administration("pages_") | _ranks("pages_") | {"pages_walk": ("walk_back", "pages_walk_scale")}
    | _administration("tone_") | _ranks("tone_"),
    "setting": _administration() | _ranks(),
    "completeness": _ranks() | {"list_era": ("free", "era_scale"), "list_rank": ("free", "list_rank_scale")},
}  # fmt: skip
"""Effects that share a scale: how they are tied along their first axis, and which scale."""


def log_prior(name: str, named: Values, priors: Mapping[str, Prior] | None = None,
              coord: Mapping[str, tuple[str, ...]] | None = None) -> float:
    """Log density of the sampler's variables (scales, noise, raw shares), up to a constant; `coord` for a joint normal."""
    priors, total = priors or priors_for(name), 0.0
    joint = "administration_effects" in priors and priors["administration_effects"].distribution == "joint_normal"
    for key, prior in priors.items():
        if key not in named:  # an assumption, or a constant
            continue
        if prior.distribution == "half_normal":
            total += halfnorm.logpdf(named[key], scale=prior.sigma)
        elif prior.distribution == "normal":
            total += norm.logpdf(named[key], prior.mu, prior.sigma).sum()
        elif prior.distribution == "dirichlet":
            for share in np.atleast_2d(named[key]):
                total += dirichlet.logpdf(share / share.sum(), prior.concentration) + np.log(share).sum()
    fixed = {key: prior.value for key, prior in priors.items() if prior.distribution == "fixed"}
    if joint:
        total += _log_joint(priors["administration_effects"], named, coord, fixed["president_correlation"])
    for key, (tie, scale) in EFFECT[name].items():
        if joint and key in ("type_effect", "president_effect"):
            continue
        total += _log_effect(tie, np.asarray(named[key]) / named[scale], fixed)
    return float(total)


def _log_joint(prior: Prior, named: Values, coord: Mapping[str, tuple[str, ...]], correlation: float) -> float:
    """Log ratios of types and the presidents on the axis, name by name; presidents without a name given those who have one."""
    kind = dict(zip(coord["type"], named["type_effect"], strict=True))
    person = dict(zip(coord["president"], named["president_effect"], strict=True))
    value = {name: kind[name] - kind[prior.against] for name in prior.mean if name in kind}
    value |= {name: person[name] for name in prior.mean if name in person}
    cov = np.diag([prior.sd[name] ** 2 for name in value])
    for (i, one), (j, other) in product(enumerate(value), enumerate(value)):
        for a, b in ((one, other), (other, one)):
            if b in prior.correlation.get(a, {}):
                cov[i, j] = prior.correlation[a][b] * prior.sd[a] * prior.sd[b]
    effect, known = np.array(list(person.values())), np.array([name in value for name in person])
    step = np.subtract.outer(np.arange(len(person)), np.arange(len(person)))  # by turns one party and the other
    alike = np.where(step % 2, 0.0, correlation ** (abs(step) / 2))
    alike[6:, :6] = alike[:6, 6:] = 0  # whom the record does not know is tied to nobody
    follow = alike[np.ix_(~known, known)] @ np.linalg.inv(alike[np.ix_(known, known)])
    left = (effect[~known] - follow @ effect[known]) / named["president_scale"]
    return (multivariate_normal.logpdf(list(value.values()), [prior.mean[name] for name in value], cov)
            + multivariate_normal.logpdf(left, cov=alike[np.ix_(~known, ~known)] - follow @ alike[np.ix_(known, ~known)]))


def _log_tree(effect: np.ndarray, correlation: float) -> float:
    """Democratic, Republican, Republican apart: covariance of the effects less their mean, times 3 / 2."""
    alike, less_mean = np.array([[1, 0, 0], [0, 1, correlation], [0, correlation, 1]]), np.eye(3) - 1 / 3
    inverse = np.linalg.pinv(1.5 * less_mean @ alike @ less_mean)
    return -0.5 * (effect * np.tensordot(inverse, effect, 1)).sum()


def _log_chain(effect: np.ndarray, correlation: float) -> float:
    """Presidents in the order Bush 41, Clinton, Bush 43, Obama, Trump, Biden: by turns one party and the other; others alone."""
    known, others = effect[:6], effect[6:]
    fresh = (known[2:] - correlation * known[:-2]) / np.sqrt(1 - correlation**2)
    return norm.logpdf(known[:2]).sum() + norm.logpdf(fresh).sum() + norm.logpdf(others).sum()


def _log_effect(tie: str, effect: np.ndarray, fixed: Mapping[str, float]) -> float:
    if tie.endswith(" by rank"):  # sums to zero over ranks too, of variance n / (n - 1) along every direction that does
        size = np.sqrt((effect.shape[1] - 1) / effect.shape[1])
        return _log_effect(tie.removesuffix(" by rank"), effect * size, fixed)
    if tie == "tree":
        return _log_tree(effect, fixed["type_correlation"])
    if tie == "chain":
        return _log_chain(effect, fixed["president_correlation"])
    persistence = fixed.get("term_persistence")
    if tie == "zero_sum":  # variance n / (n - 1) along every direction that sums to zero
        n = len(effect)
        return -0.5 * (n - 1) / n * (effect**2).sum()
    if tie == "ar1":
        fresh = (effect[1:] - persistence * effect[:-1]) / np.sqrt(1 - persistence**2)
        return norm.logpdf(effect[0]).sum() + norm.logpdf(fresh).sum()
    if tie == "walk_to_zero":
        return norm.logpdf(np.diff(effect, axis=0)).sum()
    if tie == "walk_back":  # without the latest term, which is zero
        return norm.logpdf(np.diff(np.vstack([effect, 0 * effect[-1]]), axis=0)).sum()
    if tie == "walk":
        return norm.logpdf(np.diff(effect, axis=0)).sum() + norm.logpdf(effect[-1]).sum()
    return norm.logpdf(effect).sum()


def log_likelihood(name: str, data: ComponentData, named: Values) -> float:
    """Log probability of the observations; the breadth of contacts is integrated over the same nodes as in the model."""
    if name == "agenda":
        return _agenda(data.array, named)
    if name.startswith("frequency"):
        return _frequency(name, data.array, named)
    if name == "setting":
        return _setting(data, named)
    known = {"effectiveness": _effectiveness, "media": _media, "completeness": _completeness}
    return known[name](data.array, named)


def _completeness(array: Values, named: Values) -> float:
    """Histories of listed contacts, history by history; visibility integrated over the same nodes as the model."""
    node, weight = np.polynomial.hermite_e.hermegauss(7)
    total = 0.0
    for rank, era in np.ndindex(array["history"].shape[:2]):
        logit_of = named["base"] + named["list_era"][:, era] + named["rank_effect"][rank] + named["list_rank"][:, rank]
        p = expit(logit_of + named["visibility_scale"] * node[:, None])
        pattern = [[number >> place & 1 for place in range(3)] for number in range(8)]
        share = [weight @ np.prod(np.where(np.array(one) == 1, p, 1 - p), axis=1) / weight.sum() for one in pattern]
        seen = np.array(share[1:]) / (1 - share[0])
        total += (array["history"][rank, era] * np.log(seen)).sum()
    return total


def _counts(count: np.ndarray, mean: np.ndarray, spread: float) -> float:
    size = spread**-2
    return nbinom.logpmf(count, size, size / (size + mean)).sum()


def _grades(code: np.ndarray, location: np.ndarray, share: np.ndarray) -> float:
    """Ordinal codes (row,) at locations (row,) with shares (row or 1, K)."""
    cut = logit(np.clip(np.cumsum(share, axis=1), 0, 1))
    below = np.column_stack([np.zeros(len(code)), expit(cut[:, :-1] - location[:, None]), np.ones(len(code))])
    row = np.arange(len(code))
    return np.log(below[row, code + 1] - below[row, code]).sum()


def _effect(array: Values, named: Values, prefix: str = "") -> np.ndarray:
    """Type and president of the term of every row."""
    kind, person = array["type_of_term"][array["term"]], array["president_of_term"][array["term"]]
    return named[f"{prefix}type_effect"][kind] + named[f"{prefix}president_effect"][person]


def _frequency(name: str, array: Values, named: Values) -> float:
    """Contacts cell by cell, or occasions cell by cell and their companions one by one."""
    total, (dyads, ranks, years) = 0.0, array["count"].shape
    occasions = name == "frequency_occasion"
    last = max(np.flatnonzero(array["term_used"]))
    for dyad, rank, year in np.ndindex(dyads, ranks, years):
        term = array["term"][year]
        log_rate = (named["base"][dyad, rank] + named["type_effect"][array["type_of_term"][term]]
                    + named["president_effect"][array["president_of_term"][term]] + named["term_level"][term]
                    + named["type_rank_effect"][array["type_of_term"][term], rank]
                    + named["president_rank_effect"][array["president_of_term"][term], rank]
                    + named["term_rank_level"][term, rank] + named["phase"][array["year_of_term"][year]]
                    + named["covid"] * array["covid"][year])  # fmt: skip
        if name in ("frequency_drift", "frequency_occasion", "frequency_damped", "frequency_recording"):
            slope = named["drift"] + named["drift_lower"] * (rank >= 3)  # deputies, assistants, Congress
            log_rate += slope * array["decade"][year]
        if name == "frequency_recording":
            log_rate += np.log(1 - _shares_of_histories(array, named, rank, term)[0])
        mean, count = array["exposure"][dyad, year] * np.exp(log_rate), array["count"][dyad, rank, year]
        if occasions:
            of_cell = (array["occasion_dyad"] == dyad) & (array["lead"] == rank) & (array["occasion_year"] == year)
            count = of_cell.sum()
        weight = 0.5 ** (last - term) if name == "frequency_discount" else 1.0
        total += array["term_used"][term] * weight * _counts(count, mean, named["overdispersion"])
    if occasions:
        total += _companions(array, named, ranks)
    if name == "frequency_recording":
        for rank, term in np.ndindex(array["history"].shape[:2]):
            share = _shares_of_histories(array, named, rank, term)
            seen = np.log(share[1:] / (1 - share[0]))
            total += array["term_used"][term] * (array["history"][rank, term] * seen).sum()
    weight = array["month_exposure"] * np.exp(named["season"])
    return total + multinomial.logpmf(array["month_count"], array["month_count"].sum(), weight / weight.sum())


def _shares_of_histories(array: Values, named: Values, rank: int, term: int) -> np.ndarray:
    """Probability of each history, (8,), list by list; visibility integrated over the same nodes as the model."""
    node, weight = np.polynomial.hermite_e.hermegauss(7)
    logit_of = (named["recording_base"] + named["recording_age"] * array["coding_age"][term] + named["recording_rank"][rank])
    p = expit(logit_of + named["recording_visibility_scale"] * node[:, None])
    reports = np.array([[number >> place & 1 for place in range(3)] for number in range(8)])
    return np.array([weight @ np.where(one == 1, p, 1 - p).prod(axis=1) for one in reports]) / weight.sum()


def _companions(array: Values, named: Values, ranks: int) -> float:
    pair = {key: at for at, key in enumerate((lead, rank) for lead in range(ranks) for rank in range(lead, ranks))}
    total = 0.0
    for at, lead in enumerate(array["lead"]):
        used = array["term_used"][array["term"][array["occasion_year"][at]]]
        for rank in range(lead, ranks):
            mean = np.exp(named["mark_base"] + named["mark_effect"][pair[lead, rank]])
            total += used * _counts(array["companion"][at, rank], mean, named["mark_overdispersion"])
    return total


def _agenda(array: Values, named: Values, nodes: int = 11) -> float:
    walk = np.vstack([named["walk"], 0 * named["base"]])
    logits = named["base"] + _effect(array, named) + named["rank_effect"][array["rank"]] + walk[array["term"]]
    sign = 2 * array["named"] - 1
    node, weight = np.polynomial.hermite_e.hermegauss(nodes)  # Gauss and Hermite, weight exp(-x^2 / 2)
    at_node = []
    for x in node:
        at = logits + named["breadth_scale"] * x
        nothing = log_expit(-at).sum(axis=1)
        at_node.append(log_expit(sign * at).sum(axis=1) - np.log(-np.expm1(nothing)))  # at least one topic is named
    return logsumexp(at_node, axis=0, b=weight[:, None] / np.sqrt(2 * np.pi)).sum()


def _effectiveness(array: Values, named: Values) -> float:
    location = {
        prefix: _effect(array, named, prefix) + named[f"{prefix}rank_effect"][array["rank"]]
        + named[f"{prefix}drift"] * array["decade"]
        for prefix in ("", "mechanism_")
    }  # fmt: skip
    member = array["mechanism_member"]
    inside = log_expit((2 * member - 1) * (named["mechanism_base"] + location["mechanism_"])).sum()
    at = location[""] + named["breadth"] * array["topics_named"]
    return inside + _grades(array["outcome_code"], at, named["outcome_share"][member])


def _setting(data: ComponentData, named: Values) -> float:
    array, total = data.array, 0.0
    logit_of = (named["base"] + _effect(array, named) + named["rank_effect"][array["rank"]]
                + named["drift"] * array["decade"][:, None])  # fmt: skip
    for row, direction, form in zip(logit_of, array["direction"], array["format"], strict=True):
        total += row[direction] - logsumexp(row)
        way, label = data.coord["direction"][direction], data.coord["format"][form]
        if way in (travel := ("us_to_partner", "partner_to_us")):
            total += np.log(named["visit_share"][travel.index(way), ("visit", "meeting").index(label)])
        elif way == "remote":
            total += np.log(named["remote_share"][("call", "video", "letter").index(label)])
    return total


def _media(array: Values, named: Values) -> float:
    at = {
        prefix: _effect(array, named, prefix) + named[f"{prefix}rank_effect"][array["rank"]]
        + named[f"{prefix}effective"] * array["effective"][:, None]
        + named[f"{prefix}drift"] * array["decade"][:, None]
        for prefix in ("pages_", "tone_")
    }  # fmt: skip
    walk = np.vstack([named["pages_walk"], 0 * named["pages_base"]])
    mean = np.exp(named["pages_base"] + walk[array["term"]] + at["pages_"])
    size, q = named["pages_overdispersion"] ** -2, expit(named["elsewhere"])
    counts = _counts(array["pages"], mean, named["pages_overdispersion"])
    nothing = (1 - q) * nbinom.pmf(0, size, size / (size + mean)).prod(axis=1)
    counts += np.log(np.where(array["elsewhere"] == 1, q, 1 - q)).sum() - np.log1p(-nothing).sum()
    contact, side = array["page_contact"], array["page_side"]
    return counts + _grades(array["page_tone"], at["tone_"][contact, side], named["tone_share"][side])
