"""What instruments read from a state of a film: its order parameter, links and weights, checked once."""

from dataclasses import dataclass, replace

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


def unrolled(seen: FilmFields) -> FilmFields:
    """Return a periodic film with its first column (row) repeated after the last one, and with edges there.

    The links across the seam then lead to cells of the mesh like all others, so that every loop is seen once. A film
    that does not repeat is returned as it is.
    """
    for axis, repeats in enumerate(seen.film.periodic):
        if repeats:
            seen = _longer(seen, axis)
    return _without_quanta(seen) if all(seen.film.periodic) else seen


def _without_quanta(seen: FilmFields) -> FilmFields:
    """Take whole flux quanta out of the last loop: on a closed mesh it makes up for those of all others."""
    along_x, along_y = (link.copy() for link in seen.links)
    flux = along_x[-2, -2] + along_y[-2, -1] - along_x[-1, -2] - along_y[-2, -2]
    along_y[-2, -1] -= 2 * np.pi * np.rint(flux / (2 * np.pi))
    return replace(seen, links=(along_x, along_y))


def _longer(seen: FilmFields, axis: int) -> FilmFields:
    """Repeat the first column (axis 0) or row (axis 1) behind the last one, and close the new seam."""
    along = 1 - axis
    first = (slice(None), slice(0, 1)) if axis == 0 else (slice(0, 1), slice(None))

    def more(values: np.ndarray, seam: bool = False) -> np.ndarray:
        return np.concatenate([values, np.zeros_like(values[first]) if seam else values[first]], axis=along)

    places = [seen.x, seen.y]
    places[axis] = np.append(places[axis], places[axis][-1] + seen.step[axis])
    return replace(
        seen,
        x=places[0],
        y=places[1],
        psi=more(seen.psi),
        links=tuple(more(link, k == axis) for k, link in enumerate(seen.links)),
        cell=more(seen.cell),
        faces=tuple(more(face, k == axis) for k, face in enumerate(seen.faces)),
    )


def require(state: State, probe: str, *names: str) -> None:
    """Raise `CannotProbe` for the first field of ``names`` that the state does not carry."""
    for name in names:
        if name not in state:
            raise CannotProbe(probe, name, "solve a film with onnes.solve.tdgl, which carries it")
