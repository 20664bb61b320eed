"""task: 2

Nobody sets root.grad to 1, so there is nothing to hand out and every gradient stays 0.
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
    for node in reversed(in_order(root)):
        node.push()
