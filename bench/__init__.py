"""How many texts a second are answered, measured beside others on the same conversation: `make bench`.

``contestants`` says who is measured, each in a module of its own: ``ours``, ``aiogram_rsvp`` and ``bare``,
the limit. ``conversation`` is what the families say, ``load`` says it, ``rounds`` takes turns between the
contestants, ``report`` writes down what came out.
"""
