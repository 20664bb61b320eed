"""task: 1, 2

Your walk calls itself once per step, and Python gives up after about a thousand calls. Keep a
list of objects that still wait, and loop until it is empty.
"""


def in_order(root):
    order, seen = [], set()

    def visit(node):
        if id(node) in seen:
            return
        seen.add(id(node))
        for parent in node.parents:
            visit(parent)
        order.append(node)

    visit(root)
    return order


def backward(root):
    root.grad = 1.0
    for node in reversed(in_order(root)):
        node.push()
