"""What is done without a request: work that has become due, and sweeping out what has expired."""
