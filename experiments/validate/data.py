"""Where the recorded data of the field is: a folder given, `ADLAB_DATA`, or beside the repository.

Nothing of it is part of the project; without it one sentence says what to fetch.
"""

import os
from pathlib import Path

from experiments.errors import StoreError

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
"""The folder shared/data beside the repository."""

FETCH = (
    "git clone https://github.com/pluriholonomic/autodeleveraging-analysis, check out aae0be8, and "
    "give the clone with --data DIR or ADLAB_DATA"
)


def data_folder(given: str | None) -> Path:
    """The folder of the recorded data; what is given comes before `ADLAB_DATA`.

    Args:
        given: on the command line; None for the default.

    Raises:
        StoreError: it is not there.
    """
    folder = Path(given or os.environ.get("ADLAB_DATA") or BESIDE).expanduser()
    if not folder.is_dir():
        raise StoreError(f"there is no recorded data at {folder}: {FETCH}")
    return folder
