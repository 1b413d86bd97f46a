"""Structure factors of lattices whose answer is known, of none, and of vortices in a film."""

import numpy as np
import pytest
from scipy.special import j0
from shapely import box

from onnes import model, probe
from onnes.errors import CannotProbe, InvalidInput
from onnes.probe.condensate.diffraction import diffraction
from onnes.units import PHI_0

NM = 1e-9


def lattice(a, b, half=90.0, shift=(1.3, 0.7)):
    """Return the points of a lattice within a square of half side ``half``."""
    n = np.arange(-60, 61)
    i, j = (v.ravel() for v in np.meshgrid(n, n))
    points = np.outer(i, a) + np.outer(j, b) + shift
    return points[(np.abs(points) < half).all(1)]


def measured(points, half=90.0):
    return diffraction(points, np.ones(len(points), int), box(-half, -half, half, half))


def turned(vector, angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]]) @ vector


LATTICES = {
    "triangular": ((12.0, 0.0), (6.0, 6.0 * np.sqrt(3)), np.pi / 3, 1.0),
    "square": ((11.0, 0.0), (0.0, 11.0), np.pi / 2, 1.0),
    "rectangular": ((10.0, 0.0), (0.0, 14.0), np.pi / 2, 1.4),
    "rhombic": ((12.0, 0.0), (12 * np.cos(1.2), 12 * np.sin(1.2)), 1.2, 1.0),
    "oblique": ((10.0, 0.0), (3.0, 13.0), np.arctan2(13, 3), np.hypot(3, 13) / 10),
}


@pytest.mark.parametrize("kind", LATTICES)
@pytest.mark.parametrize("turn", [0.0, 0.37])
def test_lattices(kind, turn):
    """A peak of N vortices lies where its slope vanishes, shifted by the tails of its neighbours: (a/L)^2/2 of G."""
    a, b, angle, aspect = LATTICES[kind]
    points = lattice(turned(a, turn), turned(b, turn))
    found = measured(points)
    error = (12 / 180) ** 2 / 2
    assert float(found["vortex_lattice_angle"]) == pytest.approx(angle, abs=3 * error)
    assert float(found["vortex_lattice_aspect"]) == pytest.approx(aspect, rel=3 * error)
    assert float(found["vortex_lattice_spacing"]) == pytest.approx(np.linalg.norm(a), rel=3 * error)
    assert found["peak_height"].values[:2] == pytest.approx(1.0, abs=0.02)


def test_bond_order():
    """One in the lattice of that symmetry, zero in the other; turning a lattice turns only the phase."""
    for turn in (0.0, 0.5):
        triangular = measured(lattice(turned((12.0, 0.0), turn), turned((6.0, 6 * np.sqrt(3)), turn)))
        square = measured(lattice(turned((11.0, 0.0), turn), turned((0.0, 11.0), turn)))
        for found, one, zero in ((triangular, "hexatic", "tetratic"), (square, "tetratic", "hexatic")):
            for prefix in ("", "local_"):
                assert float(found[f"{prefix}{one}_order"]) == pytest.approx(1, abs=1e-9)
                assert float(found[f"{prefix}{zero}_order"]) == pytest.approx(0, abs=1e-9)


def test_six_peaks_of_a_triangular_lattice():
    """|G| = 4 pi/(sqrt3 a), 60 degrees apart; half of the ring is listed."""
    found = measured(lattice((12.0, 0.0), (6.0, 6 * np.sqrt(3))))
    g = found["peak_qx"].values[:3] + 1j * found["peak_qy"].values[:3]
    assert np.abs(g) == pytest.approx(4 * np.pi / (np.sqrt(3) * 12), rel=5e-3)
    apart = np.diff(np.sort(np.angle(g)))
    assert apart == pytest.approx(np.pi / 3, abs=0.01)


