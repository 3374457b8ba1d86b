"""`python -m map_sharpening`: the command line."""

from map_sharpening.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
