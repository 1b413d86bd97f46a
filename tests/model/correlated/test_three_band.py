"""The copper-oxygen cluster against the parameter set of the determinant Monte Carlo of the stripes papers."""

import numpy as np

import onnes as on

PHASES = {  # orbital a, orbital b, from cell, to cell: eV; cmendl/hubbard-dqmc, bin/sample_input_3band.txt
    (0, 1, (0, 0), (0, 0)): -1.13,
    (0, 2, (0, 0), (0, 0)): +1.13,
    (1, 2, (0, 0), (0, 0)): +0.49,
    (1, 0, (0, 0), (1, 0)): +1.13,
    (1, 2, (0, 0), (1, 0)): -0.49,
    (2, 0, (0, 0), (0, 1)): -1.13,
    (2, 1, (0, 0), (0, 1)): -0.49,
    (2, 1, (1, 0), (0, 1)): +0.49,
}
"""Its matrix adds these with a plus sign (src/kinetic.c), for holes: eps_p - eps_d = +3.24 eV without U/2."""


def published(lx, ly):
    """Return the one-particle matrix of the published phases, in meV, sites as in `three_band_cluster`."""
    h = np.zeros((3 * lx * ly,) * 2)
    for x in range(lx):
        for y in range(ly):
            for (a, b, (ax, ay), (bx, by)), value in PHASES.items():
                i = 3 * ((x + ax) % lx * ly + (y + ay) % ly) + a
                j = 3 * ((x + bx) % lx * ly + (y + by) % ly) + b
                h[i, j] += 1000 * value
                h[j, i] += 1000 * value
    return h + np.diag(np.tile([0.0, 3240.0, 3240.0], lx * ly))


def test_hopping_is_the_published_one_with_the_d_orbital_turned() -> None:
    turn = np.tile([-1.0, 1.0, 1.0], 16)
    cluster = on.model.three_band_cluster(4, 4)
    assert np.allclose(cluster.hopping, turn[:, None] * published(4, 4) * turn, atol=1e-9)


def test_undoped_plane_without_interaction() -> None:
    """Two holes on 2x2 cells fill the lowest level twice; most of the lowest band is copper."""
    levels, vectors = np.linalg.eigh(published(2, 2))
    model = on.model.Hubbard(on.model.three_band_cluster(2, 2), 0.0)
    state = on.solve.exact_diagonalisation(model, (1, 1), all_correlations=False)
    assert np.isclose(float(state["many_body_energy"]), 2 * levels[0], rtol=1e-12)
    assert levels[1] - levels[0] > 100  # a single level, so that its density is one
    assert np.allclose(state["site_occupation"], 2 * np.abs(vectors[:, 0]) ** 2, atol=1e-8)
    _, bands = np.linalg.eigh(published(4, 4))
    copper = (np.abs(bands[::3, :16]) ** 2).sum() / 16
    assert 0.5 < copper < 1
