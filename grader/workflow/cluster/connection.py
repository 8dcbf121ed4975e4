"""The way to a Dask scheduler."""

import asyncio
import logging
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any, cast

import dask
from distributed import Client
from distributed.versions import VersionMismatchWarning

from grader.errors import ClusterError

CONNECT_SECONDS = 20.0
ANSWER_SECONDS = 30.0
WORKERS_SECONDS = 60.0
"""How long the first worker may take to come."""
POLL_SECONDS = 0.5


@asynccontextmanager
async def connect(address: str) -> AsyncIterator[Client]:
    """A client of that scheduler. Raises ClusterError if there is none, or none of this version of Dask."""
    # Whatever goes wrong is told in our own words, and lost connections show in many of Dask's.
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    # Evidence that a worker needs travels with the task: a few MB, seldom more.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"}):
        client = await _open_client(address)
        try:
            await _require_version(client, address)
            yield client
        finally:
            with suppress(OSError, TimeoutError):
                await client.close(timeout=5)
            logger.setLevel(before)


async def _open_client(address: str) -> Client:
    try:
        with warnings.catch_warnings():
            # Versions are compared below, and by every worker's terms.
            warnings.simplefilter("ignore", VersionMismatchWarning)
            client = Client(address, asynchronous=True, set_as_default=False, timeout=CONNECT_SECONDS)
            try:
                return cast(Client, await client)
            except BaseException:
                with suppress(Exception):
                    await client.close(timeout=1)
                raise
    except asyncio.CancelledError:
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise ClusterError(
            f"No Dask scheduler can be reached at {address}: {reason}. Is it running (dask scheduler), is "
            "that its address (tcp://HOST:8786, or tls://HOST:8786 with certificates), and does a firewall "
            "let it through?"
        ) from error


async def _require_version(client: Client, address: str) -> None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            found: Any = await cast(Any, client.scheduler).versions()
        theirs = found["packages"]["distributed"]
    except Exception as error:
        raise ClusterError(f"{address} does not answer as a Dask scheduler should: {error}.") from error
    ours = version("distributed")
    if theirs != ours:
        raise ClusterError(
            f"The scheduler at {address} has distributed {theirs}, and here it is {ours}. "
            f"Install the same in both places: pip install distributed=={theirs}"
        )


async def list_workers(client: Client) -> dict[str, dict[str, Any]]:
    """What the scheduler knows of each worker, by address. Raises OSError or TimeoutError if it is gone."""
    # Not `wait_for`: in Python 3.11 it loses a cancellation that comes together with the answer.
    async with asyncio.timeout(ANSWER_SECONDS):
        found = await cast(Any, client.scheduler).identity()
    workers: dict[str, dict[str, Any]] = found["workers"]
    return workers


async def ask_worker(client: Client, address: str, function: Any, *arguments: Any) -> Any:
    """What a coroutine function answers on that worker, or the exception that it raised."""
    async with asyncio.timeout(ANSWER_SECONDS * 2):
        answers = await client.run(function, *arguments, workers=[address], on_error="return")
    return answers[address]
