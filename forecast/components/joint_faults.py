"""What a joint normal of a prior file gets wrong, all of it at once."""

from collections import Counter
from collections.abc import Iterator
from functools import cache

import numpy as np

from forecast.components.joint import covariance
from forecast.components.priors import Prior
from forecast.contacts.codes import TYPE
from forecast.errors import nearest
from forecast.panel.administrations import load_administrations
from forecast.panel.elections import load_elections
from forecast.panel.shipped import DATA
from forecast.yaml_words import SHOWN
from forecast.yaml_words import found as shown

SMALLEST = 1e-6
"""Smallest eigenvalue of the correlations: below it some sum of effects is known exactly, and no sampler passes there."""

Wrong = tuple[str, str, str]
"""What was expected, what stood there, and the remedy."""


@cache
def presidents() -> frozenset[str]:
    """Who has governed, and who has stood for election, by the names of the shipped tables."""
    terms = (*load_administrations(DATA / "administrations_1949.csv"), *load_administrations())
    return frozenset({term.president for term in terms}
                     | {winner.president for one in load_elections() for winner in one.outcomes.values()})


def wrong(prior: Prior) -> list[Wrong]:
    """Every fault; the covariance is looked at where the names are right."""
    found = [*_types(prior), *_names(prior), *_pairs(prior)]
    return found or [*_definite(prior)]


def _types(prior: Prior) -> Iterator[Wrong]:
    if prior.against not in TYPE:
        yield "against: a type", shown(prior.against), nearest(prior.against[:SHOWN], TYPE)
        return
    others = [name for name in TYPE if name != prior.against]
    if missing := [name for name in others if name not in prior.mean]:
        yield f"mean: every type but {prior.against}", f"no {', '.join(missing)}", "Add its log rate ratio."
    if prior.against in prior.mean:
        yield f"mean: log rate ratios to {prior.against}", shown(prior.against), "Remove it: its ratio to itself is zero."


def _names(prior: Prior) -> Iterator[Wrong]:
    known = {*TYPE, *presidents()}
    for name in prior.mean:
        if name not in known:
            yield "mean: types and presidents", shown(name), nearest(name[:SHOWN], known)
    if set(prior.sd) != set(prior.mean):
        odd = sorted(set(prior.sd) ^ set(prior.mean))
        yield "sd: the names of mean", f"{', '.join(shown(name) for name in odd)} in one of them", "Name the same in both."


def _pairs(prior: Prior) -> Iterator[Wrong]:
    pairs = [(one, other) for one, row in prior.correlation.items() for other in row]
    for name in sorted({name for pair in pairs for name in pair} - set(prior.mean)):
        yield "correlation: names of mean", shown(name), nearest(name[:SHOWN], prior.mean) if prior.mean else "Remove it."
    for pair, times in Counter(frozenset(pair) for pair in pairs).items():
        if len(pair) == 1:
            yield "correlation: pairs of two", f"{shown(*pair)} with itself", "Remove it."
        elif times > 1:
            yield "correlation: every pair once", f"{' with '.join(sorted(pair))} {times} times", "Keep one of them."


def _definite(prior: Prior) -> Iterator[Wrong]:
    sd = np.array([prior.sd[name] for name in prior.mean])
    smallest = float(np.linalg.eigvalsh(covariance(prior) / np.outer(sd, sd)).min())
    if smallest < SMALLEST:
        yield ("correlation: a positive definite covariance", f"correlations with the eigenvalue {smallest:.3g}",
               "Bring the correlations closer to zero: together they contradict each other, or leave a sum without variance.")
