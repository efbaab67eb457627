"""Coverage given that somebody reports the contact: against everything drawn and the unrecorded thrown away."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit
from scipy.stats import chi2_contingency, nbinom

from forecast.components.media import draw_pages, expected_pages
from forecast.components.media_recorded import known_before, log_known, log_none, log_pages
from forecast.components.registry import COMPONENT
from tests.components.example import data_of, draw_truth, panel

SPREAD = 0.8
SIZE = SPREAD**-2


def plain(pages, mean):
    return nbinom.logpmf(pages, SIZE, SIZE / (SIZE + mean))


def log_joint(elsewhere, pages, mean, share):
    """Log probability of recorded contacts, (contact,), by the steps of the module."""
    none = log_none(mean, SPREAD)
    steps = log_pages(plain(pages, mean), none, pages, known_before(elsewhere, pages))
    return steps.sum(axis=-1) + log_known(none, np.atleast_1d(logit(share)), elsewhere)


def all_contacts(mean, share, rng):
    """Who is known from elsewhere and pages of all contacts, recorded or not."""
    elsewhere = (rng.random(len(mean)) < share).astype(np.int64)
    return elsewhere, rng.poisson(mean * rng.gamma(SIZE, 1 / SIZE, mean.shape))


def recorded(mean, share, rng):
    """The same without those that nobody reports."""
    elsewhere, pages = all_contacts(mean, share, rng)
    keep = (elsewhere > 0) | pages.any(axis=1)
    return elsewhere[keep], pages[keep]


@pytest.mark.parametrize("share", [0.05, 0.6, 0.98])
def test_probabilities_of_all_that_can_be_recorded_add_up_to_one(share):
    grid = np.array(list(np.ndindex(2, 60, 60)))
    elsewhere, pages = grid[:, 0], grid[:, 1:]
    mean = np.broadcast_to([0.2, 1.1], pages.shape)
    density = np.exp(log_joint(elsewhere, pages, mean, share))
    assert density[(elsewhere == 0) & ~pages.any(axis=1)] == 0  # nobody reports it
    assert density.sum() == pytest.approx(1, abs=1e-9)
    whole = np.where(elsewhere == 1, share, 1 - share) * np.exp(plain(pages, mean).sum(axis=1))
    unseen = (1 - share) * np.exp(log_none(mean[0], SPREAD).sum())
    np.testing.assert_allclose(density[density > 0], whole[density > 0] / (1 - unseen), rtol=1e-9)


def estimate(density):
    """Log mean of both sides by maximum likelihood, and its standard error from the curvature."""
    found = minimize_scalar(lambda level: -density(level), bounds=(-6, 6), method="bounded", options={"xatol": 1e-6}).x
    step = 0.02
    curve = (2 * density(found) - density(found + step) - density(found - step)) / step**2
    return found, curve**-0.5


def estimates(level, share):
    """With and without conditioning on the record, from what is recorded of contacts with a planted log mean."""
    elsewhere, pages = recorded(np.full((20_000, 2), np.exp(level)), share, np.random.default_rng(3))
    return (estimate(lambda at: log_joint(elsewhere, pages, np.full(pages.shape, np.exp(at)), share).sum()),
            estimate(lambda at: plain(pages, np.full(pages.shape, np.exp(at))).sum()))


def test_conditioning_recovers_a_planted_mean_where_ignoring_the_record_is_biased():
    (found, error), (ignoring, error_ignoring) = estimates(np.log(0.3), 0.3)
    assert abs(found - np.log(0.3)) < 4 * error
    assert (ignoring - np.log(0.3)) > 20 * error_ignoring


def test_conditioning_changes_nothing_where_pages_are_many():
    """Of a mean of sixty pages on either side a contact in ten thousand has none."""
    (found, error), (ignoring, _) = estimates(np.log(60.0), 0.3)
    assert abs(found - np.log(60.0)) < 4 * error
    assert abs(found - ignoring) < 0.02 * error


def table(elsewhere, pages):
    few = np.minimum(pages, 3)
    return np.bincount(16 * elsewhere + 4 * few[:, 0] + few[:, 1], minlength=32)


def test_drawn_pages_are_those_of_the_recorded():
    rng, mean = np.random.default_rng(5), np.tile([0.25, 0.9], (60_000, 1))
    real = table(*recorded(mean, 0.4, rng))
    drawn, other = (table(*draw_pages(mean, SPREAD, share, rng)) for share in (0.4, 0.36))
    assert drawn[0] == real[0] == 0 < table(*all_contacts(mean, 0.4, rng))[0]
    seen = real > 0
    assert chi2_contingency([real[seen], drawn[seen]]).pvalue > 0.001
    assert chi2_contingency([real[seen], other[seen]]).pvalue < 1e-6


def test_simulated_contacts_that_nobody_else_reports_have_a_page():
    component, data = COMPONENT["media"], data_of("media")
    truth = draw_truth(component, data, np.random.default_rng(2)) | {"elsewhere": np.array(-1.0)}
    truth["pages_base"] = truth["pages_base"] - 2
    array = component.simulate(data, truth, np.random.default_rng(4)).array
    alone = array["elsewhere"] == 0
    assert alone.sum() > 10
    assert array["pages"][alone].any(axis=1).all()
    assert not array["pages"][~alone].any(axis=1).all()  # those known from elsewhere may have none
    assert len(array["page_tone"]) == array["pages"].sum()


def test_who_is_known_from_elsewhere_follows_the_record():
    """A contact without any page of the two sides is one that others report, and no contact is unknown to all."""
    array = data_of("media").array
    nothing = ~array["pages"].any(axis=1)
    assert nothing.any()
    assert array["elsewhere"][nothing].all()
    assert 0 < array["elsewhere"][~nothing].mean() < 1
    np.testing.assert_array_equal(array["known_before"][:, 0], array["elsewhere"])
    np.testing.assert_array_equal(array["known_before"][:, 1], array["elsewhere"] | (array["pages"][:, 0] > 0))


def test_a_fixed_drift_goes_on_as_it_is_fixed():
    """The same noise with a drift fixed at two values: pages differ by the drift of each contact's day alone."""
    component, data = COMPONENT["media"], data_of("media")
    truth = draw_truth(component, data, np.random.default_rng(2))
    assert truth["pages_drift"] == 0
    flat = expected_pages(data.array, truth)
    grown = expected_pages(data.array, truth | {"pages_drift": np.array(0.4)})
    np.testing.assert_allclose(np.log(grown / flat), 0.4 * np.tile(data.array["decade"][:, None], 2))


