"""The main module of a process that works off one job: see `InProcesses`."""

import os
import pickle
import sys

from twinseg.core.workers import begin_worker


def main() -> None:
    """Read a job, do it, and answer with what stopped it; nothing else goes to the answer."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    parent, threads, work, job = pickle.loads(sys.stdin.buffer.read())
    begin_worker(parent)
    import torch  # takes its number of threads from the machine, whatever the environment says

    torch.set_num_threads(threads)
    error: Exception | None = None
    try:
        work(job)
    except Exception as raised:
        error = sendable(raised)
    with answer:
        answer.write(pickle.dumps(error))


def sendable(error: Exception) -> Exception:
    """Return the error, or one that says the same if it does not outlast the way."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


if __name__ == "__main__":
    main()
