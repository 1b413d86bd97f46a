"""Neutrons and spin waves: closed forms of the square-lattice antiferromagnet, sum rules, resolution in q."""

import numpy as np
import pytest

from onnes import model, probe, solve
from onnes.errors import CannotProbe, InvalidInput, InvalidModel
from onnes.model import square_to_magnetic
from onnes.model.lattice.spins import Bond, SpinLattice, heisenberg
from onnes.numerics.brillouin import mesh
from onnes.probe.lattice.scattering import CROSS_SECTION
from onnes.units import K_B

J, ZC = 100.0, 1.18
LATTICE = model.square_antiferromagnet(J, a=3.8, c=13.2)
SQUARE = solve.spinwave(LATTICE, model.neel([1, 0, 0]), renormalisation=ZC)
CENTRE = np.array([0.5, 0.5, 0.0])


def gamma(q: np.ndarray) -> np.ndarray:
    return np.cos(2 * np.pi * q[..., :2]).mean(axis=-1)


def closed_energy(q: np.ndarray) -> np.ndarray:
    """Zc 4 J S sqrt(1 - gamma^2), S = 1/2."""
    return ZC * 2 * J * np.sqrt(1 - gamma(q) ** 2)


def closed_weight(q: np.ndarray) -> np.ndarray:
    """Tr S^ab of a magnetic cell of two sites, from one magnon: 2 S sqrt((1 - gamma)/(1 + gamma))."""
    return np.sqrt((1 - gamma(q)) / (1 + gamma(q)))


def test_energy_and_weight_in_closed_form() -> None:
    q = np.array([[0.1, 0.05, 0.0], [0.5, 0.0, 0.3], [0.25, 0.25, 0.0], [0.45, 0.4, 0.0]])
    width = 1.0
    for vector, e, w in zip(q, closed_energy(q), closed_weight(q), strict=True):
        omega = e + width * np.tan(np.pi / 2 * np.linspace(-0.96, 0.96, 97))
        found = probe.neutron(SQUARE, square_to_magnetic(vector), omega, broadening=width)
        s = 3 * found["structure_factor"].values[0]
        assert np.argmax(s) == 48
        # A Lorentzian whose height is w/(pi width); of its mirror at -e remains (width/2e)^2 of that, 7e-5 at 61 meV.
        assert np.allclose(s, w / np.pi * width / ((omega - e) ** 2 + width**2), atol=1e-4 * w / np.pi)


def test_divergence_at_the_ordering_vector_and_silence_at_the_origin() -> None:
    """Integrated over energy: ~ 1/omega at (pi, pi) + q, ~ omega at q; their product is (2 S)^2 exactly."""
    steps = np.array([0.01, 0.02, 0.04])
    direction = np.array([1.0, 0.0, 0.0])
    omega = np.linspace(0.05, 400, 8001)
    weights = {}
    for name, centre in (("M", CENTRE), ("G", np.zeros(3))):
        q = centre + steps[:, None] * direction
        found = probe.neutron(SQUARE, square_to_magnetic(q), omega, broadening=0.2)
        weights[name] = 3 * np.trapezoid(found["structure_factor"].values, omega, axis=1)
    e = closed_energy(steps[:, None] * direction)
    # Beyond the axis and below zero lie (2/pi)(width/e + width/400), 0.6 % of a line at 24 meV at most.
    lost = 2 / np.pi * 0.2 * (1 / e + 1 / 400)
    assert np.all(np.abs(weights["M"] * weights["G"] - 1) < 2.5 * lost)
    # w = 2 ZC J (1 - gamma)/omega: 1/omega to the order 1 - gamma of 1 + gamma, (pi q)^2/2.
    assert np.allclose(weights["M"] * e / (4 * J * ZC), 1, atol=0.012 + np.max((np.pi * steps) ** 2))
    assert np.all(np.abs(weights["G"] / closed_weight(steps[:, None] * direction) - 1) < 1.5 * lost)


