r"""Static currents of thin films in the London limit: screening, trapped flux, vortices, several films at once.

On every film :math:`\tfrac12\mu_0\Lambda K+A=(\Phi_0/2\pi)\nabla\theta` with the local Pearl length
:math:`\Lambda=2\lambda^2/d`, or with the stream function :math:`K=\nabla\times g\hat z`

.. math:: B_a+\int Q(r,r')\,g(r')\,d^2r'-\nabla\cdot(\tfrac12\mu_0\Lambda\nabla g)=\Phi_0\sum_vn_v\delta(r-r_v),

g constant in every hole and zero outside; a hole holds n Phi_0 or carries a given current. Solved by preconditioned
conjugate gradients; the kernel Q is that of E. H. Brandt, PRB 72, 024529 (2005).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import splu

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.fields import Field, as_fields
from onnes.model.condensate.film import Film, Setup
from onnes.model.condensate.schedule import Schedule
from onnes.response.condensate.mesh import FLUX
from onnes.solve.condensate.sheets.network_state import network_state
from onnes.solve.condensate.sheets.sheet_network import MU, applied_links, sheet_network
from onnes.solve.condensate.sheets.stack import Stack, stack
from onnes.state import Check, Outcome, Report, State

Vortex = tuple[float, ...]
Operator = Callable[[np.ndarray], np.ndarray]
MOST = 2000
"""Most iterations; the number grows as the square root of the size in cells where nothing but 1/r resists."""


def london(
    film: Film | Setup | tuple[Film, ...],
    *,
    field: float | Schedule | Field | tuple[Field, ...] = 0.0,
    fluxoids: Sequence[int] | None = None,
    currents: Sequence[float | None] | None = None,
    vortices: Sequence[Vortex] = (),
    heights: Sequence[float] | None = None,
    spacing: float | None = None,
    tolerance: float = 1e-11,
    throw: bool = True,
) -> State | tuple[State, ...]:
    """Return the static sheet current of a film, or of several films, in the London limit.

    Parameters
    ----------
    film : a film, a setup with its own fields, or a tuple of films. The condensate is that of ``strength``
        (|psi|^2 = epsilon), ``diffusion`` and ``thickness_ratio``; none varies with the current.
    field : applied field at time 0: T along z, or profiles in space.
    fluxoids : flux quanta in each hole, in the order of the shapes' holes (film after film); none where not given.
    currents : uA that circulate around each hole, anticlockwise; None leaves a hole its fluxoid.
    vortices : (x, y, winding) in nm, put on the nearest corner of the mesh; (x, y, winding, film) in several films.
    heights : z of each film in nm, for a tuple.
    spacing : of the mesh, nm; 0.35 coherence lengths where not given, but only the film and Lambda matter here.
    tolerance : residual of the loop equations over their right-hand side, in the Euclidean norm.

    Returns
    -------
    State ``"london"`` of a `Setup`, or one for each film of a tuple: stream function, sheet currents, field in the
    plane, fluxoids and fluxes of holes, and psi and links as any film has them.

    Raises
    ------
    InvalidInput : fields given twice, transport currents, numbers that do not fit the holes, vortices off the film,
        a normal film, holes smaller than the cells, films that touch.
    NotConverged : the residual stayed above ``tolerance``.
    """
    setups = _setups(film, field)
    planes = heights_of(heights, len(setups))
    begin = time.perf_counter()
    films = stack([sheet_network(s.film, spacing, z) for s, z in zip(setups, planes, strict=True)])
    links = [applied_links(sheet, s.fields) for sheet, s in zip(films.sheets, setups, strict=True)]
    wanted = _quanta(films, fluxoids, vortices)
    right = FLUX * wanted - np.concatenate([s.loops(*l) for s, l in zip(films.sheets, links, strict=True)])
    held = _held(films, currents)
    found = solve_loops(films, right[:, None], held, tolerance)
    report = report_of(found, tolerance, time.perf_counter() - begin)
    if throw and not report.converged:
        raise NotConverged(report)
    states = network_state(films, setups, links, found.g[:, 0], report)
    return states if isinstance(film, tuple) else states[0]


@dataclass(frozen=True, slots=True)
class Solved:
    """Stream functions (loop, case) in uA, relative residuals of the last case, iterations of all."""

    g: np.ndarray
    residuals: tuple[float, ...]
    iterations: int
    converged: bool


def solve_loops(films: Stack, right: np.ndarray, held: dict[int, float], tolerance: float) -> Solved:
    """Solve for the stream functions of several right-hand sides (loop, case), T nm^2.

    Parameters
    ----------
    held : current (uA) of the loops whose current is given instead of their fluxoid.
    """
    free = np.setdiff1d(np.arange(films.starts[-1]), np.array(list(held), int))
    fixed = np.zeros(films.starts[-1])
    fixed[list(held)] = list(held.values())
    known = films.apply(fixed) if any(held.values()) else np.zeros_like(fixed)
    precondition = _factors(films, free)
    whole = np.zeros_like(fixed)

    def matrix(x: np.ndarray) -> np.ndarray:
        whole[free] = x
        return films.apply(whole)[free]

    answers = np.repeat(fixed[:, None], right.shape[1], axis=1)
    residuals, iterations, converged = (), 0, True
    for case in range(right.shape[1]):
        b = (right[:, case] - known)[free]
        answers[free, case], residuals, good = _gradients(matrix, precondition, b, tolerance)
        iterations, converged = iterations + len(residuals), converged and good
    return Solved(answers, residuals, iterations, converged)


def _gradients(
    matrix: Operator, precondition: Operator, b: np.ndarray, tolerance: float
) -> tuple[np.ndarray, tuple[float, ...], bool]:
    """Conjugate gradients: (x, relative residuals, converged), the last residual computed from x itself."""
    x, r, size = np.zeros_like(b), b.copy(), float(np.linalg.norm(b))
    if size == 0:
        return x, (0.0,), True
    residuals, p, before = [], np.zeros_like(b), 1.0
    while len(residuals) < MOST:
        z = precondition(r)
        now = float(r @ z)
        p = z + (now / before if residuals else 0.0) * p
        q = matrix(p)
        step = now / float(p @ q)
        x += step * p
        r -= step * q
        before = now
        residuals.append(float(np.linalg.norm(r)) / size)
        if residuals[-1] < 0.5 * tolerance:
            break
    residuals.append(float(np.linalg.norm(b - matrix(x))) / size)
    return x, tuple(residuals), residuals[-1] <= tolerance


def _factors(films: Stack, free: np.ndarray) -> Operator:
    """Factorise the kinetic part plus what the inductance is worth on the scale of a cell, film by film."""
    blocks, starts = [], films.starts
    for sheet, start in zip(films.sheets, starts, strict=False):
        own = free[(free >= start) & (free < start + sheet.count)] - start
        near = MU / 2 * max(sheet.steps) * 0.6
        local = sheet.stiffness + near * sheet.geometry
        blocks.append(
            (own.size, splu(local[own][:, own].tocsc(), "MMD_AT_PLUS_A", options={"SymmetricMode": True}))
        )
    cuts = np.cumsum([size for size, _ in blocks])[:-1]

    def solve(r: np.ndarray) -> np.ndarray:
        return np.concatenate(
            [lu.solve(part) for (_, lu), part in zip(blocks, np.split(r, cuts), strict=True)]
        )

    return solve


def report_of(found: Solved, tolerance: float, seconds: float) -> Report:
    return Report(
        Outcome.CONVERGED if found.converged else Outcome.MAX_ITERATIONS,
        engine="conjugate gradients",
        residuals=found.residuals,
        target=tolerance,
        iterations=found.iterations,
        seconds=seconds,
        checks=(Check("fluxoid of every loop, relative residual", found.residuals[-1], tolerance),),
    )


def _setups(film: Film | Setup | tuple[Film, ...], field: object) -> tuple[Setup, ...]:
    if isinstance(film, Setup):
        if not (isinstance(field, int | float) and field == 0):
            raise InvalidInput("a setup and a field", "put the field into the setup, or give its film")
        if film.voltage is not None or any(c.at(0.0) for c in film.currents):
            raise InvalidInput(
                "a transport current in a London film", "use solve.tdgl, which drives currents"
            )
        return (film,)
    fields = as_fields(field)
    return tuple(Setup(f, fields) for f in (film if isinstance(film, tuple) else (film,)))


def heights_of(heights: Sequence[float] | None, count: int) -> tuple[float, ...]:
    found = (0.0,) * count if heights is None else tuple(map(float, heights))
    if len(found) != count:
        raise InvalidInput(f"{len(found)} heights for {count} films", "give one for each film")
    return found


def holes_of(films: Stack) -> np.ndarray:
    """Return the loops of all holes, film after film."""
    return np.array([h + a for s, a in zip(films.sheets, films.starts, strict=False) for h in s.holes], int)


def _quanta(films: Stack, fluxoids: Sequence[int] | None, vortices: Sequence[Vortex]) -> np.ndarray:
    wanted, holes = np.zeros(films.starts[-1]), holes_of(films)
    if fluxoids is not None:
        _check_count("fluxoids", len(fluxoids), holes.size)
        if any(n != int(n) for n in fluxoids):
            raise InvalidInput(f"fluxoids {list(fluxoids)}", "give whole numbers of flux quanta")
        wanted[holes] = fluxoids
    for x, y, winding, *which in vortices:
        number = int(which[0]) if which else 0
        if not 0 <= number < len(films.sheets) or winding != int(winding):
            raise InvalidInput(
                f"a vortex {(x, y, winding, *which)}", "give (x, y, whole winding) or (x, y, winding, film)"
            )
        wanted[films.starts[number] + films.sheets[number].nearest(x, y)] += winding
    return wanted


def _held(films: Stack, currents: Sequence[float | None] | None) -> dict[int, float]:
    if currents is None:
        return {}
    holes = holes_of(films)
    _check_count("currents", len(currents), holes.size)
    return {int(h): float(c) for h, c in zip(holes, currents, strict=True) if c is not None}


def _check_count(name: str, given: int, holes: int) -> None:
    if given != holes:
        raise InvalidInput(f"{given} {name} for {holes} holes", f"give one of {name} for each hole")
