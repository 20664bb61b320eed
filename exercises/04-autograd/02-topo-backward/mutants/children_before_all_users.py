"""task: 1, 2

Your order lists an object as soon as it is met. When it is used by several others, some of them
are still missing at that moment: list it only when all its parents are listed.
"""


def in_order(root):
    order, seen, waiting = [], set(), [root]
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            order.append(node)
            waiting.extend(node.parents)
    return order[::-1]


def backward(root):
    root.grad = 1.0
    for node in reversed(in_order(root)):
        node.push()