@pytest.mark.parametrize("centre, silent", [(CENTRE, False), (np.zeros(3), True)])
def test_goldstone_modes_are_limits(centre: np.ndarray, silent: bool) -> None:
    """chi'' -> 4 W e width w/(w^2 + width^2)^2 with W e = 4 J ZC finite at (pi, pi), zero at the origin."""
    omega, width, kelvin = np.array([10.0, 60.0]), 10.0, 100.0
    found = probe.neutron(SQUARE, square_to_magnetic(centre), omega, broadening=width, temperature=kelvin)
    s = 3 * found["structure_factor"].values[0]
    factor = 4 * width * omega / (omega**2 + width**2) ** 2 / np.pi / (1 - np.exp(-omega / (K_B * kelvin)))
    # e = 1e-4 2 pi sqrt(2) J ZC = 0.1 meV at most: (e/width)^2.
    assert np.all(np.abs(s) < 1e-4) if silent else np.allclose(s, 4 * J * ZC * factor, rtol=5e-4)


def test_total_moment() -> None:
    """Over the zone, one magnon has S(1 + 2 d), d the reduction of the moment; twice that for the cell of two sites."""
    shape = (12, 12, 1)
    state = solve.spinwave(LATTICE, model.neel([1, 0, 0]), grid=shape)
    k = mesh(shape, 0.5)
    q = np.concatenate([k, k + np.array([1.0, 0.0, 0.0])])
    omega, width = np.linspace(0, 260, 2601), 0.5
    found = probe.neutron(state, q, omega, broadening=width)
    total = 3 * np.trapezoid(found["structure_factor"].values.mean(axis=0), omega)
    d = float(state["spin_reduction"][0])
    # Below zero and above the axis: (2/pi) width (<1/e> + 1/260), with <1/e> of the weights, about 1 % at 52 meV.
    assert np.isclose(total, 2 * 0.5 * (1 + 2 * d), rtol=0.015)
    assert total < 2 * 0.5 * (1 + 2 * d)


def test_only_spins_across_q_are_seen() -> None:
    """Moment along x: S^yy = S^zz. Q along x: P = 2 of the two; along y or z: one of them."""
    omega = np.array([60.0])
    inplane = [square_to_magnetic(CENTRE + d) for d in ([1, 0, 0.0], [0, 1, 0.0])]
    far = square_to_magnetic(CENTRE + np.array([0.0, 0.0, 3e3]))  # along z but for the cell
    ratio, structure = [], []
    for q in (*inplane, far):
        found = probe.neutron(SQUARE, q, omega, broadening=10.0)
        structure.append(3 * float(found["structure_factor"][0, 0]))
        ratio.append(float(found["neutron_intensity"][0, 0]) / structure[-1] / (CROSS_SECTION * 4))
    # Half the trace in S^yy and half in S^zz, so that P = 1 - Q_y^2/2Q^2 - Q_z^2/2Q^2.
    assert np.allclose(ratio, [1 - 0.25 / 2.5 / 2, 1 - 2.25 / 2.5 / 2, 0.5], atol=1e-6)
    assert np.allclose(structure, structure[0], rtol=1e-9)


def test_components_of_the_spin() -> None:
    q, omega = square_to_magnetic([0.45, 0.5, 0.2]), np.array([60.0])

    def seen(moment: object) -> float:
        found = probe.neutron(SQUARE, q, omega, broadening=10.0, moment=moment)
        return float(found["neutron_intensity"][0, 0])

    assert abs(seen([1, 0, 0])) < 1e-9 * seen([0, 0, 1]) and seen([0, 1, 0]) > 0


