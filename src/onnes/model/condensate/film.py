"""A thin superconducting film: shape, thickness, material, contacts, and what varies over it."""

from dataclasses import dataclass, field

from onnes.errors import InvalidModel
from onnes.model.condensate.fields import Field, Lead
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.model.condensate.patterns import Pattern
from onnes.model.condensate.schedule import Schedule
from onnes.model.condensate.shapes import Point, Shape
from onnes.model.condensate.thermal import Thermal
from onnes.units import PHI_0

KINDS = ("normal", "superconducting")


@dataclass(frozen=True, slots=True)
class Terminal:
    """A contact along an edge, between the points ``start`` and ``end`` (nm) of it.

    At a ``"normal"`` one psi = 0. A ``"superconducting"`` one is a thick bank of the film's material at one potential
    mu: there |psi|^2 is the strength of the film and the phase falls as d phi/dt = -2e mu/hbar (Josephson).
    """

    name: str
    start: Point
    end: Point
    kind: str = "normal"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidModel("Terminal.kind", self.kind, f"one of {', '.join(KINDS)}")
        object.__setattr__(self, "start", tuple(map(float, self.start)))
        object.__setattr__(self, "end", tuple(map(float, self.end)))
        if self.start == self.end:
            raise InvalidModel("Terminal.end", self.end, f"another point than the start {self.start}", "nm")


def side(shape: Shape, where: str, name: str | None = None, kind: str = "normal") -> Terminal:
    """Return the terminal that covers a side of the bounding box: 'left', 'right', 'top' or 'bottom'."""
    x0, y0, x1, y1 = shape.bounds
    ends = {
        "left": ((x0, y0), (x0, y1)),
        "right": ((x1, y0), (x1, y1)),
        "bottom": ((x0, y0), (x1, y0)),
        "top": ((x0, y1), (x1, y1)),
    }
    if where not in ends:
        raise InvalidModel("side.where", where, f"one of {', '.join(ends)}")
    return Terminal(name or where, *ends[where], kind)


@dataclass(frozen=True, slots=True)
class Film:
    r"""A film so thin that nothing varies across it, in units of its material.

    Every point r has its own share of the energy density

    .. math:: f=d(r)[-\epsilon(r)|\psi|^2+\tfrac12|\psi|^4+D(r)\,\xi^2|(\nabla-\tfrac{2\pi i}{\Phi_0}A)\psi|^2]

    Parameters
    ----------
    shape : the film seen from above, nm.
    thickness : d, nm.
    material : lengths and times where nothing varies.
    terminals : contacts on the edges; no current flows through any other edge.
    strength : epsilon(r), 1 where the material is itself and negative where it is normal: local Tc.
    diffusion : D(r)/D, local diffusion constant (mean free path); also the local normal conductivity.
    thickness_ratio : local thickness over ``thickness``.
    relaxation, inelastic : local u and gamma where they vary; otherwise those of the material.
    extrapolation : de Gennes length b (nm) of the bare edges: infinite at an insulator, zero at a strong
        ferromagnet, negative at a superconductor of higher Tc, n.(grad - 2 pi i A/Phi_0) psi = -psi/b.
    periodic : whether the film repeats along (x, y). Its outline is one period, a rectangle; holes lie within it.

    Raises
    ------
    InvalidModel : thickness not positive, terminals off the edge or of one name (coordinates named), a periodic film
        that is no rectangle or has a terminal where it repeats.
    """

    shape: Shape
    thickness: float
    material: GinzburgLandau
    terminals: tuple[Terminal, ...] = ()
    strength: Pattern | float = 1.0
    diffusion: Pattern | float = 1.0
    thickness_ratio: Pattern | float = 1.0
    relaxation: Pattern | float | None = None
    inelastic: Pattern | float | None = None
    extrapolation: float = float("inf")
    periodic: tuple[bool, bool] = (False, False)

    def __post_init__(self) -> None:
        if not 0 < self.thickness < float("inf"):
            raise InvalidModel("Film.thickness", self.thickness, "positive and finite", "nm")
        if self.extrapolation != self.extrapolation:
            raise InvalidModel("Film.extrapolation", self.extrapolation, "a number", "nm")
        names = [t.name for t in self.terminals]
        if len(set(names)) != len(names):
            raise InvalidModel("Film.terminals", names, "terminals of different names")
        for terminal in self.terminals:
            _check_on_edge(self.shape, terminal)
        object.__setattr__(self, "periodic", tuple(map(bool, self.periodic)))
        if len(self.periodic) != 2:
            raise InvalidModel("Film.periodic", self.periodic, "a pair, along x and along y")
        if any(self.periodic):
            _check_period(self.shape, self.periodic, self.terminals)

    @property
    def repeats(self) -> bool:
        """Whether the film is periodic along x or y."""
        return any(self.periodic)

    def induction(self, quanta: int) -> float:
        """Return the uniform field (T) of which ``quanta`` flux quanta thread one period of the film."""
        x0, y0, x1, y1 = self.shape.bounds
        return quanta * PHI_0 * 1e18 / ((x1 - x0) * (y1 - y0))

    @property
    def pearl_length(self) -> float:
        """2 lambda^2/d, nm."""
        return self.material.pearl_length(self.thickness)

    @property
    def sheet_current(self) -> float:
        """Unit of the sheet current, J_0 d, in uA/nm."""
        return self.material.current_density * self.thickness * 1e-9 * 1e6 * 1e-9


