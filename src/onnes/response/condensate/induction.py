"""The field of a film's own currents: induced link phases and induced normal field, by convolution.

In reduced units (A in Phi_0/2 pi xi, sheet current in J_0 d, lengths in xi) mu0 J_0 d = (Phi_0/2 pi xi) 2/Lambda, so

    A(r) = 1/(2 pi Lambda) int K(r') d2r'/|r - r'|,    Lambda = 2 lambda^2/d in xi.

Currents through faces are spread over one cell each, and A is averaged over the same cells: the energy of the field,
half the sum of K.A, is a symmetric form, whose derivative by a face's current is that face's link phase.
"""

import numpy as np

from onnes.errors import InvalidInput
from onnes.numerics.sheet import EvenConvolution, rectangle_average
from onnes.response.condensate.flow import supercurrent
from onnes.response.condensate.mesh import FilmMesh


class Induction:
    """What the sheet current of a film induces in its plane.

    Parameters
    ----------
    mesh : the film's mesh.
    pearl_length : 2 lambda^2/d where the thickness ratio is one, in units of the coherence length.

    Raises
    ------
    InvalidInput : a Pearl length that is not positive.
    """

    def __init__(self, mesh: FilmMesh, pearl_length: float) -> None:
        if not 0 < pearl_length < float("inf"):
            raise InvalidInput(f"a Pearl length of {pearl_length} xi", "give a positive, finite one")
        self.mesh, self.pearl_length = mesh, pearl_length
        ny, nx = mesh.shape
        average = rectangle_average(nx + 1, ny + 1, mesh.hx, mesh.hy)
        self._potential = EvenConvolution(mesh.hx * mesh.hy / (2 * np.pi * pearl_length) * average)

    def links(self, sheet_x: np.ndarray, sheet_y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the induced phases (2 pi/Phi_0) int A.dl along x and y, float (..., y, x).

        Parameters
        ----------
        sheet_x, sheet_y : float (..., y, x), current through each face towards larger x (y) over the whole length of
            the face, in J_0 d: face weight times current density. Faces of the last column (row) carry nothing.
        """
        along_x = self.mesh.hx * self._wide(sheet_x)[..., :-1, :-1]
        along_y = self.mesh.hy * self._wide(sheet_y)[..., :-1, :-1]
        along_x[..., :, -1] = 0.0
        along_y[..., -1, :] = 0.0
        return along_x, along_y

    def field(self, sheet_x: np.ndarray, sheet_y: np.ndarray) -> np.ndarray:
        """Return the induced B_z over Bc2 at the upper right corner of each cell, float (..., y, x).

        It is the flux through the loop of four cells over hx hy, in the last column and row too: A is continued
        one cell beyond the grid.
        """
        up_x = np.diff(self._wide(sheet_x)[..., :-1], axis=-2) / self.mesh.hy
        along_y = np.diff(self._wide(sheet_y)[..., :-1, :], axis=-1) / self.mesh.hx
        return along_y - up_x

    def _wide(self, sheet: np.ndarray) -> np.ndarray:
        """Return A of one component of the current, one column and row beyond the mesh."""
        margin = [(0, 0)] * (np.ndim(sheet) - 2) + [(0, 1), (0, 1)]
        return self._potential(np.pad(sheet, margin))


def sheet_currents(
    mesh: FilmMesh, psi: np.ndarray, link_x: np.ndarray, link_y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the supercurrent through the faces along x and y as `Induction` takes it: face weight times J_s, J_0 d."""
    along_x = mesh.face_x * supercurrent(psi, link_x, -1) / mesh.hx
    along_y = mesh.face_y * supercurrent(psi, link_y, -2) / mesh.hy
    return along_x, along_y


def field_energy(
    mesh: FilmMesh, sheet: tuple[np.ndarray, np.ndarray], induced: tuple[np.ndarray, np.ndarray]
) -> float:
    """Return the energy of the induced field, int K.A_ind/2, in units of (B_c^2/mu0) d xi^2.

    The supercurrent is minus half the derivative of the film's free energy by the link phases, in this unit, so that
    the whole is stationary where A is the applied plus the induced potential.
    """
    total = mesh.hy * (sheet[0] * induced[0]).sum() + mesh.hx * (sheet[1] * induced[1]).sum()
    return float(total)
