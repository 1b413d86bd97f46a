"""What a state of correlated electrons, or a sweep of them, shows: figures as data, with standard errors.

Wavevectors of a square cluster lie along G-X-M-G, those of a chain or ring along its zone; of other clusters they are
in the order of their length. The structure factor of spins of exact states is that of the Monte Carlo: per cell,
mean of the three components, so that the pictures of different methods compare.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from onnes import schema
from onnes.model.correlated.translations import pair_classes
from onnes.study.figure import Curve, Figure

if TYPE_CHECKING:
    import xarray as xr

SPINS = "Equal-time structure factor of spins per cell"
TITLES = {
    "spin_structure_factor": SPINS,
    "chemical_potential": "chemical potential",
    "projected_pairing": "superconducting order parameter",
    "electron_resolution": "energy resolution",
    "transfer_resolution": "energy resolution",
    "variational_energy": "energy of the trial state",
    "cluster_heat": "heat capacity of the cluster",
}
"""Titles of panels where the long name of a quantity is too long for one."""
METHODS = ("dqmc", "exact", "exact_momenta", "exact_thermodynamics", "rmft", "vmc")
"""Methods of states that have pictures of their own."""
CORNERS = {"Γ": (0.0, 0.0), "X": (0.5, 0.0), "M": (0.5, 0.5)}
PATH = ("Γ", "X", "M", "Γ")
SQUARE = ("square", "copper-oxygen")
"""Names of clusters whose zone is a square."""
MOST_LEVELS = 60
MOST_SPECTRA = 8
"""More wavevectors than this are drawn as a map."""
CONTINUED = {
    "electron_spectrum": "electron_spectrum_spread",
    "structure_factor": "structure_factor_spread",
    "conductivity_spectrum": "conductivity_spread",
}
"""Spectra continued from imaginary time, and what they change by under other criteria and default models."""
SCALARS = (
    "electrons_per_site",
    "energy_per_site",
    "double_occupancy_per_site",
    "average_sign",
    "many_body_energy",
    "total_spin_squared",
    "variational_energy",
    "energy_variance",
    "chemical_potential",
    "singlet_gap",
    "projected_pairing",
    "layer_stiffness",
    "cluster_energy",
    "cluster_entropy",
    "cluster_electrons",
    "mean_double_occupancy",
)
"""Single numbers that a sweep is drawn of, where it has them."""
THERMAL = (
    "cluster_energy",
    "cluster_heat",
    "cluster_entropy",
    "cluster_electrons",
    "mean_double_occupancy",
)


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """Wavevectors of a cluster, (momentum, axis) in r.l.u., and whether they lie in a square zone."""

    waves: np.ndarray
    square: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A figure and the named places of its horizontal axis."""

    figure: Figure
    ticks: tuple[tuple[float, str], ...] = ()


def of_state(state: Any) -> tuple[str, tuple[Panel, ...]]:
    """Return a title and the panels of a state whose method is one of `METHODS`."""
    panels = {
        "dqmc": _sampled,
        "vmc": _sampled,
        "exact": _ground,
        "exact_momenta": _momenta,
        "exact_thermodynamics": _thermal,
        "rmft": _quasiparticles,
    }[state.method](state)
    numbers = [_number(state, name) for name in SCALARS if name in state and state[name].size == 1]
    title = f"{state.method} of {type(state.model).__name__}"
    return ": ".join([title, *[", ".join(numbers)] * bool(numbers)]), tuple(panels)


def of_sweep(ds: "xr.Dataset", axis: str) -> tuple[Panel, ...]:
    """Return the panels of a sweep along one axis: single numbers with their standard errors."""
    unit = str(ds[axis].attrs.get("units", "1"))
    label = axis if unit == "1" else f"{axis} ({unit})"
    panels = []
    for name in SCALARS:
        if name not in ds or ds[name].size != ds.sizes[axis] or axis not in ds[name].dims:
            continue
        error = ds[f"{name}_error"].values.ravel() if f"{name}_error" in ds else None
        curve = Curve(ds[axis].values, ds[name].values.ravel(), "", "points", error=error)
        panels.append(Panel(Figure(_title(name), label, _label(name), (curve,))))
    return tuple(panels)


