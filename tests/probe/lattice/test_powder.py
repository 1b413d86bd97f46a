"""Powder average: directions, dimers in closed form, sum rules, uncoupled planes, convergence."""

import numpy as np
import pytest

from onnes import model, probe, response, solve
from onnes.errors import InvalidInput
from onnes.model.lattice.spins import Bond, SpinLattice, heisenberg
from onnes.probe.lattice.powder import sphere
from onnes.state import Outcome, Report, State
from onnes.units import MU_B

CUBE = np.diag([4.0, 4.0, 4.0])


def free_spin() -> State:
    """A spin 1 in a field along z, which prefers it down: S does not depend on Q."""
    lattice = SpinLattice(CUBE, np.zeros((1, 3)), [1.0], (), field=[0, 0, 20.0])
    return solve.spinwave(lattice, [[0, 0, -1.0]], grid=(1, 1, 1))


def ferromagnet() -> State:
    """A chain of S = 1/2 along x in a field: one-magnon weight S at every Q."""
    bond = Bond(0, 0, (1, 0, 0), heisenberg(-2.0))
    lattice = SpinLattice(CUBE, np.zeros((1, 3)), [0.5], (bond,), field=[0, 0, 10.0])
    return solve.spinwave(lattice, [[0, 0, -1.0]], grid=(4, 1, 1))


def antiferromagnet(c: float) -> State:
    return solve.spinwave(model.square_antiferromagnet(10.0, a=3.0, c=c), model.neel([0, 0, 1]))


@pytest.mark.parametrize("axis", [[0, 0, 1.0], [1.0, 2.0, -0.5]])
def test_directions_integrate_harmonics(axis: list[float]) -> None:
    """x^a y^b z^c up to degree 2n - 1; the mean of x^2i y^2j z^2k is (2i-1)!!(2j-1)!!(2k-1)!!/(2(i+j+k)+1)!!."""
    directions, weights = sphere(4, np.array(axis))
    assert np.isclose(weights.sum(), 1) and np.allclose(np.linalg.norm(directions, axis=1), 1)
    x, y, z = directions.T
    expected = {
        (2, 0, 0): 1 / 3,
        (2, 2, 0): 1 / 15,
        (2, 2, 2): 1 / 105,
        (0, 4, 2): 3 / 105,
        (1, 0, 0): 0,
        (3, 2, 1): 0,
    }
    for (a, b, c), value in expected.items():
        assert np.isclose(weights @ (x**a * y**b * z**c), value, atol=1e-14)


def test_what_does_not_depend_on_q_is_its_own_average() -> None:
    """S^xx = S^yy: P = 1 + cos^2, whose mean is 4/3 and which is 2 along z. F depends on |Q| alone."""
    options = {"broadening": 0.2, "ion": "Ni2+"}
    found = probe.neutron_powder(free_spin(), [1.0, 2.5], (0.5, 4, 8), **options)
    one = probe.neutron(
        free_spin(), np.array([[0, 0, q * 4 / 2 / np.pi] for q in (1.0, 2.5)]), (0.5, 4, 8), **options
    )
    assert np.allclose(found["powder_structure_factor"], one["structure_factor"], rtol=1e-12)
    assert np.allclose(found["powder_intensity"], one["neutron_intensity"] * (4 / 3) / 2, rtol=1e-12)
    # Exact with the first rule, the second only confirms.
    assert np.all(found["powder_directions"] == 72) and np.all(found["powder_change"] < 1e-12)


def molecule(distance: float) -> State:
    """Electrons on two sites: S^z is moved by exp(-iQ.d), and only its odd part makes transitions."""
    bands = model.TightBinding(
        CUBE, [[0, 0, 0]], np.array([[[0, -1.0], [-1.0, 0]]]), ("a", "b"), [[0, 0, 0], [distance / 4, 0, 0]]
    )
    return State(bands, "bands", {"temperature": np.array([0.1])}, Report(Outcome.CONVERGED))


def test_dimers_in_closed_form() -> None:
    """S ~ 1 - cos(Q.d), the powder 1 - sin(Qd)/(Qd): off the mesh, in an itinerant model."""
    d, Q, omega = 3.0, np.array([0.7, 1.5, 4.0]), np.array([1.0, 2.0])
    options = {"broadening": 0.1, "mesh": (1, 1, 1)}
    found = probe.neutron_powder(molecule(d), Q, omega, tolerance=1e-6, **options)
    along = probe.neutron(molecule(d), [[4 / d / 2, 0, 0]], omega, **options)  # Q.d = pi
    expected = (1 - np.sin(Q * d) / (Q * d)) / 2
    ratio = found["powder_structure_factor"].values / along["structure_factor"].values
    # The mean of j_l(Qd) P_l converges faster than a factor of two from order to order here; asked were 1e-6.
    assert np.allclose(ratio, expected[:, None], rtol=2e-6)
    assert np.all(np.diff(found["powder_directions"]) >= 0)
    assert np.allclose(found["powder_intensity"] / found["powder_structure_factor"], 2 * 72.65 * 4, rtol=1e-9)


