# A program for a box, not a module of ours: it is written to have no imports but the plainest.
# ruff: noqa
# mypy: ignore-errors
"""Runs inside a box, as a cell: tries the walls from within and prints what it saw as JSON.

Read as text by selftest.py; never imported by our processes. It only *tries*: that what it says is
true rests on its being ours and alone in a fresh box.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import socket
import stat

seen = {}
libc = ctypes.CDLL(None, use_errno=True)


def wall(name, up, what=""):
    seen[name] = [bool(up), str(what)[:200]]


def refused(function, *arguments):
    """Did the system refuse, and with which error?"""
    try:
        result = function(*arguments)
    except OSError as error:
        return True, errno.errorcode.get(error.errno, str(error.errno))
    return False, f"allowed: {result!r}"


def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
libc.capget(header, data)
users = {os.getuid(), os.geteuid(), os.getgid(), os.getegid()}
wall("unprivileged_user", len(users) == 1 and min(users) >= 40_000, f"uid {os.getuid()}")
wall("no_capability", not any(data), [hex(word) for word in data])
wall("no_new_privileges", libc.prctl(39, 0, 0, 0, 0) == 1)
wall("call_filter", libc.prctl(21, 0, 0, 0, 0) == 2)
wall("setuid", *refused(os.setuid, 0))

writable = []
for folder, _folders, _files in os.walk("/"):
    if folder.startswith("/proc/"):
        continue
    name = os.path.join(folder, ".try")
    try:
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
        os.unlink(name)
        writable.append(folder)
    except OSError:
        pass
below = [folder for folder in writable if not folder.startswith(("/tmp/", "/dev/shm/"))]
wall("writes", sorted(below) == ["/dev/shm", "/tmp"], sorted(below))

networks = [
    refused(socket.socket, family, socket.SOCK_STREAM) for family in (socket.AF_INET, socket.AF_INET6)
]
networks += [refused(socket.socket, family, kind) for family, kind in ((17, 3), (16, 3), (40, 1), (38, 5))]
wall("no_network", all(up for up, _ in networks), networks)

there = os.listdir("/proc") if os.path.isdir("/proc") else []  # some boxes have none
visible = sorted(int(name) for name in there if name.isdigit())
wall("own_processes_only", len(visible) <= 2 and max(visible, default=0) < 100, visible)
wall("no_signal_out", *refused(os.kill, 4_000_000, 0))

calls = {
    "unshare": (272, 0x10000000),
    "setns": (308, 0, 0),
    "mount": (165, 0, 0, 0, 0, 0),
    "ptrace": (101, 0, 0, 0, 0),
    "bpf": (321, 0, 0, 0),
    "perf": (298, 0, 0, 0, 0, 0),
    "io_uring": (425, 1, 0),
    "userfaultfd": (323, 0),
    "keyctl": (250, 0, 0),
    "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
    "chroot": (161, 0),
    "pivot_root": (155, 0, 0),
    "kexec": (246, 0, 0, 0, 0),
    "clock_settime": (227, 0, 0),
    "personality": (135, 8),
    "init_module": (175, 0, 0, 0),
    "mq_open": (240, 0, 0, 0, 0),
    "shmget": (29, 0, 4096, 0o1600),
    "memfd": (319, b"x", 0),
    "open_by_handle": (304, 0, 0, 0),
    "clone3": (435, 0, 0),
    "syslog": (103, 3, 0, 0),
    "vmsplice": (278, 0, 0, 0, 0),
    "mlock": (149, 0, 4096),
}  # the numbers of x86_64; elsewhere they are other calls, refused or harmless with these arguments
if os.uname().machine == "x86_64":
    results = {name: refused(call, *arguments) for name, arguments in calls.items()}
    bad = {name: what for name, (up, what) in results.items() if not up or what not in ("EPERM", "ENOSYS")}
    wall("dangerous_calls", not bad, bad or f"{len(results)} refused")

for name in (
    "/etc/shadow",
    "/root",
    "/home",
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/sys/kernel",
    "/dev/kvm",
    "/dev/vda",
    "/dev/mem",
    "/dev/kmsg",
    "/proc/kcore",
):
    try:
        with open(name, "rb") as file:
            wall("host_files", False, f"{name}: {file.read(10)!r}")
            break
    except OSError as error:
        if error.errno == errno.EISDIR and os.listdir(name):
            wall("host_files", False, f"{name}: {os.listdir(name)[:3]}")
            break
else:
    wall("host_files", True, "none of those looked for")
nodes = [name for name in os.listdir("/dev") if stat.S_ISBLK(os.lstat(f"/dev/{name}").st_mode)]
wall("no_block_device", not nodes, nodes)

descriptors = []
for number in range(1024):
    try:
        info = os.fstat(number)
    except OSError:
        continue
    if not (stat.S_ISCHR(info.st_mode) and number < 3):
        descriptors.append(number)
wall("one_descriptor", len(descriptors) == 1, descriptors)

words = " ".join(sorted(os.environ))
wall(
    "empty_environment",
    not [name for name in os.environ if "KEY" in name or "SECRET" in name or "URL" in name],
    words,
)
caps = {
    name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")
}
hard = {name: pair[1] for name, pair in caps.items()}
wall("hard_caps", all(hard[f"RLIMIT_{n}"] != -1 for n in ("NOFILE", "FSIZE", "CORE", "DATA")), hard)

children = []
try:
    while len(children) < 512:
        child = os.fork()
        if child == 0:
            signal.pause()
            os._exit(0)
        children.append(child)
except OSError as error:
    wall("processes", True, f"{len(children)} then {errno.errorcode.get(error.errno)}")
else:
    wall("processes", False, f"{len(children)} and no end")
for child in children:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

try:
    hog = bytearray(8 << 30)
    wall("memory", False, "8 GB were given")
except MemoryError:
    wall("memory", True, "MemoryError")

written = 0
try:
    with open("/tmp/fill", "wb", buffering=0) as file:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        while written < 1 << 30:
            written += file.write(bytes(1 << 20))
    wall("files", False, "1 GB was written")
except OSError as error:
    wall("files", True, f"{written >> 20} MB then {errno.errorcode.get(error.errno)}")
os.unlink("/tmp/fill")
print(json.dumps(seen))
