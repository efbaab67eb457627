"""The report on trust as one HTML file that needs no network, no script and no second file."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from forecast.report import words
from forecast.report.trust.content import TrustContent, component_name, label
from forecast.report.trust.plates import TrustPlate
from forecast.report.trust.predictive_words import sentence
from forecast.report.trust.tables import pairs
from forecast.report.trust.verdict import findings, headline, meanings

WORST_PAIRS = 10
ABOUT: Mapping[str, str] = {
    "convergence": "Rank-normalised split R-hat, bulk and tail effective sample size, Monte Carlo errors "
                   "(doi 10.1214/20-BA1221), divergences, and the energy fraction E-BFMI per chain "
                   "(doi 10.48550/arXiv.1604.00695).",
    "leave-one-out": "Expected log predictive density by Pareto-smoothed importance sampling (doi 10.1007/s11222-016-9696-4); "
                     "the shape k tells whether it can be had without refitting.",
    "calibration": "Randomised probability integral transforms for discrete data (doi 10.1111/j.1541-0420.2009.01191.x), each "
                   "observation predicted from all others, with simultaneous bands (doi 10.1007/s11222-022-10090-6). Agendas and "
                   "capture histories have no order and are not transformed.",
    "predictive checks": "Posterior predictive p-values, ties counting half, by family of statistics. They use the data twice "
                         "and are conservative: p near one half is no merit, and a small p is stronger than it looks "
                         "(doi 10.1080/01621459.2000.10474310). About one family in twenty or fewer fails by chance.",
    "sensitivity": "Power-scaling of the likelihood and of blocks of the prior (doi 10.1007/s11222-023-10366-5). Only top-level "
                   "parameters are scaled, not the effects that share a scale.",
    "prior to posterior": "Overlap of prior and posterior of top-level parameters (doi 10.1111/j.0006-341X.2000.01055.x).",
}


def render(content: TrustContent, pictures: Mapping[TrustPlate, Path]) -> str:
    """HTML with the figures inside."""
    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"day": words.day, "number": words.number, "component": component_name, "label": label}
    found = findings(content.trust)
    page = environment.get_template("check.html.j2").render(
        content=content, manifest=content.manifest, headline=headline(found),
        meanings=meanings(found, content.trust), found=found, about=ABOUT,
        figures=[_figure(content, plate, path) for plate, path in pictures.items()], pairs=pairs(content.trust).head(WORST_PAIRS),
        families=[(name, check, sentence(check)) for name, one in content.trust.items() for check in one.predictive])
    return page.replace(" %", "\N{NO-BREAK SPACE}%")


def _figure(content: TrustContent, plate: TrustPlate, path: Path) -> dict[str, str]:
    data = b64encode(path.read_bytes()).decode("ascii")
    return {"name": plate.name, "area": plate.area, "heading": plate.heading, "alt": plate.alt(content), "reading": plate.reading,
            "source": f"data:image/svg+xml;base64,{data}"}
