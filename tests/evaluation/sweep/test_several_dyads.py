"""A point of a sweep on a fit to several dyads is that of the dyad whose contacts are asked for."""

from datetime import date

import pytest

from forecast.pipeline import Request, read, sweep_plan
from forecast.posterior.fit import seen_from
from tests.evaluation.test_region_forecast import members
from tests.fixture.record import RECORD
from tests.golden.example import posteriors

DAY = date(2024, 11, 4)


@pytest.mark.parametrize("name", ["harris", "mixture"])
def test_a_fit_to_several_dyads_is_seen_from_its_own(monkeypatch, name):
    request = Request(data=RECORD, as_of=DAY, scenarios=(name,), seed=3, paths=60)
    inputs = read(request)
    point, measured = sweep_plan.Point(scenarios=(inputs.scenarios[name],), request=request), []
    for formulations in (members(DAY), seen_from(members(DAY), "us_kz"), seen_from(members(DAY), "us_tm")):
        fitted = {**posteriors(inputs.panel, inputs.priors), **formulations}
        monkeypatch.setattr(sweep_plan, "fit", lambda *_, fitted=fitted: fitted)
        for kept in (sweep_plan._known, sweep_plan._parameters):
            kept.cache_clear()
        measured.append(sweep_plan.evaluate(point))
    for kept in (sweep_plan._known, sweep_plan._parameters):
        kept.cache_clear()
    assert measured[0] == measured[1]
    assert measured[0] != measured[2]  # control: another dyad has other contacts
