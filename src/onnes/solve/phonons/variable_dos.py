"""Eliashberg equations with a density of states that varies over the phonon energies.

With x = e + chi - mu and Theta = (w Z)^2 + x^2 + phi^2, sums over |w_m| < wc::

    w Z = w + pi T sum lambda(n-m) g_m,          g = (1/pi) int de N(e)/N(0) w Z/Theta
    chi =   - pi T sum lambda(n-m) h_m,          h = (1/pi) int de N(e)/N(0) x/Theta
    phi =     pi T sum [lambda(n-m) - mu*] f_m,  f = (1/pi) int de N(e)/N(0) phi/Theta

and mu from the number of electrons. By Luttinger's theorem a local self-energy that keeps it leaves
the Fermi surface in place, mu = chi(0). That is used here, at the lowest frequency: the explicit sum
over frequencies converges only beyond the *band width*, and cut at wc it misplaces mu by as much as chi.
W. E. Pickett, Phys. Rev. B 26, 1186 (1982); J. M. Luttinger, Phys. Rev. 119, 1153 (1960).
Where N is constant, g = w/R, chi = 0, and the usual equations come back.
"""

import time
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.phonons.glue import PhononGlue
from onnes.numerics.fixedpoint import Anderson, Monitor, anderson
from onnes.numerics.linalg import rightmost_eigenpair
from onnes.numerics.piecewise import lorentzian_integrals
from onnes.solve.phonons.branch import Attempt, normal_state, superconducting_branch
from onnes.solve.phonons.kernel import Kernel, imaginary_axis_kernel
from onnes.state import Outcome, Report, State

VANISHED = 1e-4
"""A largest |phi| below this fraction of pi T is the trivial solution."""
NORMAL_STATE = Anderson(history=5, tolerance=1e-10)


@dataclass(frozen=True, slots=True, eq=False)
class _Unknowns:
    """w Z, chi and phi (n,) in meV, packed into one vector in units of the phonon energy."""

    wz: np.ndarray
    chi: np.ndarray
    phi: np.ndarray

    @property
    def mu(self) -> float:
        """Chemical potential, meV: chi at the lowest frequency."""
        return float(self.chi[0])

    def pack(self, kernel: Kernel, scale: float) -> np.ndarray:
        return np.concatenate([self.wz / kernel.omega, self.chi / scale, self.phi / scale])

    @classmethod
    def unpack(cls, vector: np.ndarray, kernel: Kernel, scale: float) -> "_Unknowns":
        z, chi, phi = np.split(vector, 3)
        return cls(z * kernel.omega, chi * scale, phi * scale)


def eliashberg_with_dos(
    glue: PhononGlue,
    temperature: float,
    *,
    cutoff: float | None,
    method: Anderson,
    start: State | None,
    throw: bool,
    monitor: Monitor | None,
) -> State:
    """Solve for Z, chi, Delta and mu; called by `onnes.solve.eliashberg` where a density of states is given."""
    begin = time.perf_counter()
    kernel = _kernel(glue, temperature, cutoff)
    normal = _normal_state(glue, kernel)
    scale = glue.omega_max
    branch = superconducting_branch(
        lambda v, how: anderson(lambda x: _step(glue, kernel, x, scale), v, how, monitor=monitor),
        _attempts(normal, kernel, scale, start),
        lambda v: bool(np.max(np.abs(_Unknowns.unpack(v, kernel, scale).phi)) < VANISHED * kernel.pi_t),
        lambda: _eigenvalue(glue, kernel, normal),
        method,
    )
    found, end = branch.found, _Unknowns.unpack(branch.found.x, kernel, scale)
    phi = np.zeros_like(end.phi) if branch.normal else end.phi * np.sign(end.phi[0])
    warnings = (normal_state(temperature, branch.rho),) if branch.normal else ()
    report = Report(
        Outcome.of(found),
        engine="fft, variable density of states",
        residuals=found.residuals,
        target=method.tolerance,
        iterations=found.iterations,
        start=branch.start,
        seconds=time.perf_counter() - begin,
        warnings=warnings,
    )
    if throw and not report.converged:
        raise NotConverged(report)
    z = end.wz / kernel.omega
    fields = {
        "temperature": np.array([temperature]),
        "matsubara": kernel.omega,
        "gap_matsubara": (phi / z)[None, :],
        "Z_matsubara": z[None, :],
        "Z_normal_matsubara": (normal.wz / kernel.omega)[None, :],
        "shift_matsubara": end.chi,
        "chemical_potential": np.array(end.mu),
    }
    return State(glue, "eliashberg", fields, report)


