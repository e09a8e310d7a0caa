"""How texts come in and go out: one file a channel."""
