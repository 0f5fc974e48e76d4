"""`python -m server.cli`: the command line where the `sostech` script is not installed."""

from server.cli import main

if __name__ == "__main__":
    main()
