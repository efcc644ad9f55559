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
from services.roster_changes import Change
from services.roster_plan import Planned
from services.turn import PAGE, Turn

_ACTIONS = (Action.ROSTER_IMPORT,)
_CANCEL = Choice("dialog.cancel", "dialog.cancel")
_BACK = Choice("import.current", "import.back")
_STALE = Reply.of("import.stale", (_BACK, _CANCEL))
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
    if said.event.kind is Kind.PHOTO:
        return _no(ImportRefusal.PHOTO, *([_BACK] if "lines" in said.data else []), _CANCEL)
    if said.event.kind is Kind.FILE:
        found = await roster.read_file(turn, unit, said.event.payload)
    else:
        found = await roster.read_text(turn, unit, said.text)
    if isinstance(found, ImportRefusal):
        turn.ask("import.roster", unit=unit)
        return _no(found, _CANCEL)
    return _report(turn, found, _fresh(turn))


async def again(turn: Turn, said: Said) -> Reply:
    """Another roster instead of a confirmation; a word or two show the report once more."""
    sent = said.event.kind in {Kind.FILE, Kind.PHOTO}
    if sent or "\n" in said.text or any(map(str.isdigit, said.text)):
        return await received(turn, said)
    return await overview(turn, said)


def _fresh(turn: Turn) -> int:
    """The number of a new preview, which its buttons carry: those of an older one do nothing."""
    return turn.event_id & 0xFFFF  # as many bits as a button has for a version


def _report(turn: Turn, found: Report, preview: int, name: str = "import.report") -> Reply:
    turn.ask("import.sure", **{**found.data, "preview": preview})
    lists = tuple(
        Choice(f"import.see.{fate}", "import.list", number, preview)
        for number, fate in enumerate(_FATES)
        if found.counts[fate]
    )
    sure = (Choice("import.sure", "import.ok", version=preview),) if found.kept else ()
    facts = {
        **found.counts,
        "unit": found.unit_name,
        "lines": [*_notes(found), *_first(found)],
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
    """What is written and what is not comes first; then what was not even read."""
    shown = [str(line) for line in found.remarks[:PAGE]]
    counted: tuple[tuple[str, int, dict[str, str]], ...] = (
        ("import.kept", found.kept, {}),
        ("import.final", found.counts[Fate.CHANGE], {}),
        ("import.children", found.children, {}),
        ("import.left", found.left, {}),
        ("import.wrong", found.counts[Fate.REFUSED], {}),
        ("import.skipped", len(found.remarks), {"lines": "、".join(shown)}),
        ("import.left_out", found.left_out, {}),
    )
    notes = [Say(name, {"count": count, **more}) for name, count, more in counted if count]
    if found.ignored:
        notes.append(Say("import.ignored", {"columns": "、".join(found.ignored)[:200]}))
    return notes if found.kept else [Say("import.nobody"), *notes]


def _lines(found: Iterable[Planned]) -> list[Say]:
    return [_line(one) for one in found]


def _line(one: Planned) -> Say:
    more = "change" if one.changes else "why" if one.reason else ""
    facts = {
        "line": one.line.line,
        "who": one.line.name or Say("word.nothing"),
        "number": one.line.number or "",
        "fate": Say(f"import.fate.{one.fate}"),
        "why": Say(f"import.why.{one.reason}") if one.reason else "",
        "changes": [_change(change) for change in one.changes],
    }
    return Say(f"import.line.{more}" if more else "import.line", facts)


def _change(change: Change) -> Say:
    field = Say(f"import.field.{change.field}")
    if change.old is None:
        return Say("import.change.added", {"field": field})
    old = Say(f"word.{change.old}") if change.field == "member_status" else change.old
    return Say("import.change.other", {"field": field, "old": old})


async def listed(turn: Turn, said: Said) -> Reply:
    """A page of the lines with one fate."""
    if turn.dialog.step != "import.sure" or said.press is None:
        return Reply.of("dialog.lost", (go("import"),))
    found = await roster.again(turn, said.data)
    if isinstance(found, ImportRefusal):
        return _refused(found)
    if _is_stale(said):
        return _STALE
    turn.ask("import.sure", **said.data)
    fate, number = _FATES[said.press.object % len(_FATES)], said.press.argument
    lines = [one for one in found.planned if one.fate is fate]
    page = Page(lines[number * SIZE : (number + 1) * SIZE], number, len(lines))
    turner = page.turner("import.list", said.press.object, version=said.press.version)
    back = Choice("dialog.back", "import.back")
    title = Say(f"import.fate.{fate}")
    rows = filter(None, (turner, (back, _CANCEL)))
    return Reply.of("import.page", *rows, fate=title, lines=_lines(page.items))


async def overview(turn: Turn, said: Said) -> Reply:
    """The report once more."""
    if turn.dialog.step != "import.sure":
        return Reply.of("dialog.lost", (go("import"),))
    found = await roster.again(turn, said.data)
    if isinstance(found, ImportRefusal):
        return _refused(found)
    same = found.data["counts"] == said.data["counts"]
    return _report(turn, found, said.data.get("preview", 0) if same else _fresh(turn))


def _is_stale(said: Said) -> bool:
    """Whether the button stands under a preview that another roster has replaced.

    A dialog that the release before left open has no number; its buttons stay good.
    """
    seen = 0 if said.press is None else said.press.version
    return "preview" in said.data and seen != said.data["preview"]


async def confirmed(turn: Turn, said: Said) -> Reply:
    """Write what the reader of this button was shown."""
    if turn.dialog.step != "import.sure":
        return Reply.of("dialog.lost", (go("import"),))
    if _is_stale(said):
        here = await roster.place(turn, int(said.data["unit"]))  # rights before anything is told
        return _refused(here) if isinstance(here, ImportRefusal) else _STALE
    found = await roster.confirm(turn, said.data)
    if isinstance(found, Report):
        return _report(turn, found, _fresh(turn), "import.report.again")
    turn.close()
    if isinstance(found, ImportRefusal):
        return _refused(found)
    return _done(found)


def _done(found: Imported) -> Reply:
    undo = (Choice("import.undo", "import.undo", found.first),) if found.first else ()
    kind = "none" if not found.made else "part" if found.changed else "all"
    back = Say(f"import.undo.{kind}", {"made": found.made, "changed": found.changed})
    facts = {"unit": found.unit_name, "made": found.made, "changed": found.changed, "back": back}
    return Reply.of("import.done", (*undo, go("members"), go("invite")), **facts)


async def undone(turn: Turn, said: Said) -> Reply:
    """撤销."""
    match await roster.undo(turn, said.press.object if said.press else 0):
        case ImportRefusal() as refused:
            return _refused(refused)
        case TakenBack() as found:
            facts = {"gone": found.gone, "stayed": found.stayed}
            kind = "" if not found.stayed else ".some" if found.gone else ".none"
            name = f"import.undone{kind}"
            return Reply.of(name, (go("members"),), **facts)


_NO_WAY = (ImportRefusal.MISSING, ImportRefusal.ABROAD)  # here: help says what there is


def _refused(refusal: ImportRefusal) -> Reply:
    link = (go("link"),) if refusal is ImportRefusal.ABROAD else ()
    return _no(refusal, *link, go("help" if refusal in _NO_WAY else "import"))


def _no(refusal: ImportRefusal, *choices: Choice) -> Reply:
    if refusal is ImportRefusal.MISSING:
        return Reply.of("common.missing", choices)
    return Reply.of(f"import.no.{refusal}", choices)


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
    in_place=frozenset({"import.list", "import.back", "import.ok"}),
)
