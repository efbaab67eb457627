"""Bodies of the commands; `cli.py` gives them their place. Heavy imports stay inside, so that --help is instant.

What libraries read once, as they begin, is set here, for the program and its workers. Who sets it before keeps what was set.
"""

import ctypes
import os
import sys
from contextlib import suppress

# The program shares its work among threads and processes itself: threads of the linear algebra beside them only wait for one
# another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Arrow's arrays lie where all others do, and threads share two places and not eight for each core: what one of many pools gives
# back no other can use, which was a tenth of all memory at the peak of a run. With one place alone the threads of a fit wait for
# one another, by a tenth of their time. Other systems than Linux with glibc have no such switch.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
_ARENA_MAX, _PLACES = -8, 2
if sys.platform == "linux" and not {"MALLOC_ARENA_MAX", "GLIBC_TUNABLES"} & os.environ.keys():
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _PLACES)
