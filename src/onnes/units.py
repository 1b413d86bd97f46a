"""Constants, and the one unit of every kind of quantity.

======================  ==========  =====================================
kind                    unit        note
======================  ==========  =====================================
energy                  meV         frequencies named ``omega`` are hbar*omega in meV
temperature             K
time                    ps
magnetic field          T           mu_0 H where a field strength is meant
pressure                GPa
crystal length          angstrom
condensate length       nm          xi, lambda, film sizes
device length           um
current                 uA
voltage                 mV          bias *energies* are meV
molar heat capacity     mJ/mol/K
mass                    m_e, u      named in the field
======================  ==========  =====================================

Constants are CODATA 2018 (exact where the SI makes them so). Floor 1.
"""

import re
from math import pi

from onnes.errors import UnitMismatch

K_B = 8.617333262e-2
"""Boltzmann constant, meV/K."""
HBAR = 0.6582119569
"""Reduced Planck constant, meV ps."""
PLANCK_THZ = 4.135667696
"""h, meV per THz."""
PHI_0 = 2.067833848e-15
"""Flux quantum h/2e, T m^2."""
MU_0 = 1.25663706212e-6
"""Vacuum permeability, T m/A."""
E_CHARGE = 1.602176634e-19
"""Elementary charge, C; also J per eV."""
M_E = 9.1093837015e-31
"""Electron mass, kg."""
M_U = 1.66053906660e-27
"""Atomic mass unit, kg."""
HBAR_SI = 1.054571817e-34
"""Reduced Planck constant, J s."""
K_B_SI = 1.380649e-23
"""Boltzmann constant, J/K."""
N_A = 6.02214076e23
"""Avogadro number, 1/mol."""
RYDBERG = 13605.693122994
"""Rydberg energy, meV."""
BOHR = 0.529177210903
"""Bohr radius, angstrom."""
EULER_GAMMA = 0.5772156649015329
LIGHT = 2.99792458e8
"""Speed of light, m/s."""
MU_B = HBAR_SI / (2 * M_E) * 1e3
"""Bohr magneton e hbar/2m_e, meV/T."""
HBAR2_2ME = HBAR_SI**2 / (2 * M_E) / E_CHARGE * 1e3 * 1e20
"""hbar^2/(2 m_e), meV angstrom^2 (3809.98)."""

# kind -> {spelling: factor to the kind's own unit}. Temperatures are scales, never offsets: degC is refused.
_FACTORS: dict[str, dict[str, float]] = {
    "energy": {
        "meV": 1.0,
        "eV": 1e3,
        "ueV": 1e-3,
        "THz": PLANCK_THZ,
        "GHz": PLANCK_THZ * 1e-3,
        "cm-1": PLANCK_THZ * 0.0299792458,
        "K": K_B,
        "Ry": RYDBERG,
        "mRy": RYDBERG * 1e-3,
        "Ha": 2 * RYDBERG,
    },
    "temperature": {"K": 1.0, "mK": 1e-3, "uK": 1e-6, "meV": 1 / K_B},
    "time": {"ps": 1.0, "fs": 1e-3, "ns": 1e3, "us": 1e6, "ms": 1e9, "s": 1e12},
    "field": {"T": 1.0, "mT": 1e-3, "uT": 1e-6, "G": 1e-4, "kG": 0.1, "Oe": 1e-4, "kOe": 0.1},
    "pressure": {"GPa": 1.0, "MPa": 1e-3, "kbar": 0.1, "Mbar": 100.0, "Pa": 1e-9},
    "crystal length": {"angstrom": 1.0, "A": 1.0, "nm": 10.0, "bohr": BOHR, "pm": 1e-2},
    "condensate length": {"nm": 1.0, "angstrom": 0.1, "A": 0.1, "um": 1e3, "mm": 1e6, "m": 1e9},
    "device length": {"um": 1.0, "nm": 1e-3, "mm": 1e3, "m": 1e6},
    "current": {"uA": 1.0, "nA": 1e-3, "mA": 1e3, "A": 1e6},
    "voltage": {"mV": 1.0, "uV": 1e-3, "V": 1e3},
    "mass": {"u": 1.0, "m_e": M_E / M_U, "kg": 1 / M_U},
}

UNIT_OF: dict[str, str] = {kind: next(iter(table)) for kind, table in _FACTORS.items()}
"""The unit each kind of quantity is kept in."""

_QUANTITY = re.compile(r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([A-Za-z_][\w\-]*)\s*$")


def factor(unit: str, kind: str) -> float:
    """Return what one ``unit`` is in the own unit of ``kind``; raise `UnitMismatch` otherwise."""
    table = _FACTORS[kind]
    if unit not in table:
        raise UnitMismatch(f"{unit!r} is not a unit of {kind}", f"use one of {', '.join(table)}")
    return table[unit]


def parse(text: str | float, kind: str) -> float:
    """Turn ``"77 K"`` or ``"50 mT"`` into a number in the own unit of ``kind``.

    A bare number is taken to be in that unit already. Raises `UnitMismatch`.
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    match = _QUANTITY.match(text) if isinstance(text, str) else None
    if match is None:
        raise UnitMismatch(
            f"{text!r} is not a quantity",
            f"write a number and a unit of {kind}, such as '1.5 {UNIT_OF[kind]}'",
        )
    return float(match.group(1)) * factor(match.group(2), kind)


def flux_quantum_T_nm2() -> float:
    """Flux quantum in T nm^2 (2067.83), for Hc2 = Phi_0/(2 pi xi^2) with xi in nm."""
    return PHI_0 * 1e18


def coherence_length(upper_critical_field: float) -> float:
    """Coherence length xi in nm from Hc2 in T: xi = sqrt(Phi_0/(2 pi Hc2))."""
    return (flux_quantum_T_nm2() / (2 * pi * upper_critical_field)) ** 0.5
