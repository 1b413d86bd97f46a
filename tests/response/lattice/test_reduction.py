"""Susceptibility with the point group beside the sum over every k and every q."""

import numpy as np
import pytest

from onnes import model, response, solve
from onnes.errors import InvalidInput
from onnes.model import Superconductor, TightBinding
from onnes.numerics import brillouin
from onnes.response.lattice.reduction import mesh_turn, reduction
from onnes.state import Outcome, Report, State

MESH = (8, 8, 1)
# general, on axes, on diagonals, special, between the points of the mesh, outside the first zone
SOME = np.array(
    [
        *[(i / 8, j / 8, 0.0) for i in range(8) for j in range(8)],
        *[(0.3, 0.0, 0.0), (0.0, 0.3, 0.0), (-0.3, 1.0, 0.0), (0.11, 0.27, 0.0), (0.27, -0.11, 0.2)],
        *[(0.2, 0.2, 0.0), (1.2, -0.2, 0.0), (0.2, 0.25, 0.0), (0.25, 0.8, 0.0)],
    ]
)
FEW = SOME[[0, 3, 24, 9, 36, 4, 10, 17, 64, 65, 67, 68, 69, 70]]


def metal(bands: TightBinding, kelvin: float) -> State:
    return State(bands, "bands", {"temperature": np.array([kelvin])}, Report(Outcome.CONVERGED))


def square_metal() -> State:
    return metal(model.square({(0, 0): 63.0, (1, 0): -100.0, (1, 1): 30.0}), 300.0)


def state(name: str) -> State:
    if name == "square":
        return square_metal()
    if name == "square d":
        return solve.given_gap(Superconductor(square_metal().model, model.d_wave(60.0)), 200.0)
    bands, pairing = name.split()
    made = model.bands(bands)
    if pairing == "metal":
        return metal(made, 300.0)
    gap = {"s+-": model.s_plus_minus, "d": model.d_wave}[pairing](80.0, made.n_orbitals)
    return solve.given_gap(Superconductor(made, gap), 200.0)


def both(made: State, q: np.ndarray, **options):
    options = {"broadening": 20.0, "mesh": MESH, **options}
    omega = options.pop("energy", np.array([-70.0, 30.0, 110.0]))
    return (response.susceptibility(made, q, omega, symmetry=use, **options) for use in (True, False))


def difference(used, plain) -> float:
    """Largest difference of any component over the largest component."""
    values = np.max(np.abs(used.values - plain.values)) / np.max(np.abs(plain.values))
    static = np.max(np.abs(used.static - plain.static)) / np.max(np.abs(plain.static))
    return float(max(values, static, np.max(np.abs(used.zz - plain.zz)) / np.max(np.abs(plain.zz))))


