"""Synthetic futures over the frozen record: small, seeded, and summarised by the program's own columns."""

from collections.abc import Collection
from datetime import date
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecast.contacts import codes
from forecast.contacts.dyad import load_dyad
from forecast.evaluation.administration import DRIFT_COLUMNS as DRIFT
from forecast.evaluation.administration import AdministrationTables, contrast_table, level_table
from forecast.evaluation.attention import attention_by_travel, count_by_travel
from forecast.evaluation.poles import COLUMNS as POLES
from forecast.evaluation.poles import together_table
from forecast.evaluation.questions import ANSWER_COLUMNS as QUESTION_COLUMNS
from forecast.evaluation.questions import CONTRAST as QUESTION_CONTRAST
from forecast.evaluation.rate_ratio import COLUMNS as RATIO
from forecast.evaluation.rate_ratio import DENSITY
from forecast.evaluation.two_terms import TwoTerms, two_term_tables
from forecast.evaluation.variance import IDENTIFICATION_COLUMNS
from forecast.evaluation.variance import VARIANCE_COLUMNS as VARIANCE
from forecast.outputs import sha256
from forecast.panel import load_panel
from forecast.panel.elections import load_election
from forecast.panel.poles import load_poles
from forecast.report.content import Balance, Relation, ReportContent
from forecast.report.run import write_report
from forecast.shipped import DYAD
from forecast.simulation.two_terms import FIRST, SECOND, TURN, Counts
from tests.fixture.record import frozen_panel

MONTH = pd.date_range("2025-01-01", "2028-12-01", freq="MS").to_numpy()
PATHS, DRAWS = 120, 50
RATE = {
    "president": 0.08,
    "vice_president": 0.02,
    "cabinet": 0.35,
    "deputy": 0.6,
    "assistant": 0.7,
    "congress": 0.25,
}


def trajectory(name: str, outcome: str, seed: int, level: float, paths: int = PATHS) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    frailty = rng.gamma(4.0, level / 4.0, (paths, 1, 1, 1))
    mean = np.array(list(RATE.values()))[:, None] * np.array([0.7, 0.16, 0.08, 0.06])
    contact = rng.poisson(frailty * mean, (paths, len(MONTH), 6, 4)).astype(np.uint16)
    total = contact.sum((2, 3), dtype=np.int64)
    chance = np.linspace(0.5, 0.02, 15)
    mention = rng.binomial(total[..., None], chance).astype(np.uint16)
    pages = rng.poisson(total[..., None] * np.array([0.9, 0.5])).astype(np.uint32)
    tone = (rng.binomial(pages, np.array([0.6, 0.2])) - rng.binomial(pages, 0.05)).astype(np.int32)
    return xr.Dataset(
        {
            "contact": (("path", "month", "rank", "outcome"), contact),
            "unrecorded": (("path", "month", "rank"), rng.poisson(0.3, (paths, len(MONTH), 6)).astype(np.uint16)),
            "mention": (("path", "month", "topic"), mention),
            "pages": (("path", "month", "side"), pages),
            "tone_sum": (("path", "month", "side"), tone),
        },
        coords={
            "path": np.arange(paths),
            "month": MONTH,
            "rank": list(codes.RANK),
            "outcome": [0, 1, 2, 3],
            "topic": list(codes.TOPIC),
            "side": list(codes.SIDE),
        },
        attrs={"scenario": name, "outcome": outcome, "as_of": "2024-11-04", "seed": 1, "dyad": "us_kz"},
    )


def per_path(run: xr.Dataset) -> dict[tuple[str, str], np.ndarray]:
    contact = run["contact"].astype(int)
    total = contact.sum(("month", "rank", "outcome"))
    mention, pages = run["mention"].astype(int).sum("month"), run["pages"].astype(int).sum("month")
    values = {("contact", "all"): total}
    values |= {("contact", rank): contact.sel(rank=rank).sum(("month", "outcome")) for rank in codes.RANK}
    share = mention / mention.sum("topic")
    values |= {("mention_share", topic): share.sel(topic=topic) for topic in codes.TOPIC}
    outcome = contact.sum(("month", "rank")) / total
    values |= {("outcome_share", str(code)): outcome.sel(outcome=code) for code in range(4)}
    for side in codes.SIDE:
        values["pages", side] = pages.sel(side=side) / total
        values["tone", side] = run["tone_sum"].sum("month").sel(side=side) / pages.sel(side=side)
    values["relation_index", "ranked"] = 30.0 * total / len(MONTH)
    return {key: np.asarray(value, float) for key, value in values.items()}


