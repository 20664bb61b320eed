"""The filter of system calls: a list of what numpy, torch, threads, files in /tmp and child processes need.

Everything else is refused: EPERM, or ENOSYS for calls so new that libc has a fallback for them. A few
calls are looked at closer: `clone` makes no namespaces, sockets are AF_UNIX if anything, `prctl` cannot
weaken a wall, `mmap` gives no memory that the caps of a process would not count and `mremap` no more than
there was, `futex` knows nothing of priorities. A call through a foreign architecture (i386, x32) kills the
process. The program is assembled here because the box must not need a library for it; the numbers come
from the kernel's own headers.

What two boxes of one host could tell each other by is taken out as well: locks and waits on a file that
both may read, what the kernel keeps of files, numbers of the whole host, and whatever it counts by user
(pipes, descriptors under way, watches), because all boxes are one user to it. An author's box and one with
a GPU are `wide`: they keep what of this their libraries need.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
import struct
from collections.abc import Sequence

# name:number on x86_64:number on aarch64
ALLOWED = """
read:0:63 write:1:64 close:3:57 fstat:5:80 stat:4:- lstat:6:- newfstatat:262:79 statx:332:291 poll:7:-
ppoll:271:73 lseek:8:62 mprotect:10:226 munmap:11:215 brk:12:214 rt_sigaction:13:134 rt_sigprocmask:14:135
rt_sigreturn:15:139 rt_sigpending:127:136 rt_sigtimedwait:128:137 rt_sigsuspend:130:133 sigaltstack:131:132
pread64:17:67 pwrite64:18:68 readv:19:65 writev:20:66 preadv:295:69 pwritev:296:70 access:21:-
faccessat:269:48 faccessat2:439:439 select:23:- pselect6:270:72 sched_yield:24:124 msync:26:227 dup:32:23
dup2:33:- dup3:292:24 pause:34:- nanosleep:35:101 clock_nanosleep:230:115 getitimer:36:102 setitimer:38:103
alarm:37:- getpid:39:172 gettid:186:178 getppid:110:173 fork:57:- vfork:58:- execve:59:221
wait4:61:260 waitid:247:95 kill:62:129 tkill:200:130 tgkill:234:131 uname:63:160
fsync:74:82 fdatasync:75:83 truncate:76:45 ftruncate:77:46 getdents:78:- getdents64:217:61 getcwd:79:17
chdir:80:49 fchdir:81:50 rename:82:- renameat:264:38 renameat2:316:276 mkdir:83:- mkdirat:258:34 rmdir:84:-
creat:85:- link:86:- linkat:265:37 unlink:87:- unlinkat:263:35 symlink:88:- symlinkat:266:36 readlink:89:-
readlinkat:267:78 chmod:90:- fchmod:91:52 fchmodat:268:53 umask:95:166 gettimeofday:96:169 getrlimit:97:163
getrusage:98:165 times:100:153 getuid:102:174 geteuid:107:175 getgid:104:176
getegid:108:177 getresuid:118:148 getresgid:120:150 getgroups:115:158 getpgrp:111:- getpgid:121:155
getsid:124:156 setpgid:109:154 setsid:112:157 capget:125:90 getpriority:140:141 setpriority:141:140
sched_getparam:143:121 sched_getscheduler:145:120 sched_get_priority_max:146:125
sched_get_priority_min:147:126 sched_setaffinity:203:122 sched_getaffinity:204:123 arch_prctl:158:-
set_tid_address:218:96 set_robust_list:273:99 get_robust_list:274:100 rseq:334:293 clock_gettime:228:113
clock_getres:229:114 time:201:- getrandom:318:278 getcpu:309:168
open:2:- openat:257:56 close_range:436:436 fallocate:285:47 restart_syscall:219:128 timerfd_create:283:85
timerfd_settime:286:86 timerfd_gettime:287:87
"""
WIDE = """
connect:42:203 accept:43:202 accept4:288:242 sendto:44:206 recvfrom:45:207 sendmsg:46:211 recvmsg:47:212
sendmmsg:307:269 recvmmsg:299:243 shutdown:48:210 bind:49:200 listen:50:201 getsockname:51:204
getpeername:52:205 setsockopt:54:208 getsockopt:55:209 pipe:22:- pipe2:293:59 epoll_create:213:-
epoll_create1:291:20 epoll_ctl:233:21 epoll_wait:232:- epoll_pwait:281:22 eventfd:284:- eventfd2:290:19
sysinfo:99:179 statfs:137:43 fstatfs:138:44 mbind:237:235 get_mempolicy:239:236
"""
CHECKED = """
clone:56:220 socket:41:198 socketpair:53:199 ioctl:16:29
mmap:9:222 fcntl:72:25 prctl:157:167 prlimit64:302:261 futex:202:98 mremap:25:216 clone3:435:435
exit:60:93 exit_group:231:94 setrlimit:160:164
madvise:28:233 fadvise64:221:223 utimensat:280:88 utime:132:- utimes:235:-
preadv2:327:286 pwritev2:328:287 sendto:44:206 recvfrom:45:207
"""
MACHINES = {"x86_64": (1, 0xC000003E), "aarch64": (2, 0xC00000B7)}
FIRST_WITH_FALLBACK = 424  # pidfd_send_signal: what came from here on, libc tries and does without
X32 = 0x40000000

NEW_NAMESPACES = 0x7E020000  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}
# TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX
IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# PDEATHSIG (set, get), GET_DUMPABLE, NAME (set, get), GET_SECCOMP, GET_NO_NEW_PRIVS, SET_VMA
PRCTLS = (1, 2, 3, 15, 16, 21, 39, 0x53564D41)

# DUPFD GETFD SETFD GETFL SETFL DUPFD_CLOEXEC: no locks, leases or hints, which every box would see, and no
# word on pipes, which are counted by user
FCNTLS = (0, 1, 2, 3, 4, 1030)

# NORMAL RANDOM SEQUENTIAL DONTNEED FREE DONTFORK DOFORK HUGEPAGE NOHUGEPAGE DONTDUMP DODUMP WIPEONFORK
# KEEPONFORK: nothing that reads a file ahead, pushes one out or lets the kernel join equal pages
ADVICE = (0, 1, 2, 4, 8, 10, 11, 14, 15, 16, 17, 18, 19)
NO_FLAGS = (0,)

# WAIT WAKE REQUEUE CMP_REQUEUE WAKE_OP WAIT_BITSET WAKE_BITSET, private or not, by either clock: what locks
# are made of. Those that hand priorities on (the source of more than one hole) nothing here uses.
FUTEX_OPERATIONS = (0, 1, 3, 4, 5, 9, 10)
FUTEX_PRIVATE, FUTEX_REALTIME = 128, 256
FUTEXES = tuple(op | flags for op in FUTEX_OPERATIONS for flags in (0, 128, 256, 384))

RLIMIT_CPU = 0
AS_IF_KILLED = 128 + 9

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
AND, KEEP, JUMP_ABOVE_KEPT, JUMP_EQUAL_KEPT = 0x54, 0x07, 0x2D, 0x1D
NUMBER, ARCH = 0, 4
MAP_SHARED, MAP_ANONYMOUS, MAP_GROWSDOWN, MAP_HUGETLB = 1, 0x20, 0x100, 0x40000
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
SECCOMP_SET_MODE_FILTER, FLAG_TSYNC = 1, 1
SYS_SECCOMP = {"x86_64": 317, "aarch64": 277}

Instruction = tuple[int, int, int, int]


def _numbers(table: str, column: int) -> dict[str, int]:
    rows = (entry.split(":") for entry in table.split())
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


def _argument(index: int) -> int:
    """Where the low half of an argument lies (both machines are little endian)."""
    return 16 + 8 * index


def _only(number: int, index: int, values: tuple[int, ...], refused: int) -> list[Instruction]:
    """Allow this call only with one of these values of an argument."""
    body: list[Instruction] = [(LOAD, 0, 0, _argument(index)), *_any_of(values, refused)]
    return [(JUMP_EQUAL, 0, len(body), number), *body]


def _none_of(number: int, index: int, bits: int, refused: int) -> list[Instruction]:
    """Allow this call only with none of these bits in an argument."""
    body: list[Instruction] = [(LOAD, 0, 0, _argument(index)), (JUMP_ANY, 0, 1, bits)]
    body += [(RETURN, 0, 0, ERRNO | refused), (RETURN, 0, 0, ALLOW)]
    return [(JUMP_EQUAL, 0, len(body), number), *body]


def _counted_memory(number: int) -> list[Instruction]:
    """Allow `mmap` except for what no cap of a process counts: memory that is shared and of no file, and
    memory that grows downwards, which passes for a stack; nor huge pages of the host's one store."""
    body: list[Instruction] = [(LOAD, 0, 0, _argument(3)), (JUMP_ANY, 2, 0, MAP_GROWSDOWN | MAP_HUGETLB)]
    body += [(JUMP_ANY, 0, 2, MAP_ANONYMOUS), (JUMP_ANY, 0, 1, MAP_SHARED)]
    body += [(RETURN, 0, 0, ERRNO | errno.ENOMEM), (RETURN, 0, 0, ALLOW)]
    return [(JUMP_EQUAL, 0, len(body), number), *body]


