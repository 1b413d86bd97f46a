"""The T-matrix against diagonalisation, sum rules, and what impurities do to s- and d-wave superconductors."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel
from onnes.numerics.brillouin import mesh

SQUARE = {(0, 0): 100.0, (1, 0): -100.0, (1, 1): 30.0}


def one_band(gap: on.model.Pairing | None = None) -> on.model.Superconductor:
    return on.model.Superconductor(on.model.square(SQUARE), gap or on.model.d_wave(40.0))


def two_orbitals() -> on.model.Superconductor:
    """Complex hoppings without inversion symmetry, so that no shortcut applies; s+- pairs."""
    cells = np.array([(0, 0, 0), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)])
    right = np.array([[-90.0, 20.0 + 15.0j], [5.0, 60.0]])
    up = np.array([[-70.0, 10.0j], [30.0, 40.0]])
    home = np.array([[20.0, 12.0 - 7.0j], [12.0 + 7.0j, -35.0]])
    hoppings = np.array([home, right, right.conj().T, up, up.conj().T])
    bands = on.model.TightBinding(np.eye(3), cells, hoppings, ("a", "b"))
    return on.model.Superconductor(bands, on.model.s_plus_minus(25.0, 2))


def brute_force(host: on.model.Superconductor, shape: tuple[int, int], impurities) -> np.ndarray:
    """Return H_BdG cell by cell, from the definitions of the models."""
    n, cells = host.bands.n_orbitals, shape[0] * shape[1]
    h, d = np.zeros((cells * n,) * 2, complex), np.zeros((cells * n,) * 2, complex)

    def at(x: int, y: int) -> slice:
        first = ((x % shape[0]) * shape[1] + y % shape[1]) * n
        return slice(first, first + n)

    def one(x: int, y: int, orbital: int) -> int:
        return at(x, y).start + orbital

    for x in range(shape[0]):
        for y in range(shape[1]):
            for r, t in zip(host.bands.cells, host.bands.hoppings, strict=True):
                h[at(x, y), at(x + r[0], y + r[1])] += t
            for r, f in zip(host.pairing.cells, host.pairing.form, strict=True):
                d[at(x, y), at(x + r[0], y + r[1])] += host.pairing.amplitude * f
    for i in impurities:
        x, y, _ = i.site
        if i.kind == "potential":
            h[one(x, y, i.orbital), one(x, y, i.orbital)] += i.potential
        elif i.kind == "bond":
            a, b = one(x, y, i.orbital), one(x + i.bond[0], y + i.bond[1], i.orbital)
            h[a, b] += i.potential
            h[b, a] += i.potential
        else:
            for r, f in zip(host.pairing.cells, host.pairing.form, strict=True):
                d[at(x, y), at(x + r[0], y + r[1])] += i.potential * f
                if np.any(r):
                    d[at(x - r[0], y - r[1]), at(x, y)] += i.potential * f
    return np.block([[h, d], [d.conj().T, -h.conj()]])


DEFECTS = {
    "none": (),
    "one": (on.model.Impurity(500.0, (3, 2)),),
    "two near": (on.model.Impurity(500.0, (0, 0)), on.model.Impurity(-200.0, (0, 1))),
    "gap": (on.model.Impurity(30.0, (5, 6), "gap"),),
    "bond": (on.model.Impurity(50.0, (7, 3), "bond"),),
    "all": (
        on.model.Impurity(500.0, (0, 0)),
        on.model.Impurity(20.0, (1, 0), "gap"),
        on.model.Impurity(40.0, (7, 6), "bond", bond=(0, 1)),
    ),
}


@pytest.mark.parametrize("host", [one_band, two_orbitals])
@pytest.mark.parametrize("name", DEFECTS)
def test_against_diagonalisation(host, name: str) -> None:
    model, shape, eta = host(), (8, 7), 5.0
    energy = np.linspace(-250, 250, 21)
    state = on.solve.impurity(model, DEFECTS[name], mesh=shape, energy=energy, broadening=eta)
    assert all(check.passed for check in state.report.checks)
    found = on.probe.ldos(state)["ldos"].values
    e, v = np.linalg.eigh(brute_force(model, shape, DEFECTS[name]))
    n = model.bands.n_orbitals
    weight = np.sum(np.abs(v[: len(v) // 2].reshape(*shape, n, -1)) ** 2, axis=2)
    exact = np.einsum("wn,xyn->wxy", eta / np.pi / ((energy[:, None] - e) ** 2 + eta**2), weight)
    # Rounding: V g of order ten to a hundred, eigenvalues to 1e-13 of the band width over eta.
    assert np.max(np.abs(found - exact)) < 1e-10 * np.max(exact)


def test_orbital_of_an_impurity() -> None:
    """A potential on one orbital, seen by a tip over the other one."""
    model, shape, eta, energy = two_orbitals(), (6, 6), 5.0, np.linspace(-100, 100, 5)
    defect = (on.model.Impurity(300.0, (2, 1), orbital=1),)
    state = on.solve.impurity(model, defect, mesh=shape, energy=energy, broadening=eta)
    e, v = np.linalg.eigh(brute_force(model, shape, defect))
    line = eta / np.pi / ((energy[:, None] - e) ** 2 + eta**2)
    for orbital in (0, 1):
        found = on.probe.ldos(state, tip=on.probe.Tip(orbital=orbital))["ldos"].values
        weight = np.abs(v[: len(v) // 2].reshape(*shape, 2, -1)[:, :, orbital]) ** 2
        assert np.allclose(found, np.einsum("wn,xyn->wxy", line, weight), rtol=1e-10)


def test_every_site_holds_one_state() -> None:
    """int rho(r, omega) d omega = 1. With omega = s tan(theta) the integrand is smooth and periodic."""
    theta = (np.arange(400) + 0.5) / 400 * np.pi - np.pi / 2
    scale = 300.0
    state = on.solve.impurity(
        one_band(), DEFECTS["all"], mesh=(8, 7), energy=scale * np.tan(theta), broadening=60.0
    )
    rho = on.probe.ldos(state)["ldos"].values
    total = np.tensordot(scale / np.cos(theta) ** 2 * np.pi / 400, rho, axes=(0, 0))
    # The midpoint rule converges as exp(-2 n Im theta) with Im theta about eta/s (1 + (W/s)^2)^-1 = 0.05.
    assert np.max(np.abs(total - 1)) < 1e-9


def test_friedel_sum_rule() -> None:
    """sum_r [rho - rho_0] = -(1/pi) Im d/dz ln(1 - V g(z)) in a normal metal."""
    bands, shape, v, eta = on.model.square(SQUARE), (10, 10), 180.0, 8.0
    energy = np.linspace(-300, 500, 33)
    clean, dirty = (
        on.probe.ldos(on.solve.impurity(bands, i, mesh=shape, energy=energy, broadening=eta))["ldos"].values
        for i in ((), (on.model.Impurity(v, (4, 4)),))
    )
    z = energy[:, None] + 1j * eta
    poles = 1 / (z - bands.bloch(mesh(shape))[:, 0, 0].real)
    exact = -(v * np.mean(poles**2, axis=1) / (1 - v * np.mean(poles, axis=1))).imag / np.pi
    assert np.allclose((dirty - clean).sum(axis=(1, 2)), exact, atol=1e-12)


def test_unitary_scatterer_in_a_half_filled_d_wave_superconductor() -> None:
    """Particle-hole symmetry of the whole map, and a resonance at zero energy that a weaker potential moves away."""
    bands = on.model.square({(0, 0): 0.0, (1, 0): -100.0})
    host = on.model.Superconductor(bands, on.model.d_wave(60.0))
    energy = np.linspace(-30, 30, 61)

    def neighbour(v: float) -> np.ndarray:
        state = on.solve.impurity(host, [on.model.Impurity(v)], mesh=(62, 62), energy=energy, broadening=4.0)
        return on.probe.ldos(state)["ldos"].values

    unitary = neighbour(1e9)
    # The asymmetry is of first order in 1/(V g), 1e-7 here.
    assert np.max(np.abs(unitary - unitary[::-1])) < 1e-6 * np.max(unitary)
    assert energy[np.argmax(unitary[:, 1, 0])] == 0.0
    assert unitary[30, 1, 0] > 5 * unitary[30, 31, 31]
    assert np.max(np.abs(unitary[:, 0, 0])) < 1e-12  # nothing enters the site itself
    weaker = neighbour(300.0)
    assert abs(energy[np.argmax(weaker[:, 1, 0])]) > 3.0
    # The opposite potential is the mirror image: c_r -> (-1)^r c†_r turns V into -V.
    assert np.allclose(weaker, neighbour(-300.0)[::-1], atol=1e-10 * weaker.max())


def test_potential_scattering_leaves_an_s_wave_gap_empty() -> None:
    """Anderson's theorem for one defect: below the gap the density is broadening alone, proportional to eta."""
    host = one_band(on.model.s_wave(40.0))

    def inside(eta: float) -> np.ndarray:
        energy = np.linspace(-20, 20, 21)
        state = on.solve.impurity(
            host, [on.model.Impurity(1000.0)], mesh=(24, 24), energy=energy, broadening=eta
        )
        return on.probe.ldos(state)["ldos"].values

    # Corrections are of relative order (eta/(Delta - omega))^2 = 2.5e-5.
    assert np.allclose(inside(0.1), 2 * inside(0.05), rtol=1e-4, atol=1e-12)


