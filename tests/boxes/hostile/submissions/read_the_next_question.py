"""A thread takes the questions off the link before the kernel sees them, and answers each with itself.

Must: crashed, failed, timed_out
"""

import json
import threading

import frames
import kernel
import wire


def steal():
    channel, parts = kernel.Kernel._receive(kernel.current)
    how = json.loads(parts[2])["zg"]
    kernel.current.parent = parts[0]
    for call, data in enumerate(parts[4:]):
        told = {kernel.VALUE: {"nonce": how.get("nonce"), "call": call}}
        value = wire.encode(wire.decode(data)["x"])
        kernel.current.publish("display_data", {"data": told}, buffers=[value, wire.encode({})])
    kernel.current._send(channel, "execute_reply", {"status": "ok"})
    kernel.current.publish("status", {"execution_state": "idle"})


threading.Thread(target=steal, daemon=True).start()


def double(x):
    return x
