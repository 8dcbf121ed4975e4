"""Watches who comes and goes on a cluster, and lets take part who fits."""

import asyncio
import itertools
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

from distributed import Client

from grader.errors import ClusterError
from grader.workflow.cluster.connection import POLL_SECONDS, ask_worker, list_workers
from grader.workflow.cluster.members import Member, Members
from grader.workflow.cluster.parcels import Enlisted, Order
from grader.workflow.cluster.terms import Offer, Terms, read_terms
from grader.workflow.cluster.worker import describe, enlist

Say = Callable[[str], None]

SILENT_SECONDS = 30.0
"""How long a scheduler may not answer."""
TRIES = 3
"""How often a worker is asked that answers with a fault of its own."""


class Unfit(Exception):
    """Why a worker cannot take part, and what to do about it."""


class Recruiter:
    """Keeps the list of members as the scheduler knows them."""

    def __init__(self, client: Client, order: Order, members: Members, say: Say) -> None:
        self._client = client
        self._order = order
        self._content = pickle.dumps(order)
        self._members = members
        self._say = say
        self._left_out: set[str] = set()
        """Addresses."""
        self.enlisted: set[str] = set()
        """Where the order was sent to, whatever has become of them."""
        self._numbers = itertools.count(1)
        self._cards = ""
        self._asked: dict[str, asyncio.Task[None]] = {}
        self._faults: dict[str, int] = {}

    async def watch(self) -> None:
        """Look again and again, until it is broken off or the scheduler is gone."""
        heard = asyncio.get_running_loop().time()
        try:
            while True:
                try:
                    self._update(await list_workers(self._client))
                    heard = asyncio.get_running_loop().time()
                except Exception as error:
                    silent = asyncio.get_running_loop().time() - heard
                    if silent > SILENT_SECONDS or self._client.status == "closed":
                        self._members.fail(describe_loss(self._order, str(error) or type(error).__name__))
                        return
                await asyncio.sleep(POLL_SECONDS)
        finally:
            for task in self._asked.values():
                task.cancel()

    def _update(self, workers: dict[str, dict[str, Any]]) -> None:
        for address in self._members.addresses - set(workers):
            if member := self._members.find(address):
                self._members.remove(member)
        self._left_out &= set(workers)
        for address, known in workers.items():
            member = self._members.find(address)
            if member is not None:
                self._members.note(member, known["status"])
            elif known["status"] == "running" and address not in {*self._left_out, *self._asked}:
                task = asyncio.create_task(self._recruit(address, known))
                self._asked[address] = task
                task.add_done_callback(partial(self._end_asking, address))

    def _end_asking(self, address: str, task: asyncio.Task[None]) -> None:
        del self._asked[address]

    async def _recruit(self, address: str, known: dict[str, Any]) -> None:
        try:
            device = self._order.settings.choose_device()
            offer = await require_terms(self._client, address, self._order.settings.sandbox)
            slots = count_slots(known, device)
            # Cards stand in keys, too. Whoever comes first decides.
            self._cards = self._cards or offer.cards
            if device == "cuda" and offer.cards != self._cards:
                raise Unfit(f"its cards are {offer.cards}, and those of the others {self._cards}.")
            self.enlisted.add(address)
            enlisted = await ask_worker(self._client, address, enlist, self._content, next(self._numbers))
            if not isinstance(enlisted, Enlisted):
                raise Unfit(describe_fault(enlisted))
            if enlisted.offer.sandbox != self._order.sandbox:
                raise Unfit(describe_sandbox(enlisted.offer, self._order.sandbox))
            self._members.add(Member(address, enlisted.token, slots, enlisted.shares))
        except Unfit as reason:
            self._left_out.add(address)
            self._say(f"The worker {address} is left out: {reason}")
        except Exception as error:
            # It went while it was asked, or it will be asked again.
            self._faults[address] = self._faults.get(address, 0) + 1
            if self._faults[address] >= TRIES:
                self._left_out.add(address)
                self._say(f"The worker {address} is left out: it does not answer ({error!r}).")


async def require_terms(client: Client, address: str, sandbox: str) -> Offer:
    """What a worker offers. Raises Unfit if runs there would have other keys, OSError if it is gone."""
    answer = await ask_worker(client, address, describe, sandbox)
    if isinstance(answer, OSError):
        raise answer
    if not isinstance(answer, tuple) or not isinstance(answer[0], Terms):
        raise Unfit(describe_fault(answer))
    terms, offer = answer
    if difference := read_terms().describe_difference(terms):
        raise Unfit(difference)
    if not offer.sandbox:
        raise Unfit(offer.reason)
    assert isinstance(offer, Offer)
    return offer


def count_slots(known: dict[str, Any], device: str) -> int:
    """Units that a worker performs at once. Raises Unfit if it has no card where one is asked for."""
    threads = int(known["nthreads"])
    if device != "cuda":
        return threads
    cards = int(known["resources"].get("GPU", 0))
    if cards < 1:
        raise Unfit("it announces no GPU. Start it with --resources GPU=1, or grade with --device cpu.")
    return min(threads, cards)


def describe_sandbox(offer: Offer, wanted: str) -> str:
    """Why a worker with another sandbox cannot take part."""
    return (
        f"its sandbox is {offer.sandbox or 'none'}, and that of the others {wanted}. Make {wanted} work "
        f"there (grade doctor), or let all of them use what works everywhere (--sandbox). {offer.reason}"
    ).strip()


def describe_fault(answer: object) -> str:
    """Why a worker that answers with an error, or with nothing that we know, cannot take part."""
    if isinstance(answer, ImportError | AttributeError):
        return f"it has no such grader ({answer}). Install the same grader there, with its extra `cluster`."
    return f"it could not be asked: {type(answer).__name__}: {answer}."


def describe_loss(order: Order, reason: str) -> ClusterError:
    """The error to end with when the scheduler is gone."""
    return ClusterError(
        f"The scheduler at {order.settings.cluster} is gone ({reason}). What has finished is kept: start it "
        "and its workers again, and then the same command."
    )
