"""Salt of a tenant for vLLM's prefix cache, whose server takes short texts without some characters alone."""

from __future__ import annotations

import hashlib

_MOST = 128  # characters, in vLLM 0.32's server
_REFUSED = frozenset("@/\\")  # likewise; and NUL, which is not printable
_DIGEST = "sot-tenant-"


def cache_salt(tenant: str) -> str:
    """Return the salt of a tenant: its own name, or a digest of it where vLLM would refuse the name.

    An empty salt is none to vLLM, so an empty name has a digest, too. No name is another one's digest.
    """
    sound = tenant.isprintable() and _REFUSED.isdisjoint(tenant)
    if sound and 0 < len(tenant) <= _MOST and not tenant.startswith(_DIGEST):
        return tenant
    return _DIGEST + hashlib.sha256(tenant.encode("utf-8", "surrogatepass")).hexdigest()
