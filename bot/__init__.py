"""Sobremesa: the school's side of a conversation with its families."""

__version__ = "0.1.0"
