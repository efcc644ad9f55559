"""/mydata: what is kept about me, as a file."""

from __future__ import annotations

from bot.chat import Reply, Say
from bot.going import go
from bot.router import Command, Routes, Said
from domain.rights import Action
from services import mydata
from services.mydata import MyDataRefusal
from services.turn import Turn

_ACTIONS = (Action.PUBLIC, Action.OWN_EXPORT)


async def my_data(turn: Turn, said: Said) -> Reply:
    """The file, with a word on what is in it."""
    found = await mydata.export(turn)
    if found is MyDataRefusal.MISSING:
        return Reply.of("common.missing", (go("help"),))
    if found is MyDataRefusal.TOO_LARGE:
        return Reply.of("mydata.too_large", (go("privacy"), go("help")))
    name = "mydata.partly" if found.withheld else "mydata.here"
    more = (go("link"),) if found.withheld else ()
    rows = ((*more, go("privacy"), go("forget")),)
    return Reply((Say(name, {"count": found.rows}, rows, attachment=found.file),))


ROUTES = Routes(
    commands=(
        Command(
            "mydata", ("我的数据", "mydata", "my data"), my_data, who="everybody", actions=_ACTIONS
        ),
    )
)
