"""Spectra of determinant Monte Carlo states: electrons, spins and currents, continued by maximum entropy.

Imaginary-time correlations are averages of configurations, with a covariance from independent bins; spectra follow
by `onnes.numerics.maxent`, which does not know the error of the Trotter step. The conventions are those of
docs/conventions.md: S(q, w) = [1 + n(w)] chi''(q, w)/pi, S(q, -w) = exp(-w/kT) S(q, w).
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput, OnnesWarning
from onnes.numerics.continuation_kernels import (
    boson_kernel,
    fermion_kernel,
    fold,
    susceptibility_kernel,
)
from onnes.numerics.continuation_windows import WindowIntegral, doubts, narrow, resolution, window_integral
from onnes.numerics.maxent import Continuation, maximum_entropy, noise_of_bins
from onnes.state import State
from onnes.units import K_B

REALITY = 1e-9
"""Largest imaginary part of a correlation, over its modulus, that counts as rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class _Correlation:
    """Data of one kind at chosen momenta: times (time,), means (momentum, time), bins (bin, momentum, time)."""

    probe: str
    time: np.ndarray
    mean: np.ndarray
    bins: np.ndarray
    momenta: np.ndarray
    wavevector: np.ndarray
    beta: float


def electron_spectral_function(
    state: State,
    energies: ArrayLike,
    *,
    windows: Sequence[tuple[float, float]] | None = None,
    momenta: Sequence[int] | None = None,
    default: str | np.ndarray = "flat",
    criterion: str = "kink",
    preblur: float = 0.0,
    stride: int = 1,
) -> xr.Dataset:
    """Return A(k, w) of one spin from <c_k(tau) c+_k(0)> = integral dw A(k, w) exp(-tau w)/(1 + exp(-beta w)).

    Parameters
    ----------
    state : of method ``"dqmc"`` with ``imaginary_time``, ``green_tau``, ``green_tau_bins`` and ``temperature``.
    energies : float (n,), meV from the chemical potential, rising; they must span the whole spectrum.
    windows : (low, high) in meV, whose weights are given with errors; the occupied and the empty side where absent.
    momenta : numbers of the wavevectors; all where absent.
    default, criterion, preblur : of `onnes.numerics.maxent.maximum_entropy`; preblur in meV.
    stride : takes every so many times only, where there are too few bins.

    Returns
    -------
    Dataset ``electron_spectrum`` (momentum, energy), 1/meV, of weight one; ``electron_spectrum_spread``, its largest
    change under other criteria and default models; ``electron_resolution``, meV; ``window_weight`` (momentum,
    spectral_window) with ``_error`` (posterior), ``_spread``, ``_lower`` and ``_upper`` (all non-negative spectra
    within one standard error of the data); ``green_tau_fit``; alpha, misfit, directions, measured numbers.

    Warns
    -----
    OnnesWarning : data that do not constrain the spectrum, a fit that fails, an energy grid that cuts, a window
        narrower than twice the resolution.

    Raises
    ------
    CannotProbe : another state, or one without these fields. TooShort : fewer than two bins for each time.
    InvalidInput : complex data, an unknown momentum, energies, windows or options that make no sense.
    """
    data = _correlation(state, "electron_spectral_function", "green_tau", momenta, stride, even=False)
    grid = _grid(energies, signed=True)
    spans = [(grid[0], 0.0), (0.0, grid[-1])] if windows is None else list(windows)
    kernel = fermion_kernel(data.time, grid, data.beta)
    # {c_k, c+_k} = 1 for each configuration; with several orbitals in a cell the weight is their number
    total = (_orbitals(state), 0.0)
    found = [
        _continued(kernel, data, i, grid, total, default, criterion, preblur)
        for i in range(len(data.momenta))
    ]
    _warn(found, data, spans, open_low=True)
    return _dataset(
        "spectral function of electrons",
        data,
        {
            "energy": grid,
            "electron_spectrum": np.array([f.spectrum for f in found]),
            "electron_spectrum_spread": np.array([_spread(f) for f in found]),
            "electron_resolution": np.array([resolution(f) for f in found]),
            "green_tau_fit": np.array([f.fit for f in found]),
        },
        _windows(found, spans, "window_weight", 1.0),
        found,
        criterion,
        preblur,
    )


