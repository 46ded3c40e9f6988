"""All siblings of a forge's channels, brought up to date in the background when somebody looks at them."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from ownconda.channels.channels import Channels
from ownconda.channels.tar_bz2.view import bring_up_to_date, shows

_log = logging.getLogger(__name__)


class Siblings:
    """The siblings of channels; its methods may be called from any thread."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._pool = ThreadPoolExecutor(1, "tar-bz2")
        self._lock = threading.Lock()
        self._making: dict[str, Future[None]] = {}
        self._shown: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def is_current(self, channel: str) -> bool:
        """Tell whether the sibling shows what its channel lists now. Raises MissingError or BrokenChannelError."""
        snapshot = self._channels.state(channel).snapshot.id
        if self._shown.get(channel) != snapshot and shows(self._channels, channel):
            self._shown[channel] = snapshot
        return self._shown.get(channel) == snapshot

    def making(self, channel: str) -> Future[None]:
        """Give what is done when the sibling is up to date; who asks meanwhile waits for the same."""
        with self._lock:
            if channel in self._making:
                return self._making[channel]
            future = self._making[channel] = self._pool.submit(bring_up_to_date, self._channels, channel, tell=_tell)
        future.add_done_callback(lambda _: self._making.pop(channel, None))
        return future


def _tell(line: str) -> None:
    _log.warning("%s", line)
