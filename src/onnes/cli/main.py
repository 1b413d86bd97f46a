"""The program's entry: commands, and how errors and warnings reach the person who typed them."""

import sys
import warnings

from cyclopts import App, CycloptsError

from onnes import __version__
from onnes.cli import cases, files, fit, spectrum, system
from onnes.errors import OnnesError, OnnesWarning

BAD_INPUT = 2

app = App(
    name="onnes",
    help="Superconductors at every scale, each result beside the published measurement.",
    version=__version__,
    version_flags=["--version"],
)
for command in (
    cases.atlas,
    cases.list_cases,
    cases.run,
    fit.fit,
    fit.sweep,
    spectrum.tc,
    files.probe,
    files.show,
    files.plot,
    system.material,
    system.doctor,
):
    app.command(command, name="list" if command is cases.list_cases else command.__name__)


def main(arguments: list[str] | None = None) -> int:
    """Run the program; return and exit with 0, 2 (bad input) or 3 (a check failed)."""
    warnings.showwarning = _show_warning
    try:
        code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        code = _refuse(" ".join(str(error).split()) + "; see 'onnes --help'")
    except OnnesError as error:
        code = _refuse(str(error))
    except KeyboardInterrupt:
        code = _refuse("interrupted; what was stored is complete")
    except BrokenPipeError:
        # The reader went away (a pager was closed): nothing is wrong with the calculation.
        sys.stderr.close()
        code = 0
    sys.exit(code or 0)


def _refuse(line: str) -> int:
    print(f"onnes: {line}", file=sys.stderr)
    return BAD_INPUT


def _show_warning(message, category, filename, lineno, file=None, line=None) -> None:
    if issubclass(category, OnnesWarning):
        print(f"warning: {message}", file=sys.stderr)
    elif issubclass(category, UserWarning):
        print(f"warning: {message} ({category.__name__})", file=sys.stderr)