def of_spectrum(ds: "xr.Dataset") -> tuple[Panel, ...]:
    """Return continued spectra with their spread as a band, and with what is resolved; empty for any other Dataset."""
    names = [name for name in CONTINUED if name in ds and CONTINUED[name] in ds]
    if len(names) != 1 or ds[names[0]].ndim != 2 or ds.sizes["momentum"] > MOST_SPECTRA:
        return ()
    across = str(ds[names[0]].dims[1])
    resolved = "electron_resolution" if across == "energy" else "transfer_resolution"
    labels = [f"q = ({_listed(wave)})" for wave in ds["wavevector"].values]
    panels = []
    for name, spread in ((names[0], CONTINUED[names[0]]), (resolved, "")):
        curves = [
            Curve(ds[across].values, row, said, error=ds[spread].values[i] if spread else None)
            for i, (row, said) in enumerate(zip(ds[name].values, labels, strict=True))
        ]
        panels.append(Panel(Figure(_title(name), _label(across), _label(name), tuple(curves))))
    return tuple(panels)


# --- panels of each method --------------------------------------------------------------------------------


def _sampled(state: Any) -> list[Panel]:
    fields, zone = state.fields, _zone(state)
    pairs = [f"pair_{form}_structure_factor" for form in ("d_wave", "extended_s", "on_site")]
    spins = "spin_structure_factor"
    found = [
        _along(zone, fields, (spins,), SPINS),
        _along(zone, fields, ("charge_structure_factor",), _title("charge_structure_factor")),
        _along(
            zone,
            fields,
            ("momentum_occupation_up", "momentum_occupation_down"),
            "Occupation of wavevectors, summed over the orbitals of a cell",
        ),
        _along(zone, fields, pairs, "Structure factors of pairs per cell"),
        _over_distance(fields),
        *_in_time(fields, zone.waves),
    ]
    if state.method == "vmc":
        found.append(_over_sites(fields, ("site_occupation", "site_moment")))
    return [panel for panel in found if panel is not None]


def _ground(state: Any) -> list[Panel]:
    cluster, found = state.model.cluster, []
    zone = Zone(cluster.wavevectors, cluster.name in SQUARE)
    if "spin_correlation" in state:
        classes, waves = pair_classes(cluster), cluster.wavevectors
        by_class = classes.mean(state["spin_correlation"])
        phase = np.exp(2j * np.pi * classes.displacement @ waves.T)
        weights = classes.size / len(cluster.translations)
        structure = ((by_class / 3 * weights) @ phase).real
        spins = {"spin_structure_factor": structure}
        found.append(_along(zone, spins, tuple(spins), SPINS))
        shown = {"pair_displacement": classes.displacement, "spin_by_class": by_class}
        found.append(_over_distance(shown))
    if not found or np.ptp(state["site_occupation"]) > 1e-6:
        found.append(_over_sites(state.fields, ("site_occupation", "double_occupancy")))
    if "many_body_levels" in state:
        levels = state["many_body_levels"][:MOST_LEVELS]
        curve = Curve(np.arange(len(levels)), levels, "", "points")
        found.append(
            Panel(Figure("Lowest levels", _label("many_body_level"), _label("many_body_levels"), (curve,)))
        )
    return [panel for panel in found if panel is not None]


def _momenta(state: Any) -> list[Panel]:
    lowest = {"momentum_energy": state["momentum_energy"]}
    panel = _along(_zone(state), lowest, tuple(lowest), _title("momentum_energy"), lonely=True)
    return [] if panel is None else [panel]


def _thermal(state: Any) -> list[Panel]:
    kelvin, found = state["temperature"], []
    for name in THERMAL:
        style = "line" if len(kelvin) > 1 else "points"
        curve = Curve(kelvin, state[name], "", style, error=state[f"{name}_error"])
        found.append(Panel(Figure(_title(name), _label("temperature"), _label(name), (curve,))))
    return found


