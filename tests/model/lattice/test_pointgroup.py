"""Point groups found from tables: known groups, energies that obey them, symmetry broken by hand."""

import numpy as np
import pytest

from onnes import model
from onnes.model import Pairing, Superconductor, TightBinding, symmetry_group
from onnes.model.lattice.pointgroup import Symmetry, hopping_mismatch

SETS = [("Bi2212", 8), ("Raghu", 8), ("Graser", 8), ("Kuroki", 8), ("Bi2212-bilayer", 8), ("Nd-LSCO", 16)]


def turned_energies(made, group) -> float:
    """Largest |E(g k) - E(k)| over the largest energy."""
    matrix = made.bogoliubov if isinstance(made, Superconductor) else made.bloch
    k = np.random.default_rng(3).uniform(-0.5, 0.5, (20, 3))
    energy = np.linalg.eigvalsh(matrix(k))
    images = [np.linalg.eigvalsh(matrix(k @ turn)) for turn in group.turns]
    return max(float(np.max(np.abs(e - energy))) for e in images) / float(np.max(np.abs(energy)))


@pytest.mark.parametrize(("name", "order"), SETS)
def test_published_sets_have_the_group_of_their_lattice(name, order):
    """4mm in the plane; 4/mmm of body-centred tetragonal. Operations close, and each keeps the hoppings."""
    bands = model.bands(name)
    group = symmetry_group(bands)
    assert len(group) == order and group.operations[0].name == "identity"
    table = {g.tobytes() for g in group.lattice}
    assert len(table) == order
    assert all((a @ b).tobytes() in table for a in group.lattice for b in group.lattice)
    scale = np.max(np.abs(bands.hoppings))
    # by the check that loads the sets; rounding of the published numbers' sums
    assert max(hopping_mismatch(bands, g) for g in group.operations) < 1e-11 * scale
    assert turned_energies(bands, group) < 1e-12


def test_orbitals_turn_as_written_in_the_set():
    """xz -> yz, yz -> -xz under the fourfold rotation, up to the common sign."""
    published = next(s for s in model.band_set("Raghu").symmetries if "fourfold" in s.name)
    group = symmetry_group(model.bands("Raghu"))
    found = next(g for g in group.operations if np.allclose(g.rotation, published.rotation))
    sign = np.sign(found.representation[1, 0] * published.representation[1, 0]).real
    assert np.allclose(found.representation, sign * published.representation)


def test_a_d_wave_changes_sign_and_keeps_the_group():
    """Characters of B1g: the gauge is -1 for the fourfold rotations and the mirrors of the diagonals."""
    bands = model.bands("Bi2212")
    group = symmetry_group(Superconductor(bands, model.d_wave(30.0)))
    diagonal = [abs(g.rotation[0, 1]) > 0.5 for g in group.operations]
    assert len(group) == 8 and np.allclose(group.gauge, np.where(diagonal, -1, 1))
    assert np.allclose(symmetry_group(Superconductor(bands, model.s_plus_minus(9.0))).gauge, 1)
    # a chiral p+ip-like phase of d + id on a square keeps the rotations only where the weights agree: none but C2
    d = model.d_wave(30.0)
    mixed = {tuple(c): f for c, f in zip(d.cells.tolist(), d.form, strict=True)}
    for x, y in ((1, 1), (-1, -1)):
        mixed[(x, y, 0)], mixed[(x, -y, 0)] = 0.1j * np.eye(1), -0.1j * np.eye(1)
    chiral = Superconductor(bands, Pairing(30.0, np.array(list(mixed)), np.array(list(mixed.values()))))
    found = symmetry_group(chiral)
    # d (-1 under C4) and i d_xy (-1 under C4) share the gauge; the mirrors tell them apart
    assert len(found) == 4 and all(np.linalg.det(g.rotation) > 0 for g in found.operations)


def test_a_broken_symmetry_is_not_used_and_named():
    """Orthorhombic by 1e-9: 2mm is left, and by how much the others fail is said; pairs on x bonds: the same."""
    cells = np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    values = np.array([10.0, -100, -100, -100 * (1 + 1e-9), -100 * (1 + 1e-9)])
    bands = TightBinding(np.eye(3), cells, values[:, None, None].astype(complex))
    group = symmetry_group(bands)
    assert len(group) == 4 and len(group.missing) == 4
    assert any("order 4" in text for text in group.missing)
    # 1e-9 of the largest hopping, the larger one
    assert all("kept to 1.0e-09 only" in text for text in group.missing)
    nematic = symmetry_group(Superconductor(model.bands("Bi2212"), _p_shell()))
    assert len(nematic) == 4 and all("not a symmetry of the energies" in text for text in nematic.missing)


def _p_shell() -> Pairing:
    """Pairs on the x bonds only."""
    return Pairing(20.0, np.array([[1, 0, 0], [-1, 0, 0]]), np.ones((2, 1, 1)))


def test_operations_into_other_cells_are_named():
    """A hexagon turned by 60 degrees moves its atoms into different cells: energies are symmetric, U is not found."""
    graphene = symmetry_group(model.bands("graphene"))
    assert len(graphene) == 4 and turned_energies(model.bands("graphene"), graphene) < 1e-12
    assert len(graphene.missing) == 8 and all(
        "energies that no permutation" in text for text in graphene.missing
    )


def test_flat_axes_and_low_dimensions():
    chain = TightBinding(np.eye(3), [[1, 0, 0], [-1, 0, 0]], -np.ones((2, 1, 1)))
    assert len(symmetry_group(chain)) == 2
    atom = TightBinding(np.eye(3), [[0, 0, 0]], np.ones((1, 1, 1)))
    assert len(symmetry_group(atom)) == 1
    cells = np.array([s * e for e in np.eye(3, dtype=int) for s in (1, -1)])
    cubic = symmetry_group(TightBinding(np.eye(3), cells, -np.ones((6, 1, 1))))
    assert len(cubic) == 48 and len({g.name for g in cubic.operations}) > 15


def test_only_keeps_a_subgroup_and_says_why():
    group = symmetry_group(model.bands("Bi2212"))
    rotations = np.array([np.linalg.det(g.rotation) > 0 for g in group.operations])
    part = group.only(rotations, "for a test")
    assert len(part) == 4 and sum("for a test" in text for text in part.missing) == 4
    assert isinstance(part.operations[0], Symmetry) and len(part.turns) == 4
