"""Posteriors on disk: one NetCDF file per identity, written whole or not at all."""

import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

import xarray as xr

from forecast.outputs import cache_directory
from forecast.posterior.gates import Gates


def load(name: str, key: str) -> tuple[xr.Dataset, Gates] | None:
    """Posterior of a component by identity, or None where it was not fitted yet or the file is damaged."""
    path = path_of(name, key)
    if not path.exists():
        return None
    try:
        posterior = xr.load_dataset(path, engine="h5netcdf")
        return posterior, Gates(**json.loads(posterior.attrs["gates"]))
    except (OSError, KeyError, TypeError, ValueError):
        return None


def save(name: str, key: str, posterior: xr.Dataset, gates: Gates) -> Path:
    """Write a posterior with its gates; an interrupted write leaves nothing behind under the final name."""
    path = path_of(name, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    posterior = posterior.assign_attrs(component=name, identity=key, gates=json.dumps(asdict(gates)))
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    os.close(handle)
    try:
        posterior.to_netcdf(partial, engine="h5netcdf")
        os.replace(partial, path)
    finally:
        Path(partial).unlink(missing_ok=True)
    return path


def path_of(name: str, key: str) -> Path:
    """Where the posterior of a component with an identity is or will be."""
    return cache_directory() / "posterior" / f"{name}-{key}.nc"
