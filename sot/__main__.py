"""Entry point of ``python -m sot``, the same as the command ``sot``."""

from .cli import console

if __name__ == "__main__":
    console()
