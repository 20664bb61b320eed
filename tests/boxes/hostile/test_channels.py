"""What two boxes of one host could tell each other by: none of it carries a bit.

The sender stands for the box that was asked a hidden question, the receiver for one whose output its
learner sees. Each channel is two texts: `send(bit)` in one box, `receive()` in the other, turn by turn.
After sixteen known bits the test decodes 24 unknown ones as somebody would who has the source.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.sandbox.cells import CellEnd
from grader.sandbox.drive import Drive
from tests.boxes.conftest import Use

SECURITY = Path(__file__).parents[3] / "docs" / "security.md"
KNOWN = [0, 1] * 8
SECRET = [1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0]
MOST_BY_CHANCE = 21
"""Of 24: more is met by chance in one run of fifty thousand."""

BOTH = """
import ctypes, fcntl, mmap, os, signal, struct, sys, threading, time
import numpy
libc = ctypes.CDLL(None, use_errno=True)
SHARED = numpy.__file__  # a file that every box can read
file = os.open(SHARED, os.O_RDONLY)
children = []
def fork(count, does=signal.pause):
    for _ in range(count):
        child = os.fork()
        if child == 0:
            try: does()
            finally: os._exit(0)
        children.append(child)
def end():
    while children:
        os.kill(children[-1], signal.SIGKILL)
        os.waitpid(children.pop(), 0)
