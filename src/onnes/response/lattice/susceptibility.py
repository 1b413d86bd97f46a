"""Dynamical spin susceptibility of a lattice metal or singlet superconductor, without interactions."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.numerics.hilbert import pole_grid
from onnes.response.lattice.estimate import BLOCK, Estimate, susceptibility_estimate
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
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B

if TYPE_CHECKING:
    import xarray as xr

TOLERANCE = 1e-4
"""Error of a histogram: of each pole, relative to its peak 1/eta."""


@dataclass(frozen=True, slots=True, eq=False)
class Chi:
    """Spin susceptibility as a tensor of orbitals; chi_ab,cd answers to S_ab(q) = 1/2 sum_k c†_k,a sigma_z c_k+q,b.

    Parameters
    ----------
    bands : the model, whose positions the phases of several sites need.
    q : (q, 3), reciprocal lattice units.
    energy : (energy,), meV.
    values : complex (q, energy, n^2, n^2), 1/meV a cell: the transverse <<S-; S+>>, twice <<S^z; S^z>> of a
        singlet; pair index a*n + b.
    static : complex (q, n^2, n^2), the same at zero energy and zero broadening, isothermal.
    broadening : eta, meV.
    temperature : K.
    kind : ``"bubble"`` or ``"rpa"``.
    estimate : the way that was chosen, and its cost as foreseen.
    report : how it was computed.
    """

    bands: TightBinding
    q: np.ndarray
    energy: np.ndarray
    values: np.ndarray
    static: np.ndarray
    broadening: float
    temperature: float
    kind: str
    estimate: Estimate
    report: Report = field(repr=False)

    @property
    def zz(self) -> np.ndarray:
        """Return chi_zz(q, omega) = 1/2 sum_ac e^{-iq.(tau_a - tau_c)} chi_aa,cc, complex (q, energy), 1/meV a cell."""
        return self._physical(self.values)

    @property
    def static_zz(self) -> np.ndarray:
        """Return the isothermal chi_zz(q) at zero energy, float (q,), 1/meV a cell."""
        return self._physical(self.static[:, None])[:, 0].real

    def _physical(self, tensor: np.ndarray) -> np.ndarray:
        n = self.bands.n_orbitals
        density = tensor[..., :: n + 1, :: n + 1]
        phase = np.exp(-2j * np.pi * (self.q @ self.bands.positions.T))
        return 0.5 * np.einsum("qa,qwac,qc->qw", phase, density, phase.conj())

    def to_dataset(self) -> "xr.Dataset":
        """Return chi_zz as a labelled Dataset."""
        arrays = {"wavevector": self.q, "energy_transfer": self.energy, "spin_susceptibility": self.zz}
        return schema.dataset(
            f"spin susceptibility ({self.kind})",
            arrays,
            broadening_meV=self.broadening,
            temperature_K=self.temperature,
            engine=str(self.estimate),
        )


def susceptibility(
    state: State,
    q: ArrayLike,
    energy: ArrayLike,
    *,
    broadening: float,
    mesh: Sequence[int] = (64, 64, 1),
    method: str = "auto",
    refine: int = 1,
    tolerance: float = TOLERANCE,
    memory: float = 2.0,
) -> Chi:
    """Return the spin susceptibility chi0_ab,cd(q, omega + i eta) of independent quasiparticles.

    chi0 = 1/(2N) sum_k,nm (f_n - f_m) M_ab M*_cd/(E_m(k+q) - E_n(k) - omega - i eta), M = u*u + v*v
    (see `onnes.response.lattice.lindhard`): normal and anomalous terms of a singlet superconductor, or
    Lindhard's function of a normal metal. It absorbs: Im chi0 >= 0 for omega > 0.

    Parameters
    ----------
    state : a superconductor (`onnes.solve.given_gap`) or bands, with a temperature.
    q : (q, 3) or (q, 2), reciprocal lattice units. A q of the mesh needs no second diagonalisation, and
        a singlet then needs half of the k only.
    energy : (energy,), meV, of either sign.
    broadening : eta > 0, meV. The sum over k is converged when neighbouring transitions differ by less.
    mesh : k points along each axis.
    method : ``"mask"`` (transitions that are not blocked, one matrix product), ``"histogram"`` (the same gathered
        on nodes, for many energies) or ``"auto"``.
    refine : transitions near the energies are summed on a mesh this many times finer along each axis.
    tolerance : of the histogram.
    memory : limit in GiB; what will be needed is in ``.estimate``.

    Raises
    ------
    CannotProbe : a state without lattice bands or temperature.
    InvalidInput : shapes, broadening, mesh or method that make no sense, or more memory than the limit.
    """
    begin = time.perf_counter()
    bands, paired, kt = _model(state)
    wavevectors, omega = _axes(q, energy, broadening, refine)
    shape = tuple(int(n) for n in mesh) + (1,) * (3 - len(mesh))
    k = brillouin.mesh(shape)
    shifts = [_on_mesh(state, vector, shape) for vector in wavevectors]
    plan = susceptibility_estimate(
        bands.n_orbitals,
        paired,
        shape,
        len(wavevectors),
        len(omega),
        method=method,
        on_mesh=all(s is not None for s in shifts),
        refine=refine,
        memory=memory,
    )
    job = _Job(state, kt, shape, k, omega, float(broadening), refine, tolerance, plan)
    stored = _mesh_levels(state, k, shape) if plan.stored else None
    sums = [job.run(vector, shift, stored) for vector, shift in zip(wavevectors, shifts, strict=True)]
    report = Report(
        Outcome.CONVERGED,
        engine=str(plan),
        checks=(
            Check("error of a pole over its peak", tolerance if plan.method == "histogram" else 0.0, 0.1),
        ),
        seconds=time.perf_counter() - begin,
    )
    values, static = (np.array([s[i] for s in sums]) for i in (0, 1))
    kelvin = float(state["temperature"][0])
    return Chi(bands, wavevectors, omega, values, static, float(broadening), kelvin, "bubble", plan, report)


# --- what is asked -----------------------------------------------------------------------------


def _model(state: State) -> tuple[TightBinding, bool, float]:
    if "temperature" not in state:
        raise CannotProbe("susceptibility", "temperature", "give a state with the field temperature")
    if isinstance(state.model, Superconductor):
        return state.model.bands, True, K_B * float(state["temperature"][0])
    if isinstance(state.model, TightBinding):
        return state.model, False, K_B * float(state["temperature"][0])
    raise CannotProbe("susceptibility", "a lattice model", "give a state of onnes.solve.given_gap")


def _axes(q: ArrayLike, energy: ArrayLike, broadening: float, refine: int) -> tuple[np.ndarray, np.ndarray]:
    vectors, omega = np.atleast_2d(np.asarray(q, float)), np.atleast_1d(np.asarray(energy, float))
    if vectors.ndim != 2 or vectors.shape[1] not in (2, 3) or not np.all(np.isfinite(vectors)):
        raise InvalidInput(
            f"q of shape {vectors.shape}", "give finite vectors (q, 3) in reciprocal lattice units"
        )
    if omega.ndim != 1 or len(omega) == 0 or not np.all(np.isfinite(omega)):
        raise InvalidInput(f"energy of shape {omega.shape}", "give a vector of finite energies, meV")
    if not (np.isfinite(broadening) and broadening > 0):
        raise InvalidInput(f"broadening {broadening} meV", "give a positive number")
    if refine < 1 or refine != int(refine):
        raise InvalidInput(f"refine = {refine}", "give a whole number from 1")
    return np.pad(vectors, ((0, 0), (0, 3 - vectors.shape[1]))), omega


def _flat(state: State) -> np.ndarray:
    """Return for each axis whether nothing depends on k along it, bool (3,)."""
    model = state.model
    cells = (
        np.vstack([model.bands.cells, model.pairing.cells])
        if isinstance(model, Superconductor)
        else model.cells
    )
    return np.all(cells == 0, axis=0)


def _on_mesh(state: State, q: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return q in steps of the mesh, or None where it lies between."""
    steps = np.where(_flat(state), 0.0, q) * shape
    whole = np.rint(steps)
    return tuple(whole.astype(int)) if np.allclose(steps, whole, rtol=0, atol=1e-9) else None


