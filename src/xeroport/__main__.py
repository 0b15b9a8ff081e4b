"""`python -m xeroport` is the `xeroport` command."""

from xeroport.cli import main

if __name__ == "__main__":
    main()
