r"""The heat of a film: where it arises, how it spreads, and what it does to the condensate.

.. math:: w\,\partial_tT=\frac{K\tau_0}{C\xi^2}\sum_{\mathrm{faces}}\frac{a}{h^2}(T'-T)
          -\frac{h\tau_0}{Cd}\,\mathrm{area}\,(T-T_0)
          +\frac{B_c^2}{\mu_0C}[p+\frac{wT}{T_c-T_{\mathrm{ref}}}\partial_t|\psi|^2]

for each cell, with the weights of the mesh and the dissipation p (`response/condensate/energies.py`). A step is taken
by the trapezium rule and the backward formula of second order in turn (R. E. Bank et al., IEEE Trans. Electron
Devices 32, 1992 (1985), doi:10.1109/T-ED.1985.22232), which damps all that is faster than the step and keeps the sum of
the heat. Both solve one symmetric system, by conjugate gradients with the cosine transform of a rectangle before them.
"""

from math import sqrt

import numpy as np
from scipy.fft import dctn, idctn

from onnes.errors import InvalidInput
from onnes.model.condensate.film import Setup
from onnes.model.condensate.patterns import evaluate
from onnes.response.condensate.energies import shared
from onnes.response.condensate.mesh import FilmMesh
from onnes.solve.condensate.films.drive import Drive

TOLERANCE, MOST_ITERATIONS = 1e-12, 500
STAGE = 2 - sqrt(2)
"""Share of the step that the trapezium rule takes, so that both parts have the same system."""


