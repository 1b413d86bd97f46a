"""Tell the formats apart: by what the file says, and by its name only where it says nothing."""

import re

from onnes.model.phonons.formats.text import Document

FORMATS = ("csv", "espresso", "matdyn", "epw", "abinit")
"""Names that `read` takes; `csv` is any table of plain text, `espresso` is alpha2F.dat, `matdyn` is a2F.dosN."""

_SAYS = (
    ("abinit", re.compile(r"ABINIT\s+package")),
    ("matdyn", re.compile(r"Eliashberg function a2F|a2F_total")),
    ("epw", re.compile(r"Integrated el-ph coupling|w\s*\[[^\]]*\]\s*a2f|\blambda_int\s*=", re.IGNORECASE)),
    ("espresso", re.compile(r"^#?\s*E\s*\(\s*THz\s*\)", re.MULTILINE)),
)
_CALLED = (
    ("matdyn", re.compile(r"a2F\.dos\d+$")),
    ("epw", re.compile(r"\.a2f(_iso|_proj|_tr)?(\.\d+)?$")),
    ("abinit", re.compile(r"_A2FW?$")),
    ("espresso", re.compile(r"^(alpha2F|a2F)\.dat$")),
)


def sniff(document: Document) -> str:
    """Return one of `FORMATS`."""
    words = "\n".join(line for _, line in document.words)
    for name, pattern in _SAYS:
        if pattern.search(words):
            return name
    return next((name for name, pattern in _CALLED if pattern.search(document.path.name)), "csv")
