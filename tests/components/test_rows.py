"""Contacts of equal covariates are one row of a model: the same density, and no more rows with a longer record."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from forecast.components import neighbours
from forecast.components.likelihood import count_by, distinct
from forecast.components.protocol import ComponentData
from forecast.components.registry import COMPONENT
from tests.components.example import data_of, draw_raw, draw_truth, priors_for
from tests.components.test_model import PYTHON

BY_CONTACT = ("effectiveness", "media", "setting")
TIMES = 3
every = pytest.mark.parametrize("name", BY_CONTACT)


def of(name):
    return sys.modules[type(COMPONENT[name]).__module__]


def repeated(name, times=TIMES) -> ComponentData:
    """Contacts with the covariates of the record several times, and observations drawn for each."""
    data, axes = data_of(name), COMPONENT[name].axes
    contacts = len(data.array["rank"])
    array = {key: np.concatenate([values] * times) if axes[key][:1] == ("contact",) else values
             for key, values in data.array.items()}
    if "page_contact" in array:
        array |= {key: np.concatenate([array[key] + step * contacts * (key == "page_contact") for step in range(times)])
                  for key in ("page_contact", "page_side", "page_tone")}
    rng = np.random.default_rng(3)
    return COMPONENT[name].simulate(replace(data, array=array), draw_truth(COMPONENT[name], data, rng), rng)


def densities(name, data, points=3) -> np.ndarray:
    logp = COMPONENT[name].model(data, priors_for(name)).compile_logp(mode=PYTHON)
    raw = draw_raw(COMPONENT[name], data, np.random.default_rng(7), draws=points)
    return np.array([float(logp({str(key): values.to_numpy()[0, at] for key, values in raw.data_vars.items()}))
                     for at in range(points)])


@every
def test_rows_have_the_density_of_their_contacts(name, monkeypatch):
    data = repeated(name)
    found = densities(name, data)
    monkeypatch.setattr(of(name), "distinct", lambda data, _: (data, np.arange(len(data.array["rank"]))))
    each = densities(name, data)
    assert np.ptp(each) > 1
    np.testing.assert_allclose(found, each, rtol=1e-10)


@every
def test_a_longer_record_of_the_same_covariates_has_no_more_rows(name):
    shapes = [{variable.name: variable.get_value().shape for variable in COMPONENT[name].model(data, priors_for(name)).data_vars}
              for data in (data_of(name), repeated(name))]
    assert shapes[0] == shapes[1]


@every
def test_what_is_observed_changes_no_shape(name):
    """Or every replication of a calibration would be compiled anew."""
    rng, shapes = np.random.default_rng(5), []
    for _ in range(3):
        truth = draw_truth(COMPONENT[name], data_of(name), rng)
        model = COMPONENT[name].model(COMPONENT[name].simulate(data_of(name), truth, rng), priors_for(name))
        shapes.append({variable.name: variable.get_value().shape for variable in model.data_vars
                       if not variable.name.endswith("_above")})  # grows by steps of 64 pages to a contact
    assert shapes[0] == shapes[1] == shapes[2]


def test_a_row_has_the_covariates_of_its_contacts():
    data = data_of("setting")
    names = ("rank", "term", "decade", neighbours.ARRAY)
    kinds, row = distinct(data, names)
    assert len(row) == len(data.array["rank"]) > len(kinds.array["rank"]) == row.max() + 1
    for name in names[:3]:
        np.testing.assert_array_equal(kinds.array[name][row], data.array[name])
    assert neighbours.ARRAY not in kinds.array
    np.testing.assert_array_equal(kinds.array["direction"], data.array["direction"])  # what is observed stays as it is


def test_counts_by_row_hold_every_contact_once():
    row, code = np.array([0, 2, 2, 0, 2]), np.array([1, 0, 0, 1, 2])
    np.testing.assert_array_equal(count_by(row, code, 3), [[0, 2, 0], [0, 0, 0], [2, 0, 1]])
    assert count_by(row, code, 3, rows=5).shape == (5, 3)