def test_random_vortices_scatter_evenly():
    """S -> 1 away from q = 0: each independent q, some 2 widths apart, is exponential of mean 1."""
    points = np.random.default_rng(7).uniform(-90, 90, (300, 2))
    found = measured(points)
    q = np.hypot(*np.meshgrid(found["bragg_qx"], found["bragg_qy"]))
    ring = found["vortex_structure_factor"].values[q > 6 * 2 * np.pi / 180]
    independent = len(ring) / 2 / 25  # S(-q) = S(q), and five grid points to a width
    assert ring.mean() == pytest.approx(1, abs=4 / np.sqrt(independent))
    assert found.sizes["peak"] == 0 and np.isnan(float(found["vortex_lattice_angle"]))
    assert float(found["hexatic_order"]) < 0.15 < float(found["local_hexatic_order"])


def test_forward_scattering_is_the_number(bench):
    points = lattice((12.0, 0.0), (0.0, 12.0))
    found = measured(points)
    middle = found.sizes["bragg_qx"] // 2
    assert float(found["vortex_structure_factor"][middle, middle]) == pytest.approx(len(points))


def test_vortices_of_a_film(bench):
    """From psi to the peaks: positions err by a fifth of a nm in 60 at most."""
    film = bench.film(model.rectangle(400, 400))
    points = lattice((60.0, 0.0), (30.0, 30 * np.sqrt(3)), half=190.0)
    found = probe.bragg(bench.state(film, bench.wave(points)))
    assert float(found["vortex_lattice_angle"]) == pytest.approx(np.pi / 3, abs=0.03)
    assert float(found["vortex_lattice_spacing"]) == pytest.approx(60.0, rel=0.02)
    assert float(found["hexatic_order"]) > 0.99


def test_form_factor_of_a_vortex_in_a_disk(bench):
    """K = Phi_0/(pi mu0 Lambda r) out to R: F_B = Phi_0 (1 - J_0(qR))/(Lambda q A); the mesh errs as (qh)^2/4."""
    radius = 120.0
    disk = bench.film(model.disk(radius))
    state = bench.state(disk, lambda x, y: np.exp(1j * np.angle(x + 1j * y)))
    found = probe.form_factor(state, 0.1, points=41)
    qx, qy = np.meshgrid(found["bragg_qx"], found["bragg_qy"])
    q = np.hypot(qx, qy)
    q[20, 20] = np.inf
    area = np.pi * (radius * NM) ** 2
    expected = PHI_0 / (disk.pearl_length * NM * q / NM * area) * (1 - j0(np.where(q < 1, q, 0) * radius))
    error = np.abs(found["field_form_factor"].values - expected).max() / expected.max()
    assert error < (0.1 * 3.5) ** 2 / 4
    assert found["pair_form_factor"].values[20, 20] == pytest.approx(1, abs=1e-4)  # the mean of |psi|^2


def test_errors(bench):
    film = bench.film(model.rectangle(100, 100))
    with pytest.raises(InvalidInput, match="three"):
        probe.bragg(bench.state(film, bench.wave([[0.0, 0.0]])))
    three = bench.state(film, bench.wave([[0.0, 0.0], [25.0, 3.0], [-5.0, 28.0]]))
    with pytest.raises(InvalidInput, match="positive"):
        probe.bragg(three, reach=0.0)
    with pytest.raises(InvalidInput, match="momenta along each axis"):
        probe.bragg(three, reach=1e4)
    assert np.isnan(float(probe.bragg(three)["hexatic_order"]))
    for momentum, points in ((0.0, 11), (1.0, 10)):
        with pytest.raises(InvalidInput, match="odd"):
            probe.form_factor(three, momentum, points)
    bare = bench.state(film, bench.wave([[0.0, 0.0]]), without=("cell_weight",))
    for instrument in (lambda s: probe.bragg(s), lambda s: probe.form_factor(s, 0.1)):
        with pytest.raises(CannotProbe, match="cell_weight"):
            instrument(bare)
