"""A member of staff at work in a linked chat of Telegram: requests answered, events seen, announcements sent.

What is done here is done by the same modules as on the command line, in the transaction of the text that asked for it.
"""

from bot.desk.door import attend, takes

__all__ = ["attend", "takes"]