def describe(values: np.ndarray) -> dict[str, float]:
    names = ("q05", "q25", "q50", "q75", "q95")
    quantile = dict(zip(names, np.nanquantile(values, (0.05, 0.25, 0.5, 0.75, 0.95)), strict=True))
    return {"mean": np.nanmean(values), "mcse": np.nanstd(values) / np.sqrt(len(values)), **quantile}


def summarise(runs: dict[str, xr.Dataset]) -> pd.DataFrame:
    rows = []
    for name, run in runs.items():
        years = {str(year): run.sel(month=str(year)) for year in range(2025, 2029)}
        for window, part in {"2025-2028": run, **years}.items():
            for (quantity, key), values in per_path(part).items():
                words = {"unit": "synthetic", "of": f"{quantity}, predictive over {run.sizes['path']} paths"}
                rows.append(
                    {
                        "scenario": name,
                        "quantity": quantity,
                        "key": key,
                        "window": window,
                        **words,
                        **describe(values),
                    }
                )
    return pd.DataFrame(rows)


def compare(runs: dict[str, xr.Dataset]) -> pd.DataFrame:
    rows, rng = [], np.random.default_rng(3)
    names = list(runs)
    for second in names[1:]:
        one, two = per_path(runs[names[0]]), per_path(runs[second])
        for (quantity, key), pairing in product(one, ("expected", "paired", "independent")):
            if pairing == "expected" and quantity != "contact":
                continue
            other = two[quantity, key]
            gap = one[quantity, key] - (rng.permutation(other) if pairing == "independent" else other)
            gap = 0.4 * gap if pairing == "expected" else gap
            where = {"first": names[0], "second": second, "quantity": quantity, "key": key}
            chance = {"p_greater": (gap > 0).mean() + (gap == 0).mean() / 2, "p_greater_mcse": 0.01}
            words = {"unit": "synthetic", "of": "difference", "pairing": pairing}
            rows.append({"window": "2025-2028", **where, **words, **describe(gap), **chance})
            if pairing == "expected":
                named = {**where, **words, "quantity": "log_rate_ratio"}
                rows.append({"window": "2025-2028", **named, **describe(gap / 100), **chance, **parts(gap / 100)})
    return pd.DataFrame(rows)


def parts(ratio: np.ndarray) -> dict[str, float]:
    shares = {"p_more": (ratio > 0.0953).mean(), "p_equal": (abs(ratio) <= 0.0953).mean(), "p_fewer": (ratio < -0.0953).mean()}
    return shares | {f"{name}_mcse": 0.01 for name in shares}


def rate_ratio(pairs) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng, rows, curves = np.random.default_rng(9), [], []
    spread = {("prior", "shared"): 0.6, ("prior", "separate"): 0.7, ("posterior", "shared"): 0.4, ("posterior", "separate"): 0.5}
    weight = {"frequency_drift": 0.4, "frequency_walk": 0.3, "frequency_discount": 0.05, "frequency_occasion": 0.25, "pool": 1.0}
    for (first, second), name, (where, sd) in product(pairs, weight, spread.items()):
        head = {"first": first, "second": second, "formulation": name, "distribution": where[0], "levels": where[1]}
        grid = np.linspace(-1.6, 1.6, 61)
        normal = np.exp(-0.5 * (grid / sd) ** 2) / sd / np.sqrt(2 * np.pi)
        curves.append(pd.DataFrame({**head, "log_ratio": grid, "density": normal}))
        for key in ("all", *codes.RANK):
            ratio = rng.normal(0.02, sd, 400)
            rows.append(head | {"key": key, "quantity": "log_rate_ratio", "window": "2025-2028", "weight": weight[name],
                                "of": "log ratio, 120 pairs"} | describe(ratio) | parts(ratio)
                        | {"p_greater": (ratio > 0).mean(), "p_greater_mcse": 0.01})
    return (pd.DataFrame(rows, columns=list(RATIO)),
            pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=list(DENSITY)))


