"""The windows of a folder decoded by several processes, and what is known of them kept for the next check."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import mmf_mixer_hook
from mmf_mixer.errors import InputError
from mmf_mixer.labels.check.cache import Cache
from mmf_mixer.labels.check.media import Seen, Window, look
from mmf_mixer.labels.check.progress import progress


def look_at(windows: Iterable[Window], jobs: int, cache: Cache) -> dict[Window, Seen]:
    """What each window holds, from the cache or from as many processes as `jobs`."""
    keys = {window: Cache.key(window.path, *window) for window in windows}
    left = [window for window, key in keys.items() if key not in cache.results]
    try:
        for window, seen in progress(_in_processes(left, jobs), "Decoding windows", left):
            cache.results[keys[window]] = seen
    finally:
        cache.save()
    return {window: Seen(*cache.results[key]) for window, key in keys.items()}


def _in_processes(windows: Sequence[Window], jobs: int) -> Iterator[tuple[Window, Seen]]:
    """Each window and what it holds. Files that end the process that reads them are found one by one. Raises InputError
    if no process can be started, which is no file's fault."""
    left = dict.fromkeys(windows)
    try:
        for window, seen in _pooled(list(left), jobs):
            del left[window]
            yield window, seen
    except BrokenProcessPool:
        _check_start()
        for window in left:
            try:
                yield from _pooled([window], 1)
            except BrokenProcessPool:
                yield window, Seen(f"{window.path}: ends the process that decodes it; replace it or encode it again.")


def _pooled(windows: Sequence[Window], jobs: int) -> Iterator[tuple[Window, Seen]]:
    if not windows:
        return
    pool = _pool(min(jobs, len(windows)))
    try:
        futures: dict[Future[Seen], Window] = {pool.submit(look, window): window for window in windows}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)  # else Ctrl+C would wait for all windows


def _pool(jobs: int) -> ProcessPoolExecutor:
    """Of spawned processes: a fork of one with threads may wait for ever."""
    return ProcessPoolExecutor(jobs, get_context("spawn"), mmf_mixer_hook.without_mmf)


def _check_start() -> None:
    try:
        with _pool(1) as pool:
            pool.submit(int).result()
    except BrokenProcessPool:
        raise InputError(
            "The processes that decode cannot be started: a script must call this under "
            "`if __name__ == '__main__':`, or without decoding."
        ) from None
