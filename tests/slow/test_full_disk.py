"""A disk that is full at ten levels: one message, nothing half, nothing lost, and with space again it goes on."""

import os
import re
import shutil
import subprocess

import pytest

from tests.slow.job import REDONE, Job, copied, marks

pytestmark = pytest.mark.slow
LEVELS = 10


@pytest.fixture
def disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(place)], capture_output=True)
    except OSError:
        pytest.skip("no mount: a full disk cannot be made here")
    if done.returncode:
        pytest.skip("a small disk cannot be mounted here (it takes root)")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def leave(disk, room):
    """Fill a disk but for some bytes."""
    ballast = disk / "ballast"
    ballast.unlink(missing_ok=True)
    if room is not None:
        about = os.statvfs(disk)
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, about.f_bavail * about.f_frsize - room))


def size(paths):
    return sum(4096 + path.stat().st_size for path in paths if path.is_file())


@pytest.mark.parametrize("name", ["run", "fit", "sweep", "backtest"])
def test_a_full_disk_is_one_message_and_costs_nothing_that_is_finished(whole, disk, name):
    model = whole[0][name]
    again = list(model.cache.glob(REDONE[name])) if name in REDONE else []
    needed = size(again) + size(model.folder.rglob("*")) + (1 << 16)
    cache = copied(model.cache, disk / "cache", *([REDONE[name]] if name in REDONE else []))
    job, failed = Job(name, disk / "work", cache), 0
    job.folder.mkdir()
    shutil.copy(model.folder / "small.yaml", job.folder)
    for level in range(LEVELS):
        leave(disk, needed * level // (LEVELS - 1))
        finished = marks(cache)
        code, said = job.finish()
        assert finished.items() <= marks(cache).items()
        assert not job.hidden()
        if code == 0:
            job.check_output()
            continue
        failed += 1
        assert code == 2, said
        assert len(said.splitlines()) == 1, said
        assert re.search("No space left on device", said)
        assert name == "fit" or not job.out.exists()
    leave(disk, None)
    assert job.finish() == (0, "")
    job.check_output()
    print(f"\n{name}: {LEVELS} levels up to {needed / 1e6:.1f} MB, {failed} refused")
    assert failed >= 2
