"""`python -m rarefy` is the command `rarefy`."""

from rarefy._command import main

if __name__ == "__main__":
    main()
