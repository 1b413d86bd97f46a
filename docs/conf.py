"""Sphinx configuration. ``make docs`` builds with warnings as errors."""

import re
import warnings
from importlib import import_module
from pathlib import Path

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml

import onnes

# numpydoc also parses each docstring before `plain_docstring` has renamed our two extra sections.
warnings.filterwarnings("ignore", "Unknown section (Main|Other) Arguments")

project, author = "onnes", "The onnes developers"
copyright = "The onnes developers"
version = release = onnes.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "api/generated"]
default_role = "py:obj"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

html_theme = "pydata_sphinx_theme"
html_title = "onnes"
html_show_sourcelink = False
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["onnes.css"]
html_sidebars = {page: [] for page in ("conventions", "json", "architecture")}
html_theme_options = {
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "header_links_before_dropdown": 6,
}

autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/\d\d_",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_signature": False,
    "min_reported_time": 10**6,
    "write_computation_times": False,
    "remove_config_comments": True,
}

FLOORS = (
    "model",
    "solve",
    "state",
    "response",
    "probe",
    "compare",
    "view",
    "study",
    "units",
    "schema",
    "errors",
)
"""Rooms that have a page in the reference."""
MODULES = {
    "state": ("State", "Report", "Outcome", "Check", "save", "load", "write_dataset", "read_dataset"),
    "units": ("factor", "parse", "flux_quantum_T_nm2", "coherence_length"),
    "schema": ("Quantity", "dataset", "lookup"),
    "errors": (),
    "study": (),
}
"""Public names of rooms that hand nothing on."""
STUDY = (
    "case.Case",
    "case.CaseResult",
    "case.Quality",
    "case.run_case",
    "figure.Figure",
    "figure.Curve",
    "figure.Map",
    "fitting.fit",
    "sweeps.sweep",
    "sweeps.workers",
)


def public_names(room: str) -> list[str]:
    """Return the public functions and classes of one room, as paths below ``onnes``."""
    module = import_module(f"onnes.{room}")
    if room == "study":
        return [f"study.{name}" for name in STUDY]
    if room == "errors":
        return [f"errors.{n}" for n, v in vars(module).items() if isinstance(v, type)]
    names = MODULES.get(room) or [n for n in module.__all__ if callable(getattr(module, n))]
    return [f"{room}.{name}" for name in names]


def write_reference(app) -> None:
    """Write what `docs/api/*.rst` include: every name that a room hands on, so that none is forgotten."""
    folder = Path(app.srcdir) / "api" / "generated"
    folder.mkdir(exist_ok=True)
    for room in FLOORS:
        entries = []
        for path in public_names(room):
            owner, name = path.rsplit(".", 1)
            value = getattr(import_module(f"onnes.{owner}"), name)
            kind = "autofunction" if not isinstance(value, type) else "autoclass"
            if isinstance(value, type) and issubclass(value, Exception):
                kind = "autoexception"
            members = "\n   :members:" if kind == "autoclass" else ""
            entries.append(f".. {kind}:: onnes.{path}{members}\n")
        target = folder / f"{room}.txt"
        text = "\n".join(entries)
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")


# Docstrings are plain text for people: mu*, |w| and lambda_ are symbols there, not markup.
SECTIONS = {"Main arguments": "Parameters", "Other arguments": "Other Parameters"}
MARKUP = re.compile(r"(``.+?``|`[^`]+`)")


def plain_docstring(app, what, name, obj, options, lines: list[str]) -> None:
    """Rename our two extra sections for numpydoc, and escape what reStructuredText would take for markup."""
    literal_indent, out = None, []
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if literal_indent is not None and line.strip() and indent <= literal_indent:
            literal_indent = None
        if literal_indent is None and line.lstrip().startswith(".. math::"):
            literal_indent = indent
            out.append(line)
        elif literal_indent is None:
            out.append(_escape(line))
            if line.rstrip().endswith("::"):
                literal_indent = indent
        else:
            out.append(line)
    for i in range(len(out) - 1):
        title = out[i].strip()
        if title in SECTIONS and set(out[i + 1].strip()) == {"-"}:
            out[i], out[i + 1] = SECTIONS[title], "-" * len(SECTIONS[title])
    lines[:] = out


def _escape(line: str) -> str:
    parts = MARKUP.split(line)
    # A letter followed by an underscore at the end of a word would be a hyperlink.
    parts[::2] = [
        re.sub(r"([*|])", r"\\\1", re.sub(r"(?<=\w)_(?=\W|$)", r"\\_", part)) for part in parts[::2]
    ]
    return "".join(parts)


def inline_math(translator, node) -> None:
    """Write MathML, which browsers draw themselves: the pages need no network."""
    translator.body.append(tex2mathml(node.astext()))
    raise SkipNode


def display_math(translator, node) -> None:
    """Write a displayed formula as MathML."""
    translator.body.append(tex2mathml(node.astext(), as_block=True))
    raise SkipNode


def setup(app) -> None:
    app.add_html_math_renderer("mathml", (inline_math, None), (display_math, None))
    app.connect("builder-inited", write_reference, priority=100)
    app.connect("autodoc-process-docstring", plain_docstring, priority=100)