"""


@dataclass(frozen=True)
class Channel:
    send: str
    receive: str


CHANNELS = {
    "flock": Channel(
        "def send(bit): fcntl.flock(file, fcntl.LOCK_EX if bit else fcntl.LOCK_UN)",
        "def receive():\n"
        "    try: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "    except BlockingIOError: return 1\n"
        "    fcntl.flock(file, fcntl.LOCK_UN)\n"
        "    return 0",
    ),
    "open file description locks": Channel(
        "def send(bit): fcntl.fcntl(file, 37, struct.pack('hhqqi', 0 if bit else 2, 0, 0, 0, 0))",
        "def receive():\n"
        "    told = fcntl.fcntl(file, 36, struct.pack('hhqqi', 1, 0, 0, 0, 0))\n"
        "    return struct.unpack('hhqqi', told)[0]",
    ),
    "write hints": Channel(
        "def send(bit): fcntl.fcntl(file, 1036, struct.pack('Q', 1 + bit))",
        "def receive(): return struct.unpack('Q', fcntl.fcntl(file, 1035, bytes(8)))[0]",
    ),
    "page cache, asked": Channel(
        "def send(bit):\n    if bit: os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)",
        "def receive():\n"
        "    try: os.preadv(file, [bytearray(4096)], 0, os.RWF_NOWAIT)\n"
        "    except BlockingIOError:\n"
        "        os.pread(file, 4096, 0)\n"
        "        return 1\n"
        "    return 0",
    ),
    "page cache, timed": Channel(
        "def send(bit):\n    if bit: os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)",
        "def receive():\n"
        "    began = time.perf_counter()\n"
        "    os.pread(file, 1, 0)\n"
        "    return time.perf_counter() - began",
    ),
    "page cache, by advice on memory": Channel(
        "m = mmap.mmap(file, 4096, prot=1)\ndef send(bit):\n    m[0]\n    if bit: m.madvise(21)  # PAGEOUT",
        "def receive():\n"
        "    began = time.perf_counter()\n"
        "    os.pread(file, 1, 0)\n"
        "    return time.perf_counter() - began",
    ),
    "pipes of one user": Channel(
        "def hold():\n"
        "    held = [os.pipe() for _ in range(110)]\n"
        "    signal.pause()\n"
        "def send(bit):\n"
        "    end()\n"
        "    if bit:\n"
        "        os.close(os.pipe()[0])\n"
        "        fork(14, hold)\n"
        "        time.sleep(0.05)",
        "def receive():\n"
        "    out, into = os.pipe()\n"
        "    os.set_blocking(into, False)\n"
        "    written = 0\n"
        "    try:\n"
        "        while True: written += os.write(into, bytes(4096))\n"
        "    except BlockingIOError: pass\n"
        "    os.close(out); os.close(into)\n"
        "    return written",
    ),
    "numbers of event counters": Channel(
        "held = []\n"
        "def send(bit):\n"
        "    while held: os.close(held.pop())\n"
        "    if bit: held.extend(os.eventfd(0) for _ in range(100))",
        "def receive():\n"
        "    one = os.eventfd(0)\n"
        "    told = open(f'/proc/self/fdinfo/{one}').read().split('eventfd-id:')[1]\n"
        "    os.close(one)\n"
        "    return int(told.split()[0])",
    ),
    "numbers of files that are made up": Channel(
        "os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})\n"
        "def look():\n"
        "    for name in os.listdir('/proc/self'): os.stat('/proc/self/' + name)\n"
        "def send(bit):\n"
        "    if bit:\n"
        "        for _ in range(15):\n"
        "            fork(10, look)\n"
        "            time.sleep(0.01)\n"
        "            end()",
        "os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})\n"
        "last = 0\n"
        "def look():\n"
        "    return max(os.stat('/proc/self/' + name).st_ino for name in os.listdir('/proc/self'))\n"
        "def receive():\n"
        "    global last\n"
        "    for _ in range(25):\n"
        "        child = os.fork()\n"
        "        if child == 0:\n"
        "            try: look()\n"
        "            finally: os._exit(0)\n"
        "        os.waitpid(child, 0)\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        try: open('/tmp/told', 'w').write(str(look()))\n"
        "        finally: os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    now = int(open('/tmp/told').read())\n"
        "    before, last = last, now\n"
        "    return now - before",
    ),
    "who else has a page in use": Channel(
        "m = None\n"
        "def send(bit):\n"
        "    global m\n"
        "    m = mmap.mmap(file, 4096, prot=1) if bit else None\n"
        "    if bit: m[0]",
        "m = mmap.mmap(file, 4096, prot=1)\n"
        "m[0]\n"
        "def receive():\n"
        "    after = open('/proc/self/smaps').read().split(SHARED)[-1].split('Pss:')[1]\n"
        "    return int(after.split()[0])",
    ),
    "waits on a page of a file": Channel(
        "m = mmap.mmap(file, 4096, prot=1)\n"
        "at = numpy.frombuffer(m, numpy.uint32, 1)\n"
        "address, value = at.ctypes.data, int(at[0])\n"
        "def wait():\n"
        "    libc.syscall(202, ctypes.c_void_p(address), 0, value, struct.pack('qq', 0, 10**8), 0, 0)\n"
        "def send(bit):\n"
        "    time.sleep(0.12)\n"
        "    if bit:\n"
        "        threading.Thread(target=wait, daemon=True).start()\n"
        "        time.sleep(0.02)",
        "m = mmap.mmap(file, 4096, prot=1)\n"
        "at = numpy.frombuffer(m, numpy.uint32, 1)\n"
        "def receive(): return libc.syscall(202, ctypes.c_void_p(at.ctypes.data), 1, 9, 0, 0, 0)",
    ),
    "processes of the host": Channel(
        "def send(bit):\n    end()\n    if bit: fork(20)",
        "def receive():\n"
        "    told = ctypes.create_string_buffer(200)\n"
        "    if libc.sysinfo(told): raise OSError(ctypes.get_errno(), 'refused')\n"
        "    return struct.unpack_from('H', told, 80)[0]",
    ),
    "memory of the host": Channel(
        "held = None\ndef send(bit):\n    global held\n    held = numpy.ones(20_000_000) if bit else None",
        "def receive():\n"
        "    told = ctypes.create_string_buffer(200)\n"
        "    if libc.sysinfo(told): raise OSError(ctypes.get_errno(), 'refused')\n"
        "    return struct.unpack_from('Q', told, 40)[0]",
    ),
    "the date of a device": Channel(
        "def send(bit):\n    time.sleep(0.02)\n    if bit: os.utime('/dev/null')",
        "last = 0\n"
        "def receive():\n"
        "    global last\n"
        "    before, last = last, os.stat('/dev/null').st_mtime_ns\n"
        "    return int(before != last)",
    ),
    "the date of a library": Channel(
        "def send(bit):\n    if bit: os.utime(SHARED)",
        "last = 0\n"
        "def receive():\n"
        "    global last\n"
        "    told = os.stat(SHARED)\n"
        "    before, last = last, told.st_mtime_ns + told.st_atime_ns\n"
        "    return int(before != last)",
    ),
    "signals of one user": Channel(
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN + 1])\n"
        "def send(bit):\n"
        "    while signal.sigtimedwait([signal.SIGRTMIN + 1], 0): pass\n"
        "    if bit:\n"
        "        while libc.syscall(200, threading.get_native_id(), signal.SIGRTMIN + 1) == 0: pass",
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN + 1])\n"
        "def receive():\n"
        "    sent = 0\n"
        "    while sent < 1000 and libc.syscall(200, threading.get_native_id(), signal.SIGRTMIN + 1) == 0:\n"
        "        sent += 1\n"
        "    while signal.sigtimedwait([signal.SIGRTMIN + 1], 0): pass\n"
        "    return sent",
    ),
    "priorities of one user": Channel(
        "def send(bit):\n"
        "    end()\n"
        "    if bit: fork(1, lambda: (os.nice(5), signal.pause()))\n"
        "    time.sleep(0.01)",
        "os.nice(10)\ndef receive(): return os.getpriority(os.PRIO_USER, 0)",
    ),
    "room on the host's disk": Channel(
        "def send(bit): open('/tmp/room', 'wb').write(bytes(bit << 20))",
        "def receive(): return sum(os.statvfs(path).f_bfree for path in (SHARED, '/usr/lib', '/'))",
    ),
}
OF_PROC = {
    "who else has a page in use": "`/proc/self/smaps`",
    "numbers of files that are made up": "numbers that `/proc` gives to files",
}
HARMLESS = """
def quietly(function):
    def call(*arguments):
        try: return function(*arguments)
        except Exception: return -1
    return call
