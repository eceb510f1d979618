"""Makes a disk like one that is in use: python3 make-disk.py FILE BYTES

Runs of 32 MiB, of which every fourth is a hole; of the others one in six is noise, as compressed files are, and the rest
is this computer's own programs and libraries. So three quarters are data, and LZ4 halves them.
"""

import os
import random
import sys

file_name, size = sys.argv[1], int(sys.argv[2])
run = 32 * 2**20
rng = random.Random(7)
paths = sorted(os.path.join(root, name) for root, _, names in os.walk("/usr") for name in names)
paths = [path for path in paths if os.path.isfile(path) and not os.path.islink(path)]
rng.shuffle(paths)


def contents():
    while True:
        for path in paths:
            with open(path, "rb") as file:
                # A file system begins each file in a block of its own.
                yield file.read() + bytes(rng.randrange(4096))


pieces = contents()
kept = b""
with open(file_name, "wb") as disk:
    disk.truncate(size)
    for index, offset in enumerate(range(0, size, run)):
        length = min(run, size - offset)
        if index % 4 == 3:
            continue
        disk.seek(offset)
        if index % 8 == 0:
            disk.write(rng.randbytes(length))
            continue
        parts = [kept]
        gathered = len(kept)
        while gathered < length:
            parts.append(next(pieces))
            gathered += len(parts[-1])
        whole = b"".join(parts)
        disk.write(whole[:length])
        kept = whole[length:]
