"""Workers end with their parent; an end on request takes at most two seconds and says one line; errors arrive as they are."""

import contextlib
import errno
import importlib.util
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import psutil
import pytest

from forecast.errors import Fault, InputError
from forecast.workers import BRANCHES, KEPT, WorkerError, branches, call_program, go_with, go_without, report, worker_processes
from tests.conftest import some, some_rows

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")

PARENT = """
import os, sys, time
from pathlib import Path
from forecast.workers import ended_by_signals
from forecast.outputs import output_directory
from forecast.workers import branches, worker_processes
from tests import worker_tasks as task

if __name__ == "__main__":
    said = lambda text: os.write(2, (text + "\\n").encode())
    with ended_by_signals(said), output_directory(Path(sys.argv[1]), "run") as folder, KIND as pool:
        running = [pool.submit(getattr(task, sys.argv[2]), Path(sys.argv[3])) for _ in range(2)]
        getattr(task, sys.argv[4])(folder)
        for one in running:
            one.result()
"""
KINDS = {"worker_processes(2)": 3, "branches()": 2}
"""Processes that are started, the tracker of semaphores among them."""
by_kind = pytest.mark.parametrize("kind", [kind for kind in KINDS if BRANCHES or kind != "branches()"])


def started(tmp_path, worker="sleep", own="nothing", kind="worker_processes(2)"):
    """A process with two busy workers, its half-written output, and all processes below it."""
    (tmp_path / "begun").mkdir()
    given = [sys.executable, "-c", PARENT.replace("KIND", kind), str(tmp_path / "out"), worker, str(tmp_path / "begun"), own]
    running = subprocess.Popen(given, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=hears_signals)
    STARTED.append(running)
    until(lambda: len(list((tmp_path / "begun").iterdir())) == 2 and (own == "nothing" or list(tmp_path.glob("*/*/own"))), 60)
    time.sleep(0.2)
    below = psutil.Process(running.pid).children(recursive=True)
    assert len(below) >= KINDS[kind]
    return running, below


