"""What was declared: one reader a format, each giving the same `Declared` instances."""

from scanner.declared.terraform import Declared, State, read_states

__all__ = ["Declared", "State", "read_states"]
