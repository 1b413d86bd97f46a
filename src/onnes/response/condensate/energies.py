r"""Where the free energy of a film sits, and where its power turns to heat.

With G = -(dF/dpsi*)/(hx hy) in each cell and V = d psi/dt + i mu psi, the equation of motion reads
V = (s/u m)[G - (gamma^2/s^2) Re(psi* G) psi], s^2 = 1 + gamma^2|psi|^2, and the energy falls at the rate

.. math:: P=2\,\mathrm{Re}(V^*G)+2aE^2=\frac{2s}{um}[|G|^2-\frac{\gamma^2}{s^2}(\mathrm{Re}\,\psi^*G)^2]+2aE^2
          =\frac{2um}{s}[|V|^2+\gamma^2(\mathrm{Re}\,\psi^*V)^2]+2aE^2

of each cell and each face: of dF/dt = -2 Re sum G*(d psi/dt) the part that turns the phase, -i mu psi, is the work
2 sum mu div J_s, which is what the normal current turns to heat where no contact feeds it.
"""

import numpy as np

from onnes.response.condensate.film_fields import FilmFields
from onnes.response.condensate.flow import condensation_energy, covariant_difference
from onnes.response.condensate.inertia import lumped_mass

Pair = tuple[np.ndarray, np.ndarray]


def energy_density(seen: FilmFields, strength: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """Return the free energy of each cell over its full area, without that of the field, in (B_c^2/mu0) d; (y, x).

    Each face shares its energy among its two cells; the sum over cells times hx hy is `flow.free_energy`.
    """
    density = condensation_energy(seen.psi, seen.cell, strength) + loss * np.abs(seen.psi) ** 2
    gradients = (
        face * np.abs(covariant_difference(seen.psi, link, axis)) ** 2 / h**2
        for face, link, axis, h in zip(seen.faces, seen.links, (-1, -2), seen.reduced_step, strict=True)
    )
    return density + shared(tuple(gradients))


def shared(faces: Pair) -> np.ndarray:
    """Return what each cell has of a quantity on faces when both neighbours take half of it."""
    along_x, along_y = faces
    return (along_x + np.roll(along_x, 1, -1) + along_y + np.roll(along_y, 1, -2)) / 2


def force(seen: FilmFields, strength: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """Return G = w(eps - |psi|^2) psi + sum over faces of a (U psi' - psi)/h^2 - loss psi of each cell."""
    total = (seen.cell * (strength - np.abs(seen.psi) ** 2) - loss) * seen.psi
    for face, link, axis, h in zip(seen.faces, seen.links, (-1, -2), seen.reduced_step, strict=True):
        step = face / h**2 * covariant_difference(seen.psi, link, axis)
        total = total + step - np.roll(np.exp(1j * link) * step, 1, axis)
    return total


def relaxation_heat(seen: FilmFields, strength: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """Return the heat of the relaxing condensate in each cell over its full area, in (B_c^2/mu0) d/tau_0; (y, x)."""
    g, gamma2 = force(seen, strength, loss), seen.map("inelastic") ** 2
    mass = lumped_mass(seen.cell, seen.faces, loss, seen.reduced_step)
    s2 = 1 + gamma2 * np.abs(seen.psi) ** 2
    along = np.real(np.conj(seen.psi) * g)
    heat = 2 * np.sqrt(s2) / seen.map("relaxation") * (np.abs(g) ** 2 - gamma2 / s2 * along**2)
    return np.divide(heat, mass, out=np.zeros(mass.shape), where=mass > 0)


def joule_heat(seen: FilmFields, drops: Pair) -> np.ndarray:
    """Return the heat 2 a E^2 of the normal current in each cell over its full area, in (B_c^2/mu0) d/tau_0; (y, x)."""
    faces = (
        2 * face * (drop / h) ** 2 for face, drop, h in zip(seen.faces, drops, seen.reduced_step, strict=True)
    )
    return shared(tuple(faces))
