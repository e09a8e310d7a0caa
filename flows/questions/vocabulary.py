"""The word lists that questions read with; what stands in them is in the catalogs."""

from __future__ import annotations

from flows.core.words import words

# Translators: words, phrases and signs of yes that may have more words after them: "yes" in "yes we need it".
YES = words("yes")
# Translators: words of yes that count only where nothing else follows: "ok", but not "ok what time is it".
YES_ALONE = words("yes if alone")
# Translators: phrases of no that may have more words after them: "no thank you".
NO = words("no")
# Translators: words of no that count only where nothing else follows: "no", but not "no nuts".
NO_ALONE = words("no if alone")
# Translators: words for "perhaps", also as an answer to an invitation.
MAYBE = words("maybe")
# Translators: phrases that hold a yes or a no and yet mean neither: "I don't know", "if we can".
DOUBTFUL = words("doubtful")
# Translators: words that answer "how many?" with none at all: "none", "nobody", "0".
NONE = words("none")
# Translators: words that stand before a unit and make it none: "without" in "without children".
WITHOUT = words("without")

# Translators: phrases of a family that says it will come, whatever follows: "we'll be there".
COMING = words("coming")
# Translators: words of a family that will come, where nothing or a number follows: "coming", "bringing".
COMING_ALONE = words("coming if alone")
# Translators: phrases of a family that will not come, or no longer, whatever follows: "can't make it".
NOT_COMING = words("not coming")
# Translators: words of a family that will not come, where nothing else follows: "we can't".
NOT_COMING_ALONE = words("not coming if alone")

# Translators: words for adults after a number: "adults", "grown-ups".
ADULTS = words("adults")
# Translators: words for children after a number: "kids", "sons", "babies".
CHILDREN = words("children")
# Translators: words after a number that count everybody: "people", "persons".
PEOPLE = words("people")
# Translators: phrases before a number that counts everybody: "we are", "there will be", "family of".
WE_ARE = words("we are")
# Translators: phrases beside a number that counts everybody: "in total", "altogether".
IN_TOTAL = words("in total")
# Translators: one adult and nobody else: "just me".
JUST_ME = words("just me")
# Translators: two adults: "my husband and I".
TWO_OF_US = words("two of us")
# Translators: what may stand between a number and its unit: "of them are" in "3 of them are children".
LINKING = words("between number and unit")

# Translators: words after a number that counts no people: "years", "o'clock", "dollars", "th".
MEASURES = words("measures")
# Translators: words before a number that counts no people: "at", "room", "grade".
PLACES = words("before other numbers")

# Translators: words by which a family takes back an answer: "sorry", "actually", "*".
CORRECTION = words("correction")
# Translators: words before the number of a choice: "option", "number".
OPTION = words("option")
