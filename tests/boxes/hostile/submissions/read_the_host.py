"""Opens what belongs to the host and to others.

Must: passed
"""

import os

for path in (
    "/etc/shadow",
    "/proc/kcore",
    "/proc/kallsyms",
    "/proc/sysrq-trigger",
    "/proc/sys/kernel/core_pattern",
    "/proc/1/root/etc/shadow",
    "/proc/2/mem",
    "/dev/mem",
    "/dev/kvm",
    "/dev/vda",
    "/dev/sda",
    "/dev/kmsg",
    "/dev/ptmx",
    "/dev/tty",
    "/dev/fuse",
    "/dev/net/tun",
    "/sys/kernel/uevent_helper",
    "/sys/fs/cgroup/cgroup.procs",
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/root",
    "/home",
):
    try:
        descriptor = os.open(path, os.O_RDONLY)
        if os.path.isdir(path) and not os.listdir(path):
            os.close(descriptor)
            continue
        if os.read(descriptor, 1):
            raise SystemExit(f"read {path}")
    except OSError:
        pass


def double(x):
    return x + x
