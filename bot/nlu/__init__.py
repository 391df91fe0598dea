"""Understanding: the graph components of the pipeline, and the one place that decides."""