def spin_structure_factor(
    state: State,
    energies: ArrayLike,
    *,
    windows: Sequence[tuple[float, float]] | None = None,
    momenta: Sequence[int] | None = None,
    default: str | np.ndarray = "flat",
    criterion: str = "kink",
    preblur: float = 0.0,
    stride: int = 1,
) -> xr.Dataset:
    """Return S^zz(q, w) and chi''_zz(q, w) from <S^z_q(tau) S^z_-q(0)>, S^z = (n_up - n_dn)/2.

    The spectrum that is continued is S(q, w) + S(q, -w) for w >= 0, whose weight is the equal-time structure factor;
    detailed balance S(q, -w) = exp(-w/kT) S(q, w) then holds exactly. The state must not tell q from -q.

    Parameters
    ----------
    state : of method ``"dqmc"`` with ``imaginary_time``, ``spin_correlation_tau``, ``spin_correlation_tau_bins``
        and ``temperature``.
    energies : float (n,), meV, rising, of both signs or positive; their moduli must span the whole spectrum.
    windows : (low, high), 0 <= low < high, meV, of the modulus of the energy transfer; all energies where absent.
    momenta, default, criterion, preblur, stride : as `electron_spectral_function`; an array as default model is
        given on the distinct moduli of the energies, rising.

    Returns
    -------
    Dataset ``structure_factor`` and ``spin_absorption`` chi'' (momentum, energy_transfer), 1/meV a cell, as
    `onnes.probe.neutron`; ``structure_factor_spread``; ``transfer_resolution``; ``window_weight`` of both signs of
    the energy with its errors; ``spin_correlation_tau_fit``; as `electron_spectral_function`.

    Warns, raises
    -------------
    As `electron_spectral_function`.
    """
    data = _correlation(state, "spin_structure_factor", "spin_correlation_tau", momenta, stride, even=True)
    transfer = _grid(energies, signed=True)
    grid, place = np.unique(np.round(np.abs(transfer), 12), return_inverse=True)
    kernel = boson_kernel(data.time, grid, data.beta)
    found = [
        _continued(kernel, data, i, grid, None, default, criterion, preblur) for i in range(len(data.momenta))
    ]
    # S(w) = [S(w) + S(-w)]/(1 + exp(-beta w)) for both signs; tanh keeps large beta w from overflow
    thermal = (1 + np.tanh(data.beta * transfer / 2)) / 2
    even = np.array([f.spectrum for f in found])[:, place]
    spans = [(0.0, grid[-1])] if windows is None else list(windows)
    _warn(found, data, spans, open_low=False)
    return _dataset(
        "dynamical structure factor of spins",
        data,
        {
            "energy_transfer": transfer,
            "structure_factor": even * thermal,
            "structure_factor_spread": np.array([_spread(f) for f in found])[:, place] * thermal,
            "spin_absorption": np.pi * even * np.tanh(data.beta * transfer / 2),
            "transfer_resolution": np.array([resolution(f) for f in found])[:, place],
            "spin_correlation_tau_fit": np.array([f.fit for f in found]),
        },
        _windows(found, spans, "window_weight", 1.0),
        found,
        criterion,
        preblur,
    )