def test_form_factor_and_g() -> None:
    q, omega = square_to_magnetic([[0.5, 0.45, 0.0], [1.5, 0.45, 0.0]]), np.array([60.0])
    bare = probe.neutron(SQUARE, q, omega, broadening=10.0)
    with_ion = probe.neutron(SQUARE, q, omega, broadening=10.0, ion="Cu2+", g=2.2)
    Q = np.hypot([0.5, 1.5], 0.45) * 2 * np.pi / 3.8
    expected = probe.magnetic_form_factor("Cu2+", Q) ** 2 * 1.21
    assert np.allclose(
        with_ion["neutron_intensity"] / bare["neutron_intensity"], expected[:, None], rtol=1e-12
    )
    assert np.allclose(with_ion["structure_factor"], bare["structure_factor"]) and bare.attrs["g"] == 2.0


@pytest.mark.parametrize("oscillator", [False, True])
def test_detailed_balance(oscillator: bool) -> None:
    omega, kelvin = np.array([-50.0, -20.0, 0.0, 20.0, 50.0]), 300.0
    q = square_to_magnetic([[0.45, 0.5, 0.0], [-0.45, -0.5, 0.0]])
    found = probe.neutron(SQUARE, q, omega, broadening=10.0, temperature=kelvin, oscillator=oscillator)
    s = found["structure_factor"].values
    assert np.allclose(s[1, 1::-1], np.exp(-omega[3:] / (K_B * kelvin)) * s[0, 3:], rtol=1e-9)
    assert np.all(s > 0) and found.attrs["temperature_K"] == kelvin
    cold = probe.neutron(SQUARE, q, omega, broadening=10.0, oscillator=oscillator)["structure_factor"].values
    assert np.all(cold[:, :2] == 0)


def test_map_and_path_agree() -> None:
    options = {"broadening": 10.0, "resolution": 5.0, "q_resolution": (0.02, 0.02, 0.0)}
    found = probe.neutron_map(SQUARE, (0.8, 1.2, 5), (-0.1, 0.1, 3), 60.0, **options)
    line = probe.neutron(SQUARE, "(0.8,0.1)-(1.2,0.1)", np.array([60.0]), count=5, **options)
    assert np.allclose(found["neutron_map"].values[:, 2], line["neutron_intensity"].values[:, 0], rtol=1e-9)
    # Moments along z: S^xx = S^yy, and the map has the mirror plane of the lattice.
    upright = solve.spinwave(LATTICE, model.neel([0, 0, 1]))
    values = probe.neutron_map(upright, (0.8, 1.2, 5), (-0.1, 0.1, 3), 60.0, **options)["neutron_map"].values
    assert np.allclose(values[:, 0], values[:, 2], rtol=1e-6)


def chain(J_along: float = -2.0) -> object:
    """Ferromagnetic chains along x, spin 1/2: one-magnon weight S at every q, energies known."""
    bond = Bond(0, 0, (1, 0, 0), heisenberg(J_along))
    lattice = SpinLattice(np.diag([3.0, 4.0, 5.0]), np.zeros((1, 3)), [0.5], (bond,), field=[0, 0, 10.0])
    return solve.spinwave(lattice, [[0, 0, -1.0]], grid=(4, 1, 1))


def chain_average(x: np.ndarray, sigma: float, omega: np.ndarray, width: float) -> np.ndarray:
    """Brute-force Gaussian mean over h of the two Lorentzians of a chain magnon, Tr S."""
    h = x[:, None] + sigma * np.linspace(-6, 6, 3001)
    share = np.exp(-0.5 * np.linspace(-6, 6, 3001) ** 2)
    e = (2 * 5.7883818060e-2 * 10 + 2 * (1 - np.cos(2 * np.pi * h)))[..., None]
    line = width / np.pi * (1 / ((omega - e) ** 2 + width**2) - 1 / ((omega + e) ** 2 + width**2))
    return 0.5 * np.einsum("qow,o->qw", line, share) / share.sum()