def _no_growth(number: int) -> list[Instruction]:
    """Allow `mremap` unless more is asked for than there was: a piece of the stack could grow without end,
    because what was a stack is counted by no cap. `realloc` takes fresh memory instead."""
    before, after = _argument(1), _argument(2)
    body: list[Instruction] = [(LOAD, 0, 0, before + 4), (KEEP, 0, 0, 0), (LOAD, 0, 0, after + 4)]
    body += [(JUMP_ABOVE_KEPT, 5, 0, 0), (JUMP_EQUAL_KEPT, 0, 5, 0)]
    body += [(LOAD, 0, 0, before), (KEEP, 0, 0, 0), (LOAD, 0, 0, after), (JUMP_ABOVE_KEPT, 0, 1, 0)]
    body += [(RETURN, 0, 0, ERRNO | errno.ENOMEM), (RETURN, 0, 0, ALLOW)]
    return [(JUMP_EQUAL, 0, len(body), number), *body]


def _no_end_like_a_kill(number: int) -> list[Instruction]:
    """Allow to exit but with the status of a process that was killed: only from outside can it be that."""
    body: list[Instruction] = [(LOAD, 0, 0, _argument(0)), (AND, 0, 0, 0xFF)]
    body += [(JUMP_EQUAL, 0, 1, AS_IF_KILLED), (RETURN, 0, 0, ERRNO | errno.EPERM), (RETURN, 0, 0, ALLOW)]
    return [(JUMP_EQUAL, 0, len(body), number), *body]