def _attempts(normal: _Unknowns, kernel: Kernel, scale: float, start: State | None) -> tuple[Attempt, ...]:
    shapes = {"cold": max(3 * kernel.pi_t, 0.05 * scale) / (1 + (kernel.omega / scale) ** 2)}
    if start is not None:
        phi = start["gap_matsubara"][0] * start["Z_matsubara"][0]
        shapes = {"warm": np.interp(kernel.omega, start["matsubara"], phi), **shapes}
    return tuple(
        Attempt(name, _Unknowns(normal.wz, normal.chi, phi).pack(kernel, scale))
        for name, phi in shapes.items()
    )


def eigenvalue_with_dos(glue: PhononGlue, temperature: float, *, cutoff: float | None) -> float:
    """Return the largest eigenvalue of the linearised equation with a density of states."""
    kernel = _kernel(glue, temperature, cutoff)
    return _eigenvalue(glue, kernel, _normal_state(glue, kernel))


def _kernel(glue: PhononGlue, temperature: float, cutoff: float | None) -> Kernel:
    if glue.n_bands != 1:
        raise InvalidInput(
            "a variable density of states with several bands", "give one band, or constant densities"
        )
    return imaginary_axis_kernel(glue, temperature, cutoff=cutoff, engine="fft")


def _eigenvalue(glue: PhononGlue, kernel: Kernel, normal: _Unknowns) -> float:
    even, _ = _integrals(glue, normal)
    weight = even / np.pi
    value, _ = rightmost_eigenpair(lambda f: weight * kernel.pair(f[None, :])[0], weight)
    return float(value)


def _normal_state(glue: PhononGlue, kernel: Kernel) -> _Unknowns:
    scale, n = glue.omega_max, len(kernel.omega)
    guess = _Unknowns(kernel.omega * kernel.normal_z[0], np.zeros(n), np.zeros(n))
    found = anderson(lambda v: _step(glue, kernel, v, scale), guess.pack(kernel, scale), NORMAL_STATE)
    if not found.converged:
        raise NotConverged(
            Report(
                Outcome.of(found), "normal state", found.residuals, NORMAL_STATE.tolerance, found.iterations
            )
        )
    return _Unknowns.unpack(found.x, kernel, scale)


def _integrals(glue: PhononGlue, u: _Unknowns) -> tuple[np.ndarray, np.ndarray]:
    dos = glue.dos
    return lorentzian_integrals(
        dos.energy, dos.value / dos.at_fermi_level, u.mu - u.chi, np.sqrt(u.wz**2 + u.phi**2)
    )


def _step(glue: PhononGlue, kernel: Kernel, vector: np.ndarray, scale: float) -> np.ndarray:
    """One application of the three equations."""
    u = _Unknowns.unpack(vector, kernel, scale)
    even, odd = _integrals(glue, u)
    g, f, h = u.wz * even / np.pi, u.phi * even / np.pi, odd / np.pi
    # Beyond the cutoff g continues at its last value: that part telescopes and is exact.
    telescoped = (kernel.normal_z[0] - 1) * kernel.omega * g[-1]
    wz = kernel.omega + telescoped + kernel.normal((g - g[-1])[None, :])[0]
    chi = -kernel.phonon_even(h[None, :])[0]
    phi = kernel.pair(f[None, :])[0]
    return _Unknowns(wz, chi, phi).pack(kernel, scale)
