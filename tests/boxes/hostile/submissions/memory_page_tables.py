"""Maps emptiness without end: page tables are memory too.

Must: crashed, out_of_memory
"""

import mmap

maps = []
while True:
    maps.append(mmap.mmap(-1, 1 << 34, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
