"""Coordinates and instruments that several subjects share."""

from onnes.schema.quantity import Quantity, quantity

# fmt: off
TABLE: dict[str, Quantity] = {
    # --- coordinates -------------------------------------------------------------------------
    "band":        quantity("i", "1", "band", "band index, from 0"),
    "component":   quantity("c", "1", "component", "what one entry of a composite object belongs to"),
    "matsubara":   quantity("ω_n", "meV", "matsubara", "positive fermionic Matsubara frequencies (2n+1)πkT"),
    "energy":      quantity("ω", "meV", "energy", "real energy, measured from the Fermi level"),
    "frequency":   quantity("Ω", "meV", "frequency", "boson energy"),
    "bias":        quantity("eV", "meV", "bias", "bias energy e·V of a junction"),
    "temperature": quantity("T", "K", "temperature", "temperature"),
    "pressure":    quantity("P", "GPa", "pressure", "pressure"),
    "angle":       quantity("φ", "rad", "angle", "polar angle on the Fermi line"),
    "iteration":   quantity("k", "1", "iteration", "iteration number"),
    # --- instruments -------------------------------------------------------------------------
    "conductance": quantity("G_s/G_n", "1", "bias", "differential conductance over its normal-state value"),
    "conductance_error": quantity("δ(G_s/G_n)", "1", "bias", "one standard error of the differential conductance"),
    "conductance_fit": quantity("G_s/G_n", "1", "bias", "differential conductance of the spectrum that was found"),
}
# fmt: on
