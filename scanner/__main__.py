"""`python -m scanner` is `watchbill`."""

from scanner.cli import main

if __name__ == "__main__":
    main()
