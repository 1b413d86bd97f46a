"""Currents, energies and windings of an order parameter on links, in reduced units.

Arrays are (..., y, x); ``link_x``, ``link_y`` are phases (2 pi/Phi_0) int A.dl from a cell to the next, and a face of
weight zero is closed, so that periodic and open meshes read alike.
"""

import numpy as np


def ahead(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the value of the next cell along ``axis`` (-1: x, -2: y); the last one meets the first."""
    return np.roll(values, -1, axis)


def covariant_difference(psi: np.ndarray, link: np.ndarray, axis: int) -> np.ndarray:
    """Return exp(-i theta) psi_next - psi along ``axis``: h times (grad - 2 pi i A/Phi_0) psi on the link."""
    return np.exp(-1j * link) * ahead(psi, axis) - psi


def supercurrent(psi: np.ndarray, link: np.ndarray, axis: int) -> np.ndarray:
    """Return h Im[psi* (grad - 2 pi i A/Phi_0) psi] on the links along ``axis``, complex psi to float."""
    return np.imag(np.conj(psi) * np.exp(-1j * link) * ahead(psi, axis))


def phase_step(psi: np.ndarray, link: np.ndarray, axis: int) -> np.ndarray:
    """Return the gauge-invariant phase difference along each link, in (-pi, pi]."""
    return np.angle(np.conj(psi) * np.exp(-1j * link) * ahead(psi, axis))


def winding(psi: np.ndarray, link_x: np.ndarray, link_y: np.ndarray) -> np.ndarray:
    """Return the integer winding of each loop of four cells, the lower left one naming it, int (..., y, x).

    The sum of the gauge-invariant phase steps anticlockwise, plus the flux through the loop, over 2 pi. The flux of the
    last loop, which closes a mesh that repeats both ways and is no loop of any other, is taken between -pi and pi.
    """
    step_x, step_y = phase_step(psi, link_x, -1), phase_step(psi, link_y, -2)
    around = step_x + ahead(step_y, -1) - ahead(step_x, -2) - step_y
    flux = loop_flux(link_x, link_y)
    flux[..., -1, -1] -= 2 * np.pi * np.rint(flux[..., -1, -1] / (2 * np.pi))
    return np.rint((around + flux) / (2 * np.pi)).astype(int)


def loop_flux(link_x: np.ndarray, link_y: np.ndarray) -> np.ndarray:
    """Return 2 pi times the flux through each loop of four cells over the flux quantum."""
    return link_x + ahead(link_y, -1) - ahead(link_x, -2) - link_y


def condensation_energy(psi: np.ndarray, cell: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Return the energy of each cell over its area: w (-eps |psi|^2 + |psi|^4/2)."""
    density = np.abs(psi) ** 2
    return cell * (-strength * density + density**2 / 2)


def free_energy(
    psi: np.ndarray,
    links: tuple[np.ndarray, np.ndarray],
    weights: tuple[np.ndarray, np.ndarray, np.ndarray],
    strength: np.ndarray,
    loss: np.ndarray,
    steps: tuple[float, float],
) -> float:
    """Return the free energy of a film without the energy of the field, in units of (B_c^2/mu0) d xi^2.

    Parameters
    ----------
    links : (link_x, link_y). weights : (cell, face_x, face_y). steps : (hx, hy) in xi.
    """
    (cell, *faces), (hx, hy) = weights, steps
    bulk = condensation_energy(psi, cell, strength) + loss * np.abs(psi) ** 2
    total = bulk.sum() * hx * hy
    for face, link, axis, aspect in zip(faces, links, (-1, -2), (hy / hx, hx / hy), strict=True):
        total += (face * np.abs(covariant_difference(psi, link, axis)) ** 2).sum() * aspect
    return float(total)
