"""The plot of calls per second against calls at once. The same figures give the same bytes."""

from importlib import import_module
from pathlib import Path

from benchmarks.cases import AT_ONCE, UPLOAD
from benchmarks.figures import Case, Results
from benchmarks.peers import PEERS


def plot(results: Results, path: Path) -> None:
    """Draw everybody's medians, with the least and the most of the rounds as bars, into an SVG file."""
    # Imported by name, for it is in the peers' environment only: nothing but this plot needs it.
    matplotlib, figures = import_module("matplotlib"), import_module("matplotlib.figure")
    # Names inside the file are drawn at random otherwise, and its date is that of the drawing.
    matplotlib.rcParams["svg.hashsalt"] = "calls"
    matplotlib.rcParams["svg.fonttype"] = "none"  # texts stay texts
    figure = figures.Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.add_subplot()
    for name in PEERS:
        cases = [case for n in AT_ONCE if results.has(case := Case("calls", name, n, UPLOAD))]
        spreads = [results.spread(case, "per_second") for case in cases]
        bars = [[one.median - one.least for one in spreads], [one.most - one.median for one in spreads]]
        axes.errorbar(
            [case.at_once for case in cases],
            [one.median for one in spreads],
            yerr=bars,
            label=name,
            marker="o",
            markersize=4,
            capsize=3,
            linewidth=2.2 if name.startswith("ours") else 1.2,
            linestyle="-" if name.startswith("ours") else "--",
        )
    axes.set(xscale="log", yscale="log", xlabel="calls at once", ylabel="calls per second, 256 KB uploads")
    axes.set_xticks(AT_ONCE, [f"{n:,}" for n in AT_ONCE])
    axes.minorticks_off()
    axes.grid(visible=True, alpha=0.3)
    figure.legend(loc="outside right upper", frameon=False)
    figure.savefig(path, metadata={"Date": None})
