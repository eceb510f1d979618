"""Runs a command and prints what it took, children included: {"seconds", "cpuSeconds", "peakBytes"} in JSON.

The peak is that of the largest process among them, by the kernel's own accounts (getrusage(2)).
"""

import json
import resource
import subprocess
import sys
import time

start = time.monotonic()
result = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
seconds = time.monotonic() - start
if result.returncode != 0:
    sys.stderr.write((result.stdout + result.stderr).decode(errors="replace")[-2000:])
    sys.exit(1)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 1 if sys.platform == "darwin" else 1024
cpu = usage.ru_utime + usage.ru_stime
print(json.dumps({"seconds": seconds, "cpuSeconds": cpu, "peakBytes": usage.ru_maxrss * unit}))