def profile(rng: np.random.Generator, weight: np.ndarray, dim: str, labels: list) -> xr.DataArray:
    types = list(codes.TYPE)
    draws = np.stack([rng.dirichlet(40 * weight / weight.sum(), DRAWS) for _ in types], axis=1)
    return xr.DataArray(draws, dims=("draw", "type", dim), coords={"type": types, dim: labels})


def relation(runs: dict[str, xr.Dataset]) -> Relation:
    rng = np.random.default_rng(5)
    past = pd.date_range("1992-01-01", "2024-11-01", freq="MS")
    history, future = [], {}
    for scale, weights in zip(
        (1.0, 1.2, 0.8, 1.1), ("ranked", "equal", "rank_only", "outcome_heavy"), strict=True
    ):
        value = rng.poisson(scale * np.linspace(0.3, 2.0, len(past))) * 60.0
        history.append(pd.DataFrame({"month": past, "weights": weights, "value": value}))
        future[weights] = {
            name: 30.0 * scale * run["contact"].astype(float).sum(("rank", "outcome"))
            for name, run in runs.items()
        }
    return Relation(main="ranked", history=pd.concat(history, ignore_index=True), future=future)


def manifest(runs: dict[str, xr.Dataset], passed: bool = True) -> dict:
    gate = {
        "max_rhat": 1.004,
        "min_ess_bulk": 1203.0,
        "min_ess_tail": 988.0,
        "divergences": 0,
        "passed": True,
        "failures": [],
    }
    bad = gate | {
        "max_rhat": 1.031,
        "passed": passed,
        "failures": [] if passed else ["R-hat 1.0310 > 1.01 at sigma"],
    }
    event = {
        "id": "summit",
        "title": "A summit of six presidents",
        "date": "2026-06-01",
        "reason": "One was held in 2023.",
        "shape": "pulse",
        "half_life_months": 3.0,
        "effects": {"rate": {"all": None, "president": {"kind": "normal", "parameters": [0.4, 0.1]}}},
    }
    scenarios = [
        {
            "name": name,
            "title": f"{name} wins",
            "description": f"Only the election: {run.attrs['outcome']}.",
            "events": [event] if index == 1 else [],
        }
        for index, (name, run) in enumerate(runs.items())
    ]
    assumption = {"name": "state persistence", "value": "0.8 per month", "reason": "Thaws last a year or so."}
    return {
        "gates": {"frequency": gate, "agenda": bad},
        "versions": {"numpy": "2.1"},
        "hashes": {"contacts.csv": "ab12", "data us_kz/contacts.csv": sha256(DYAD / "contacts.csv")},
        "seed": 20241104,
        "scenarios": scenarios,
        "assumptions": [assumption],
    }


def administration(names: list[str], agenda: xr.DataArray, undecided: Collection[str] = ()) -> AdministrationTables:
    panel = frozen_panel()
    share = {"mention_share": agenda, "attention": agenda, "attention_equal": agenda,
             "attention_record": attention_by_travel(panel, np.ones(len(codes.RANK)), 1)}
    known = panel.contact["type"][panel.reported].value_counts()
    decided = [name for name in names if name not in undecided]  # tables of parameters know no open election
    ratio, density = rate_ratio([(decided[0], second) for second in decided[1:]])
    return AdministrationTables(
        agenda=level_table(share, count_by_travel(panel), known), agenda_contrast=contrast_table(share),
        variance=variance([decided[0], second] for second in decided[1:]), identification=identification(),
        rate_ratio=ratio, rate_ratio_density=density, drift=drift(names))


