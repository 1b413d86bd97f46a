"""Chern numbers of chiral superconductors and of bands."""

import numpy as np
import pytest

from onnes import model, response, solve
from onnes.errors import InvalidInput
from onnes.state import Outcome, Report, State

MESH = (48, 48)


def square(level):
    return model.square({(0, 0): level, (1, 0): -100.0})


def chern(pairing, bands, mesh=MESH):
    return response.chern_number(
        solve.given_gap(model.SpinfulSuperconductor(model.with_spin(bands), pairing), 1.0), mesh=mesh
    )


def one_spin(level, sense=1):
    """Spins down alone at the Fermi level, 2000 meV split by the field; d in the plane pairs parallel spins."""
    field = model.with_spin(square(level + 1000.0)).in_field((0, 0, 2000.0 / 0.1157676))
    return field, model.chiral_p_wave(60.0, d=(1.0, 0, 0), sense=sense)


def test_chiral_pairs_of_one_spin_have_one_majorana_mode():
    """p + ip: +-1 with the Fermi surface around Gamma, -+1 around M, none without."""
    results = {}
    for level in (-600.0, -150.0, 150.0, 600.0):
        bands, pairing = one_spin(level)
        results[level] = chern(pairing, bands)
    assert results[-600.0] == results[600.0] == 0  # empty or full: strong pairing
    assert abs(results[150.0]) == 1 and results[-150.0] == -results[150.0]
    bands, pairing = one_spin(150.0, sense=-1)
    assert chern(pairing, bands) == -results[150.0]


def test_the_weak_pairing_invariant_counts_the_winding_of_the_gap():
    """C = sum over bands of the winding of Delta around the Fermi line times the sign of xi inside; here two spins."""
    bands = square(150.0)
    assert chern(model.chiral_p_wave(60.0), bands) == -chern(model.chiral_p_wave(60.0, sense=-1), bands)
    assert abs(chern(model.chiral_p_wave(60.0), bands)) == 2
    # helical: a Kramers pair of opposite windings
    assert chern(model.helical(60.0), bands) == 0
    # d + id: winding two for each spin, and the reduced matrix counts one of them
    d = model.d_wave(60.0)
    cells = np.concatenate([d.cells, [[1, 1, 0], [-1, -1, 0], [1, -1, 0], [-1, 1, 0]]])
    form = np.concatenate([d.form, 0.25j * np.array([-1, -1, 1, 1])[:, None, None]])
    plain = model.Superconductor(bands, model.Pairing(60.0, cells, form, "d + id"))
    reduced = response.chern_number(solve.given_gap(plain, 1.0), mesh=MESH)
    full = response.chern_number(solve.given_gap(model.spinful(plain), 1.0), mesh=MESH)
    assert abs(reduced) == 2 and full == 2 * reduced


def test_it_does_not_depend_on_the_mesh():
    assert {
        chern(model.chiral_p_wave(60.0), square(150.0), mesh) for mesh in ((40, 40), (48, 61), (64, 64))
    } in (
        {2},
        {-2},
    )


def test_sign_of_a_known_model():
    """h = sin kx s_x + sin ky s_y + (m - cos kx - cos ky) s_z: the curvature is that of its unit vector.

    With A = <u|grad u> the upper level of h = n.s, (cos t/2, e^{ip} sin t/2), has the flux curl A/i of half the solid
    angle of n: C is the degree of the map n(k), (1/4 pi) int n.(dx n x dy n), and minus the degree for the lower level.
    """
    sx, sy, sz = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    cells = [(0, 0, 0), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)]
    hop = [1.0 * sz, -0.5j * sx - 0.5 * sz, 0.5j * sx - 0.5 * sz, -0.5j * sy - 0.5 * sz, 0.5j * sy - 0.5 * sz]
    bands = model.TightBinding(np.eye(3), cells, np.array(hop), ("a", "b"))
    state = State(bands, "bands", {"temperature": np.array([1.0])}, Report(Outcome.CONVERGED))
    found = response.chern_number(state, levels=1, mesh=(32, 32))
    k = 2 * np.pi * np.arange(200) / 200
    kx, ky = np.meshgrid(k, k, indexing="ij")
    n = np.array([np.sin(kx), np.sin(ky), 1 - np.cos(kx) - np.cos(ky)])
    n /= np.linalg.norm(n, axis=0)
    slope = [(np.roll(n, -1, a) - np.roll(n, 1, a)) / 2 for a in (1, 2)]
    degree = np.sum(n * np.cross(*slope, axis=0)) / (4 * np.pi)
    assert abs(degree) == pytest.approx(
        1.0, abs=1e-2
    )  # differences of step 2 pi/200: (2 pi/200)^2 times a few
    assert found == -round(degree)
    # both levels together are trivial: the other one has the opposite number
    flipped = model.TightBinding(np.eye(3), cells, -np.array(hop), ("a", "b"))
    other = State(flipped, "bands", {"temperature": np.array([1.0])}, Report(Outcome.CONVERGED))
    assert response.chern_number(other, levels=1, mesh=(32, 32)) == -found


def test_what_is_refused():
    bands = square(150.0)
    with pytest.raises(InvalidInput, match="a finer mesh"):
        chern(model.chiral_p_wave(1.0), bands, (16, 16))
    with pytest.raises(InvalidInput, match="a node of the gap"):
        chern(model.f_wave(60.0), bands)
    with pytest.raises(InvalidInput, match="touch"):
        chern(model.s_wave(0.0), model.square({(0, 0): 0.0, (1, 0): 0.0}))
    metal = State(bands, "bands", {"temperature": np.array([1.0])}, Report(Outcome.CONVERGED))
    with pytest.raises(InvalidInput, match="levels="):
        response.chern_number(metal)
    with pytest.raises(InvalidInput, match="levels = 4"):
        response.chern_number(solve.given_gap(model.Superconductor(bands, model.s_wave(1.0)), 1.0), levels=4)
    with pytest.raises(InvalidInput, match="two numbers"):
        chern(model.chiral_p_wave(60.0), bands, (8,))
