"""Equal-time estimators for many chains at once: the sums of `equal_time.EqualTime`, in its layout."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from onnes.errors import InvalidInput
from onnes.solve.correlated.dqmc.equal_time import EqualTime

Array = Any


class BatchedEqualTime:
    """The estimators of an `EqualTime` without correlations of bonds, as a function of arrays on the device.

    Raises
    ------
    InvalidInput : correlations of bonds.
    """

    def __init__(self, equal: EqualTime) -> None:
        if equal.bonds:
            raise InvalidInput("correlations of bonds in batched chains", "use dqmc, or bonds=False")
        tables, n = equal.tables, equal.model.cluster.sites
        moves, ends = tables.moves, tables.ends
        self.size = equal.layout.size
        self.forward = jnp.asarray(tables.forward.astype(np.int32))
        place = np.zeros((n, len(tables.orbital_size)))
        place[np.arange(n), tables.orbital] = 1 / tables.orbital_size[tables.orbital]
        self.place, self.U = jnp.asarray(place), jnp.asarray(tables.U)
        i, j = (moves[:, ends[:, k]].T for k in (0, 1))
        self.bonds = jnp.asarray((i * n + j).astype(np.int32)), jnp.asarray((j * n + i).astype(np.int32))
        self.hop = jnp.asarray(tables.hop)
        forms = np.zeros((len(tables.weight), n, n))
        for form, weight in zip(forms, tables.weight, strict=True):
            np.add.at(form, (np.arange(n)[:, None], tables.partner), weight)
        self.forms = jnp.asarray(forms)

    def sums(self, green: Array, sign: Array) -> Array:
        """Return sign times every value, (chain, size), of G (chain, spin 2, N, N) symmetric in the step."""
        up, down = green[:, 0], green[:, 1]
        n_up, n_down = (1 - jnp.diagonal(g, axis1=-2, axis2=-1) for g in (up, down))
        energy = ((n_up - 0.5) * (n_down - 0.5)) @ self.U / len(self.U)
        local = [n_up @ self.place, n_down @ self.place, (n_up * n_down) @ self.place, energy[:, None]]
        pairs = [self._by_class(m) for m in self._pairs(up, down, n_up, n_down)]
        values = [jnp.ones_like(energy)[:, None], *local, self._bond_energy(up + down), *pairs]
        return sign[:, None] * jnp.concatenate(values, axis=1)

    def _pairs(self, up: Array, down: Array, n_up: Array, n_down: Array) -> list[Array]:
        """Return the correlations of two sites (chain, N, N) in the order of their sums."""
        one = jnp.eye(up.shape[-1], dtype=up.dtype)
        d_up, d_down = (one - jnp.swapaxes(g, -1, -2) for g in (up, down))
        charge, moment = n_up + n_down, n_up - n_down
        alike = d_up * up + d_down * down
        found = [up, down, up * down, charge[:, :, None] * charge[:, None, :] + alike]
        found.append((moment[:, :, None] * moment[:, None, :] + alike) / 4)
        found.append((d_up * down + d_down * up) / 4)
        for f in self.forms:
            both = [(a, f @ b @ f.T, a @ f.T, f @ b) for a, b in ((up, down), (down, up))]
            found.append(sum(a * b + c * d for a, b, c, d in both) / 4)
        return found

    def _by_class(self, matrix: Array) -> Array:
        flat = matrix.reshape(len(matrix), -1)
        return flat[:, self.forward].mean(axis=-1)

    def _bond_energy(self, total: Array) -> Array:
        flat = total.reshape(len(total), -1)
        there, back = self.bonds
        each = self.hop[:, None] * flat[:, back] + self.hop.conj()[:, None] * flat[:, there]
        return -each.mean(axis=-1)
