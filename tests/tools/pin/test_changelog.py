"""What is accepted goes into the changelog."""

import pytest

from tools.pin.changelog import add_entries

LOGS = [
    ("# Log\n", "# Log\n\n## Unreleased\n\n### Changed\n\n- b\n"),
    ("# Log\n\n## 1.0\n\n- a\n", "# Log\n\n## Unreleased\n\n### Changed\n\n- b\n\n## 1.0\n\n- a\n"),
    (
        "# Log\n\n## Unreleased\n\n### Added\n\n- a\n",
        "# Log\n\n## Unreleased\n\n### Added\n\n- a\n\n### Changed\n\n- b\n",
    ),
    (
        "# Log\n\n## Unreleased\n\n### Changed\n\n- a\n\n### Fixed\n\n- c\n\n## 1.0\n\n### Changed\n\n- d\n",
        "# Log\n\n## Unreleased\n\n### Changed\n\n- a\n- b\n\n### Fixed\n\n- c\n\n## 1.0\n\n### Changed\n\n- d\n",
    ),
    (
        "# Log\n\n## Unreleased\n\n## 1.0\n\n### Changed\n\n- d\n",
        "# Log\n\n## Unreleased\n\n### Changed\n\n- b\n\n## 1.0\n\n### Changed\n\n- d\n",
    ),
    ("# Log\n\n## Unreleased\n\n### Changed\n", "# Log\n\n## Unreleased\n\n### Changed\n\n- b\n"),
]


@pytest.mark.parametrize(("before", "after"), LOGS)
def test_the_changelog_gets_its_entries_where_they_belong(before: str, after: str) -> None:
    """Under "Changed" of what is not released yet, which is made where it is not there."""
    assert add_entries(before, ["- b"]) == after
