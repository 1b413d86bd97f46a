"""Flips of one slice for many chains at once: decisions on small matrices, one product for every `BLOCK` sites.

The sites of a block b are decided on G_bb alone. After some of them are flipped G' = G + (G - 1)_:b C G_b:, and with
S = G'_bb the bordered matrix T = [[S, V], [U, C]], at first [[G_bb, 1], [1, 0]], changes by a single outer product at
a flip of site p: T' = T + (Delta/r) (T e_p - e_p)(e_p^T T), r = 1 + Delta (1 - S_pp). So the loop over sites touches
no matrix of the size of the cluster. `decide` is left to XLA, which runs it on every device; it alone would have to
become a kernel written by hand.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax

from onnes.solve.correlated.dqmc.trotter import CONJUGATE, EQUAL

Array = Any

BLOCK = 8
"""Sites that are decided together."""


class Flips(NamedTuple):
    """``field`` int8 (chain, site) afterwards, ``phase`` (chain,) of all ratios, ``count`` int (chain,) of flips."""

    field: Array
    phase: Array
    count: Array


def update_slice(
    green: Array, field: Array, uniform: Array, change: Array, boson: Array, mirror: int
) -> tuple[Array, Flips]:
    """Try to flip every site of a slice once in every chain, by Metropolis on |ratio|; return G afterwards, flips.

    Parameters
    ----------
    green : (chain, spin, site, site). field : int8 (chain, site), 0 or 1. uniform : (chain, site), random numbers.
    change : (x, spin 2, site) and boson : (x, site), of `trotter.Slices`. mirror : see `trotter.ALONE`.
    """
    n = field.shape[1]
    x = field.astype(bool)
    changes = jnp.where(x[:, None], change[1], change[0])
    bosons = jnp.where(x, boson[1], boson[0])
    wide = min(BLOCK, n)

    def visit(start: Array, size: int, carry: tuple[Array, Flips]) -> tuple[Array, Flips]:
        now, flips = carry
        along = [lax.dynamic_slice_in_dim(a, start, size, -1) for a in (changes, bosons, uniform)]
        rows = lax.dynamic_slice_in_dim(now, start, size, 2)
        columns = lax.dynamic_slice_in_dim(now, start, size, 3)
        small = lax.dynamic_slice_in_dim(rows, start, size, 3)
        core, accepted, phase = decide(small, *along, mirror)
        columns = columns - (start + jnp.arange(size) == jnp.arange(n)[:, None])
        now = now + columns @ (core @ rows)
        new = lax.dynamic_slice_in_dim(flips.field, start, size, 1) ^ accepted.astype(field.dtype)
        after = lax.dynamic_update_slice_in_dim(flips.field, new, start, 1)
        return now, Flips(after, flips.phase * phase, flips.count + accepted.sum(axis=1))

    flips = Flips(field, jnp.ones(len(field), green.dtype), jnp.zeros(len(field), int))
    carry = lax.fori_loop(0, n // wide, lambda k, c: visit(k * wide, wide, c), (green, flips))
    if n % wide:
        carry = visit(n - n % wide, n % wide, carry)
    return carry


def decide(
    small: Array, change: Array, boson: Array, uniform: Array, mirror: int
) -> tuple[Array, Array, Array]:
    """Return C (chain, spin, b, b), which sites were flipped (chain, b), and the phase of their ratios (chain,).

    Parameters
    ----------
    small : G_bb (chain, spin, b, b). change : (chain, spin 2, b). boson, uniform : (chain, b).
    """
    size, spins = small.shape[-1], small.shape[1]
    one = jnp.eye(size, dtype=small.dtype)
    unit = jnp.broadcast_to(one, small.shape)
    bordered = jnp.block([[small, unit], [unit, jnp.zeros_like(small)]])
    phase, accepted = jnp.ones(len(small), small.dtype), []
    for p in range(size):
        column = bordered[..., p] - jnp.eye(2 * size, dtype=small.dtype)[p]
        row = bordered[..., p, :]
        up = 1 + change[:, 0, p] * (1 - row[:, 0, p])
        down = _other(row[..., p], change[:, 1, p], up, mirror)
        ratio = up * down * boson[:, p]
        length = jnp.abs(ratio)
        accept = uniform[:, p] < length
        accepted.append(accept)
        phase = phase * jnp.where(accept, ratio / jnp.where(accept, length, 1), 1)
        each = jnp.stack([up, down][:spins], axis=1)
        yes = accept[:, None]
        share = jnp.where(yes, change[:, :spins, p] / jnp.where(yes, each, 1), 0)
        bordered = bordered + (share[..., None] * column)[..., None] * row[..., None, :]
    return bordered[..., size:, size:], jnp.stack(accepted, axis=1), phase


def _other(diagonal: Array, change: Array, up: Array, mirror: int) -> Array:
    """Return the ratio of the down electrons; ``diagonal`` (chain, spin)."""
    if mirror == EQUAL:
        return up
    if mirror == CONJUGATE:
        return 1 + change * diagonal[:, 0]  # G_dn,ii = 1 - G_up,ii
    return 1 + change * (1 - diagonal[:, 1])