def test_draws_do_not_depend_on_the_order_of_sides_beyond_their_means():
    """Either side first: the same joint probability."""
    rng = np.random.default_rng(7)
    mean = np.tile([0.3, 1.2], (500, 1))
    elsewhere, pages = draw_pages(mean, SPREAD, expit(0.2), rng)
    np.testing.assert_allclose(log_joint(elsewhere, pages, mean, 0.5), log_joint(elsewhere, pages[:, ::-1], mean[:, ::-1], 0.5))


def test_a_dyad_whose_pages_were_not_coded_says_nothing_of_coverage():
    """One page says that pages were coded, and that all others are none; without any, no contact is taken to have none."""
    component, whole = COMPONENT["media"], panel()
    first = whole.media.iloc[:1]
    few = np.zeros_like(np.asarray(whole.pages))
    one, none = (component.data(replace(whole, media=media, pages=few)) for media in (first, first.iloc[:0]))
    assert len(one.array["elsewhere"]) == len(whole.contact)
    assert len(none.array["elsewhere"]) == 0
    truth = draw_truth(component, none, np.random.default_rng(3))
    found = component.pointwise(none, {name: np.asarray(values)[None] for name, values in truth.items()})
    assert {name: values.shape for name, values in found.items()} == {"elsewhere": (1, 0), "pages": (1, 0), "page_tone": (1, 0)}
    assert component.observations(none, replace(whole, media=first.iloc[:0], pages=few)) == {
        "elsewhere": [], "pages": [], "page_tone": []}