def _no_time_to_be_killed_at(setrlimit: int, prlimit: int) -> list[Instruction]:
    """Allow caps of oneself but that on processor time, after which the kernel kills: as somebody outside
    would, even the first process of a namespace."""
    body: list[Instruction] = [(LOAD, 0, 0, _argument(0)), (JUMP_EQUAL, 0, 1, RLIMIT_CPU)]
    body += [(RETURN, 0, 0, ERRNO | errno.EPERM), (RETURN, 0, 0, ALLOW)]
    code: list[Instruction] = [(JUMP_EQUAL, 0, len(body), setrlimit), *body]
    body = [(LOAD, 0, 0, _argument(0)), (JUMP_EQUAL, 0, 6, 0)]  # of itself
    body += [(LOAD, 0, 0, _argument(1)), (JUMP_EQUAL, 0, 5, RLIMIT_CPU)]
    body += [(LOAD, 0, 0, _argument(2)), (JUMP_EQUAL, 0, 2, 0)]  # what it was may be asked: no new value
    body += [(LOAD, 0, 0, _argument(2) + 4), (JUMP_EQUAL, 1, 0, 0)]
    body += [(RETURN, 0, 0, ERRNO | errno.EPERM), (RETURN, 0, 0, ALLOW)]
    return [*code, (JUMP_EQUAL, 0, len(body), prlimit), *body]


def _futex(number: int, *, wide: bool) -> list[Instruction]:
    """Allow `futex` for what locks are made of; in a narrow box among the threads of one process only.

    Two boxes that wait and wake on a page of a file which both may read would hear each other. Such a call
    returns 0 and does nothing: a wait that ended early, a wake that found nobody, as libc allows for.
    """
    if wide:
        return _only(number, 1, FUTEXES, errno.ENOSYS)
    code: list[Instruction] = [(LOAD, 0, 0, _argument(1)), (JUMP_ANY, 1, 0, FUTEX_PRIVATE)]
    body = [*code, (RETURN, 0, 0, ERRNO)]
    private = [op for op in FUTEXES if op & FUTEX_PRIVATE]
    return [(JUMP_EQUAL, 0, len(body) + len(private) + 2, number), *body, *_any_of(private, errno.ENOSYS)]


