"""Neutron scattering: detailed balance, resolution, cross-section, form factor, paths."""

import numpy as np
import pytest

from onnes import model, probe, response, solve
from onnes.errors import CannotProbe, InvalidInput
from onnes.model import Superconductor
from onnes.probe.lattice.formfactor import COEFFICIENTS
from onnes.response import MagneticInstability
from onnes.units import K_B

BANDS = model.square({(0, 0): 1.0, (1, 0): -1.0, (1, 1): 0.3}, a=3.0, c=6.0)
STATE = solve.given_gap(Superconductor(BANDS, model.d_wave(0.7)), 0.3 / K_B)
OPTIONS = {"broadening": 0.1, "mesh": (16, 16)}


def test_detailed_balance_and_definition() -> None:
    """S(-Q, -w) = exp(-w/kT) S(Q, w), and S = chi''/pi/(1 - exp(-w/kT)); also with an interaction."""
    omega = np.array([-0.8, -0.3, 0.3, 0.8])
    found = probe.neutron(STATE, [[0.25, 0.125, 0], [-0.25, -0.125, 0]], omega, interaction=1.0, **OPTIONS)
    s = found["structure_factor"].values
    assert np.allclose(s[1, 1::-1], np.exp(-omega[2:] / 0.3) * s[0, 2:], rtol=1e-9)
    chi = response.susceptibility(STATE, [0.25, 0.125, 0], omega, **OPTIONS)
    absorbed = response.rpa(chi, 1.0).zz[0].imag
    assert np.allclose(s[0], absorbed / np.pi / (1 - np.exp(-omega / 0.3)), rtol=1e-9)


def test_zero_energy_is_a_limit() -> None:
    found = probe.neutron(STATE, [0.25, 0.125, 0], np.array([-0.001, 0.0, 0.001]), **OPTIONS)
    s = found["structure_factor"].values[0]
    assert np.all(s > 0) and np.isclose(s[1], s.mean(), rtol=1e-3)


def test_cross_section_in_millibarn() -> None:
    """g^2 (gamma r0/2)^2 2 S: (gamma r0)^2 = 290.6 mbarn (derived from gamma = 1.91304, r0 = 2.81794 fm)."""
    found = probe.neutron(STATE, [0.5, 0.5, 0], np.array([0.5]), **OPTIONS)
    ratio = float(found["neutron_intensity"][0, 0] / found["structure_factor"][0, 0])
    assert np.isclose(ratio, 2 * 10 * (1.91304273 * 2.8179403262) ** 2, rtol=1e-4)
    assert found["neutron_intensity"].units == "mbarn/meV/sr" and found["structure_factor"].units == "1/meV"


def test_polarisation_factor() -> None:
    """The sum of P over three directions is 2; a component along Q is not seen."""
    q, omega = [0.5, 0.25, 0.5], np.array([0.5])

    def seen(moment: object) -> float:
        found = probe.neutron(STATE, q, omega, moment=moment, **OPTIONS)
        return float(found["neutron_intensity"][0, 0])

    axes = [seen(m) for m in np.eye(3)]
    assert np.isclose(sum(axes), seen(None), rtol=1e-12)
    assert abs(seen(np.array(q) @ BANDS.reciprocal())) < 1e-12 * seen(None)


def test_form_factor() -> None:
    """F(0) = 1 to the rounding of the table (7 numbers of 4 digits), falls; a d shell has <r^2> from its curvature."""
    Q = np.linspace(0, 6, 61)
    for ion in COEFFICIENTS:
        values = probe.magnetic_form_factor(ion, Q)
        assert np.isclose(values[0], 1, atol=1e-3) and np.all(np.diff(values) < 0)
    assert probe.magnetic_form_factor("Cu2+", 3.0) > probe.magnetic_form_factor("Fe2+", 3.0)
    # <j0> = 1 - Q^2 <r^2>/6, with <r^2> of the order of the square of an ionic radius, 0.6 angstrom.
    spread = 6 * (1 - probe.magnetic_form_factor("Fe2+", 0.1)) / 0.1**2
    assert 0.2 < spread < 0.8
    with_ion = probe.neutron(STATE, [0.5, 0.5, 0], np.array([0.5]), ion="Fe2+", **OPTIONS)
    without = probe.neutron(STATE, [0.5, 0.5, 0], np.array([0.5]), **OPTIONS)
    modulus = np.pi * np.sqrt(2) / 3.0
    expected = float(probe.magnetic_form_factor("Fe2+", modulus)) ** 2
    ratio = float(with_ion["neutron_intensity"][0, 0] / without["neutron_intensity"][0, 0])
    assert np.isclose(ratio, expected, rtol=1e-12)