def test_moment_of_a_ferromagnet_is_kept() -> None:
    """At T = 0 one magnon has the weight S at each Q, hence in the mean: moments 0 and 1 of Tr S over energy."""
    width, Q = 0.3, np.array([0.9, 2.2])
    # Nothing is seen at negative energies. Dense where the lines are, geometric in the tail.
    omega = np.concatenate([np.linspace(0, 8, 321)[1:], np.geomspace(8, 40, 81)[1:]])

    def spectrum(oscillator: bool) -> np.ndarray:
        found = probe.neutron_powder(
            ferromagnet(), Q, omega, broadening=width, oscillator=oscillator, tolerance=0.02
        )
        return 3 * found["powder_structure_factor"].values

    # <E> = g mu_B B + 2|J|S (1 - <cos Q_x a>), and <cos Q_x a> = sin(Qa)/(Qa).
    mean = 2 * MU_B * 10 + 2 * (1 - np.sin(4 * Q) / (4 * Q))
    # The oscillator keeps the first moment for every width; its tail 4 E g/(pi w^3) w leaves 4 E g/(pi 40) out.
    # What a spectrum may be off from direction to direction is 0.02 of its maximum, its integral much less.
    first = np.trapezoid(spectrum(True) * omega, omega, axis=1)
    assert np.allclose(first, 0.5 * mean * (1 - 4 * width / (np.pi * 40)), rtol=3e-3)
    # Lorentzian minus its mirror, seen at positive energies: (2/pi) arctan(E/width) for each E, E from 1.16 to 5.16.
    total, bounds = np.trapezoid(spectrum(False), omega, axis=1), [2 * MU_B * 10, 2 * MU_B * 10 + 4]
    low, high = (0.5 * 2 / np.pi * np.arctan(e / width) for e in bounds)
    assert np.all(total > low - 5e-3) and np.all(total < high)


def test_planes_are_integrated_over_l() -> None:
    """Beside the integral over the rods, int dq q/(Q sqrt(Q^2 - q^2)) <S(q, phi)>; c drops out of it."""
    Q, omega, width = 1.6, np.linspace(2, 24, 12), 3.0
    found = [
        probe.neutron_powder(antiferromagnet(c), [Q], omega, broadening=width, tolerance=2e-3)[
            "powder_structure_factor"
        ].values[0]
        for c in (5.0, 13.0)
    ]
    phi = 2 * np.pi * (np.arange(240) + 0.5) / 240
    # q = Q sin(t): the square root is gone. Midpoints of an even periodic function.
    t = (np.arange(120) + 0.5) * np.pi / 2 / 120
    planar = Q * np.sin(t)[:, None, None] * np.stack([np.cos(phi), np.sin(phi)], -1)
    state = antiferromagnet(7.0)
    cartesian = np.concatenate([planar.reshape(-1, 2), np.zeros((t.size * phi.size, 1))], axis=1)
    q = cartesian @ state.model.vectors.T / (2 * np.pi)
    s = np.trace(response.spin_correlations(state, q, omega, width=width), axis1=-2, axis2=-1).real * 2 / 3
    weights = np.repeat(np.sin(t), phi.size)
    expected = weights @ s / weights.sum()
    for values in found:
        # Twice the tolerance: the last change bounds the error where each order at least halves it.
        assert np.max(np.abs(values - expected)) < 4e-3 * expected.max()


def test_more_directions_for_sharper_lines_and_a_named_end() -> None:
    options = {"tolerance": 0.02}
    broad, sharp = (
        probe.neutron_powder(antiferromagnet(5.0), [2.0], (2, 22, 21), broadening=w, **options)
        for w in (6.0, 2.0)
    )
    assert sharp["powder_directions"][0] > broad["powder_directions"][0]
    assert np.all(sharp["powder_change"] <= 0.02)
    with pytest.raises(InvalidInput, match="still changes by"):
        probe.neutron_powder(antiferromagnet(5.0), [2.0], (2, 22, 3), broadening=1e-3, tolerance=1e-9)


def test_resolution_in_the_modulus() -> None:
    """A dimer: 1 - sin(Qd)/(Qd) averaged over a Gaussian in |Q|."""
    d, Q, width = 3.0, 1.5, 0.6
    options = {"broadening": 0.1, "mesh": (1, 1, 1)}
    found = probe.neutron_powder(
        molecule(d), [Q], np.array([2.0]), q_resolution=width, tolerance=1e-4, **options
    )
    along = probe.neutron(molecule(d), [[4 / d / 2, 0, 0]], np.array([2.0]), **options)
    sigma = width / np.sqrt(8 * np.log(2))
    x = Q + sigma * np.linspace(-6, 6, 4001)
    gauss = np.exp(-0.5 * ((x - Q) / sigma) ** 2)
    expected = gauss @ (1 - np.sin(x * d) / (x * d)) / 2 / gauss.sum()
    ratio = float(found["powder_structure_factor"][0, 0] / along["structure_factor"][0, 0])
    assert np.isclose(ratio, expected, rtol=2e-4)


def test_what_is_refused() -> None:
    state, omega = free_spin(), np.array([2.0])
    for bad in ([0.0], [-1.0], [np.nan], [[1.0]]):
        with pytest.raises(InvalidInput, match="modulus"):
            probe.neutron_powder(state, bad, omega, broadening=0.1)
    with pytest.raises(InvalidInput, match="tolerance"):
        probe.neutron_powder(state, [1.0], omega, broadening=0.1, tolerance=0.0)
    with pytest.raises(InvalidInput, match="stay above"):
        probe.neutron_powder(state, [0.1], omega, broadening=0.1, q_resolution=1.0)
