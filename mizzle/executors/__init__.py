"""What drives a flow over a transport."""

from mizzle.executors.driver import Driver
from mizzle.executors.retry_handler import RetryHandler
from mizzle.executors.sync import Mizzle

__all__ = ["Driver", "Mizzle", "RetryHandler"]
