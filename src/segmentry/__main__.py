"""Run the command line with ``python -m segmentry``."""

from segmentry.cli import main

if __name__ == "__main__":
    main()
