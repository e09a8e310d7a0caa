"""The commands of ``sobremesa``, one module a group. Heavy libraries are imported inside each, on first use."""
