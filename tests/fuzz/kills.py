"""Kill and interrupt small runs of every kind at random times, and look at what is left: by hand.

    python -m tests.fuzz.kills 1000

Every run replaces the outputs of an earlier one of its kind, at another resolution, among links
and files of somebody else. Afterwards the inputs and those files are as they were, and each
output is whole: that of the earlier run or that of the new one, never a part; and after anything
but SIGKILL all are of one run. Now and then a run is left to itself, and must succeed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import gemmi
import mrcfile
import numpy as np

from map_sharpening.io.maps import read_map
from map_sharpening.io.reflections import write_map_coefficients
from map_sharpening.io.web import run_records
from map_sharpening.own_command import own_command

#: What a killed run may leave, beside outputs: hidden files that the next run removes.
_LEFT_OVER = re.compile(r"^\.(.*\.part(\..*)?|.*\.old(\..*)?|work_.*)$")
_SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_MAPS = (".ccp4", ".mrc", ".mtz")
_N = 32
_RESOLUTIONS = ("4", "5")
_VICTIM = b"somebody's only copy\n"
_PATIENCE = 120.0  #: seconds for what a killed program has started to end


def write_inputs(folder: Path) -> None:
    """Write half maps, their mean, its coefficients and a model."""
    rng = np.random.default_rng(0)
    atoms = rng.normal(scale=4.0, size=(120, 3)) + _N / 2
    steps = np.arange(_N) + 0.0
    z, y, x = np.meshgrid(steps, steps, steps, indexing="ij")
    density = np.zeros_like(x)
    for at in atoms:
        density += np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2 + (z - at[2]) ** 2) / 4)
    halves = [density + 0.2 * rng.normal(size=density.shape) for _ in range(2)]
    for name, values in (*zip(("half1", "half2"), halves, strict=True), ("full", sum(halves) / 2)):
        mrcfile.write(folder / f"{name}.mrc", values.astype(np.float32), voxel_size=1.0)
    write_map_coefficients(folder / "a.mtz", read_map(folder / "full.mrc")[0], 3.0)
    structure, model, chain = gemmi.Structure(), gemmi.Model(1), gemmi.Chain("A")
    structure.cell = gemmi.UnitCell(_N, _N, _N, 90, 90, 90)
    for number, at in enumerate(atoms):
        residue, atom = gemmi.Residue(), gemmi.Atom()
        residue.name, residue.seqid = "ALA", gemmi.SeqId(number + 1, " ")
        atom.name, atom.element, atom.pos = "CA", gemmi.Element("C"), gemmi.Position(*at)
        residue.add_atom(atom)
        chain.add_residue(residue)
    model.add_chain(chain)
    structure.add_model(model)
    structure.write_pdb(str(folder / "model.pdb"))


_HALVES = ("half1.mrc", "half2.mrc")
KINDS: dict[str, tuple[str, ...]] = {
    "half maps": _HALVES,
    "half maps, modified": (*_HALVES, "density_modification=True"),
    "half maps, local": (*_HALVES, "local_sharpen=True", "box_size_grid_units=12"),
    "half maps, folder": (*_HALVES, "scratch_directory=."),
    "one map": ("full.mrc",),
    "one map, local": (
        "full.mrc", "local_sharpening=True", "box_size=16 16 16", "write_sharpened_maps=True",
    ),
    "model": ("full.mrc", "model.pdb"),
    "crystal": ("mtz_in=a.mtz", "is_crystal=True"),
    "job": (*_HALVES, "queue_run_command=bash", "wait_for_job=True"),
    "GUI": _HALVES,
}  # fmt: skip


@dataclass
class Case:
    """Runs of one kind in a folder of their own."""

    kind: str
    root: Path
    out: Path
    usual: float = 0.0  #: seconds that a run takes
    expected: list[dict[str, str]] = field(default_factory=list)  #: of both runs

    def words(self, number: int) -> list[str]:
        """Return the command line of one of the two runs."""
        words = [*KINDS[self.kind], f"resolution={_RESOLUTIONS[number]}", "nproc=1"]
        return [*words, f"output_directory={self.out.name}", "--quiet"]

    def start(self, number: int) -> int:
        """Start a run as a process group; return its number."""
        if self.kind == "GUI":
            record = run_records.RunRecord(tuple(self.words(number)))
            run_records.write_record(self.out, record)
            assert run_records.start(self.out, self.root)
            started = run_records.read_record(self.out)
            assert started is not None
            return started.group
        process = subprocess.Popen(
            [*own_command(), *self.words(number)],
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.process = process
        return process.pid

    def wait(self, group: int) -> int:
        """Wait for all of a process group to end; return the status of the run."""
        begun = time.monotonic()
        status = None
        while time.monotonic() - begun < _PATIENCE:
            if self.kind == "GUI":
                run_records.is_alive(self.out)  # polls what this program has started
            elif status is None:
                status = self.process.poll()
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return self.gui_status() if self.kind == "GUI" else int(status or 0)
            time.sleep(0.02)
        raise RuntimeError(f"{self.kind}: processes of a run are still alive")

    def gui_status(self) -> int:
        """Return the status that a run of the interface wrote; -9 where it could not."""
        records = run_records.progress_so_far(self.out)
        return int(records[-1].get("exit", -9)) if records else -9

    def maps(self) -> dict[str, str]:
        """Return a digest of the values of every map, by name."""
        return {
            path.name: _digest(path)
            for path in sorted(self.out.iterdir())
            if path.suffix in _MAPS
            and not _LEFT_OVER.match(path.name)
            and not path.is_symlink()
            and path.stat().st_size != len(_VICTIM)
        }

    def left_over(self) -> list[Path]:
        """Return hidden files that a run has left."""
        return [
            path
            for folder in (self.out, self.root)
            for path in folder.iterdir()
            if _LEFT_OVER.match(path.name)
        ]


def _digest(path: Path) -> str:
    if path.suffix == ".mtz":
        return hashlib.sha256(gemmi.read_mtz_file(str(path)).array.tobytes()).hexdigest()
    return hashlib.sha256(mrcfile.read(path).tobytes()).hexdigest()


def _is_whole(path: Path) -> bool:
    text = path.read_text()
    if path.suffix == ".html":
        return text.rstrip().endswith("</html>")
    if path.suffix == ".json":
        return isinstance(json.loads(text), dict)
    if path.suffix == ".csv":
        return len({line.count(",") for line in text.splitlines()}) == 1
    return text.endswith("\n")


#: Names that the runs' programs write to piece by piece.
_GROWING = ("run.progress", "run.log", "run.lock", "queued_run.progress", "queued_run.log")


def faults(
    case: Case, before: dict[str, str], names: set[str], lain: set[Path], how: str, status: int
) -> list[str]:
    """Return what is wrong with the outputs; `lain` is what another run had left."""
    found = [f"{name} is gone" for name in names if not os.path.lexists(case.out / name)]
    for path in case.out.iterdir():
        is_growing = path.name in _GROWING or path.suffix == ".job"
        if path.suffix in _MAPS or _LEFT_OVER.match(path.name) or is_growing or path.is_symlink():
            continue
        if not _is_whole(path):
            found.append(f"{path.name} is cut")
    try:
        now = case.maps()
    except Exception as error:  # whatever says that a map is no map
        return [*found, f"{type(error).__name__}: {error}"]
    new = {}
    for name, digest in now.items():
        known = [one[name] for one in case.expected if name in one]
        if digest not in known and digest != before.get(name):
            found.append(f"{name} is of neither run")
        new[name] = digest
    is_of_one_run = any(one.items() <= new.items() for one in case.expected)
    if how != "SIGKILL" and not is_of_one_run and new != before:
        found.append("the maps are of several runs")
    left = [path.name for path in case.left_over() if path not in lain]
    if (how != "SIGKILL" or status == 0) and left:
        found.append(f"a run that ended left {', '.join(left)}")
    if status == 0 and not is_of_one_run:
        found.append("a run that succeeded did not replace all")
    return found


def plant(case: Case, victim: Path, rng: random.Random) -> None:
    """Put something of somebody else at the name of an output."""
    output = case.out / rng.choice(sorted(case.expected[0]))
    kinds: list[Callable[[], None]] = [
        lambda: output.symlink_to(victim),
        lambda: output.symlink_to(os.path.relpath(victim, case.out)),
        lambda: output.symlink_to(victim.parent),
        lambda: output.symlink_to(victim.with_name("nothing")),
        lambda: os.link(victim, output),
    ]
    output.unlink(missing_ok=True)
    rng.choice(kinds)()


def run_whole(case: Case, number: int) -> None:
    """Let a run end."""
    begun = time.monotonic()
    status = case.wait(case.start(number))
    if status != 0:
        raise RuntimeError(f"{case.kind}: a run that nobody disturbed ended with {status}")
    case.usual = time.monotonic() - begun


def hit(case: Case, number: int, rng: random.Random) -> tuple[str, int]:
    """Kill a run; return how, and its status."""
    how = rng.choice(_SIGNALS)
    group = case.start(number)
    # Mostly late, where outputs are written.
    share = rng.random() if rng.random() < 0.3 else rng.uniform(0.6, 1.1)
    time.sleep(case.usual * share)
    # A terminal signals to all that run in it, a person to one; the GUI to all.
    send = os.kill if case.kind != "GUI" and rng.random() < 0.5 else os.killpg
    with suppress(ProcessLookupError):  # it had ended
        send(group, how)
    return how.name, case.wait(group)


def main() -> int:
    """Kill so many runs; return 1 if one left something wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    # nohup, or a shell for what it starts in the background, may have these ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    rng = random.Random(options.seed)
    tally: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kills_") as name:
        root = Path(name)
        write_inputs(root)
        inputs = {path.name: path.read_bytes() for path in root.iterdir()}
        victim = root / "elsewhere" / "victim"
        victim.parent.mkdir()
        victim.write_bytes(_VICTIM)
        cases = [Case(kind, root, root / f"out {kind}") for kind in KINDS]
        for case in cases:
            case.out.mkdir()
            for number in (0, 1):
                run_whole(case, number)
                case.expected.append(case.maps())
        for number in range(options.count):
            case = cases[number % len(cases)]
            if number % 50 == 0:
                print(number, dict(tally), flush=True)
            if rng.random() < 0.2:
                plant(case, victim, rng)
            before, lain = case.maps(), set(case.left_over())
            names = {p.name for p in case.out.iterdir() if p.suffix not in (".job", ".lock")}
            names = {name for name in names if not _LEFT_OVER.match(name)}
            how, status = hit(case, number // len(cases) % 2, rng)
            tally[f"{how}: {'had ended' if status == 0 else 'stopped'}"] += 1
            found = faults(case, before, names, lain, how, status)
            found += [
                f"{name} was changed"
                for name, content in inputs.items()
                if (root / name).read_bytes() != content
            ]
            if victim.read_bytes() != _VICTIM or len(list(victim.parent.iterdir())) != 1:
                found.append("what a link points to was changed")
            tally["left-over files"] += len(set(case.left_over()) - lain)
            wrong += [f"{number}: {case.kind}, {how}, status {status}: {fault}" for fault in found]
            if found:
                print("\n".join(wrong[-len(found) :]), flush=True)
            if found or rng.random() < 0.1:
                # What is left lies in nobody's way, and goes.
                run_whole(case, 0)
                tally["whole runs"] += 1
                if not case.expected[0].items() <= case.maps().items():
                    wrong.append(f"{number}: {case.kind}: the next run's maps differ")
                    print(wrong[-1], flush=True)
                if case.left_over():
                    left = ", ".join(path.name for path in case.left_over())
                    wrong.append(f"{number}: {case.kind}: the next run did not remove {left}")
                    print(wrong[-1], flush=True)
    for what, count in sorted(tally.items()):
        print(f"{count:6d} {what}")
    print(f"{len(wrong):6d} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
