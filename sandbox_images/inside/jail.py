"""From a process to a jail: the fork into new namespaces, the mounts, and the loss of every privilege.

Called by the zygote only, which is single-threaded, so a bare clone3 is safe where fork() is: nobody
else can hold a lock. The child is the first process of its pid namespace: when it goes, everything
in it goes. All of this is over before the first byte of a learner's code arrives.
"""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

NEW_USER, NEW_PID, NEW_NS, NEW_NET, NEW_IPC = 0x10000000, 0x20000000, 0x00020000, 0x40000000, 0x08000000
NEW_UTS, NEW_CGROUP, PIDFD = 0x04000000, 0x02000000, 0x00001000
CHILD_SETTID, CHILD_CLEARTID = 0x01000000, 0x00200000
NAMESPACES = NEW_USER | NEW_PID | NEW_NS | NEW_NET | NEW_IPC | NEW_UTS | NEW_CGROUP

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
SYS_CLONE3 = 435  # the same number on every architecture
PR_GET_TID_ADDRESS, PR_CAPBSET_READ, PR_CAPBSET_DROP = 40, 23, 24
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
# PyDLL keeps the interpreter's lock: the child comes back holding it, as after os.fork().
_holding = ctypes.PyDLL(None, use_errno=True)
_python = ctypes.pythonapi


class JailError(OSError):
    """A wall could not be built."""


class _CloneArgs(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_uint64)
        for name in ("flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack", "stack_size", "tls")
    )


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise JailError(number, f"{what}: {os.strerror(number)}")
    return result


def fork() -> tuple[int, int]:
    """(pid, pidfd) in the parent, (0, -1) in the child, which is in new namespaces of every kind."""
    pidfd = ctypes.c_int(-1)
    flags = NAMESPACES | PIDFD
    # glibc remembers the thread's number where the kernel may write it: tell it the child's.
    tid = ctypes.c_void_p()
    child_tid = 0
    if _libc.prctl(PR_GET_TID_ADDRESS, ctypes.byref(tid), 0, 0, 0) == 0 and tid.value:
        flags, child_tid = flags | CHILD_SETTID | CHILD_CLEARTID, tid.value
    args = _CloneArgs(
        flags=flags, pidfd=ctypes.addressof(pidfd), child_tid=child_tid, exit_signal=int(signal.SIGCHLD)
    )
    _python.PyOS_BeforeFork()
    pid = int(_holding.syscall(SYS_CLONE3, ctypes.byref(args), ctypes.sizeof(args)))
    if pid == 0:
        _python.PyOS_AfterFork_Child()
        return 0, -1
    number = ctypes.get_errno()
    _python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise JailError(number, f"clone3: {os.strerror(number)}")
    return pid, pidfd.value


def enclose(files_mb: int) -> None:
    """In the child: identity, mounts, no capability. What is left to walls.py: descriptors, caps, filter."""
    Path("/proc/self/oom_score_adj").write_text("1000")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"65534 {OUTER[0]} 1")
    Path("/proc/self/gid_map").write_text(f"65534 {OUTER[1]} 1")
    os.setsid()
    _check(_libc.sethostname(b"box", 3), "sethostname")
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    safe = MS_NOSUID | MS_NODEV | MS_NOEXEC
    room = f"size={files_mb}m,nr_inodes=8192,mode=1777"
    for path in ("/tmp", "/dev/shm"):  # noqa: S108  the two places where a box may write
        _mount("tmpfs", path, "tmpfs", safe, room)
    for path in ("/dev/mqueue", "/dev/pts", "/sys"):  # a container has them; nothing in a box needs them
        if Path(path).is_dir():
            _mount("tmpfs", path, "tmpfs", safe | MS_RDONLY, "size=4k,mode=555")
    if Path("/dev/zero").exists():  # mapped shared, it gives memory that no cap counts
        _mount("/dev/null", "/dev/zero", None, MS_BIND)
    # No /proc at all: in it stand numbers of the whole host (of each file that is made up when it is looked
    # at, and of how many others have a page of a library in use).
    _mount("tmpfs", "/proc", "tmpfs", safe | MS_RDONLY, "size=4k,mode=555")
    os.chdir("/tmp")  # noqa: S108  as above
    _drop_capabilities()


OUTER = (os.geteuid(), os.getegid())
"""Who the zygote is; read when it starts, because a child without a map has no number of its own."""


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
    words = [word.encode() if word else None for word in (source, target, kind)]
    _check(_libc.mount(*words, ctypes.c_ulong(flags), options.encode() or None), f"mount {target}")


def _drop_capabilities() -> None:
    _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_READ, capability, 0, 0, 0) < 0:
            break  # the kernel knows no more
        _check(_libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "dropping the bounding set")
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(ctypes.byref(header), ctypes.byref(none)), "capset")