# --- quasiparticles on the mesh ------------------------------------------------------------------


def _opposite(shape: tuple[int, ...], shift: tuple[int, ...]) -> np.ndarray:
    """Return for each k of the mesh the number of -k - shift."""
    steps = np.indices(shape).reshape(3, -1)
    moved = [(-steps[i] - shift[i]) % shape[i] for i in range(3)]
    return np.ravel_multi_index(moved, shape)


def _mesh_levels(state: State, k: np.ndarray, shape: tuple[int, ...]) -> Levels:
    """Diagonalise the mesh; a singlet has (E; u, v) at k and (-E; v*, -u*) at -k, so that half of it does."""
    if not isinstance(state.model, Superconductor):
        return levels(state, k)
    opposite = _opposite(shape, (0, 0, 0))
    half = np.flatnonzero(np.arange(len(k)) <= opposite)
    energy, rows = levels(state, k[half])
    n = rows.shape[-1] // 2
    energies = np.empty((len(k), 2 * n))
    vectors = np.empty((len(k), 2 * n, 2 * n), complex)
    energies[opposite[half]] = -energy[:, ::-1]
    vectors[opposite[half], :, :n] = rows[:, ::-1, n:].conj()
    vectors[opposite[half], :, n:] = -rows[:, ::-1, :n].conj()
    energies[half], vectors[half] = energy, rows
    return energies, vectors


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
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

    @property
    def paired(self) -> bool:
        return isinstance(self.state.model, Superconductor)

    @property
    def n_orbitals(self) -> int:
        return (self.state.model.bands if self.paired else self.state.model).n_orbitals

    def run(
        self, q: np.ndarray, shift: tuple[int, ...] | None, stored: Levels | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return chi0 (energy, D, D) and its static value (D, D) at one q."""
        size = self.n_orbitals**2
        gather = _Gather(self, size)
        points, weight = self._representatives(shift)
        near = self._near(q, shift, stored, points) if self.refine > 1 else None
        for part in _blocks(len(points), self._block()):
            keep = None if near is None else ~near[part]
            at_k, at_kq = self._at(points[part], q, shift, stored)
            gather.add(transitions(at_k, at_kq, self.kt, weight[part], self.n_orbitals, keep))
        if near is not None:
            self._add_fine(gather, q, points, weight, near)
        return gather.values(), gather.static

    def _representatives(self, shift: tuple[int, ...] | None) -> tuple[np.ndarray, np.ndarray]:
        """Return numbers of k and weights: k and -k - q make the same transitions in a singlet superconductor."""
        count = len(self.k)
        factor = (0.5 if self.paired else 1.0) / count
        if not self.paired or shift is None:
            return np.arange(count), np.full(count, factor)
        partner = _opposite(self.shape, shift)
        chosen = np.flatnonzero(np.arange(count) <= partner)
        return chosen, np.where(partner[chosen] == chosen, 1.0, 2.0) * factor

    def _block(self) -> int:
        count = self.n_orbitals * (1 + self.paired)
        row = 8 * self.n_orbitals**4 + 64 * self.n_orbitals**2 + 128
        row += 16 * len(self.omega) if self.plan.method == "mask" else 0
        return max(1, int(BLOCK / (row * count**2)))

    def _at(
        self, points: np.ndarray, q: np.ndarray, shift: tuple[int, ...] | None, stored: Levels | None
    ) -> tuple[Levels, Levels]:
        """Return the levels at k and at k + q: looked up where they are kept, else found again."""
        if stored is None or shift is None:
            return levels(self.state, self.k[points]), levels(self.state, self.k[points] + q)
        steps = np.unravel_index(points, self.shape)
        moved = np.ravel_multi_index([(steps[i] + shift[i]) % self.shape[i] for i in range(3)], self.shape)
        return (stored[0][points], stored[1][points]), (stored[0][moved], stored[1][moved])

    def _near(
        self, q: np.ndarray, shift: tuple[int, ...] | None, stored: Levels | None, points: np.ndarray
    ) -> np.ndarray:
        """Return which transitions (k, n, m) may lie within reach of the energies somewhere in their cell."""
        everywhere = np.arange(len(self.k))
        parts = [self._at(everywhere[b], q, shift, stored) for b in _blocks(len(self.k), self._block())]
        at_k = np.concatenate([p[0][0] for p in parts])
        at_kq = np.concatenate([p[1][0] for p in parts])
        energy = np.abs(at_kq[:, None, :] - at_k[:, :, None])
        lower = np.minimum(at_k[:, :, None], at_kq[:, None, :])
        upper = np.maximum(at_k[:, :, None], at_kq[:, None, :])
        reach = np.max(np.abs(self.omega)) + 6 * self.broadening
        free = 8 * self.kt
        near = energy - self._variation(energy) < reach
        near &= lower - self._variation(lower) < free
        near &= upper + self._variation(upper) > -free
        return near[points]

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

    def __init__(self, job: _Job, size: int) -> None:
        self.job, self.size = job, size
        self.static = np.zeros((size, size), complex)
        self.direct = np.zeros((len(job.omega), size * size), complex)
        self.histogram = None
        if job.plan.method == "histogram":
            bound = 2 * _largest_energy(job.state)
            grid = pole_grid(job.omega, job.broadening, (-bound, bound), job.tolerance)
            self.histogram = Histogram(grid, size)

    def add(self, pairs: Transitions) -> None:
        self.static += static_sum(pairs)
        if self.histogram is not None:
            self.histogram.add(pairs)
        else:
            self.direct += direct_sum(pairs, self.job.omega, self.job.broadening)

    def values(self) -> np.ndarray:
        found = self.direct if self.histogram is None else self.histogram.transform(self.job.omega)
        return unpacked(found, self.size)


def _largest_energy(state: State) -> float:
    """Return a bound on all quasiparticle energies, meV: the norms of the hopping matrices added."""
    model = state.model
    bands = model.bands if isinstance(model, Superconductor) else model
    bound = np.linalg.norm(bands.hoppings, 2, axis=(1, 2)).sum()
    if isinstance(model, Superconductor):
        bound += abs(model.pairing.amplitude) * np.linalg.norm(model.pairing.form, 2, axis=(1, 2)).sum()
    return float(bound) * (1 + 1e-9) + 1e-9


def _blocks(count: int, size: int) -> list[slice]:
    return [slice(i, min(i + size, count)) for i in range(0, count, size)]


def with_values(chi: Chi, values: np.ndarray, static: np.ndarray, kind: str) -> Chi:
    """Return the same susceptibility with other values."""
    return replace(chi, values=values, static=static, kind=kind)
