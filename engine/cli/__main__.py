"""`python -m engine.cli`: the command line where the `sostech` script is not installed."""

from engine.cli.app import main

if __name__ == "__main__":
    main()