def drift(names: list[str]) -> pd.DataFrame:
    """Totals around 80 as weighed, 95 with the drift going on and 70 with it stopped, by rank a seventh of that."""
    rng, rows = np.random.default_rng(12), []
    for place, name in enumerate(names):
        for (drift, total), key in product({"weighed": 80, "goes_on": 95, "stopped": 70}.items(), ("all", *codes.RANK)):
            values = rng.poisson((total - 5 * place) / (1 if key == "all" else 7), 400)
            rows.append({"scenario": name, "drift": drift, "key": key, "quantity": "contact", "window": "2025-2028",
                         "unit": "recorded contacts", "of": "totals", "drifting": 0.72} | describe(values))
    return pd.DataFrame(rows, columns=list(DRIFT))


def variance(pairs) -> pd.DataFrame:
    split = {"independent": {"type": 0.1, "president": 0.3, "term": 0.25, "parameters": 0.12, "state": 0.1, "count": 0.13},
             "expected": {"type": 0.2, "president": 0.75, "term": -0.02, "parameters": 0.07}}
    head = {"quantity": "contact", "window": "2025-2028", "unit": "share of variance", "of": "difference, 120 pairs"}
    rows = [head | {"first": first, "second": second, "key": key, "pairing": pairing, "source": source, "share": share,
                    "share_mcse": 0.01, "sd": 20.0}
            for first, second in pairs for pairing, shares in split.items() for key in ("all", *codes.RANK)
            for source, share in shares.items()]
    return pd.DataFrame(rows, columns=list(VARIANCE))


def identification(remains: float = 0.9, correlation: float = -0.6, high: float = 0.2, before: float = 0.3,
                   above: float = 0.3, mean: float = -0.1, centre: float = 0.0) -> pd.DataFrame:
    head = {"formulation": "frequency", "type": "republican_trumpist", "president": "Trump", "terms": 1, "terms_of_type": 1}
    told = {"prior_mean": centre, "prior_sd": before, "sd": 0.3 * remains, "sd_mcse": 0.01, "mean": mean, "mcse": 0.01,
            "q05": -0.4, "q50": -0.1, "q95": high, "p_positive": above, "p_positive_mcse": 0.01}
    names = ("type_scale", "president_scale", "type_effect", "president_effect", "sum", "type_effect_in_scales",
             "president_effect_in_scales")
    rows = [head | {"parameter": name} | told for name in names]
    rows.append(head | {"parameter": "correlation", "mean": correlation, "mcse": 0.02})
    return pd.DataFrame(rows, columns=list(IDENTIFICATION_COLUMNS))


def make(names: dict[str, str], paths: int = PATHS, passed: bool = True) -> ReportContent:
    rng = np.random.default_rng(11)
    levels = (1.0, 0.85, 1.2, 0.7)
    runs = {
        name: trajectory(name, outcome, seed, levels[seed], paths)
        for seed, (name, outcome) in enumerate(names.items())
    }
    media = xr.Dataset(
        {
            "pages": (("draw", "type", "side"), rng.gamma(20, 0.05, (DRAWS, 3, 2))),
            "tone": (("draw", "type", "side"), rng.normal(0.4, 0.1, (DRAWS, 3, 2))),
        },
        coords={"type": list(codes.TYPE), "side": list(codes.SIDE)},
    )
    agenda = profile(rng, np.linspace(5, 0.3, 15), "topic", list(codes.TOPIC))
    return ReportContent(
        panel=frozen_panel(), trajectories=runs, summary=summarise(runs), contrast=compare(runs),
        administration=administration(list(names), agenda, [one for one in names if names[one] == "open"]), agenda=agenda,
        effectiveness=profile(rng, np.array([14.0, 3, 2, 1]), "outcome", [0, 1, 2, 3]), media=media,
        relation=relation(runs), questions=questions(runs), questions_contrast=questions_contrast(runs),
        winners=load_election("us_2024").outcomes,
        manifest=manifest(runs, passed), poles=balance(list(names)), two_terms=both_terms(runs, paths),
    )  # fmt: skip


