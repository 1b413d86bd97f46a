"""The sum over k of a susceptibility, block by block: levels looked up or found, near-resonant cells refined."""

from dataclasses import dataclass

import numpy as np

from onnes.model.lattice.pairing import Superconductor
from onnes.numerics.hilbert import PoleGrid, pole_grid
from onnes.response.lattice.estimate import BLOCK, Estimate
from onnes.response.lattice.histogram import Histogram
from onnes.response.lattice.lindhard import (
    Levels,
    Transitions,
    direct_sum,
    levels,
    static_sum,
    transitions,
    unpacked,
)
from onnes.response.lattice.reduction import Reduction
from onnes.state import State

EQUAL = 1e-10
"""Levels closer than this, over the largest energy, are one: a thousand times the error of LAPACK."""
Shift = tuple[int, ...] | None
"""q in steps of the mesh, or None where it lies between."""


@dataclass(frozen=True, slots=True, eq=False)
class Bubble:
    """One susceptibility: everything that is the same for all q."""

    state: State
    kt: float
    shape: tuple[int, ...]
    k: np.ndarray
    omega: np.ndarray
    broadening: float
    refine: int
    tolerance: float
    plan: Estimate
    reduced: Reduction

    @property
    def paired(self) -> bool:
        return isinstance(self.state.model, Superconductor)

    @property
    def n_orbitals(self) -> int:
        return (self.state.model.bands if self.paired else self.state.model).n_orbitals

    def every(
        self, q: np.ndarray, shifts: list[Shift], littles: list[np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return chi0 (q, energy, D, D) and its static value (q, D, D).

        Parameters
        ----------
        q : (q, 3), all that are wanted.
        shifts, littles : of each irreducible q its steps on the mesh, and the operations that leave it alone.
        """
        size, reduced = self.n_orbitals**2, self.reduced
        stored = self._mesh_levels() if self.plan.stored else None
        values = np.empty((len(q), len(self.omega), size, size), complex)
        static = np.empty((len(q), size, size), complex)
        for number, (shift, little) in enumerate(zip(shifts, littles, strict=True)):
            found, at_rest = self._one(q[reduced.irreducible[number]], shift, little, stored)
            for i in np.flatnonzero(reduced.source == number):
                values[i] = reduced.turned(found, reduced.operation[i])
                static[i] = reduced.turned(at_rest, reduced.operation[i])
        return values, static

    def _one(
        self, q: np.ndarray, shift: Shift, little: np.ndarray, stored: Levels | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return chi0 (energy, D, D) and its static value (D, D) at one q."""
        gather = _Gather(self, self.n_orbitals**2)
        # k and -k - q make the same transitions in a singlet superconductor
        points, sizes = self.reduced.wedge(little, shift if self.paired else None)
        weight = sizes * ((0.5 if self.paired else 1.0) / len(self.k))
        near = self._near(q, shift, stored)[points] if self.refine > 1 else None
        for part in _blocks(len(points), self._block()):
            keep = None if near is None else ~near[part]
            at_k, at_kq = self._at(points[part], q, shift, stored)
            gather.add(transitions(at_k, at_kq, self.kt, weight[part], self.n_orbitals, keep))
        if near is not None:
            self._add_fine(gather, q, points, weight, near)
        averaged = self.reduced.averaged
        return averaged(gather.values(), little), averaged(gather.static, little)

    def _block(self) -> int:
        """Return how many k make arrays of about `BLOCK` bytes: their levels, and all transitions between them."""
        count = self.n_orbitals * (1 + self.paired)
        row = 8 * self.n_orbitals**4 + 64 * self.n_orbitals**2 + 128
        row += 32 * len(self.omega) if self.plan.method == "mask" else 0
        return max(1, int(BLOCK / (row * count**2 + self._level_bytes())))

    def _level_bytes(self) -> int:
        """Return the bytes of finding the levels of one k: Fourier phases, matrices, LAPACK's copies."""
        model = self.state.model
        cells = len(model.bands.cells) + len(model.pairing.cells) if self.paired else len(model.cells)
        return 48 * cells + 100 * (self.n_orbitals * (1 + self.paired)) ** 2

    def _mesh_levels(self) -> Levels:
        """Diagonalise the mesh; a singlet has (E; u, v) at k and (-E; v*, -u*) at -k, so that half of it does."""
        count, n = len(self.k), self.n_orbitals * (1 + self.paired)
        energies, vectors = np.empty((count, n)), np.empty((count, n, n), complex)
        chosen = np.arange(count)
        if self.paired:
            opposite = _opposite(self.shape)
            chosen = np.flatnonzero(chosen <= opposite)
        for part in _blocks(len(chosen), max(1, int(BLOCK / self._level_bytes()))):
            here = chosen[part]
            energy, rows = levels(self.state, self.k[here])
            if self.paired:
                there, half = opposite[here], n // 2
                energies[there] = -energy[:, ::-1]
                vectors[there, :, :half] = rows[:, ::-1, half:].conj()
                vectors[there, :, half:] = -rows[:, ::-1, :half].conj()
            energies[here], vectors[here] = energy, rows
        return energies, vectors

    def _at(
        self, points: np.ndarray, q: np.ndarray, shift: Shift, stored: Levels | None
    ) -> tuple[Levels, Levels]:
        """Return the levels at k and at k + q: looked up where they are kept, else found again."""
        if stored is None or shift is None:
            return levels(self.state, self.k[points]), levels(self.state, self.k[points] + q)
        steps = np.unravel_index(points, self.shape)
        moved = np.ravel_multi_index([(steps[i] + shift[i]) % self.shape[i] for i in range(3)], self.shape)
        return (stored[0][points], stored[1][points]), (stored[0][moved], stored[1][moved])

    def _near(self, q: np.ndarray, shift: Shift, stored: Levels | None) -> np.ndarray:
        """Return which transitions (k, n, m) may lie within reach of the energies somewhere in their cell."""
        at_k, at_kq = self._energies(q, shift, stored)
        reach = np.max(np.abs(self.omega)) + 6 * self.broadening
        free = 8 * self.kt
        near = np.empty((*at_k.shape, at_k.shape[1]), bool)
        for n in range(at_k.shape[1]):
            own = at_k[:, n, None]
            energy = np.abs(at_kq - own)
            near[:, n] = energy - self._variation(energy) < reach
            lower = np.minimum(own, at_kq)
            near[:, n] &= lower - self._variation(lower) < free
            upper = np.maximum(own, at_kq)
            near[:, n] &= upper + self._variation(upper) > -free
        _join(near, at_k)
        _join(near.swapaxes(1, 2), at_kq)
        return near

    def _energies(self, q: np.ndarray, shift: Shift, stored: Levels | None) -> tuple[np.ndarray, np.ndarray]:
        """Return the energies at every k and at k + q, (k, n) each."""
        n = self.n_orbitals * (1 + self.paired)
        both = np.empty((2, len(self.k), n))
        everywhere = np.arange(len(self.k))
        for part in _blocks(len(self.k), self._block()):
            at_k, at_kq = self._at(everywhere[part], q, shift, stored)
            both[0, part], both[1, part] = at_k[0], at_kq[0]
        return both[0], both[1]

    def _variation(self, table: np.ndarray) -> np.ndarray:
        """Return how much a function of k changes to a neighbour of the mesh, at most over the axes added."""
        grid = table.reshape(*self.shape, *table.shape[1:])
        total = np.zeros_like(grid)
        for axis in range(3):
            if self.shape[axis] > 1:
                step = np.abs(np.roll(grid, -1, axis) - grid)
                total += np.maximum(step, np.roll(step, 1, axis))
        return total.reshape(table.shape)

    def _add_fine(
        self, gather: "_Gather", q: np.ndarray, points: np.ndarray, weight: np.ndarray, near: np.ndarray
    ) -> None:
        """Add the near transitions on the finer mesh."""
        axes = [
            ((np.arange(self.refine) + 0.5) / self.refine - 0.5) / n if n > 1 else np.zeros(1)
            for n in self.shape
        ]
        offsets = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
        cells = np.flatnonzero(near.any(axis=(1, 2)))
        for part in _blocks(len(cells), max(1, self._block() // len(offsets))):
            chosen = cells[part]
            k = (self.k[points[chosen]][:, None, :] + offsets).reshape(-1, 3)
            share = np.repeat(weight[chosen] / len(offsets), len(offsets))
            keep = np.repeat(near[chosen], len(offsets), axis=0)
            at_k, at_kq = levels(self.state, k), levels(self.state, k + q)
            gather.add(transitions(at_k, at_kq, self.kt, share, self.n_orbitals, keep))


class _Gather:
    """Adds transitions block by block in the way that was planned."""

    def __init__(self, job: Bubble, size: int) -> None:
        self.job, self.size = job, size
        self.static = np.zeros((size, size), complex)
        self.direct = np.zeros((len(job.omega), size * size), complex)
        self.histogram = None
        if job.plan.method == "histogram":
            self.histogram = Histogram(_nodes(job.state, job.omega, job.broadening, job.tolerance), size)

    def add(self, pairs: Transitions) -> None:
        self.static += static_sum(pairs)
        if self.histogram is not None:
            self.histogram.add(pairs)
        else:
            self.direct += direct_sum(pairs, self.job.omega, self.job.broadening)

    def values(self) -> np.ndarray:
        found = self.direct if self.histogram is None else self.histogram.transform(self.job.omega)
        return unpacked(found, self.size)


def node_count(state: State, omega: np.ndarray, broadening: float, tolerance: float) -> int:
    """Return how many nodes a histogram has."""
    return _nodes(state, omega, broadening, tolerance).size


def _nodes(state: State, omega: np.ndarray, broadening: float, tolerance: float) -> PoleGrid:
    bound = 2 * _largest_energy(state)
    return pole_grid(omega, broadening, (-bound, bound), tolerance)


def _largest_energy(state: State) -> float:
    """Return a bound on all quasiparticle energies, meV: the norms of the hopping matrices added."""
    model = state.model
    bands = model.bands if isinstance(model, Superconductor) else model
    bound = np.linalg.norm(bands.hoppings, 2, axis=(1, 2)).sum()
    if isinstance(model, Superconductor):
        bound += abs(model.pairing.amplitude) * np.linalg.norm(model.pairing.form, 2, axis=(1, 2)).sum()
    return float(bound) * (1 + 1e-9) + 1e-9


def _join(near: np.ndarray, energy: np.ndarray) -> None:
    """Treat the transitions of equal levels alike, in place: the basis that LAPACK chose among them must not matter."""
    equal = np.diff(energy, axis=1) < EQUAL * np.max(np.abs(energy))
    last = energy.shape[1] - 1
    for n in (*range(last), *reversed(range(last))):
        together = near[:, n] | near[:, n + 1]
        near[:, n] = np.where(equal[:, n, None], together, near[:, n])
        near[:, n + 1] = np.where(equal[:, n, None], together, near[:, n + 1])


def _opposite(shape: tuple[int, ...]) -> np.ndarray:
    """Return for each k of the mesh the number of -k."""
    steps = np.indices(shape).reshape(3, -1)
    return np.ravel_multi_index([-steps[i] % shape[i] for i in range(3)], shape)


def _blocks(count: int, size: int) -> list[slice]:
    return [slice(i, min(i + size, count)) for i in range(0, count, size)]
