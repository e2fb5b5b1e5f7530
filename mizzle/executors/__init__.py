"""What drives a flow over a transport."""

from mizzle.executors.driver import Driver
from mizzle.executors.sync import Mizzle

__all__ = ["Driver", "Mizzle"]
