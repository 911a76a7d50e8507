"""Forward pass of a Llama model with 8-bit weights in one call to C."""

from __future__ import annotations

import ctypes
import logging
from array import array

import torch
from torch import Tensor
from torch.nn.functional import pad

from sot.errors import ConfigError

from ..llama_forward import Forward, Layer, LlamaForward
from ..llama_parts import LlamaShape
from ..low_rank import AdaptedLinear
from ..options import NATIVE, TORCH
from ..packed_attention import MIN_SHARED, Step
from ..quantize import Int8Linear
from .build import NoNativeError, library

_ADDRESS, _INT, _FLOAT, _LONG = ctypes.c_void_p, ctypes.c_int32, ctypes.c_float, ctypes.c_int64
_WIDTH = 16  # what every size of a model is a multiple of
_log = logging.getLogger(__name__)


class _Linear(ctypes.Structure):
    _fields_ = [
        *((name, _ADDRESS) for name in ("weight", "scale", "shift", "bias", "down", "up", "bounds")),
        *((name, _INT) for name in ("inputs", "outputs", "rank", "unused")),
    ]


class _Layer(ctypes.Structure):
    _fields_ = [
        *((name, _Linear) for name in ("qkv", "o", "gate_up", "down")),
        *((name, _ADDRESS) for name in ("norm_in", "norm_out", "q_norm", "k_norm")),
        *((name, _INT) for name in ("window", "unused")),
    ]


class _Model(ctypes.Structure):
    _fields_ = [
        ("layers", _ADDRESS),
        ("head", _Linear),
        ("norm", _ADDRESS),
        ("inv_freq", _ADDRESS),
        *((name, _INT) for name in ("count", "hidden", "inner", "heads", "kv_heads", "head_dim")),
        *((name, _FLOAT) for name in ("eps", "rotary_scale")),
    ]


class _Step(ctypes.Structure):
    _fields_ = [
        *((name, _ADDRESS) for name in ("x", "kv", "logits")),
        *((name, _ADDRESS) for name in ("position", "slot", "base", "adapted", "last")),
        *((name, _LONG) for name in ("slots", "capacity")),
        *((name, _INT) for name in ("rows", "wanted", "shared", "threads")),
    ]


def fits(shape: LlamaShape) -> bool:
    """Return whether the forward pass in C computes a model of these sizes."""
    sizes = (shape.hidden, shape.inner, shape.head_dim, shape.heads * shape.head_dim)
    return all(size % _WIDTH == 0 for size in sizes) and shape.head_dim <= 256


