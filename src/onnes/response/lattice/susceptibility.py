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
from onnes.model.lattice.pointgroup import SYMMETRIC, flat_axes
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.response.lattice.bubble import Bubble, node_count
from onnes.response.lattice.estimate import ORBIT, Estimate, pair_seconds, susceptibility_estimate
from onnes.response.lattice.reduction import Reduction, reduction, unreduced
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
    symmetry: bool = True,
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
    symmetry : use the point group of bands and gap (`onnes.model.symmetry_group`): wavevectors that are images of
        others are turned, not summed, and those with a little group of their own need a part of the k only. The
        result is the same; ``.estimate`` tells what it saved, and which operations could not be used.

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
    reduced = _reduction(state, wavevectors, shape, refine > 1, symmetry)
    shifts = [_on_mesh(state, wavevectors[i], shape) for i in reduced.irreducible]
    littles = _little_groups(
        reduced, bands.n_orbitals, paired, pair_seconds(bands.n_orbitals, len(omega), method)
    )
    orders = np.array([len(little) for little in littles])
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
        nodes=node_count(state, omega, broadening, tolerance),
        orders=orders * np.array([2 if paired and shift is not None else 1 for shift in shifts]),
        symmetry=reduced.describe(orders),
    )
    job = Bubble(state, kt, shape, k, omega, float(broadening), refine, tolerance, plan, reduced)
    values, static = job.every(wavevectors, shifts, littles)
    report = Report(
        Outcome.CONVERGED,
        engine=str(plan),
        checks=(
            Check("error of a pole over its peak", tolerance if plan.method == "histogram" else 0.0, 0.1),
            Check("departure from the point group", reduced.group.departure, SYMMETRIC),
        ),
        seconds=time.perf_counter() - begin,
    )
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
    raise CannotProbe(
        "susceptibility", "lattice bands of two equal spins", "give a state of onnes.solve.given_gap"
    )


def _axes(q: ArrayLike, energy: ArrayLike, broadening: float, refine: int) -> tuple[np.ndarray, np.ndarray]:
    vectors, omega = np.atleast_2d(np.asarray(q, float)), np.atleast_1d(np.asarray(energy, float))
    if vectors.shape[1:] not in ((2,), (3,)) or not len(vectors) or not np.all(np.isfinite(vectors)):
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


def _on_mesh(state: State, q: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return q in steps of the mesh, or None where it lies between."""
    steps = np.where(flat_axes(state.model), 0.0, q) * shape
    whole = np.rint(steps)
    return tuple(whole.astype(int)) if np.allclose(steps, whole, rtol=0, atol=1e-9) else None


def _reduction(
    state: State, q: np.ndarray, shape: tuple[int, int, int], refined: bool, symmetry: bool
) -> Reduction:
    if symmetry:
        return reduction(state.model, q, shape, refined=refined)
    return unreduced(state.model, q, shape)


def _little_groups(reduced: Reduction, n_orbitals: int, paired: bool, seconds: float) -> list[np.ndarray]:
    """Return the operations used for each irreducible q: its little group where that saves more than orbits cost."""
    each_k = seconds * (n_orbitals * (1 + paired)) ** 2 / 2
    groups = [reduced.little(i) for i in reduced.irreducible]
    return [g if (1 - 1 / len(g)) * each_k > ORBIT * len(g) else g[:1] for g in groups]


def with_values(chi: Chi, values: np.ndarray, static: np.ndarray, kind: str) -> Chi:
    """Return the same susceptibility with other values."""
    return replace(chi, values=values, static=static, kind=kind)
