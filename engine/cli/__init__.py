"""The command line `sostech`: the only part of the engine that reads files, knows the time, and prints."""
