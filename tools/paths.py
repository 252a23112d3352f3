"""The paths of this checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIN = ROOT / "openapi.yaml"
OVERLAY = ROOT / "tools" / "overlay.yaml"
SETTINGS = ROOT / "generator-config.yml"
TEMPLATES = ROOT / "templates"
PACKAGE = ROOT / "generated" / "image_variations"
