"""/members: the people of a unit, one of them, and what may be changed."""

from __future__ import annotations

from bot.router import Command, Routes
from domain.rights import Action
from handlers.members import card, changes, guarding, listing, moving

ROUTES = Routes(
    commands=(
        Command(
            "members",
            ("名单", "members"),
            listing.members,
            who="secretary",
            actions=(Action.MEMBER_LIST,),
        ),
    ),
    presses={
        **listing.PRESSES,
        **card.PRESSES,
        **changes.PRESSES,
        **guarding.PRESSES,
        **moving.PRESSES,
    },
    steps={**listing.STEPS, **changes.STEPS, **guarding.STEPS, **moving.STEPS},
    in_place=frozenset({"members.places", "members.unit", "members.below", "members.more"}),
)
