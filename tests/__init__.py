"""The test suite; a package so that tests can import its fixtures' modules by name."""
