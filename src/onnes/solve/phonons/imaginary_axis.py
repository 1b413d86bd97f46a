"""The nonlinear Eliashberg equations on the imaginary axis at one temperature, constant density of states.

w Z   = w + pi T sum lambda(n-m) w_m/R_m
Z Delta = pi T sum [lambda(n-m) - mu*] Delta_m/R_m,   R = sqrt(w^2 + Delta^2)

G. M. Eliashberg, Sov. Phys. JETP 11, 696 (1960); convention of J. P. Carbotte, Rev. Mod. Phys. 62, 1027 (1990).
"""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.phonons.glue import Glue
from onnes.numerics.fixedpoint import Anderson, FixedPoint, Monitor, anderson
from onnes.numerics.matsubara import fermionic
from onnes.solve.phonons.branch import Attempt, Branch, normal_state, superconducting_branch
from onnes.solve.phonons.kernel import Engine, Kernel, imaginary_axis_kernel
from onnes.solve.phonons.linearised import pairing_eigenvalue
from onnes.solve.phonons.variable_dos import eliashberg_with_dos
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B

VANISHED = 1e-4
"""A largest |Delta| below this fraction of pi T is the trivial solution; a gap is as small as this only
within 1e-9 of Tc."""
DEFAULT = Anderson(history=5, tolerance=1e-9)


def eliashberg(
    glue: Glue,
    temperature: float,
    *,
    cutoff: float | None = None,
    engine: Engine = "fft",
    kernel: Kernel | None = None,
    method: Anderson = DEFAULT,
    start: State | None = None,
    throw: bool = True,
    monitor: Monitor | None = None,
) -> State:
    """Solve the isotropic Eliashberg equations for Delta(i w_n) and Z(i w_n).

    Main arguments
    --------------
    glue : spectra and mu*; several bands; a density of states is taken into account where given.
    temperature : K.

    Other arguments
    ---------------
    cutoff : Matsubara cutoff, meV; twenty times the highest phonon frequency where not given.
    engine : ``"fft"`` (every frequency) or ``"dlr"`` (compact basis, for low temperatures).
    kernel : a kernel from `imaginary_axis_kernel` for this glue and temperature, to be used again.
    method : Anderson mixing with its tolerance (largest change of Delta over largest Delta).
    start : a state of the same bands at a nearby temperature: warm start.
    throw : raise `NotConverged` instead of returning an unconverged state.
    monitor : called with (iteration, residual); returning True cancels.

    Returns
    -------
    State ``"eliashberg"`` with fields temperature (1,) K, matsubara (n,) meV, gap_matsubara (band, n)
    meV, Z_matsubara and Z_normal_matsubara (band, n). Above Tc the gap is zero, and the report says
    so. The gap on the imaginary axis is not the gap edge: see `onnes.response.real_axis`.
    """
    if glue.dos is not None:
        return eliashberg_with_dos(
            glue, temperature, cutoff=cutoff, method=method, start=start, throw=throw, monitor=monitor
        )
    begin = time.perf_counter()
    kernel = (
        imaginary_axis_kernel(glue, temperature, cutoff=cutoff, engine=engine) if kernel is None else kernel
    )
    if kernel.temperature != temperature:
        raise InvalidInput(
            f"a kernel built at {kernel.temperature:g} K for {temperature:g} K",
            "build it at the same temperature",
        )
    branch = _branch(kernel, glue, start, method, monitor)
    found, gap = branch.found, np.zeros_like(branch.found.x) if branch.normal else branch.found.x
    warnings = (normal_state(temperature, branch.rho),) if branch.normal else ()
    omega, gap, z, z_normal = _everywhere(kernel, gap)
    report = Report(
        outcome=Outcome.of(found),
        engine=kernel.engine,
        residuals=found.residuals,
        target=method.tolerance,
        iterations=found.iterations,
        start=branch.start,
        seconds=time.perf_counter() - begin,
        checks=_checks(kernel, gap, omega),
        warnings=warnings,
    )
    if throw and not report.converged:
        raise NotConverged(report)
    fields = {
        "temperature": np.array([temperature]),
        "matsubara": omega,
        "gap_matsubara": gap,
        "Z_matsubara": z,
        "Z_normal_matsubara": z_normal,
    }
    return State(glue, "eliashberg", fields, report)


