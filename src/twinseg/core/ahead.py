"""Do work ahead of whoever waits for it, in threads, and hand it on in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def map_ahead(
    work: Callable[[Job], Result], jobs: Iterable[Job], *, threads: int, ahead: int
) -> Iterator[Result]:
    """Yield the results in the order of ``jobs``; what the work raises is raised here.

    Args:
        work: Safe to be done by several threads at once.
        jobs: Read as they are needed.
        threads: How many work.
        ahead: How many results may wait: what bounds the memory.
    """
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for job in jobs:
                waiting.append(pool.submit(work, job))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
