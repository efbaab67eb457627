"""What the slow tests of kills and full disks share: everything finished once."""

import pytest

from tests.slow.job import prepared


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """Jobs by name, and the seconds that one start of each takes."""
    folder = tmp_path_factory.mktemp("whole")
    return prepared(folder, folder / "cache")
