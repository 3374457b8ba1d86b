"""Memory that is left, read from recorded machines and from this one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from map_sharpening.io.memory import available_bytes

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="/proc is part of Linux")

GIB = 1 << 30


def machine(root: Path, files: dict[str, str]) -> Path:
    """Record a machine with 8 GiB available."""
    everything = {"proc/meminfo": f"MemTotal: {16 << 20} kB\nMemAvailable: {8 << 20} kB\n"} | files
    for name, text in everything.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_without_limits_the_machine_decides(tmp_path: Path) -> None:
    assert available_bytes(machine(tmp_path, {})) == 8 * GIB


def test_version_2_group_limits(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/job\n",
        "sys/fs/cgroup/job/memory.max": f"{3 * GIB}\n",
        "sys/fs/cgroup/job/memory.current": f"{1 * GIB}\n",
    }
    assert available_bytes(machine(tmp_path, files)) == 2 * GIB


def test_version_2_group_without_limit_is_no_limit(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/job\n",
        "sys/fs/cgroup/job/memory.max": "max\n",
        "sys/fs/cgroup/job/memory.current": f"{1 * GIB}\n",
    }
    assert available_bytes(machine(tmp_path, files)) == 8 * GIB


def test_a_parent_group_limits(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/user/job\n",
        "sys/fs/cgroup/user/memory.max": f"{1 * GIB}\n",
        "sys/fs/cgroup/user/memory.current": "0\n",
    }
    assert available_bytes(machine(tmp_path, files)) == GIB


def test_cached_files_of_a_group_can_be_given_back(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/job\n",
        "sys/fs/cgroup/job/memory.max": f"{3 * GIB}\n",
        "sys/fs/cgroup/job/memory.current": f"{3 * GIB}\n",
        "sys/fs/cgroup/job/memory.stat": f"anon 5\ninactive_file {GIB}\n",
    }
    assert available_bytes(machine(tmp_path, files)) == GIB


def test_version_1_group_limits(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "5:cpu,memory:/job\n0::/\n",
        "sys/fs/cgroup/memory/job/memory.limit_in_bytes": f"{2 * GIB}\n",
        "sys/fs/cgroup/memory/job/memory.usage_in_bytes": f"{GIB}\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}\n",
    }
    assert available_bytes(machine(tmp_path, files)) == GIB


def test_a_group_over_its_limit_has_nothing_left(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/\n",
        "sys/fs/cgroup/memory.max": "10\n",
        "sys/fs/cgroup/memory.current": "20\n",
    }
    assert available_bytes(machine(tmp_path, files)) == 0


@linux_only
def test_this_machine_has_some_memory_left() -> None:
    available = available_bytes()
    assert available is not None
    assert available > 0


@linux_only
def test_address_space_limit_counts() -> None:
    program = (
        "import resource; from map_sharpening.io.memory import available_bytes;"
        f"resource.setrlimit(resource.RLIMIT_AS, ({4 * GIB}, {4 * GIB}));"
        f"print(0 < available_bytes() < {4 * GIB})"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "True"
