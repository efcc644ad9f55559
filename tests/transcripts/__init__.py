"""Conversations as data: one table that every channel must be able to hold, in both languages.

tables/FEATURE.txt has them; `A || B` is Chinese and English, one form alone serves for both. A line
is indented below what caused it; a blank line ends nothing, `#` begins a comment.

== TITLE | SCENE        a new conversation in one of the scenes of scenes.py
WHO says TEXT           \\n is a new line; {王明} is how that name is shown on this channel
WHO presses LABEL [of OTHER]    the newest button with that label; `again`: the last press once more
WHO taps twice LABEL    two presses before anything is answered
WHO types LABEL         says the label of a button
WHO sends NAME TEXT     a file with that text
WHO shows photo|place   a photo, a location
WHO edits TEXT          the last thing that was said is worded anew
WHO forwards TEXT       somebody else's words
wait 25 h               (or min) the clock goes on
remember NAME PATTERN   the first group of a regular expression, in the last thing that was heard
only WAY                the rest of the conversation needs a channel that has this way (`edits`,
                        `forwards`, `places`, `varies`) or has it not (`no varies`), or messages
                        that are kept abroad, or not (`abroad`, `home`)
  WHO hears NAME [LABEL, LABEL] ~ FRAGMENT ~ FRAGMENT ; in place ; file ; image

Every message that anybody gets because of a step must be there, in order, with all its buttons.
NAME and LABEL are names of the catalogue or "words in quotes". WHO is a person of the scene;
WHO.other is the same person's account on another channel, {here} and {there} are the two.

What channels render differently stands with the line, never in another conversation: `in place` is
an edit of the message that was pressed where a channel can do that (`unseen in place`: there it
looks as before, or the next one stands over it at once). A word before a line chooses where it is
done and said: `home:` and `abroad:` by where messages are kept, `places:` where it is told where a
place is, `robots:` where an app of WeCom is, `no robots:` where none is, `varies:` where cards are
not seen in every program. A button `^LABEL` is a link to a group or a private chat, which some
channels have no use for.
"""
