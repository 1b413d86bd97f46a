"""Eight float64 side by side: a vector type for compiled loops that LLVM does not vectorise by itself.

The operations become instructions of whatever width the processor has (one of 512 bits, two of 256, four of 128).
Loads and stores take a flat C-contiguous float64 array and the place of the first of the eight numbers; nothing is
checked.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

LANES = 8


def aligned_zeros(shape: tuple[int, ...], dtype: np.dtype | type = np.float64) -> np.ndarray:
    """Return zeros that start at a multiple of 64 bytes, so that eight float64 lie in one line of the cache."""
    count = int(np.prod(shape))
    whole = np.zeros(count + LANES, dtype)
    start = (-whole.ctypes.data // whole.itemsize) % LANES
    return whole[start : start + count].reshape(shape)


class _Lanes(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Lanes8f64")


_LANES = _Lanes()
_VECTOR = ir.VectorType(ir.DoubleType(), LANES)


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager, kind) -> None:  # type: ignore[no-untyped-def]
        super().__init__(manager, kind, _VECTOR)


def _pointer(context, builder, kind, array, place, wide=True):  # type: ignore[no-untyped-def]
    data = context.make_array(kind)(context, builder, array).data
    where = builder.gep(data, [place])
    return builder.bitcast(where, _VECTOR.as_pointer()) if wide else where


@intrinsic
def load(typing, array, place):  # type: ignore[no-untyped-def]
    """Return the eight numbers from ``array[place]`` on."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        found = builder.load(_pointer(context, builder, signature.args[0], *values))
        found.align = 8
        return found

    return _LANES(array, types.int64), generate


@intrinsic
def store(typing, array, place, value):  # type: ignore[no-untyped-def]
    """Write eight numbers from ``array[place]`` on."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        done = builder.store(values[2], _pointer(context, builder, signature.args[0], *values[:2]))
        done.align = 8
        return context.get_dummy_value()

    return types.none(array, types.int64, _LANES), generate


@intrinsic
def spread(typing, number):  # type: ignore[no-untyped-def]
    """Return one number eight times."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        one = builder.insert_element(
            ir.Constant(_VECTOR, ir.Undefined), values[0], ir.Constant(ir.IntType(32), 0)
        )
        mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), mask)

    return _LANES(types.float64), generate


@intrinsic
def add_product(typing, a, b, c):  # type: ignore[no-untyped-def]
    """Return a b + c, rounded once where the processor can."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        return builder.fadd(
            builder.fmul(values[0], values[1], flags=("contract",)), values[2], flags=("contract",)
        )

    return _LANES(_LANES, _LANES, _LANES), generate


@intrinsic
def product(typing, a, b):  # type: ignore[no-untyped-def]
    """Return a b."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        return builder.fmul(values[0], values[1], flags=("contract",))

    return _LANES(_LANES, _LANES), generate


@intrinsic
def added(typing, a, b):  # type: ignore[no-untyped-def]
    """Return a + b."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        return builder.fadd(values[0], values[1], flags=("contract",))

    return _LANES(_LANES, _LANES), generate
