"""Posteriors made of noise in the place of fits, in a cache of their own, so that what follows a fit is measured without one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from forecast.posterior import fit
from tests.docs.stand_in import make_up


@contextmanager
def posteriors_in(cache: str) -> Iterator[None]:
    """Store noise wherever a fit is missing; processes that are started within find it in the cache."""
    before, real = os.environ.get("FORECAST_CACHE"), fit._fit_all
    os.environ["FORECAST_CACHE"], fit._fit_all = cache, make_up
    try:
        yield
    finally:
        fit._fit_all = real
        os.environ.pop("FORECAST_CACHE")
        os.environ.update({"FORECAST_CACHE": before} if before else {})