def conductivity_spectrum(
    state: State,
    energies: ArrayLike,
    *,
    windows: Sequence[tuple[float, float]] | None = None,
    momenta: Sequence[int] | None = None,
    default: str | np.ndarray = "flat",
    criterion: str = "kink",
    preblur: float = 0.0,
    stride: int = 1,
) -> xr.Dataset:
    """Return sigma(q, w) = chi''_jj(q, w)/w from <j_q(tau) j_-q(0)> per cell, Drude peak included.

    <j(tau) j> = integral_0^oo dw/pi w sigma(w) [exp(-tau w) + exp(-(beta - tau) w)]/(1 - exp(-beta w)). With j in
    cells times meV/hbar, sigma of a layer of square cells is in e^2/hbar (of a chain in e^2 a/hbar). The optical
    conductivity is that at q = 0. A Drude peak narrower than the resolution appears as wide as that.

    Parameters
    ----------
    state : of method ``"dqmc"`` with ``imaginary_time``, ``current_correlation_tau``,
        ``current_correlation_tau_bins`` and ``temperature``.
    energies : float (n,), meV, zero or positive, rising; they must span the whole spectrum.
    windows : (low, high) meV, whose integrals of sigma are given; all energies where absent.
    momenta, default, criterion, preblur, stride : as `electron_spectral_function`.

    Returns
    -------
    Dataset ``conductivity_spectrum`` (momentum, energy_transfer), e^2/hbar, ``conductivity_spread``,
    ``transfer_resolution``, ``window_conductivity`` (momentum, spectral_window), meV e^2/hbar, with its errors,
    ``current_correlation_tau_fit``; as `electron_spectral_function`.

    Warns, raises
    -------------
    As `electron_spectral_function`.
    """
    name = "current_correlation_tau"
    data = _correlation(state, "conductivity_spectrum", name, momenta, stride, even=True)
    grid = _grid(energies, signed=False)
    kernel = susceptibility_kernel(data.time, grid, data.beta)
    found = [
        _continued(kernel, data, i, grid, None, default, criterion, preblur) for i in range(len(data.momenta))
    ]
    spans = [(grid[0], grid[-1])] if windows is None else list(windows)
    _warn(found, data, spans, open_low=False)
    return _dataset(
        "conductivity",
        data,
        {
            "energy_transfer": grid,
            "conductivity_spectrum": np.pi * np.array([f.spectrum for f in found]),
            "conductivity_spread": np.pi * np.array([_spread(f) for f in found]),
            "transfer_resolution": np.array([resolution(f) for f in found]),
            "current_correlation_tau_fit": np.array([f.fit for f in found]),
        },
        _windows(found, spans, "window_conductivity", np.pi),
        found,
        criterion,
        preblur,
    )


def _correlation(
    state: State, probe: str, name: str, momenta: Sequence[int] | None, stride: int, *, even: bool
) -> _Correlation:
    """Read a correlation and its bins; even ones are folded at beta/2."""
    if state.method != "dqmc":
        raise CannotProbe(probe, "imaginary-time correlations of a Monte Carlo run", "give a state of dqmc")
    for needed in ("imaginary_time", name, f"{name}_bins", "temperature"):
        if needed not in state:
            raise CannotProbe(probe, needed, "measure unequal-time correlations and keep their bins")
    if int(stride) != stride or stride < 1:
        raise InvalidInput(f"stride {stride}", "give a positive whole number")
    mean, bins = _real(state[name], name), _real(state[f"{name}_bins"], f"{name}_bins")
    time, beta = state["imaginary_time"], 1 / (K_B * float(state["temperature"][0]))
    if mean.shape != bins.shape[1:] or mean.shape[1] != len(time):
        raise InvalidInput(
            f"{name} {mean.shape} with bins {bins.shape} at {len(time)} times",
            "give (momentum, time) and (bin, momentum, time)",
        )
    chosen = np.arange(len(mean)) if momenta is None else np.atleast_1d(np.asarray(momenta, int))
    if len(chosen) == 0 or np.any(chosen < 0) or np.any(chosen >= len(mean)):
        raise InvalidInput(f"momenta {chosen.tolist()}", f"give numbers from 0 to {len(mean) - 1}")
    mean, bins = mean[chosen], bins[:, chosen]
    if even:
        folded, mean = fold(time, mean, beta)
        bins = fold(time, bins, beta)[1]
        time = folded
    waves = state.fields.get("wavevector", state.model.cluster.wavevectors)
    cut = slice(None, None, int(stride))
    return _Correlation(probe, time[cut], mean[..., cut], bins[..., cut], chosen, waves[chosen], beta)


def _real(values: np.ndarray, name: str) -> np.ndarray:
    if np.iscomplexobj(values):
        if np.max(np.abs(values.imag)) > REALITY * np.max(np.abs(values)):
            raise InvalidInput(f"{name} has an imaginary part", "average k and -k, or take a real model")
        values = values.real
    if not np.all(np.isfinite(values)):
        raise InvalidInput(f"{name} is not finite", "leave out broken bins")
    return np.asarray(values, float)