def _branch(
    kernel: Kernel, glue: Glue, start: State | None, method: Anderson, monitor: Monitor | None
) -> Branch:
    warm = () if start is None else (Attempt("warm", _warm(start, kernel)),)

    equations = _equations(kernel)

    def solve(gap: np.ndarray, how: Anderson) -> FixedPoint:
        return anderson(equations, gap, how, floor=1e-6 * kernel.pi_t, monitor=monitor)

    found = superconducting_branch(
        solve,
        (*warm, Attempt("cold", _cold(kernel, glue))),
        lambda gap: bool(np.max(np.abs(gap)) < VANISHED * kernel.pi_t),
        lambda: pairing_eigenvalue(kernel)[0],
        method,
    )
    gap = found.found.x
    if gap.flat[np.argmax(np.abs(gap))] < 0:  # The overall sign is free; the largest value is made positive.
        return replace(found, found=replace(found.found, x=-gap))
    return found


def _equations(kernel: Kernel) -> Callable[[np.ndarray], np.ndarray]:
    """Return the map Delta -> pair(Delta/R)/Z; what does not change is computed once."""
    omega, squared, inverse = kernel.omega, kernel.omega**2, 1 / kernel.omega

    def apply(gap: np.ndarray) -> np.ndarray:
        inverse_root = 1 / np.sqrt(squared + gap * gap)
        z = kernel.normal_z + kernel.normal(omega * inverse_root - 1) * inverse
        return kernel.pair(gap * inverse_root) / z

    return apply


def _cold(kernel: Kernel, glue: Glue) -> np.ndarray:
    """Start from the weak-coupling gap of the Allen-Dynes Tc, falling like a Lorentzian of the phonons."""
    size = max(3 * kernel.pi_t, kernel.gap_scale)
    shape = size / (1 + (kernel.omega / glue.omega_max) ** 2)
    return np.tile(shape, (kernel.n_bands, 1))


def _warm(start: State, kernel: Kernel) -> np.ndarray:
    gap, omega = start["gap_matsubara"], start["matsubara"]
    if gap.shape[0] != kernel.n_bands:
        raise InvalidInput(
            f"a start with {gap.shape[0]} bands for {kernel.n_bands}", "start from a state of the same bands"
        )
    return np.array([np.interp(kernel.omega, omega, row) for row in gap])


def _everywhere(kernel: Kernel, gap: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return (omega, Delta, Z, Z_N) on every frequency below the cutoff."""
    root = np.sqrt(kernel.omega**2 + gap**2)
    change = kernel.normal(kernel.omega / root - 1)
    if kernel.basis is None:
        return kernel.omega, gap, kernel.normal_z + change / kernel.omega, kernel.normal_z
    basis = kernel.basis
    omega = fermionic(K_B * kernel.temperature, basis.count)
    z_normal = kernel.full_normal_z
    z = z_normal + basis.odd(change) / omega
    # Delta/w is even and falls at least like 1/w: what the basis represents.
    return omega, basis.even(gap / kernel.omega) * omega, z, z_normal


def _checks(kernel: Kernel, gap: np.ndarray, omega: np.ndarray) -> tuple[Check, ...]:
    """Check that the cutoff lies beyond the gap and that the gap has reached its plateau there."""
    largest = float(np.max(np.abs(gap)))
    if largest == 0 or len(omega) < 8:
        return ()
    drift = float(np.max(np.abs(gap[:, -1] - gap[:, int(0.9 * len(omega))]))) / largest
    return (
        Check("gap over cutoff", largest / kernel.cutoff, 0.1),
        Check("drift of the gap near the cutoff", drift, 0.02),
    )
