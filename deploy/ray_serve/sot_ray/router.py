"""Request router of the engine deployment: all requests of one answer go to one replica."""

# Ray has an environment of its own.
# pyright: reportMissingImports=false

from __future__ import annotations

import random
from collections import OrderedDict
from itertools import count

from ray.serve.request_router import PendingRequest, ReplicaID, RequestRouter, RunningReplica

_ANSWERS = 10_000  # remembered; far more than are in progress at one ingress replica


class AnswerRouter(RequestRouter):
    """Router that keeps the requests of an answer together, where the prefix cache has their prompt.

    The key of the answer (``GenerateConfig.answer``) comes as the handle's ``session_id``. All requests of an
    answer come from one ingress replica, and so through one router, which simply remembers: a new answer gets
    the replica with the fewest requests, of two that are picked at random; its further requests go there too.
    While that replica is full they go to the other ones, and once it is gone the answer gets a new one.

    Unlike a hash of the key, this spreads a handful of answers evenly.
    """

    # A replica on a busy processor does not tell its queue length within the usual 0.1 s, and the answer
    # would move to another one for that.
    queue_len_response_deadline_s = 2.0
    max_queue_len_response_deadline_s = 10.0

    def initialize_state(self, most_answers: int = _ANSWERS) -> None:
        """Set up the memory; Serve calls this with ``request_router_kwargs``."""
        self._most = most_answers
        self._homes: OrderedDict[str, ReplicaID] = OrderedDict()
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
        home = self._home(pending_request.metadata.session_id, replicas)
        others = [replica for replica in candidate_replicas if replica is not home]
        return [[home], others] if others else [[home]]

    def _home(self, key: str, replicas: dict[ReplicaID, RunningReplica]) -> RunningReplica:
        """Return the replica of an answer, chosen now if it has none; without a key, of one request."""
        known = self._homes.get(key)
        if known in replicas:
            self._homes.move_to_end(key)
            return replicas[known]
        two = random.sample(list(replicas), min(2, len(replicas)))
        chosen = min(two, key=lambda replica: (self._queue(replica), self._chosen.get(replica, 0)))
        self._chosen = {known: when for known, when in self._chosen.items() if known in replicas}
        self._chosen[chosen] = next(self._clock)
        if key:
            self._homes[key] = chosen
            while len(self._homes) > self._most:
                self._homes.popitem(last=False)
        return replicas[chosen]

    def _queue(self, replica: ReplicaID) -> int:
        """Return a replica's requests as far as known; each request to it brings the figure up to date."""
        return self.replica_queue_len_cache.get(replica) or 0


__all__ = ["AnswerRouter"]
