"""The languages of the families: what is said to them, and the words they answer with."""
