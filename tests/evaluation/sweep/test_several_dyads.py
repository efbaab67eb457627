"""A point of a sweep on a fit to several dyads is that of the dyad whose contacts are asked for."""

import re
import shutil
from datetime import date

import pytest

from forecast.errors import InputError
from forecast.pipeline import Request, read, sweep_plan
from forecast.posterior.fit import seen_from
from forecast.shipped import DATA
from tests.evaluation.test_region_forecast import members
from tests.fixture.record import RECORD
from tests.golden.example import posteriors

DAY = date(2024, 11, 4)
SWEEP = """\
name: two_points
title: Two rates
description: A sweep of a test.
scenarios: [harris, trump]
design: grid
paths: 400
vary:
  - {path: adjustments.rate.all, values: [-0.1, 0.1], reason: An example.}
"""


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


HORIZONS = """\
name: horizons
title: Horizons
description: For a test.
scenarios: [trump]
design: grid
paths: 100
vary:
  - {{path: horizon.{end}, values: [{values}], reason: A test.}}
"""


@pytest.mark.parametrize(("end", "values"), [("end", "2027-12, 2028-12"), ("start", "2025-01, 2026-01")])
def test_over_a_horizon_every_point_answers_the_questions_that_all_horizons_hold(monkeypatch, tmp_path, capsys, end, values):
    monkeypatch.setattr(sweep_plan, "fit", lambda *_: {})
    (tmp_path / "sweep.yaml").write_text(HORIZONS.format(end=end, values=values))
    given = sweep_plan.plan_sweep(tmp_path / "sweep.yaml", Request(data=RECORD, as_of=DAY, seed=3, paths=60), lambda *_: None)
    asked = [{one.id for one in given.point(number).scenarios[0].questions} for number in range(2)]
    every = {one.id for one in read(Request(data=RECORD, scenarios=("trump",))).scenarios["trump"].questions}
    assert asked[0] == asked[1]
    assert asked[0]
    told = " ".join(capsys.readouterr().err.split())
    left = re.search(r"note: (\d+) questions are left out, whose months not every horizon of the sweep holds", told)
    assert left
    assert int(left[1]) >= len(every - asked[0]) > 0


KNOWING = """\
name: knowing
title: Priors and days
description: For a test.
scenarios: [harris, trump]
design: grid
paths: 100
vary:
  - {path: priors, values: [default, registers], reason: A test.}
  - {path: as_of, values: [DAYS], reason: A test.}
"""


def test_a_prior_set_that_knows_what_came_after_a_point_is_refused_before_any_fit(monkeypatch, tmp_path):
    monkeypatch.setattr(sweep_plan, "fit", lambda *_: pytest.fail("it began to fit"))

    def plan(days):
        (tmp_path / "sweep.yaml").write_text(KNOWING.replace("DAYS", days), encoding="utf-8")
        return sweep_plan.plan_sweep(tmp_path / "sweep.yaml", Request(data=RECORD, seed=3, paths=60), lambda *_: None)

    with pytest.raises(InputError, match=r"evidence\.as_of") as caught:
        plan("2022-11-08, 2024-11-04")
    (fault,) = caught.value.faults
    assert fault.where == ("key vary, these values together: priors registers, as_of 2022-11-08, prior set registers, "
                           "key evidence.as_of")
    assert fault.expected == "nothing later than the as-of date 2022-11-08"
    monkeypatch.setattr(sweep_plan, "fit", lambda *_: {})
    assert len(plan("2024-11-04, 2025-01-19").values) == 4


def test_points_of_another_record_are_not_taken_for_these(monkeypatch, tmp_path):
    """Base years and elections move no posterior, and yet every point."""
    monkeypatch.setattr(sweep_plan, "fit", lambda *_: {})
    (tmp_path / "sweep.yaml").write_text(SWEEP, encoding="utf-8")

    def key(name, change=lambda _: None):
        folder = shutil.copytree(RECORD, tmp_path / name / "us_kz")
        change(folder)
        return sweep_plan.plan_sweep(tmp_path / "sweep.yaml", Request(data=folder, as_of=DAY, seed=3, paths=60),
                                     lambda *_: None).key

    def base(folder):
        about = (folder / "dyad.yaml").read_text(encoding="utf-8")
        (folder / "dyad.yaml").write_text(f"{about}\nindex_base: [2001, 2004]\n", encoding="utf-8")

    def elections(folder):
        (folder / "elections.yaml").write_text((DATA / "elections.yaml").read_text(encoding="utf-8").replace(
            "type: republican_trumpist", "type: republican"), encoding="utf-8")

    found = {name: key(name, change) for name, change in {"same": lambda _: None, "again": lambda _: None, "base": base,
                                                          "elections": elections}.items()}
    assert found["same"] == found["again"]
    assert len(set(found.values())) == 3