@pytest.mark.parametrize("width, points", [(1.0, 25), (0.05, 100)])
def test_resolution_in_q_converges_for_sharp_lines(width: float, points: int) -> None:
    """A Gaussian mean, with as many points as the lines need."""
    x, fwhm, omega = np.array([0.2, 0.25, 0.3]), 0.1, np.linspace(0.3, 6, 120)
    q = np.stack([x, 0 * x, 0 * x], axis=1)
    found = probe.neutron(chain(), q, omega, broadening=width, q_resolution=(fwhm, 0.0, 0.0))
    expected = chain_average(x, fwhm / np.sqrt(8 * np.log(2)), omega, width)
    # The change at the last doubling is below the tolerance of 1 %, and the error falls faster than by half.
    assert np.max(np.abs(3 * found["structure_factor"].values - expected)) < 0.01 * expected.max()
    used = found.attrs["q_resolution_points"]
    assert (used <= points) if width == 1.0 else (used > points)


def test_resolution_about_a_path_and_as_a_covariance() -> None:
    """Along a path of chains only the width along them counts, whichever way it is said; what is uniform stays."""
    omega, fwhm = np.linspace(0.5, 6, 40), 0.08
    path = np.array([[0.2, 0.0, 0.0], [0.25, 0.0, 0.0], [0.3, 0.0, 0.0]])
    options = {"broadening": 0.3, "tolerance": 1e-3}
    unit = 2 * np.pi / 3.0
    ways = {
        "widths": (fwhm, 0.0, 0.0),
        "path": probe.MomentumResolution(along=fwhm * unit, across=0.3, vertical=0.2),
        "covariance": np.diag([fwhm**2, 0.0, 0.0]) / (8 * np.log(2)),
    }
    found = {
        name: probe.neutron(chain(), path, omega, q_resolution=way, **options)["structure_factor"].values
        for name, way in ways.items()
    }
    assert np.allclose(found["path"], found["widths"], atol=2e-3 * found["widths"].max())
    assert np.allclose(found["covariance"], found["widths"], rtol=1e-12)
    across = probe.MomentumResolution(across=0.3, vertical=0.2)
    sharp = probe.neutron(chain(), path, omega, broadening=0.3)["structure_factor"].values
    seen = probe.neutron(chain(), path, omega, q_resolution=across, **options)["structure_factor"].values
    assert np.allclose(seen, sharp, rtol=1e-9)  # normalised
    upright = np.array([[0.2, 0, 0.0], [0.2, 0, 0.5]])
    along_c = probe.neutron(
        chain(), upright, omega, q_resolution=probe.MomentumResolution(vertical=fwhm * unit), **options
    )["structure_factor"].values
    # A cut along c*: "vertical" is then along the first reciprocal vector.
    at = probe.neutron(chain(), path[:1], omega, q_resolution=(fwhm, 0, 0), **options)[
        "structure_factor"
    ].values
    assert np.allclose(along_c, at, rtol=1e-9)


def test_correlated_covariance() -> None:
    """A resolution along the diagonal leaves what depends on the other diagonal sharp."""
    state = solve.spinwave(
        SpinLattice(
            np.diag([3.0, 3.0, 5.0]),
            np.zeros((1, 3)),
            [0.5],
            (Bond(0, 0, (1, -1, 0), heisenberg(-2.0)),),
            field=[0, 0, 10.0],
        ),
        [[0, 0, -1.0]],
        grid=(4, 4, 1),
    )
    omega, q = np.linspace(0.5, 6, 40), [[0.2, 0.0, 0.0]]
    sharp = probe.neutron(state, q, omega, broadening=0.3)["structure_factor"].values
    for sign in (1.0, -1.0):
        spread = 0.03**2 * np.array([[1, sign, 0], [sign, 1, 0], [0, 0, 0.0]])
        seen = probe.neutron(state, q, omega, broadening=0.3, q_resolution=spread)["structure_factor"].values
        assert np.allclose(seen, sharp, rtol=1e-9) is (sign > 0)


