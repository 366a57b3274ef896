"""Reading ahead: the next page is fetched while the last one is stored."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

Item = TypeVar("Item")
_LOOK: Final = 0.2


class _End:
    """The end of the items, or the error that ended them."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(
    items: Iterator[Item], stop: Callable[[], None], go_on: Callable[[], None], depth: int = 1
) -> Iterator[Item]:
    """The same items in the same order, up to `depth` of them waiting, fetched in a thread.

    An error arrives where the items end. When the caller stops early, `stop` is called so that a
    wait in the thread ends, the thread is waited for, and `go_on` is called: none is left behind.
    """
    waiting: queue.Queue[Item | _End] = queue.Queue(depth)
    finished = threading.Event()

    def fetch() -> None:
        try:
            for item in items:
                if not _put(waiting, item, finished):
                    return
            _put(waiting, _End(), finished)
        except BaseException as error:  # handed over, and raised where the items are used
            _put(waiting, _End(error), finished)

    thread = threading.Thread(target=fetch, name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        finished.set()
        stop()
        thread.join()
        go_on()


def _put(waiting: queue.Queue[Item | _End], item: Item | _End, finished: threading.Event) -> bool:
    while not finished.is_set():
        try:
            waiting.put(item, timeout=_LOOK)
        except queue.Full:
            continue
        return True
    return False
