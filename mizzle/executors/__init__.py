"""What drives a flow over a transport."""

from mizzle.executors.sync import Mizzle

__all__ = ["Mizzle"]