def _quasiparticles(state: Any) -> list[Panel]:
    """Return the energies +-E of the unprojected mean field along G-X-M-G."""
    from onnes.solve.correlated import renormalised_equations as equations
    from onnes.units import K_B

    zone = equations.Zone(state.model, float(state["doping"]), K_B * float(state["temperature"][0]), 4)
    xi, pairs = state["valence_bond"], state["singlet_amplitude"]
    bonds = equations.Amplitudes(
        float(xi[0].real), float(xi[0].imag), abs(pairs[0] + pairs[1]) / 2, abs(pairs[0] - pairs[1]) / 2
    )
    corners = np.array([CORNERS[name] for name in PATH])
    k = np.concatenate([np.linspace(a, b, 80) for a, b in pairwise(corners)])
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(k, axis=0), axis=1))])
    first, second = equations.levels(
        zone, bonds, float(state["spinon_level"]), np.cos(2 * np.pi * k[:, 0]), np.cos(2 * np.pi * k[:, 1])
    )
    rows = (first + second, first - second) if bonds.eta else (second, -second)
    names = ("upper", "lower") if bonds.eta else ("E", "-E")
    curves = [Curve(s, row, name) for row, name in zip(rows, names, strict=True)]
    if not bonds.eta:
        curves.append(Curve(s, first, "without pairs", "dashed", "reference"))
    figure = Figure("Quasiparticles of the unprojected state", "k", "energy (meV)", tuple(curves))
    return [Panel(figure, _marks())]


# --- shapes of panels ----------------------------------------------------------------------------------------


def _zone(state: Any) -> Zone:
    model = getattr(state.model, "trial", state.model)  # of a variational problem the one with translations
    return Zone(state["wavevector"], model.cluster.name in SQUARE)


def _along(
    zone: Zone, fields: Mapping[str, Any], names: Sequence[str], title: str, *, lonely: bool = False
) -> Panel | None:
    """Return quantities (momentum,) along the wavevectors of a cluster, None where there are none."""
    names = [name for name in names if name in fields]
    if not names or (len(zone.waves) == 1 and not lonely):
        return None
    number, place, label, ticks = path_of(zone)
    curves = []
    for name in names:
        error = fields.get(f"{name}_error")
        said = schema.lookup(name).symbol if len(names) > 1 else ""
        values = np.asarray(fields[name]).real[number]
        curves.append(Curve(place, values, said, "points", error=None if error is None else error[number]))
    y_label = _label(names[0]) if len(names) == 1 else _kind(names)
    return Panel(Figure(title, label, y_label, tuple(curves)), ticks)


def path_of(zone: Zone) -> tuple[np.ndarray, np.ndarray, str, tuple[tuple[float, str], ...]]:
    """Return numbers of wavevectors in drawn order, their places, what the axis is called, and its named places.

    In a square zone they are those on the path G-X-M-G, a corner it passes twice being drawn twice; along one axis all,
    in [0, 1]; where none of this is possible, all in the order of their length.
    """
    waves = zone.waves
    moving = np.flatnonzero(np.ptp(waves, axis=0) > 1e-9)
    if zone.square and len(moving) == 2:
        found = _on_path(waves)
        if len(found) > 3:
            numbers, places = (np.array(column) for column in zip(*found, strict=True))
            return numbers.astype(int), places.astype(float), "q", _marks()
    if len(moving) <= 1:
        x = waves[:, moving[0]] if len(moving) else np.zeros(len(waves))
        order = np.argsort(x)
        return order, x[order], "q (r.l.u.)", ()
    length = np.linalg.norm(waves - np.round(waves), axis=1)
    order = np.argsort(length, kind="stable")
    return order, length[order], "|q| (r.l.u.)", ()


