"""Spectral covariant derivatives in a quasi-periodic cell."""

import numpy as np
import pytest

import onnes as on
from onnes.solve.condensate.lattices.magnetic_cell import MagneticCell, odd_length

RNG = np.random.default_rng(3)
TRIANGULAR = np.exp(1j * np.pi / 3)
SHAPES = [(TRIANGULAR, 1), (1j, 1), (0.3 + 0.8j, 2), (1.7j, 3)]


def noise(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


@pytest.mark.parametrize(("tau", "quanta"), SHAPES)
def test_landau_levels(tau: complex, quanta: int) -> None:
    """The lowest level has -D^2 = b; [D_x, D_y] = -ib is the flux. Derivatives round as 1e-16 K_max^2 ~ 1e-12."""
    b, cell = 0.4, MagneticCell(tau, 0.4, quanta, 45)
    psi = cell.lowest_level(noise(quanta))
    assert np.abs(cell.divergence(cell.gradient(psi)) + b * psi).max() < 1e-10
    dx, dy = cell.gradient(psi)
    assert np.abs(cell.gradient(dy)[0] - cell.gradient(dx)[1] + 1j * b * psi).max() < 1e-10
    # the next level lies at 3 b: raise by D_x - iD_y
    raised = dx - 1j * dy
    lifted = -cell.divergence(cell.gradient(raised))
    level = np.vdot(raised, lifted).real / np.vdot(raised, raised).real
    assert level == pytest.approx(3 * b, rel=1e-9)


@pytest.mark.parametrize(("angle", "aspect"), [(60.0, 1.0), (90.0, 1.0), (70.0, 1.4)])
def test_moments_against_the_theta_sum(angle: float, aspect: float) -> None:
    """Row 4: <|psi|^4>/<|psi|^2>^2 of the lowest level is the sum of `abrikosov_ratio`, to 1e-12."""
    lattice = on.model.VortexLattice(on.model.GinzburgLandau(10.0, 20.0), 1.0, angle, aspect)
    psi = MagneticCell(lattice.modulus, 0.5, 1, 45).lowest_level(np.ones(1))
    ratio = np.mean(np.abs(psi) ** 4) / np.mean(np.abs(psi) ** 2) ** 2
    assert ratio == pytest.approx(on.response.abrikosov_ratio(lattice), abs=1e-12)
    # the vortex sits at u = v = 1/2, between points of an odd grid
    least = np.unravel_index(np.argmin(np.abs(psi)), psi.shape)
    assert set(least) <= {22, 23}


def test_adjoint_and_preconditioner() -> None:
    cell = MagneticCell(0.3 + 0.8j, 0.4, 2, 27)
    f, g, h = noise(27, 27), noise(2, 27, 27), noise(27, 27)
    assert np.vdot(cell.gradient(f), g) == pytest.approx(-np.vdot(f, cell.divergence(g)), rel=1e-12)
    assert np.vdot(h, cell.smooth(f, 1.0)) == pytest.approx(np.vdot(cell.smooth(h, 1.0), f), rel=1e-12)
    assert np.vdot(f, cell.smooth(f, 1.0)).real > 0


def test_vector_potential_and_its_curl() -> None:
    """curl of curl of a: `induction` returns the field of the current that is its curl."""
    cell = MagneticCell(0.3 + 0.8j, 0.4, 1, 27)
    b = np.fft.ifft2(np.fft.fft2(RNG.normal(size=(27, 27))) * (cell.kx**2 + cell.ky**2 < 20)).real
    b -= b.mean()
    a = cell.vector_potential(b)
    parts = [np.fft.fft2(component) for component in a]
    curl = np.fft.ifft2(1j * cell.kx * parts[1] - 1j * cell.ky * parts[0]).real
    assert np.abs(curl - b).max() < 1e-12
    assert np.abs(cell.kx * parts[0] + cell.ky * parts[1]).max() < 1e-10
    current = [
        np.fft.ifft2(1j * cell.ky * np.fft.fft2(b)).real,
        np.fft.ifft2(-1j * cell.kx * np.fft.fft2(b)).real,
    ]
    assert np.abs(cell.induction(np.array(current)) - b).max() < 1e-12


def test_lengths_of_transforms() -> None:
    assert [odd_length(n) for n in (1, 4, 11, 20.2, 22, 46)] == [3, 5, 15, 21, 25, 49]