def balance(names: list[str]) -> Balance:
    """The shipped record of meetings with the poles, and futures of the same columns."""
    record, rng, rows = load_poles(load_dyad(DYAD), date(2024, 11, 4)), np.random.default_rng(13), []
    for name, pole, window in product(names, record.modelled, ("2025", "2026", "2027", "2028", "2025-2028")):
        values = rng.poisson(1.5 if len(window) == 4 else 6.0, 120)
        rows.append({"scenario": name, "quantity": "meetings", "pole": pole, "list": "all", "window": window, "unit": "meetings",
                     "of": "meetings", "forecast": "yes", "p_any": 0.7, "p_any_mcse": 0.01} | describe(values))
    for pole, forecast in (("russia", "yes"), ("turkey", "no")):
        rows.append({"scenario": names[-1], "quantity": "assumed_factor", "pole": pole, "list": "all", "window": "2025-2028",
                     "unit": "factor", "of": "factor", "forecast": forecast} | describe(rng.uniform(1.0, 1.4, 120)))
    return Balance(record=record, poles=pd.DataFrame(rows, columns=list(POLES)),
                   poles_together=together_table(load_panel(DYAD), record))


def both_terms(runs: dict[str, xr.Dataset], paths: int) -> TwoTerms:
    """Some thirty contacts a year in both terms, after every scenario under each of three winners."""
    rng, ranks = np.random.default_rng(15), np.array(list(RATE.values()))

    def counts(cells: list[tuple[str, int]]) -> Counts:
        share = np.array([0.05 if part == TURN else 1.0 for part, _ in cells])
        expected = 12 * ranks * rng.gamma(4.0, 0.25, (paths, 1, 1)) * share[:, None]
        return Counts(tuple(cells), rng.poisson(expected), expected)

    kinds = {"democrat_2028": "democratic", "trumpist_2028": "republican_trumpist", "republican_2028": "republican"}
    first = {name: counts([*((FIRST, year) for year in range(2025, 2029)), (TURN, 2029)]) for name in runs}
    second = {pair: counts([(SECOND, year) for year in range(2029, 2033)]) for pair in product(runs, kinds)}
    return two_term_tables(first, second, kinds, np.arange(paths) % 40, 15)


def questions(runs) -> pd.DataFrame:
    asked = {"visit": "Will a president of the United States visit Kazakhstan before the end of 2026?",
             "many": "Will at least one hundred contacts be recorded from 2025 to 2028, whatever their rank and topic?"}
    rows = [(name, key, text, "at least 1 contacts", "2025-01 to 2026-12", 0.1 + 0.6 * place + 0.05 * number, 0.004,
             1.5, 0.0, 1.0, 4.0, 7, 2 * place)
            for number, name in enumerate(runs) for place, (key, text) in enumerate(asked.items())]
    return pd.DataFrame(rows, columns=list(QUESTION_COLUMNS))


def questions_contrast(runs) -> pd.DataFrame:
    asked = questions(runs).set_index(["scenario", "id"])["probability"]
    rows = [(first, second, key, asked[first, key] - asked[second, key], 0.002, 0.005)
            for first, second in combinations(runs, 2) for key in asked[first].index]
    return pd.DataFrame(rows, columns=list(QUESTION_CONTRAST))


FOUR = {"harris": "harris", "trump": "trump", "trump_transactional": "trump", "mixture": "open"}


@pytest.fixture(scope="session")
def content() -> ReportContent:
    return make({"harris": "harris", "trump": "trump"})


@pytest.fixture(scope="session", params=[pytest.param(1, marks=pytest.mark.slow), 2, pytest.param(4, marks=pytest.mark.slow)])
def any_content(request) -> ReportContent:
    return make(dict(list(FOUR.items())[: request.param]))


@pytest.fixture(scope="session")
def failed_content() -> ReportContent:
    return make({"harris": "harris", "trump": "trump"}, passed=False)


@pytest.fixture(scope="session")
def report(content, tmp_path_factory):
    directory = tmp_path_factory.mktemp("report")
    told = []
    return write_report(content, directory, lambda *one: told.append(one)), directory, told
