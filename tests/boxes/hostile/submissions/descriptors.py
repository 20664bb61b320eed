"""Opens files until there are no more descriptors.

Must: crashed
"""

files = []
while True:
    files.append(open("/dev/null"))
