"""A synthetic scenario file, to be spoilt in one place at a time."""

import pytest

from forecast.errors import InputError
from forecast.simulation.scenario import load_scenario

HEAD = """\
name: mine
title: Mine
description: For a test.
dyad: us_kz
as_of: 2024-11-04
election: us_2024
outcome: trump
horizon:
  start: 2025-01
  end: 2028-12
"""
EVENT = """\
events:
  - id: summit
    title: Summit
    date: 2026-09
    shape: pulse
    half_life_months: 4
    reason: Because of a test.
    effects:
      rate:
        president: 0.5
"""


def fault_of(path):
    with pytest.raises(InputError, match=r": expected .*, found ") as caught:
        load_scenario(path)
    (fault,) = caught.value.faults
    return fault
