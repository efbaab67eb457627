"""Conditions as they are written, what they choose, and whether the errors of what is told given them are the right ones."""

from datetime import date

import numpy as np
import pytest
import xarray as xr

from forecast.components.registry import CONTACTS, OUTCOME, POLES, SETTING, TOPICS
from forecast.contacts import codes
from forecast.errors import InputError
from forecast.evaluation.condition import LEAST, Kept, combined_error, conditioned, mean_of, read_given
from forecast.evaluation.montecarlo import batch_of, describe, error_of_influence
from forecast.simulation.scenario import Question, Scenario
from tests.simulation.conftest import question

DRAWS, PATHS = 400, 4000
YEARS = (2017, 2018)


def asked():
    return Question.model_validate(question("visit", window=("2017-01", "2017-12"), rank=["president"]))


def scenario(name="one", outcome="trump", questions=None):
    return Scenario.model_validate({
        "name": name, "title": "Small", "description": "For a test.", "as_of": date(2016, 11, 7), "election": "us_2016",
        "outcome": outcome, "horizon": {"start": "2017-01", "end": "2018-12"},
        "questions": [one.model_dump(mode="json") for one in ((asked(),) if questions is None else questions)]})


def kept(rng, of=None, paths=PATHS, draws=DRAWS, level=0.5, whole=True):
    """Made-up futures: each draw has a level of its own, which all of its paths share."""
    rate = 3 * np.exp(level * rng.standard_normal(draws))[np.arange(paths) % draws]
    contact = rng.poisson(rate[:, None, None] / len(codes.RANK), (paths, len(YEARS), len(codes.RANK)))
    count, sizes = contact.sum(2)[..., None], {"topic": len(codes.TOPIC), "direction": len(codes.DIRECTION)}
    found = {"contact": (("path", "year", "rank", "outcome"), contact[..., None])}
    if whole:
        found |= {name: (("path", "year", axis), rng.binomial(count, 0.3, (paths, len(YEARS), sizes[axis])))
                  for name, axis in (("mention", "topic"), ("travel", "direction"))}
    labels = {"rank": codes.RANK, "topic": codes.TOPIC, "direction": codes.DIRECTION}
    coords = {"year": list(YEARS)} | {axis: list(one.labels) for axis, one in labels.items() if whole or axis == "rank"}
    one = of or scenario()
    return Kept(scenario=one, years=xr.Dataset(found, coords=coords), simulated=paths,
                counted={each.id: contact[:, 0, 0] for each in one.questions},
                batch={name: batch_of(paths, draws) for name in (CONTACTS, TOPICS, SETTING, OUTCOME, POLES)},
                winner=rng.integers(0, len(one.chances), paths))


def total(one):
    return one.years["contact"].sum(("year", "rank", "outcome")).to_numpy()


def given(*texts):
    return read_given(texts, [scenario()])


@pytest.mark.parametrize(("text", "low", "high"), [
    ("contacts_total>=5", 5, None), ("contacts_total > 5", 6, None), ("contacts_total<=5", 0, 5), ("contacts_total<5", 0, 4),
    ("contacts_total=5", 5, 5), (" contacts_total=5..9 ", 5, 9),
])  # fmt: skip
def test_signs_are_bounds_with_both_ends(text, low, high):
    (found,) = given(text)
    assert (found.low, found.high) == (low, high)


def test_names_say_what_is_counted():
    one = kept(np.random.default_rng(1))
    years, cabinet = one.years, codes.RANK.labels.index("cabinet")
    wanted = {
        "contacts_2018=2": years["contact"].to_numpy()[:, 1].sum((1, 2)) == 2,
        "contacts_total_cabinet=1": years["contact"].to_numpy()[:, :, cabinet].sum((1, 2)) == 1,
        "contacts_2017_trade=0": years["mention"].sel(year=2017, topic="trade").to_numpy() == 0,
        "contacts_total_remote>=1": years["travel"].sel(direction="remote").sum("year").to_numpy() >= 1,
        "visit=yes": one.counted["visit"] >= 1, "visit=no": one.counted["visit"] < 1}
    for text, agree in wanted.items():
        assert 0 < agree.mean() < 1
        np.testing.assert_array_equal(given(text)[0].agrees(one), agree, err_msg=text)


def test_every_fault_is_told_at_once_with_the_nearest_name():
    with pytest.raises(InputError, match="cabinett") as error:
        given("contacts_2017_cabinett>=2", "visti=yes", "visit>=2", "contacts_2017>=many", "contacts_2017>=2..3", "nonsense",
              "visit>yes", "contacts_2019>=1", "contacts_2017=5..2", "zzz=3")  # fmt: skip
    told = [str(one) for one in error.value.faults]
    assert len(told) == 10
    for line, words in zip(told, ("Did you mean 'contacts_2017_cabinet'?", "Did you mean 'visit'?",
                                  "expected visit=yes or visit=no", "expected a whole number", "expected a whole number",
                                  "expected a name, a sign and a value",
                                  "found the sign >", "Did you mean 'contacts_201", "found '5..2'", "counts are contacts_YEAR"),
                           strict=True):  # fmt: skip
        assert words in line, line


def test_no_condition_is_told():
    with pytest.raises(InputError, match="expected one condition or more, found none"):
        given()