def _on_path(waves: np.ndarray) -> list[tuple[int, float]]:
    found, begin = [], 0.0
    for a, b in pairwise(PATH):
        start, step = np.array(CORNERS[a]), np.subtract(CORNERS[b], CORNERS[a])
        length = float(np.linalg.norm(step))
        for number, wave in enumerate(waves):
            # the images within the first quarter, for the point group of the square lattice is not asked for
            apart = wave - np.floor(wave + 1e-9) - start
            share = float(apart @ step) / length**2
            off = np.abs(apart - share * step).max()
            last = b == PATH[-1]
            if off < 1e-9 and -1e-9 < share < 1 - 1e-9 + 2e-9 * last:
                found.append((number, begin + share * length))
        begin += length
    return sorted(found, key=lambda one: one[1])


def _marks() -> tuple[tuple[float, str], ...]:
    corners = np.array([CORNERS[name] for name in PATH])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    return tuple(zip(along.tolist(), PATH, strict=True))


def _over_distance(fields: Mapping[str, Any]) -> Panel | None:
    """Return the correlation of two spins over their distance, both on one orbital or not."""
    if "spin_by_class" not in fields:
        return None
    distance = np.linalg.norm(fields["pair_displacement"], axis=1)
    error = fields.get("spin_by_class_error")
    curve = Curve(distance, fields["spin_by_class"], "", "points", error=error)
    figure = Figure(
        "Correlation of two spins over their distance",
        "distance (in units of the translations)",
        _label("spin_by_class"),
        (curve,),
    )
    return Panel(figure)


def _over_sites(fields: Mapping[str, Any], names: Sequence[str]) -> Panel | None:
    names = [name for name in names if name in fields]
    if not names:
        return None
    curves = [
        Curve(
            np.arange(len(fields[name])),
            fields[name],
            schema.lookup(name).symbol,
            "points",
            error=fields.get(f"{name}_error"),
        )
        for name in names
    ]
    return Panel(Figure("Site by site", "site", "mean on a site", tuple(curves)))


def _in_time(fields: Mapping[str, Any], waves: np.ndarray) -> list[Panel | None]:
    """Return correlations in imaginary time at zero wavevector and at the largest."""
    found: list[Panel | None] = []
    for name in ("green_tau", "spin_correlation_tau"):
        if name not in fields:
            continue
        time, values = fields["imaginary_time"], np.asarray(fields[name]).real
        folded = np.abs(waves - np.round(waves)).sum(axis=1)
        chosen = dict.fromkeys([int(np.argmin(folded)), int(np.argmax(folded))])
        curves = [
            Curve(time, values[q], f"q = ({_listed(waves[q])})", "line", error=fields[f"{name}_error"][q])
            for q in chosen
        ]
        title = _title(name)
        found.append(Panel(Figure(title, _label("imaginary_time"), _label(name), tuple(curves))))
    return found


def _listed(wave: np.ndarray) -> str:
    return ", ".join(f"{x:.3g}" for x in wave)


def _label(name: str) -> str:
    quantity = schema.lookup(name)
    return quantity.symbol if quantity.unit == "1" else f"{quantity.symbol} ({quantity.unit})"


def _kind(names: Sequence[str]) -> str:
    units = {schema.lookup(name).unit for name in names} - {"1"}
    return f"({', '.join(units)})" if units else "per cell"


def _title(name: str) -> str:
    text = TITLES.get(name, schema.lookup(name).long_name.split(";")[0].split(",")[0].split(":")[0])
    return text[:1].upper() + text[1:]


def _number(state: Any, name: str) -> str:
    """Return ``E/N = -340.1(4) meV``: the error in units of the last digit, one or two digits of it."""
    quantity = schema.lookup(name)
    value, unit = float(state[name].ravel()[0]), "" if quantity.unit == "1" else f" {quantity.unit}"
    error = float(state[f"{name}_error"].ravel()[0]) if f"{name}_error" in state else 0.0
    if abs(value) < 1e-12:
        value = 0.0
    if not (np.isfinite(error) and error > 0):
        return f"{quantity.symbol} = {value:.6g}{unit}"
    digits = max(0, int(np.ceil(-np.log10(error / 2))))
    return f"{quantity.symbol} = {value:.{digits}f}({round(error * 10**digits)}){unit}"
