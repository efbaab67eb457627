"""Posteriors on disk: one NetCDF file per identity, written whole or not at all, and believed only as it was written.

The file has the groups of :mod:`forecast.posterior.groups` and a seal over all of its bytes;
its attributes name the component, the identity, and the axes and shape of every variable. A file that does not say all of that is
damaged: whoever asks for it is told why, and fits anew.

A seal at the end of a file
---------------------------
The SHA-256 of all bytes before it.

Readers of HDF5 and NetCDF files stop where the file says that it ends, so that a sealed file is read by everybody, and needs no
second file beside it.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import h5py
import numpy as np
import xarray as xr
from pydantic import TypeAdapter, ValidationError

from forecast.components.priors import UNDRAWN, Prior
from forecast.components.protocol import ComponentData, Fitted
from forecast.components.registry import ACROSS, BESIDE, COMPONENT, component_of
from forecast.errors import Fault, InputError
from forecast.files import MEGABYTE, read_bytes
from forecast.placement import atomic_file, cache_directory, sweep_partials
from forecast.posterior.groups import KEPT, flat, grouped
from forecast.posterior.posterior import STATS, Gates
from forecast.posterior.sampler import SamplerSettings
from forecast.sources import hash_of, reached
from forecast.yaml_reader import first_wrong

LARGEST = 4096 * MEGABYTE
"""Bytes of a posterior's file."""
PACKED = {"zlib": True, "complevel": 1, "shuffle": True}
"""How groups are stored that the program does not read back."""
Variables = dict[str, dict[str, tuple[list[str], list[int]]]]
"""By group and name: axes and shape."""
GATES, VARIABLES = TypeAdapter(Gates), TypeAdapter(Variables)


BROKEN = (OSError, LookupError, TypeError, ValueError, RuntimeError, RecursionError, AttributeError, NotImplementedError)
"""What HDF5, xarray and the checks of attributes raise on files that are no posterior."""


class DamagedPosteriorError(Exception):
    """A stored posterior that must not be used, with the file and the reason."""


def load(name: str, key: str, needed: Collection[str] = ()) -> tuple[xr.Dataset, Gates] | None:
    """Posterior of a component by identity, or None where it was not fitted yet.

    Parameters
    ----------
    needed : collection of str
        Variables without which it is no posterior of the component.

    Raises
    ------
    DamagedPosteriorError
        Where there is a file, but not as the program wrote it for this component and identity.
    """
    path = path_of(name, key)
    if not path.exists():
        return None
    try:
        content = opened(read_bytes(path, LARGEST))
    except InputError as error:
        raise DamagedPosteriorError(f"{path} cannot be read: {error.faults[0].found}") from None
    if content is None:
        raise DamagedPosteriorError(f"{path} is not as it was written: its content does not match its seal")
    try:
        with h5py.File(h5py.h5f.open_file_image(content), "r") as file:
            owner = tuple(str(file.attrs[one]) for one in ("component", "identity"))
            gates = GATES.validate_json(file.attrs["gates"], strict=True)
            variables = VARIABLES.validate_json(file.attrs["variables"], strict=True)
            groups = {group: _read(file[group], found) for group, found in variables.items() if group in KEPT}
        posterior = flat(groups).assign_attrs(component=name, identity=key)
    except BROKEN as error:
        raise DamagedPosteriorError(f"{path} is no posterior of this version: {_first_line(error)}") from None
    if owner != (name, key):
        raise DamagedPosteriorError(f"{path} is the posterior of another component or of other inputs ({', '.join(owner)})")
    if why := _wrong(posterior, needed):
        raise DamagedPosteriorError(f"{path} is no whole posterior: {why}")
    return posterior, gates


def read_tree(path: Path) -> xr.DataTree:
    """All groups of a stored posterior, in memory, each with its named axes and labels.

    Raises
    ------
    InputError
        Where the file is missing, or not as the program wrote it.
    """
    content = opened(read_bytes(path, LARGEST))
    if content is None:
        raise InputError([Fault(source=str(path), where="whole file", expected="a posterior as the program wrote it",
                                found="another content than its seal says", remedy="Fit again, or name a whole run directory.")])
    with _of_this_version(path):
        h5py.File(h5py.h5f.open_file_image(content), "r").close()  # h5netcdf leaves a file that it cannot open half open
        with xr.open_datatree(BytesIO(content), engine="h5netcdf") as tree:
            return tree.load()


@contextmanager
def _of_this_version(path: Path) -> Iterator[None]:
    """What a file raises that is sealed and yet no posterior, as one message."""
    try:
        yield
    except BROKEN as error:
        raise InputError([Fault(source=str(path), where="whole file", expected="a posterior of this version",
                                found=_first_line(error) or type(error).__name__,
                                remedy="Fit again, or name a whole run directory.")]) from None


Stored = tuple[xr.Dataset, Gates, dict[str, tuple[str, ...]], str]
"""A posterior, its gates, the labels of its axes, and its identity."""


def read_posterior(name: str, path: Path) -> Stored:
    """Posterior of a component in a file that somebody gave.

    Raises
    ------
    InputError
        Where the file is missing, not as the program wrote it, of another component, or without a parameter of it.
    """
    tree = read_tree(path)
    with _of_this_version(path):
        chains, gates, labels = of_tree(tree)
        owner, identity = str(tree.attrs["component"]), str(tree.attrs["identity"])
        if owner != name:
            raise ValueError(f"the posterior of {owner}")
        needed = component_of(name).needed(labels).items()
        if why := _wrong(chains, [one for one, support in needed if support not in UNDRAWN]):
            raise ValueError(why)
    return chains, gates, labels, identity


