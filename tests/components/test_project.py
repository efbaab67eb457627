"""Projections against a slow twin: one path at a time, from the docstrings, with the values of its own draw."""

from copy import copy
from types import MappingProxyType

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import nbinom, norm

from forecast.components.protocol import Future
from forecast.components.registry import COMPONENT, POOL, PROJECTING
from forecast.posterior.pool import chosen
from tests.components.example import SeededShocks, prior_posterior, projecting_posterior

COUNT = 24
MIDPOINT = np.array([2025.5, 2026.6, 2027.5, 2028.5])
FUTURE = MappingProxyType({
    "returning": Future(president="Trump", type="republican_trumpist", midpoint=MIDPOINT),
    "returning, other type": Future(president="Obama", type="republican", midpoint=MIDPOINT),
    "new": Future(president="Harris", type="democratic", midpoint=MIDPOINT),
    "new, heir": Future(president="Harris", type="democratic", midpoint=MIDPOINT, predecessors=("Biden", "Obama")),
    "new, heir of an unknown one": Future(president="Harris", type="democratic", midpoint=MIDPOINT,
                                          predecessors=("Somebody", "Obama", "Clinton")),
    "running": Future(president="Trump", type="republican_trumpist", midpoint=MIDPOINT, ahead=0),
    "after the next": Future(president="Trump", type="republican_trumpist", midpoint=MIDPOINT, ahead=2),
    "after somebody in between": Future(president="a Democrat", type="democratic", midpoint=MIDPOINT, ahead=2, between=1.0,
                                        predecessors=("Biden", "Obama")),
    "after somebody, perhaps": Future(president="a Democrat", type="democratic", midpoint=MIDPOINT, ahead=2, between=0.5,
                                      predecessors=("Biden", "Obama")),
})  # fmt: skip
ORIGIN = 2009.05
LATER = ("returning", "new", "after the next", "after somebody in between")
"""Of which every step is one of another future, too."""
either = pytest.mark.parametrize("future", [
    pytest.param(one, id=name, marks=pytest.mark.slow if name in LATER else ()) for name, one in FUTURE.items()])


class Path:
    """Named parameters of one draw, shocks of one path, and the labels of the axes."""

    def __init__(self, name: str, path: int, future: Future, shocks: SeededShocks) -> None:
        draws = projecting_posterior(name).draws
        self.value = {str(key): v.to_numpy()[path] if "draw" in v.dims else v.to_numpy() for key, v in draws.data_vars.items()}
        self.coord, self.future, self.path, self.shocks = projecting_posterior(name).coord, future, path, shocks

    def __getitem__(self, key: str):
        return self.value[key]

    def shock(self, stream: str, *shape: int) -> np.ndarray:
        return self.shocks(stream, *shape)[self.path]

    def administration(self, scale: str, stream: str, prefix: str = "") -> np.ndarray:
        """Type effect, and the president's own or, for a new one, a fresh draw of the same scale."""
        kind = self[f"{prefix}type_effect"][self.coord["type"].index(self.future.type)]
        if self.future.president in self.coord["president"]:
            return kind + self[f"{prefix}president_effect"][self.coord["president"].index(self.future.president)]
        return kind + self.heir(f"{prefix}president_effect", self[scale] * self.shock(stream, *np.shape(kind)))

    def heir(self, effect: str, fresh: np.ndarray) -> np.ndarray:
        """A new president: some of the latest of the party who is known, by so many steps, and a fresh rest."""
        for steps, earlier in enumerate(self.future.predecessors, start=1):
            if earlier in self.coord["president"]:
                between = self.future.between if self.future.between in (0, 1) else (
                    norm.cdf(self.shock("before/president")) < self.future.between)
                kept = self["president_correlation"] ** (steps + between)
                return kept * self[effect][self.coord["president"].index(earlier)] + np.sqrt(1 - kept**2) * fresh
        return fresh

    def walked(self, stream: str, *shape: int) -> np.ndarray:
        """Steps of a walk from the last term of the record."""
        streams = [stream, f"{stream}/2"][:self.future.ahead]
        return sum((self.shock(one, *shape) for one in streams), np.zeros(shape))

    def by_rank(self) -> np.ndarray:
        """Deviations of ranks, the fresh ones less their mean."""
        kind = self["type_rank_effect"][self.coord["type"].index(self.future.type)]
        if self.future.president in self.coord["president"]:
            return kind + self["president_rank_effect"][self.coord["president"].index(self.future.president)]
        noise, n = self.shock("frequency/rank/president", len(kind) - 1), len(kind)
        fresh = np.zeros(n)
        for place, z in enumerate(noise, start=1):  # the first `place` ranks against the one after them
            fresh[:place] += z / np.sqrt(place * (place + 1))
            fresh[place] -= z * np.sqrt(place / (place + 1))
        return kind + self.heir("president_rank_effect", self["administration_rank_scale"] * np.sqrt(n / (n - 1)) * fresh)


