"""task: 1, 2

Where you meet an object again you move it to the end of the list, but what it was made from stays where it
is, and now comes too early on the way back. List an object after its parents have been dealt with.
"""


def in_order(root):
    order, todo = {id(root): root}, [root]
    for node in todo:
        for parent in node.parents:
            if id(parent) in order:
                del order[id(parent)]
            else:
                todo.append(parent)
            order[id(parent)] = parent
    return list(order.values())[::-1]


def backward(root):
    root.grad = 1.0
    for node in reversed(in_order(root)):
        node.push()
