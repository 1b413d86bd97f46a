"""Phenomenological spin susceptibilities: causality, moments, poles."""

import numpy as np
import pytest
from scipy.integrate import quad

import onnes as on
from onnes.errors import InvalidModel
from onnes.units import MU_B

OSCILLATOR = on.model.DampedOscillator(300.0, 120.0, 0.7)


def magnon(**changed: object) -> on.model.CriticalMagnon:
    given = {
        "wavevector": [0.5, 0.5, 0.5],
        "vectors": np.diag([4.6, 4.6, 7.5]),
        "lengths": [10.0, 10.0, 7.0],
        "damping": 0.3,
        "edge": 0.94,
        "g": 0.96,
    }
    return on.model.CriticalMagnon.with_resonance(0.6, **(given | changed))


@pytest.mark.parametrize("damping", [1.0, 120.0, 299.9999999, 300.0, 900.0])
def test_weight_and_first_moment(damping: float) -> None:
    one = OSCILLATOR.damped(damping)

    def moment(power: int) -> float:
        # w = w_0 tan x maps the half line to a finite interval with a smooth integrand.
        def integrand(x: float) -> float:
            w = 300.0 * np.tan(x)
            return one.susceptibility(w).imag * w**power * 300.0 / np.cos(x) ** 2

        return quad(integrand, 0, np.pi / 2 - 1e-9, limit=2000, points=[np.pi / 4])[0]

    assert np.isclose(moment(0), one.weight, rtol=1e-5)
    if damping > 50:  # w chi'' falls as 1/w^2: the cut at tan(pi/2 - 1e-9) is far out
        assert np.isclose(moment(1), np.pi / 2 * 0.7 * 300.0**2, rtol=1e-5)


def test_oscillator_limits() -> None:
    sharp = OSCILLATOR.damped(1e-3)
    assert np.isclose(sharp.weight, np.pi / 2 * 0.7 * 300.0, rtol=1e-5)
    critical = OSCILLATOR.damped(300.0)
    assert np.isclose(critical.weight / sharp.weight, 2 / np.pi, rtol=1e-5)
    assert np.isclose(critical.peak, 300.0 / np.sqrt(3)) and np.isclose(sharp.peak, 300.0)
    assert np.isclose(OSCILLATOR.susceptibility(0.0), 0.7)
    grid = np.linspace(1, 600, 59901)
    assert np.isclose(grid[np.argmax(OSCILLATOR.susceptibility(grid).imag)], OSCILLATOR.peak, atol=0.02)


@pytest.mark.parametrize("damping", [50.0, 700.0])
def test_oscillator_pole(damping: float) -> None:
    one = OSCILLATOR.damped(damping)
    inverse = 1 / one.susceptibility(one.pole * (1 + 1e-9))  # beside the pole, where it is still finite
    assert abs(inverse) < 1e-7 and one.pole.imag < 0 <= one.pole.real


@pytest.mark.parametrize("edge", [0.0, 0.94])
def test_critical_magnon_is_causal(edge: float) -> None:
    """chi at w = i a from chi'' on the real axis: chi(ia) = (2/pi) int w chi''(w)/(w^2 + a^2) dw."""
    one = magnon().at_gap(edge / 0.94)
    Q = np.array([0.5, 0.5, 0.5])
    w = np.linspace(0, 60, 600001)
    smear = 1e-3  # above the axis, so that the undamped mode is resolved; chi is analytic there
    line = one.susceptibility(Q, w + 1j * smear).imag
    a = 0.4
    found = 2 / np.pi * np.trapezoid(w * line / (w**2 + (a - 0.0) ** 2), w)
    exact = one.susceptibility(Q, np.array([1j * (a + smear)]))[0]
    assert abs(exact.imag) < 1e-12
    # The tail beyond 60 meV, chi'' ~ W^4/(G w^3), is below 1e-7; the mesh resolves 1e-3 with ten points.
    assert np.isclose(found, exact.real, rtol=2e-4)
    assert np.all(line >= -1e-12)


def test_no_gap_means_landau_damping() -> None:
    normal = magnon().at_gap(0.0)
    w = np.array([-0.7, 0.2, 1.3])
    Q = np.array([0.5, 0.5, 0.5])
    expected = 1 / (1 - (w / normal.inertia) ** 2 - 1j * w / 0.3)
    assert np.allclose(normal.susceptibility(Q, w), expected)
    assert np.isnan(normal.resonance(Q))


def test_resonance_is_a_pole_on_the_real_axis() -> None:
    one = magnon()
    q = np.array([[0.5, 0.5, 0.5], [0.505, 0.5, 0.5], [0.5, 0.5, 0.51]])
    found = one.resonance(q)
    assert np.isclose(found[0], 0.6)
    for place, energy in zip(q, found, strict=True):
        assert abs(1 / one.susceptibility(place, np.array([energy]))[0]) < 1e-9
    assert found[1] > found[0] and found[2] > found[0]  # upward
    assert np.isnan(one.resonance(np.array([0.75, 0.5, 0.5])))  # above the edge: damped


def test_field_splits_the_mode_linearly() -> None:
    one = magnon()
    Q = one.wavevector
    assert np.isclose(one.closing_field(), 0.6 / (0.96 * MU_B))
    assert np.allclose(one.in_field(5.0).doublet(Q), 0.6 + 5 * 0.96 * MU_B * np.array([-1, 1]))
    assert np.isclose(one.in_field(one.closing_field()).doublet(Q)[0], 0.0)


def test_what_cannot_be() -> None:
    with pytest.raises(InvalidModel, match="damping"):
        on.model.DampedOscillator(1.0, 0.0)
    with pytest.raises(InvalidModel, match="between 0 and the edge"):
        magnon(edge=0.5)
    with pytest.raises(InvalidModel, match="lengths"):
        magnon(lengths=[-1.0, 1.0, 1.0])
    with pytest.raises(InvalidModel, match="wavevector"):
        magnon(wavevector=[0.5, 0.5])
    with pytest.raises(InvalidModel, match="independent"):
        magnon(vectors=np.zeros((3, 3)))
    with pytest.raises(InvalidModel, match="inertia"):
        on.model.CriticalMagnon(np.zeros(3), np.eye(3), np.ones(3), -1.0, 1.0)
    with pytest.raises(InvalidModel, match="edge"):
        on.model.CriticalMagnon(np.zeros(3), np.eye(3), np.ones(3), 1.0, 1.0, -0.1)
