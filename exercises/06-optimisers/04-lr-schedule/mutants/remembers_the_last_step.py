"""task: 1

Your function counts its own calls, or remembers a plan from before. It is asked about any step of any
plan, in any order: use the step that it is handed.
"""

import math

KNOWN = {}


def lr_at(step, max_lr, min_lr, warmup, total):
    if step not in KNOWN:
        if step >= total:
            KNOWN[step] = min_lr
        elif step < warmup:
            KNOWN[step] = max_lr * step / warmup
        else:
            along = (step - warmup) / (total - warmup)
            KNOWN[step] = min_lr + (max_lr - min_lr) * (1 + math.cos(math.pi * along)) / 2
    return KNOWN[step]
