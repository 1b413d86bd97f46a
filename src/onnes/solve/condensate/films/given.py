"""What drives a film in time: link phases of the applied field, the potentials of its change and of the currents.

The potential obeys sum over faces of a (mu_j - mu_i)/h^2 = div J_s - div(a dA/dt) - injection. It is linear: the
parts that come from a changing field and from a current are solved once for a unit, and only the part of the
supercurrent is solved in each step. All in reduced units (xi, tau_0, J_0).
"""

from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.film import Film, Setup
from onnes.model.condensate.patterns import evaluate
from onnes.numerics.poisson import Neumann
from onnes.response.condensate.applied import check_quanta
from onnes.response.condensate.mesh import FilmMesh, link_phases

Amplitudes = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts of a film: shares (terminal, y, x) of their lengths in each cell, and resistances to the wall.

    The potential on a contact is that of its cells plus the current into it times ``half``, the normal resistance
    between the centres of the cells and the wall; the supercurrent has vanished there. Superconducting contacts have no
    ``half``: see `Banks`. ``conduction``: local normal conductance over that of the film.
    """

    share: np.ndarray
    half: np.ndarray
    conduction: np.ndarray

    @property
    def count(self) -> int:
        return len(self.share)

    def mean(self, potential: np.ndarray) -> np.ndarray:
        """Return the potential averaged over each contact, without the way to the wall."""
        return np.einsum("kji,ji->k", self.share, potential)


def contacts(film: Film, mesh: FilmMesh) -> Contacts:
    """Return the contacts of a film on its mesh."""
    xi = film.material.coherence_length
    x, y = np.meshgrid(mesh.x, mesh.y)
    conduction = np.where(
        mesh.inside, evaluate(film.thickness_ratio, x, y) * evaluate(film.diffusion, x, y), 1.0
    )
    share, half = np.zeros((len(film.terminals), *mesh.shape)), np.zeros(len(film.terminals))
    for k, terminal in enumerate(film.terminals):
        length = mesh.contacts[k].sum()
        share[k] = mesh.contacts[k] / length
        start, end = np.array(terminal.start), np.array(terminal.end)
        along = (end - start) / np.linalg.norm(end - start)
        away = np.abs((x - start[0]) * along[1] - (y - start[1]) * along[0]) / xi
        if terminal.kind == "normal":
            half[k] = (share[k] * away / conduction).sum() / length
    return Contacts(share, half, conduction)


class Given:
    """Fields, currents and voltage of a setup on a mesh, as functions of the reduced time.

    ``changing``: whether the link phases ever change. ``by_rate``, ``by_current``: potentials of a unit rate of each
    profile, and of a unit current from each contact to the last.
    """

    def __init__(self, setup: Setup, mesh: FilmMesh, poisson: Neumann) -> None:
        self.setup, self.mesh = setup, mesh
        material = setup.film.material
        self.unit_time, self.unit_voltage = material.time, material.voltage
        self.unit_current = setup.film.sheet_current * material.coherence_length
        self.contacts = contacts(setup.film, mesh)
        self.profiles = [link_phases(mesh, f.profile) for f in setup.applied]
        check_quanta(mesh, setup.fields)
        self.schedules = [f.schedule for f in setup.applied]
        self.changing = any(not s.constant for s in self.schedules)
        cell = mesh.hx * mesh.hy
        self.by_rate = [poisson.solve(-self.divergence(p)) for p in self.profiles] if self.changing else []
        self.by_current = [
            poisson.solve((self.contacts.share[-1] - share) / cell) for share in self.contacts.share[:-1]
        ]
        self.resistance = 0.0
        banks = any(t.kind == "superconducting" for t in setup.film.terminals)
        if setup.voltage is not None and not banks:
            between = self.contacts.mean(self.by_current[0])
            self.resistance = float(between[0] - between[1] + self.contacts.half.sum())
        if setup.currents and not self.contacts.count:
            raise InvalidInput("currents into a film without terminals", "give it terminals")

    def amplitudes(self, time: float) -> Amplitudes:
        """Return the factors of the field profiles at a time."""
        return tuple(s.at(time * self.unit_time) for s in self.schedules)

    def rates(self, time: float) -> Amplitudes:
        """Return the rates of these factors just after a time."""
        return tuple(s.rate(time * self.unit_time) * self.unit_time for s in self.schedules)

    def links(self, factors: Amplitudes) -> tuple[np.ndarray, np.ndarray]:
        """Return the link phases along x and y of the profiles times ``factors``."""
        totals = np.zeros(self.mesh.shape), np.zeros(self.mesh.shape)
        for factor, profile in zip(factors, self.profiles, strict=True):
            for total, part in zip(totals, profile, strict=True):
                total += factor * part
        return totals

    def given(self, own: np.ndarray, time: float) -> tuple[np.ndarray, np.ndarray]:
        """Return potential and currents in where nothing is outside."""
        total = own
        if self.changing:
            total = own.copy()
            for rate, unit in zip(self.rates(time), self.by_rate, strict=True):
                total += rate * unit
        currents = self.currents(self.contacts.mean(total) if self.setup.voltage is not None else None, time)
        if currents[:-1].any():
            total = total + sum(i * unit for i, unit in zip(currents[:-1], self.by_current, strict=True))
        return total, currents

    def currents(self, have: np.ndarray | None, time: float) -> np.ndarray:
        """Return the currents in, which without current have the mean potentials ``have`` on the contacts.

        Only a given voltage needs them.
        """
        if self.setup.voltage is not None:
            wanted = self.setup.voltage.at(time * self.unit_time) / self.unit_voltage
            current = (wanted - have[0] + have[1]) / self.resistance
            return np.array([current, -current])
        if not self.setup.currents:
            return np.zeros(self.contacts.count)
        return np.array([s.at(time * self.unit_time) for s in self.setup.currents]) / self.unit_current

    def divergence(self, links: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Return the outflow of a times the link phases from each cell, over its area."""
        along_x = self.mesh.face_x * links[0] / self.mesh.hx**2
        along_y = self.mesh.face_y * links[1] / self.mesh.hy**2
        return along_x - np.roll(along_x, 1, 1) + along_y - np.roll(along_y, 1, 0)