def of_tree(tree: xr.DataTree) -> tuple[xr.Dataset, Gates, dict[str, tuple[str, ...]]]:
    """The posterior in a tree of :func:`read_tree`, as the sampler gave it, its gates and the labels of its axes."""
    groups = {str(name): group.to_dataset() for name, group in tree.children.items() if name in KEPT}
    labels = {str(axis): tuple(map(str, values.to_numpy())) for group in groups.values() for axis, values in group.coords.items()
              if axis not in ("chain", "draw")}
    return flat(groups), GATES.validate_json(tree.attrs["gates"]), labels


def save(name: str, key: str, posterior: xr.Dataset, gates: Gates, *, coord: Mapping[str, tuple[str, ...]] | None = None,
         others: Mapping[str, xr.Dataset] | None = None, about: Mapping[str, str] | None = None) -> Path:
    """Write a posterior with its gates; an interrupted write leaves nothing behind under the final name.

    Parameters
    ----------
    posterior : Dataset
        As the sampler returns it.
    coord : mapping of str to tuple of str, optional
        Labels of axes.
    others : mapping of str to Dataset, optional
        Further groups: what the component saw, and the log likelihood.
    about : mapping of str to str, optional
        Further attributes of the file.

    Raises
    ------
    InputError
        Where the system does not let the file be written.
    """
    path = path_of(name, key)
    groups = grouped(posterior, coord or {}) | dict(others or {})
    variables = {group: {str(one): (list(values.dims), list(values.shape)) for one, values in found.data_vars.items()}
                 for group, found in groups.items()}
    attributes = {**(about or {}), "component": name, "identity": key, "gates": json.dumps(asdict(gates)),
                  "variables": json.dumps(variables)}
    tree = xr.DataTree.from_dict({"/": xr.Dataset(attrs=attributes), **{f"/{group}": found for group, found in groups.items()}})
    packed = {f"/{group}": {str(one): PACKED for one in found.data_vars} for group, found in groups.items() if group not in KEPT}
    with _writable(path), atomic_file(path) as partial:
        partial.write_bytes(tree.to_netcdf(engine="h5netcdf", encoding=packed))  # HDF5 itself ends its process on a full disk
        add(partial)
    return path


def sweep() -> None:
    """Remove what killed processes left half written."""
    sweep_partials(cache_directory() / "posterior")


def path_of(name: str, key: str) -> Path:
    """Where the posterior of a component with an identity is or will be."""
    return cache_directory() / "posterior" / f"{name}-{key}.nc"


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    """A refusal of the system as one message."""
    try:
        yield
    except OSError as error:
        raise InputError([Fault(source=str(path), where="the cache of posteriors", expected="a place that can be written",
                                found=error.strerror or str(error),
                                remedy="Make room there, or name another folder with FORECAST_CACHE.")]) from None


def _read(group: h5py.Group, variables: Mapping[str, tuple[list[str], list[int]]]) -> xr.Dataset:
    """Variables of a group with their axes; without labels, which the data of the component have as well."""
    found = {}
    for name, (dims, shape) in variables.items():
        values = group[name][()]
        if list(np.shape(values)) != shape:
            raise ValueError(f"{name} has the shape {np.shape(values)}, expected {tuple(shape)}")
        found[name] = (tuple(dims), values)
    return xr.Dataset(found)


def _wrong(posterior: xr.Dataset, needed: Collection[str]) -> str | None:
    """What keeps a data set from being a posterior, if anything."""
    if missing := [name for name in needed if name not in posterior]:
        return f"it has no {', '.join(missing)}"
    strange = [name for name, values in posterior.data_vars.items() if values.dtype.kind not in "if"
               or ("draw" in values.dims and name not in STATS and not np.isfinite(values.to_numpy()).all())]
    return f"{', '.join(map(str, strange))} is not a finite number everywhere" if strange else None


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return first_wrong(error)
    return str(error).partition("\n")[0][:200]


# A seal at the end of a file.

HEAD = b"\nforecast sha256 "
LENGTH = len(HEAD) + 64


def add(path: Path) -> None:
    """Seal a file that is complete."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with path.open("ab") as file:
        file.write(HEAD + digest.encode())


def opened(content: bytes) -> bytes | None:
    """What a sealed file holds, or None where it is cut, longer, or changed in any byte."""
    body, seal = content[:-LENGTH], content[-LENGTH:]
    return body if seal == HEAD + hashlib.sha256(body).hexdigest().encode() else None


# What a posterior depends on, as one hash: data, priors, source, sampler settings, versions.

PACKAGES = ("arviz-stats", "llvmlite", "numpy", "nutpie", "pymc", "pytensor", "scipy")
DRAWING = ("forecast.posterior.attempt", "forecast.posterior.groups", "forecast.posterior.sampler")
"""What a fit calls: with all that they import they decide what is drawn and stored, and when a fit is repeated."""
SILENT = frozenset({"forecast.components.registry", "forecast.console"})
"""What decides no number: the first only names the components, the second only prints."""
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
        "versions": {package: _version(package) for package in PACKAGES},
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@cache
def source_hash(name: str) -> str:
    """Hash of the source of a component and of all that samples it, each with everything that it imports.

    Other components are passed over: none imports another, and what is common to all asks each for its own.
    """
    own = _module_of(component_of(name))
    others = {_module_of(one) for one in (*COMPONENT.values(), *ACROSS.values(), *BESIDE.values())} - {own}
    return hash_of(reached([own, *DRAWING], without=others | SILENT))


@cache
def _version(package: str) -> str:
    return version(package)


def _module_of(component: Fitted) -> str:
    return type(component).__module__


def _of_array(values: np.ndarray) -> str:
    head = f"{values.dtype.str}{values.shape}".encode()
    return hashlib.blake2b(head + np.ascontiguousarray(values).tobytes(), digest_size=16).hexdigest()
