r"""Thermal noise of a film that leads to the Boltzmann distribution exp(-F/kT).

With E_0 = (B_c^2/mu_0) xi^2 d and Theta = kT/E_0, amplitude and phase of psi in a cell of weight m and area A = hx hy
have the mobilities 1/(2 m A u s) and s/(2 m A u), s^2 = 1 + gamma^2 |psi|^2. They vary with psi, so that the
Ito form of d psi = -Gamma dF + sqrt(2 Theta Gamma) dW has the drift Theta div Gamma =
-(Theta gamma^2/(2 m A u s)) (1 + 1/s^2) psi. Johnson currents in the faces, of variance Theta a/(h^2 A dt) in units
of the right side of the potential equation, turn the phase: without them the supercurrent would lose to the
normal current without being paid back.

With the field of the film's own currents the Johnson currents make A fluctuate too: a step then takes A by the
midpoint rule (`SelfField.halfway`), which gives every eddy the energy kT/2 whatever the step.

Half of the noise of a step comes before its relaxation and half after, so that the distribution is wrong in the
second order of the step times the fastest rate, which is that of waves as short as the mesh.

The numbers are Philox normals of the counter (cell, step, stream, step/2^32) and of the seed as key, the same as those
of `onnes.numerics.philox`: a run that is resumed draws the same ones.
"""

from math import cos, log, pi, sin, sqrt

import numpy as np
from numba import njit

from onnes.model.condensate.film import Setup
from onnes.numerics.poisson import Neumann
from onnes.response.condensate.mesh import FilmMesh
from onnes.units import K_B_SI

BEFORE, FACES, AFTER = 0, 1, 2
"""Streams of numbers: for the cells before a step relaxes, for the faces, for the cells after it."""


@njit(cache=True)
def normals(cell, step, stream, key0, key1):
    """Return two independent normals of a counter by Philox4x32-10 and Box-Muller."""
    word, bits = np.uint64(0xFFFFFFFF), np.uint64(32)
    a, b = np.uint64(cell) & word, np.uint64(step) & word
    c, d = np.uint64(stream) & word, (np.uint64(step) >> bits) & word
    k0, k1 = np.uint64(key0), np.uint64(key1)
    for _ in range(10):
        first, second = np.uint64(0xD2511F53) * a, np.uint64(0xCD9E8D57) * c
        a, b = (second >> bits) ^ b ^ k0, second & word
        c, d = (first >> bits) ^ d ^ k1, first & word
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & word, (k1 + np.uint64(0xBB67AE85)) & word
    u = (float((a << np.uint64(21)) | (b >> np.uint64(11))) + 0.5) * 2.0**-53
    v = (float((c << np.uint64(21)) | (d >> np.uint64(11))) + 0.5) * 2.0**-53
    radius = sqrt(-2 * log(u))
    return radius * cos(2 * pi * v), radius * sin(2 * pi * v)


@njit(cache=True, error_model="numpy")
def _kick(psi, inverse, gamma2, size, key, step, stream):
    """Add the noise of one step; ``inverse`` = 1/(u m), ``size`` = Theta dt/(hx hy)."""
    ny, nx = inverse.shape
    for j in range(ny):
        for i in range(nx):
            if inverse[j, i] == 0:
                continue
            a, b = psi[0, j + 1, i + 1], psi[1, j + 1, i + 1]
            density = a * a + b * b
            s = sqrt(1 + gamma2[j, i] * density)
            r = sqrt(density)
            ex, ey = (a / r, b / r) if r > 0 else (1.0, 0.0)
            one, two = normals(j * nx + i, step, stream, key[0], key[1])
            along = one * sqrt(size * inverse[j, i] / s)
            across = two * sqrt(size * inverse[j, i] * s)
            drift = -0.5 * size * inverse[j, i] * gamma2[j, i] / s * (1 + 1 / (s * s))
            psi[0, j + 1, i + 1] += along * ex - across * ey + drift * a
            psi[1, j + 1, i + 1] += along * ey + across * ex + drift * b


@njit(cache=True, error_model="numpy")
def _outflow(root_x, root_y, key, step, out):
    """Write the outflow of random currents, ``root`` (ny, nx) being their standard deviation on each face."""
    ny, nx = root_x.shape
    out[:] = 0.0
    for j in range(ny):
        for i in range(nx):
            one, two = normals(j * nx + i, step, FACES, key[0], key[1])
            if i + 1 < nx or root_x[j, i] > 0:
                out[j, i] += root_x[j, i] * one
                out[j, (i + 1) % nx] -= root_x[j, i] * one
            if j + 1 < ny or root_y[j, i] > 0:
                out[j, i] += root_y[j, i] * two
                out[(j + 1) % ny, i] -= root_y[j, i] * two


@njit(cache=True, error_model="numpy")
def _currents(root_x, root_y, key, step, out):
    """Write the same random currents themselves, (2, ny, nx)."""
    ny, nx = root_x.shape
    for j in range(ny):
        for i in range(nx):
            one, two = normals(j * nx + i, step, FACES, key[0], key[1])
            out[0, j, i] = root_x[j, i] * one
            out[1, j, i] = root_y[j, i] * two


class Noise:
    """The noise of a setup at its temperature ``setup.noise``; ``theta`` is kT over the energy unit of the film."""

    def __init__(self, setup: Setup, mesh: FilmMesh, seed: int) -> None:
        film, self.mesh = setup.film, mesh
        unit = film.material.condensation_density * film.material.coherence_length**2 * film.thickness * 1e-27
        self.theta = K_B_SI * setup.noise / unit
        self._key = np.array([seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF], np.uint64)
        self._gamma2 = np.ascontiguousarray(mesh.inelastic**2)

    def kick(self, psi: np.ndarray, mass: np.ndarray, step: int, dt: float, stream: int) -> None:
        """Add half of the noise of a step of length ``dt`` to psi (2, ny + 2, nx + 2), in place."""
        inverse = np.divide(1.0, self.mesh.relaxation * mass, out=np.zeros(mass.shape), where=mass > 0)
        size = self.theta * 0.5 * dt / (self.mesh.hx * self.mesh.hy)
        _kick(psi, inverse, self._gamma2, size, self._key, step, stream)

    def currents(self, step: int, dt: float) -> np.ndarray:
        """Return the Johnson currents of a step through the faces along x and y, J_0 d (2, ny, nx): mean over it."""
        scale = self.theta / (dt * self.mesh.hx * self.mesh.hy)
        found = np.empty((2, *self.mesh.shape))
        _currents(
            np.sqrt(scale * self.mesh.face_x), np.sqrt(scale * self.mesh.face_y), self._key, step, found
        )
        return found

    def angle(self, poisson: Neumann, step: int, dt: float) -> np.ndarray:
        """Return the angle by which the Johnson currents turn the phases in a step."""
        scale = self.theta / (dt * self.mesh.hx * self.mesh.hy)
        outflow = np.empty(self.mesh.shape)
        roots = (
            np.sqrt(scale * self.mesh.face_x) / self.mesh.hx,
            np.sqrt(scale * self.mesh.face_y) / self.mesh.hy,
        )
        _outflow(*roots, self._key, step, outflow)
        return dt * poisson.solve(outflow)
