"""What openapi-python-client's own templates make of the pin, untouched: the peer that this project began as."""

import subprocess
import sys
from pathlib import Path

from benchmarks.places import ROOT

PACKAGE = "stock_image_variations"


def generate_stock(folder: Path) -> None:
    """Write the package `stock_image_variations` into a folder. It takes the pin as it is."""
    settings = folder / "settings.yml"
    settings.write_text(f"package_name_override: {PACKAGE}\npost_hooks: []\n", encoding="utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"]
    command += ["--path", str(ROOT / "openapi.yaml"), "--config", str(settings), "--output-path", str(folder / PACKAGE)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
