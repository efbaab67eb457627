"""Bodies of the commands; `cli.py` gives them their place. Heavy imports stay inside, so that --help is instant."""

import os

# The program shares its work among threads and processes itself: threads of the linear algebra beside them only wait for one
# another. It is read as NumPy is imported, here and in the workers; whoever sets it keeps what he set.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
