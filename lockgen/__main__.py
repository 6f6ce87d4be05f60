"""`python -m lockgen` is the command `lockgen`."""

from lockgen.cli.main import main

if __name__ == "__main__":
    main()
