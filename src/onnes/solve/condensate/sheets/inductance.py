"""Inductances of the holes of thin films, kinetic part included, and of holes in different films."""

from collections.abc import Sequence

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.film import Film
from onnes.solve.condensate.sheets.sheet_currents import heights_of, holes_of, report_of, solve_loops
from onnes.solve.condensate.sheets.sheet_network import sheet_network
from onnes.solve.condensate.sheets.stack import stack

PICOHENRY = 1.0
"""One T nm^2 for each uA: 1e-18 V s over 1e-6 A."""


def inductance_matrix(
    films: Film | tuple[Film, ...],
    *,
    heights: Sequence[float] | None = None,
    spacing: float | None = None,
    tolerance: float = 1e-10,
) -> np.ndarray:
    r"""Return the fluxoid of each hole for one unit of current around each, pH, float (hole, hole).

    .. math:: \Phi'_i=\sum_jL_{ij}I_j,\qquad\Phi'=\oint(\tfrac12\mu_0\Lambda K+A)\cdot dl

    in the London limit without vortices; the film between the holes answers with its screening currents. The holes
    are those of ``films`` in order, film after film. Twice the energy is I.L.I, so that L is symmetric and positive.

    Parameters
    ----------
    heights : z of each film in nm. spacing : of the mesh, nm. tolerance : relative residual of the loop equations.

    Raises
    ------
    InvalidInput : no hole at all, heights that do not fit, and what `london` refuses.
    NotConverged : the residual stayed above ``tolerance``.
    """
    films = films if isinstance(films, tuple) else (films,)
    planes = heights_of(heights, len(films))
    pile = stack([sheet_network(f, spacing, z) for f, z in zip(films, planes, strict=True)])
    holes = holes_of(pile)
    if not holes.size:
        raise InvalidInput("a film without a hole has no inductance matrix", "cut a hole, as model.ring does")
    columns = []
    for hole in holes:
        held = {int(h): float(h == hole) for h in holes}
        found = solve_loops(pile, np.zeros((pile.starts[-1], 1)), held, tolerance)
        if not found.converged:
            raise NotConverged(report_of(found, tolerance, 0.0))
        columns.append(PICOHENRY * pile.apply(found.g[:, 0])[holes])
    return np.array(columns).T
