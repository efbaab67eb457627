"""What a posterior depends on, as one hash: data, priors, source, sampler settings, versions."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

import forecast.components
import forecast.posterior
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.registry import component_of
from forecast.posterior.sampler import SamplerSettings

PACKAGES = ("numpy", "pymc", "pytensor", "nutpie", "llvmlite")
DOWNSTREAM = ("project.py", "profile.py", "simulate.py", "pool.py")
"""Modules of a component that play no part in its posterior."""
SAMPLING = ("sampler.py", "compiler.py", "attempt.py", "held_out.py", "prior.py", "diagnose.py", "gates.py", "groups.py",
            "trust/pointwise.py", "native/*.py")
"""Modules beside the components that decide what is drawn and stored: the sampler, the machine code, when a fit is repeated."""
FORM = "5"  # raise it when the stored form of a posterior changes


def identity(name: str, data: ComponentData, priors: Mapping[str, Prior], settings: SamplerSettings) -> str:
    """Hash of everything that decides a component's posterior (hex, 32 characters)."""
    content = {
        "form": FORM,
        "component": name,
        "array": {key: _of_array(value) for key, value in sorted(data.array.items())},
        "coord": {key: list(value) for key, value in sorted(data.coord.items())},
        "priors": {key: prior.model_dump(exclude={"reason"}) for key, prior in sorted(priors.items())},
        "source": source_hash(name),
        "settings": settings.as_dict(),
        "versions": {package: version(package) for package in PACKAGES},
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@cache
def source_hash(name: str) -> str:
    """Hash of a component's model and data source files, of the modules that components share, and of those that sample."""
    root = Path(forecast.components.__file__).parent
    shared = ("administration.py", "capture.py", "covariates.py", "effects.py", "joint.py", "likelihood.py", "linear.py",
              "ordinal.py", "priors.py", "scales.py", "shares.py")
    own = (root / component_of(name).section).glob("*.py")
    sampling = Path(forecast.posterior.__file__).parent
    files = [root / file for file in shared] + [path for path in sorted(own) if path.name not in DOWNSTREAM]
    files += [path for pattern in SAMPLING for path in sorted(sampling.glob(pattern))]
    digest = hashlib.blake2b(digest_size=16)
    for path in files:
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _of_array(values: np.ndarray) -> str:
    head = f"{values.dtype.str}{values.shape}".encode()
    return hashlib.blake2b(head + np.ascontiguousarray(values).tobytes(), digest_size=16).hexdigest()
