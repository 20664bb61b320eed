# Value is given: data, grad, parents, push(), and the operations +, * and tanh.


# Task 1
def in_order(root):
    """-> list of all objects behind root and root itself, each once, each after its parents."""
    ...


# Task 2
def backward(root):
    """Set root.grad to 1.0 and push once through every object behind it."""
    ...
