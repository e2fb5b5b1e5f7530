"""Draws the rows as bars: one panel per way and shape, raw boto3 being 1."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.bounds import RAW
from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.measuring import Row

__all__ = ["write_chart"]

_COLOURS = {
    "resource + pydantic": "#9aa5b1",
    "PynamoDB": "#c7a06b",
    "pydynantic": "#b7c48a",
    "pydynox": "#8ab7c4",
    "aiodynamo": "#b79ac4",
    "Mizzle (boto)": "#d6336c",
    "Mizzle (direct)": "#7a1040",
}


def write_chart(rows: Sequence[Row], path: Path) -> None:
    """Write the chart, the same bytes for the same rows."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    panels = list(dict.fromkeys((row.way, row.shape) for row in rows))
    # Text stays text, in a font that is not asked for at length; what is named at random is named by the salt.
    settings = {
        "svg.fonttype": "none",
        "svg.hashsalt": "mizzle",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 8,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=(10, 2.6 * len(panels)), layout="constrained")
        FigureCanvasSVG(figure)
        for place, (way, shape) in enumerate(panels):
            axes = figure.add_subplot(len(panels), 1, place + 1)
            chosen = [row for row in rows if (row.way, row.shape) == (way, shape)]
            _draw(axes, chosen)
            axes.set_title(f"Shape {shape}, {way}", loc="left", fontsize=9)
        # The last panel has everyone: the stub answers all.
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, ncols=len(labels), frameon=False, loc="outside upper center")
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _draw(axes: Any, rows: Sequence[Row]) -> None:
    from matplotlib.patches import PathPatch

    names = [name for name in CONTENDERS if name != RAW and name in rows[0].rounds[0]]
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        heights = [row.ratio(name, RAW) or 0.0 for row in rows]
        bars = _bars(heights, -0.4 + place * width, width * 0.92)
        axes.add_patch(PathPatch(bars, label=name, color=_COLOURS[name], linewidth=0))
    axes.autoscale_view()
    axes.set_ylim(bottom=0)
    axes.axhline(1, color="#333333", linewidth=0.6)
    axes.set_xticks(range(len(rows)), [row.operation for row in rows])
    axes.tick_params(length=0)
    axes.set_ylabel("CPU, raw boto3 = 1")
    axes.spines[["top", "right"]].set_visible(False)


def _bars(heights: Sequence[float], left: float, width: float) -> Any:
    """Outline all bars of a contender in one path, which is a tenth of one path each."""
    from matplotlib.path import Path as Outline

    corners = [
        [(n + left, 0), (n + left, height), (n + left + width, height), (n + left + width, 0)]
        for n, height in enumerate(heights)
    ]
    return Outline.make_compound_path(*(Outline(each, closed=False) for each in corners))
