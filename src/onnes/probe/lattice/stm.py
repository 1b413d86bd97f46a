"""Scanning tunnelling: local density of states, set-point effect, and quasiparticle interference.

A map belongs to a periodic sample of cells. The states are those of one spin, so that each orbital of
each cell holds one state altogether. J. E. Hoffman, Rep. Prog. Phys. 74, 124513 (2011).
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import fft

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput, InvalidModel
from onnes.model.lattice.disorder import Sample, cell
from onnes.numerics import chebyshev
from onnes.response.lattice.contours import HOLE_CENTRE, contour_tip
from onnes.response.lattice.green import MeshGreen, retarded
from onnes.state import Outcome, Report, State


@dataclass(frozen=True, slots=True)
class Tip:
    """Which states a tip above a cell overlaps with: psi(r) = sum_R w_R c_{r+R} of one orbital.

    A tip that sees the cell below it alone has one weight. ``d_wave_filter`` is the path through the apical
    oxygens of a cuprate, which leads to the four neighbouring coppers with the signs of d x2-y2: I. Martin,
    A. V. Balatsky, J. Zaanen, Phys. Rev. Lett. 88, 097003 (2002).

    Parameters
    ----------
    cells : tuple of cells R.
    weights : one number for each, normalised to sum |w|^2 = 1 where they are used.
    orbital : orbital of those cells.
    """

    cells: tuple[tuple[int, ...], ...] = ((0, 0),)
    weights: tuple[complex, ...] = (1.0,)
    orbital: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", tuple(cell(c, "cells") for c in self.cells))
        if len(self.cells) != len(self.weights) or not np.any(np.abs(self.weights) > 0):
            raise InvalidModel("weights", self.weights, "one number for each cell, not all zero")

    @classmethod
    def d_wave_filter(cls) -> "Tip":
        """Return the four neighbours with weights +1 along the first axis and -1 along the second."""
        return cls(((1, 0), (-1, 0), (0, 1), (0, -1)), (1.0, 1.0, -1.0, -1.0))

    def factor(self, k: np.ndarray) -> np.ndarray:
        """Return w(k) = sum_R w_R exp(2 pi i k.R), normalised, complex (k,)."""
        weights = np.asarray(self.weights) / np.linalg.norm(self.weights)
        return np.exp(2j * np.pi * (k @ np.array(self.cells).T)) @ weights


def ldos(
    state: State,
    energy: np.ndarray | None = None,
    *,
    broadening: float | None = None,
    tip: Tip | None = None,
    layer: int = 0,
) -> xr.Dataset:
    """Return the local density of states of one spin, rho(r, omega) = -Im G(r, r, omega + i eta)/pi.

    Parameters
    ----------
    state : of `onnes.solve.impurity` (energies and broadening are its own), or of `onnes.solve.realspace`.
    energy : meV (n,), for states of `onnes.solve.realspace`.
    broadening : eta, meV, for states of `onnes.solve.realspace`.
    tip : what the tip couples to; the sum over the orbitals of the cell below where not given.
    layer : cell along the third translation.

    Returns
    -------
    Dataset ``ldos`` (energy, x, y), 1/meV; a state with Chebyshev moments gives ``ldos_entry`` (energy,
    sampled_entry) instead, at the entries it was made for.

    Raises
    ------
    CannotProbe : a state without a T-matrix, quasiparticles or moments.
    InvalidInput : energies or a broadening that are missing, or given although the state has its own.
    """
    if "tmatrix" in state:
        if energy is not None or broadening is not None:
            raise InvalidInput(
                "energies or a broadening for a T-matrix", "give them to onnes.solve.impurity instead"
            )
        energy, eta = state["energy"], float(state["broadening"])
        values = _from_tmatrix(state, tip, _layer(state, layer))
    elif "quasiparticle_vector" in state or "chebyshev_moments" in state:
        if energy is None or broadening is None:
            raise InvalidInput("no energies or no broadening", "give energy= and broadening= in meV")
        energy, eta = retarded(energy, broadening).real, float(broadening)
        if "chebyshev_moments" in state:
            return _from_moments(state, energy, eta, tip)
        values = _from_vectors(state, energy, eta, tip, _layer(state, layer))
    else:
        raise CannotProbe(
            "ldos",
            "a T-matrix, quasiparticles of a sample, or Chebyshev moments",
            "solve with onnes.solve.impurity or onnes.solve.realspace",
        )
    return _map("local density of states", state, energy, {"ldos": values}, broadening_meV=eta)


def _layer(state: State, layer: int) -> int:
    if not 0 <= layer < state.model.shape[2]:
        raise InvalidInput(f"layer {layer}", f"give a number below {state.model.shape[2]}")
    return layer


def _map(title: str, state: State, energy: np.ndarray, maps: dict, **attrs: float) -> xr.Dataset:
    shape = state.model.shape
    axes = {"energy": energy, "x": np.arange(shape[0]), "y": np.arange(shape[1])}
    return schema.dataset(title, {**axes, **maps}, method=state.method, **attrs)


def _from_tmatrix(state: State, tip: Tip | None, layer: int) -> np.ndarray:
    """Return -Im [g(0) + sum g(r - i) T_ij g(j - r)]/pi, summed over what the tip sees."""
    sample: Sample = state.model
    clean = State(sample.host, "clean", {}, Report(Outcome.CONVERGED))
    # A tip may break the mirror symmetry of the host.
    mesh = MeshGreen(clean, sample.shape, mirror=tip is None)
    z = state["energy"] + 1j * float(state["broadening"])
    channels = _Channels(state["channel_cell"], state["channel_component"])
    seen = range(sample.bands.n_orbitals) if tip is None else (tip.orbital,)
    found = np.empty((len(z), *sample.shape[:2]))
    for part in mesh.blocks(z):
        t = state["tmatrix"][part]
        found[part] = -sum(_seen(mesh, z[part], a, tip, t, channels, layer) for a in seen) / np.pi
    return found


@dataclass(frozen=True, slots=True)
class _Channels:
    """The entries that impurities touch."""

    cells: np.ndarray
    components: np.ndarray

    @property
    def kinds(self) -> list[int]:
        return [int(c) for c in np.unique(self.components)]

    @property
    def one_cell(self) -> bool:
        return len(self.cells) > 0 and not np.any(self.cells != self.cells[0])

    def table(self, tables: np.ndarray, channel: int) -> np.ndarray:
        return tables[self.kinds.index(int(self.components[channel]))]


def _seen(
    mesh: MeshGreen,
    z: np.ndarray,
    orbital: int,
    tip: Tip | None,
    t: np.ndarray,
    channels: _Channels,
    layer: int,
) -> np.ndarray:
    """Return Im G(r, r, z) of one orbital, or of the tip's combination, float (energy, n1, n2)."""
    factor = None if tip is None else tip.factor(mesh.k)
    onsite = mesh.columns(z, [orbital], [orbital])[0, 0]
    home = ((onsite if factor is None else np.abs(factor) ** 2 * onsite) @ mesh.weight).imag[:, None, None]
    if not channels.kinds:
        return np.broadcast_to(home, (len(z), *mesh.shape[:2]))
    outward, inward = _ways(mesh, z, orbital, factor, channels.kinds)
    if channels.one_cell:
        # Around a single cell, everything is computed with the origin there and moved once.
        tables = [(channels.table(outward, c), channels.table(inward, c)) for c in range(len(channels.cells))]
        scattered = mesh.unfold(_scattered(tables, t))
        return home + _moved(scattered, channels.cells[0], layer, mesh.shape[2])
    outward, inward = mesh.unfold(outward), mesh.unfold(inward)
    tables = [
        tuple(_moved(channels.table(way, c), cell_, layer, mesh.shape[2]) for way in (outward, inward))
        for c, cell_ in enumerate(channels.cells)
    ]
    return home + _scattered(tables, t)


