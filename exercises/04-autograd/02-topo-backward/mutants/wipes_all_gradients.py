"""task: 2

Your walk sets all gradients to zero first. Then two walks from different roots can no longer
add up; zeroing is the caller's business.
"""


def in_order(root):
    order, seen, waiting = [], set(), [(root, False)]
    while waiting:
        node, parents_done = waiting.pop()
        if parents_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.append((node, True))
            waiting.extend((parent, False) for parent in node.parents)
    return order


def backward(root):
    for node in in_order(root):
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(in_order(root)):
        node.push()
