"""The plain twin of the engine: NumPy and scipy.stats, straight from the formulas, on the same uniforms.

It exists to be compared with: the kernel must give the same counts, and be faster. Only the noise, the shocks
and the calendar are shared.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy import stats
from scipy.special import expit, softmax

from forecast.contacts import codes
from forecast.panel.calendar import month_starts
from forecast.simulation.engine import calendar_of
from forecast.simulation.kernel import PAGE_BITS, PLACE_BITS
from forecast.simulation.prepare import Calendar
from forecast.simulation.random import PAGES_CAP, Noise
from forecast.simulation.scenario import Scenario
from forecast.simulation.shocks import OUTCOME, RATE, STATE, TONE, TOPIC, draw_shock
from forecast.simulation.trajectory import Output, as_dataset, empty_output, question_masks

if TYPE_CHECKING:
    from forecast.components.protocol import PathParameters


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """All contacts of a simulation, one entry each; ``place`` numbers them as the kernel does."""

    path: np.ndarray
    month: np.ndarray
    rank: np.ndarray
    place: np.ndarray


def simulate_twin(given: "PathParameters", scenario: Scenario, *, paths: int, seed: int,
                  term_start: date) -> xr.Dataset:
    """Simulate paths 0 to ``paths - 1``; arguments and result as in :mod:`forecast.simulation.engine`."""
    month, noise = month_starts(scenario.horizon.start, scenario.horizon.end), Noise(seed)
    shock = draw_shock(scenario, noise, np.arange(paths), len(month))
    shift = np.einsum("pem,pet->pmt", shock.share(), shock.size)
    rate = draw_rates(given, calendar_of(scenario, term_start), shift, noise)
    contacts = _list_contacts(draw_counts(rate, "count", noise))
    out = empty_output(paths, len(month), len(scenario.questions))
    unrecorded = (1 - given.recorded_share) / given.recorded_share
    out.unrecorded[:] = draw_counts(rate * unrecorded[:, None, :], "unseen", noise)
    named = _add_topics(given, shift, noise, contacts, out)
    standing, outcome = _add_outcomes(given, shift, noise, contacts, named.sum(axis=1), out)
    setting = _add_setting(given, noise, contacts, out)
    _add_matches(scenario, contacts, named, standing, outcome, setting, out)
    found = np.zeros(len(contacts.path), dtype=bool)
    for side in range(out.pages.shape[2]):
        found |= _add_pages(given, shift, noise, contacts, outcome, side, found, out) > 0
    return as_dataset(out, scenario, month, 0, seed)


def draw_rates(given: "PathParameters", calendar: Calendar, shift: np.ndarray, noise: Noise) -> np.ndarray:
    """Expected recorded contacts by path, month and rank, given frailty and relation state."""
    paths, months = shift.shape[:2]
    path = np.arange(paths)
    shape = given.dispersion
    uniform = noise.uniform("frailty", path, *given.log_rate.shape[1:])
    frailty = stats.gamma.ppf(uniform, shape, scale=1 / shape)
    normal = stats.norm.ppf(noise.uniform("state", path, months))
    state = [normal[:, 0]]
    for month in range(1, months):
        keep = given.state_persistence
        state.append(keep * state[-1] + np.sqrt(1 - keep**2) * normal[:, month])
    loading = given.state_loading[:, None]
    climate = np.exp(loading * (np.stack(state, axis=1) + shift[:, :, STATE]) - loading**2 / 2)
    yearly = np.einsum("pry,my->pmr", np.exp(given.log_rate) * frailty, calendar.exposure)
    ranks = yearly.shape[2]
    rate = yearly * (climate * given.season[:, calendar.month_of_year])[..., None]
    return rate * np.exp(shift[:, :, RATE:RATE + ranks])


def draw_counts(rate: np.ndarray, stream: str, noise: Noise) -> np.ndarray:
    """Poisson counts by path, month and rank."""
    path, month, rank = (np.arange(length) for length in rate.shape)
    uniform = noise.at(stream, path[:, None, None], month[:, None], rank)
    return stats.poisson.ppf(uniform, rate).astype(int)


def _list_contacts(count: np.ndarray) -> Contacts:
    path, month, rank = (np.repeat(index, count.ravel()) for index in np.indices(count.shape).reshape(3, -1))
    number = np.concatenate([np.arange(n) for n in count.ravel()])
    return Contacts(path=path, month=month, rank=rank, place=(rank << PLACE_BITS) + number)


def _draw(noise: Noise, stream: str, contacts: Contacts, slot: np.ndarray) -> np.ndarray:
    """Uniform numbers of contacts; slot (contact,) or (contact, n) gives the shape."""
    extra = (slice(None),) + (None,) * (slot.ndim - 1)
    return noise.at(stream, contacts.path[extra], contacts.month[extra], slot)


def _add_topics(given: "PathParameters", shift: np.ndarray, noise: Noise, contacts: Contacts,
                out: Output) -> np.ndarray:
    """Add the mentions, at least one per contact; return which topics each contact names."""
    topics = given.topic_logit.shape[2]
    width = 4 * -(-(topics + 1) // 4)
    uniform = _draw(noise, "agenda", contacts, contacts.place[:, None] * width + np.arange(topics + 1))
    breadth = given.breadth_sd[contacts.path] * stats.norm.ppf(uniform[:, 0])
    logit = given.topic_logit[contacts.path, contacts.rank] + breadth[:, None]
    logit = logit + shift[contacts.path, contacts.month, TOPIC:TOPIC + topics]
    chance = expit(logit)
    some_from = 1 - np.cumprod(1 - chance[:, ::-1], axis=1)[:, ::-1]
    named = np.zeros(chance.shape, dtype=bool)
    for topic in range(topics):
        none_yet = ~named.any(axis=1)
        named[:, topic] = uniform[:, topic + 1] * np.where(none_yet, some_from[:, topic], 1) < chance[:, topic]
    named[~named.any(axis=1), -1] = True
    np.add.at(out.mention, (contacts.path, contacts.month), named)
    return named


def _add_setting(given: "PathParameters", noise: Noise, contacts: Contacts, out: Output) -> tuple[np.ndarray, np.ndarray]:
    """Add the contacts by direction; return direction and format of each."""
    uniform = _draw(noise, "setting", contacts, contacts.place[:, None] * 4 + np.arange(2))
    chance = softmax(given.direction_logit[contacts.path, contacts.rank], axis=1)
    direction = (uniform[:, :1] >= np.cumsum(chance, axis=1)[:, :-1]).sum(axis=1)
    share = given.format_share[contacts.path, direction]
    form = (uniform[:, 1:] >= np.cumsum(share, axis=1)[:, :-1]).sum(axis=1)
    np.add.at(out.travel, (contacts.path, contacts.month, direction), 1)
    return direction, form


def _add_matches(scenario: Scenario, contacts: Contacts, named: np.ndarray, standing: np.ndarray, outcome: np.ndarray,
                 setting: tuple[np.ndarray, np.ndarray], out: Output) -> None:
    """Add the contacts that each question is about, one condition after the other."""
    labels = {"rank": (codes.RANK, contacts.rank), "direction": (codes.DIRECTION, setting[0]),
              "format": (codes.FORMAT, setting[1])}
    for number, question in enumerate(scenario.questions):
        wanted, window = question.contacts, question_masks(scenario)
        counts = (window.first[number] <= contacts.month) & (contacts.month <= window.last[number])
        for name, (code, found) in labels.items():
            if getattr(wanted, name) is not None:
                counts &= np.isin(np.array(code.labels)[found], getattr(wanted, name))
        if wanted.topic is not None:
            counts &= named[:, [codes.TOPIC.index(topic) for topic in wanted.topic]].any(axis=1)
        if wanted.mechanism is not None:
            counts &= standing == (wanted.mechanism == "standing")
        counts &= outcome >= (wanted.outcome or 0)
        np.add.at(out.match, (contacts.path[counts], number), 1)


def _add_outcomes(given: "PathParameters", shift: np.ndarray, noise: Noise, contacts: Contacts,
                  named: np.ndarray, out: Output) -> tuple[np.ndarray, np.ndarray]:
    """Add the contacts by outcome; return whether each stands in a mechanism, and its outcome."""
    path, rank = contacts.path, contacts.rank
    chance = expit(given.mechanism_logit[path, rank])
    standing = (_draw(noise, "contact", contacts, contacts.place * 4) < chance).astype(int)
    location = given.outcome_location[path, rank] + given.outcome_breadth[path] * np.log((1 + named) / 3)
    location = location + shift[path, contacts.month, OUTCOME]
    below = expit(given.outcome_cut[path, standing] - location[:, None])
    outcome = (_draw(noise, "contact", contacts, contacts.place * 4 + 1)[:, None] > below).sum(axis=1)
    np.add.at(out.contact, (path, contacts.month, rank, outcome), 1)
    return standing, outcome


def _add_pages(given: "PathParameters", shift: np.ndarray, noise: Noise, contacts: Contacts,
               outcome: np.ndarray, side: int, found: np.ndarray, out: Output) -> np.ndarray:
    """Add the pages of one side and the sum of their tones; return the pages of each contact.

    `found` tells of which contacts an earlier side has pages.
    """
    path, month, agreed = contacts.path, contacts.month, outcome >= 1
    at = (path, side, contacts.rank)
    mean = np.exp(given.pages_log_mean[at] + agreed * given.pages_outcome[path, side])
    size = given.pages_dispersion[path, side]
    uniform = _draw(noise, "contact", contacts, contacts.place * 4 + 2 + side)
    none = _no_page(given, contacts, agreed)
    here, later = none[:, side], none[:, side + 1:].prod(axis=1)
    unknown = np.where(found, 0.0, 1 - given.known_elsewhere[path])
    empty = here * (1 - unknown * later) / (1 - unknown * here * later)  # no page, given that the contact is recorded
    level = here + (uniform - empty) * (1 - here) / (1 - empty)
    some = stats.nbinom.ppf(np.where(uniform > empty, level, 0.5), size, size / (size + mean))
    pages = np.where(uniform > empty, np.clip(some, 1, PAGES_CAP), 0).astype(int)
    np.add.at(out.pages, (path, month, side), pages)
    location = given.tone_location[at] + agreed * given.tone_outcome[path, side]
    location = location + shift[path, month, TONE + side]
    owner = np.repeat(np.arange(len(pages)), pages)
    page = np.concatenate([np.arange(n) for n in pages])
    slot = ((contacts.place[owner] * 2 + side) << PAGE_BITS) + page
    tone_uniform = noise.at("tone", path[owner], month[owner], slot)
    below = expit(given.tone_cut[path[owner], side] - location[owner][:, None])
    tone = (tone_uniform[:, None] > below).sum(axis=1) - 1
    np.add.at(out.tone_sum, (path[owner], month[owner], side), tone)
    return pages


def _no_page(given: "PathParameters", contacts: Contacts, agreed: np.ndarray) -> np.ndarray:
    """Probability of no page of each side about a contact, recorded or not, (contact, side)."""
    mean = np.exp(given.pages_log_mean[contacts.path, :, contacts.rank] + agreed[:, None] * given.pages_outcome[contacts.path])
    size = given.pages_dispersion[contacts.path]
    return stats.nbinom.pmf(0, size, size / (size + mean))
