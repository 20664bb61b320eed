"""task: 1, 2

You go through the graph level by level, counted from the root. An object that is near the root
by one path may be far by another, and then it comes too early.
"""


def in_order(root):
    order, seen, level = [], {id(root)}, [root]
    while level:
        order.extend(level)
        following = []
        for node in level:
            for parent in node.parents:
                if id(parent) not in seen:
                    seen.add(id(parent))
                    following.append(parent)
        level = following
    return order[::-1]


def backward(root):
    root.grad = 1.0
    for node in reversed(in_order(root)):
        node.push()
