"""``onnes tc``: from a spectrum file to every Tc, each with its name."""

import time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from onnes.cli import output


def tc(
    file: Path,
    /,
    *,
    column: int = 1,
    unit: str | None = None,
    mu_star: Annotated[float, Parameter(name="--mu-star")] = 0.12,
    mu_star_cutoff: Annotated[float | None, Parameter(name="--mu-star-cutoff")] = None,
    cutoff: float | None = None,
    dos: Path | None = None,
    gap: bool = True,
    json: bool = False,
) -> int:
    """Print lambda, omega_log, omega_2 and every Tc of an alpha2F file.

    Parameters
    ----------
    file : Quantum ESPRESSO a2F.dat or a2F.dosN, EPW .a2f or .a2f_iso, ABINIT A2F, or text columns.
    column : which smearing column, counted from 1.
    unit : unit of the frequencies where the file does not say: meV, eV, THz, cm-1, K, Ry or Ha.
    mu_star : Coulomb pseudopotential.
    mu_star_cutoff : Matsubara cutoff that mu* belongs to, meV; the highest phonon frequency by default.
    cutoff : the solver's own cutoff, meV; mu* is rescaled to it.
    dos : Quantum ESPRESSO density of states, for a band that varies over the phonon energies.
    gap : also find the gap edge on the real axis (constant density of states).
    json : print one JSON document.
    """
    begin = time.perf_counter()
    with output.collected_warnings() as messages:
        record = _compute(file, column, unit, mu_star, mu_star_cutoff, cutoff, dos, gap)
    record |= {"warnings": messages, "seconds": round(time.perf_counter() - begin, 3)}
    if json:
        from onnes.state import versions

        output.emit_json(record | {"versions": dict(versions())})
    else:
        _print(record)
    return 0


def _compute(
    file: Path,
    column: int,
    unit: str | None,
    mu_star: float,
    mu_star_cutoff: float | None,
    cutoff: float | None,
    dos: Path | None,
    gap: bool,
) -> dict[str, Any]:
    from onnes import model, solve
    from onnes.model.phonons import formats
    from onnes.units import K_B

    spectrum = model.Spectrum.read(file, column=column, unit=unit)
    mu = model.MuStar(mu_star, "max" if mu_star_cutoff is None else mu_star_cutoff)
    glue = model.PhononGlue(spectrum, mu, formats.read_dos(dos) if dos else None)
    transition = solve.critical_temperature(glue, cutoff=cutoff)
    record: dict[str, Any] = {
        "file": str(file),
        "source": spectrum.source,
        "lambda": spectrum.lambda_,
        "omega_log_meV": spectrum.omega_log,
        "omega_log_K": spectrum.omega_log / K_B,
        "omega_2_meV": spectrum.omega_2,
        "omega_2_K": spectrum.omega_2 / K_B,
        "omega_max_meV": spectrum.omega_max,
        "mu_star": {
            "value": mu_star,
            "cutoff_meV": glue.mu_star.cutoff,
            "cutoff_is": "the highest phonon frequency" if mu_star_cutoff is None else "given",
        },
        "tc_K": {
            "migdal_eliashberg": transition,
            "mcmillan": solve.mcmillan(glue),
            "allen_dynes": solve.allen_dynes(glue),
            "allen_dynes_ml": solve.allen_dynes_ml(glue),
        },
    }
    # The exact continuation is written for a constant density of states.
    known = gap and dos is None
    return record | (_gap(glue, transition, cutoff) if known else {"gap_edge_meV": None, "gap_ratio": None})


def _gap(glue: Any, transition: float, cutoff: float | None) -> dict[str, float]:
    from onnes import response, solve
    from onnes.units import K_B

    # At a tenth of Tc the gap equals its zero-temperature value to 1e-6.
    state = solve.eliashberg(glue, 0.1 * transition, cutoff=cutoff)
    edge = float(response.real_axis(state)["gap_edge"][0])
    return {"gap_edge_meV": edge, "gap_ratio": 2 * edge / (K_B * transition)}


def _print(record: dict[str, Any]) -> None:
    mu, tcs = record["mu_star"], record["tc_K"]
    lines = [
        ("lambda", f"{record['lambda']:.4f}", ""),
        ("omega_log", f"{record['omega_log_meV']:.4f} meV", f"{record['omega_log_K']:.2f} K"),
        ("omega_2", f"{record['omega_2_meV']:.4f} meV", f"{record['omega_2_K']:.2f} K"),
        (
            "highest phonon",
            f"{record['omega_max_meV']:.4f} meV",
            "where alpha2F last exceeds 1e-3 of its maximum",
        ),
        ("mu*", f"{mu['value']:.4f}", f"at a cutoff of {mu['cutoff_meV']:.4f} meV ({mu['cutoff_is']})"),
        ("Tc", f"{tcs['migdal_eliashberg']:.3f} K", "Migdal-Eliashberg: the Tc"),
        ("", f"{tcs['mcmillan']:.3f} K", "McMillan's formula"),
        ("", f"{tcs['allen_dynes']:.3f} K", "Allen-Dynes formula"),
        ("", f"{tcs['allen_dynes_ml']:.3f} K", "machine-learned Allen-Dynes (Xie 2022)"),
    ]
    if record["gap_edge_meV"] is not None:
        lines.append(
            ("gap edge", f"{record['gap_edge_meV']:.4f} meV", f"2 Delta/kTc = {record['gap_ratio']:.3f}")
        )
    print(record["source"] or record["file"])
    output.rows(lines)
