"""`make bench`: measured figures, printed as a table and written to `var/bench.json`."""
