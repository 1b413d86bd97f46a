"""Quadrupole operators of d orbitals and the vertices they make."""

import numpy as np
import pytest

from onnes import model
from onnes.errors import InvalidInput, InvalidModel
from onnes.model.lattice.quadrupole import D_ORBITALS, QUADRUPOLES, _angular_momentum


def test_angular_momentum_algebra() -> None:
    lx, ly, lz = _angular_momentum()
    for a, b, c in ((lx, ly, lz), (ly, lz, lx), (lz, lx, ly)):
        assert np.allclose(a @ b - b @ a, 1j * c, atol=1e-14)
        # Real orbitals: l is imaginary and antisymmetric.
        assert np.allclose(a.real, 0, atol=1e-15)
    assert np.allclose(lx @ lx + ly @ ly + lz @ lz, 6 * np.eye(5), atol=1e-14)


def test_operators_are_five_traceless_orthogonal_matrices() -> None:
    matrices = np.array([model.d_quadrupole(name) for name in QUADRUPOLES])
    assert np.allclose(matrices, matrices.swapaxes(1, 2))
    assert np.allclose(np.trace(matrices, axis1=1, axis2=2), 0, atol=1e-14)
    assert np.allclose(np.max(np.abs(matrices), axis=(1, 2)), 1)
    overlaps = np.einsum("iab,jab->ij", matrices, matrices)
    assert np.allclose(overlaps, np.diag(np.diag(overlaps)), atol=1e-14)


def test_a_quadrupole_has_the_parity_of_its_orbital() -> None:
    """x -> -x changes the sign of xz and xy, of the orbitals as of the operators."""
    parity = {"xz": -1, "yz": 1, "x2-y2": 1, "xy": -1, "3z2-r2": 1}
    mirror = np.diag([parity[o] for o in D_ORBITALS])
    for name in QUADRUPOLES:
        matrix = model.d_quadrupole(name)
        assert np.allclose(mirror @ matrix @ mirror, parity[name] * matrix, atol=1e-14)


def test_upper_case_and_subsets() -> None:
    full, part = model.d_quadrupole("xz"), model.d_quadrupole("xz", ("YZ", "XY"))
    assert part[0, 1] == full[1, 3] and part.shape == (2, 2)


def test_attraction_enters_charges_only_and_as_twice_the_ring() -> None:
    coulomb = model.HubbardKanamori.rotational(1000.0, 100.0)
    operators = np.array([model.d_quadrupole("xz"), model.d_quadrupole("yz")])
    phonons = model.QuadrupolePhonons(coulomb, 50.0, operators)
    assert np.array_equal(phonons.spin_vertex(5), coulomb.spin_vertex(5))
    added = (phonons.charge_vertex(5) - coulomb.charge_vertex(5)).reshape(5, 5, 5, 5)
    assert added[0, 2, 1, 3] == pytest.approx(-2 * 50.0 * operators[0, 0, 2] * operators[0, 1, 3])
    # The charge of one orbital: -(g/2) n^2 has the ring vertex -2g for chi0 of one spin.
    one = model.QuadrupolePhonons(model.HubbardKanamori(0.0, 0.0), 7.0, np.ones((1, 1, 1)))
    assert one.charge_vertex(1)[0, 0] == -14.0


def test_errors() -> None:
    coulomb = model.HubbardKanamori(100.0, 100.0)
    with pytest.raises(InvalidInput, match="not a quadrupole"):
        model.d_quadrupole("zz")
    with pytest.raises(InvalidInput, match="not a d orbital"):
        model.d_quadrupole("xz", ("s",))
    with pytest.raises(InvalidModel, match="coupling"):
        model.QuadrupolePhonons(coulomb, -1.0, np.ones((1, 1, 1)))
    with pytest.raises(InvalidModel, match="symmetric"):
        model.QuadrupolePhonons(coulomb, 1.0, np.array([[[0.0, 1.0], [0.0, 0.0]]]))
    with pytest.raises(InvalidModel, match="operators"):
        model.QuadrupolePhonons(coulomb, 1.0, np.ones((2, 2)))
    with pytest.raises(InvalidModel, match="matrices of 2 orbitals"):
        model.QuadrupolePhonons(coulomb, 1.0, np.ones((1, 1, 1))).charge_vertex(2)
    with pytest.raises(InvalidModel, match="interaction"):
        model.CorrelatedBands(model.square({(1, 0): -1.0}), 3.0)