def frequency(path: Path, name: str, prefix: str = "") -> dict:
    ranks = len(path.coord["rank"])
    value = {key.removeprefix(prefix): one for key, one in path.value.items() if key.startswith(prefix)}
    path = replace_value(path, value)
    keep, fresh = {"frequency_walk": (1, 1), "frequency_discount": (0, 1)}.get(name, (0.7, np.sqrt(1 - 0.7**2)))
    common, single = ("walk_scale", "walk_rank_scale") if name == "frequency_walk" else ("term_scale", "term_rank_scale")
    level, by_rank = path["term_level"][-1], path["term_rank_level"][-1]
    for which in ("", "/2")[:path.future.ahead]:
        level = keep * level + fresh * path[common] * path.shock(f"frequency/term{which}")
        by_rank = keep * by_rank + fresh * path[single] * path.shock(f"frequency/term_rank{which}", ranks)
    effect, of_rank = path.administration("president_scale", "frequency/president"), path.by_rank()
    rate = np.empty((ranks, 4))
    for rank, year in np.ndindex(ranks, 4):
        rate[rank, year] = path["base"][0, rank] + effect + of_rank[rank] + level + path["phase"][year] + by_rank[rank]
        if name not in ("frequency_walk", "frequency_discount"):
            slope = path["drift"] + path["drift_lower"] * (path.coord["rank"][rank] in ("deputy", "assistant", "congress"))
            rate[rank, year] += slope * clock(path, MIDPOINT[year], damped=name == "frequency_damped")
        if name == "frequency_recording":
            rate[rank, year] += np.log(recorded(path, rank))
    size = np.full((ranks, 4), path["overdispersion"] ** -2.0)
    if name == "frequency_occasion":
        rate, size = companions(path, rate)
    return {
        "log_rate": rate,
        "season": 12 * np.exp(path["season"]) / np.exp(path["season"]).sum(),
        "dispersion": size,
        "state_persistence": path["state_persistence"],
        "state_loading": path["state_loading"],
    }


def clock(path: Path, year: float, *, damped: bool) -> float:
    """Decades from the origin; beyond the end of the record growth fades by the integral of a geometric sum."""
    if not damped:
        return (year - ORIGIN) / 10
    ahead, left = year - ORIGIN - 10 * path["trend_end"], path["trend_damping"]
    return path["trend_end"] + left * (1 - left**ahead) / (1 - left) / 10


def recorded(path: Path, rank: int) -> float:
    """Share of contacts of a term coded at an average age of two years that any list reports."""
    node, weight = np.polynomial.hermite_e.hermegauss(7)
    logit_of = path["recording_base"] + 0.2 * path["recording_age"] + path["recording_rank"][rank]
    missed = np.prod(expit(-(logit_of + path["recording_visibility_scale"] * node[:, None])), axis=1)
    return 1 - weight @ missed / weight.sum()


