"""Snakemake wrapper: inputs and params have the names of map_sharpening's parameters."""

import shlex
from pathlib import Path

from snakemake.shell import shell

job = snakemake  # noqa: F821, which Snakemake defines


def words(named):
    """Yield name=value for each value of each name."""
    for name, values in named.items():
        for value in [values] if isinstance(values, str | int | float) else values:
            yield f"{name}={value}"


folders = {Path(path).parent for path in job.output}
if len(folders) != 1:
    raise ValueError(
        f"the outputs lie in {', '.join(sorted(map(str, folders)))}; expected files of one "
        "folder, the output_directory of the run"
    )
command = shlex.join(
    [
        "map_sharpening",
        *words(job.input),
        *words(job.params),
        f"output_directory={folders.pop()}",
        f"nproc={job.threads}",
        "--progress",
        "none",
        "--overwrite",  # what an earlier run of the rule left
    ]
)
log = job.log_fmt_shell(stdout=True, stderr=True)
shell("{command} {log}")
