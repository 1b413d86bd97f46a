"""Stable products of slices and their Green functions for many chains at once; the algebra is that of `stack`.

A product is Q D X for each chain and spin. Q is not multiplied together reflector by reflector but is
1 - V T V^H with T^-1 = diag(1/tau) + the part of V^H V above the diagonal (the "UT transform"), all of it products and
solutions of batches of small matrices.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax

Array = Any


class Product(NamedTuple):
    """``q``, ``x`` (chain, spin, N, N), ``d`` (chain, spin, N) > 0, ``phase`` (chain, spin) of det Q; or stacks of
    them, with slots in front.
    """

    q: Array
    d: Array
    x: Array
    phase: Array


def identity(shape: tuple[int, ...], n: int, dtype: Any) -> Product:
    """Return products of nothing, (*shape, N, N)."""
    one = jnp.broadcast_to(jnp.eye(n, dtype=dtype), (*shape, n, n))
    return Product(one, jnp.ones((*shape, n)), one, jnp.ones(shape, dtype))


def extend(factor: Array, source: Product) -> Product:
    """Return factor times source."""
    product = (factor @ source.q) * source.d[..., None, :]
    order = jnp.argsort(-jnp.sum(jnp.abs(product) ** 2, axis=-2), axis=-1)
    q, r, phase = factorise(jnp.take_along_axis(product, order[..., None, :], axis=-1))
    d = jnp.abs(jnp.diagonal(r, axis1=-2, axis2=-1))
    x = (r / d[..., None]) @ jnp.take_along_axis(source.x, order[..., None], axis=-2)
    return Product(q, d, x, phase)


def factorise(matrix: Array) -> tuple[Array, Array, Array]:
    """Return Q, R and det Q of matrices (..., N, N)."""
    turned, tau = jnp.linalg.qr(matrix, mode="raw")
    packed, one = jnp.swapaxes(turned, -1, -2), jnp.eye(matrix.shape[-1], dtype=matrix.dtype)
    still = tau == 0  # such a reflector is the identity
    v = jnp.where(still[..., None, :], 0, jnp.tril(packed, -1) + one)
    gram = jnp.swapaxes(v, -1, -2).conj() @ v
    inverse = jnp.triu(gram, 1) + one * jnp.where(still, 1, 1 / jnp.where(still, 1, tau))[..., None, :]
    inner = lax.linalg.triangular_solve(inverse, jnp.swapaxes(v, -1, -2).conj(), left_side=True, lower=False)
    phase = jnp.prod(1 - tau * jnp.diagonal(gram, axis1=-2, axis2=-1), axis=-1)
    return one - v @ inner, jnp.triu(packed), phase


def green_function(before: Product, after: Product) -> tuple[Array, Array, Array]:
    """Return G = (1 + P_0 P_1^H)^-1 of products of what lies before a slice and, adjoint, after it.

    Also phase and log of the magnitude of det(1 + P_0 P_1^H), (chain, spin); NaN where it is singular.
    """
    small = [jnp.minimum(p.d, 1)[..., None] * p.x for p in (before, after)]
    large = [p.q / jnp.maximum(p.d, 1)[..., None, :] for p in (before, after)]
    left = jnp.swapaxes(large[0], -1, -2).conj()
    core = small[0] @ jnp.swapaxes(small[1], -1, -2).conj() + left @ large[1]
    lu, pivots, order = lax.linalg.lu(core)
    y = jnp.take_along_axis(left, order[..., None], axis=-2)
    y = lax.linalg.triangular_solve(lu, y, left_side=True, lower=True, unit_diagonal=True)
    y = lax.linalg.triangular_solve(lu, y, left_side=True, lower=False)
    diagonal = jnp.diagonal(lu, axis1=-2, axis2=-1)
    size = jnp.abs(diagonal)
    swaps = jnp.sum(pivots != jnp.arange(pivots.shape[-1], dtype=pivots.dtype), axis=-1)
    phase = jnp.prod(diagonal / size, axis=-1) * (1 - 2 * (swaps % 2))
    log = jnp.log(size).sum(axis=-1) + sum(jnp.log(jnp.maximum(p.d, 1)).sum(axis=-1) for p in (before, after))
    return large[1] @ y, phase * before.phase * after.phase.conj(), log
