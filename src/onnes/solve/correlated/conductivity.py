"""Charge response of a ground state at zero temperature: Drude weight and optical conductivity.

A vector potential A along one axis (in radians per lattice constant, e = hbar = 1) turns h_ij into h_ij exp(i A x_ij),
x_ij = x_i - x_j. Current and diamagnetic term are J = dH/dA and K = d^2H/dA^2. Per cell,
sigma_1(w) = pi D delta(w) + (pi/L) sum_n |<n|J|0>|^2 delta(w - E_n + E_0)/(E_n - E_0),
D = <K>/L - (2/L) sum_n |<n|J|0>|^2/(E_n - E_0) = (1/L) d^2E_0/dA^2 (W. Kohn, Phys. Rev. 133, A171 (1964)),
so that the integral of sigma_1 over w > 0 with half of the peak is (pi/2) <K>/L.
"""

import warnings
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidInput, OnnesWarning
from onnes.model.correlated.hubbard import TJ, Cluster, Hubbard
from onnes.model.correlated.translations import pair_classes
from onnes.solve.correlated import basis
from onnes.solve.correlated.dynamics import _grid, _lorentz, _poles, _unpack
from onnes.solve.correlated.exact import energy_scale, exact_diagonalisation
from onnes.solve.correlated.hamiltonian import sector
from onnes.state import State

KINK = 0.1
"""Relative change of a second difference with its step that a smooth energy does not show."""
ROUNDING = 1e-10
"""Error of energies over the largest matrix element, at most."""


def optical_conductivity(
    state: State,
    energy: ArrayLike,
    *,
    axis: int = 0,
    broadening: float,
    steps: int = 150,
    memory_limit: float = 6e9,
) -> State:
    """Return the state with its Drude weight D, <K>/L, and the regular part of sigma_1 per cell, in e^2/hbar.

    D and <K> follow from the continued fraction without broadening; only the spectrum is broadened. Of a t-J model the
    current is that of the projected hopping.

    Parameters
    ----------
    state : of method ``"exact"`` with its wave function. energy : float (n,), meV. axis : of the field and current.
    broadening : half width of each Lorentzian, meV. steps : of the continued fraction; each keeps a vector.

    Raises
    ------
    InvalidInput : a state without wave function; a bond half as long as the cluster, whose direction is not
        defined; a degenerate ground state that the current mixes; others as `electron_spectrum`.
    """
    grid = _grid(state, energy, broadening)
    counts, up, psi = _unpack(state)
    model, floor = state.model, 1e-10 * energy_scale(state.model)
    cells = len(model.cluster.translations)
    apart = bond_lengths(model.cluster, axis)
    system = sector(model, counts)
    matrices = (1j * apart * model.cluster.hopping, -(apart**2) * model.cluster.hopping)
    current, bend = (
        basis.one_particle(up, m) @ psi + (basis.one_particle(system.down, m) @ psi.T).T for m in matrices
    )
    kinetic = float(np.vdot(psi, bend).real) / cells
    phi, ground = system.flat(current), system.flat(psi)
    phi = phi - np.vdot(ground, phi) * ground
    poles, weights = _poles(system, phi, steps, floor, memory_limit)
    gaps = poles - float(state["many_body_energy"])
    real = weights > 1e-18 * max(weights.sum(initial=0.0), 1e-300)
    gaps, weights = gaps[real], weights[real]
    if np.any(gaps < 1e-7 * energy_scale(model)):
        raise InvalidInput(
            "a degenerate ground state that the current mixes", "lift the degeneracy, by a twist for example"
        )
    strength = weights / gaps / cells
    return state.with_fields(
        photon_energy=grid,
        optical_conductivity_regular=np.pi * _lorentz(grid, gaps, strength, broadening),
        diamagnetic_weight=np.array(kinetic),
        charge_stiffness=np.array(kinetic - 2 * strength.sum()),
    )


def charge_stiffness(
    model: Hubbard | TJ,
    particles: tuple[int, int],
    *,
    axis: int = 0,
    momentum: int | None = None,
    step: float = 0.02,
    dense_limit: int = 1000,
) -> float:
    """Return D = (1/L) d^2E_0/dA^2, meV, at zero vector potential, from ground state energies at 0, +-A and +-2A.

    The fourth-order difference has an error of step^4 E''''''/90; nothing is assumed of the current operator. Where
    two levels cross between the points the energy has a kink and no second derivative: a warning says so, and
    ``momentum`` keeps to one level.

    Parameters
    ----------
    axis : of the vector potential. momentum : as `exact_diagonalisation`. step : A, rad per lattice constant.

    Raises
    ------
    InvalidInput : a step that is not positive; a bond half as long as the cluster. NotConverged : as
        `exact_diagonalisation`.
    """
    if not (np.isfinite(step) and step > 0):
        raise InvalidInput(f"a step of {step} rad", "give a positive vector potential, such as 0.02")
    apart = bond_lengths(model.cluster, axis)

    def energy(a: float) -> float:
        hopping = model.cluster.hopping * np.exp(1j * a * apart)
        pushed = replace(model, cluster=replace(model.cluster, hopping=hopping))
        state = exact_diagonalisation(
            pushed,
            particles,
            momentum=momentum,
            all_correlations=False,
            keep_wavefunction=False,
            dense_limit=dense_limit,
        )
        return float(state["many_body_energy"])

    e = [energy(k * step) for k in (-2, -1, 0, 1, 2)]
    near, far = (e[1] - 2 * e[2] + e[3]) / step**2, (e[0] - 2 * e[2] + e[4]) / (2 * step) ** 2
    if abs(near - far) > KINK * max(abs(near), abs(far)) + ROUNDING * energy_scale(model) / step**2:
        warnings.warn(
            f"differences over {step} and {2 * step} rad give {near:.4g} and {far:.4g} meV: levels cross;"
            " give the momentum of one level, or a smaller step",
            OnnesWarning,
            stacklevel=2,
        )
    return (4 * near - far) / (3 * len(model.cluster.translations))


def bond_lengths(cluster: Cluster, axis: int) -> np.ndarray:
    """Return x_i - x_j (site, site) along ``axis`` of the nearest image, zero where nothing hops.

    Raises
    ------
    InvalidInput : an axis that is none; a bond half as long as the cluster, which goes both ways round.
    """
    if not 0 <= axis < cluster.positions.shape[1]:
        raise InvalidInput(f"axis {axis}", f"the cluster has {cluster.positions.shape[1]} axes, from 0")
    classes = pair_classes(cluster)
    apart = classes.displacement[:, axis][classes.index].T  # [i, j] = x_i - x_j
    linked = np.abs(cluster.hopping) > 0
    if np.abs((apart + apart.T)[linked]).max(initial=0.0) > 1e-6:
        raise InvalidInput(
            "a bond half as long as the cluster, whose direction is not defined",
            "take a longer cluster along this axis",
        )
    return np.where(linked, apart, 0.0)