def _orbitals(state: State) -> float:
    cluster = state.model.cluster
    return cluster.sites / len(cluster.translations)


def _grid(energies: ArrayLike, *, signed: bool) -> np.ndarray:
    grid = np.atleast_1d(np.asarray(energies, float))
    if grid.ndim != 1 or len(grid) < 8 or not np.all(np.isfinite(grid)) or np.any(np.diff(grid) <= 0):
        raise InvalidInput(f"energies of shape {grid.shape}", "give at least 8 finite energies, rising")
    if not signed and grid[0] < 0:
        raise InvalidInput(f"an energy of {grid[0]:g} meV", "give energies that are zero or positive")
    return grid


def _continued(
    kernel: np.ndarray,
    data: _Correlation,
    i: int,
    grid: np.ndarray,
    total: tuple[float, float] | None,
    default: str | np.ndarray,
    criterion: str,
    preblur: float,
) -> Continuation:
    return maximum_entropy(
        kernel,
        data.mean[i],
        noise_of_bins(data.bins[:, i]),
        grid,
        default=default,
        criterion=criterion,
        total=total,
        preblur=preblur,
    )


def _spread(found: Continuation) -> np.ndarray:
    return np.max(np.abs(found.alternatives - found.spectrum), axis=0)


def _warn(
    found: Sequence[Continuation],
    data: _Correlation,
    spans: Sequence[tuple[float, float]],
    *,
    open_low: bool,
) -> None:
    """Say once what speaks against the spectra, momentum by momentum."""
    said = []
    for number, one in zip(data.momenta, found, strict=True):
        words = list(doubts(one, open_low=open_low))
        words += [
            f"the window from {low:g} to {high:g} meV is narrower than twice the resolution {least:.2g} meV"
            for low, high in spans
            if (least := narrow(one, low, high)) is not None
        ]
        if words:
            said.append(f"momentum {number}: {', '.join(words)}")
    if said:
        rest = f"; and {len(said) - 3} more momenta" if len(said) > 3 else ""
        warnings.warn(
            f"{data.probe}: {'; '.join(said[:3])}{rest}. Trust the lower and upper bounds only",
            OnnesWarning,
            stacklevel=3,
        )


def _windows(
    found: Sequence[Continuation], spans: Sequence[tuple[float, float]], name: str, factor: float
) -> dict[str, np.ndarray]:
    table = [[window_integral(one, low, high) for low, high in spans] for one in found]

    def each(read: Callable[[WindowIntegral], float]) -> np.ndarray:
        return factor * np.array([[read(w) for w in row] for row in table])

    return {
        "spectral_window": np.arange(len(spans)),
        "window_low": np.array([low for low, _ in spans], float),
        "window_high": np.array([high for _, high in spans], float),
        name: each(lambda w: w.value),
        f"{name}_error": each(lambda w: w.error),
        f"{name}_spread": each(lambda w: w.systematic),
        f"{name}_lower": each(lambda w: w.lower),
        f"{name}_upper": each(lambda w: w.upper),
    }


def _dataset(
    title: str,
    data: _Correlation,
    spectra: dict[str, np.ndarray],
    windows: dict[str, np.ndarray],
    found: Sequence[Continuation],
    criterion: str,
    preblur: float,
) -> xr.Dataset:
    told = {
        "continuation_alpha": [f.alpha for f in found],
        "continuation_misfit": [f.chi2 for f in found],
        "continuation_directions": [f.directions for f in found],
        "continuation_measured": [f.good for f in found],
    }
    return schema.dataset(
        f"{title} by maximum entropy",
        {
            "momentum": data.momenta,
            "wavevector": data.wavevector,
            "imaginary_time": data.time,
            **spectra,
            **windows,
            **told,
        },
        criterion=criterion,
        temperature_K=1 / (K_B * data.beta),
        preblur_meV=float(preblur),
        bins=len(data.bins),
        alternatives="; ".join(found[0].choices),
    )
