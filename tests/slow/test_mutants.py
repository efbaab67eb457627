"""Nine in ten small changes of the modules that only compute are noticed by their tests."""

import pytest

from tests.mutants.run import LEAST, run, told

pytestmark = pytest.mark.slow


def test_nine_in_ten_mutants_of_every_module_are_killed(tmp_path):
    found = run(tmp_path)
    print(*(told(one.survivors) for one in found), *found, sep="\n")
    assert [str(one) for one in found if one.share < LEAST] == []