def _any_of(values: Sequence[int], refused: int) -> list[Instruction]:
    """Allow if what is loaded is one of these."""
    jumps: list[Instruction] = [
        (JUMP_EQUAL, left, 0, value) for left, value in zip(range(len(values), 0, -1), values, strict=True)
    ]
    return [*jumps, (RETURN, 0, 0, ERRNO | refused), (RETURN, 0, 0, ALLOW)]


def program(machine: str, *, wide: bool) -> bytes:
    """The filter for a machine, as the kernel reads it. Raises OSError for a machine it is not made for."""
    if machine not in MACHINES:
        raise OSError(f"the system call filter is not made for {machine}")
    column, arch = MACHINES[machine]
    allowed, checked = _numbers(ALLOWED, column), _numbers(CHECKED, column)
    if wide:
        allowed |= _numbers(WIDE, column)
    code: list[Instruction] = [(LOAD, 0, 0, ARCH), (JUMP_EQUAL, 1, 0, arch), (RETURN, 0, 0, KILL)]
    code += [(LOAD, 0, 0, NUMBER)]
    if machine == "x86_64":
        code += [(JUMP_AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL)]
    for number in allowed.values():
        code += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    code += [(JUMP_EQUAL, 0, 1, checked["clone3"]), (RETURN, 0, 0, ERRNO | errno.ENOSYS)]
    # Each of these blocks ends in a return, so the number is still loaded where the next one begins.
    code += _none_of(checked["clone"], 0, NEW_NAMESPACES, errno.EPERM)
    families = (int(socket.AF_UNIX),) if wide else ()
    for name in ("socket", "socketpair"):
        code += _only(checked[name], 0, families, errno.EAFNOSUPPORT)
    code += _counted_memory(checked["mmap"])
    code += _no_growth(checked["mremap"])
    code += _futex(checked["futex"], wide=wide)
    code += _only(checked["madvise"], 2, ADVICE, errno.EINVAL)
    for name in ("sendto", "recvfrom"):  # the link, and of it nothing but its bytes (a wide box has all)
        code += _only(checked[name], 3, NO_FLAGS, errno.EPERM)
    # Advice that nobody follows, and dates that nobody sets: a device that boxes share has one as well.
    for name in ("fadvise64", "utimensat", "utime", "utimes"):
        if name in checked:
            code += [(JUMP_EQUAL, 0, 1, checked[name]), (RETURN, 0, 0, ERRNO)]
    for name in ("preadv2", "pwritev2"):  # libc does without them where no flags are asked for
        code += [(JUMP_EQUAL, 0, 1, checked[name]), (RETURN, 0, 0, ERRNO | errno.ENOSYS)]
    code += _only(checked["ioctl"], 1, IOCTLS, errno.EPERM)
    code += _only(checked["prctl"], 0, PRCTLS, errno.EPERM)
    code += _only(checked["fcntl"], 1, FCNTLS, errno.EPERM)
    code += _no_time_to_be_killed_at(checked["setrlimit"], checked["prlimit64"])
    for name in ("exit", "exit_group"):
        code += _no_end_like_a_kill(checked[name])
    code += [(JUMP_AT_LEAST, 0, 1, FIRST_WITH_FALLBACK), (RETURN, 0, 0, ERRNO | errno.ENOSYS)]
    code += [(RETURN, 0, 0, ERRNO | errno.EPERM)]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


_MACHINE = platform.machine()
_PROGRAMS = {wide: program(_MACHINE, wide=wide) for wide in (False, True)}


def install(*, wide: bool) -> None:
    """Put the filter on every thread of this process, for good. Needs no-new-privileges.

    `wide` allows AF_UNIX and pipes, which processes that work together need.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    code = _PROGRAMS[wide]
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_ = _Program(len(code) // 8, ctypes.addressof(buffer))
    call = SYS_SECCOMP[_MACHINE]
    if libc.syscall(call, SECCOMP_SET_MODE_FILTER, FLAG_TSYNC, ctypes.byref(filter_)) != 0:
        raise OSError(ctypes.get_errno(), "the system call filter was refused")