class NativeLlama:
    """Forward pass of a Llama model whose linear layers are `Int8Linear`.

    Every token is computed alike, whatever else is in the step: batching does not change a text.

    Args:
        model: The model, whose weights are taken over in the form that the forward pass in C reads.

    Raises:
        NoNativeError: It cannot be compiled here.
    """

    def __init__(self, model: LlamaForward) -> None:
        shape = model.shape
        self._library = library()
        self._lanes = self._library.sot_lanes()
        self._kept: list[object] = []  # memory that the structures point to
        self._embed = model.embed
        self._vocabulary = shape.vocabulary
        self._memory = torch.empty(0, dtype=torch.uint8)
        layers = (_Layer * shape.layers)(*(self._layer(layer) for layer in model.layers))
        self._kept.append(layers)
        self._model = _Model(
            layers=ctypes.addressof(layers),
            head=self._linear(model.head),
            norm=self._floats(model.norm),
            inv_freq=self._floats(model.inv_freq),
            count=shape.layers,
            hidden=shape.hidden,
            inner=shape.inner,
            heads=shape.heads,
            kv_heads=shape.kv_heads,
            head_dim=shape.head_dim,
            eps=shape.eps,
            rotary_scale=shape.rotary_scale,
        )

    def forward(self, step: Step) -> Tensor:
        """Run one step; returns the logits of the last token of each piece, ``[pieces, vocabulary]``."""
        pieces = step.pieces
        ids, position, slot, base, adapted, last = (array("i") for _ in range(6))
        shared = step.shared if step.shared >= MIN_SHARED and step.singles - step.alone > 1 else 0
        for at, piece in enumerate(pieces):
            count = len(piece.ids)
            ids.extend(piece.ids)
            position.extend(range(piece.start, piece.start + count))
            slot.extend([piece.slot] * count)
            sharing = shared and step.alone <= at < step.singles
            base.extend([pieces[step.alone].slot if sharing else piece.slot] * count)
            adapted.extend([int(piece.adapter)] * count)
            last.append(len(ids) - 1)
        x = self._embed[torch.frombuffer(ids, dtype=torch.int32)].float()
        logits = torch.empty(len(pieces), self._vocabulary)
        keys, _ = step.kv.layers[0]
        taken = _Step(
            x=x.data_ptr(),
            kv=keys.data_ptr(),
            logits=logits.data_ptr(),
            position=_address(position),
            slot=_address(slot),
            base=_address(base),
            adapted=_address(adapted),
            last=_address(last),
            slots=keys.shape[0],
            capacity=keys.shape[2],
            rows=len(ids),
            wanted=len(pieces),
            shared=shared,
            threads=torch.get_num_threads(),
        )
        while needed := self._library.sot_step(
            ctypes.byref(self._model), ctypes.byref(taken), self._memory.data_ptr(), len(self._memory)
        ):
            self._memory = torch.empty(needed * 5 // 4, dtype=torch.uint8)
        return logits

    def _layer(self, layer: Layer) -> _Layer:
        return _Layer(
            qkv=self._linear(layer.qkv),
            o=self._linear(layer.o),
            gate_up=self._linear(layer.gate_up),
            down=self._linear(layer.down),
            norm_in=self._floats(layer.norm_in),
            norm_out=self._floats(layer.norm_out),
            q_norm=self._floats(layer.q_norm),
            k_norm=self._floats(layer.k_norm),
            window=layer.window or 0,
        )

    def _linear(self, adapted: AdaptedLinear) -> _Linear:
        linear = adapted.layer
        assert isinstance(linear, Int8Linear)
        weight, scales = linear.quantised()
        outputs, inputs = weight.shape
        padded = -(-outputs // self._lanes) * self._lanes
        packed = self._keep(torch.empty(padded * inputs, dtype=torch.int8))
        shift = self._keep(torch.empty(padded, dtype=torch.int32))
        weight = weight.contiguous()
        self._library.sot_pack(weight.data_ptr(), outputs, inputs, packed.data_ptr(), shift.data_ptr())
        return _Linear(
            weight=packed.data_ptr(),
            shift=shift.data_ptr(),
            scale=self._floats(scales, padded),
            bias=self._floats(linear.bias, padded),
            down=self._floats(adapted.down),
            up=self._floats(adapted.up, padded),
            bounds=self._keep(torch.tensor(adapted.bounds, dtype=torch.int32)).data_ptr(),
            inputs=inputs,
            outputs=outputs,
            rank=0 if adapted.down is None else len(adapted.down),
        )

    def _floats(self, values: Tensor | None, width: int = 0) -> int | None:
        """Return the address of values in float32, whose last dimension is filled up to a width."""
        if values is None:
            return None
        filled = pad(values.float(), (0, max(0, width - values.shape[-1])))
        return self._keep(filled.contiguous()).data_ptr()

    def _keep(self, tensor: Tensor) -> Tensor:
        self._kept.append(tensor)
        return tensor


def native_or_not(model: LlamaForward, kernels: str) -> Forward:
    """Return the forward pass in C where it can compute a model, else that of torch.

    Args:
        model: The model.
        kernels: ``auto``, ``native`` or ``torch``; see `EngineOptions`.

    Raises:
        ConfigError: ``native`` was asked for, and cannot be had.
    """
    if kernels == TORCH:
        return model.forward
    try:
        if not _is_int8(model):
            raise NoNativeError("it computes int8 weights alone")
        if not fits(model.shape):
            raise NoNativeError(f"the model's sizes are no multiples of {_WIDTH}")
        return NativeLlama(model).forward
    except NoNativeError as error:
        if kernels == NATIVE:
            raise ConfigError(f"no native kernels for this model: {error}") from error
        _log.info("the forward pass of torch is used: %s", error)
        return model.forward


def _is_int8(model: LlamaForward) -> bool:
    joined = [each for layer in model.layers for each in (layer.qkv, layer.o, layer.gate_up, layer.down)]
    return all(isinstance(each.layer, Int8Linear) for each in (model.head, *joined))


def _address(values: array[int]) -> int:
    return values.buffer_info()[0]
