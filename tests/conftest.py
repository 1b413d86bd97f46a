"""Fixtures shared by all tests."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real input files; tests that need it are skipped, visibly, where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"real input files are not here ({SHARED.name}/ beside the repository)")
    return SHARED
