"""Proof of a server to its own user's commands that it is the one that they were told of.

Both know a secret, which never travels before that: a command sends a word of its own choice, and the server
answers with that word under a keyed hash. Another program that has taken the address cannot.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from contextlib import suppress

PROOF_PATH = "/sot/proof"
LONGEST_WORD = 128


def proof_of(secret: str, word: str) -> str:
    """Return the proof of the secret for a word, in hexadecimal digits."""
    return hmac.new(secret.encode(), b"sot proof\n" + word.encode(), hashlib.sha256).hexdigest()


def is_proof(proof: object, secret: str, word: str) -> bool:
    """Return whether a proof is the one for a word."""
    return isinstance(proof, str) and proof.isascii() and hmac.compare_digest(proof, proof_of(secret, word))


def is_loopback(host: str) -> bool:
    """Return whether an IP address is of this machine alone."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
