"""What the equations of a film do not hold together with what else: refused before a run, with a reason."""

from onnes.errors import InvalidInput
from onnes.model.condensate.film import Setup


def refuse(setup: Setup, fixed: float | None) -> None:
    """Raise `InvalidInput` for noise without a fixed step, and for what periodic films and banks do not do."""
    if setup.noise and fixed is None:
        raise InvalidInput("thermal noise with steps of variable length", "give Stepping(fixed=) in ps")
    banks = any(t.kind == "superconducting" for t in setup.film.terminals)
    for name, given in (
        ("a periodic film", setup.film.repeats),
        ("screening", setup.screening),
        ("thermal noise", setup.noise),
        ("heat", setup.thermal is not None),
    ):
        if banks and given:
            raise InvalidInput(f"superconducting contacts with {name}", "leave one of them out")
    if setup.film.repeats and setup.screening:
        raise InvalidInput(
            "screening in a periodic film", "leave it out: the currents of all periods would add up"
        )
    if setup.noise and any(given is not None for given in setup.circulating):
        raise InvalidInput(
            "thermal noise with a given current around the film", "give a `Threading` field that grows"
        )
