"""The folder that the jobs of a queueing system share: their logs, and keys."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from map_sharpening.io.staging import writing

_ENDED = "ended."
_SECRET = ".pem"
_TROUBLE = re.compile(r"error|killed|exited|exceeded|cancelled|not found", re.IGNORECASE)


class JobLogs:
    """A folder for the logs of the jobs of one run.

    Parameters
    ----------
    parent : Path
        Folder on a disk that all machines share; the logs get a new one inside.

    Raises
    ------
    OutputError
        If it can't be made.
    """

    def __init__(self, parent: Path) -> None:
        with writing(parent / "queue_logs"):
            parent.mkdir(parents=True, exist_ok=True)
            folder = tempfile.mkdtemp(prefix="queue_logs_", dir=parent.absolute())
        self.folder = Path(folder)

    def sign_of_end(self, job: str) -> Path:
        """Return the file that a job makes to show that it has ended."""
        return self.folder / f"{_ENDED}{job}"

    def expect(self, job: str) -> None:
        """Forget that a job of this name ended, as it is going to run again."""
        self.sign_of_end(job).unlink(missing_ok=True)

    def keep_secret(self, name: str, text: str) -> Path:
        """Write a key that the jobs need; other users can't read the folder."""
        path = self.folder / f"{name}{_SECRET}"
        path.write_text(text, encoding="ascii")
        return path

    def remove_secrets(self) -> None:
        """Remove all keys."""
        for path in self.folder.glob(f"*{_SECRET}"):
            path.unlink()

    def last_trouble(self) -> str:
        """Return what the newest log says last of errors or an end, and its file; or nothing."""
        no_logs = (*self.folder.glob(f"{_ENDED}*"), *self.folder.glob(f"*{_SECRET}"))
        logs = [path for path in self.folder.iterdir() if path not in no_logs]
        written = [path for path in logs if path.is_file() and path.stat().st_size]
        for path in sorted(written, key=lambda path: path.stat().st_mtime, reverse=True):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            for line in reversed(lines):
                if _TROUBLE.search(line):
                    return f"{' '.join(line.split())} ({path})"
        return f"nothing of note in {self.folder}" if written else ""

    def remove(self) -> None:
        """Remove the folder; a job that is still ending may write into it."""
        shutil.rmtree(self.folder, ignore_errors=True)
