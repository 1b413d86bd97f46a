"""From a tunneling conductance back to alpha2F and mu*: the inversion of McMillan and Rowell.

W. L. McMillan and J. M. Rowell, Phys. Rev. Lett. 14, 108 (1965). The unknowns x are the heights of
alpha2F on a grid of nodes, not negative, and mu*. The model g(x) is the whole chain at the
temperature of the measurement: Matsubara equations, exact continuation, smearing of the junction
(`onnes.response.phonons.tunneling_map`), and the gap edge as one more datum. What is minimised is::

    chi^2(x) + alpha |L a2F|^2,   chi^2 = sum [(d - g(x))/sigma]^2,   L = second difference,

by Gauss-Newton steps, each a non-negative least-squares problem. L weighs curvature below the gap edge
(Delta_0/Omega)^2 times more. alpha is the one of largest evidence (the probability of the data, heights
integrated out), or follows from the discrepancy principle in the form chi^2 = n - dof(alpha), dof the
number of parameters that the data determine; the second swings with the accident of chi^2.

Errors are spreads of replicas: the last linear problem solved again with new noise on the data and on
the smoothness, J x = d + sigma e, L a = e'/sqrt(alpha), x >= 0. Without the bound these are exact draws
from the posterior (J^T J + alpha L^T L)^-1; so they hold the noise and, through the smoothness that
alpha stands for, the blur of the regularisation. They do not hold alpha2F beyond the highest node, nor
structure finer than the nodes. A known bias remains: where alpha2F is zero, the bound lets noise
through on one side only, and lambda weighs low energies by 1/Omega. In closed loops on a lead-like
spectrum lambda and mu* come out about one standard error high together (lambda by 0.6 % at a noise of
0.1 %, by 0.4 % at 0.05 %); Tc of the glue, fixed by the gap, is within 0.2 %.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from onnes.errors import InvalidInput, NotConverged, OnnesWarning
from onnes.model.phonons.glue import MuStar, PhononGlue
from onnes.model.phonons.spectrum import Spectrum
from onnes.numerics.matsubara import span
from onnes.numerics.regularised import (
    by_discrepancy,
    by_evidence,
    freedom,
    regularised,
    second_difference,
)
from onnes.response.phonons.junction import junction_response
from onnes.response.phonons.tunneling_map import Solution, TunnelingMap, tunneling_map
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B

COLDEST = 14.0
"""The spectra are solved at kT >= gap/14, where what T changes is of order exp(-14)."""
CUTOFF = 20.0
"""Matsubara cutoff of the solution in units of the highest node."""
LOWEST = 1.2
"""Lowest bias that is used, in gap edges."""
STEPS_PER_GAP = 60.5
"""The gap edge falls in the middle of a cell: on a boundary the model would have a kink there."""
FIRST_COUPLING, FIRST_MU_STAR = 1.0, 0.1
HEIGHT_STEP, MU_STEP = 0.01, 1e-3
"""Finite-difference steps of the Jacobian: of the largest height, and of mu*."""

Rule = Literal["evidence", "discrepancy"]
RULES = {"evidence": by_evidence, "discrepancy": by_discrepancy}


@dataclass(frozen=True, slots=True)
class GaussNewton:
    """Iteration limit, and the step in units of one standard error below which it has converged."""

    max_iterations: int = 25
    tolerance: float = 0.02


DEFAULT = GaussNewton()


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Data (n,) with standard errors, the last one the gap edge; and L, what is known of smoothness."""

    bias: np.ndarray
    values: np.ndarray
    errors: np.ndarray
    smooth: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Unknowns x = (heights, mu*), model values at x, strength, and the history of steps."""

    x: np.ndarray
    model: np.ndarray
    jacobian: np.ndarray
    strength: float
    freedom: float
    steps: tuple[float, ...]
    converged: bool


def spectrum_from_tunneling(
    bias: np.ndarray,
    conductance: np.ndarray,
    error: np.ndarray | float,
    *,
    frequency: tuple[float, float, int] | np.ndarray,
    gap_edge: float,
    gap_edge_error: float,
    temperature: float,
    mu_star_cutoff: float | None = None,
    broadening: float = 0.0,
    lockin: float = 0.0,
    strength: float | Rule = "evidence",
    replicas: int = 200,
    seed: int = 0,
    method: GaussNewton = DEFAULT,
    throw: bool = True,
) -> State:
    """Return alpha2F and mu*, with errors, from a tunneling conductance above the gap.

    Main arguments
    --------------
    bias, conductance, error : e V in meV, G_s/G_n and its standard error (n,). Points below
        1.2 gap edges are left out: there the conductance says where the edge is and little else.
    frequency : nodes of alpha2F, meV, array or (low, high, n), evenly spaced and positive; alpha2F
        is zero at the origin and one spacing beyond the last node.
    gap_edge, gap_edge_error : Delta_0 and its standard error, meV; what fixes mu*.
    temperature : K.

    Other arguments
    ---------------
    mu_star_cutoff : meV, the Matsubara cutoff to state mu* at; ten times the last node if not given.
    broadening, lockin : of the junction, meV, as in `onnes.probe.tunneling`.
    strength : alpha as a number, or how to find it: ``"evidence"`` or ``"discrepancy"``.
    replicas, seed : number of replicas that the errors are read from, and the random seed.
    method : Gauss-Newton limits.
    throw : raise `NotConverged` instead of returning an unconverged state.

    Returns
    -------
    State ``"tunneling-inversion"`` of the PhononGlue that was found, with fields frequency, alpha2F,
    alpha2F_error, lambda_total, mu_star (and their errors), gap_edge, temperature, bias, conductance,
    conductance_error and conductance_fit at the points that were used, and alpha2F_replicas with
    mu_star_replicas, to carry the errors on to anything that follows from the glue.

    Raises
    ------
    InvalidInput : arrays that do not fit, errors not positive, or data that end below the last node.
    NotConverged : Gauss-Newton stopped early.
    """
    begin = time.perf_counter()
    if not (strength in RULES if isinstance(strength, str) else strength > 0):
        raise InvalidInput(f"strength {strength!r}", "give a positive number, 'evidence' or 'discrepancy'")
    if not (temperature >= 0 and replicas >= 20):
        raise InvalidInput(
            f"temperature {temperature} K with {replicas} replicas",
            "give a temperature >= 0 and at least 20 replicas",
        )
    nodes = _nodes(frequency)
    data = _measured(bias, conductance, error, gap_edge, gap_edge_error, nodes)
    kelvin = max(temperature, gap_edge / (COLDEST * K_B))
    response = junction_response(K_B * temperature, broadening, lockin)

    def build(step: float) -> TunnelingMap:
        cutoff = CUTOFF * nodes[-1]
        return tunneling_map(
            nodes, data.bias, temperature=kelvin, cutoff=cutoff, step=step, response=response
        )

    forward = build(gap_edge / STEPS_PER_GAP)
    fit = _gauss_newton(build, data, _first(forward, nodes, gap_edge), strength, method)
    cutoff = span(len(forward.omega_m), forward.kt)
    stated = cutoff if mu_star_cutoff is None else float(mu_star_cutoff)
    drawn = _replicas(data, fit, replicas, seed)
    found = _state(nodes, data, fit, drawn, temperature, cutoff, stated)
    return _reported(found, data, fit, seed, time.perf_counter() - begin, method, throw)


def _gauss_newton(
    build: Callable[[float], TunnelingMap],
    data: Measured,
    x: np.ndarray,
    strength: float | Rule,
    method: GaussNewton,
) -> Fit:
    """Minimise chi^2 + alpha |L a|^2; a step that raises it is halved."""
    forward = build(data.values[-1] / STEPS_PER_GAP)
    solution, model = _evaluate(forward, x[None], None)
    steps: list[float] = []
    converged = False
    for _ in range(method.max_iterations):
        edge = model[0, -1]
        if abs((edge / forward.sums.step) % 1 - 0.5) > 0.2:
            forward = build(edge / STEPS_PER_GAP)
            solution, model = _evaluate(forward, x[None], None)
        jacobian = _jacobian(forward, x, model[0], solution)
        a, b = jacobian / data.errors[:, None], (data.values - model[0] + jacobian @ x) / data.errors
        alpha = RULES[strength](a, b, data.smooth) if isinstance(strength, str) else float(strength)
        aim = regularised(a, b, data.smooth, alpha)
        spread = np.sqrt(np.diag(np.linalg.inv(a.T @ a + alpha * data.smooth.T @ data.smooth)))
        steps.append(float(np.max(np.abs(aim - x) / spread)))
        x, solution, model = _damped(forward, data, x, aim, alpha, solution, model)
        if steps[-1] <= method.tolerance:
            converged = True
            break
    return Fit(x, model[0], jacobian, alpha, freedom(a, data.smooth, alpha, x > 0), tuple(steps), converged)


def _damped(
    forward: TunnelingMap,
    data: Measured,
    x: np.ndarray,
    aim: np.ndarray,
    alpha: float,
    solution: Solution,
    model: np.ndarray,
) -> tuple[np.ndarray, Solution, np.ndarray]:
    """Return the first of the full, half, quarter ... steps that does not raise the objective."""

    def objective(x: np.ndarray, model: np.ndarray) -> float:
        value = np.sum(((data.values - model) / data.errors) ** 2) + alpha * np.sum((data.smooth @ x) ** 2)
        return float(value) if np.isfinite(value) else np.inf

    before = objective(x, model[0])
    for halvings in range(8):
        trial = x + (aim - x) / 2**halvings
        solved, seen = _evaluate(forward, trial[None], solution)
        if objective(trial, seen[0]) <= before * (1 + 1e-9):
            return trial, solved, seen
    return x, solution, model


def _evaluate(forward: TunnelingMap, x: np.ndarray, start: Solution | None) -> tuple[Solution, np.ndarray]:
    """Return the solutions and the model data (b, n) for unknowns (b, k + 1); NaN where not converged."""
    solution = forward.solve(x[:, :-1], x[:, -1], start)
    conductance, edge = forward.observe(solution)
    model = np.concatenate([conductance, edge[:, None]], axis=1)
    return solution, model if solution.converged else np.full_like(model, np.nan)


def _jacobian(forward: TunnelingMap, x: np.ndarray, model: np.ndarray, start: Solution) -> np.ndarray:
    """Return dg/dx (n, k + 1) from forward differences, all directions at once."""
    size = np.full(len(x), HEIGHT_STEP * np.max(x[:-1]))
    size[-1] = MU_STEP
    _, seen = _evaluate(forward, x + np.diag(size), start)
    if not np.all(np.isfinite(seen)):
        raise InvalidInput(
            f"spectra with a gap edge near {model[-1]:.4g} meV could not be solved",
            "check the units of gap_edge, temperature and frequency",
        )
    return ((seen - model) / size[:, None]).T


def _smoothness(nodes: np.ndarray, gap_edge: float) -> np.ndarray:
    """Return L (heights, unknowns): second differences of the heights, and nothing on mu*.

    Below the gap edge the data hardly resolve alpha2F while lambda weighs it by 1/Omega: there the
    curvature counts (Delta_0/Omega)^2 times more, as befits acoustic phonons, alpha2F ~ Omega^2.
    """
    weight = 1 + (gap_edge / nodes) ** 2
    return np.pad(weight[:, None] * second_difference(len(nodes)), ((0, 0), (0, 1)))


def _first(forward: TunnelingMap, nodes: np.ndarray, gap_edge: float) -> np.ndarray:
    """Return a featureless start, alpha2F ~ Omega^2 rolling over, scaled to the gap edge at mu* = 0.1."""
    shape = (
        (nodes / nodes[-1]) ** 2
        / (1 + 3 * (nodes / nodes[-1]) ** 4)
        * np.sin(np.pi * np.minimum(1, (1 - nodes / (nodes[-1] + nodes[0])) * 4) / 2)
    )
    shape *= FIRST_COUPLING / (2 * np.sum(shape / nodes) * (nodes[1] - nodes[0]))
    scales = np.linspace(0.5, 5, 46)
    unknowns = np.column_stack([scales[:, None] * shape, np.full(len(scales), FIRST_MU_STAR)])
    _, seen = _evaluate(forward, unknowns, None)
    edges = np.nan_to_num(seen[:, -1])
    return unknowns[int(np.argmin(np.abs(edges - gap_edge)))]


def _replicas(data: Measured, fit: Fit, count: int, seed: int) -> np.ndarray:
    """Return unknowns (count, k + 1) of the last linear problem with new noise on data and smoothness."""
    random = np.random.default_rng(seed)
    a = fit.jacobian / data.errors[:, None]
    target = (data.values - fit.model + fit.jacobian @ fit.x) / data.errors
    return np.array([regularised(a, target, data.smooth, fit.strength, random) for _ in range(count)])


def _nodes(frequency: tuple[float, float, int] | np.ndarray) -> np.ndarray:
    nodes = np.linspace(*frequency) if isinstance(frequency, tuple) else np.asarray(frequency, float)
    if nodes.ndim != 1 or len(nodes) < 4 or not np.all(np.isfinite(nodes)) or nodes[0] <= 0:
        raise InvalidInput(
            "frequency nodes that are no grid", "give at least four positive energies, meV, or (low, high, n)"
        )
    gaps = np.diff(nodes)
    if np.min(gaps) <= 0 or np.ptp(gaps) > 1e-6 * gaps[0]:
        raise InvalidInput("frequency nodes that are not evenly spaced", "give (low, high, n)")
    return nodes


def _measured(
    bias: np.ndarray,
    conductance: np.ndarray,
    error: np.ndarray | float,
    gap_edge: float,
    gap_edge_error: float,
    nodes: np.ndarray,
) -> Measured:
    volts, values = np.asarray(bias, float), np.asarray(conductance, float)
    if volts.ndim != 1 or values.shape != volts.shape or np.shape(error) not in ((), volts.shape):
        raise InvalidInput(
            f"bias {volts.shape}, conductance {values.shape}, error {np.shape(error)}",
            "give vectors of one length (error may be one number)",
        )
    errors = np.broadcast_to(np.asarray(error, float), volts.shape)
    for name, value in (("gap_edge", gap_edge), ("gap_edge_error", gap_edge_error), ("error", errors)):
        if not np.all(np.isfinite(value)) or np.min(value) <= 0:
            raise InvalidInput(
                f"{name} is not positive everywhere", f"give {name} in the same unit as its quantity"
            )
    if not (np.all(np.isfinite(volts)) and np.all(np.isfinite(values))):
        raise InvalidInput("a bias or conductance that is NaN or infinite", "leave such points out")
    used = volts >= LOWEST * gap_edge
    if np.count_nonzero(used) < 8 or volts.max() < nodes[-1] + gap_edge:
        raise InvalidInput(
            f"{np.count_nonzero(used)} points above {LOWEST * gap_edge:.4g} meV, up to {volts.max():.4g} meV",
            f"measure to at least the last node plus the gap, {nodes[-1] + gap_edge:.4g} meV",
        )
    return Measured(
        volts[used],
        np.append(values[used], gap_edge),
        np.append(errors[used], gap_edge_error),
        _smoothness(nodes, gap_edge),
    )


def _state(
    nodes: np.ndarray,
    data: Measured,
    fit: Fit,
    drawn: np.ndarray,
    temperature: float,
    cutoff: float,
    stated: float,
) -> State:
    """Return the glue that was found with its errors; mu* moves from the solution's cutoff to the stated one."""
    spectrum = Spectrum(nodes, fit.x[:-1], source="inverted from a tunneling conductance")
    mu, mu_drawn = _rescaled(fit.x[-1:], cutoff, stated), _rescaled(drawn[:, -1], cutoff, stated)
    coupling = 2 * spectrum.weights / nodes
    fields = {
        "frequency": nodes,
        "alpha2F": fit.x[:-1],
        # Where every replica sits on the bound, the error is what the node could move alone.
        "alpha2F_error": np.maximum(_spread(drawn[:, :-1], fit.x[:-1]), _alone(data, fit)),
        "lambda_total": np.array(spectrum.lambda_),
        "lambda_total_error": _spread(drawn[:, :-1] @ coupling, spectrum.lambda_),
        "mu_star": mu[0],
        "mu_star_error": _spread(mu_drawn, mu[0]),
        "gap_edge": fit.model[-1:],
        "temperature": np.array([float(temperature)]),
        "bias": data.bias,
        "conductance": data.values[:-1],
        "conductance_error": data.errors[:-1],
        "conductance_fit": fit.model[:-1],
        "replica": np.arange(len(drawn)),
        "alpha2F_replicas": drawn[:, :-1],
        "mu_star_replicas": mu_drawn,
    }
    glue = PhononGlue(spectrum, MuStar(float(mu[0]), stated))
    return State(glue, "tunneling-inversion", fields, Report(Outcome.CONVERGED))


