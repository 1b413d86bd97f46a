"""Symbols as they are printed: Greek names become letters, ``^2`` and ``_0`` real super- and subscripts."""

import re

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Pi": "Π",
    "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "hbar": "ħ",
}  # fmt: skip
_NAME = re.compile(rf"(?<![\w.])({'|'.join(GREEK)})(?=2F|0\b|_|\b)(?!\.\w)")
_POWER = re.compile(r"(?<=[\w)])\^([-\u2212]?\d+)(?!\d|\.\d|/)")
_RAISED = str.maketrans("-\u22120123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SUBSCRIPT = re.compile(r"((?<![^\W\d]|[.&_])[A-Za-z]|(?<=²)F|[Α-Ωα-ωħ]\*?)_([A-Za-z0-9Α-Ωα-ω]{1,4})(?!\w)")
"""A symbol of one letter and its index. Names of code have longer stems and are left alone."""


def symbols(text: str) -> str:
    """Return plain text in which ``2 Delta_0/kTc^2`` reads ``2 Δ_0/kTc²``; names of code are left alone."""
    lettered = _NAME.sub(lambda found: GREEK[found[1]], text)
    lettered = lettered.replace("α2F", "α²F").replace("μ0", "μ_0")
    return _POWER.sub(lambda found: superscript(found[1]), lettered)


def superscript(number: int | str) -> str:
    """Return an integer in raised digits."""
    return str(number).translate(_RAISED)


def html(escaped: str) -> str:
    """Return escaped HTML text with subscripts."""
    return SUBSCRIPT.sub(r"\1<sub>\2</sub>", symbols(escaped))


def mathtext(label: str) -> str:
    """Return a label for matplotlib: dollar signs are text, indices are subscripts."""
    return SUBSCRIPT.sub(r"\1$_{\\mathrm{\2}}$", symbols(label).replace("$", r"\$"))
