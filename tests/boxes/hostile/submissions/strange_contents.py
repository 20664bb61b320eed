"""Sends well-formed messages with contents of every wrong type.

Must: passed, crashed, too_much_output
"""

import kernel

for content in (
    {},
    {"text": 5},
    {"text": None},
    {"data": []},
    {"data": {"image/png": {}}},
    {"execution_state": []},
):
    for kind in (
        "stream",
        "display_data",
        "execute_result",
        "error",
        "status",
        "clear_output",
        "comm_msg",
        "x" * 99,
    ):
        kernel.current.publish(kind, content)


def double(x):
    return x + x
