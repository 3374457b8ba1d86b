"""Run a command; write how long it took and how much memory it held, as JSON.

A process of its own, and a small one: Linux counts the memory that a program had before it
became another as that one's, so a large parent would be measured instead of its child.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    output, log, *command = sys.argv[1:]
    with Path(log).open("wb") as stream:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    measured = {
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "exit_code": os.waitstatus_to_exitcode(status),
    }
    Path(output).write_text(json.dumps(measured), encoding="utf-8")
