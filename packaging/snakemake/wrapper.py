"""Snakemake wrapper: inputs and params have the names of map_sharpening's parameters."""

import shlex
from pathlib import Path

from snakemake.shell import shell

job = snakemake  # noqa: F821, which Snakemake defines


def named(directive, entries):
    """Return the names and values of a directive, without those that are None."""
    unnamed = [str(value) for name, value in entries._allitems() if name is None]
    if unnamed:
        raise ValueError(
            f"{directive}: {', '.join(unnamed)} has no name; expected that of one of "
            "map_sharpening's parameters, as in half_map=... or resolution=..."
        )
    return {name: value for name, value in entries.items() if value is not None}


def listed(value):
    """Return the values of a list, or of what is none."""
    return list(map(str, value)) if isinstance(value, list | tuple) else [str(value)]


files = [
    f"{name}={value}"
    for name, values in named("input", job.input).items()
    for value in listed(values)
]
values = [
    f"{name}={' '.join(listed(value))}" for name, value in named("params", job.params).items()
]
folders = {Path(path).parent for path in job.output}
if len(folders) != 1:
    raise ValueError(
        f"the outputs lie in {', '.join(sorted(map(str, folders)))}; expected files of one "
        "folder, the output_directory of the run"
    )
command = shlex.join(
    [
        "map_sharpening",
        *files,
        *values,
        f"output_directory={folders.pop()}",
        f"nproc={job.threads}",
        "--progress",
        "none",
        "--overwrite",  # what an earlier run of the rule left
    ]
)
log = job.log_fmt_shell(stdout=True, stderr=True)
shell("{command} {log}")
