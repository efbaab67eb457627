"""Contacts of equal covariates are one row of a model: the same density, and no more rows with a longer record."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from forecast.components import neighbours
from forecast.components.administration import ORIGIN, covariates
from forecast.components.likelihood import distinct
from forecast.components.protocol import ComponentData
from forecast.components.registry import COMPONENT
from forecast.posterior.posterior import draw_prior, draw_raw
from tests.components.example import data_of, draw_truth, every_prior, panel, trends
from tests.components.test_model import PYTHON
from tests.components.test_neighbours import beside

BY_CONTACT = ("effectiveness", "media", "setting")
TIMES = 3
every = pytest.mark.parametrize("name", BY_CONTACT)
RECORDS = {**dict.fromkeys(BY_CONTACT, data_of),
           **{f"{name} of three dyads": beside for name in ("effectiveness", "setting")}}
each_record = pytest.mark.parametrize("record", RECORDS)


def of(name):
    return sys.modules[type(COMPONENT[name]).__module__]


def repeated(name, data, times=TIMES) -> ComponentData:
    """Contacts with the covariates of a record several times, and observations drawn for each."""
    axes, contacts = COMPONENT[name].axes, len(data.array["rank"])
    array = {key: np.concatenate([values] * times) if axes[key][:1] == ("contact",) else values
             for key, values in data.array.items()}
    if "page_contact" in array:
        array |= {key: np.concatenate([array[key] + step * contacts * (key == "page_contact") for step in range(times)])
                  for key in ("page_contact", "page_side", "page_tone")}
    rng, priors = np.random.default_rng(3), every_prior(name)
    drawn = draw_prior(COMPONENT[name], data, priors, rng, chains=1, draws=1)
    truth = {str(key): values.to_numpy()[0, 0] for key, values in drawn.data_vars.items() if "draw" in values.dims}
    return COMPONENT[name].simulate(replace(data, array=array), truth | trends(COMPONENT[name]), rng)


def model_of(name, data):
    return COMPONENT[name].model(data, COMPONENT[name].used(every_prior(name), data.coord))


def densities(name, data, points=3) -> np.ndarray:
    logp = model_of(name, data).compile_logp(mode=PYTHON)
    priors = COMPONENT[name].used(every_prior(name), data.coord)
    raw = draw_raw(COMPONENT[name], data, priors, np.random.default_rng(7), chains=1, draws=points)
    return np.array([float(logp({str(key): values.to_numpy()[0, at] for key, values in raw.data_vars.items()}))
                     for at in range(points)])


@each_record
def test_rows_have_the_density_of_their_contacts(record, monkeypatch):
    name = record.split()[0]
    data = repeated(name, RECORDS[record](name))
    found = densities(name, data)
    monkeypatch.setattr(of(name), "distinct", lambda data, _: (data, np.arange(len(data.array["rank"]))))
    each = densities(name, data)
    assert np.ptp(each) > 1
    np.testing.assert_allclose(found, each, rtol=1e-10)


@each_record
def test_a_longer_record_of_the_same_covariates_has_no_more_rows(record):
    name = record.split()[0]
    data = RECORDS[record](name)
    shapes = [{variable.name: variable.get_value().shape for variable in model_of(name, one).data_vars}
              for one in (data, repeated(name, data))]
    assert {key: shape for key, shape in shapes[0].items() if not key.endswith("_above")}.items() <= shapes[1].items()


@every
def test_what_is_observed_changes_no_shape(name):
    """Or every replication of a calibration would be compiled anew."""
    rng, shapes = np.random.default_rng(5), []
    for _ in range(3):
        truth = draw_truth(COMPONENT[name], data_of(name), rng)
        model = model_of(name, COMPONENT[name].simulate(data_of(name), truth, rng))
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


def test_the_time_of_a_contact_is_the_middle_of_its_administration_year():
    record = panel()
    year = record.year
    for day, found in zip(record.contact["date"], covariates(record)["decade"], strict=True):
        within = year[(year["start"] <= day) & (day < year["end"])]
        assert len(within) == 1
        assert found == (within["midpoint"].item() - ORIGIN) / 10
        assert abs(ORIGIN + 10 * found - (day.year + (day.day_of_year - 0.5) / 365.25)) < 0.51
