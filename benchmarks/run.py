"""What a user waits for: ``forecast --help`` and a ``forecast run`` whose posteriors are cached, beside a bare interpreter.

Run ``python -m benchmarks.run`` (``make bench-run``). Posteriors that are missing are fitted first, outside the clock.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [str(Path(sys.executable).with_name("forecast"))]
BOUND = {"help": 0.3, "run": 8.0}
TIMES = 3


def main() -> None:
    """Print the figures with their bounds."""
    print(f"bare interpreter      {_best([sys.executable, '-c', 'pass']):6.2f} s")
    print(f"forecast --help       {_best([*COMMAND, '--help']):6.2f} s (bound {BOUND['help']})")
    with tempfile.TemporaryDirectory() as folder:
        run = [*COMMAND, "run", "--quiet", "--out", f"{folder}/run"]
        _seconds(run)
        print(f"forecast run          {_best(run):6.2f} s (bound {BOUND['run']:.0f}), 2 x 20,000 futures, figures included")
        stages = json.loads((Path(folder) / "run" / "manifest.json").read_text(encoding="utf-8"))["seconds"]
        print("of which              " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in stages.items())
              + "; the rest is imports, figures, tables and files")


def _best(command: list[str]) -> float:
    return min(_seconds(command) for _ in range(TIMES))


def _seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
