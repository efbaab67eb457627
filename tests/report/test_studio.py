"""Who draws a figure does not change a byte of it; a figure that fails is an error, not a gap."""

from concurrent.futures import Future

import pytest

from forecast.report.page import plates
from forecast.report.run import draw_all, figure_worker


class Busy:
    """A helper that takes the first figure and never gets to the rest."""

    def __init__(self):
        self.taken = 0

    def submit(self, work, *given):
        future, self.taken = Future(), self.taken + 1
        if self.taken == 1:
            future.set_running_or_notify_cancel()
            future.set_result(work(*given))
        return future


def files(content, folder, helper):
    folder.mkdir()
    drawn = draw_all(plates(content), content, folder, lambda _: None, helper)
    return [(path.name, path.read_bytes()) for paths in drawn.values() for path in paths]


@pytest.mark.slow
def test_helper_and_caller_draw_the_same(content, tmp_path):
    alone = files(content, tmp_path / "alone", None)
    assert files(content, tmp_path / "shared", Busy()) == alone
    with figure_worker() as helper:
        assert files(content, tmp_path / "process", helper) == alone


def test_a_failure_of_the_helper_is_raised(content, tmp_path):
    with figure_worker() as helper:
        plate = plates(content)[-1]
        with pytest.raises(OSError, match="no_such"):
            draw_all((plate,), content, tmp_path / "no_such" / "folder", lambda _: None, helper)