"""


def carried(use: Use, channel: Channel) -> int:
    """How many of the 24 secret bits the receiver finds."""
    sender, receiver = use.fresh(), use.fresh()
    try:
        for drive, text in ((sender, channel.send), (receiver, channel.receive)):
            run = use.cell(drive, f"{BOTH}\n{HARMLESS}")
            assert run.ok, run
            use.cell(drive, text)  # what it needs may be refused already
        for drive, name in ((sender, "send"), (receiver, "receive")):
            use.cell(drive, f"{name} = quietly({name})")
        seen = [_one(use, sender, receiver, bit) for bit in [*KNOWN, *SECRET]]
    finally:
        for drive in (sender, receiver):
            use.pool.run(drive.box.kill())
    zero, one = (statistics.median(seen[bit : len(KNOWN) : 2]) for bit in (0, 1))
    middle = (zero + one) / 2
    found = [int((value > middle) == (one > zero)) for value in seen[len(KNOWN) :]]
    return sum(int(a == b) for a, b in zip(found, SECRET, strict=True))


def _one(use: Use, sender: Drive, receiver: Drive, bit: int) -> float:
    use.cell(sender, f"send({bit})")
    run = use.cell(receiver, "try: print(receive())\nexcept Exception: print(-1)")
    return float(run.stdout) if run.end is CellEnd.FINISHED and run.stdout else -1.0


@pytest.mark.parametrize("channel", CHANNELS)
def test_it_carries_nothing(use: Use, channel: str) -> None:
    if use.mode == "container" and channel in OF_PROC:  # the engine mounts a /proc in every container
        assert OF_PROC[channel] in SECURITY.read_text(encoding="utf-8")  # what is left is said
        return
    assert carried(use, CHANNELS[channel]) <= MOST_BY_CHANCE


LINK = """
import ctypes, errno, os, socket, stat, struct
libc = ctypes.CDLL(None, use_errno=True)
link = next(n for n in range(3, 256) if stat.S_ISSOCK(_mode(n)))
buffer = ctypes.create_string_buffer(512)
size = ctypes.c_int(512)
tried = {
    "getsockopt peer's process": (55, link, 1, 77, buffer, ctypes.byref(size)),
    "getsockopt peer's user": (55, link, 1, 17, buffer, ctypes.byref(size)),
    "setsockopt filter": (54, link, 1, 26, buffer, 16),
    "setsockopt buffer": (54, link, 1, 7, struct.pack("i", 1 << 20), 4),
    "send out of band": (44, link, b"x", 1, 1, 0, 0),
    "send more to come": (44, link, b"x", 1, 0x8000, 0, 0),
    "peek": (45, link, buffer, 1, 2, 0, 0),
    "sendmsg": (46, link, buffer, 0),
    "sendmmsg": (307, link, buffer, 1, 0),
    "recvmsg": (47, link, buffer, 0),
    "recvmmsg": (299, link, buffer, 1, 0, 0),
    "getpeername": (52, link, buffer, ctypes.byref(size)),
    "getsockname": (51, link, buffer, ctypes.byref(size)),
    "connect": (42, link, buffer, 110),
    "bind": (49, link, buffer, 110),
    "listen": (50, link, 1),
    "accept": (43, link, 0, 0),
    "shutdown": (48, link, 2),
    "a second pair": (53, 1, 1, 0, buffer),
    "a pipe": (22, buffer),
    "a pipe with flags": (293, buffer, 0),
    "an instance of epoll": (291, 0),
}
for name, (number, *arguments) in tried.items():
    if libc.syscall(number, *arguments) >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EAFNOSUPPORT):
        print(name, errno.errorcode.get(ctypes.get_errno()))
"""
MODE = """
import os
def _mode(number):
    try: return os.fstat(number).st_mode
    except OSError: return 0
"""


def test_of_the_link_nothing_but_its_bytes_can_be_used(use: Use) -> None:
    run = use.once(MODE + LINK)
    assert (run.ok, run.stdout) == (True, "")