def test_energy_resolution_is_a_gaussian_average() -> None:
    """Convolving keeps the integral, and equals the direct convolution of a dense spectrum."""
    omega = np.linspace(-3, 3, 61)
    blurred = probe.neutron(STATE, [0.5, 0.5, 0], omega, resolution=0.5, **OPTIONS)[
        "structure_factor"
    ].values[0]
    dense = np.linspace(-5, 5, 4001) + 1e-5
    sharp = probe.neutron(STATE, [0.5, 0.5, 0], dense, **OPTIONS)["structure_factor"].values[0]
    sigma = 0.5 / np.sqrt(8 * np.log(2))
    kernel = np.exp(-0.5 * ((omega[:, None] - dense) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    # 4 sigma are kept (6e-5), and the histogram's tolerance 1e-4.
    assert np.allclose(blurred, np.trapezoid(kernel * sharp, dense, axis=1), atol=3e-4 * sharp.max())


def test_q_resolution_is_an_average() -> None:
    """Against a dense Gaussian average in one direction."""
    width, omega = 0.06, np.array([0.5, 1.0])
    smooth = {"broadening": 0.5, "mesh": (60, 60)}
    blurred = probe.neutron(STATE, [0.45, 0.5, 0], omega, q_resolution=(width, 0, 0), **smooth)
    sigma = width / np.sqrt(8 * np.log(2))
    offsets = np.linspace(-4, 4, 41) * sigma
    dense = probe.neutron(STATE, np.array([[0.45 + d, 0.5, 0] for d in offsets]), omega, **smooth)
    values, weights = dense["structure_factor"].values, np.exp(-0.5 * (offsets / sigma) ** 2)
    expected = weights @ values / weights.sum()
    # Five points are exact up to the ninth power of q; what is left is small beside the effect itself.
    error = np.abs(blurred["structure_factor"].values[0] - expected)
    assert np.max(error) < 0.1 * np.max(np.abs(values[20] - expected))


def test_paths() -> None:
    by_label = probe.neutron(STATE, "G-X-M", (0.1, 1.0, 4), count=5, **OPTIONS)
    by_vector = probe.neutron(STATE, "(0, 0)-(0.5,0)-(0.5,0.5)", (0.1, 1.0, 4), count=5, **OPTIONS)
    assert np.allclose(by_label["wavevector"], by_vector["wavevector"])
    assert np.allclose(by_label["path_length"], [0, 0.25, 0.5, 0.75, 1.0])
    back = probe.neutron(STATE, "(0.5,-0.5)-(0,0)", (0.1, 1.0, 4), count=3, **OPTIONS)
    assert np.allclose(back["wavevector"].values[0], [0.5, -0.5, 0])
    with pytest.raises(InvalidInput, match="'Q' in the path"):
        probe.neutron(STATE, "G-Q", (0.1, 1.0, 4), **OPTIONS)
    with pytest.raises(InvalidInput, match="not a wavevector"):
        probe.neutron(STATE, "(0,0)-(a,0)", (0.1, 1.0, 4), **OPTIONS)


def test_map_has_the_symmetry_of_the_lattice() -> None:
    axis = (-0.5, 0.5, 9)
    found = probe.neutron_map(STATE, axis, axis, 0.6, broadening=0.1, mesh=(16, 16), interaction=0.8)
    values = found["neutron_map"].values
    assert values.shape == (9, 9) and np.all(values >= -1e-12)
    assert np.allclose(values, values.T, rtol=1e-8, atol=1e-10)
    assert np.allclose(values, values[::-1], rtol=1e-8, atol=1e-10)
    single = probe.neutron(STATE, [0.5, 0.25, 0], np.array([0.6]), interaction=0.8, **OPTIONS)
    assert np.isclose(values[8, 6], float(single["neutron_intensity"][0, 0]), rtol=1e-9)


def test_bad_input_is_named() -> None:
    q, omega = [0.5, 0.5, 0], np.array([0.5])
    with pytest.raises(InvalidInput, match="form factor"):
        probe.neutron(STATE, q, omega, ion="Xx9+", **OPTIONS)
    with pytest.raises(InvalidInput, match="resolution"):
        probe.neutron(STATE, q, omega, resolution=-1.0, **OPTIONS)
    with pytest.raises(InvalidInput, match="q_resolution"):
        probe.neutron(STATE, q, omega, q_resolution=(0.1, 0.1), **OPTIONS)
    with pytest.raises(InvalidInput, match="moment"):
        probe.neutron(STATE, q, omega, moment=(0, 0, 0), **OPTIONS)
    with pytest.raises(InvalidInput, match="energy of shape"):
        probe.neutron(STATE, q, np.array([np.nan]), **OPTIONS)
    with pytest.raises(InvalidInput, match="q of shape"):
        probe.neutron(STATE, [0.5], omega, **OPTIONS)
    with pytest.raises(MagneticInstability):
        probe.neutron(STATE, q, omega, interaction=50.0, **OPTIONS)
    with pytest.raises(CannotProbe, match="lattice"):
        probe.neutron(solve.bcs(model.BCS(1.0), temperature=0.1), q, omega, **OPTIONS)
