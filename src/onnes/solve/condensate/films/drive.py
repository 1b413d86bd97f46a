"""What drives a film in time, and what its phases outside the film answer."""

import numpy as np

from onnes.model.condensate.film import Setup
from onnes.numerics.poisson import Neumann
from onnes.response.condensate.mesh import FilmMesh
from onnes.solve.condensate.films.around import Around
from onnes.solve.condensate.films.banks import Banks
from onnes.solve.condensate.films.given import Given


class Drive(Given):
    """What is given, and ``outer``: currents around a periodic film or superconducting contacts, whose phases turn."""

    def __init__(self, setup: Setup, mesh: FilmMesh, poisson: Neumann) -> None:
        super().__init__(setup, mesh, poisson)
        self.outer: Around | Banks | None = None
        if any(s is not None for s in setup.circulating):
            self.outer = Around(self, poisson)
        elif any(t.kind == "superconducting" for t in setup.film.terminals):
            self.outer = Banks(self, poisson)

    def potential(
        self, own: np.ndarray, time: float, outside: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the whole potential, given the part ``own`` of the supercurrent, and the currents in.

        ``outside``: what `Moment.outside` holds.
        """
        return self.answer(own, time, None if outside is None else outside[1])[:2]

    def answer(
        self, own: np.ndarray, time: float, sums: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return potential and currents, and the rates of the phases outside the film.

        ``sums``: of the supercurrent to which these phases belong; see `Around` and `Banks`.
        """
        return (*self.given(own, time), None) if self.outer is None else self.outer.answer(own, time, sums)

    def outer_rates(self, own: np.ndarray, time: float, outside: np.ndarray | None) -> np.ndarray | None:
        """Return the rates of the phases outside the film."""
        return None if outside is None else self.answer(own, time, outside[1])[2]

    def turned(
        self, links: tuple[np.ndarray, np.ndarray], phases: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return link phases, or their rates, with what they gain around the film."""
        if not isinstance(self.outer, Around):
            return links
        more = self.outer.links(phases)
        return links[0] + more[0], links[1] + more[1]

    def gained(
        self, own: np.ndarray, span: tuple[float, float], outside: np.ndarray | None, rates: np.ndarray | None
    ) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return the phases outside the film in the middle and at the end of a step.

        Parameters
        ----------
        own, outside : of the moment before. span : its time, and the step. rates : in the middle.
        """
        if rates is None:
            return None, None
        (time, dt), now = span, outside[0]
        begin = self.outer_rates(own, time + 1e-9 * dt, outside)
        return now + 0.25 * dt * (begin + rates), now + dt * rates

    def wall_potentials(
        self, potential: np.ndarray, currents: np.ndarray, rates: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the mean potential on each contact; ``rates`` as in `answer`."""
        found = self.contacts.mean(potential) + self.contacts.half * currents
        if isinstance(self.outer, Banks):
            found[self.outer.which] = -rates
        return found
