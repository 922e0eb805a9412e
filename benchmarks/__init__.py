"""What measures speed and memory: `python -m benchmarks`, which is `make bench`."""
