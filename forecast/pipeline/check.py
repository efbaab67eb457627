"""From checked inputs to the report that says whether the posteriors can be trusted."""

from collections.abc import Callable, Iterable
from pathlib import Path

from forecast.components.registry import COMPONENT
from forecast.errors import Fault, InputError, nearest
from forecast.evaluation.trust import STAGES, Trust, assess
from forecast.outputs import output_directory
from forecast.pipeline.chain import Progress
from forecast.pipeline.request import Inputs, Request
from forecast.posterior.fit import Job, plan, posteriors
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.report.trust.content import TrustContent
from forecast.report.trust.write import write


def chosen_components(names: Iterable[str] | None) -> tuple[str, ...]:
    """Names of the components to check: those asked for, with all variants of a section, or all.

    Raises
    ------
    InputError
        Where one is not registered.
    """
    known = {name: (name,) for name in COMPONENT}
    for name, component in COMPONENT.items():
        known.setdefault(component.section, ())
        if component.section != name:
            known[component.section] = (*known[component.section], name)
    wanted = list(names or COMPONENT)
    faults = [Fault(source="check", where="option --component", expected="a component", found=f"'{name}'",
                    remedy=nearest(name, known)) for name in wanted if name not in known]
    if faults:
        raise InputError(faults)
    return tuple(dict.fromkeys(one for name in wanted for one in known[name]))


def check_to(directory: Path, inputs: Inputs, request: Request, names: tuple[str, ...], progress: Progress) -> TrustContent:
    """Fit or load posteriors, check them, and write the report, whole or not at all; the place is checked first.

    Gates do not stop this: whether they pass is what the report is about.
    """
    with output_directory(directory, "check", [*inputs.files.values(), request.data]) as folder:
        jobs = plan(inputs.panel, inputs.priors, SamplerSettings(seed=request.seed), draws=request.draws, names=names)
        found = posteriors(jobs, lambda name, done, total: progress(f"fit {name}", done, total))
        trust = {job.name: _assess(job, found[job.name], inputs, request.seed, _steps(progress, job.name)) for job in jobs}
        content = TrustContent(panel=inputs.panel, trust=trust, manifest=_describe(inputs, request, found))
        write(content, folder, lambda done, total: progress("figures", done, total))
    return content


def _assess(job: Job, posterior: Posterior, inputs: Inputs, seed: int, tell: Callable[[str], None]) -> Trust:
    return assess(COMPONENT[job.name], job.data, job.priors, posterior, inputs.panel, seed=seed, tell=tell)


def _steps(progress: Progress, name: str) -> Callable[[str], None]:
    progress(f"check {name}", 0, len(STAGES))
    return lambda stage: progress(f"check {name}", STAGES.index(stage) + 1, len(STAGES))


def _describe(inputs: Inputs, request: Request, found: dict[str, Posterior]) -> dict[str, object]:
    return {
        "dyad": inputs.panel.dyad[0], "partner": inputs.panel.partner[0], "data_version": inputs.data_version,
        "seed": request.seed, "as_of": inputs.panel.as_of.isoformat(), "priors": inputs.priors.name,
        "posterior": {name: {"identity": one.key, "reused": one.reused} for name, one in found.items()},
        "gates": {name: one.gates.as_dict() for name, one in found.items()},
    }
