"""SIGINT (Ctrl-C) and SIGTERM: the first asks a command to end in order, the second to stop at once."""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def catch_signals(end: Callable[[], None], stop: Callable[[], None]) -> Generator[None]:
    """Call `end` at the first signal and `stop` at each further one, while the context lasts.

    Both are called by the running event loop, between two steps of its tasks.
    """
    import asyncio  # here, since `--help` can do without

    loop = asyncio.get_running_loop()
    calls = [end]

    def take_signal() -> None:
        (calls.pop() if calls else stop)()

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        # Windows' event loop has no signal handlers; there Ctrl-C is a KeyboardInterrupt.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, take_signal)
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, handler)


@contextmanager
def interrupt_by_signals() -> Generator[None]:
    """Have both signals raise KeyboardInterrupt while the context lasts, as SIGINT does anyway."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
