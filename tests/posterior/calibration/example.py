"""The two outcomes that calibration is tested with."""

import numpy as np

from forecast.components.protocol import Future

MIDPOINT = np.arange(2025.55, 2029)
FUTURES = (Future(president="Harris", type="democratic", midpoint=MIDPOINT),
           Future(president="Trump", type="republican_trumpist", midpoint=MIDPOINT))