def replace_value(path: Path, value: dict) -> Path:
    found = copy(path)
    found.value = value
    return found


def companions(path: Path, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log mean and size of contacts, from the moments of a compound sum by the laws of total mean and variance."""
    ranks = len(rate)
    expected = iter(np.exp(path["mark_base"] + path["mark_effect"]))
    mean, variance = np.zeros_like(rate), np.zeros_like(rate)
    for lead in range(ranks):
        occasions = np.exp(rate[lead])
        spread = occasions + occasions**2 * path["overdispersion"] ** 2
        for rank in range(lead, ranks):
            more = next(expected)
            each, within = (lead == rank) + more, more + more**2 * path["mark_overdispersion"] ** 2
            mean[rank] += occasions * each
            variance[rank] += occasions * within + spread * each**2
    return np.log(mean), mean**2 / (variance - mean)


def pool(path: Path) -> dict:
    """The fields of the formulation that the path follows."""
    name = POOL["frequency"].members[int(path["form"])].name
    return frequency(path, name, prefix=f"{name}/")


def agenda(path: Path) -> dict:
    topics = len(path.coord["topic"])
    level = path["base"] + path.administration("administration_scale", "agenda/president")
    level = level + path["walk_scale"] * path.walked("agenda/walk", topics)
    return {"topic_logit": level + path["rank_effect"], "breadth_sd": path["breadth_scale"]}


def effectiveness(path: Path) -> dict:
    decade, location = (MIDPOINT.mean() - ORIGIN) / 10, {}
    for prefix in ("", "mechanism_"):
        effect = path.administration(f"{prefix}administration_scale", f"effectiveness/{prefix}president", prefix)
        location[prefix] = path[f"{prefix}rank_effect"] + effect + path[f"{prefix}drift"] * decade
    share = path["outcome_share"]
    return {
        "mechanism_logit": path["mechanism_base"] + location["mechanism_"],
        "outcome_location": location[""],
        "outcome_breadth": path["breadth"],
        "outcome_cut": [[logit(one[: k + 1].sum()) for k in range(3)] for one in share],
    }


def media(path: Path) -> dict:
    decade, location = (MIDPOINT.mean() - ORIGIN) / 10, {}
    for prefix in ("pages_", "tone_"):
        effect = path.administration(f"{prefix}administration_scale", f"media/{prefix}president", prefix)
        by_side = effect + path[f"{prefix}drift"] * decade
        if prefix == "pages_":
            by_side = by_side + path["pages_walk_scale"] * path.walked("media/pages_walk", 2)
        location[prefix] = np.array([by_side[side] + path[f"{prefix}rank_effect"][:, side] for side in range(2)])
    return {
        "pages_log_mean": path["pages_base"][:, None] + location["pages_"],
        "pages_outcome": path["pages_effective"],
        "known_elsewhere": expit(path["elsewhere"]),
        "pages_dispersion": np.repeat(path["pages_overdispersion"] ** -2, 2),
        "tone_location": location["tone_"],
        "tone_outcome": path["tone_effective"],
        "tone_cut": [[logit(share[0]), logit(share[0] + share[1])] for share in path["tone_share"]],
    }


def setting(path: Path) -> dict:
    decade, formats = (MIDPOINT.mean() - ORIGIN) / 10, np.zeros((4, 5))
    level = path["base"] + path.administration("administration_scale", "setting/president") + path["drift"] * decade
    formats[:2, :2], formats[2, 1], formats[3, 2:] = path["visit_share"], 1, path["remote_share"]
    return {"direction_logit": level + path["rank_effect"], "format_share": formats}


TWIN = {"setting": setting, "frequency": pool, "agenda": agenda, "effectiveness": effectiveness, "media": media}


def test_draws_of_the_pool_follow_the_formulations_in_the_shares_of_their_weights():
    weight = np.array([0.1, 0.6, 0.25, 0.05])
    form = chosen(weight, (4, 2000))
    assert np.abs(np.bincount(form.ravel()) - 8000 * weight).max() <= 1
    assert all(len(set(chain[:100])) == 4 for chain in form)  # in no order
    assert set(projecting_posterior("frequency").draws["form"].to_numpy()) == {0, 1, 2, 3, 4, 5}


@pytest.mark.parametrize("name", [name for name in PROJECTING if name != "completeness"])
@either
def test_projection_equals_its_slow_twin(name, future):
    posterior, shocks = projecting_posterior(name), SeededShocks(COUNT, seed=6)
    found = PROJECTING[name].project(posterior.taker().at(slice(0, COUNT)), posterior.coord, future, shocks)
    for path in range(COUNT):
        expected = TWIN[name](Path(name, path, future, shocks))
        assert set(expected) == set(found)
        for key, values in expected.items():
            np.testing.assert_allclose(found[key][path], values, rtol=1e-10, atol=1e-12, err_msg=key)


def test_the_agenda_by_type_is_the_mean_over_breadth_of_contacts_that_name_a_topic():
    posterior = prior_posterior("agenda").draws
    found = COMPONENT["agenda"].profile(posterior)["mix"].to_numpy()
    level = (posterior["base"] + posterior["type_effect"]).transpose("draw", "type", "topic").to_numpy()
    node, weight = np.polynomial.hermite_e.hermegauss(60)
    breadth = posterior["breadth_scale"].to_numpy()[:, None, None, None] * node
    each = expit(level[..., None] + breadth)
    some = 1 - np.prod(1 - each, axis=2, keepdims=True)
    mix = [values / values.sum(axis=-1, keepdims=True) for values in
           ((each / some * weight).sum(axis=-1), (each * weight).sum(axis=-1), expit(level))]
    assert np.abs(found - mix[0]).max() < 1e-3  # of 11 nodes at spreads up to two
    assert np.abs(found - mix[1]).max() > 3e-3  # that an agenda is never empty matters
    assert np.abs(found - mix[2]).max() > 0.01  # and so does breadth


def test_outcomes_by_type_are_the_mixture_over_the_mechanism():
    posterior = prior_posterior("effectiveness").draws
    found = COMPONENT["effectiveness"].profile(posterior)["share"].to_numpy()
    for draw in range(5):
        one = {str(key): values.to_numpy()[draw] for key, values in posterior.data_vars.items() if "draw" in values.dims}
        cut = [logit(np.cumsum(share)[:-1]) for share in one["outcome_share"]]
        for kind in range(3):
            inside = expit(one["mechanism_base"] + one["mechanism_type_effect"][kind])
            below = [expit(cut[z] - one["type_effect"][kind]) for z in (0, 1)]
            mixed = np.concatenate([[0.0], (1 - inside) * below[0] + inside * below[1], [1.0]])
            np.testing.assert_allclose(found[draw, kind], np.diff(mixed), rtol=1e-9)


def test_media_by_type_are_expected_pages_and_tones():
    posterior = prior_posterior("media").draws
    found = COMPONENT["media"].profile(posterior)
    for draw, kind, side in np.ndindex(5, 3, 2):
        one = {str(key): values.to_numpy()[draw] for key, values in posterior.data_vars.items() if "draw" in values.dims}
        mean, size = np.exp(one["pages_base"] + one["pages_type_effect"][kind]), one["pages_overdispersion"] ** -2
        unseen = expit(-one["elsewhere"]) * nbinom.pmf(0, size, size / (size + mean)).prod()
        pages = mean[side] / (1 - unseen)
        below = expit(logit(np.cumsum(one["tone_share"][side])[:2]) - one["tone_type_effect"][kind, side])
        tone = np.diff([0.0, *below, 1.0]) @ [-1, 0, 1]
        assert float(found["pages"][draw, kind, side]) == pytest.approx(pages)
        assert float(found["tone"][draw, kind, side]) == pytest.approx(tone)
