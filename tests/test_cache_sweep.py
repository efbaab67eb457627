"""What killed processes left half written is removed at the next start; what a living one holds stays."""

import os
import subprocess
import sys
import threading

import pytest

from forecast import outputs, placement
from forecast.outputs import output_directory, output_file
from forecast.placement import PREFIX, SUFFIX, atomic_file, sweep_cache

KILLED = """
import os, sys
from pathlib import Path
from forecast.outputs import output_directory
from forecast.placement import atomic_file
with atomic_file(Path(sys.argv[1])) as partial, output_directory(Path(sys.argv[2]), "run") as folder:
    partial.write_text("half")
    (folder / "half.csv").write_text("half")
    if sys.argv[3] == "killed":
        os.kill(os.getpid(), 9)
    print("held", flush=True)
    sys.stdin.read()
"""


def hidden(folder):
    return sorted(folder.rglob(f"{PREFIX}*"))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("inside", ["posterior", "sweep/one-0a", "calibration/media-0a", "outputs"])
def test_leftovers_of_a_killed_process_go_at_the_next_start(cache, tmp_path, inside):
    given = [sys.executable, "-c", KILLED, str(cache / inside / "a"), str(tmp_path / "out")]
    assert subprocess.run([*given, "killed"]).returncode == -9
    holding = subprocess.Popen([*given, "alive"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holding.stdout.readline() == "held\n"
    with output_directory(tmp_path / "out2", "run"):
        sweep_cache()
        assert len(hidden(cache)) == 1
        assert len(list(tmp_path.glob(f"{PREFIX}*{SUFFIX}"))) == 2  # of the living process, and our own
    holding.communicate()
    assert (cache / inside / "a").read_text() == "half"
    assert not hidden(tmp_path)


def test_two_that_start_at_once_never_take_each_others_folders(cache):
    """Each makes, locks, uses and removes folders while the others sweep."""
    code = ("import sys\nfrom pathlib import Path\nfrom forecast.placement import atomic_file, sweep_cache\n"
            "for number in range(150):\n    sweep_cache()\n"
            "    with atomic_file(Path(sys.argv[1]) / f'{sys.argv[2]}-{number}') as partial:\n"
            "        partial.write_text('whole')\n")
    given = [sys.executable, "-c", code, str(cache / "posterior")]
    every = [subprocess.Popen([*given, str(which)], stderr=subprocess.PIPE, text=True) for which in range(4)]
    assert [one.communicate()[1] for one in every] == [""] * 4
    assert len(list((cache / "posterior").iterdir())) == 600


def test_a_folder_that_is_being_swept_is_not_used(tmp_path, monkeypatch):
    """The moment between making a folder and locking it: another process has the lock already."""
    import fcntl

    taken = []
    make = placement.tempfile.mkdtemp

    def taken_at_once(**given):
        folder = make(**given)
        if not taken:
            taken.append(folder)
            handle = os.open(folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
        return folder

    monkeypatch.setattr(placement.tempfile, "mkdtemp", taken_at_once)
    with atomic_file(tmp_path / "a") as partial:
        assert str(partial.parent) not in taken
        partial.write_text("whole")
    assert (tmp_path / "a").read_text() == "whole"


def test_an_end_on_request_waits_for_a_folder_that_takes_its_place(cache, tmp_path, own_end):
    """Else half of its content could be removed before it replaces an earlier output."""
    with output_directory(tmp_path / "out", "run") as folder:
        (folder / "a.csv").write_text("1")
    order, inside, put = [], threading.Event(), outputs.put

    def slowly(content, place):
        inside.set()
        threading.Event().wait(0.3)
        put(content, place)
        order.append("placed")

    def discard():
        inside.wait()
        placement.discard_partials()
        order.append("discarded")

    ending = threading.Thread(target=discard)
    ending.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outputs, "put", slowly)
        with output_directory(tmp_path / "out", "run") as folder:
            (folder / "b.csv").write_text("2")
        ending.join()
    assert order == ["placed", "discarded"]
    assert (tmp_path / "out" / "b.csv").read_text() == "2"


def test_notes_of_what_was_written_are_whole_or_not_there(cache, tmp_path):
    with output_file(tmp_path / "a.csv") as path:
        path.write_text("1")
    with output_file(tmp_path / "a.csv") as path:
        path.write_text("2")
    assert (tmp_path / "a.csv").read_text() == "2"
    assert not hidden(cache)
