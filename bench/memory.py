"""Peak memory of a process. `getrusage` would count what its parent held before exec, too."""

from pathlib import Path


def peak_mib(process: int | str = "self") -> int:
    """Return the most memory in MiB that a process, by its number, has held so far (Linux)."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024