def test_what_is_refused() -> None:
    q, omega = [0.2, 0.1, 0.0], np.array([20.0])
    electrons = solve.given_gap(
        model.Superconductor(model.square({(0, 0): 1.0, (1, 0): -1.0}), model.d_wave(0.7)), 2.0
    )
    with pytest.raises(InvalidInput, match="interaction"):
        probe.neutron(SQUARE, q, omega, broadening=1.0, interaction=1.0)
    with pytest.raises(InvalidInput, match="temperature"):
        probe.neutron(SQUARE, q, omega, broadening=1.0, temperature=-1.0)
    for wrong in ({"temperature": 4.0}, {"oscillator": True}):
        with pytest.raises(InvalidInput, match="electrons"):
            probe.neutron(electrons, q, omega, broadening=1.0, mesh=(4, 4), **wrong)
    with pytest.raises(InvalidInput, match="broadening"):
        probe.neutron(SQUARE, q, omega, broadening=0.0)
    for wrong in ([[1, 2, 0], [0, 1, 0], [0, 0, 1]], np.diag([1, -1, 0]), np.ones((2, 2))):
        with pytest.raises(InvalidInput, match="q_resolution"):
            probe.neutron(SQUARE, q, omega, broadening=1.0, q_resolution=wrong)
    with pytest.raises(InvalidInput, match="cut of one point"):
        probe.neutron(SQUARE, q, omega, broadening=1.0, q_resolution=probe.MomentumResolution(0.1))
    with pytest.raises(InvalidInput, match="stands still"):
        probe.neutron(SQUARE, [q, q], omega, broadening=1.0, q_resolution=probe.MomentumResolution(0.1))
    with pytest.raises(InvalidInput, match="a map has no path"):
        probe.neutron_map(
            SQUARE, (0, 1, 3), (0, 1, 3), 5.0, broadening=1.0, q_resolution=probe.MomentumResolution(0.1)
        )
    with pytest.raises(InvalidModel, match="along"):
        probe.MomentumResolution(along=-1.0)
    with pytest.raises(InvalidInput, match="tolerance"):
        probe.neutron(SQUARE, q, omega, broadening=1.0, tolerance=0.0)
    with pytest.raises(InvalidInput, match="still changes by"):
        probe.neutron(SQUARE, q, omega, broadening=1e-3, q_resolution=(0.2, 0.2, 0.2), tolerance=1e-6)
    mixed = SpinLattice(np.eye(3), [[0, 0, 0], [0.5, 0, 0]], [0.5, 0.5], (), g=[2.0, 1.0], field=[0, 0, 9.0])
    with pytest.raises(CannotProbe, match="one g factor"):
        probe.neutron(solve.spinwave(mixed, [[0, 0, -1.0]] * 2, grid=(1, 1, 1)), q, omega, broadening=1.0)


def test_one_way_magnons_have_no_thermal_limit() -> None:
    """Dzyaloshinskii-Moriya exchange along the moment: magnons of q and -q differ."""
    bond = Bond(0, 0, (1, 0, 0), heisenberg(-2.0, (0, 0, 0.5)))
    lattice = SpinLattice(np.eye(3), np.zeros((1, 3)), [0.5], (bond,), field=[0, 0, 10.0])
    state = solve.spinwave(lattice, [[0, 0, -1.0]], grid=(16, 1, 1))
    assert np.all(
        np.isfinite(probe.neutron(state, [0.2, 0, 0], np.array([2.0]), broadening=0.1)["structure_factor"])
    )
    with pytest.raises(InvalidInput, match="thermal limit"):
        probe.neutron(state, [0.2, 0, 0], np.array([2.0]), broadening=0.1, temperature=2.0)
    with pytest.raises(InvalidInput, match="different energies"):
        probe.neutron(state, [0.2, 0, 0], np.array([2.0]), broadening=0.1, oscillator=True)
