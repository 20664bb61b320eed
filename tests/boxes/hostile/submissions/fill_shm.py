"""Fills /dev/shm.

Must: crashed, out_of_memory
"""

for number in range(100):
    with open(f"/dev/shm/{number}", "wb", buffering=0) as file:
        for _ in range(32):
            if file.write(bytes(1 << 20)) < 1 << 20:
                raise OSError("short")
