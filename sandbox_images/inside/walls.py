"""The walls that a box raises around itself, in its last moment before a learner's code can come.

Namespaces, mounts and control groups are built by whoever started this process; here are the caps of
the process itself. Each is hard: nothing that runs later can lift it.
"""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Sequence

import seccomp  # type: ignore[import-not-found]

PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38

CAPS = {
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_STACK: 8 * 1024 * 1024,  # a stack is no data: the cap on memory does not see it
    resource.RLIMIT_NOFILE: 256,
    resource.RLIMIT_MEMLOCK: 0,
    resource.RLIMIT_MSGQUEUE: 0,
    resource.RLIMIT_SIGPENDING: 64,
    resource.RLIMIT_NICE: 0,
    resource.RLIMIT_RTPRIO: 0,
}


def raise_walls(*, keep: Sequence[int], processes: int = 32, files_mb: int = 64, wide: bool = False) -> None:
    """Close every descriptor but the standard ones and those to `keep`.

    `processes` is for a box in a user namespace of its own: elsewhere the number counts every process of
    the user on the host, other boxes included, and 0 leaves it to the control group.
    """
    kept = sorted({2, *keep})
    for low, high in zip(kept, [*kept[1:], 1 << 16], strict=True):
        os.closerange(low + 1, high)
    caps = CAPS | {resource.RLIMIT_FSIZE: files_mb * 1024 * 1024}
    if processes:
        caps[resource.RLIMIT_NPROC] = processes
    for what, most in caps.items():
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((PR_SET_DUMPABLE, 0), (PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    seccomp.install(wide=wide)