def _alone(data: Measured, fit: Fit) -> np.ndarray:
    """Return the standard error of each height with all other unknowns held."""
    a = fit.jacobian / data.errors[:, None]
    return np.diag(a.T @ a + fit.strength * data.smooth.T @ data.smooth)[:-1] ** -0.5


def _spread(drawn: np.ndarray, about: np.ndarray | float) -> np.ndarray:
    """Return the root mean square of the replicas about the estimate."""
    return np.sqrt(np.mean((drawn - about) ** 2, axis=0))


def _rescaled(mu_star: np.ndarray, cutoff: float, stated: float) -> np.ndarray:
    return np.array([MuStar(max(float(mu), 0.0), cutoff).at(stated) for mu in mu_star])


def _reported(
    found: State, data: Measured, fit: Fit, seed: int, seconds: float, method: GaussNewton, throw: bool
) -> State:
    """Attach the report: history, goodness of fit, and what the reader must be warned of."""
    left = len(data.values) - fit.freedom
    residuals = (data.values - fit.model) / data.errors
    checks = (
        # chi^2/(n - dof) scatters by sqrt(2/(n - dof)) when model and errors are right.
        Check(
            "chi2 per degree of freedom, less one",
            float(residuals @ residuals / left) - 1,
            4 * float(np.sqrt(2 / left)),
        ),
        Check("gap edge, in its standard errors", float(residuals[-1]), 3.0),
    )
    notes = [f"alpha = {fit.strength:.4g}; the data determine {fit.freedom:.1f} of {len(fit.x)} parameters"]
    failed = [f"{c.name} is {c.value:.3g} (bound {c.bound:.2g})" for c in checks if not c.passed]
    if fit.x[-1] == 0:
        failed.append("mu* is at its bound, zero")
    notes += failed
    report = Report(
        Outcome.CONVERGED if fit.converged else Outcome.MAX_ITERATIONS,
        engine="Gauss-Newton, Tikhonov",
        residuals=fit.steps,
        target=method.tolerance,
        iterations=len(fit.steps),
        seed=seed,
        seconds=seconds,
        checks=checks,
        warnings=tuple(notes),
    )
    if throw and not report.converged:
        raise NotConverged(report)
    if failed:
        warnings.warn(
            OnnesWarning(f"the inversion does not fit the data to their errors: {'; '.join(failed)}"),
            stacklevel=3,
        )
    return replace(found, report=report)
