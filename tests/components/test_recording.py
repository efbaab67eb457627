"""Growth of recording told from growth of contacts, and the data that it is told by."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.components.administration import decade
from forecast.components.capture import history_shares, recorded_share
from forecast.components.frequency import recording
from forecast.components.protocol import Future
from forecast.components.registry import COMPONENT, POOL
from forecast.posterior.fit import plan
from forecast.posterior.pool import pooled, weights
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings, sample
from tests.components.example import PASSED, SeededShocks, data_of, default_priors, prior_posterior, priors_for
from tests.fixture.record import frozen_panel

NAME, DRIFT = "frequency_recording", "frequency_drift"
YEARS = 2025.5 + np.arange(4.0)


def panel_with(known=None, page_date=None):
    """The frozen panel with other days of ``first_known`` or of all pages."""
    panel = frozen_panel()
    contact, media = panel.contact, panel.media
    if known is not None:
        contact = contact.assign(first_known=known(contact["date"]))
    if page_date is not None:
        media = media.assign(date=page_date(contact["date"].to_numpy()[media["contact"]]))
    return replace(panel, contact=contact, media=media)


def nowhere(dates):
    return pd.Series(pd.NaT, index=range(len(dates)), dtype="datetime64[ns]")


def test_a_contact_becomes_known_by_its_column_else_by_its_earliest_page():
    panel = panel_with(page_date=lambda date: date + np.timedelta64(3, "D"))
    dated = np.isin(np.arange(len(panel.contact)), panel.media["contact"])
    found = recording.first_known(panel)
    assert (found[dated] == panel.contact["date"][dated] + pd.Timedelta(days=3)).all()
    assert found[~dated].isna().all()
    later = replace(panel, contact=panel.contact.assign(first_known=panel.contact["date"] + pd.Timedelta(days=900)))
    assert (recording.first_known(later) == later.contact["first_known"]).all()


def test_only_contacts_known_within_the_age_of_a_coming_term_have_a_history():
    at_once, late = (panel_with(known=lambda date, days=days: date + pd.Timedelta(days=days), page_date=nowhere)
                     for days in (0, 1500))
    listed = len(frozen_panel().media["contact"].unique())
    assert recording.select(at_once)[0]["history"].sum() == listed
    assert recording.select(late)[0]["history"].sum() == 0


def test_pages_written_long_after_do_not_count():
    panel = panel_with(known=lambda date: date, page_date=lambda date: date + np.timedelta64(3000, "D"))
    assert recording.select(panel)[0]["history"].sum() == 0


def test_ages_count_back_from_the_as_of_date():
    age = recording.select(frozen_panel())[0]["coding_age"]
    assert (np.diff(age) < 0).all()
    assert age[-1] == pytest.approx(0.19, abs=0.01)  # half of a term of which eleven weeks are missing
    assert recording.next_age(4) == pytest.approx(0.2)


def test_a_record_without_days_goes_without_the_formulation_and_says_so():
    said = []
    without = panel_with(page_date=nowhere)
    jobs = plan(without, default_priors(), SamplerSettings(), notice=said.append)
    assert NAME not in {job.name for job in jobs}
    assert said == [f"Left out: {NAME}: no contact with Kazakhstan says when it became known (column first_known of "
                    "contacts.csv, or a date in media.csv)."]
    said.clear()
    assert NAME in {job.name for job in plan(frozen_panel(), default_priors(), SamplerSettings(), notice=said.append)}
    assert not said


def test_a_pool_does_without_a_member_that_was_left_out():
    members = {member.name: prior_posterior(member.name) for member in POOL["frequency"].members if member.name != NAME}
    found = pooled(members, "us_kz")["frequency"]
    number = [member.name for member in POOL["frequency"].members].index(NAME)
    assert NAME not in weights(members)
    assert number not in np.unique(found.chains["form"])
    assert not any(str(name).startswith(f"{NAME}/") for name in found.chains.data_vars)
    ratio = POOL["frequency"].profile(found.draws)["rate_ratio"]
    assert ratio.sizes["form"] == len(members)


def grown(name, seed, *, recording_grows, contacts_grow):
    """A record in the shape of the frozen one in which the recorded rate of every rank grew fivefold, by one or the other.

    Log odds of every list fall by 1.2 per decade of age, or not at all; a few hundred contacts of each term have a history.
    """
    rng, data = np.random.default_rng(seed), data_of(NAME)
    array = data.array
    ranks, terms, lists = *array["history"].shape[:2], len(data.coord["list"])
    odds = np.full((ranks, terms, lists), -0.5) - 1.2 * recording_grows * array["coding_age"][:, None]
    share = recorded_share(odds[None], np.zeros(1))[0]
    rate = np.exp(2.5 + 0.6 * contacts_grow * array["decade"]) * share[:, array["term"]]
    count = rng.poisson(array["exposure"][:, None] * rate)
    seen = history_shares(odds[None], np.zeros(1))[0, ..., 1:]
    history = rng.multinomial(np.full((ranks, terms), 60), seen / seen.sum(axis=-1, keepdims=True))
    return replace(data, array={**array, "count": count, "history": history}), rate


def forecast_growth(name, data, rate, still=()):
    """Quantiles of the log ratio of the coming term's rate to that of the last one, over all ranks."""
    component, priors = COMPONENT[name], dict(priors_for(name))
    for scale in ("type_scale", "president_scale", "term_scale", "term_rank_scale", "phase_scale"):
        priors[scale] = priors[scale].model_copy(update={"sigma": 0.02})
    if "recording_age" in priors:
        priors["recording_age"] = priors["recording_age"].model_copy(update={"mu": 0.0, "sigma": 1.0})
    chains = sample(component, data, priors, SamplerSettings(draws=400, tune=600, chains=2, target_accept=0.9))
    posterior = Posterior(component=name, key="planted", chains=chains, coord=data.coord, gates=PASSED, reused=False)
    paths = 800
    future = Future(president=data.coord["president"][-1], type="democratic", midpoint=YEARS)
    found = component.project(posterior.taker().at(slice(0, paths)), data.coord, future, SeededShocks(paths, 4))["log_rate"]
    last = rate[:, data.array["term"] == len(data.coord["term"]) - 1].mean()
    return np.quantile(np.log(np.exp(found).mean(axis=(1, 2)) / last), (0.05, 0.5, 0.95))


@pytest.mark.slow
@pytest.mark.sampling
def test_growth_of_recording_alone_is_not_forecast_to_go_on():
    data, rate = grown(NAME, 21, recording_grows=1, contacts_grow=0)
    low, _, high = forecast_growth(NAME, data, rate)
    assert low < 0 < high
    assert high - low < 0.5  # and not because nothing is known
    drift = forecast_growth(DRIFT, replace(data_of(DRIFT), array=data_of(DRIFT).array | {"count": data.array["count"]}), rate)
    assert drift[0] > 0.05


@pytest.mark.sampling
def test_true_growth_under_constant_recording_is_forecast_to_go_on():
    data, rate = grown(NAME, 22, recording_grows=0, contacts_grow=1)
    low, _, high = forecast_growth(NAME, data, rate)
    last = data.array["decade"][data.array["term"] == len(data.coord["term"]) - 1]
    truth = 0.6 * (decade(YEARS).mean() - last.mean())
    assert low < truth < high
    assert low > 0
