"""The KV cache of the torch engine: values stay when it grows, and one block never exceeds its share."""

from __future__ import annotations

import random

import pytest

torch = pytest.importorskip("torch")

from sot.backends.torch_engine.kv import KVStore  # noqa: E402

_TOKEN = 2 * 2 * 1 * 4 * 4  # bytes: layers, keys and values, heads, head_dim, float32


def _store(reserve: int, *, one_block: bool, max_slots: int = 8, max_length: int = 1024) -> KVStore:
    return KVStore(
        layers=2,
        kv_heads=1,
        head_dim=4,
        max_slots=max_slots,
        max_length=max_length,
        dtype=torch.float32,
        device=torch.device("cpu"),
        reserve=reserve,
        one_block=one_block,
    )


def _bytes(store: KVStore) -> int:
    keys, _ = store.layers[0]
    return keys.untyped_storage().nbytes()


@pytest.mark.parametrize("one_block", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_values_stay_whatever_the_rows_do(one_block: bool, seed: int) -> None:
    draw = random.Random(seed)
    store = _store(8 * 256 * _TOKEN, one_block=one_block)
    rows: dict[int, int] = {}
    for _ in range(60):
        slot = len(rows) if len(rows) < 8 and draw.random() < 0.4 else draw.randrange(max(1, len(rows)))
        length = rows.get(slot, 0) + draw.randrange(1, 60)
        others = {**rows, slot: length}
        if len(others) * max(others.values()) > 8 * 256:  # what admission would refuse
            continue
        rows = others
        store.ensure(len(rows), max(rows.values()))
        store.view(slot, 0, length).fill_(slot + 1)
        for other, count in rows.items():
            assert (store.view(other, 0, count) == other + 1).all()


def test_one_block_keeps_to_its_share_with_one_long_row_and_then_many_short_ones() -> None:
    share = 8 * 256 * _TOKEN
    store = _store(share, one_block=True)
    assert _bytes(store) == share
    store.ensure(1, 1000)
    store.ensure(2, 1000)
    assert _bytes(store) == share
    store.ensure(8, 256)
    assert _bytes(store) == share


def test_a_row_longer_than_the_share_is_served_alone() -> None:
    store = _store(256 * _TOKEN, one_block=True)
    store.ensure(1, 900)
    store.view(0, 0, 900).fill_(3)
    assert store.view(0, 899, 900).flatten()[0] == 3
