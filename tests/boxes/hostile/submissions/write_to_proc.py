"""Writes where the kernel takes orders.

Must: passed
"""

for path in (
    "/proc/sys/kernel/core_pattern",
    "/proc/sysrq-trigger",
    "/proc/sys/kernel/hostname",
    "/proc/self/oom_score_adj",
    "/proc/self/uid_map",
    "/proc/self/attr/current",
    "/sys/kernel/uevent_helper",
    "/sys/power/state",
):
    try:
        with open(path, "w") as file:
            file.write("-1000" if path.endswith("adj") else "0 0 1")
    except OSError:
        continue
    raise SystemExit(f"wrote to {path}")


def double(x):
    return x + x
