"""task: 1, 2

You count each user of an object once, and take one off for every place: in a * a the object stands in two
places. Its count reaches 0 too early, before its other users are done. Count places both times.
"""


def in_order(root):
    # how often is each object used by the others?
    uses = {id(root): 0}
    todo = [root]
    while todo:
        node = todo.pop()
        for parent in set(node.parents):
            if id(parent) not in uses:
                uses[id(parent)] = 0
                todo.append(parent)
            uses[id(parent)] += 1
    free, result = [root], []
    while free:
        node = free.pop()
        result.append(node)
        for parent in node.parents:
            uses[id(parent)] -= 1
            if uses[id(parent)] == 0:
                free.append(parent)
    return result[::-1]


def backward(root):
    order = in_order(root)
    order[-1].grad = 1.0
    while order:
        order.pop().push()