def hears_signals():
    """Under nohup, or in the background of a shell, a process and all below it ignore signals; here each is to hear them."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


STARTED = []


@pytest.fixture(autouse=True)
def nothing_is_left():
    """A test that fails leaves no busy processes behind."""
    yield
    while STARTED:
        running = STARTED.pop()
        below = psutil.Process(running.pid).children(recursive=True) if running.poll() is None else []
        for one in (*below, running):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


def until(true, seconds):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.01)


def alive(processes):
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


@by_kind
@pytest.mark.parametrize("worker", some(["sleep", "hold_the_interpreter", "compute", "deaf_to_sigterm"],
                                        ["hold_the_interpreter", "deaf_to_sigterm"]))
def test_no_process_is_left_a_second_after_the_parent_is_killed(tmp_path, worker, kind):
    running, below = started(tmp_path, worker, kind=kind)
    running.kill()
    until(lambda: not alive(below), 1)
    running.wait()
    assert running.stderr.read() == ""  # no warnings of semaphores either


CODE = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
ENDS = [(number, code, own) for (number, code), own in product(CODE.items(), ("nothing", "compute_here", "write"))]
EACH = [(signal.SIGINT, 130, "write"), (signal.SIGTERM, 143, "nothing"), (signal.SIGHUP, 129, "compute_here")]


@pytest.mark.parametrize(("number", "code", "own"), some_rows(ENDS, EACH))
@by_kind
def test_a_signal_ends_everything_within_two_seconds_and_says_one_line(tmp_path, number, code, own, kind):
    running, below = started(tmp_path, "hold_the_interpreter", own, kind)
    assert list(tmp_path.glob(".forecast-*"))
    running.send_signal(number)
    assert running.wait(timeout=2) == code
    until(lambda: not alive(below), 0.5)
    assert running.stderr.read().splitlines() == [KEPT]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begun"]


def test_ctrl_c_to_the_whole_group_while_workers_start_says_one_line_too(tmp_path):
    (tmp_path / "begun").mkdir()
    code = PARENT.replace("KIND", "worker_processes(2)")
    given = [sys.executable, "-c", code, str(tmp_path / "out"), "sleep", str(tmp_path / "begun"), "nothing"]
    running = subprocess.Popen(given, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hears_signals)
    STARTED.append(running)
    until(lambda: len(psutil.Process(running.pid).children()) == 3, 30)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(timeout=2) == 130
    assert running.stderr.read().splitlines() == [KEPT]


def test_an_end_on_request_does_not_wait_for_a_reader_of_its_words(tmp_path):
    running, below = started(tmp_path, "sleep", "fill_standard_error")
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=2) == 143
    until(lambda: not alive(below), 0.5)
    assert not list(tmp_path.glob(".forecast-*"))


def test_an_ignored_signal_stays_ignored(tmp_path):
    script = ("import signal, os, time\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
              "from forecast.workers import ended_by_signals\n"
              "with ended_by_signals(print):\n    os.kill(os.getpid(), signal.SIGHUP)\n    time.sleep(0.3)\nprint('whole')")
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "whole\n"


def test_a_failure_of_the_body_ends_workers_that_are_busy():
    begun = time.monotonic()
    pools = []

    def body():
        with worker_processes(1) as pool:
            pools.append(pool)
            pool.submit(time.sleep, 60)
            raise KeyError("of the body")

    with pytest.raises(KeyError, match="of the body"):
        body()
    assert time.monotonic() - begun < 10
    assert not any(process.is_alive() for process in pools[0].started.values())


def test_one_failing_worker_ends_the_wait_for_the_others():
    begun = time.monotonic()
    with pytest.raises(ZeroDivisionError), worker_processes(2) as pool:
        pool.finish([pool.submit(time.sleep, 60), pool.submit(divmod, 1, 0)])
    assert time.monotonic() - begun < 20


class OddError(Exception):
    """Cannot be made again from its text."""

    def __init__(self, code, text):
        super().__init__(f"{text} ({code})")


class ShyError(Exception):
    def __reduce__(self):
        raise TypeError


def fail(kind):
    fault = Fault(source="a.csv", where="row 3", expected="a date", found="x", remedy="Write one.")
    raise {"full": OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/cache/x.nc"), "input": InputError([fault, fault]),
           "odd": OddError(3, "Odd"), "shy": ShyError("Shy")}[kind]


@pytest.mark.parametrize(("kind", "error", "words"), [
    ("full", OSError, r"\[Errno 28\] No space left on device: '/cache/x.nc'"),
    ("input", InputError, "a.csv: row 3: expected a date"),
    ("odd", WorkerError, r"OddError: Odd \(3\)"), ("shy", WorkerError, "ShyError: Shy")])
def test_errors_of_workers_arrive_as_what_they_are(kind, error, words):
    with pytest.raises(error, match=words) as caught, worker_processes(1) as pool:
        pool.finish([pool.submit(fail, kind)])
    if kind == "input":
        assert [fault.where for fault in caught.value.faults] == ["row 3", "row 3"]


def test_an_input_error_keeps_its_faults_on_its_way():
    fault = Fault(source="a", where="b", expected="c", found="d", remedy="E.")
    assert pickle.loads(pickle.dumps(InputError([fault]))).faults == (fault,)


@pytest.mark.parametrize(("end", "words"), [
    ("os.kill(os.getpid(), 9)", "it was killed, as the system does where memory runs out"),
    ("os.abort()", "ended by signal 6 \\(Aborted\\)"), ("os._exit(7)", "it ended with exit code 7")])
def test_a_worker_that_dies_is_told_by_how_it_died(end, words):
    begun = time.monotonic()
    with pytest.raises(WorkerError, match=words), worker_processes(2) as pool:
        pool.finish([pool.submit(time.sleep, 60), pool.submit(exec, f"import os; {end}")])
    assert time.monotonic() - begun < 30  # not when the other worker is done


# Branches of this process.

in_branches = pytest.mark.skipif(not BRANCHES, reason="a process that goes on as two")


@in_branches
def test_a_branch_knows_all_that_this_process_knows_and_changes_nothing_of_it():
    known = {"here": [1, 2], "call": lambda: None}  # cannot be sent

    def work(more):
        known["here"].append(more)
        print("said in a branch", file=sys.stderr)
        return os.getpid(), known["here"]

    with branches() as helper:
        one, other = (helper.submit(work, more=more).result(30) for more in (3, 4))
    assert (one[1], other[1], known["here"]) == ([1, 2, 3], [1, 2, 4], [1, 2])
    assert len({os.getpid(), one[0], other[0]}) == 3


@in_branches
@pytest.mark.parametrize("before", [False, True])
def test_a_branch_does_not_look_through_what_it_begins_with(before):
    """In the process that began it the collector looks at what it looked at before."""
    code = ("import gc; from forecast.workers import branches\n"
            f"if {before}: gc.freeze()\n"
            "with branches() as helper:\n    print(helper.submit(gc.get_freeze_count).result(60) > 10_000, end=' ')\n"
            "print(gc.get_freeze_count() > 0)\n")
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told.split() == ["True", str(before)]


@in_branches
def test_machine_code_is_loaded_before_there_are_branches():
    """What is loaded for the first time in every branch is loaded once for each of them."""
    code = ("from forecast.simulation import random, uncertainty_sources as sources\n"
            "from forecast.workers import branches\n"
            "def known(): return len(random._uniform.signatures), len(sources.poisson_count.types)\n"
            "with branches() as helper:\n    print(helper.submit(known).result(60))\n"
            "sources.load_compiled()\n"
            "with branches() as helper:\n    print(helper.submit(known).result(60))\n")
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told.splitlines() == ["(0, 0)", "(1, 1)"]


@in_branches
def test_branches_work_at_the_same_time():
    reader, writer = os.pipe()
    with branches() as helper:
        waiting = helper.submit(os.read, reader, 4)
        assert helper.submit(os.write, writer, b"told").result(30) == 4
        assert waiting.result(30) == b"told"


@in_branches
@pytest.mark.parametrize(("kind", "error", "words"), [
    ("full", OSError, "No space left"), ("input", InputError, "row 3"), ("odd", (WorkerError, OddError), r"Odd \(3\)"),
    ("shy", WorkerError, "ShyError: Shy")])
def test_errors_of_branches_arrive_as_what_they_are(kind, error, words):
    """Where Dask was imported before, what it brings along carries the odd one over whole."""
    with branches() as helper, pytest.raises(error, match=words):
        helper.submit(fail, kind).result(30)


@in_branches
def test_what_a_branch_cannot_send_is_an_error():
    with branches() as helper, pytest.raises(Exception, match="lambda"):
        helper.submit(lambda: lambda: None).result(30)


@in_branches
def test_a_branch_that_dies_is_told_by_how_it_died():
    with branches() as helper, pytest.raises(WorkerError, match="it was killed, as the system does where memory runs out"):
        helper.submit(lambda: os.kill(os.getpid(), signal.SIGKILL)).result(30)


@in_branches
def test_no_branch_outlives_the_block_that_began_it():
    def body():
        with branches() as helper:
            helpers.append(helper)
            helper.submit(time.sleep, 60)
            raise KeyError("of the body")

    helpers, begun = [], time.monotonic()
    with pytest.raises(KeyError, match="of the body"):
        body()
    assert time.monotonic() - begun < 10
    assert not any(branch.is_alive() for branch in helpers[0].started.values())


def count(upto):
    for number in range(upto):
        report("counted", number, upto)


def test_reports_are_heard_and_what_nobody_hears_holds_no_worker_back():
    heard = []
    with worker_processes(1) as pool:
        pool.finish([pool.submit(count, 200)], lambda *given: heard.append(given))
    assert heard == [("counted", number, 200) for number in range(200)]  # the last too
    begun = time.monotonic()
    with worker_processes(1) as pool:
        pool.submit(count, 100_000).result()
    assert time.monotonic() - begun < 30
    report("nobody")  # no worker: without effect


def test_every_pool_of_processes_is_one_of_these():
    """Another would leave orphans: searched for in the code itself."""
    root = Path(__file__).parents[1]
    wrong = re.compile(r"ProcessPoolExecutor|get_context|multiprocessing\.(Pool|Process|Manager)|\bos\.(fork|system|spawn|popen)|"
                       r"Popen\(|subprocess\.(run|call|check_\w+|getoutput|getstatusoutput)\(")
    found = {path.relative_to(root / "forecast").as_posix() for path in root.glob("forecast/**/*.py")
             if wrong.search(path.read_text())}
    assert found == {"workers.py"}


def asked(library):
    return importlib.util.find_spec(library) is not None


def test_a_library_that_this_process_goes_without_is_there_for_none_of_its_workers(monkeypatch):
    monkeypatch.delitem(sys.modules, "this", raising=False)
    go_without("this")
    with pytest.raises(ImportError):
        import this  # noqa: F401
    with worker_processes(1) as pool:
        assert not pool.submit(asked, "this").result(60)
    go_with("this")
    assert asked("this")
    go_without("json")  # who has it keeps it
    assert asked("json")


def test_who_has_imported_xarray_before_the_program_begins_still_gets_an_answer(tmp_path):
    """xarray asks once whether Dask is installed; where it was, it must stay so."""
    code = ("import sys\nfrom xarray.namedarray.utils import module_available\nmodule_available('dask')\n"
            "sys.argv = ['forecast', 'scenario', 'questions', 'asked.yaml', '--dyad', 'us_tm']\n"
            "from forecast.cli.app import main\nmain()\n")
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert (tmp_path / "asked.yaml").stat().st_size > 1000


def test_a_run_imports_no_dask_and_a_sweep_that_asks_for_it_has_it():
    """Seen from a process of its own: what another test imported stays."""
    code = ("import sys\nfrom forecast.workers import go_without\ngo_without('dask')\nimport numpy, xarray\n"
            "xarray.DataArray(numpy.zeros(2), dims='a').sum()\nassert 'dask.array' not in sys.modules\n"
            "from forecast.errors import InputError\nfrom forecast.pipeline.sweep import check_scheduler\n"
            "try:\n    check_scheduler('tcp://127.0.0.1:1')\nexcept InputError as error:\n    print(error.faults[0].expected)")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith("a Dask scheduler that answers within")


CALLER = """
import sys
from forecast.workers import call_program
call_program([sys.executable, "-c", "import sys, time; open(sys.argv[1], 'w').close(); time.sleep(600)", sys.argv[1]])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a signal of Linux")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_program_that_is_called_ends_with_the_process_that_called_it(tmp_path, number):
    calling = subprocess.Popen([sys.executable, "-c", CALLER, str(tmp_path / "begun")])
    until((tmp_path / "begun").exists, 60)
    (called,) = psutil.Process(calling.pid).children(recursive=True)
    calling.send_signal(number)
    calling.wait(10)
    assert not psutil.wait_procs([called], timeout=10)[1]


