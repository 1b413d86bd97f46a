r"""Superconducting contacts: banks of one potential each, whose phase turns by the Josephson relation.

A cell next to bank k, at half a step from it, exchanges pairs and electrons with it through the conductance g:

.. math:: G\to G+g\,\psi_w,\quad \psi_w=\sqrt\epsilon\,e^{i(\phi_k+\alpha)},\qquad
          q=gA(\mu_k-\mu-\partial_t\alpha),\qquad \partial_t\phi_k=-\mu_k.

The angle alpha carries the phase of the bank, in which no current flows along the wall, to the cell: from one cell to
the next it grows by their link phase and by the flux between the two and the wall. The normal currents q of all wall
cells, the mu_k and the currents of all contacts solve one linear system, whose matrix holds the answers of mu to them.
"""

import numpy as np

from onnes.errors import InvalidInput
from onnes.numerics.poisson import Neumann
from onnes.response.condensate.mesh import FLUX
from onnes.solve.condensate.films.given import Given


class Banks:
    """The superconducting contacts of a film; reduced units.

    ``which``: their numbers among the terminals. ``rows``, ``columns``, ``bank``: the wall cells, and the bank (counted
    from zero) of each. ``couplings``: g A of each.

    Raises
    ------
    InvalidInput : a contact that does not lie along x or y.
    """

    def __init__(self, drive: Given, poisson: Neumann) -> None:
        self._drive, self._poisson, mesh = drive, poisson, drive.mesh
        terminals = drive.setup.film.terminals
        self.which = [k for k, t in enumerate(terminals) if t.kind == "superconducting"]
        self._normal = [k for k in range(len(terminals)) if k not in self.which]
        self._area, self._inside = mesh.hx * mesh.hy, mesh.inside
        half = 0.5 * np.sqrt(self._area)
        cells = [_ordered(terminals[k], mesh.contacts[k]) for k in self.which]
        self.rows, self.columns = np.concatenate(cells, axis=1)
        self.bank = np.repeat(np.arange(len(cells)), [c.shape[1] for c in cells])
        length = np.concatenate([mesh.contacts[k][tuple(c)] for k, c in zip(self.which, cells, strict=True)])
        self.couplings = length / half * drive.contacts.conduction[self.rows, self.columns]
        self._size = np.sqrt(np.maximum(mesh.strength[self.rows, self.columns], 0.0))
        angles = [
            self._angles(cells, half, p, f) for p, f in zip(drive.profiles, drive.setup.applied, strict=True)
        ]
        self._angle = np.array(angles).reshape(len(drive.profiles), len(self.bank))
        self._inverse = np.linalg.inv(self._matrix())

    @property
    def count(self) -> int:
        return len(self.which)

    def links(self, phases: np.ndarray) -> None:
        """Return nothing: banks leave the links as they are."""
        return None

    # --- pairs -------------------------------------------------------------------------------

    def start(self, psi: np.ndarray) -> np.ndarray:
        """Return the phases of banks that agree with an order parameter (ny, nx) beside them."""
        seen = self.couplings * np.conj(self._walls(np.zeros(self.count), 0.0)) * psi[self.rows, self.columns]
        return np.angle(np.bincount(self.bank, seen.real) + 1j * np.bincount(self.bank, seen.imag))

    def source(self, phases: np.ndarray, time: float) -> np.ndarray:
        """Return g psi_w of each wall cell."""
        return self.couplings / self._area * self._walls(phases, time)

    def sums(self, psi: np.ndarray, links: np.ndarray, phases: np.ndarray, time: float) -> np.ndarray:
        """Return the supercurrent out of each bank; psi (2, ny + 2, nx + 2)."""
        seen = psi[0, self.rows + 1, self.columns + 1] + 1j * psi[1, self.rows + 1, self.columns + 1]
        out = -self.couplings * (np.conj(seen) * self._walls(phases, time)).imag
        return np.bincount(self.bank, out, self.count)

    def energy(self, psi: np.ndarray, phases: np.ndarray, time: float) -> float:
        """Return what g |psi_w - psi|^2 of all wall cells is more than g |psi|^2, over (B_c^2/mu0) d xi^2."""
        walls = self._walls(phases, time)
        beside = psi[self.rows, self.columns]
        return float((self.couplings * (np.abs(walls) ** 2 - 2 * (np.conj(beside) * walls).real)).sum())

    def _walls(self, phases: np.ndarray, time: float) -> np.ndarray:
        alpha = np.array(self._drive.amplitudes(time)) @ self._angle
        return self._size * np.exp(1j * (phases[self.bank] + alpha))

    # --- potentials and currents -------------------------------------------------------------

    def answer(
        self, own: np.ndarray, time: float, sums: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the potential, the currents of all contacts, and the rates of the phases.

        Parameters
        ----------
        own : potential of the supercurrent, less its mean source. sums : supercurrents out of the banks.
        """
        base, normal, currents, rates = self.solved(own, time, sums)
        return base + self._poisson.solve(self.centred(-self.inflow(normal, currents))), currents, rates

    def solved(
        self, own: np.ndarray, time: float, sums: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return the potential without contacts, normal currents from the walls, currents and rates."""
        drive, base, rate = self._drive, own, np.zeros(len(self.bank))
        if drive.changing:
            rates = drive.rates(time)
            base = own + sum(r * unit for r, unit in zip(rates, drive.by_rate, strict=True))
            rate = np.array(rates) @ self._angle
        right = np.concatenate([-base[self.rows, self.columns] - rate, -sums, self._wanted(base, time)])
        found = self._inverse @ right
        m, n = len(self.bank), self.count
        return base, found[:m], found[m + n :], -found[m : m + n]

    def inflow(self, normal: np.ndarray, currents: np.ndarray) -> np.ndarray:
        """Return the current of electrons into each cell from all contacts, over its area."""
        total = np.zeros(self._inside.shape)
        np.add.at(total, (self.rows, self.columns), normal)
        for k in self._normal:
            total += currents[k] * self._drive.contacts.share[k]
        return total / self._area

    def wall_heat(self, own: np.ndarray, time: float, sums: np.ndarray) -> float:
        """Return q^2/gA of all wall cells."""
        return float((self.solved(own, time, sums)[1] ** 2 / self.couplings).sum())

    def _wanted(self, base: np.ndarray, time: float) -> np.ndarray:
        """Return what the rows of the drive are: currents, or their sum and a voltage."""
        drive, count = self._drive, self._drive.contacts.count
        if drive.setup.voltage is None:
            return drive.currents(None, time)
        wanted = drive.setup.voltage.at(time * drive.unit_time) / drive.unit_voltage
        for k, sign in zip(range(count), (1, -1), strict=True):
            if k in self._normal:
                wanted -= sign * float((drive.contacts.share[k] * base).sum())
        return np.array([0.0, wanted])

    def _matrix(self) -> np.ndarray:
        """Return the matrix of q, mu_k and the currents of all contacts: walls, banks, drive."""
        drive, m, n, count = self._drive, len(self.bank), self.count, self._drive.contacts.count
        columns = range(m), range(m + n, m + n + count)
        seen, shares = self._seen()
        matrix = np.zeros((m + n + count,) * 2)
        for c in columns[0]:
            matrix[:m, c] = seen[c]
            matrix[c, c] += 1 / self.couplings[c]
            matrix[c, m + self.bank[c]] = -1.0
            matrix[m + self.bank[c], c] = 1.0
        for j, k in enumerate(self._normal):
            matrix[:m, m + n + k] = seen[m + j]
        for j, k in enumerate(self.which):
            matrix[m + j, m + n + k] = -1.0
        drives = matrix[m + n :]
        if drive.setup.voltage is None:
            drives[:, m + n :] = np.eye(count)
            return matrix
        drives[0, m + n :] = 1.0
        for k, sign in zip(range(count), (1, -1), strict=True):
            if k in self.which:
                drives[1, m + self.which.index(k)] = sign
                continue
            row = self._normal.index(k)
            drives[1, :m] += sign * shares[:m, row]
            drives[1, m + n :][self._normal] += sign * shares[m:, row]
            drives[1, m + n + k] += sign * drive.contacts.half[k]
        return matrix

    def _seen(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the answers of the wall cells, and of the normal contacts, to a current from each of both."""
        units = np.eye(len(self.bank) + len(self._normal))
        walls, shares = [], []
        for unit in units:
            currents = np.zeros(self._drive.contacts.count)
            currents[self._normal] = unit[len(self.bank) :]
            answer = self._poisson.solve(self.centred(-self.inflow(unit[: len(self.bank)], currents)))
            walls.append(answer[self.rows, self.columns])
            shares.append([float((self._drive.contacts.share[k] * answer).sum()) for k in self._normal])
        return np.array(walls), np.array(shares).reshape(len(units), len(self._normal))

    def centred(self, values: np.ndarray) -> np.ndarray:
        """Return a source less its mean over the film."""
        return np.where(self._inside, values - values[self._inside].mean(), 0.0)

    # --- the phase along a wall --------------------------------------------------------------

    def _angles(
        self, cells: list[np.ndarray], half: float, links: tuple[np.ndarray, np.ndarray], field: object
    ) -> np.ndarray:
        """Return alpha of each wall cell for a field of amplitude one, with mean zero on each bank."""
        mesh, found = self._drive.mesh, []
        xi = self._drive.setup.film.material.coherence_length
        for k, (rows, columns) in zip(self.which, cells, strict=True):
            upright = len(rows) < 2 or columns[0] == columns[1]
            x, y = mesh.x[columns], mesh.y[rows]
            steps = (links[1] if upright else links[0])[rows, columns][:-1]
            wall = self._drive.setup.film.terminals[k].start
            side = np.sign(wall[0] - x[0]) if upright else -np.sign(wall[1] - y[0])
            middle = (x[:-1] + x[1:]) / 2, (y[:-1] + y[1:]) / 2
            away = 0.5 * half * xi * side
            place = (middle[0] + away, middle[1]) if upright else (middle[0], middle[1] - away)
            area = half * (mesh.hy if upright else mesh.hx) * xi**2
            flux = 2 * np.pi / FLUX * field.profile.flux_density(*place) * area * side
            angle = np.concatenate([[0.0], np.cumsum(steps + flux)])
            found.append(angle - angle.mean())
        return np.concatenate(found)


def _ordered(terminal: object, share: np.ndarray) -> np.ndarray:
    """Return rows and columns of the cells of a contact, from one end to the other."""
    rows, columns = np.nonzero(share)
    along = rows if len(set(columns)) == 1 else columns
    if (len(set(rows)) > 1 and len(set(columns)) > 1) or (np.diff(along) != 1).any():
        raise InvalidInput(
            f"a superconducting contact {terminal.name!r} that is not one straight line of cells",
            "let it lie along x or along y",
        )
    return np.stack([rows, columns])