def _ways(
    mesh: MeshGreen, z: np.ndarray, orbital: int, factor: np.ndarray | None, kinds: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return g from the cell 0 of every kind of channel to the tip, and back, (kind, energy, n1, n2, n3) each."""
    outward = mesh.columns(z, [orbital], kinds)[0]
    if factor is None and mesh.reciprocal:
        outward = mesh.between_cells(outward)
        return outward, outward
    inward = mesh.columns(z, kinds, [orbital])[:, 0]
    if factor is not None:
        outward, inward = outward * factor, inward * factor.conj()
    # The way back, g(0 - r), is the transform with the other sign.
    outward = mesh.between_cells(outward)
    return outward, fft.fftn(
        inward.reshape(outward.shape), axes=(-3, -2, -1), overwrite_x=True
    ) / mesh.n_cells


def _scattered(tables: list[tuple[np.ndarray, np.ndarray]], t: np.ndarray) -> np.ndarray:
    """Return Im sum_dc g_d(r) T_dc g_c(r)."""
    t = t.reshape(*t.shape, *(1,) * (tables[0][0].ndim - 1))
    total = 0.0
    for c, (_, back) in enumerate(tables):
        total = total + (sum(way * t[:, d, c] for d, (way, _) in enumerate(tables)) * back).imag
    return total


def _moved(table: np.ndarray, place: np.ndarray, layer: int, depth: int) -> np.ndarray:
    """Return one layer of a table around the cell 0, moved to another cell."""
    i, j, l = (int(x) for x in place)
    values = table[..., (layer - l) % depth]
    return np.roll(values, (i, j), axis=(-2, -1)) if i or j else values


def _from_vectors(state: State, energy: np.ndarray, eta: float, tip: Tip | None, layer: int) -> np.ndarray:
    """Return sum_n |u_n(r)|^2 L(omega - E_n), L a Lorentzian of half width eta."""
    sample: Sample = state.model
    orbitals = sample.bands.n_orbitals
    particles = state["quasiparticle_vector"][: sample.n_cells * orbitals]
    u = particles.reshape(*sample.shape, orbitals, -1)
    if tip is None:
        weight = np.sum(np.abs(u) ** 2, axis=3)
    else:
        if sample.flux or any(sample.twist) or not sample.periodic:
            raise CannotProbe("ldos", "an extended tip in a periodic gauge", "leave out tip=, flux and twist")
        moved = [
            w * np.roll(u[..., tip.orbital, :], tuple(-x for x in place), axis=(0, 1, 2))
            for place, w in zip(tip.cells, tip.weights, strict=True)
        ]
        weight = np.abs(sum(moved)) ** 2 / np.linalg.norm(tip.weights) ** 2
    line = eta / np.pi / ((energy[:, None] - state["quasiparticle_energy"]) ** 2 + eta**2)
    return np.tensordot(line, weight[:, :, layer, :], axes=(1, 2))


def _from_moments(state: State, energy: np.ndarray, eta: float, tip: Tip | None) -> xr.Dataset:
    if tip is not None:
        raise CannotProbe("ldos", "an extended tip above single entries", "leave out tip=")
    centre, half = float(state["spectral_centre"]), float(state["spectral_half_width"])
    values = chebyshev.resolvent_density(state["chebyshev_moments"], energy, centre, half, eta)
    return schema.dataset(
        "local density of states",
        {"energy": energy, "sampled_entry": state["sampled_entry"], "ldos_entry": values.T},
        method=state.method,
        broadening_meV=eta,
    )


def setpoint(maps: xr.Dataset, energy: float) -> xr.Dataset:
    """Return the maps as a feedback loop that keeps the current constant shows them.

    g(r, omega) = rho(r, omega) <I>/I(r), I(r) the density of states between zero and ``energy``: the tip is
    closer where there are few states at the set point. The density of states is taken as linear between energies.

    Parameters
    ----------
    maps : Dataset of `ldos`, whose energies reach from zero to ``energy`` (neither need be among them).
    energy : bias energy of the set point, meV.
    """
    axis = maps["energy"].values
    low, high = min(0.0, energy), max(0.0, energy)
    tolerance = 1e-9 * max(abs(energy), 1.0)
    if len(axis) < 2 or axis.min() > low + tolerance or axis.max() < high - tolerance or energy == 0:
        raise InvalidInput(
            f"a set point of {energy} meV with maps from {axis.min():.4g} to {axis.max():.4g} meV",
            "compute maps from zero to the set point",
        )
    order = np.argsort(axis)
    current = _integral(maps["ldos"].values[order], axis[order], low, high)
    seen = maps["ldos"].values * (current.mean() / current)
    coordinates = {name: maps[name].values for name in ("energy", "x", "y")}
    return schema.dataset("tunnelling maps", {**coordinates, "tunnelling_map": seen}, setpoint_meV=energy)


def _integral(values: np.ndarray, axis: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the integral from low to high of a function that is linear between the points of an ascending axis."""
    within = axis[(axis > low) & (axis < high)]
    nodes = np.concatenate([[low], within, [high]]).clip(axis[0], axis[-1])
    left = np.clip(np.searchsorted(axis, nodes, side="right") - 1, 0, len(axis) - 2)
    share = ((nodes - axis[left]) / (axis[left + 1] - axis[left])).reshape(-1, *(1,) * (values.ndim - 1))
    return np.trapezoid((1 - share) * values[left] + share * values[left + 1], nodes, axis=0)


def qpi(maps: xr.Dataset) -> xr.Dataset:
    """Return |sum_r exp(-2 pi i q.r) (rho(r) - <rho>)|, the interference of the quasiparticles.

    Parameters
    ----------
    maps : Dataset of `ldos` or `setpoint`.

    Returns
    -------
    Dataset ``qpi`` (energy, qx, qy), q from -1/2 to 1/2 reciprocal lattice units, ascending.
    """
    name = "ldos" if "ldos" in maps else "tunnelling_map"
    if name not in maps:
        raise InvalidInput("a dataset without maps", "give one of probe.ldos or probe.setpoint")
    values = maps[name].values
    modulus = np.abs(np.fft.fftshift(fft.fft2(values - values.mean(axis=(1, 2), keepdims=True)), axes=(1, 2)))
    axes = [np.fft.fftshift(np.fft.fftfreq(n)) for n in values.shape[1:]]
    arrays = {"energy": maps["energy"].values, "qx": axes[0], "qy": axes[1], "qpi": modulus}
    return schema.dataset("quasiparticle interference", arrays)


def octet(state: State, energy: float, *, centre: tuple[float, float] = HOLE_CENTRE) -> xr.Dataset:
    """Return the octet vectors q1 to q7 of a d-wave superconductor on the square lattice.

    They lead from one tip k = (u, v) of the contours E(k) = energy, u > v > 0, to the seven others, clockwise:
    (0, -2v), (v - u, -u - v), (-u - v, -u - v), (-2u, -2v), (-2u, 0), (-u - v, u - v), (v - u, u - v).
    K. McElroy et al., Nature 422, 592 (2003).

    Parameters
    ----------
    energy : meV, between zero and the gap at the antinode.
    centre : middle of the Fermi line, reciprocal lattice units.

    Returns
    -------
    Dataset ``octet_vector`` (octet, axis) and ``octet_tip`` (axis,), reciprocal lattice units, not folded back.
    """
    u, v = contour_tip(state, abs(energy), centre=centre)
    tips = np.array([(u, -v), (v, -u), (-v, -u), (-u, -v), (-u, v), (-v, u), (v, u)])
    return schema.dataset(
        "octet vectors",
        {
            "octet": np.arange(1, 8),
            "axis": np.arange(2),
            "octet_vector": tips - np.array([u, v]),
            "octet_tip": np.array([u, v]),
        },
        energy_meV=float(energy),
    )


def interference_peak(pattern: xr.Dataset, q: np.ndarray, *, window: float = 0.03) -> np.ndarray:
    """Return the highest point of an interference pattern near a wavevector, (energy, 2), r.l.u., near ``q``.

    A highest point on the border of the window is not a peak and comes back as NaN.

    Parameters
    ----------
    pattern : Dataset of `qpi`.
    q : (2,), reciprocal lattice units; the pattern is periodic in it.
    window : half width of the square that is searched, reciprocal lattice units.
    """
    values = np.fft.ifftshift(pattern["qpi"].values, axes=(1, 2))
    shape = np.array(values.shape[1:])
    middle, reach = np.round(np.asarray(q) * shape).astype(int), np.maximum((window * shape).astype(int), 1)
    offsets = [np.arange(-r, r + 1) for r in reach]
    rows, columns = ((m + o) % n for m, o, n in zip(middle, offsets, shape, strict=True))
    part = values[:, rows[:, None], columns[None, :]]
    top = np.array([np.unravel_index(int(p.argmax()), p.shape) for p in part])
    found = (middle + top - reach) / shape
    border = np.any((top == 0) | (top == 2 * reach), axis=1)
    return np.where(border[:, None], np.nan, found)
