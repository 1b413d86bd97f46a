"""Promises about memory: the bound is stated before, holds for every method, and does not grow with a mesh."""

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from onnes import model, response, solve
from onnes.errors import InvalidInput
from onnes.model import Superconductor, TightBinding
from onnes.numerics import brillouin
from onnes.response.lattice.energetics import blocks, occupied
from onnes.response.lattice.estimate import ZONE_BLOCK, zone_block, zone_memory
from onnes.solve.lattice.gap_kernel import pair_bubble
from onnes.state import Outcome, Report, State

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
HOT = 20_000.0
"""K: no transition is blocked, so that every array has its full length."""


def peak(run: Callable[[], object]) -> tuple[float, object]:
    """Return the bytes that Python and NumPy held at most beyond those at the start, and the result."""
    tracemalloc.start()
    try:
        result = run()
        return float(tracemalloc.get_traced_memory()[1]), result
    finally:
        tracemalloc.stop()


def hot(name: str, mode: str) -> State:
    bands = model.bands(name)
    if mode == "metal":
        return State(bands, "bands", {"temperature": np.array([HOT])}, Report(Outcome.CONVERGED))
    return solve.given_gap(Superconductor(bands, model.s_plus_minus(50.0, bands.n_orbitals)), HOT)


@pytest.mark.parametrize(
    ("name", "mode", "mesh"),
    [
        ("Bi2212", "gap", (128, 128)),
        ("Raghu", "gap", (40, 40)),
        ("Graser", "gap", (8, 8)),
        ("Graser", "metal", (16, 16)),
        ("Nd-LSCO", "gap", (16, 16, 16)),
    ],
)
@pytest.mark.parametrize(
    ("method", "q"), [("mask", (0.25, 0, 0)), ("histogram", (0.25, 0, 0)), ("histogram", (0.2513, 0.03, 0))]
)
def test_a_susceptibility_stays_below_its_estimate(name, mode, mesh, method, q):
    """On the mesh (levels kept) and off it (found again), every transition open, blocks full."""
    options = {"broadening": 10.0, "mesh": mesh, "method": method}
    used, chi = peak(
        lambda: response.susceptibility(hot(name, mode), [q], np.linspace(0, 300, 15), **options)
    )
    assert used < chi.estimate.memory


def test_refined_cells_and_many_energies_are_counted():
    state = hot("Bi2212", "gap")
    used, chi = peak(
        lambda: response.susceptibility(
            state, [(0.5, 0.25, 0)], np.linspace(0, 300, 30), broadening=10.0, mesh=(64, 64), refine=2
        )
    )
    assert used < chi.estimate.memory
    used, chi = peak(
        lambda: response.susceptibility(
            state, [(0.5, 0.25, 0)], np.linspace(0, 400, 1000), broadening=0.5, mesh=(16, 16)
        )
    )
    # a thousand energies on thousands of nodes: the kernel is most of it, and the bound is not a loose one
    assert chi.estimate.memory / 3 < used < chi.estimate.memory


def test_a_map_holds_its_results_once():
    """Images are turned into their place one by one: the results of 576 q are there once."""
    state, q = hot("Raghu", "gap"), brillouin.mesh((24, 24))
    options = {"broadening": 20.0, "mesh": (24, 24)}
    used, chi = peak(lambda: response.susceptibility(state, q, np.linspace(0, 400, 40), **options))
    results = chi.values.nbytes + chi.static.nbytes
    assert results < used < chi.estimate.memory


LAYERED = TightBinding(
    np.eye(3),
    [[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]],
    np.array([60.0, -100, -100, -100, -100, -10, -10])[:, None, None],
)
SUMS = {
    "plane": (model.square({(0, 0): 60.0, (1, 0): -100.0, (1, 1): 20.0}), {(1, 0): 150.0}, (192, 192)),
    "layers": (LAYERED, {(1, 0): 150.0}, (32, 32, 32)),
    "many neighbours": (model.bands("Nd-LSCO"), {(1, 0): 150.0}, (20, 20, 20)),
    "five orbitals": (model.bands("Graser"), {(1, 1): 150.0}, (48, 48)),
}


@pytest.mark.parametrize("name", SUMS)
def test_sums_over_the_zone_stay_below_their_bound(name):
    """Gap equation, its linearisation, the current and the entropy, each on several blocks."""
    bands, shells, mesh = SUMS[name]
    n = bands.n_orbitals
    interaction = model.attraction(shells, n)
    gap = 10.0 * np.ones(len(interaction.bonds()[1]), complex)
    state = solve.given_gap(Superconductor(bands, interaction.pairing(gap)), 100.0)
    cells = len(bands.cells) + len(interaction.cells)
    bound = solve.bdg_memory(bands, interaction)
    assert zone_block(2 * n, cells) < np.prod(mesh)
    assert peak(lambda: occupied(bands, interaction, gap, 100.0, mesh))[0] < bound
    assert peak(lambda: pair_bubble(bands, interaction, 100.0, mesh))[0] < bound
    assert peak(lambda: response.superfluid_weight(state, mesh=mesh))[0] < zone_memory(4 * n, cells)
    assert peak(lambda: response.lattice_entropy(state, mesh=mesh))[0] < zone_memory(2 * n, cells)


def test_the_bound_of_a_gap_does_not_know_the_mesh():
    """A whole self-consistent solution; its report states the bound. One k is the smallest block."""
    bands, shells, _ = SUMS["plane"]
    interaction = model.attraction(shells)
    used, state = peak(lambda: solve.bdg(bands, interaction, 20.0, mesh=(64, 64)))
    bound = solve.bdg_memory(bands, interaction)
    assert used < bound < 50e6 and f"at most {bound / 2**20:.3g} MiB" in state.report.engine
    assert zone_block(10_000) == 1 and zone_memory(10_000) > 100 * ZONE_BLOCK


def test_blocks_are_the_mesh():
    """The same points in the same order, also where a block ends within a row; axes of one point stay at zero."""
    for shape in ((300, 301), (1, 5, 1), (30, 31, 32)):
        found = list(blocks(shape, 2, cells=20))
        assert np.array_equal(np.concatenate(found), brillouin.mesh(shape, 0.5))
        assert max(len(part) for part in found) <= zone_block(2, 20)
    assert np.array_equal(brillouin.mesh_points((4, 4), 5, 7), brillouin.mesh((4, 4))[5:7])
    with pytest.raises(InvalidInput, match="mesh"):
        brillouin.mesh_size((4, 0))


def test_the_resident_memory_of_a_process_keeps_the_promise():
    """The measurement of `make bench` on a smaller mesh: what the kernel saw, allocator and libraries included."""
    code = (
        "import lattice_meshes as m\n"
        "from dataclasses import replace\n"
        "found = m._inside(replace(m.JOBS[0], size=96)), m._inside(replace(m.JOBS[2], size=32))\n"
        "print([f['used'] < f['stated'] and f['number'] > 0 for f in found])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BENCHMARKS, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[True, True]"
