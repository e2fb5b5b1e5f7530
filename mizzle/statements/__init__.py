"""One file per operation: immutable builders that compile to requests and run as flows."""
