"""The command line of the evaluation and the benchmarks: ``sot eval`` and ``sot bench``."""
