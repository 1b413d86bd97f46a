"""Spectra of a ground state by continued fractions: removal and addition of an electron, and spins.

I(w) = -Im <phi|(w + i eta - H + E0)^-1|phi>/pi with phi = A|0>. The Lanczos coefficients of phi are those
of the continued fraction; their Ritz pairs are its poles, so that every weight is positive and the sums are
exact at any number of steps.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidInput
from onnes.model.correlated.hubbard import TJ, Cluster
from onnes.solve.correlated import basis, lanczos
from onnes.solve.correlated.exact import energy_scale
from onnes.solve.correlated.hamiltonian import sector
from onnes.state import State


def electron_spectrum(
    state: State, energy: ArrayLike, *, broadening: float, steps: int = 150, memory_limit: float = 6e9
) -> State:
    """Return the state with A(k, w) of up electrons.

    A(k, w) = sum_a [ sum_n |<n|c+_ka|0>|^2 delta(w - E_n + E0) + sum_n |<n|c_ka|0>|^2 delta(w + E_n - E0) ],
    c_k = L^-1/2 sum_r e^(-ik.r) c_r; a runs over the orbitals of a cell. Energies are from the chemical
    potential of the model. In a t-J model the operators are projected.

    Parameters
    ----------
    state : of method ``"exact"`` with its wavefunction. energy : float (n,), meV.
    broadening : half width of each Lorentzian, meV. steps : of the continued fraction; each keeps a vector.
    memory_limit : bytes; a run that needs more is refused before it starts.

    Raises
    ------
    InvalidInput : a state without wavefunction, a broadening that is not positive, more memory than the limit.
    """
    grid = _grid(state, energy, broadening)
    removed = np.zeros((len(state.model.cluster.wavevectors), len(grid)))
    added = np.zeros_like(removed)
    n, floor = state.model.cluster.sites, 1e-10 * energy_scale(state.model)
    counts, up, psi = _unpack(state)
    for sign, table in ((-1, removed), (+1, added)):
        if not 0 <= counts[0] + sign <= n or not _fits(state, (counts[0] + sign, counts[1])):
            continue
        system = sector(state.model, (counts[0] + sign, counts[1]))
        if sign > 0:
            act = [basis.creation(up, system.up, i) for i in range(n)]
        else:
            act = [basis.creation(system.up, up, i).T.tocsr() for i in range(n)]
        for q, factors in _waves(state.model.cluster, -sign):
            phi = system.flat(sum(f * (act[i] @ psi) for i, f in factors))
            poles, weights = _poles(system, phi, steps, floor, memory_limit)
            table[q] += _lorentz(grid, sign * (poles - float(state["many_body_energy"])), weights, broadening)
    waves = state.model.cluster.wavevectors
    return state.with_fields(
        momentum=np.arange(len(waves)),
        wavevector=waves,
        energy=grid,
        electron_spectrum=removed + added,
        removal_spectrum=removed,
    )


def spin_spectrum(
    state: State,
    energy_transfer: ArrayLike,
    *,
    broadening: float,
    steps: int = 150,
    memory_limit: float = 6e9,
) -> State:
    """Return the state with S^zz(q, w) = sum_n |<n|S^z_-q|0>|^2 delta(w - E_n + E0) per cell, zero temperature.

    S^z_q = L^-1/2 sum_r e^(-iq.r) S^z_r, each orbital of a cell by itself. Of a singlet all components are
    equal. Parameters and errors as `electron_spectrum`.
    """
    grid = _grid(state, energy_transfer, broadening)
    counts, up, psi = _unpack(state)
    n, floor = state.model.cluster.sites, 1e-10 * energy_scale(state.model)
    system = sector(state.model, counts)
    n_up, n_dn = basis.occupations(up, n), basis.occupations(system.down, n)
    waves = state.model.cluster.wavevectors
    table = np.zeros((len(waves), len(grid)))
    for q, factors in _waves(state.model.cluster, -1):
        amplitude = np.zeros(n, dtype=complex)
        for i, f in factors:
            amplitude[i] = f
        phi = system.flat(((n_up @ amplitude)[:, None] - (n_dn @ amplitude)[None, :]) / 2 * psi)
        poles, weights = _poles(system, phi, steps, floor, memory_limit)
        table[q] += _lorentz(grid, poles - float(state["many_body_energy"]), weights, broadening)
    return state.with_fields(
        momentum=np.arange(len(waves)), wavevector=waves, energy_transfer=grid, spin_spectrum_zz=table
    )


def _waves(cluster: Cluster, sign: int) -> Iterator[tuple[int, list[tuple[int, complex]]]]:
    """Yield (wavevector, [(site, L^-1/2 exp(-sign i k.R))]) for each wavevector and each orbital of a cell."""
    moves, waves = cluster.translations, cluster.wavevectors
    orbitals = sorted({int(moves[:, i].min()) for i in range(cluster.sites)})
    shift = cluster.positions[moves[:, 0]] - cluster.positions[0]
    phases = np.exp(sign * -2j * np.pi * waves @ shift.T) / np.sqrt(len(moves))
    for q in range(len(waves)):
        for a in orbitals:
            yield q, [(int(moves[m, a]), phases[q, m]) for m in range(len(moves))]


def _poles(  # type: ignore[no-untyped-def]
    system, phi: np.ndarray, steps: int, floor: float, memory_limit: float
) -> tuple[np.ndarray, np.ndarray]:
    need = 16 * phi.size * (2 * min(steps, phi.size) + 4)  # the vectors, and their copy as one array
    if need > memory_limit:
        raise InvalidInput(
            f"{steps} vectors of {phi.size} amplitudes need {need / 1e9:.2f} GB, above {memory_limit / 1e9:.2f} GB",
            "raise memory_limit, or take fewer steps",
        )
    norm = float(np.linalg.norm(phi))
    if norm < 1e-10:
        return np.zeros(0), np.zeros(0)
    alpha, beta, _ = lanczos.krylov(system.apply, phi, steps, floor)
    energy, ritz = np.linalg.eigh(np.diag(alpha) + np.diag(beta, 1) + np.diag(beta, -1))
    return energy, norm**2 * ritz[0] ** 2


def _lorentz(grid: np.ndarray, poles: np.ndarray, weights: np.ndarray, half_width: float) -> np.ndarray:
    return (half_width / np.pi / ((grid[:, None] - poles) ** 2 + half_width**2)) @ weights


def _grid(state: State, energy: ArrayLike, broadening: float) -> np.ndarray:
    grid = np.atleast_1d(np.asarray(energy, dtype=float))
    if grid.ndim != 1 or not np.all(np.isfinite(grid)):
        raise InvalidInput("energies that are not finite", "give a vector of finite energies in meV")
    if not (np.isfinite(broadening) and broadening > 0):
        raise InvalidInput(f"broadening {broadening} meV", "give a positive half width in meV")
    if state.method != "exact" or "many_body_amplitudes" not in state:
        raise InvalidInput(
            f"a {state.method} state without wavefunction",
            "solve.exact_diagonalisation(keep_wavefunction=True)",
        )
    return grid


def _unpack(state: State) -> tuple[tuple[int, int], np.ndarray, np.ndarray]:
    counts = (int(state["electrons_up"]), int(state["electrons_down"]))
    return counts, state["configuration_up"], state["many_body_amplitudes"]


def _fits(state: State, counts: tuple[int, int]) -> bool:
    return not isinstance(state.model, TJ) or sum(counts) <= state.model.cluster.sites
