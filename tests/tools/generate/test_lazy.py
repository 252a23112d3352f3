"""What a program loads of a package: what it uses, however large the document is."""

import importlib
import subprocess
import sys
from pathlib import Path

from tests.support.echo import shape
from tests.support.generation import generated
from tools.paths import ROOT

STUDIO = ROOT / "tests" / "documents" / "studio.yaml"


def test_a_function_loads_no_model_that_it_does_not_use(tmp_path: Path) -> None:
    """Its module and those of its own models are imported, and none of the models of other operations."""
    with generated(STUDIO, tmp_path, "studio"):
        models = len(list((tmp_path / "studio" / "models").glob("*.py")))
    said = (
        "import sys; from studio import Client, get_rating; print([m for m in sys.modules if m.startswith('studio')])"
    )
    run = subprocess.run([sys.executable, "-c", said], cwd=tmp_path, check=True, capture_output=True, text=True)
    loaded = [name for name in run.stdout.split("'") if name.startswith("studio.models")]
    assert models > 10
    assert len(loaded) <= 2, loaded


def test_a_model_is_imported_from_the_package_of_models_when_it_is_first_used(tmp_path: Path) -> None:
    """`models` has every model and alias by its name, and knows no other name."""
    with generated(STUDIO, tmp_path, "studio") as studio:
        models = importlib.import_module("studio.models")
        assert set(models.__all__) <= set(studio.__all__)
        assert all(getattr(models, name) is getattr(studio, name) for name in models.__all__)
        assert dir(models) == sorted(models.__all__)
        assert not hasattr(models, "Nothing")


def test_a_response_loads_no_branch_of_a_union_but_the_one_that_it_is(tmp_path: Path) -> None:
    """The classes of the others are not made: a document may have hundreds of them."""
    body = {"tagged": {"type": "b"}}
    with shape("told_apart", tmp_path):
        pass
    said = (
        "import sys; from told_apart import Client, put_it; from told_apart.models import Body;"
        f"print(type(Body.from_dict({body}).tagged));"
        "print([m for m in sys.modules if m.startswith('told_apart.models.')])"
    )
    run = subprocess.run([sys.executable, "-c", said], cwd=tmp_path, check=True, capture_output=True, text=True)
    loaded = run.stdout.replace("told_apart.models.", "")
    assert loaded.startswith("<class 'b.B'>")
    assert {"a", "c", "few", "many", "by_number"}.isdisjoint(loaded.split("'"))
