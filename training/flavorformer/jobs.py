"""Several runs of a command at once, each in a process of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

Done = TypeVar("Done")


def results(work: Callable[..., Done], calls: list[tuple], jobs: int) -> Iterator[Done]:
    """What `work` gives for each of `calls`, as they end; in this process where `jobs` is 1. After an error what waits is not begun."""
    if jobs == 1:
        yield from (work(*call) for call in calls)
        return
    # Spawned, as a process that has used PyTorch's threads must not be forked.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            for done in as_completed([pool.submit(work, *call) for call in calls]):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
