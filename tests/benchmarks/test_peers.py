"""What the engine is compared with has the same distribution; only where the peers are installed (``make bench``)."""

import pytest

pytest.importorskip("jax")
pytest.importorskip("numpyro")

from benchmarks import engine, plain_jax


def test_the_jax_version_simulates_the_same_distribution():
    worst, number = engine.disagreement(4000, seed=2)
    assert number > 50
    assert worst < 4.2  # of 53 means a larger one comes about once in a thousand times


def test_another_distribution_is_seen(monkeypatch):
    """The control: contacts that name topics whether or not there is any."""
    real = plain_jax._topics

    def broader(key, given, path, rank):
        return real(key, {**given, "breadth_sd": given["breadth_sd"] * 1.3}, path, rank)

    monkeypatch.setattr(plain_jax, "_topics", broader)
    plain_jax._chunk.clear_cache()
    assert engine.disagreement(4000, seed=2)[0] > 4.2
    plain_jax._chunk.clear_cache()


def test_more_contacts_than_there_is_room_for_are_refused():
    given = plain_jax.as_arrays(engine.constant(1000))
    calendar = engine.calendar_of(engine.make_scenario(), engine.TERM_START)
    with pytest.raises(ValueError, match="give more room"):
        plain_jax.simulate_jax(given, calendar, paths=1000, seed=1, room=(50.0, 5.5), threads=1)
