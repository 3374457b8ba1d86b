"""Kill and interrupt a small run at random times, and look at what is left: by hand.

    python -m tests.fuzz.kills 1000

Every run replaces the outputs of an earlier one. Afterwards the inputs are as they were, and each
output is whole: that of the earlier run or that of the new one, never a part.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import mrcfile
import numpy as np

from map_sharpening.io.maps import read_map

#: What a killed run may leave, beside outputs: hidden files that the manual says can be deleted.
_LEFT_OVER = re.compile(r"^\.(.*\.part(\..*)?|.*\.old(\..*)?|work_.*)$")
_SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
_N = 40


def write_half_maps(folder: Path) -> list[Path]:
    """Write two small half maps; return their paths."""
    rng = np.random.default_rng(0)
    axis = np.linspace(-3, 3, _N)
    blob = np.exp(-sum(a**2 for a in np.meshgrid(axis, axis, axis)))
    paths = []
    for number in (1, 2):
        path = folder / f"half{number}.mrc"
        values = (blob + 0.05 * rng.normal(size=blob.shape)).astype(np.float32)
        mrcfile.write(path, values, voxel_size=1.0)
        paths.append(path)
    return paths


def digests(folder: Path) -> dict[str, str]:
    """Return a digest of every file that is no left-over."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if not _LEFT_OVER.match(path.name)
    }


def faults(out: Path, before: dict[str, str], ended: bool) -> list[str]:
    """Return what is wrong with the outputs."""
    found = []
    now = digests(out)
    found += [f"{name} is gone" for name in before if name not in now]
    for path in out.iterdir():
        if path.suffix == ".ccp4" and not _LEFT_OVER.match(path.name):
            try:
                read_map(path)
            except Exception as error:
                found.append(f"{path.name}: {error}")
        elif path.suffix == ".html" and not path.read_text().rstrip().endswith("</html>"):
            found.append(f"{path.name} is cut")
    if ended and any(_LEFT_OVER.match(path.name) for path in out.iterdir()):
        found.append("a run that ended left temporary files")
    return found


def main() -> int:
    """Kill so many runs; return 1 if one left something wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="kills_") as name:
        folder = Path(name)
        out = folder / "out"
        halves = write_half_maps(folder)
        inputs = {path.name: path.read_bytes() for path in halves}
        command = [sys.executable, "-m", "map_sharpening", *map(str, halves), "resolution=4"]
        command += [f"output_directory={out}", "--quiet"]
        begun = time.monotonic()
        subprocess.run(command, check=True)
        usual = time.monotonic() - begun
        for number in range(options.count):
            if number % 50 == 0:
                print(number, dict(tally), flush=True)
            before = digests(out)
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            how = rng.choice(_SIGNALS)
            # Mostly late, where outputs are written.
            time.sleep(usual * (rng.random() if rng.random() < 0.3 else rng.uniform(0.6, 1.1)))
            process.send_signal(how)
            status = process.wait()
            tally[f"{how.name}: {'had ended' if status == 0 else 'stopped'}"] += 1
            wrong = faults(out, before, ended=how != signal.SIGKILL or status == 0)
            wrong += [
                f"input {path.name} was changed"
                for path in halves
                if path.read_bytes() != inputs[path.name]
            ]
            for path in out.iterdir():
                if _LEFT_OVER.match(path.name):
                    tally["left-over files"] += 1
                    path.unlink()
            if wrong:
                print(f"after {how.name}: {'; '.join(wrong)}")
                return 1
    for what, count in sorted(tally.items()):
        print(f"{count:6d} {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
