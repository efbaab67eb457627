"""The coming term as a skilled user would write it in JAX: rates by ``vmap`` over paths, then all contacts and pages of a chunk
in one row each, compiled by ``jit``.

Contacts of a chunk are as many as they are: the row has room for a few standard deviations more than are expected, as shapes are
fixed when a function is compiled, and the last contacts beyond it would be lost; ``simulate_jax`` refuses that. The distribution
is that of the engine: a contact names at least one topic and is recorded by a page or from elsewhere. Numbers are single
precision, chunks run on as many threads as the engine has.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import random
from jax.nn import sigmoid, softmax

from forecast.components.protocol import PathParameters
from forecast.simulation.prepare import Calendar

Arrays = Mapping[str, jax.Array]
MOST = 2000
"""Counts beyond do not occur; lest a loop never end."""


def simulate_jax(given: Arrays, calendar: Calendar, *, paths: int, seed: int, room: tuple[float, float], threads: int,
                 chunk: int = 1000) -> list[dict[str, jax.Array]]:
    """Futures of each chunk, arrays by the names of the engine's outputs.

    Parameters
    ----------
    given : mapping
        From :func:`as_arrays`, (path, ...).
    room : (float, float)
        Contacts of a path, and pages of a contact, that there is room for on average over a chunk.
    """
    lengths = int(chunk * room[0]), int(chunk * room[0] * room[1])
    run = partial(_chunk, exposure=jnp.asarray(calendar.exposure, jnp.float32), lengths=lengths,
                  month_of_year=jnp.asarray(calendar.month_of_year))

    def part(first: int) -> dict[str, jax.Array]:
        key = random.fold_in(random.key(seed), first)
        return jax.block_until_ready(run(key, {name: values[first:first + chunk] for name, values in given.items()}))

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(part, range(0, paths, chunk)))
    if any(bool(one.pop("beyond")) for one in found):
        raise ValueError(f"more contacts or pages than there is room for, {lengths} in {chunk} paths: give more room")
    return found


def as_arrays(given: PathParameters) -> dict[str, jax.Array]:
    """Parameters of all paths in single precision."""
    return {name: jnp.asarray(values, jnp.float32) for name, values in vars(given).items()}


@partial(jax.jit, static_argnames="lengths")
def _chunk(key: jax.Array, given: Arrays, exposure: jax.Array, month_of_year: jax.Array,
           lengths: tuple[int, int]) -> dict[str, jax.Array]:
    """All futures of some paths."""
    of_rates, of_contacts, of_pages = random.split(key, 3)
    paths = given["log_rate"].shape[0]
    rate = jax.vmap(partial(_rates, exposure=exposure, month_of_year=month_of_year))(random.split(of_rates, paths), given)
    keys = random.split(of_contacts, 6)
    count = _poisson(keys[0], rate)
    unseen = _poisson(keys[1], rate * (1 / given["recorded_share"] - 1)[:, None, :])
    cell = jnp.repeat(jnp.arange(count.size), count.ravel(), total_repeat_length=lengths[0])
    real = jnp.arange(lengths[0]) < count.sum()
    path, month, rank = jnp.unravel_index(cell, count.shape)
    named = _topics(keys[2], given, path, rank)
    direction, form = _setting(keys[3], given, path, rank)
    standing, outcome = _outcome(keys[4], given, path, rank, named.sum(axis=1))
    agreed = (outcome > 0).astype(jnp.float32)
    pages = jnp.where(real[:, None], _pages(keys[5], given, path, rank, agreed), 0)
    tone, total = _tones(of_pages, given, path, rank, agreed, pages, lengths[1])
    months, by_month, ones = count.shape[1], (path, month), real.astype(jnp.int32)
    outcomes, directions = given["outcome_cut"].shape[2] + 1, given["direction_logit"].shape[2]
    return {
        "contact": jnp.zeros((*count.shape, outcomes), jnp.int32).at[path, month, rank, outcome].add(ones),
        "unrecorded": unseen,
        "travel": jnp.zeros((paths, months, directions), jnp.int32).at[path, month, direction].add(ones),
        "mention": _by_month(named * real[:, None], paths, months, by_month),
        "pages": _by_month(pages, paths, months, by_month), "tone_sum": _by_month(tone, paths, months, by_month),
        "form": jnp.zeros(given["format_share"].shape[2], jnp.int32).at[form].add(ones), "standing": (standing * ones).sum(),
        "beyond": (count.sum() > lengths[0]) | (total > lengths[1]),
    }


def _by_month(values: jax.Array, paths: int, months: int, at: tuple[jax.Array, jax.Array]) -> jax.Array:
    return jnp.zeros((paths, months, values.shape[1]), jnp.int32).at[at].add(values.astype(jnp.int32))


def _rates(key: jax.Array, given: Arrays, exposure: jax.Array, month_of_year: jax.Array) -> jax.Array:
    """Expected contacts of one path, (month, rank)."""
    of_frailty, of_state = random.split(key)
    size = given["dispersion"]
    frailty = random.gamma(of_frailty, size) / size
    keep, loading = given["state_persistence"], given["state_loading"]
    shock = random.normal(of_state, month_of_year.shape)

    def step(state: jax.Array, noise: jax.Array) -> tuple[jax.Array, jax.Array]:
        state = keep * state + jnp.sqrt(1 - keep**2) * noise
        return state, state

    _, later = jax.lax.scan(step, shock[0], shock[1:])
    state = jnp.concatenate([shock[:1], later])
    climate = jnp.exp(loading * state - loading**2 / 2) * given["season"][month_of_year]
    return exposure @ (jnp.exp(given["log_rate"]) * frailty).T * climate[:, None]


def _topics(key: jax.Array, given: Arrays, path: jax.Array, rank: jax.Array) -> jax.Array:
    """Which topics each contact names, at least one: the first by inversion, then each later one by itself."""
    topics = given["topic_logit"].shape[2]
    of_breadth, of_first, of_each = random.split(key, 3)
    breadth = given["breadth_sd"][path] * random.normal(of_breadth, path.shape)
    chance = sigmoid(given["topic_logit"][path, rank] + breadth[:, None])
    none = jnp.cumprod(1 - chance, axis=1)  # none of the topics up to this one
    first = (random.uniform(of_first, path.shape)[:, None] * (1 - none[:, -1:]) >= 1 - none[:, :-1]).sum(axis=1)[:, None]
    each = random.uniform(of_each, chance.shape) < chance
    number = jnp.arange(topics)
    return ((number == first) | ((number > first) & each)).astype(jnp.int32)


def _setting(key: jax.Array, given: Arrays, path: jax.Array, rank: jax.Array) -> tuple[jax.Array, jax.Array]:
    uniform = random.uniform(key, (2, len(path), 1))
    edge = jnp.cumsum(softmax(given["direction_logit"], axis=-1), axis=-1)[..., :-1]
    direction = (uniform[0] >= edge[path, rank]).sum(axis=1)
    form = (uniform[1] >= jnp.cumsum(given["format_share"], axis=-1)[..., :-1][path, direction]).sum(axis=1)
    return direction, form


def _outcome(key: jax.Array, given: Arrays, path: jax.Array, rank: jax.Array,
             named: jax.Array) -> tuple[jax.Array, jax.Array]:
    uniform = random.uniform(key, (2, len(path)))
    standing = (uniform[0] < sigmoid(given["mechanism_logit"])[path, rank]).astype(jnp.int32)
    location = given["outcome_location"][path, rank] + given["outcome_breadth"][path] * jnp.log((1 + named) / 3)
    return standing, (uniform[1][:, None] > sigmoid(given["outcome_cut"][path, standing] - location[:, None])).sum(axis=1)


def _pages(key: jax.Array, given: Arrays, path: jax.Array, rank: jax.Array, agreed: jax.Array) -> jax.Array:
    """Pages of both sides given that the contact is recorded, (contact, side), by inversion."""
    size = given["pages_dispersion"][path]
    mean = jnp.exp(given["pages_log_mean"][path, :, rank] + agreed[:, None] * given["pages_outcome"][path])
    none, uniform = (size / (size + mean)) ** size, random.uniform(key, size.shape)
    found, columns = jnp.zeros(len(path), bool), []
    for side in range(size.shape[1]):
        unknown = jnp.where(found, 0.0, 1 - given["known_elsewhere"][path])
        here, later = none[:, side], jnp.prod(none[:, side + 1:], axis=1)
        empty = here * (1 - unknown * later) / (1 - unknown * here * later)
        level = here + (uniform[:, side] - empty) * (1 - here) / (1 - empty)
        some = _negative_binomial(level, mean[:, side], size[:, side], here)
        columns.append(jnp.where(uniform[:, side] > empty, jnp.maximum(some, 1), 0))
        found |= columns[-1] > 0
    return jnp.stack(columns, axis=1)


def _poisson(key: jax.Array, rate: jax.Array) -> jax.Array:
    """Counts by inversion: four times as fast as ``random.poisson`` where rates are small."""
    return _inverted(random.uniform(key, rate.shape), jnp.exp(-rate), lambda number: rate / (number + 1))


def _negative_binomial(uniform: jax.Array, mean: jax.Array, size: jax.Array, none: jax.Array) -> jax.Array:
    ratio = mean / (mean + size)
    return _inverted(uniform, none, lambda number: ratio * (number + size) / (number + 1))


def _inverted(uniform: jax.Array, none: jax.Array, ratio: Callable[[jax.Array], jax.Array]) -> jax.Array:
    """Quantiles from P(0) and the ratio of neighbouring probabilities, all at once until the last is found."""
    uniform = jnp.minimum(uniform, 1 - 1e-6)  # sums in single precision may stay below one

    def more(state: tuple[jax.Array, ...]) -> jax.Array:
        return (uniform > state[1]).any() & (state[3] < MOST)

    def step(state: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        mass, below, count, number = state
        mass = mass * ratio(number)
        return mass, below + mass, count + (uniform > below), number + 1

    zero = jnp.zeros(uniform.shape, jnp.int32)
    return jax.lax.while_loop(more, step, (none, none, zero, jnp.zeros((), jnp.float32)))[2]


def _tones(key: jax.Array, given: Arrays, path: jax.Array, rank: jax.Array, agreed: jax.Array, pages: jax.Array,
           length: int) -> tuple[jax.Array, jax.Array]:
    """Sum of the tones of each contact's pages, (contact, side), and all pages."""
    location = given["tone_location"][path, :, rank] + agreed[:, None] * given["tone_outcome"][path]
    below = sigmoid(given["tone_cut"][path] - location[..., None]).reshape(pages.size, -1)
    total = pages.sum()
    owner = jnp.repeat(jnp.arange(pages.size), pages.ravel(), total_repeat_length=length)
    tone = (random.uniform(key, (length, 1)) > below[owner]).sum(axis=1) - 1
    tone = jnp.where(jnp.arange(length) < total, tone, 0)
    return jax.ops.segment_sum(tone, owner, pages.size, indices_are_sorted=True).reshape(pages.shape), total


def totals(found: list[dict[str, jax.Array]]) -> dict[str, np.ndarray]:
    """Totals over months of every path by name, (path, ...)."""
    names = ("contact", "unrecorded", "travel", "mention", "pages", "tone_sum")
    return {name: np.concatenate([np.asarray(one[name]).sum(axis=1) for one in found]) for name in names}
