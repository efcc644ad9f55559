"""/units: the tree, and how it is changed."""

from __future__ import annotations

from bot.router import Command, Routes
from domain.rights import Action
from handlers.units import closing, creating, founding, moving, renaming, showing

ROUTES = Routes(
    commands=(
        Command(
            "units", ("组织", "units"), showing.units, who="officer", actions=(Action.UNIT_VIEW,)
        ),
    ),
    presses={
        **showing.PRESSES,
        **creating.PRESSES,
        **renaming.PRESSES,
        **moving.PRESSES,
        **closing.PRESSES,
        **founding.PRESSES,
    },
    steps={**creating.STEPS, **renaming.STEPS, **moving.STEPS, **founding.STEPS},
    in_place=frozenset({"unit.open", "unit.page"}),
)
