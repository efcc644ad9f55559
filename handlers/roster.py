"""/import: a roster as text or file, what it would do, and then doing it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.chat import Choice, Kind, Reply, Say
from bot.going import go
from bot.pages import SIZE, Page
from bot.router import Command, Routes, Said
from domain.rights import Action
from domain.roster import Fate
from services import members, roster
from services.roster import Imported, ImportRefusal, Report, TakenBack
from services.roster_plan import Planned
from services.turn import Turn

_ACTIONS = (Action.ROSTER_IMPORT,)
_CANCEL = Choice("dialog.cancel", "dialog.cancel")
_FATES = tuple(Fate)
_FIRST = 3  # lines of each kind in the overview


async def import_(turn: Turn, said: Said) -> Reply:
    """Where the roster belongs, then the roster itself."""
    found = await members.places(turn, Action.ROSTER_IMPORT)
    if not found:
        return _refused(ImportRefusal.MISSING)
    if len(found) == 1 and said.text:  # the roster came with the command
        return await received(turn, replace(said, data={"unit": found[0].id}))
    if len(found) == 1:
        return await _asked(turn, found[0].id)
    rows = [
        (Choice("members.place", "import.unit", one.id, facts={"unit": one.name}),)
        for one in found[:SIZE]
    ]
    return Reply.of("members.choose", *rows)


async def unit_chosen(turn: Turn, said: Said) -> Reply:
    """The unit was chosen."""
    return await _asked(turn, said.press.object if said.press else 0)


async def _asked(turn: Turn, unit: int) -> Reply:
    name = await roster.place(turn, unit)
    if isinstance(name, ImportRefusal):
        return _refused(name)
    turn.ask("import.roster", unit=unit)
    return Reply.of("import.ask", (_CANCEL,), unit=name)


async def received(turn: Turn, said: Said) -> Reply:
    """A pasted text or a file: say what it would do."""
    unit = int(said.data["unit"])
    if said.event.kind is Kind.FILE:
        found = await roster.read_file(turn, unit, said.event.payload)
    else:
        found = await roster.read_text(turn, unit, said.text)
    if isinstance(found, ImportRefusal):
        turn.ask("import.roster", unit=unit)
        return _no(found, _CANCEL)
    return _report(turn, found)


async def again(turn: Turn, said: Said) -> Reply:
    """A corrected roster instead of a confirmation; anything else shows the report once more."""
    if said.event.kind is Kind.FILE or "\n" in said.text:
        return await received(turn, said)
    return await overview(turn, said)


def _report(turn: Turn, found: Report, name: str = "import.report") -> Reply:
    turn.ask("import.sure", **found.data)
    lists = tuple(
        Choice(f"import.see.{fate}", "import.list", number)
        for number, fate in enumerate(_FATES)
        if found.counts[fate]
    )
    sure = (Choice("import.sure", "import.ok"),) if found.kept else ()
    facts = {
        **found.counts,
        "unit": found.unit_name,
        "lines": [*_first(found), *_notes(found)],
    }
    rows = filter(None, (lists[:3], lists[3:], (*sure, _CANCEL)))
    return Reply.of(name, *rows, **facts)


def _first(found: Report) -> list[Say]:
    shown = (Fate.REFUSED, Fate.ASK, Fate.NEW, Fate.CHANGE)
    return [
        line
        for fate in shown
        for line in _lines([one for one in found.planned if one.fate is fate][:_FIRST])
    ]


def _notes(found: Report) -> list[Say]:
    notes = []
    if found.children:
        notes.append(Say("import.children", {"count": found.children}))
    if found.ignored:
        notes.append(Say("import.ignored", {"columns": "、".join(found.ignored)[:200]}))
    return [*notes, Say("import.kept", {"count": found.kept})]


def _lines(found: Iterable[Planned]) -> list[Say]:
    return [
        Say(
            "import.line.why" if one.reason else "import.line",
            {
                "line": one.line.line,
                "who": one.line.name or Say("word.nothing"),
                "number": one.line.number or "",
                "fate": Say(f"import.fate.{one.fate}"),
                "why": Say(f"import.why.{one.reason}") if one.reason else "",
            },
        )
        for one in found
    ]


async def listed(turn: Turn, said: Said) -> Reply:
    """A page of the lines with one fate."""
    if turn.dialog.step != "import.sure" or said.press is None:
        return Reply.of("dialog.lost", (go("import"),))
    found = await roster.again(turn, said.data)
    if isinstance(found, ImportRefusal):
        return _refused(found)
    turn.ask("import.sure", **found.data)
    fate, number = _FATES[said.press.object % len(_FATES)], said.press.argument
    lines = [one for one in found.planned if one.fate is fate]
    page = Page(lines[number * SIZE : (number + 1) * SIZE], number, len(lines))
    turner = page.turner("import.list", said.press.object)
    back = Choice("dialog.back", "import.back")
    title = Say(f"import.fate.{fate}")
    rows = filter(None, (turner, (back, _CANCEL)))
    return Reply.of("import.page", *rows, fate=title, lines=_lines(page.items))


async def overview(turn: Turn, said: Said) -> Reply:
    """The report once more."""
    if turn.dialog.step != "import.sure":
        return Reply.of("dialog.lost", (go("import"),))
    found = await roster.again(turn, said.data)
    return _refused(found) if isinstance(found, ImportRefusal) else _report(turn, found)


async def confirmed(turn: Turn, said: Said) -> Reply:
    """Write it."""
    if turn.dialog.step != "import.sure":
        return Reply.of("dialog.lost", (go("import"),))
    found = await roster.confirm(turn, said.data)
    if isinstance(found, Report):
        return _report(turn, found, "import.report.again")
    turn.close()
    if isinstance(found, ImportRefusal):
        return _refused(found)
    return _done(found)


def _done(found: Imported) -> Reply:
    undo = (Choice("import.undo", "import.undo", found.first),) if found.first else ()
    facts = {"unit": found.unit_name, "made": found.made, "changed": found.changed}
    return Reply.of("import.done", (*undo, go("members"), go("invite")), **facts)


async def undone(turn: Turn, said: Said) -> Reply:
    """撤销."""
    match await roster.undo(turn, said.press.object if said.press else 0):
        case ImportRefusal() as refused:
            return _refused(refused)
        case TakenBack() as found:
            facts = {"gone": found.gone, "stayed": found.stayed}
            name = "import.undone.some" if found.stayed else "import.undone"
            return Reply.of(name, (go("members"),), **facts)


def _refused(refusal: ImportRefusal) -> Reply:
    return _no(refusal, go("help" if refusal is ImportRefusal.MISSING else "import"))


def _no(refusal: ImportRefusal, choice: Choice) -> Reply:
    if refusal is ImportRefusal.MISSING:
        return Reply.of("common.missing", (choice,))
    return Reply.of(f"import.no.{refusal}", (choice,))


ROUTES = Routes(
    commands=(Command("import", ("导入", "import"), import_, who="secretary", actions=_ACTIONS),),
    presses={
        "import.unit": (unit_chosen, _ACTIONS),
        "import.list": (listed, _ACTIONS),
        "import.back": (overview, _ACTIONS),
        "import.ok": (confirmed, _ACTIONS),
        "import.undo": (undone, _ACTIONS),
    },
    steps={"import.roster": (received, _ACTIONS), "import.sure": (again, _ACTIONS)},
)
