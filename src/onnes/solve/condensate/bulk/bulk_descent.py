"""Bulk bodies in equilibrium: a minimum of the Gibbs energy of the same mesh over order parameter and induction."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.bulk import Box, Bulk, BulkSetup
from onnes.model.condensate.fields import Field
from onnes.response.condensate.bulk_flow import gibbs_energy
from onnes.response.condensate.bulk_mesh import bulk_mesh
from onnes.solve.condensate.bulk.bulk_stepper import TDGLBulk
from onnes.solve.condensate.bulk.bulk_time import (
    FLOATS,
    fields,
    first_of,
    flux_checks,
    refuse_large,
    sample_of,
    setup_of,
)
from onnes.state import Outcome, Report, State

MEMORY = 12
"""Pairs of vectors that the descent remembers."""


def bulk_equilibrium(
    bulk: Bulk | Box | BulkSetup,
    *,
    field: float | Field | tuple[Field, ...] = 0.0,
    spacing: float | None = None,
    tolerance: float = 1e-5,
    start: State | str = "superconducting",
    vortices: Sequence[tuple[float, float]] = (),
    seed: int = 0,
    most: int = 20000,
    most_bytes: float = 4e9,
    throw: bool = True,
) -> State:
    """Descend from a start to the next minimum of the Gibbs energy at a constant field (L-BFGS).

    It is one metastable state; the lowest one is found by comparing the ``gibbs_energy`` from several starts.

    Parameters
    ----------
    bulk, field, spacing, start, vortices, seed, most_bytes : as for `tdgl_bulk`, in a field that does not change.
    tolerance : largest force at the end: dG/dpsi* of any cell in (Bc^2/mu0) and current out of balance in J_0.
    most : evaluations of the energy after which it gives up.
    throw : raise `NotConverged` instead of returning a descent that was not finished.

    Returns
    -------
    State ``"bulk_equilibrium"`` with the fields of `tdgl_bulk` and its series of one sample.

    Raises
    ------
    InvalidInput : a field that changes, a tolerance that is not positive, and as `tdgl_bulk`.
    NotConverged : too many evaluations, or no lower energy along the line; ``.state`` carries the last state.
    """
    from scipy.optimize import minimize

    setup = setup_of(bulk, field)
    if not all(f.schedule.constant for f in setup.fields):
        raise InvalidInput(
            "an equilibrium in a field that changes", "give a constant field, or use tdgl_bulk"
        )
    begin = time.perf_counter()
    engine = _plain_engine(setup, spacing, tolerance, most_bytes)
    landscape = _Landscape(engine)
    psi, links = first_of(engine, start, vortices, seed)
    options = {
        "maxiter": most,
        "maxfun": most,
        "maxcor": MEMORY,
        "ftol": 0.0,
        "gtol": landscape.bound(tolerance),
    }
    found = minimize(landscape, landscape.packed(psi, links), jac=True, method="L-BFGS-B", options=options)
    moment = engine.init(*landscape.unpacked(found.x))
    left = landscape.largest_force(moment.slope)
    outcome = Outcome.CONVERGED
    if not left <= tolerance:
        outcome = Outcome.MAX_ITERATIONS if found.nfev >= most else Outcome.STALLED
    report = Report(
        outcome=outcome,
        engine="L-BFGS, order parameter and vector potential",
        residuals=(left,),
        target=tolerance,
        iterations=int(found.nfev),
        seed=seed if start == "seeded" else None,
        start=start if isinstance(start, str) else "warm",
        seconds=time.perf_counter() - begin,
        checks=flux_checks(engine, moment),
    )
    sample = {name: v[None] for name, v in sample_of(engine, moment).items() if name != "bulk_dissipation"}
    kept = {name: v for name, v in fields(engine, moment).items() if not name.startswith("link_rate")}
    state = State(setup, "bulk_equilibrium", kept | sample, report)
    if throw and not report.converged:
        error = NotConverged(report)
        error.state = state
        raise error
    return state


def _plain_engine(setup: BulkSetup, spacing: float | None, tolerance: float, most_bytes: float) -> TDGLBulk:
    """Return the engine with u = 1 and gamma = 0, whose rates are the forces; no equilibrium depends on them."""
    material = replace(setup.body.material, relaxation=1.0, inelastic=0.0, resistivity=1.0)
    mesh = bulk_mesh(setup.body, spacing)
    # the pairs of the descent and its own vectors come on top of what the engine needs
    refuse_large(mesh, most_bytes, FLOATS + (5 if mesh.deep else 4) * (2 * MEMORY + 10))
    return TDGLBulk(replace(setup, body=replace(setup.body, material=material)), mesh, tolerance)


class _Landscape:
    """The Gibbs energy and its gradient in variables of like curvature: psi in cells, kappa A on open faces."""

    def __init__(self, engine: TDGLBulk) -> None:
        self.engine, mesh = engine, engine.mesh
        self.cells, self.faces = mesh.inside, mesh.faces[: engine.unknowns - 2] > 0
        steps = np.array(mesh.steps[: engine.unknowns - 2])[:, None, None, None]
        self.scale = np.broadcast_to(steps / max(engine.material.kappa, 1.0), self.faces.shape)[self.faces]
        cell, face = engine.cell_mass[self.cells], engine.face_mass[: len(self.faces)][self.faces]
        width = np.broadcast_to(steps, self.faces.shape)[self.faces]
        self.weights = np.concatenate([cell, cell, face * self.scale / width**2])
        self._rate_scale = np.concatenate([cell, cell, face / width])

    def packed(self, psi: np.ndarray, links: np.ndarray) -> np.ndarray:
        """Return the variables of psi (z, y, x) and link phases (3, z, y, x)."""
        inside = psi[self.cells]
        return np.concatenate([inside.real, inside.imag, links[: len(self.faces)][self.faces] / self.scale])

    def unpacked(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return psi and link phases."""
        shape, n = self.engine.mesh.shape, np.count_nonzero(self.cells)
        psi, links = np.zeros(shape, complex), np.zeros((3, *shape))
        psi[self.cells] = x[:n] + 1j * x[n : 2 * n]
        links[: len(self.faces)][self.faces] = x[2 * n :] * self.scale
        return psi, links

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        engine, (psi, links) = self.engine, self.unpacked(x)
        moment = engine.init(psi, links)
        energy = gibbs_energy(engine.mesh, psi, links, engine.applied(0.0), engine.material.kappa)
        return energy, -2 * engine.mesh.volume * self.weights * self._rates(moment.slope)

    def _rates(self, slope: np.ndarray) -> np.ndarray:
        rates = self.engine.inner(slope)
        return np.concatenate([rates[0][self.cells], rates[1][self.cells], rates[2:][self.faces]])

    def largest_force(self, slope: np.ndarray) -> float:
        """Return the largest |dG/dpsi*| of a cell or current out of balance on a face, over the volume of a cell."""
        return float(np.abs(self._rates(slope) * self._rate_scale).max())

    def bound(self, tolerance: float) -> float:
        """Return the bound of the gradient in the variables of the descent that assures ``tolerance``."""
        return 2 * self.engine.mesh.volume * tolerance * float((self.weights / self._rate_scale).min())
