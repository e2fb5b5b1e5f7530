"""What is done over several requests, written once: generators that yield calls and sleeps.

A flow does no I/O and reads no clock. Whoever drives it sends the requests, sleeps, and hands
back answers with `send` and service errors with `throw`.
"""

from mizzle.flows.retry import Backoff, delays, send
from mizzle.flows.steps import Call, Calls, Flow, Sleep

__all__ = ["Backoff", "Call", "Calls", "Flow", "Sleep", "delays", "send"]
