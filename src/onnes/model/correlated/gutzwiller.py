"""Trial states of correlated electrons: the ground state of a pairing mean field, projected.

``|psi> = P_N g^D exp(sum of correlators) |BCS>``: |BCS> is the ground state of ``sum_a p_a T_a``, a quadratic
Hamiltonian whose terms T_a are hoppings, potentials, fields and pairings of any pattern; P_N keeps given numbers
of electrons; g^D weighs doubly occupied sites (g = 0 removes them, Gutzwiller's projection). Every p_a may be
optimised. The scale of the mean field is arbitrary, so its nearest-neighbour hopping is 1.

C. Gros, Ann. Phys. (N.Y.) 189, 53 (1989); H. Yokoyama and H. Shiba, J. Phys. Soc. Jpn. 57, 2482 (1988).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidModel
from onnes.model.correlated.hubbard import TJ, Cluster, Hubbard, bonds, hermitian
from onnes.model.correlated.translations import pair_classes

KINDS = ("density", "spin", "doublon-holon")
GUTZWILLER = "log_gutzwiller"


@dataclass(frozen=True, slots=True, eq=False)
class MeanFieldTerm:
    """One term of the mean field of a trial state.

    ``T = sum_ij up_ij c+_i,up c_j,up + down_ij c+_i,dn c_j,dn + (pairing_ij c+_i,up c+_j,dn + h.c.)``

    Parameters
    ----------
    name : of the parameter that multiplies it.
    up, down : float or complex (site, site), Hermitian, or None.
    pairing : float or complex (site, site), or None; a singlet is symmetric.

    Raises
    ------
    InvalidModel : no matrix at all, or matrices that are not finite, square, of one size, Hermitian.
    """

    name: str
    up: np.ndarray | None = None
    down: np.ndarray | None = None
    pairing: np.ndarray | None = None

    def __post_init__(self) -> None:
        given = [m for m in (self.up, self.down, self.pairing) if m is not None]
        if not given or not self.name:
            raise InvalidModel("term", self.name, "named, with at least one matrix")
        size = len(np.atleast_1d(given[0]))
        for name in ("up", "down"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _frozen(hermitian(name, getattr(self, name), size)))
        if self.pairing is not None:
            matrix = np.array(self.pairing, dtype=complex)
            if matrix.shape != (size, size) or not np.all(np.isfinite(matrix)):
                raise InvalidModel("pairing", matrix.shape, f"a finite matrix ({size}, {size})")
            object.__setattr__(
                self, "pairing", _frozen(matrix if np.any(matrix.imag) else matrix.real.copy())
            )

    @property
    def sites(self) -> int:
        """Number of sites."""
        return len(next(m for m in (self.up, self.down, self.pairing) if m is not None))

    def matrix(self) -> np.ndarray:
        """Return [[up, pairing], [pairing+, -down^T]] (2 site, 2 site), of up electrons and down holes."""
        zero = np.zeros((self.sites, self.sites))
        up = zero if self.up is None else self.up
        down = zero if self.down is None else self.down
        pair = zero if self.pairing is None else self.pairing
        return np.block([[up, pair], [pair.conj().T, -down.T]])


@dataclass(frozen=True, slots=True, eq=False)
class Correlator:
    """One factor ``exp(s sum_{i<j} pattern_ij X_ij)`` of a trial state.

    X is n_i n_j ("density"), (n_up - n_dn)_i (n_up - n_dn)_j ("spin", which breaks the symmetry of spin rotation),
    or d_i h_j + h_i d_j with d a doubly occupied and h an empty site ("doublon-holon").

    Raises
    ------
    InvalidModel : another kind, or a pattern that is not a real symmetric matrix with zero diagonal.
    """

    name: str
    kind: str
    pattern: np.ndarray

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not self.name:
            raise InvalidModel("kind", self.kind, f"one of {', '.join(KINDS)}, with a name")
        object.__setattr__(
            self, "pattern", _frozen(bonds("pattern", self.pattern, len(np.atleast_1d(self.pattern))))
        )


@dataclass(frozen=True, slots=True, eq=False)
class ProjectedBCS:
    """A projected pairing state: mean field, correlators, weight of double occupancy.

    Parameters
    ----------
    cluster : sites, positions and translations (distances of correlations are taken from it; its hopping is not used).
    terms : terms of the mean field. values : float (term,), their parameters, in units of its hopping.
    correlators : two-site factors. strengths : float (correlator,).
    log_gutzwiller : ln g, weight of a doubly occupied site in the amplitude; None forbids them (t-J).

    Raises
    ------
    InvalidModel : terms of another size, names that repeat, numbers that are not finite.
    """

    cluster: Cluster
    terms: tuple[MeanFieldTerm, ...]
    values: np.ndarray
    correlators: tuple[Correlator, ...] = ()
    strengths: np.ndarray = ()  # type: ignore[assignment]
    log_gutzwiller: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(self.terms))
        object.__setattr__(self, "correlators", tuple(self.correlators))
        n = self.cluster.sites
        for name, items in (("values", self.terms), ("strengths", self.correlators)):
            array = np.array(getattr(self, name), dtype=float).reshape(-1)
            if len(array) != len(items) or not np.all(np.isfinite(array)):
                raise InvalidModel(name, array, f"{len(items)} finite numbers, one for each item")
            object.__setattr__(self, name, _frozen(array))
        sizes = {t.sites for t in self.terms} | {len(c.pattern) for c in self.correlators}
        if not self.terms or sizes != {n}:
            raise InvalidModel("terms", sorted(sizes), f"at least one, all of {n} sites")
        names = [t.name for t in self.terms] + [c.name for c in self.correlators] + [GUTZWILLER]
        if len(set(names)) < len(names):
            raise InvalidModel("terms", names, "of different names")
        if self.log_gutzwiller is not None and not np.isfinite(self.log_gutzwiller):
            raise InvalidModel(GUTZWILLER, self.log_gutzwiller, "finite, or None to forbid double occupancy")

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters by name: terms, correlators, log_gutzwiller where it is finite."""
        found = {t.name: float(v) for t, v in zip(self.terms, self.values, strict=True)}
        found |= {c.name: float(v) for c, v in zip(self.correlators, self.strengths, strict=True)}
        return found if self.log_gutzwiller is None else {**found, GUTZWILLER: float(self.log_gutzwiller)}

    def with_parameters(self, changed: Mapping[str, float]) -> "ProjectedBCS":
        """Return the state with some parameters changed; raise `InvalidModel` for a name it does not have."""
        if unknown := set(changed) - set(self.parameters):
            raise InvalidModel("parameters", sorted(unknown), f"among {', '.join(self.parameters)}")
        found = {**self.parameters, **changed}
        return replace(
            self,
            values=np.array([found[t.name] for t in self.terms]),
            strengths=np.array([found[c.name] for c in self.correlators]),
            log_gutzwiller=found.get(GUTZWILLER),
        )

    def mean_field(self) -> np.ndarray:
        """Return the Hamiltonian of up electrons and down holes, (2 site, 2 site)."""
        return sum(v * t.matrix() for v, t in zip(self.values, self.terms, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class VariationalProblem:
    """A Hamiltonian, a trial state for it, and numbers of electrons.

    Raises
    ------
    InvalidModel : another number of sites, electrons that do not fit, or a t-J model with a trial that keeps doubly
        occupied sites.
    """

    hamiltonian: Hubbard | TJ
    trial: ProjectedBCS
    particles: tuple[int, int]

    def __post_init__(self) -> None:
        n, (up, down) = self.hamiltonian.cluster.sites, self.particles
        if self.trial.cluster.sites != n:
            raise InvalidModel("trial", self.trial.cluster.sites, f"of {n} sites, as the model")
        if isinstance(self.hamiltonian, TJ) and self.trial.log_gutzwiller is not None:
            raise InvalidModel(GUTZWILLER, self.trial.log_gutzwiller, "None in a t-J model")
        full = self.trial.log_gutzwiller is None
        if not (0 <= up <= n and 0 <= down <= n and up + down >= 1) or (full and up + down > n):
            raise InvalidModel("particles", self.particles, f"numbers that {n} sites hold")
        object.__setattr__(self, "particles", (int(up), int(down)))


def links(cluster: Cluster, *steps: Sequence[float]) -> np.ndarray:
    """Return float (site, site): 1 where the nearest image of j lies a step, or minus a step, from i."""
    reach = _displacements(cluster)
    found = np.zeros(reach.shape[:2], dtype=bool)
    for step in steps:
        for sign in (1, -1):
            found |= np.all(np.abs(reach - sign * np.asarray(step, dtype=float)) < 1e-6, axis=-1)
    found |= found.T
    np.fill_diagonal(found, False)
    return found.astype(float)


def boundary_phases(
    cluster: Cluster, *, antiperiodic: Sequence[bool] = (), twist: Sequence[float] = ()
) -> np.ndarray:
    """Return the phase factor of a hop between each pair of sites (site, site).

    ``antiperiodic`` axes change the sign of bonds that wrap around them (real); ``twist`` spreads a phase evenly
    over the cells as the ready clusters do, exp(-i twist.d/L) from i to i + d.

    Raises
    ------
    InvalidModel : another number of axes, or sides of at most two cells, where both images are equally near.
    """
    reach = _displacements(cluster)
    axes = reach.shape[-1]
    wrap = cluster.positions[None, :, :] - cluster.positions[:, None, :] - reach
    phases = np.ones(reach.shape[:2])
    if len(antiperiodic):
        if len(antiperiodic) != axes:
            raise InvalidModel("antiperiodic", antiperiodic, f"one choice for each of {axes} axes")
        sides = np.array([len(np.unique(np.round(cluster.positions[:, a], 6))) for a in range(axes)])
        if np.any(np.asarray(antiperiodic) & (sides < 3)):
            raise InvalidModel("antiperiodic", antiperiodic, "on sides of at least three cells")
        odd = (np.abs(wrap) > 0.5) & np.asarray(antiperiodic, dtype=bool)
        phases = np.prod(np.where(odd, -1.0, 1.0), axis=-1)
    if len(twist):
        if len(twist) != axes or not np.all(np.isfinite(twist)):
            raise InvalidModel("twist", twist, f"{axes} finite phases", "rad")
        sides = np.array([np.ptp(cluster.positions[:, a]) + 1 for a in range(axes)])
        phases = phases * np.exp(-1j * reach @ (np.asarray(twist, dtype=float) / sides))
    return phases


def antiperiodic_cluster(cluster: Cluster, axes: Sequence[bool]) -> Cluster:
    """Return the cluster whose electrons change sign around the axes marked True; real, without translations.

    It is the twist pi in the gauge where the sign sits on the bonds that wrap. Raises as `boundary_phases`.
    """
    phases = boundary_phases(cluster, antiperiodic=axes)
    return Cluster(cluster.hopping * phases, cluster.positions, name=cluster.name)


def hopping_term(
    cluster: Cluster, *steps: Sequence[float], name: str = "hopping", phases: ArrayLike = 1.0
) -> MeanFieldTerm:
    """Return -sum c+_i c_j over bonds along ``steps``, both spins; ``phases`` as from `boundary_phases`."""
    matrix = -links(cluster, *steps) * np.asarray(phases)
    return MeanFieldTerm(name, up=matrix, down=matrix)


def pairing_term(
    cluster: Cluster,
    form: Mapping[tuple[float, ...], float],
    *,
    name: str = "pairing",
    amplitude: ArrayLike = 1.0,
    phases: ArrayLike = 1.0,
) -> MeanFieldTerm:
    """Return singlet pairing on bonds: D_ij = f(step) (a_i + a_j)/2, ``form`` {step: f}, ``amplitude`` a (site,).

    d wave on the square lattice is {(1, 0): 1, (0, 1): -1}.
    """
    n = cluster.sites
    local = np.broadcast_to(np.asarray(amplitude), (n,))
    pattern = sum(f * links(cluster, step) for step, f in form.items())
    return MeanFieldTerm(name, pairing=pattern * (local[:, None] + local[None, :]) / 2 * np.asarray(phases))


def potential_term(cluster: Cluster, values: ArrayLike = 1.0, *, name: str = "potential") -> MeanFieldTerm:
    """Return sum_i values_i n_i; ``values`` a number or float (site,)."""
    matrix = np.diag(np.broadcast_to(np.asarray(values, dtype=float), (cluster.sites,)))
    return MeanFieldTerm(name, up=matrix, down=matrix)


def field_term(cluster: Cluster, values: ArrayLike, *, name: str = "field") -> MeanFieldTerm:
    """Return -sum_i values_i (n_i,up - n_i,dn); ``values`` a number or float (site,)."""
    matrix = np.diag(np.broadcast_to(np.asarray(values, dtype=float), (cluster.sites,)))
    return MeanFieldTerm(name, up=-matrix, down=matrix)


def stripe_terms(
    cluster: Cluster,
    period: float,
    *,
    charge: float | None = None,
    spin: float | None = None,
    pairing: float | None = None,
    axis: int = 0,
    antiphase: bool = True,
    phases: ArrayLike = 1.0,
) -> tuple[tuple[MeanFieldTerm, ...], tuple[float, ...]]:
    """Return (terms, values) of stripes on the square lattice whose charge repeats after ``period`` cells.

    x runs along ``axis``. Charge: potential cos(2 pi x/period). Spin: staggered field that changes sign where that is
    largest, with twice the period. Pairing: d wave with the period of the charge, or, where ``antiphase``, with twice
    that and a sign change.
    Only the terms given a number are made.
    """
    x = cluster.positions[:, axis]
    staggered = np.cos(np.pi * cluster.positions.sum(axis=1))
    wave, slow = np.cos(2 * np.pi * x / period), np.sin(np.pi * x / period)
    found = []
    if charge is not None:
        found.append((potential_term(cluster, wave, name="stripe_charge"), charge))
    if spin is not None:
        found.append((field_term(cluster, staggered * slow, name="stripe_spin"), spin))
    if pairing is not None:
        shape = np.cos(np.pi * x / period) if antiphase else wave
        form = {(1.0, 0.0): 1.0, (0.0, 1.0): -1.0}
        found.append(
            (pairing_term(cluster, form, name="stripe_pairing", amplitude=shape, phases=phases), pairing)
        )
    return tuple(t for t, _ in found), tuple(float(v) for _, v in found)


def projected_bcs(
    cluster: Cluster,
    *,
    chemical_potential: float = 0.0,
    d_wave: float | None = None,
    extended_s: float | None = None,
    t_prime: float | None = None,
    staggered_field: float | None = None,
    further: Iterable[tuple[MeanFieldTerm, float]] = (),
    correlators: Iterable[tuple[Correlator, float]] = (),
    log_gutzwiller: float | None = None,
    antiperiodic: Sequence[bool] = (),
    twist: Sequence[float] = (),
) -> ProjectedBCS:
    """Return a projected pairing state on the square lattice.

    ``H = -sum_<ij> c+_i c_j - t' sum_<<ij>> c+_i c_j - mu N + sum_<ij> (D_ij c+_i,up c+_j,dn + h.c.)
    - M sum_i (-1)^(x+y) m_i``, m = n_up - n_dn, D = +-d_wave along x and y plus extended_s. Terms left at None are
    absent (and not optimised); a term of value 0 is a parameter. In units of the hopping, the gap at k is
    2 d_wave |cos kx - cos ky|.

    Parameters
    ----------
    cluster : square lattice with its translations, not twisted itself.
    further : (term, value) pairs, such as stripes. correlators : (correlator, strength) pairs.
    antiperiodic, twist : boundary of the electrons of the mean field, see `boundary_phases`; a gap with nodes needs one
        where a node is an allowed wavevector.

    Raises
    ------
    InvalidModel : as `ProjectedBCS` and `boundary_phases`.
    """
    phases = boundary_phases(cluster, antiperiodic=antiperiodic, twist=twist)
    pair = boundary_phases(cluster, antiperiodic=antiperiodic) if len(antiperiodic) else 1.0
    d_form = {(1.0, 0.0): 1.0, (0.0, 1.0): -1.0}
    s_form = {(1.0, 0.0): 1.0, (0.0, 1.0): 1.0}
    chosen: list[tuple[MeanFieldTerm, float]] = [
        (hopping_term(cluster, (1, 0), (0, 1), phases=phases), 1.0),
        (potential_term(cluster, -1.0, name="chemical_potential"), chemical_potential),
    ]
    if d_wave is not None:
        chosen.append((pairing_term(cluster, d_form, name="d_wave", phases=pair), d_wave))
    if extended_s is not None:
        chosen.append((pairing_term(cluster, s_form, name="extended_s", phases=pair), extended_s))
    if t_prime is not None:
        chosen.append((hopping_term(cluster, (1, 1), (1, -1), name="t_prime", phases=phases), t_prime))
    if staggered_field is not None:
        signs = np.cos(np.pi * np.round(cluster.positions.sum(axis=1)))
        chosen.append((field_term(cluster, signs, name="staggered_field"), staggered_field))
    chosen += list(further)
    factors = list(correlators)
    return ProjectedBCS(
        cluster,
        tuple(t for t, _ in chosen),
        np.array([v for _, v in chosen]),
        tuple(c for c, _ in factors),
        np.array([s for _, s in factors]),
        log_gutzwiller,
    )


def paired_state(cluster: Cluster, pairs: np.ndarray, *, log_gutzwiller: float | None = None) -> ProjectedBCS:
    """Return the state (sum_ij phi_ij c+_i,up c+_j,dn)^n |0> of a given pair function phi (site, site).

    Its mean field is the one whose ground state it is: 1 - 2P, P the projector onto the columns of [phi; 1].
    """
    columns = np.concatenate([np.asarray(pairs), np.eye(cluster.sites)])
    basis = np.linalg.qr(columns)[0]
    flat = np.eye(2 * cluster.sites) - 2 * basis @ basis.conj().T
    n = cluster.sites
    term = MeanFieldTerm("pairs", up=flat[:n, :n], down=-flat[n:, n:].T, pairing=flat[:n, n:])
    return ProjectedBCS(cluster, (term,), np.ones(1), log_gutzwiller=log_gutzwiller)


def _displacements(cluster: Cluster) -> np.ndarray:
    classes = pair_classes(cluster)
    return classes.displacement[classes.index]


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
