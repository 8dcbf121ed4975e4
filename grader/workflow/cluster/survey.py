"""What is asked of a cluster before a class begins: which sandbox and which device its workers have."""

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Any

from distributed import Client

from grader.errors import ClusterError
from grader.workflow.cluster.connection import POLL_SECONDS, WORKERS_SECONDS, connect, list_workers
from grader.workflow.cluster.recruiting import Unfit, count_slots, require_terms
from grader.workflow.cluster.remote import RemoteSandbox
from grader.workflow.cluster.terms import Offer
from grader.workflow.settings import Listener, Settings

STRENGTH = ("bwrap", "container", "landlock", "none")
"""Sandboxes, the strongest first."""
SAY_SECONDS = 3.0


@dataclass(frozen=True)
class Surveyed:
    """What a cluster will do the class with."""

    sandbox: RemoteSandbox
    settings: Settings
    """With a device."""


def survey_cluster(settings: Settings, listener: Listener) -> Surveyed:
    """Ask the workers that are there. Raises ClusterError if none is, or none can be used."""
    return asyncio.run(_survey(settings, listener))


async def _survey(settings: Settings, listener: Listener) -> Surveyed:
    assert settings.cluster is not None
    async with connect(settings.cluster) as client:
        workers = await _wait_for_workers(client, settings.cluster, listener)
        asked = [_ask(client, address, known, settings) for address, known in workers.items()]
        answers = dict(zip(workers, await asyncio.gather(*asked), strict=True))
    offers = {address: answer for address, answer in answers.items() if isinstance(answer, Offer)}
    if not offers:
        raise ClusterError(_list_reasons(settings.cluster, answers))
    sandbox = min((offer.sandbox for offer in offers.values()), key=STRENGTH.index)
    weaker = next(offer.weaker for offer in offers.values() if offer.sandbox == sandbox)
    device = settings.device
    if device == "auto":
        # Where only some have cards, a class would be measured in two ways.
        all_have = all(workers[address]["resources"].get("GPU", 0) >= 1 for address in offers)
        device = "cuda" if all_have else "cpu"
    return Surveyed(RemoteSandbox(sandbox, weaker), replace(settings, device=device))


async def _wait_for_workers(client: Client, address: str, listener: Listener) -> dict[str, dict[str, Any]]:
    deadline = time.monotonic() + WORKERS_SECONDS
    say_at: float | None = time.monotonic() + SAY_SECONDS
    while True:
        found = await list_workers(client)
        running = {worker: known for worker, known in found.items() if known["status"] == "running"}
        if running:
            return running
        now = time.monotonic()
        if now > deadline:
            raise ClusterError(
                f"The scheduler at {address} has no workers. Start some: dask worker {address} --nthreads 1 "
                "--nworkers auto"
            )
        if say_at is not None and now > say_at:
            listener.say(f"The scheduler at {address} has no workers yet. Waiting for the first.")
            say_at = None
        await asyncio.sleep(POLL_SECONDS)


async def _ask(client: Client, address: str, known: dict[str, Any], settings: Settings) -> Offer | str:
    """What a worker offers, or why it cannot take part."""
    try:
        offer = await require_terms(client, address, settings.sandbox)
        count_slots(known, settings.device)
    except Unfit as reason:
        return str(reason)
    except (OSError, TimeoutError) as error:
        return f"it does not answer ({str(error) or type(error).__name__})."
    return offer


def _list_reasons(address: str, answers: dict[str, Offer | str]) -> str:
    reasons: dict[str, list[str]] = {}
    for worker, reason in answers.items():
        reasons.setdefault(str(reason), []).append(worker)
    told = "\n".join(f"  {_name(workers)}: {reason}" for reason, workers in reasons.items())
    return f"None of the workers of {address} can be used:\n{told}"


def _name(workers: list[str]) -> str:
    return workers[0] if len(workers) == 1 else f"{workers[0]} and {len(workers) - 1} more"
