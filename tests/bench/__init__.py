"""Speed, measured from outside: `make bench` prints every figure of docs/benchmarks.md."""
