"""Fifty kills at random moments: nothing finished is lost, nothing half is left, and the next start succeeds."""

import os
import random
import signal
import subprocess
import time
from contextlib import suppress

import pytest

from forecast.workers import KEPT
from tests.slow.job import below, gone, marks

pytestmark = pytest.mark.slow
KILLS = {"run": 15, "fit": 15, "sweep": 10, "backtest": 10}
BETWEEN = 5
"""Kills between two starts that are left to end."""


def killed(job, rng, longest, finished):
    """Start a job and kill it at a random moment: its first process, as the system does, or at times the whole group.

    Where it ends before, it is given something to do and started again.
    """
    running = job.start()
    with suppress(subprocess.TimeoutExpired):
        running.communicate(timeout=rng.uniform(0, longest))
        job.forget()
        for path in [path for path in finished if not path.exists()]:
            del finished[path]
        return killed(job, rng, longest / 2, finished)
    (os.killpg if rng.random() < 0.2 else os.kill)(running.pid, signal.SIGKILL)
    running.communicate()
    return gone(running.pid, 10)


@pytest.mark.parametrize("name", KILLS)
def test_a_job_that_is_killed_at_random_moments_loses_nothing(whole, name, record_property):
    job, seconds = whole[0][name], whole[1][name]
    rng, longest = random.Random(f"kill {name}"), 0.0
    for kill in range(1, KILLS[name] + 1):
        if kill % BETWEEN == 1:
            job.forget()
            finished = marks(job.cache)
        left = killed(job, rng, seconds, finished)
        assert left is not None, "processes are left"
        longest, now = max(longest, left), marks(job.cache)
        assert finished.items() <= now.items(), "something finished is lost, or was written again"
        finished = now
        job.check_output()
        if kill % BETWEEN == 0:
            assert job.finish() == (0, "")
            assert finished.items() <= marks(job.cache).items()
            job.check_output()
            assert not job.hidden()
    record_property("longest life of a worker after the kill, s", round(longest, 2))
    print(f"\n{name}: {KILLS[name]} kills, one start takes {seconds:.0f} s; workers gone after at most {longest:.2f} s")
    assert longest < 2  # one, on a machine that has nothing else to do


@pytest.mark.parametrize("name", KILLS)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_job_that_is_asked_to_end_does_so_within_two_seconds(whole, name, number, code):
    job, seconds = whole[0][name], whole[1][name]
    rng, longest, heard = random.Random(f"{number} {name}"), 0.0, 0
    for _ in range(4):
        job.forget()
        running = job.start()
        while running.poll() is None and len(below(running.pid)) < 2:  # until its first worker: signals are heard by then
            time.sleep(0.02)
        with suppress(subprocess.TimeoutExpired):
            running.communicate(timeout=rng.uniform(0, 0.8 * seconds))
            continue  # it was done before
        begun = time.monotonic()
        running.send_signal(number)
        said = running.communicate(timeout=20)[1]
        if (running.returncode, said) == (0, ""):
            continue  # it was done when the signal came
        longest, heard = max(longest, time.monotonic() - begun), heard + 1
        assert (running.returncode, said.splitlines()) == (code, [KEPT])
        assert gone(running.pid, 1) is not None
        assert not job.hidden()
        job.check_output()
    print(f"\n{name}, signal {number}: {heard} times, ended after at most {longest:.2f} s")
    assert heard
    assert longest < 2.2  # with the time that the test itself takes
    assert job.finish() == (0, "")
