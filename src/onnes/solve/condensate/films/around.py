r"""Currents around a periodic film: the electromotive force by which as much flows as is given.

Along a periodic axis A may grow by the same everywhere, E = -dA/dt, while no potential difference is met. All link
phases along the axis turn at the rate r such that the mean over all cross-sections of

.. math:: I=\int a[\mathrm{Im}\,\psi^*(\nabla-iA)\psi-\nabla\mu-\partial_tA_{\mathrm{applied}}-r/h]\,dl

is the current that is given. mu answers r linearly: its answer to a unit is solved for once.
"""

import numpy as np

from onnes.errors import InvalidInput
from onnes.numerics.poisson import Neumann
from onnes.solve.condensate.films.given import Given


class Around:
    """The axes of a film around which currents are given.

    ``axes``: 0 for x, 1 for y. ``by_rate``: potential of a unit rate of the link phases along each of them.

    Raises
    ------
    InvalidInput : a voltage between terminals beside such a current.
    """

    def __init__(self, drive: Given, poisson: Neumann) -> None:
        setup, self._mesh = drive.setup, drive.mesh
        if setup.voltage is not None:
            raise InvalidInput("a voltage beside a current around the film", "give currents at the terminals")
        self._drive = drive
        self.axes = tuple(k for k, given in enumerate(setup.circulating) if given is not None)
        self.schedules = tuple(setup.circulating[k] for k in self.axes)
        mesh = self._mesh
        self._faces, self._steps = (mesh.face_x, mesh.face_y), (mesh.hx, mesh.hy)
        none, one = np.zeros(mesh.shape), np.ones(mesh.shape)
        units = [(one, none) if k == 0 else (none, one) for k in self.axes]
        self.by_rate = [poisson.solve(-drive.divergence(unit)) for unit in units]
        self._per_field = np.array([[self._through(k, p) for p in drive.profiles] for k in self.axes])
        self._per_field = self._per_field.reshape(len(self.axes), len(drive.profiles))
        self._conductance = np.array(
            [
                [
                    self._through(k, unit) + self._through(k, self._drops(mu))
                    for unit, mu in zip(units, self.by_rate, strict=True)
                ]
                for k in self.axes
            ]
        )

    @property
    def count(self) -> int:
        return len(self.axes)

    def start(self, psi: np.ndarray) -> np.ndarray:
        """Return what the link phases have gained at the start: nothing."""
        return np.zeros(self.count)

    def answer(
        self, own: np.ndarray, time: float, sums: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the potential, the currents of the contacts, and the rates of the link phases along the axes."""
        total, currents = self._drive.given(own, time)
        rates = self.rates(total, sums, time)
        return total + sum(r * unit for r, unit in zip(rates, self.by_rate, strict=True)), currents, rates

    def rates(self, total: np.ndarray, sums: np.ndarray, time: float) -> np.ndarray:
        """Return the rates of the link phases along the axes.

        Parameters
        ----------
        total : potential without them. sums : see `sums`.
        """
        drive = self._drive
        given = np.array([s.at(time * drive.unit_time) for s in self.schedules]) / drive.unit_current
        flows = np.array(
            [
                share * s - self._through(k, self._drops(total))
                for k, s, share in zip(self.axes, sums, self._shares, strict=True)
            ]
        )
        if drive.changing:
            flows = flows - self._per_field @ np.array(drive.rates(time))
        return np.linalg.solve(self._conductance, flows - given)

    def sums(self, psi: np.ndarray, links: np.ndarray, phases: np.ndarray, time: float) -> np.ndarray:
        """Return the sums of a times the supercurrent over all faces across each axis.

        Parameters
        ----------
        psi, links : arrays of the kernels, (2, ny + 2, nx + 2) and (4, ny + 2, nx + 2).
        """
        here = slice(1, -1), slice(1, -1)
        next_ = (slice(1, -1), slice(2, None)), (slice(2, None), slice(1, -1))
        a, b = psi[0][here], psi[1][here]
        found = []
        for k in self.axes:
            c, d = psi[0][next_[k]], psi[1][next_[k]]
            cosine, sine = links[2 * k][here], links[2 * k + 1][here]
            found.append(self._steps[k] * (cosine * (a * d - b * c) - sine * (a * c + b * d)).sum())
        return np.array(found)

    def links(self, phases: np.ndarray) -> tuple[float, float]:
        """Return what the link phases along x and along y have gained, given that along each axis."""
        gained = [0.0, 0.0]
        for k, phase in zip(self.axes, phases, strict=True):
            gained[k] = float(phase)
        return gained[0], gained[1]

    @property
    def _shares(self) -> tuple[float, ...]:
        """Current through a cross-section over the sum over all faces across each axis."""
        ny, nx = self._mesh.shape
        shares = self._steps[1] / nx, self._steps[0] / ny
        return tuple(shares[k] for k in self.axes)

    def _through(self, axis: int, links: tuple[np.ndarray, np.ndarray]) -> float:
        """Return the normal current against drops ``links`` through a cross-section, the mean over all."""
        share = dict(zip(self.axes, self._shares, strict=True))[axis]
        return share * float((self._faces[axis] * links[axis]).sum()) / self._steps[axis]

    @staticmethod
    def _drops(potential: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.roll(potential, -1, 1) - potential, np.roll(potential, -1, 0) - potential
