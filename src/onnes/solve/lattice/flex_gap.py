"""The linearised gap equation of FLEX states: pairing by the fluctuations of the dressed electrons.

lambda phi_ad(k) = -(kT/N) sum_k' sum_bc V_{ab,cd}(k-k') F_bc(k'),  F(k) = G(k) phi(k) G(-k)^T,
V = (3/2) U_s chi_s U_s - (1/2) U_c chi_c U_c + (U_s + U_c)/2   (singlet),
V = -(1/2) U_s chi_s U_s - (1/2) U_c chi_c U_c + (U_c - U_s)/4  (triplet),

k with its frequency, chi from the bubble of G. The constant part of V is the Hartree-Fock part of the anomalous
self-energy and is kept: it meets the local, equal-time part of F. That of triplets is half of (U_c - U_s)/2, the
interaction of equal spins: this one is exchanged already, and F is exchanged once more. Tc is where lambda = 1.

T. Takimoto, T. Hotta, K. Ueda, Phys. Rev. B 69, 104504 (2004).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigs

from onnes.errors import InvalidInput, InvalidModel
from onnes.numerics import brillouin
from onnes.response.lattice.static import dressed
from onnes.solve.lattice.fermi_surface import cartesian, point_group
from onnes.solve.lattice.flex import Engine, engine_of
from onnes.solve.lattice.flex_band import OneBand
from onnes.solve.lattice.flex_mesh import convert, require_memory
from onnes.solve.lattice.flex_orbitals import Orbitals
from onnes.solve.lattice.pairing import CHANNELS, FOURFOLD
from onnes.state import Check, Outcome, Report, State

SEED = 7
"""Of the gap functions from which the eigenvalues are sought: no symmetry is favoured."""
TOUCH = 1e-6
"""Energies nearer than this share of the band width belong to one level."""
EQUAL = 0.02
"""Largest departure of a character from an integer for which a representation is named."""
NEAR = 0.5
"""Share of the largest spectral weight at the Fermi level from which on a state counts for s+- or s++."""


def eliashberg_eigenvalue(
    state: State, symmetry: str = "B1g", *, tolerance: float = 1e-6
) -> tuple[float, np.ndarray]:
    """Return the largest eigenvalue of one symmetry of a FLEX state of one band, and its gap function.

    Parameters
    ----------
    state : of `flex`, one orbital on a square mesh; `flex_pairing` takes any.
    symmetry : ``"A1g"``, ``"B1g"`` (d x2-y2) or ``"B2g"`` (d xy); singlet, even in frequency.

    Returns
    -------
    eigenvalue, and phi float (frequency, n1, n2) at the sampled frequencies of the state. Tc is where the
    eigenvalue is 1.

    Raises
    ------
    InvalidInput : a state of another method or of several orbitals, an unknown symmetry, or a mesh that is not square.
    """
    engine = _of_method(state, "flex")
    if not isinstance(engine, OneBand):
        raise InvalidInput(f"a state of {engine.n} orbitals", "use onnes.solve.flex_pairing")
    n1, n2, n3 = engine.mesh.grid
    if symmetry not in ("A1g", "B1g", "B2g") or n1 != n2 or n3 != 1:
        raise InvalidInput(
            f"symmetry {symmetry!r} on a mesh {engine.mesh.grid}", "use A1g, B1g or B2g on a square mesh"
        )
    pair = np.abs(engine.green(float(state["level_shift"]), state["self_energy"])) ** 2
    kernel = engine.pair_kernel(state["bubble"])
    signs = {"A1g": (1, 1), "B1g": (-1, 1), "B2g": (-1, -1)}[symmetry]

    def apply(flat: np.ndarray) -> np.ndarray:
        phi = _projected(flat.reshape(-1, n1, n2), signs)
        full = engine.pair(kernel, pair * phi.reshape(engine.shape), symmetry == "A1g")
        return _projected(full.reshape(-1, n1, n2), signs).real.ravel()

    axis = 2 * np.pi * np.arange(n1) / n1
    x, y = np.meshgrid(axis, axis, indexing="ij")
    form = {
        "A1g": 1 + 0.3 * (np.cos(x) + np.cos(y)),
        "B1g": np.cos(x) - np.cos(y),
        "B2g": np.sin(x) * np.sin(y),
    }[symmetry]
    first = np.broadcast_to(form, (len(engine.iw), n1, n2)) / (1 + np.abs(engine.iw[:, :1, None]))
    size = first.size
    operator = LinearOperator((size, size), matvec=apply, dtype=float)
    values, vectors = eigs(operator, k=1, which="LR", v0=first.ravel(), tol=tolerance)
    phi = vectors[:, 0].real.reshape(-1, n1, n2)
    return float(values[0].real), phi / phi.flat[np.argmax(np.abs(phi))]


def _projected(phi: np.ndarray, signs: tuple[int, int]) -> np.ndarray:
    """Project on the even representation of 4mm with characters of C4 and of x -> -x."""
    phi = (phi + _mirror(phi, 1) * signs[1]) / 2
    phi = (phi + _mirror(phi, 2) * signs[1]) / 2
    swapped = phi.transpose(0, 2, 1) * signs[0] * signs[1]
    return (phi + swapped) / 2


def _mirror(phi: np.ndarray, axis: int) -> np.ndarray:
    return np.roll(np.flip(phi, axis), 1, axis)


# --- any number of orbitals --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _GapEquation:
    """G, the interaction of pairs in real space and imaginary time, and its constant part."""

    engine: Orbitals
    green: np.ndarray
    kernel: np.ndarray  # (time, cell, n, n, n, n)
    bare: np.ndarray  # (n, n, n, n)
    exchange: int  # +1 singlet, -1 triplet
    parity: int  # under inversion; 0 for any
    signs: np.ndarray  # of the orbitals under inversion, as a matrix (n, n)

    @classmethod
    def of(
        cls, engine: Orbitals, green: np.ndarray, channel: str, parity: int, signs: np.ndarray
    ) -> "_GapEquation":
        m, n, spin, charge = engine.mesh, engine.n, engine.spin, engine.charge
        pairs = engine.bubble(green)
        factor, sign = (1.5, 1) if channel == "singlet" else (-0.5, -1)
        for i in range(m.count):
            chi0 = pairs[i]
            found = factor * spin @ dressed(chi0, spin) @ spin
            found -= 0.5 * charge @ dressed(chi0, -charge) @ charge
            pairs[i] = m.real(found[None])[0]
        for cells in engine.blocks:
            pairs[:, cells] = convert(m.bosons_to_tau, pairs[:, cells])
        bare = (charge + spin) / 2 if sign == 1 else (charge - spin) / 4
        return cls(
            engine,
            green,
            pairs.reshape(m.count, m.cells, n, n, n, n),
            bare.reshape(n, n, n, n),
            sign,
            parity,
            signs,
        )

    def anomalous(self, phi: np.ndarray) -> np.ndarray:
        """Return F = G(k) phi(k) G(-k)^T with the exchange symmetry F_bc(k) = ±F_cb(-k) of the channel."""
        m = self.engine.mesh
        # G(-k, -iw)^T is the conjugate of G(-k, iw)
        found = self.green @ phi @ m.negative(self.green).conj()
        exchanged = np.swapaxes(m.negative(convert(m.to_mirror, found)), -1, -2)
        found = (found + self.exchange * exchanged) / 2
        if self.parity == 0:
            return found
        return (found + self.parity * self.signs * m.negative(found)) / 2

    def apply(self, phi: np.ndarray) -> np.ndarray:
        """Return the right-hand side of the gap equation."""
        m = self.engine.mesh
        f = self.anomalous(phi)
        there = m.real(convert(m.to_tau, f))
        found = np.empty_like(there)
        for cells in self.engine.blocks:
            found[:, cells] = np.einsum("txabcd,txbc->txad", self.kernel[:, cells], there[:, cells])
        local = np.mean(np.tensordot(m.at_zero, f, axes=1), axis=0)
        constant = np.einsum("abcd,bc->ad", self.bare, local)
        return -m.reciprocal(convert(m.to_fermions, found)) - constant


def flex_pairing(
    state: State,
    channel: str = "singlet",
    *,
    parity: int | None = None,
    solutions: int = 1,
    tolerance: float = 1e-6,
    memory: float = 4.0,
) -> State:
    """Return the leading solutions of the linearised gap equation of a FLEX state, of any number of orbitals.

    Singlets have phi_ab(k) = phi_ba(-k), triplets phi_ab(k) = -phi_ba(-k), frequencies reversed too. Where the bands
    have an inversion (each orbital even or odd), singlets are sought among the even gaps and triplets among the odd
    ones. The others are odd in frequency or in the exchange of orbitals, and are found with ``parity``.

    Parameters
    ----------
    state : of `flex`; the bands have time reversal.
    channel : ``"singlet"`` or ``"triplet"``.
    parity : +1 or -1 under inversion; the usual one of the channel, or any where there is no inversion, if absent.
    solutions : how many, the largest real part of the eigenvalue first.
    tolerance : relative, of the eigenvalues.
    memory : GiB that may be used.

    Returns
    -------
    State : method ``"flex_pairing"``: the fields of ``state`` with ``pairing_eigenvalue`` and ``gap_matrix``; its
        report checks that the eigenvalues are real, which interactions between different levels do not ensure.
        `flex_gap_symmetry` names the solutions.

    Raises
    ------
    InvalidInput : a state of another method, an unknown channel or parity, or more memory needed than may be used.
    InvalidModel : bands without time reversal, or without inversion where a parity is asked for.
    """
    begin = time.perf_counter()
    engine = _of_method(state, "flex")
    if channel not in CHANNELS:
        raise InvalidInput(f"channel = {channel!r}", f"use one of {', '.join(CHANNELS)}")
    engine, sigma = _as_matrices(engine, state)
    m = engine.mesh
    # the Krylov space of eigs has twenty vectors at least
    require_memory(engine.memory(max(20, 2 * solutions + 1)), memory, m.grid, m.count)
    signs, parity = _inversion(engine, channel, parity)
    green = engine.green(float(state["level_shift"]), sigma)
    equation = _GapEquation.of(engine, green, channel, parity, signs)
    size = int(np.prod(engine.shape))
    operator = LinearOperator(
        (size, size), matvec=lambda x: equation.apply(x.reshape(engine.shape)).ravel(), dtype=complex
    )
    first = np.random.default_rng(SEED).normal(size=(1, *engine.shape[1:])) * (1 + 0j)
    first = np.broadcast_to(first, engine.shape) / (1 + np.abs(m.iw / (np.pi * m.kt)))[:, None, None, None]
    values, vectors = eigs(operator, k=solutions, which="LR", v0=equation.apply(first).ravel(), tol=tolerance)
    order = np.argsort(-values.real)
    gaps = vectors[:, order].T.reshape(solutions, *engine.shape)
    peak = np.array([gap.flat[np.argmax(np.abs(gap))] for gap in gaps])
    scale = max(float(np.max(np.abs(values))), np.finfo(float).tiny)
    checks = (Check("imaginary part of the eigenvalues", float(np.max(np.abs(values.imag))) / scale, 1e-4),)
    report = Report(
        Outcome.CONVERGED,
        f"{state.report.engine}, {channel} pairs",
        checks=checks,
        seconds=time.perf_counter() - begin,
    )
    fields = {
        "solution": np.arange(solutions),
        "pairing_eigenvalue": values[order].real,
        "gap_matrix": gaps / peak[:, None, None, None, None],
    }
    return State(state.model, "flex_pairing", {**state.fields, **fields}, report)


def _inversion(engine: Orbitals, channel: str, parity: int | None) -> tuple[np.ndarray, int]:
    """Return the signs of pairs of orbitals under inversion, H(-k) = P H(k) P, and the parity that is sought."""
    if parity not in (None, 1, -1):
        raise InvalidInput(f"parity = {parity!r}", "use 1, -1 or None")
    h = engine.hamiltonian
    mirrored = engine.mesh.negative(h[None])[0]
    small = 1e-9 * max(float(np.max(np.abs(h))), np.finfo(float).tiny)
    if np.max(np.abs(mirrored.conj() - h)) > small:
        raise InvalidModel(
            "bands", "H(-k) differs from the conjugate of H(k)", "symmetric under time reversal"
        )
    for others in product((1, -1), repeat=engine.n - 1):
        signs = np.outer((1, *others), (1, *others))
        if np.max(np.abs(mirrored - signs * h)) <= small:
            usual = 1 if channel == "singlet" else -1
            return signs, usual if parity is None else parity
    if parity is not None:
        raise InvalidModel(
            "bands", "H(-k) is not H(k) with signs of the orbitals", "symmetric under inversion"
        )
    return np.ones_like(h[0].real), 0


def _of_method(state: State, method: str) -> Engine:
    if state.method != method:
        raise InvalidInput(f"a state of method {state.method!r}", f"give a state of onnes.solve.{method}")
    return engine_of(state)


def _as_matrices(engine: Engine, state: State) -> tuple[Orbitals, np.ndarray]:
    """Return the engine and the self-energy as matrices, of one orbital too."""
    if isinstance(engine, Orbitals):
        return engine, state["self_energy_matrix"]
    one = Orbitals(
        engine.bands, engine.interaction, engine.mesh, engine.energy[:, None, None].astype(complex),
        engine.energy[:, None], engine.interaction.spin_vertex(1), engine.interaction.charge_vertex(1),
    )  # fmt: skip
    return one, state["self_energy"][:, :, None, None]


# --- symmetry ----------------------------------------------------------------------------------


def flex_gap_symmetry(state: State) -> tuple[str, ...]:
    """Return the irreducible representation of each solution of `flex_pairing`.

    Gap functions at the lowest frequency are taken between the two electrons of one level of the bands, which no
    choice of phases changes, averaged over levels that touch. Their characters under the symmetries of the levels
    are those of the representation; x and y are Cartesian. An A1g gap is called s+- where it changes sign among the
    states with at least half of the largest spectral weight at the Fermi level, s++ otherwise.

    Raises
    ------
    InvalidInput : a state of another method, or a mesh of wavevectors without the symmetry of the bands.
    """
    if state.method != "flex_pairing":
        raise InvalidInput(f"a state of method {state.method!r}", "give a state of onnes.solve.flex_pairing")
    engine, sigma = _as_matrices(engine_of(state), state)
    m = engine.mesh
    levels, vectors = np.linalg.eigh(engine.hamiltonian)
    lowest = int(np.argmin(np.abs(m.basis.frequencies - np.pi * m.kt)))
    green = engine.green(float(state["level_shift"]), sigma)[lowest]
    weight = -np.einsum("xan,xab,xbn->xn", vectors.conj(), green, vectors).imag
    gaps = np.einsum("xan,sxab,xbn->sxn", vectors.conj(), state["gap_matrix"][:, lowest], vectors)
    touching = np.abs(levels[:, :, None] - levels[:, None, :]) < TOUCH * np.ptp(levels)
    share = touching / np.sum(touching, axis=-1, keepdims=True)
    gaps = np.einsum("xnm,sxm->sxn", share, gaps)
    group = point_group(engine.bands)
    images = [_image(brillouin.mesh(m.grid), m.grid, operation) for operation in group]
    rotations = cartesian(engine.bands, group)
    return tuple(_name(gap, weight > NEAR * np.max(weight), images, rotations) for gap in gaps)


def _image(k: np.ndarray, grid: tuple[int, int, int], operation: np.ndarray) -> np.ndarray:
    """Return the numbers of the cells to which an operation takes the cells of the mesh."""
    moved = k.copy()
    moved[:, :2] = k[:, :2] @ operation
    index = moved * np.array(grid)
    if np.max(np.abs(index - np.round(index))) > 1e-6:
        raise InvalidInput(f"a mesh {grid} without the symmetry of the bands", "take a mesh that has it")
    return np.ravel_multi_index(tuple(np.round(index).astype(int).T % np.array(grid)[:, None]), grid)


def _name(gap: np.ndarray, near: np.ndarray, images: list[np.ndarray], rotations: np.ndarray) -> str:
    norm = np.sum(np.abs(gap) ** 2)
    if norm < 1e-12:
        return "between different levels only"
    gap = gap * np.exp(-1j * np.angle(gap.flat[np.argmax(np.abs(gap))]))
    characters = np.array([np.sum(gap.conj() * gap[image]).real / norm for image in images])
    if np.any(np.abs(np.abs(characters) - 1) > EQUAL):
        return "E"
    signs = np.round(characters).astype(int)
    if np.all(signs == 1):
        kind = "s+-" if np.min(gap.real[near]) * np.max(gap.real[near]) < 0 else "s++"
        return f"A1g ({kind})"
    known: Mapping[str, int] = {
        name: signs[i]
        for name, matrix in (
            ("quarter", [[0, 1], [-1, 0]]),
            ("mirror", [[-1, 0], [0, 1]]),
            ("inversion", [[-1, 0], [0, -1]]),
        )
        for i, r in enumerate(rotations)
        if np.allclose(r, matrix, atol=1e-6)
    }
    if len(known) == 3 and known["inversion"] == 1:
        return FOURFOLD[int(known["quarter"]), int(known["mirror"])]
    return f"one-dimensional, odd under {int(np.sum(signs < 0))} operations"
