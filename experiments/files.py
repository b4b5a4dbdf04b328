"""Files on disk: written whole or not at all, and known by the hash of their bytes."""

import errno
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from experiments.errors import DiskError

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def written_atomically(file: Path) -> Iterator[IO[bytes]]:
    """Write a file so that it is there whole or not at all.

    Raises:
        DiskError: the disk is full or the folder cannot be written.
    """
    temporary = file.with_name(f".{file.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
        _sync_folder(file.parent)
    except OSError as error:
        raise DiskError(_disk_sentence(file, error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _disk_sentence(file: Path, error: OSError) -> str:
    """What went wrong with the disk, and what to do."""
    if error.errno in _NO_SPACE or "No space left" in str(error):
        return f"the disk with {file.parent} is full; free some space, finished parts are kept"
    return f"{file} cannot be written ({error.strerror or error}); check the folder's permissions"


def file_sha(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
