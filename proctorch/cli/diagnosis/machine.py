"""Python, torch, devices, cores, memory and disk."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from pathlib import Path

from proctorch.cli.diagnosis.finding import Finding, Need

GIB = 2**30
LEAST_DISK = 1 * GIB
LEAST_MEMORY = 2 * GIB
CGROUP_MEMORY = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def version_of(package: str) -> str | None:
    """Return the installed version of a package, or None; imports nothing."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def version_numbers(version: str) -> tuple[int, ...]:
    """Return (2, 13) for "2.13.0+cpu"."""
    parts = version.split("+")[0].split(".")[:2]
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in parts)


def python() -> Finding:
    """Is this a Python that Proctorch is made for?"""
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    found = f"{platform.python_version()} at {sys.executable}"
    return Finding("Python", good, found, Need.PRACTICE, "make a new environment with Python 3.11, 3.12 or 3.13.")


def torch() -> Finding:
    """Is torch there, new enough, and does it load?"""
    cure = "pip install -c constraints.txt torch"
    version = version_of("torch")
    if version is None:
        return Finding("torch", False, "not installed", Need.PRACTICE, cure)
    if version_numbers(version) < (2, 10):
        return Finding("torch", False, f"{version}, older than 2.10", Need.PRACTICE, cure)
    try:
        import torch as library
    except Exception as error:  # a broken build raises anything from ImportError to OSError
        return Finding("torch", False, f"{version} does not load: {error}", Need.PRACTICE, f"reinstall it: {cure}")
    return Finding("torch", True, f"{library.__version__}, {library.backends.cpu.get_cpu_capability()}", Need.PRACTICE)


def devices() -> Finding:
    """Which devices can tensors live on? A course needs none but the CPU."""
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    try:
        import torch as library
    except Exception:
        return Finding("devices", False, "unknown: torch does not load", Need.NOTHING, "see torch.")
    found = ["cpu"]
    if library.cuda.is_available():
        found += [
            f"cuda:{index} ({library.cuda.get_device_name(index)})" for index in range(library.cuda.device_count())
        ]
    if library.backends.mps.is_available():
        found.append("mps")
    return Finding("devices", True, ", ".join(found))


def packages() -> Finding:
    """Are the packages there that checks are run with?"""
    names = ("numpy", "jaxtyping", "pytest", "typer", "rich")
    missing = [name for name in names if version_of(name) is None]
    found = f"missing: {', '.join(missing)}" if missing else ", ".join(f"{name} {version_of(name)}" for name in names)
    return Finding("packages", not missing, found, Need.PRACTICE, f"pip install -c constraints.txt {' '.join(missing)}")


def cores() -> Finding:
    """How many cores may be used? Grading takes one guest a core."""
    amount = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Finding("cores", True, f"{amount} usable")


def memory() -> Finding:
    """How much memory is there, or how much does the cgroup allow?"""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return Finding("memory", True, "unknown on this system")
    for path in CGROUP_MEMORY:
        try:
            size = min(size, int(path.read_text()))
        except (OSError, ValueError):  # no cgroup, or "max"
            continue
    cure = "grade with --workers 1, or on a machine with 2 GiB or more: a guest may use 1 GiB."
    return Finding("memory", size >= LEAST_MEMORY, f"{size / GIB:.1f} GiB", Need.NOTHING, cure)


def disk(folder: Path) -> Finding:
    """Is there room for notebooks, feedback and the gradebook?"""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("disk", False, f"{folder}: {error.strerror}", Need.NOTHING, "look at the folder's rights.")
    cure = "make room: a class of 200 takes a few hundred MiB a day."
    return Finding("disk", free >= LEAST_DISK, f"{free / GIB:.1f} GiB free at {folder}", Need.NOTHING, cure)


def system() -> Finding:
    """Which operating system is this? Marks need Linux."""
    good = sys.platform.startswith("linux")
    found = f"{platform.system()} {platform.release()} {platform.machine()}"
    return Finding(
        "system", good, found, Need.GRADING, "grade on Linux; here students can practise, but no mark is given."
    )
