"""How psi relaxes on a mesh: its velocity V, the rate of V, and Runge-Kutta-Legendre stages along it."""

import numpy as np

from onnes.numerics.rows import Rows
from onnes.response.condensate.inertia import lumped_mass
from onnes.response.condensate.mesh import FilmMesh
from onnes.solve.condensate.films import kernels
from onnes.solve.condensate.films.given import Amplitudes, Given
from onnes.solve.condensate.films.instant import padded


class Relaxation:
    """Compiled loops with the arrays of a film.

    psi is (2, ny + 2, nx + 2), real and imaginary part with a rim of zeros. ``mass``: lumped mass of each cell.
    ``diagonal``: sum of the weights of its faces and its loss. ``charge``, ``links``: div J_s and weighted links after
    `evaluate`. ``varies``: whether epsilon will change, which only the loops for any film allow.

    Where the film repeats the rim holds the other end.
    """

    def __init__(self, mesh: FilmMesh, drive: Given, varies: bool) -> None:
        self.mesh, self.drive = mesh, drive
        (ny, nx), (hx, hy) = mesh.shape, (mesh.hx, mesh.hy)
        self._weights = wx, wy = mesh.face_x / hx**2, mesh.face_y / hy**2
        self.diagonal = padded(wx + np.roll(wx, 1, 1) + wy + np.roll(wy, 1, 0) + mesh.loss)
        self.mass = lumped_mass(mesh.cell, (mesh.face_x, mesh.face_y), mesh.loss, (hx, hy))
        self._choose(varies)
        self._work = [np.zeros((2, ny + 2, nx + 2)) for _ in range(3)]
        self._slope = np.zeros((2, ny + 2, nx + 2))
        self.charge, self._rate = np.empty((ny, nx)), np.empty((ny, nx))
        self._links: dict[Amplitudes, np.ndarray] = {}
        self._rows, self._span = Rows(ny * nx), (1, ny + 1)
        self.links: np.ndarray | None = None
        self._fed: tuple[np.ndarray, ...] = ()

    def _choose(self, varies: bool) -> None:
        """Take the loops for a film that is the same everywhere, or those for any film."""
        mesh = self.mesh
        inverse = np.divide(1.0, mesh.relaxation * self.mass, out=np.zeros(mesh.shape), where=self.mass > 0)
        strength = np.where(mesh.inside, mesh.strength, 0.0)
        maps = np.stack([mesh.cell, strength, inverse, mesh.inelastic**2])
        same = (maps == maps[:, :1, :1]).all() and maps[0, 0, 0] == 1 and self.mass[0, 0] == 1
        if same and not varies:
            self._maps = np.array([strength[0, 0], inverse[0, 0], mesh.inelastic[0, 0] ** 2])
            self._stage, self._velocity = kernels.stage_uniform, kernels.velocity_uniform
        else:
            self._maps = np.stack([padded(m) for m in maps])
            self._stage, self._velocity = kernels.stage_mapped, kernels.velocity_mapped

    def warm(self, strength: np.ndarray) -> None:
        """Give the loops another epsilon (ny, nx)."""
        self._maps[1, 1:-1, 1:-1] = np.where(self.mesh.inside, strength, 0.0)

    def relax(
        self, begin: np.ndarray, dt: float, middle: float, fastest: float, induced: np.ndarray | None
    ) -> np.ndarray:
        """Return exp(dt V) psi by RKL2 with one stage more than its stability needs.

        ``middle`` is the time of the links, ``induced`` what screening adds to them, ``fastest`` the bound of the rate.
        """
        links = self.weighted_links(middle, induced)
        self._join(begin)
        stages = max(3, int(np.ceil(0.5 * (np.sqrt(9 + 8 * dt * fastest) - 1))) + 1)
        weight, table = kernels.rkl2(stages)
        self._fill(begin, links, self._slope)
        older, latest = begin, self._work[0]
        kernels.first_stage(begin, self._slope, weight * dt, latest)
        self._join(latest)
        spare = self._work[1:]
        table[:, 3:] *= dt
        fixed = begin, self._slope, links, self.diagonal, self._maps
        for row in table:
            out = spare.pop()
            self._rows(self._stage, self._span, latest, older, *fixed, row, out)
            self._feed(latest, row[3], out)
            self._join(out)
            if older is not begin:
                spare.append(older)
            older, latest = latest, out
        return latest

    def evaluate(self, psi: np.ndarray, time: float, induced: np.ndarray | None) -> tuple[np.ndarray, float]:
        """Return V and the bound of its rate; div J_s is left in ``charge``."""
        velocity, self.links = np.zeros_like(psi), self.weighted_links(time, induced)
        self._join(psi)
        self._fill(psi, self.links, velocity)
        return velocity, 1.05 * float(self._rate.max())

    def _fill(self, psi: np.ndarray, links: np.ndarray, velocity: np.ndarray) -> None:
        fixed = links, self.diagonal, self._maps
        self._rows(self._velocity, self._span, psi, *fixed, velocity, self.charge, self._rate)
        self._feed(psi, 1.0, velocity, self.charge)

    def fed(self, rows: np.ndarray, columns: np.ndarray, source: np.ndarray) -> None:
        """Add a complex source to G of the given cells from now on."""
        mesh = self.mesh
        mobility = 1 / (mesh.relaxation * self.mass)[rows, columns]
        self._fed = rows, columns, source, mobility, mesh.inelastic[rows, columns] ** 2

    def _feed(self, psi: np.ndarray, step: float, out: np.ndarray, charge: np.ndarray | None = None) -> None:
        """Add ``step`` times what the sources add to V, and what they add to div J_s."""
        if not self._fed:
            return
        rows, columns, source, mobility, gamma2 = self._fed
        seen = psi[0, rows + 1, columns + 1] + 1j * psi[1, rows + 1, columns + 1]
        s2 = 1 + gamma2 * np.abs(seen) ** 2
        overlap = np.conj(seen) * source
        more = step * np.sqrt(s2) * mobility * (source - gamma2 / s2 * overlap.real * seen)
        np.add.at(out, (0, rows + 1, columns + 1), more.real)
        np.add.at(out, (1, rows + 1, columns + 1), more.imag)
        if charge is not None:
            np.add.at(charge, (rows, columns), overlap.imag)

    def weighted_links(self, time: float, induced: np.ndarray | None) -> np.ndarray:
        """Return weight times cosine and sine of the link phases, (4, ny + 2, nx + 2); those of the drive are kept."""
        factors = self.drive.amplitudes(time)
        if induced is not None:
            applied = self.drive.links(factors)
            return self._weighted((applied[0] + induced[0], applied[1] + induced[1]))
        if factors not in self._links:
            if len(self._links) > 2:
                self._links.pop(next(iter(self._links)))
            self._links[factors] = self._weighted(self.drive.links(factors))
        return self._links[factors]

    def _weighted(self, angles: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        found = np.zeros((4, *self.diagonal.shape))
        kernels.weighted_links(*angles, *self._weights, found)
        self._join(found)
        return found

    def _join(self, values: np.ndarray) -> None:
        """Give the rim of arrays (..., ny + 2, nx + 2) the values of the other end where the film repeats."""
        if self.mesh.periodic[0]:
            values[..., 0], values[..., -1] = values[..., -2], values[..., 1]
        if self.mesh.periodic[1]:
            values[..., 0, :], values[..., -1, :] = values[..., -2, :], values[..., 1, :]
