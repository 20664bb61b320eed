"""task: 1

You keep what you worked out, and look it up without min_lr: a plan that differs in nothing else gets the
other plan's rate. The function should remember nothing.
"""

import math

KNOWN = {}


def lr_at(step, max_lr, min_lr, warmup, total):
    plan = step, max_lr, warmup, total
    if plan not in KNOWN:
        if step >= total:
            KNOWN[plan] = min_lr
        elif step < warmup:
            KNOWN[plan] = max_lr * step / warmup
        else:
            along = (step - warmup) / (total - warmup)
            KNOWN[plan] = min_lr + (max_lr - min_lr) * (1 + math.cos(math.pi * along)) / 2
    return KNOWN[plan]
