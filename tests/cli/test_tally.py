"""The numbers of the progress: each row counts once, and what was done before shows at once."""

from image_variations_cli.commands.display import describe_progress
from image_variations_cli.commands.tally import Tally, format_seconds
from image_variations_cli.events import RowDone, RowFailed, RowsFound, RowStarted, RowUnknown, RowWaits


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_row_counts_once_by_its_outcome() -> None:
    """However many attempts it took; what earlier runs did counts from the beginning, but not into the speed."""
    clock = _Clock()
    tally = Tally(clock)
    tally.take(RowsFound(pending=50, done=10, failed=1, unknown=2, is_complete=False))
    tally.take(RowsFound(pending=100, done=20, failed=1, unknown=2, is_complete=True))
    assert describe_progress(tally) == "23/123 rows, 20 done, 1 failed, 2 unknown"
    for row in range(10):
        tally.take(RowStarted(row, "otter.png"))
        tally.take(RowWaits(row, "otter.png", 1.0, "429"))
        clock.now += 1.0
        tally.take(RowDone(row, "otter.png", ("otter-1.png", "otter-2.png")))
    tally.take(RowFailed(10, "otter.png", "refused", "no"))
    tally.take(RowUnknown(11, "otter.png", "lost"))
    assert (tally.done, tally.failed, tally.unknown, tally.pending) == (30, 2, 3, 88)
    assert tally.images == 20
    assert describe_progress(tally) == "35/123 rows, 30 done, 2 failed, 3 unknown, 2.0 images/s, 1:13 left"


def test_the_time_left_goes_by_the_speed_of_late() -> None:
    """What was slow an hour ago says nothing of it, and its memory is bounded."""
    clock = _Clock()
    tally = Tally(clock)
    tally.take(RowsFound(pending=1000, done=0, failed=0, unknown=0, is_complete=True))
    clock.now = 3600.0
    for row in range(300):
        clock.now += 0.1
        tally.take(RowDone(row, "otter.png", ("otter-1.png",)))
    assert tally.images_per_second == 10.0
    assert tally.seconds_left == 70.0


def test_times_are_read_as_clocks_write_them() -> None:
    """Minutes and seconds, and hours where there are some."""
    assert [format_seconds(seconds) for seconds in (0.4, 42, 725, 11049)] == ["0:00", "0:42", "12:05", "3:04:09"]
