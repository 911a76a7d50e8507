"""``python -m sot`` is the command ``sot``."""

from .cli import console

if __name__ == "__main__":
    console()