def test_what_always_holds_changes_no_number():
    one = kept(np.random.default_rng(2), scenario(outcome={"trump": 0.5, "clinton": 0.5}))
    found = conditioned({"one": one}, given("contacts_total>=0"))
    assert found.agreement.loc[0, ["agree", "probability", "mcse"]].tolist() == [PATHS, 1.0, 0.0]
    for table in (found.change, found.questions, found.outcomes):
        assert len(table)
        assert (table["change"] == 0).all()
        assert (table["change_mcse"] == 0).all()
        for name in table.columns[table.columns.str.startswith("before")]:
            np.testing.assert_array_equal(table[name], table[name.replace("before", "after")], err_msg=name)


def test_numbers_are_those_of_the_paths_that_agree():
    one = kept(np.random.default_rng(3))
    found = conditioned({"one": one}, given("contacts_2017>=4", "visit=yes"))
    agree = (one.years["contact"].to_numpy()[:, 0].sum((1, 2)) >= 4) & (one.counted["visit"] >= 1)
    row = found.change.query("quantity == 'contact' and key == 'all' and window == '2017-2018'").iloc[0]
    assert row["after"] == total(one)[agree].mean()
    assert row["after_q95"] == np.quantile(total(one)[agree], 0.95)
    assert found.agreement.loc[0, "agree"] == agree.sum()
    share = one.years["mention"].sum("year").to_numpy()
    with np.errstate(invalid="ignore"):
        share = share[:, codes.TOPIC.labels.index("trade")] / share.sum(1)
    row = found.change.query("quantity == 'mention_share' and key == 'trade' and window == '2017-2018'").iloc[0]
    assert row["after"] == pytest.approx(np.nanmean(share[agree]), rel=1e-12)


def test_too_few_futures_are_refused_or_left_out():
    one, few = kept(np.random.default_rng(4)), kept(np.random.default_rng(4), paths=LEAST - 1, draws=100)
    found = conditioned({"one": one, "few": few}, given("contacts_total>=0"))
    assert found.agreement["left_out"].tolist() == ["", f"fewer than {LEAST} agree"]
    assert found.change["scenario"].unique().tolist() == ["one"]
    with pytest.raises(InputError, match=r"expected 400 simulated futures that agree, or more, found 0 of 4,000\. Give looser"):
        conditioned({"one": one}, given("contacts_2017>=5", "contacts_2017<=4"))


def test_a_scenario_that_does_not_ask_is_left_out():
    none = kept(np.random.default_rng(5), scenario("none", questions=()))
    found = conditioned({"one": kept(np.random.default_rng(5)), "none": none}, given("visit=no"))
    assert found.agreement["left_out"].tolist() == ["", "it does not ask visit"]
    with pytest.raises(InputError, match="found that it does not ask visit"):
        conditioned({"none": none}, given("visit=no"))


# Errors.

def test_of_all_paths_the_error_is_that_of_batches():
    """Where batches are of one size, as they are for all paths of a run of whole rounds of draws."""
    one = kept(np.random.default_rng(6))
    values, batch = total(one).astype(float), one.batch[CONTACTS]
    _, influence = mean_of(values, np.ones(PATHS, bool))
    assert error_of_influence(influence, batch) == pytest.approx(describe(values, batch)["mcse"], rel=1e-12)


REPLICATIONS = 200


def errors(condition, level, shuffle=False):
    """Error that is true (over sets that are drawn anew), mean of those told, and mean of the naive ones."""
    means, told, naive = [], [], []
    for number in range(REPLICATIONS):
        rng = np.random.default_rng([7, number])
        one = kept(rng, level=level, whole=False)
        chosen = given(condition)[0].agrees(one)
        values = total(one).astype(float)
        mean, influence = mean_of(values, chosen)
        batch = rng.permutation(one.batch[CONTACTS]) if shuffle else one.batch[CONTACTS]
        means.append(mean)
        told.append(combined_error(influence, [batch]))
        naive.append(values[chosen].std(ddof=1) / np.sqrt(chosen.sum()))
    return np.std(means, ddof=1), float(np.mean(told)), float(np.mean(naive))


# the standard deviation of so many means is known to 1 / sqrt(2 (n - 1)) of itself: three of these
TOLERANCE = 3 / np.sqrt(2 * (REPLICATIONS - 1))


@pytest.mark.parametrize(("condition", "forgotten"), [("contacts_2018>=4", True), ("contacts_2017=2", False)])
def test_errors_are_those_of_sets_that_are_drawn_anew(condition, forgotten):
    """A narrow condition fixes much of the level that paths share, and leaves little to forget."""
    true, told, naive = errors(condition, level=0.5)
    assert told == pytest.approx(true, rel=TOLERANCE)
    if forgotten:
        assert naive < (1 - TOLERANCE) * true  # the control: draws that paths share are forgotten


def test_without_shared_levels_the_naive_error_is_right_too():
    """That the control above fails is due to what draws share, and to nothing else."""
    true, told, naive = errors("contacts_2018>=4", level=0.0)
    assert told == pytest.approx(true, rel=TOLERANCE)
    assert naive == pytest.approx(true, rel=TOLERANCE)


def test_batches_that_forget_which_paths_share_a_draw_give_too_small_an_error():
    true, told, _ = errors("contacts_2018>=4", level=0.5, shuffle=True)
    assert told < (1 - TOLERANCE) * true
