"""Products of small real matrices by register tiles, for compiled loops that multiply matrices of some tens of rows.

BLAS copies its operands into a packed form first, which costs as much as the product itself at 64 rows. Matrices
that fit into the cache need no packing: eight rows by sixteen columns of the result stay in registers while the
inner index runs, written as vectors for LLVM, which maps them onto whatever registers the machine has.
"""

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

TALL, WIDE, LANES = 8, 16, 8
"""Rows and columns of a tile; numbers in a vector."""

_DOUBLE, _INDEX = ir.DoubleType(), ir.IntType(64)
_VECTOR = ir.VectorType(_DOUBLE, LANES)


@intrinsic
def _tile(typing, a, step_row, step_inner, b, step_b, c, step_c, inner, keep):  # type: ignore[no-untyped-def]
    """Add to (keep = 1) or set (keep = 0) a tile of c: sum over k < inner of a[i step_row + k step_inner] b[k
    step_b + j].

    ``a``, ``b``, ``c`` are addresses as integers, steps count numbers.
    """

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        a, step_row, step_inner, b, step_b, c, step_c, inner, keep = values
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        fma = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f64")

        def at(address, offset, kind):  # type: ignore[no-untyped-def]
            bytes_ = builder.mul(offset, _INDEX(8))
            return builder.inttoptr(builder.add(address, bytes_), kind.as_pointer())

        def load(address, offset):  # type: ignore[no-untyped-def]
            found = builder.load(at(address, offset, _VECTOR))
            found.align = 8
            return found

        places = [
            builder.add(builder.mul(step_c, _INDEX(i)), _INDEX(j * LANES))
            for i in range(TALL)
            for j in range(WIDE // LANES)
        ]
        zero = ir.Constant(_VECTOR, [0.0] * LANES)
        slots = []
        kept = builder.icmp_signed("!=", keep, _INDEX(0))
        before = builder.block
        with builder.if_then(kept):
            old = [load(c, place) for place in places]
            within = builder.block
        for value in old:
            start = builder.phi(_VECTOR)
            start.add_incoming(zero, before)
            start.add_incoming(value, within)
            slots.append(start)
        head, body, done = (builder.append_basic_block(name) for name in ("head", "body", "done"))
        entry = builder.block
        builder.branch(head)
        builder.position_at_end(head)
        k = builder.phi(_INDEX)
        k.add_incoming(_INDEX(0), entry)
        sums = []
        for start in slots:
            running = builder.phi(_VECTOR)
            running.add_incoming(start, entry)
            sums.append(running)
        builder.cbranch(builder.icmp_signed("<", k, inner), body, done)
        builder.position_at_end(body)
        row = builder.mul(k, step_b)
        vectors = [load(b, builder.add(row, _INDEX(j * LANES))) for j in range(WIDE // LANES)]
        column, mask = (
            builder.mul(k, step_inner),
            ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES),
        )
        new = []
        for i in range(TALL):
            place = builder.add(column, builder.mul(step_row, _INDEX(i)))
            number = builder.load(at(a, place, _DOUBLE))
            single = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.IntType(32)(0))
            spread = builder.shuffle_vector(single, ir.Constant(_VECTOR, ir.Undefined), mask)
            for j, vector in enumerate(vectors):
                new.append(builder.call(fma, [spread, vector, sums[i * len(vectors) + j]]))
        k.add_incoming(builder.add(k, _INDEX(1)), body)
        for running, value in zip(sums, new, strict=True):
            running.add_incoming(value, body)
        builder.branch(head)
        builder.position_at_end(done)
        for place, running in zip(places, sums, strict=True):
            builder.store(running, at(c, place, _VECTOR)).align = 8
        return context.get_dummy_value()

    kinds = (types.int64, types.int64, types.int64, types.int64, types.int64, types.int64, types.int64)
    return types.none(*kinds, types.int64, types.int64), generate


@njit(cache=True)
def tiled_product(a, a_transposed, b, c, keep):  # type: ignore[no-untyped-def]
    """Set c = op(a) b, or add to it with ``keep`` = 1, where the tiles reach; return (rows, columns) that they covered.

    The rest, up to 7 rows and 15 columns, is left as it is. Rows of all three must have unit stride.
    """
    rows, columns = c.shape[0] // TALL * TALL, c.shape[1] // WIDE * WIDE
    inner = a.shape[0] if a_transposed else a.shape[1]
    step_a, step_b, step_c = a.strides[0] // 8, b.strides[0] // 8, c.strides[0] // 8
    step_row, step_inner = (1, step_a) if a_transposed else (step_a, 1)
    at_a, at_b, at_c = a.ctypes.data, b.ctypes.data, c.ctypes.data
    for j in range(0, columns, WIDE):
        for i in range(0, rows, TALL):
            place = at_c + 8 * (i * step_c + j)
            _tile(
                at_a + 8 * i * step_row,
                step_row,
                step_inner,
                at_b + 8 * j,
                step_b,
                place,
                step_c,
                inner,
                keep,
            )
    return rows, columns