NAMES = [
    "square",
    "square d",
    "Raghu metal",
    "Raghu s+-",
    "Raghu d",
    "Graser metal",
    "Graser s+-",
    "Graser d",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_point_group_changes_nothing(name):
    """All components, all kinds of q: sums of the same numbers in another order, 1e-12 of the largest."""
    q = FEW if "Graser" in name else SOME
    used, plain = both(state(name), q)
    assert difference(used, plain) < 1e-12
    assert f"{len(q)} of {len(q)} q" in str(plain.estimate)
    if name == "square d":
        # of 64 points of an 8 x 8 mesh 15 are irreducible under 4mm; of the others (0.3, 0) and (0.11, 0.27),
        # (0.2, 0.2) and (0.2, 0.25)
        assert f"19 of {len(q)} q" in used.report.engine and "8 operations" in used.report.engine


@pytest.mark.parametrize("method", ["mask", "histogram"])
def test_both_methods(method):
    used, plain = both(state("Raghu s+-"), SOME[:20], method=method, energy=np.linspace(-50, 150, 15))
    assert difference(used, plain) < 1e-12


@pytest.mark.parametrize("name", ["square d", "Raghu s+-", "square"])
def test_refined_cells(name):
    """A cell and its image are refined alike, and so are levels that coincide (xz and yz at Gamma and M)."""
    used, plain = both(state(name), SOME[[0, 1, 9, 12, 33, 36, 64, 68]], refine=3, mesh=(10, 10, 1))
    assert difference(used, plain) < 1e-12


def test_bilayer_and_three_dimensions():
    """Sites at different heights; the body-centred crystal, whose axes are not at right angles (16 operations)."""
    gap = solve.given_gap(Superconductor(model.bands("Bi2212-bilayer"), model.d_wave(60.0, 2)), 200.0)
    used, plain = both(gap, SOME[:24] + np.array([0, 0, 0.3]))
    assert difference(used, plain) < 1e-12
    crystal = solve.given_gap(Superconductor(model.bands("Nd-LSCO"), model.d_wave(60.0)), 200.0)
    q = brillouin.mesh((4, 4, 4))
    used, plain = both(crystal, q, mesh=(4, 4, 4), energy=np.array([50.0]))
    assert difference(used, plain) < 1e-12 and "13 of 64 q" in used.report.engine


def test_a_mesh_that_breaks_the_symmetry_is_respected():
    """8 x 6 points have no fourfold rotation: 4 operations are left, named, and the sum is that of the mesh."""
    used, plain = both(state("square d"), SOME[[1, 3, 8, 24]], mesh=(8, 6, 1))
    assert difference(used, plain) < 1e-12
    assert (
        "4 operations" in used.report.engine
        and "order 4 about (0, 0, 1) (does not keep" in used.report.engine
    )


def test_hexagonal_cells_are_refined_without_the_operations_that_shear_them():
    """A triangular lattice: 6mm on the plain mesh, 2mm at most where cells are cut into parallelograms."""
    vectors = np.array([[1.0, 0, 0], [-0.5, 3**0.5 / 2, 0], [0, 0, 1]])
    cells = np.array([(1, 0, 0), (0, 1, 0), (1, 1, 0)])
    bands = TightBinding(vectors, np.concatenate([cells, -cells]), -100 * np.ones((6, 1, 1)))
    q = brillouin.mesh((6, 6))
    used, plain = both(metal(bands, 400.0), q, mesh=(6, 6, 1))
    assert difference(used, plain) < 1e-12 and "12 operations" in used.report.engine
    used, plain = both(metal(bands, 400.0), q[:8], mesh=(6, 6, 1), refine=2)
    assert difference(used, plain) < 1e-12 and "refined cells" in used.report.engine


@pytest.mark.parametrize(
    "q", [(0.0, 0.0, 0.0), (0.5, 0.5, 0.0), (0.25, 0.0, 0.0), (0.25, 0.25, 0.0), (0.125, 0.25, 0)]
)
def test_orbits_cover_the_mesh_once(q):
    """Sizes add up to the mesh, no k is in two orbits, and images of the representatives are all of it."""
    made = state("square d").model
    reduced = reduction(made, np.array([q]), MESH)
    little = reduced.little(0)
    shift = tuple(round(8 * x) if n > 1 else 0 for x, n in zip(q, MESH, strict=True))
    points, sizes = reduced.wedge(little, shift)
    assert sizes.sum() == 64 and len(points) >= 64 / (2 * len(little))
    steps = np.array(np.unravel_index(points, MESH)).T
    seen = set()
    for g in little:
        moved = steps @ mesh_turn(reduced.group.turns[g], MESH)
        for image in (moved, -moved - np.array(shift)):
            seen |= {tuple(row) for row in (image % np.array(MESH)).tolist()}
    assert len(seen) == 64


def test_little_groups_of_the_square():
    """Gamma and M: 8; X and the axes: 4 and 2; the diagonal: 2; elsewhere the identity alone."""
    points = np.array(
        [(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0), (0.2, 0, 0), (0.5, 0.2, 0), (0.2, 0.2, 0), (0.2, 0.1, 0)]
    )
    reduced = reduction(state("square d").model, points.astype(float), MESH)
    assert [len(reduced.little(i)) for i in range(len(points))] == [8, 8, 4, 2, 2, 2, 1]


def test_self_consistent_gap_keeps_its_group():
    """Iterated to 1e-10: the map keeps the symmetry of the seed, so that x and y bonds agree to rounding."""
    bands = model.square({(0, 0): 60.0, (1, 0): -100.0, (1, 1): 20.0})
    solved = solve.bdg(bands, model.attraction({(1, 0): 150.0}), 20.0, mesh=(16, 16))
    used, plain = both(solved, SOME[:20])
    assert "8 operations" in used.report.engine
    # the gap itself may depart from its group by 1e-11; the largest derivative is 1/eta
    assert difference(used, plain) < 1e-10


def test_no_wavevector_is_bad_input():
    with pytest.raises(InvalidInput, match="q of shape"):
        response.susceptibility(state("square d"), np.zeros((0, 3)), [1.0], broadening=1.0)


def test_time_falls_with_the_orders_of_the_little_groups():
    plain = response.susceptibility_estimate(5, True, (64, 64, 1), 4, 50)
    used = response.susceptibility_estimate(5, True, (64, 64, 1), 4, 50, orders=[16, 16])
    assert used.k_points == 64 * 64 // 16 + 1 and used.seconds < plain.seconds / 8
    assert used.transitions < plain.transitions / 7


def test_at_zero_temperature():
    """At T = 0 with a gap everywhere nothing is degenerate: the same equality."""
    gap = Superconductor(model.bands("Raghu"), model.s_plus_minus(100.0, 2))
    used, plain = both(solve.given_gap(gap, 0.0), SOME[:12])
    assert difference(used, plain) < 1e-12
