"""What the tests stand on: engines."""