@dataclass(frozen=True, slots=True)
class Setup:
    """A film in an experiment: the field upon it, currents or voltage across it, noise, its own field and its heat.

    Parameters
    ----------
    film : the film.
    fields : applied fields.
    currents : uA that flow *into* the film at each terminal, in the order of ``film.terminals``; they sum to zero.
    voltage : mV between the first and the second terminal, instead of currents.
    noise : temperature (K) of the thermal noise; 0 for none.
    screening : whether the field of the film's own currents acts upon it.
    thermal : how the film heats and cools; None for one that stays at the temperature of its material.
    circulating : uA that flow along (x, y) through the cross-section of a periodic film; None where no current is
        given and no electromotive force acts but that of the fields.
    leads : whether straight leads, as wide as the terminals and evenly filled by the currents, go on from them to
        infinity; their field acts upon the film.
    """

    film: Film
    fields: tuple[Field, ...] = ()
    currents: tuple[Schedule, ...] = ()
    voltage: Schedule | None = None
    noise: float = 0.0
    screening: bool = False
    thermal: Thermal | None = None
    note: str = field(default="", compare=False)
    circulating: tuple[Schedule | None, Schedule | None] = (None, None)
    leads: bool = False

    def __post_init__(self) -> None:
        for axis, given in enumerate(self.circulating):
            if given is not None and not self.film.periodic[axis]:
                raise InvalidModel(
                    "Setup.circulating", f"a current along {'xy'[axis]}", "given where the film is periodic"
                )
        if self.leads and not self.currents:
            raise InvalidModel(
                "Setup.leads", "leads without currents", "of a film with currents at its terminals"
            )
        contacts = len(self.film.terminals)
        if self.currents and len(self.currents) != contacts:
            raise InvalidModel("Setup.currents", len(self.currents), f"one for each of {contacts} terminals")
        if self.voltage is not None and (contacts != 2 or self.currents):
            raise InvalidModel(
                "Setup.voltage", "a voltage", "given with exactly two terminals and no currents"
            )
        if not self.noise >= 0:
            raise InvalidModel("Setup.noise", self.noise, "zero or positive", "K")
        material = self.film.material
        if self.thermal is not None and None in (material.critical_temperature, material.temperature):
            raise InvalidModel(
                "Setup.thermal",
                "a film that heats",
                "one of a material with critical_temperature and temperature",
            )
        _check_balance(self.currents)

    @property
    def applied(self) -> tuple[Field, ...]:
        """The applied fields and those of the leads."""
        if not self.leads:
            return self.fields
        ends = (_lead(self.film.shape, terminal) for terminal in self.film.terminals)
        return self.fields + tuple(
            Field(end, current)
            for end, current in zip(ends, self.currents, strict=True)
            if not (current.constant and current.at(0.0) == 0)
        )

    @property
    def events(self) -> tuple[float, ...]:
        """Times (ps) at which a slope of the drive changes."""
        schedules = [f.schedule for f in self.fields] + list(self.currents)
        schedules += [s for s in self.circulating if s is not None]
        schedules += [self.voltage] if self.voltage else []
        return tuple(sorted({t for s in schedules for t in s.events}))


def _lead(shape: Shape, terminal: Terminal) -> Lead:
    """Return the lead beyond a terminal: on the side on which the film is not."""
    from shapely import Point as Spot

    (x0, y0), (x1, y1) = terminal.start, terminal.end
    left = Spot((x0 + x1) / 2 - 1e-6 * (y1 - y0), (y0 + y1) / 2 + 1e-6 * (x1 - x0))
    ends = (terminal.end, terminal.start) if shape.polygon.covers(left) else (terminal.start, terminal.end)
    return Lead(*ends)


def _check_period(shape: Shape, periodic: tuple[bool, bool], terminals: tuple[Terminal, ...]) -> None:
    from shapely import Polygon, box

    x0, y0, x1, y1 = shape.bounds
    if not Polygon(shape.outline).normalize().equals_exact(box(x0, y0, x1, y1).normalize(), 1e-9 * (x1 - x0)):
        raise InvalidModel(
            "Film.shape", "an outline that is no upright rectangle", "one period of a periodic film"
        )
    ends = (x0, x1), (y0, y1)
    for terminal in terminals:
        for axis in (0, 1):
            place = terminal.start[axis]
            if periodic[axis] and place == terminal.end[axis] and place in ends[axis]:
                raise InvalidModel(
                    f"Film.terminals: {terminal.name!r}",
                    f"a contact at {'xy'[axis]} = {place:g} nm, where the film repeats",
                    "on an edge along which it ends",
                )


def _check_balance(currents: tuple[Schedule, ...]) -> None:
    for time in sorted({t for s in currents for t in (*s.times, 0.0)}):
        total = sum(s.at(time) for s in currents)
        if abs(total) > 1e-9 * max((abs(s.at(time)) for s in currents), default=0.0):
            raise InvalidModel(
                "Setup.currents",
                f"a sum of {total:g} uA at {time:g} ps",
                "zero in sum: what flows in flows out",
            )


def _check_on_edge(shape: Shape, terminal: Terminal) -> None:
    from shapely import LineString

    near = shape.polygon.boundary.buffer(1e-6 * shape.area**0.5)
    off = LineString([terminal.start, terminal.end]).difference(near)
    if not off.is_empty:
        point = off.representative_point() if hasattr(off, "representative_point") else off.centroid
        raise InvalidModel(
            f"Film.terminals: {terminal.name!r}",
            f"a point ({point.x:.4g}, {point.y:.4g}) nm off the edge",
            "a straight part of the edge, from start to end",
        )
