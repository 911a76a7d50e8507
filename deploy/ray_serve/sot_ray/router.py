"""Request router of the engine deployment: all requests of one answer go to one replica."""

# Ray has an environment of its own.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import random
from collections import Counter, OrderedDict
from itertools import count
from typing import Any

from ray.serve.request_router import PendingRequest, ReplicaID, RequestRouter, RunningReplica

_ANSWERS = 10_000  # remembered; far more than are in progress at one ingress replica
_REQUESTS = 4  # that an answer will have at a time; it begins with one


class AnswerRouter(RequestRouter):
    """Router that keeps the requests of an answer together, where the prefix cache has their prompt.

    The key of the answer (``GenerateConfig.answer``) comes as the handle's ``session_id``. All requests of an
    answer come from one ingress replica, and so through one router, which simply remembers: a new answer gets
    the replica with the least load, and its further requests go there too. While that replica is full they go
    to the other ones, and once it is gone the answer gets a new one.

    The load is that of the answers which this router has in progress there, from the moment of their choice
    (each as four requests at least, which it soon will be), and of the requests beyond those that the replica
    has told of: other ingress replicas'. So answers that begin at the same time are spread evenly, before any
    replica can tell of them. Unlike a hash of the key, this spreads a handful of answers evenly, too.
    """

    # A replica on a busy processor does not tell its queue length within the usual 0.1 s, and the answer
    # would move to another one for that.
    queue_len_response_deadline_s = 2.0
    max_queue_len_response_deadline_s = 10.0

    def initialize_state(self, most_answers: int = _ANSWERS) -> None:
        """Set up the memory; Serve calls this with ``request_router_kwargs``."""
        self._most = most_answers
        self._homes: OrderedDict[str, ReplicaID] = OrderedDict()
        self._open: dict[str, tuple[str, ReplicaID]] = {}  # answer and its replica, by the request's id
        self._chosen: dict[ReplicaID, int] = {}  # when each last got an answer, so that equals take turns
        self._clock = count(1)

    async def choose_replicas(
        self, candidate_replicas: list[RunningReplica], pending_request: PendingRequest | None = None
    ) -> list[list[RunningReplica]]:
        """Return the replicas to try, in order: the answer's own one, then all others."""
        if pending_request is None:
            return [candidate_replicas]
        pending_request.routing_context.should_backoff = True  # once all of them are full
        replicas = {replica.replica_id: replica for replica in candidate_replicas}
        if not replicas:
            return []
        # No `await` from here on: the first two requests of an answer come at the same time.
        key, request = pending_request.metadata.session_id, pending_request.metadata.internal_request_id
        home = self._home(key, replicas)
        self._open[request] = key or request, home.replica_id
        pending_request.future.add_done_callback(lambda sent: self._given_up(request, sent))
        others = [replica for replica in candidate_replicas if replica is not home]
        return [[home], others] if others else [[home]]

    def on_request_completed(self, replica_id: ReplicaID, internal_request_id: str) -> None:
        """Count a request no longer; Serve calls this at its end, however it ended."""
        self._open.pop(internal_request_id, None)

    async def _choose_replica_for_request(
        self, pending_request: PendingRequest, **more: Any
    ) -> RunningReplica:
        """Count a request no longer that is cancelled between its replica's choice and its sending.

        Serve does not tell of it: its replica is chosen, so `_given_up` takes it for sent.
        """
        try:
            return await super()._choose_replica_for_request(pending_request, **more)
        except BaseException:
            self._open.pop(pending_request.metadata.internal_request_id, None)
            raise

    def _given_up(self, request: str, sent: asyncio.Future[RunningReplica]) -> None:
        """Count a request no longer that was cancelled before it was sent."""
        if sent.cancelled():
            self._open.pop(request, None)

    def _home(self, key: str, replicas: dict[ReplicaID, RunningReplica]) -> RunningReplica:
        """Return the replica of an answer, chosen now if it has none; without a key, of one request."""
        known = self._homes.get(key)
        if known in replicas:
            self._homes.move_to_end(key)
            return replicas[known]
        loads = self._loads(list(replicas))
        chosen = min(
            loads, key=lambda replica: (loads[replica], self._chosen.get(replica, 0), random.random())
        )
        self._chosen = {known: when for known, when in self._chosen.items() if known in replicas}
        self._chosen[chosen] = next(self._clock)
        if key:
            self._homes[key] = chosen
            while len(self._homes) > self._most:
                self._homes.popitem(last=False)
        return replicas[chosen]

    def _loads(self, replicas: list[ReplicaID]) -> dict[ReplicaID, int]:
        """Return the replicas' loads, in requests."""
        own, loads = Counter(self._open.values()), dict.fromkeys(replicas, 0)
        told = {replica: self.replica_queue_len_cache.get(replica) or 0 for replica in replicas}
        for (_, replica), requests in own.items():
            if replica in loads:
                loads[replica] += max(requests, _REQUESTS)
                told[replica] -= requests
        return {replica: load + max(told[replica], 0) for replica, load in loads.items()}


__all__ = ["AnswerRouter"]
