"""The vector potential that agrees with the currents it drives, for a given order parameter of a film."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

from onnes.errors import NotConverged
from onnes.response.condensate.flow import ahead
from onnes.response.condensate.induction import Induction, sheet_currents
from onnes.state import Outcome, Report

Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Screened:
    """Link phases that agree with their currents; arrays float (y, x).

    ``link_x``, ``link_y``: applied plus induced. ``induced_x``, ``induced_y``. ``sheet_x``, ``sheet_y``: J_0 d.
    ``report``: how they were found; residuals are the largest change of an induced phase that its own current asks for.
    """

    link_x: np.ndarray
    link_y: np.ndarray
    induced_x: np.ndarray
    induced_y: np.ndarray
    sheet_x: np.ndarray
    sheet_y: np.ndarray
    report: Report


def screened_links(
    induction: Induction,
    psi: np.ndarray,
    applied: Pair,
    *,
    start: Pair | None = None,
    tolerance: float = 1e-10,
    max_iterations: int = 30,
    throw: bool = True,
) -> Screened:
    r"""Return the links for which theta = theta_applied + M K(psi, theta), psi given.

    M is the kernel of `Induction`, and K the supercurrent a Im[psi* exp(-i theta) psi_next]/h. The solution makes
    F(psi, theta) + int K.A/2 stationary. Newton's method; the linear systems 1 + M dK/dtheta by GMRES.

    Parameters
    ----------
    psi : complex (y, x). Its currents have no sources, and their field is a solution of Maxwell's equations, only where
        psi solves its own equation in these links: alternate the two, or follow both in time.
    applied : link phases of the applied field. start : induced phases to begin with; zero where not given.
    tolerance : largest error of an induced phase, radians.

    Raises
    ------
    NotConverged : the residual stayed above ``tolerance``.
    """
    mesh, shape = induction.mesh, psi.shape
    guess = np.zeros((2, *shape)) if start is None else np.array(start, float)
    residuals: list[float] = []
    for iteration in range(max_iterations):
        links = applied[0] + guess[0], applied[1] + guess[1]
        sheet = sheet_currents(mesh, psi, *links)
        miss = np.array(induction.links(*sheet)) - guess
        residuals.append(float(np.abs(miss).max()))
        if residuals[-1] <= tolerance or not np.isfinite(residuals[-1]) or iteration + 1 == max_iterations:
            break
        guess = guess + _newton(induction, psi, links, miss)
    good = residuals[-1] <= tolerance
    failed = Outcome.MAX_ITERATIONS if np.isfinite(residuals[-1]) else Outcome.UNSTABLE
    report = Report(
        Outcome.CONVERGED if good else failed,
        engine="Newton, GMRES",
        residuals=tuple(residuals),
        target=tolerance,
        iterations=len(residuals),
        start="cold" if start is None else "warm",
    )
    if throw and not good:
        raise NotConverged(report)
    return Screened(*links, *guess, *sheet, report)


def _newton(induction: Induction, psi: np.ndarray, links: Pair, miss: np.ndarray) -> np.ndarray:
    """Solve (1 + M W) step = miss, where -W is the derivative of the sheet current by the phase of its own link."""
    mesh = induction.mesh
    stiff = [
        face * np.real(np.conj(psi) * np.exp(-1j * link) * ahead(psi, axis)) / h
        for face, link, axis, h in zip(
            (mesh.face_x, mesh.face_y), links, (-1, -2), (mesh.hx, mesh.hy), strict=True
        )
    ]

    def matrix(flat: np.ndarray) -> np.ndarray:
        step = flat.reshape(miss.shape)
        return flat + np.array(induction.links(stiff[0] * step[0], stiff[1] * step[1])).ravel()

    operator = LinearOperator((miss.size, miss.size), matvec=matrix, dtype=float)
    step, _ = gmres(operator, miss.ravel(), rtol=1e-6, restart=60, maxiter=10)
    return step.reshape(miss.shape)
