"""`python -m lockgen` is the command `lockgen`."""

from lockgen.cli import main

if __name__ == "__main__":
    main()
