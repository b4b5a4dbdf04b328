"""`@kernel`: compile with numba, and keep the machine code under the hash of all it is made of.

numba's own on-disk cache looks at one file only: edit a rule and the loop that calls it in another
file still runs the old rule (numba issue 1833), and a checkout in another folder compiles again.
Here the key is the text of *every* module that can be part of a kernel, so

* an edit of any rule gives new code everywhere,
* equal sources share their code, whatever the path (a clone, a Ray worker's copy), and
* what is not made of the package's sources alone (a user's score) is never kept on disk.

`NUMBA_DISABLE_JIT=1` turns every kernel back into the plain function (that is how coverage is
measured); `plain(f)` gives the plain function of a kernel, which the reference twin runs.
"""

import functools
import hashlib
import inspect
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import llvmlite
import numba
import numpy as np
from numba.core import caching

PACKAGE = Path(__file__).resolve().parent
"""Root of the sources that a shipped kernel can be made of."""

NOT_COMPILED = ("model", "reference")
"""Sub-packages that hold Mesa objects and never take part in a kernel."""

KEPT_VERSIONS = 6
"""How many versions of compiled code stay on disk; older ones are removed."""


def cache_root() -> Path:
    """Folder of the compiled kernels: `ADLAB_CACHE`, else the user's cache folder."""
    if "ADLAB_CACHE" in os.environ:
        return Path(os.environ["ADLAB_CACHE"]).absolute()
    home = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    return Path(home) / "adlab"


@functools.cache
def sources_hash() -> str:
    """SHA-256 over the names and texts of all kernel sources and the compiler's version."""
    digest = hashlib.sha256(f"{numba.__version__} {llvmlite.__version__}".encode())
    for file in sorted(PACKAGE.rglob("*.py")):
        name = file.relative_to(PACKAGE)
        if name.parts[0] not in NOT_COMPILED:
            digest.update(f"\0{name.as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:20]


def _forget_old_versions(root: Path) -> None:
    """Remove all but the `KEPT_VERSIONS` newest folders of compiled code."""
    versions = sorted(root.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in versions[KEPT_VERSIONS:]:
        shutil.rmtree(old, ignore_errors=True)


class _ContentLocator(caching._CacheLocator):  # type: ignore[misc]  # numba ships no types
    """Place a function's machine code by the content of its sources, not by path and date."""

    def __init__(self, function: Callable[..., Any], file: Path) -> None:
        self._py_file = str(file)  # numba names it when it warns
        self._line = function.__code__.co_firstlineno
        self._stamp = sources_hash()
        name = str(file.relative_to(PACKAGE))
        self._module = hashlib.sha256(name.encode()).hexdigest()[:8]
        self._path = cache_root() / "kernels" / self._stamp

    def get_cache_path(self) -> str:
        return str(self._path)

    def get_source_stamp(self) -> str:
        return self._stamp

    def get_disambiguator(self) -> str:
        return f"{self._module}-{self._line}"

    def ensure_cache_path(self) -> None:
        new = not self._path.exists()
        super().ensure_cache_path()
        if new:
            _forget_old_versions(self._path.parent)

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> "_ContentLocator":
        return cls(function, Path(file).resolve())


class _KernelCacheImpl(caching.CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = (_ContentLocator,)


class _KernelCache(caching.FunctionCache):  # type: ignore[misc]
    """numba's cache with our places and keys.

    A kernel made inside a function (a waterfall that was handed its last rung) is told apart by the
    names of what it closes over; their text is in the sources' hash already.
    """

    _impl_class = _KernelCacheImpl

    def _index_key(self, signature: Any, codegen: Any) -> Any:
        held = tuple(f"{f.__module__}.{f.__qualname__}" for f in _closed_over(self._py_func))
        return signature, codegen.magic_tuple(), held


def _closed_over(function: Callable[..., Any]) -> list[Any]:
    """What a function closes over, kernels as their plain functions."""
    cells = function.__closure__ or ()
    return [getattr(cell.cell_contents, "py_func", cell.cell_contents) for cell in cells]


def _is_ours(function: Any) -> bool:
    """Is this a function of the package, closing over nothing but functions of the package?

    Only then is everything that its machine code is made of in the sources' hash. A user's function
    may freeze numbers, closures or helpers of any kind: it is compiled anew in every process.
    """
    if not inspect.isfunction(function):
        return False
    inside = Path(inspect.getfile(function)).resolve().is_relative_to(PACKAGE)
    return inside and all(_is_ours(held) for held in _closed_over(function))


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile `function` (no Python objects inside, no fast-math, releases the GIL).

    Division follows IEEE (x / 0 = inf) in compiled code but raises in plain Python, so a rule that
    the reference twin shares must guard its divisors.
    """
    if numba.config.DISABLE_JIT:
        return np.errstate(all="ignore")(function)
    dispatcher = numba.njit(function, error_model="numpy", nogil=True, no_cfunc_wrapper=True)
    if _is_ours(function):
        dispatcher._cache = _KernelCache(function)
    return cast(F, dispatcher)


def plain[F: Callable[..., Any]](function: F) -> F:
    """Give the uncompiled function behind a kernel."""
    return cast(F, inspect.unwrap(getattr(function, "py_func", function)))