def test_translation() -> None:
    energy = np.array([-13.0, 22.0])
    here, there = (
        on.probe.ldos(
            on.solve.impurity(
                one_band(), [on.model.Impurity(300.0, site)], mesh=(9, 8), energy=energy, broadening=3.0
            )
        )["ldos"].values
        for site in ((0, 0), (4, 5))
    )
    assert np.allclose(np.roll(here, (4, 5), axis=(1, 2)), there, atol=1e-14)


def test_layers() -> None:
    """A stack of uncoupled planes: the defect is seen in its own plane only."""
    defect, energy = [on.model.Impurity(300.0, (1, 2, 1))], np.array([10.0])
    stack = on.solve.impurity(one_band(), defect, mesh=(6, 6, 3), energy=energy, broadening=4.0)
    plane = on.solve.impurity(
        one_band(), [on.model.Impurity(300.0, (1, 2))], mesh=(6, 6), energy=energy, broadening=4.0
    )
    clean = on.solve.impurity(one_band(), [], mesh=(6, 6), energy=energy, broadening=4.0)
    values = [on.probe.ldos(stack, layer=i)["ldos"].values for i in range(3)]
    assert np.allclose(values[1], on.probe.ldos(plane)["ldos"].values, rtol=1e-10)
    for other in (values[0], values[2]):
        assert np.allclose(other, on.probe.ldos(clean)["ldos"].values, rtol=1e-10)


def test_what_is_refused() -> None:
    with pytest.raises(InvalidModel, match="site"):
        on.solve.impurity(
            one_band(), [on.model.Impurity(1.0, (9, 0))], mesh=(8, 8), energy=[0.0], broadening=1.0
        )
    with pytest.raises(InvalidInput, match="broadening"):
        on.solve.impurity(one_band(), [], mesh=(8, 8), energy=[0.0], broadening=-1.0)
    with pytest.raises(InvalidInput, match="host"):
        on.solve.impurity("Bi2212", [], mesh=(8, 8), energy=[0.0], broadening=1.0)


def test_state_survives_its_file(tmp_path) -> None:
    """A T-matrix read back from its file gives the same map, bit by bit."""
    state = on.solve.impurity(one_band(), DEFECTS["all"], mesh=(8, 7), energy=[-20.0, 5.0], broadening=3.0)
    back = on.load(on.save(state, tmp_path / "t.nc"))
    assert np.array_equal(on.probe.ldos(back)["ldos"], on.probe.ldos(state)["ldos"])