def test_what_a_called_program_says_comes_back():
    code = "import sys; sys.stderr.write('told'); sys.stdout.write(sys.stdin.read().upper()); sys.exit(3)"
    done = call_program([sys.executable, "-c", code], b"text")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"TEXT", b"told")
    with pytest.raises(subprocess.CalledProcessError):
        call_program([sys.executable, "-c", code], check=True)
    with pytest.raises(subprocess.TimeoutExpired):
        call_program([sys.executable, "-c", "import time; time.sleep(60)"], seconds=0.5)


def _how_answered(number):
    return signal.getsignal(number)


@in_branches
@pytest.mark.parametrize(("before", "after"), [(signal.SIG_IGN, signal.SIG_IGN), (signal.SIG_DFL, signal.SIG_DFL)])
def test_a_branch_ignores_what_its_process_was_told_to_ignore(before, after):
    """Under nohup a closed terminal ends neither."""
    known = signal.signal(signal.SIGHUP, before)
    try:
        with branches() as helper:
            assert helper.submit(_how_answered, signal.SIGHUP).result(30) == after
    finally:
        signal.signal(signal.SIGHUP, known)


class NoAnswer:
    """Can be sent, and not be built again."""

    def __reduce__(self):
        return int, ("none",)


@in_branches
def test_an_answer_that_cannot_be_built_is_told_and_not_waited_for():
    with branches() as helper, pytest.raises(ValueError, match="none"):
        helper.submit(NoAnswer).result(30)