class Heating:
    """The temperature of a film on its mesh; temperatures in K, times in tau_0, heat in (B_c^2/mu0) d/tau_0.

    Parameters
    ----------
    setup : a setup with ``thermal``. drive : of the same.
    """

    def __init__(self, setup: Setup, mesh: FilmMesh, drive: Drive) -> None:
        film, thermal, material = setup.film, setup.thermal, setup.film.material
        self._mesh, self._drive, self.bath = mesh, drive, thermal.temperature
        self.reference, self._span = (
            material.temperature,
            material.critical_temperature - material.temperature,
        )
        self._latent, unit = thermal.latent, material.time * 1e-12
        x, y = np.meshgrid(mesh.x, mesh.y)
        area = np.where(mesh.inside, mesh.cell / evaluate(film.thickness_ratio, x, y), 0.0)
        self.per_heat = material.condensation_density / thermal.heat_capacity
        self.loss = thermal.transfer * unit / (thermal.heat_capacity * film.thickness * 1e-9) * area
        self._spread = (
            thermal.conductivity * unit / (thermal.heat_capacity * (material.coherence_length * 1e-9) ** 2)
        )
        self._weights = mesh.face_x / mesh.hx**2, mesh.face_y / mesh.hy**2
        along = [(2 * np.sin(np.pi * np.arange(n) / (2 * n))) ** 2 for n in mesh.shape]
        self._modes = along[0][:, None] / mesh.hy**2 + along[1] / mesh.hx**2
        inside = mesh.inside
        self._means = mesh.cell[inside].mean(), self.loss[inside].mean()

    def strength(self, temperature: np.ndarray) -> np.ndarray:
        """Return epsilon of each cell at a temperature."""
        return self._mesh.strength - (temperature - self.reference) / self._span

    def change(self, one: np.ndarray, other: np.ndarray) -> float:
        """Return the largest difference of epsilon between two temperatures."""
        return float(np.abs(one - other).max()) / self._span

    def start(self, temperature: np.ndarray | None) -> np.ndarray:
        """Return the history (3, ny, nx) of a film at the start: temperature now and before, heat."""
        history = np.zeros((3, *self._mesh.shape))
        history[:2] = self.bath if temperature is None else temperature
        return history

    def predicted(self, history: np.ndarray, ahead: float, last: float) -> np.ndarray:
        """Return the temperature a time ``ahead``, on a straight line."""
        return history[0] + (ahead / last) * (history[0] - history[1]) if last else history[0]

    def advanced(
        self, history: np.ndarray, heat: np.ndarray, dt: float, middle: np.ndarray, gained: np.ndarray
    ) -> np.ndarray:
        """Return the history at the end of a step.

        Parameters
        ----------
        heat : of each cell at the end. middle : temperature of the middle. gained : change of |psi|^2 in the step.
        """
        before, weight = history[0] - self.bath, self._mesh.cell
        source = 0.5 * (history[2] + heat)
        if self._latent:
            source = source + weight * middle / self._span * gained / dt
        source = self.per_heat * source
        beta, g = 0.5 * STAGE * dt, STAGE
        right = weight * before + beta * (self._flow(before) + 2 * source)
        part = self._solve(right, beta, before)
        right = weight * (part - (1 - g) ** 2 * before) / (g * (2 - g)) + beta * source
        after = self._solve(right, beta, part)
        return np.stack([self.bath + after, history[0], heat])

    def heat(
        self,
        psi: np.ndarray,
        velocity: np.ndarray,
        mass: np.ndarray,
        drops: tuple[np.ndarray, np.ndarray],
        currents: np.ndarray,
    ) -> np.ndarray:
        """Return the heat of each cell over its full area.

        Parameters
        ----------
        velocity : V of each cell. mass : of each cell. drops : minus E along the links, times their length, along x and
            along y. currents : into the contacts; what they turn to heat before the first cells is given to these.
        """
        mesh, contacts = self._mesh, self._drive.contacts
        s = np.sqrt(1 + mesh.inelastic**2 * np.abs(psi) ** 2)
        beat = (np.conj(psi) * velocity).real
        pairs = mesh.relaxation * mass / s * (np.abs(velocity) ** 2 + mesh.inelastic**2 * beat**2)
        joule = shared((self._weights[0] * drops[0] ** 2, self._weights[1] * drops[1] ** 2))
        walls = np.einsum("kji,k->ji", contacts.share, contacts.half * currents**2) / (mesh.hx * mesh.hy)
        return 2 * (pairs + joule + walls)

    def _flow(self, x: np.ndarray) -> np.ndarray:
        """Return what flows into each cell from its neighbours, less what the substrate takes."""
        along_x, along_y = (
            w * (np.roll(x, -1, axis) - x) for w, axis in zip(self._weights, (1, 0), strict=True)
        )
        spread = along_x - np.roll(along_x, 1, 1) + along_y - np.roll(along_y, 1, 0)
        return self._spread * spread - self.loss * x

    def _solve(self, right: np.ndarray, beta: float, guess: np.ndarray) -> np.ndarray:
        """Return x with w x - beta flow(x) = right inside the film, zero outside."""
        inside, weight = self._mesh.inside, self._mesh.cell
        inverse = 1 / (self._means[0] + beta * (self._means[1] + self._spread * self._modes))
        x = np.where(inside, guess, 0.0)
        left = np.where(inside, right - weight * x + beta * self._flow(x), 0.0)
        goal = TOLERANCE * max(float(np.linalg.norm(right[inside])), 1e-300)
        direction, old = np.zeros_like(x), 1.0
        for count in range(MOST_ITERATIONS):
            if not np.linalg.norm(left) > goal:
                return x
            better = np.where(inside, idctn(dctn(left, norm="ortho") * inverse, norm="ortho"), 0.0)
            new = float(np.vdot(left, better))
            direction = better + (new / old if count else 0.0) * direction
            image = np.where(inside, weight * direction - beta * self._flow(direction), 0.0)
            step = new / float(np.vdot(direction, image))
            x, left, old = x + step * direction, left - step * image, new
        raise InvalidInput(
            f"the heat equation was not solved in {MOST_ITERATIONS} iterations",
            "give a thickness and a diffusion that vary less",
        )
