"""What instruments read from a state of a film: its order parameter, links and weights, checked once."""

from dataclasses import dataclass

import numpy as np

from onnes.errors import CannotProbe
from onnes.model.condensate.film import Film, Setup
from onnes.model.condensate.patterns import evaluate
from onnes.state import State

COMMON = (
    "film_x",
    "film_y",
    "order_parameter",
    "link_x",
    "link_y",
    "cell_weight",
    "face_weight_x",
    "face_weight_y",
)
"""Fields that every instrument needs."""


@dataclass(frozen=True, slots=True)
class FilmFields:
    """A film as an instrument sees it; arrays (y, x) in reduced units (xi, J_0, Bc2) but ``x``, ``y``, ``step`` in nm.

    ``links``, ``faces``: link phases and face weights along x and along y. ``step``: (hx, hy) in nm.
    """

    setup: Setup
    x: np.ndarray
    y: np.ndarray
    psi: np.ndarray
    links: tuple[np.ndarray, np.ndarray]
    cell: np.ndarray
    faces: tuple[np.ndarray, np.ndarray]
    step: tuple[float, float]

    @property
    def film(self) -> Film:
        return self.setup.film

    @property
    def inside(self) -> np.ndarray:
        """bool (y, x): cells of the film."""
        return self.cell > 0

    @property
    def reduced_step(self) -> tuple[float, float]:
        """(hx, hy) in coherence lengths."""
        xi = self.film.material.coherence_length
        return self.step[0] / xi, self.step[1] / xi

    @property
    def positions(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y of every cell, nm (y, x)."""
        return tuple(np.meshgrid(self.x, self.y))

    def map(self, name: str) -> np.ndarray:
        """Return ``relaxation`` or ``inelastic`` (u or gamma) of every cell."""
        own = getattr(self.film, name)
        return evaluate(getattr(self.film.material, name) if own is None else own, *self.positions)


def film_fields(state: State, probe: str) -> FilmFields:
    """Return the fields of a film state for the instrument ``probe``.

    Raises `CannotProbe` where the state is not of a film or lacks a field.
    """
    if not isinstance(state.model, Setup):
        raise CannotProbe(probe, "a film (model.Setup)", "solve a film with onnes.solve.tdgl")
    require(state, probe, *COMMON)
    x, y = state["film_x"], state["film_y"]
    return FilmFields(
        setup=state.model,
        x=x,
        y=y,
        psi=state["order_parameter"],
        links=(state["link_x"], state["link_y"]),
        cell=state["cell_weight"],
        faces=(state["face_weight_x"], state["face_weight_y"]),
        step=(float(x[1] - x[0]), float(y[1] - y[0])),
    )


def require(state: State, probe: str, *names: str) -> None:
    """Raise `CannotProbe` for the first field of ``names`` that the state does not carry."""
    for name in names:
        if name not in state:
            raise CannotProbe(probe, name, "solve a film with onnes.solve.tdgl, which carries it")
