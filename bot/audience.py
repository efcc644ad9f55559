"""To whom a command is shown: by the roles that a person holds anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.router import Command
from domain.rights import Role, Verdict
from domain.rights_table import TABLE, Relation
from services.layouts import varies
from services.shown import withheld
from services.turn import Turn

LEVELS = ("everybody", "member", "organiser", "secretary", "officer")
_ROLES = {Role.ORGANISER: 2, Role.SECRETARY: 3, Role.OFFICER: 4}
_SILENT = frozenset({"start", "help", "cancel"})  # nobody needs to be told of them


def level(turn: Turn) -> int:
    """The place in LEVELS of who speaks."""
    if turn.person is None or turn.person.status != "active":
        return 0
    held = [grant.role for grant in turn.actor.grants if grant.holds(turn.at)]
    return max((_ROLES.get(role, 1) for role in held), default=1)


def fits(command: Command, turn: Turn) -> bool:
    """Whether a command is of use to who speaks; no roster goes to a channel abroad.

    Where everybody sees the same, nobody need choose words or cards.
    """
    if command.name == "import" and withheld(turn):
        return False
    if command.name == "layout" and not varies(turn):
        return False
    if LEVELS.index(command.who) <= level(turn):
        return True
    audits = any(g.role is Role.AUDITOR and g.holds(turn.at) for g in turn.actor.grants)
    return audits and any(
        TABLE[action][Relation.AUDITOR] is not Verdict.DENY
        for action in command.actions
        if action in TABLE
    )


def shown(commands: Iterable[Command], turn: Turn) -> Sequence[Command]:
    """The commands that /help tells who speaks about, in their order."""
    home = level(turn) > 0
    return [
        command
        for command in commands
        if (command.name not in _SILENT or (command.name == "start" and not home))
        and fits(command, turn)
        and not (home and command.name == "join")
    ]
