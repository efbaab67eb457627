"""Synthetic parameters and scenarios: values made up here, of plausible size, no data."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast.components.protocol import PathParameters
from forecast.contacts import codes
from forecast.simulation.scenario import Scenario

DIRECTIONS = len(codes.DIRECTION.labels)
RANKS, TOPICS, SIDES = len(codes.RANK.labels), len(codes.TOPIC.labels), len(codes.SIDE.labels)
TERM_START = date(2025, 1, 20)
CUT = np.array([[1.0, 2.2, 3.3], [-0.5, 2.5, 2.8]])  # outside and inside of mechanisms
RATES = np.array([0.7, 0.4, 5.0, 7.0, 9.0, 3.0])


def constant(paths, **changed):
    """The same parameters on every path."""
    one = {
        "log_rate": np.repeat(np.log(RATES)[:, None], 4, axis=1),
        "season": np.linspace(0.8, 1.2, 12),
        "dispersion": np.full((RANKS, 4), 5.0),
        "recorded_share": np.array([0.95, 0.7, 0.8, 0.7, 0.6, 0.5]),
        "state_persistence": np.array(0.8),
        "state_loading": np.array(0.25),
        "direction_logit": np.linspace(-1.0, 1.0, RANKS * DIRECTIONS).reshape(RANKS, DIRECTIONS),
        "format_share": np.array([[0.9, 0.1, 0, 0, 0], [0.2, 0.8, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0.5, 0.3, 0.2]]),
        "topic_logit": np.linspace(-2.5, 0.5, RANKS * TOPICS).reshape(RANKS, TOPICS),
        "breadth_sd": np.array(0.8),
        "mechanism_logit": np.linspace(-2.0, 0.0, RANKS),
        "outcome_location": np.linspace(-0.5, 0.5, RANKS),
        "outcome_breadth": np.array(0.5),
        "outcome_cut": CUT,
        "pages_log_mean": np.linspace(0.0, 1.0, SIDES * RANKS).reshape(SIDES, RANKS),
        "pages_outcome": np.array([0.3, 0.5]),
        "pages_dispersion": np.array([1.5, 0.8]),
        "known_elsewhere": np.array(0.6),
        "tone_location": np.linspace(-0.3, 0.6, SIDES * RANKS).reshape(SIDES, RANKS),
        "tone_outcome": np.array([0.4, 0.2]),
        "tone_cut": np.array([[-2.5, 0.3], [-1.5, 0.8]]),
    }
    one |= {name: np.asarray(value, dtype=float) for name, value in changed.items()}
    one = {name: np.full(RATES.shape + (4,), value) if name == "dispersion" and not value.ndim else value
           for name, value in one.items()}  # fmt: skip
    return PathParameters(**{name: np.repeat(value[None], paths, axis=0) for name, value in one.items()})


def source(parameters):
    """A function from slices of paths to parameters, as the engine wants it."""
    names = parameters.__dataclass_fields__
    return lambda part: replace(parameters, **{name: getattr(parameters, name)[part] for name in names})


def make_scenario(**changed):
    content = {
        "name": "synthetic",
        "title": "Synthetic",
        "description": "For tests.",
        "dyad": "us_kz",
        "as_of": date(2024, 11, 4),
        "election": "us_2024",
        "outcome": "harris",
        "horizon": {"start": "2025-01", "end": "2028-12"},
    }
    return Scenario.model_validate(content | changed)


def event(**changed):
    content = {
        "id": "shock",
        "title": "Shock",
        "date": "2026-06",
        "reason": "A test.",
        "shape": "step",
        "effects": {"rate": {"all": 0.5}},
    }
    return content | changed


def question(name="asked", window=("2025-01", "2028-12"), at_least=1, **contacts):
    return {"id": name, "text": "How many?", "background": "A test.", "contacts": contacts, "window": list(window),
            "at_least": at_least, "resolution": "By counting."}  # fmt: skip


@pytest.fixture
def scenario():
    return make_scenario()


@pytest.fixture
def write(tmp_path):
    def _write(text, name="mine.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return _write
