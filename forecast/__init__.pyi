from forecast.api import Record as Record
from forecast.api import Run as Run
from forecast.api import backtest as backtest
from forecast.api import country as country
from forecast.api import fit as fit
from forecast.api import freeze as freeze
from forecast.api import load_dyad as load_dyad
from forecast.api import load_priors as load_priors
from forecast.api import load_run as load_run
from forecast.api import load_scenario as load_scenario
from forecast.api import run as run
from forecast.api import score as score

__version__: str
API: tuple[str, ...]
