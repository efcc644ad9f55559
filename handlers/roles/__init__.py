"""/roles: who holds what, appointing, handing over, ending, and what waits for a second person."""

from __future__ import annotations

from bot.router import Command, Routes
from domain.rights import Action
from handlers.roles import appointing, ending, seconding, showing

ROUTES = Routes(
    commands=(
        Command(
            "roles", ("任职", "roles"), showing.roles, who="officer", actions=(Action.ROLE_VIEW,)
        ),
    ),
    presses={
        **showing.PRESSES,
        **appointing.PRESSES,
        **ending.PRESSES,
        **seconding.PRESSES,
    },
    steps={**appointing.STEPS},
    in_place=frozenset({"role.open", "role.below", "role.page", "role.ok"}),
)
