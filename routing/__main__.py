"""The way in from the command line."""

from routing.cli import app

if __name__ == "__main__":
    app(prog_name="python -m routing")
