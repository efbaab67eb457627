"""Work on a Dask cluster: a scheduler that does not answer, or goes away, is one message within seconds."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from forecast.errors import Fault, InputError

PATIENCE = 4
"""Seconds in which a scheduler must answer."""


def check_scheduler(address: str) -> None:
    """Ask a scheduler who it is; to be called before any long work.

    Raises
    ------
    InputError
        Where there is none at the address, or Dask is not installed.
    """
    try:
        import distributed
    except ImportError:
        raise InputError([_fault(address, "the package distributed", "none installed",
                                 "Install it with: pip install bilateral-forecast[sweep]")]) from None
    try:
        asyncio.run(asyncio.wait_for(_ask(distributed, address), PATIENCE))
    except Exception as error:  # whatever answers there may send anything, and Dask trusts it
        found = "no answer" if isinstance(error, TimeoutError) else str(error).partition("\n")[0][:200] or type(error).__name__
        raise InputError([_fault(address, f"a Dask scheduler that answers within {PATIENCE} seconds", found,
                                 "Start one with: dask scheduler, or check the address.")]) from None


def results[T, R](address: str, call: Callable[[Any, T], R], given: Any, parts: Sequence[T]) -> Iterator[tuple[T, R]]:
    """Parts of some work with their results, in the order in which they are done.

    Raises
    ------
    InputError
        Where the scheduler does not answer, or goes away.
    """
    check_scheduler(address)
    from distributed import Client, as_completed

    for name in ("distributed", "distributed.client", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # losing the scheduler is told once, below
    with Client(address, timeout=PATIENCE) as client:
        running = {client.submit(call, given, part, pure=False): part for part in parts}
        for future in as_completed(list(running)):
            yield running[future], _result(future, address)


def _result(future: Any, address: str) -> Any:
    from distributed import CancelledError
    from distributed.comm.core import CommClosedError

    try:
        return future.result()
    except (CancelledError, CommClosedError, TimeoutError):
        raise InputError([_fault(address, "a scheduler that stays", "it went away while its workers were busy",
                                 "Start it again, and the same command goes on from what was finished.")]) from None


async def _ask(distributed: Any, address: str) -> None:
    if address.startswith(("tcp://", "tls://")):  # Dask would try again and again where nobody listens
        _, writer = await asyncio.open_connection(*distributed.comm.get_address_host_port(address))
        writer.close()
    async with distributed.rpc(address, timeout=PATIENCE) as scheduler:
        who = await scheduler.identity()
        if who.get("type") != "Scheduler":
            raise ValueError(f"a {who.get('type')}")


def _fault(address: str, expected: str, found: str, remedy: str) -> Fault:
    return Fault(source="command line", where=f"option --scheduler {address}", expected=expected, found=found, remedy=remedy)
