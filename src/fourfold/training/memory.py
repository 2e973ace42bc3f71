"""Memory on Linux: keep what a step frees for the next one."""

import ctypes
import sys

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # names of mallopt(3)


def keep_freed_memory() -> bool:
    """Tell glibc to keep freed memory instead of handing it back to the system.

    Activations are tens of megabytes; fetched anew in every step, their page faults cost up to
    two thirds of its time. Holds for the whole process.

    Returns:
        Whether glibc took it; elsewhere nothing is done.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # musl has none
        return False
    return all([mallopt(_MMAP_THRESHOLD, 1 << 30), mallopt(_TRIM_THRESHOLD, 2**31 - 1)])
