"""Magnetic flux through a torus: the flux of every loop, and the levels of one electron in a field."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidModel


def loop(h, sites):
    """Return the phase that an electron collects along closed ``sites``, of amplitudes -t."""
    return np.angle(np.prod([-h[b, a] for a, b in zip(sites, sites[1:] + sites[:1], strict=True)]))


@pytest.mark.parametrize(("lx", "ly", "flux"), [(4, 4, 1), (3, 5, -2), (4, 3, 7), (4, 4, 4), (5, 4, 13)])
def test_every_loop_encloses_its_flux(lx, ly, flux) -> None:
    """2 pi phi around each plaquette, pi phi around each triangle of a diagonal hop, boundary or not."""
    h = on.model.square_cluster(lx, ly, 1.0, 0.3, flux=flux, twist=(0.4, -0.9)).hopping
    phi = flux / (lx * ly)
    for x in range(lx):
        for y in range(ly):
            a, b, c, d = ((x + dx) % lx * ly + (y + dy) % ly for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1)))
            assert np.isclose(np.exp(1j * loop(h, [a, b, c, d])), np.exp(2j * np.pi * phi))
            for corner in ([a, b, c], [b, c, d], [c, d, a], [d, a, b]):
                assert np.isclose(np.exp(1j * loop(h, corner)), np.exp(1j * np.pi * phi))


def test_a_twist_is_the_flux_through_the_hole() -> None:
    """Without field: the phase once around each side. With field: it turns by 2 pi phi lx from row to row."""
    lx, ly, twist, flux = 4, 3, (0.4, -0.9), 2
    for quanta in (0, flux):
        h = on.model.square_cluster(lx, ly, 1.0, twist=twist, flux=quanta).hopping
        along = [loop(h, [x * ly + y for x in range(lx)]) for y in range(ly)]
        turn = 2 * np.pi * quanta / (lx * ly) * lx
        assert np.allclose(np.exp(1j * np.diff(along)), np.exp(-1j * turn))
        assert np.isclose(np.exp(1j * along[0]), np.exp(1j * twist[0]))
        assert np.isclose(np.exp(1j * loop(h, [0, 1, 2])), np.exp(1j * twist[1]))


@pytest.mark.parametrize(
    ("lx", "ly", "p", "q"), [(6, 4, 1, 3), (4, 4, 1, 4), (6, 3, 1, 2), (5, 5, 2, 5), (8, 3, 3, 8)]
)
def test_levels_of_one_electron_are_harpers(lx, ly, p, q) -> None:
    """-t (f_{m+1} + f_{m-1}) - 2t cos(2 pi p m/q - ky) f_m = E f_m, with Bloch's condition over q columns."""
    quanta = p * lx * ly // q
    found = np.linalg.eigvalsh(on.model.square_cluster(lx, ly, 1.0, flux=quanta).hopping)
    expected = []
    for ky in 2 * np.pi * np.arange(ly) / ly:
        for step in range(lx // q):
            h = np.diag(-2 * np.cos(2 * np.pi * p / q * np.arange(q) - ky)).astype(complex)
            for m in range(q):
                across = np.exp(2j * np.pi * step * q / lx) if m == q - 1 else 1.0
                h[(m + 1) % q, m] -= across
                h[m, (m + 1) % q] -= np.conj(across)
            expected.extend(np.linalg.eigvalsh(h))
    assert np.allclose(found, np.sort(expected), atol=1e-12)


def test_translations_are_those_that_commute() -> None:
    """phi = 1/4 on 8x4: columns repeat every four cells, rows every one; the levels sort by their wavevectors."""
    cluster = on.model.square_cluster(8, 4, 1.0, flux=8)
    assert len(cluster.translations) == 2 * 4
    assert len(on.model.square_cluster(4, 4, 1.0, flux=1).translations) == 1
    assert (
        len(on.model.square_cluster(4, 4, 1.0, flux=16).translations) == 16
    )  # a quantum a plaquette is none
    found = []
    for q in range(8):
        part = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, 0.0), (1, 0), momentum=q)
        found.append(part["many_body_levels"])
        assert len(found[-1]) == 4
    assert np.allclose(np.sort(np.concatenate(found)), np.linalg.eigvalsh(cluster.hopping), atol=1e-12)


def test_a_quantum_through_each_plaquette_is_none() -> None:
    plain = on.model.square_cluster(4, 3, 1.0).hopping
    full = on.model.square_cluster(4, 3, 1.0, flux=12).hopping
    assert np.allclose(np.linalg.eigvalsh(full), np.linalg.eigvalsh(plain), atol=1e-12)
    one, other = (on.model.square_cluster(4, 3, 1.0, flux=f).hopping for f in (5, -5))
    assert np.allclose(
        np.linalg.eigvalsh(one), np.linalg.eigvalsh(other), atol=1e-12
    )  # the field turned round


@pytest.mark.parametrize(
    "make",
    [
        lambda: on.model.square_cluster(4, 4, 1.0, flux=0.5),
        lambda: on.model.square_cluster(2, 4, 1.0, flux=1),
        lambda: on.model.square_cluster(4, 4, 1.0, 0.0, 0.1, flux=1),
        lambda: on.model.square_cluster(4, 4, 1.0, flux=1, twist=(1.0,)),
        lambda: on.model.square_cluster(0, 4, 1.0, flux=1),
    ],
)
def test_what_cannot_be_is_refused(make) -> None:
    with pytest.raises(InvalidModel):
        make()
