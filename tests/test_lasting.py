"""The helper that tests share ends like the one that it stands for."""

import os
import time

import pytest

from forecast.workers import WorkerError
from tests.lasting import _pool, lasting_worker


def wait_and_write(path):
    time.sleep(0.3)
    path.write_text(os.getcwd())


def test_it_stands_where_its_caller_stands(tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        monkeypatch.setenv("ASKED", name)
        with lasting_worker() as helper:
            assert helper.submit(os.getcwd).result() == str(tmp_path / name)
            assert helper.submit(os.getenv, "ASKED").result() == name


def test_what_nobody_waited_for_is_not_done(tmp_path):
    with lasting_worker() as helper:
        for number in range(6):
            helper.submit(wait_and_write, tmp_path / f"{number}")
    assert len(list(tmp_path.iterdir())) < 5  # one is being done, and the next are on their way
    time.sleep(0.5)
    assert len(list(tmp_path.iterdir())) < 5


def fail_beside(path):
    with lasting_worker() as helper:
        helper.submit(wait_and_write, path)
        raise KeyError


def test_a_failure_ends_the_process(tmp_path):
    with pytest.raises(KeyError):
        fail_beside(tmp_path / "late")
    time.sleep(0.6)
    assert not list(tmp_path.iterdir())
    with lasting_worker() as helper:
        assert helper.submit(len, "two").result() == 3


def test_its_death_is_told_and_the_next_gets_another():
    with pytest.raises(WorkerError, match="A worker process ended before its work was done"), lasting_worker() as helper:
        helper.submit(os._exit, 3).result()
    assert not _pool
    with lasting_worker() as helper:
        assert helper.submit(len, "two").result() == 3
