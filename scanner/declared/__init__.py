"""What was declared: one reader a format, each giving the same `Declared` instances."""

from scanner.declared.read import read_states
from scanner.declared.state import Declared, State

__all__ = ["Declared", "State", "read_states"]
