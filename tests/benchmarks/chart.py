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
    # Text stays text, and what is named at random is named by the salt.
    settings = {"svg.fonttype": "none", "svg.hashsalt": "mizzle", "font.size": 8}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(10, 2.6 * len(panels)), layout="constrained")
        FigureCanvasSVG(figure)
        for place, (way, shape) in enumerate(panels):
            axes = figure.add_subplot(len(panels), 1, place + 1)
            chosen = [row for row in rows if (row.way, row.shape) == (way, shape)]
            _draw(axes, chosen)
            axes.set_title(f"Shape {shape}, {way}", loc="left", fontsize=9)
            if place == 0:
                axes.legend(ncols=4, frameon=False, loc="upper right", fontsize=7)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _draw(axes: Any, rows: Sequence[Row]) -> None:
    names = [name for name in CONTENDERS if name != RAW and name in rows[0].rounds[0]]
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        heights = [row.ratio(name, RAW) or 0.0 for row in rows]
        where = [n - 0.4 + (place + 0.5) * width for n in range(len(rows))]
        axes.bar(where, heights, width * 0.92, label=name, color=_COLOURS[name])
    axes.axhline(1, color="#333333", linewidth=0.6)
    axes.set_xticks(range(len(rows)), [row.operation for row in rows])
    axes.set_ylabel("CPU, raw boto3 = 1")
    axes.spines[["top", "right"]].set_visible(False)
