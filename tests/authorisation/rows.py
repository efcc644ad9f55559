"""One row for each route: the rights that it declares, what it is about, and which right decides.

`on`: the kinds of things (tests/authorisation/things.py) that it is tried on; `-` is nothing.
`decides`: the right that is asked for, and `enough` the verdicts by which it happens: A allow,
R with a reason, 2 proposed for a second person, m masked, o for whose thing it is.
`ends`, what is seen when it happens: `effect` something is written; `look` the answer is another
than for a thing that does not exist; `desk` a list has the thing in it, and whoever has no such
list is refused; `list` the same, but an empty list is no refusal; `asks` nothing, for whoever it
is: the next question of a dialog; `own` the speaker's own affairs, whatever the button names;
`open` everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.rights import Action, Verdict

_WORDS = {"A": Verdict.ALLOW, "R": Verdict.REASON, "2": Verdict.SECOND, "m": Verdict.MASKED}
PLACES = "place"
UNITS = ("place", "unit", "unit.renamed", "unit.shifted", "unit.closed")

_ROWS = """
command start       | public own-change found           | -       | -             | -   | open
command join        | public                            | -       | -             | -   | open
command link        | public own-change                 | person  | own-change    | A   | own
command help        | public                            | -       | -             | -   | open
command lang        | public                            | -       | -             | -   | open
command layout      | public own-change                 | -       | -             | -   | open
command cancel      | public                            | -       | -             | -   | open
command privacy     | public own-change                 | -       | -             | -   | open
command mydata      | public own-export                 | person  | own-export    | A   | own
command forget      | public own-delete                 | person  | own-delete    | A   | own
command me          | own-change                        | person  | own-change    | A   | own
command hours       | own-view                          | entry   | own-view      | A   | own
command log         | claim                             | person  | claim         | A   | own
command members     | member-list                       | place   | member-list   | Am  | desk
command import      | roster-import                     | place   | roster-import | A   | desk
command invite      | invite                            | place   | invite        | A   | desk
command group       | invite                            | place   | invite        | A   | desk
command review      | review-list                       | place   | review-list   | A   | desk
command units       | unit-view                         | place   | unit-view     | A   | desk
command roles       | role-view                         | place   | role-view     | Am  | desk
press abroad.yes    | public own-change found           | -       | -             | -   | open
press abroad.no     | public                            | -       | -             | -   | open
step abroad.ask     | public                            | -       | -             | -   | open
press go            | *                                 | -       | -             | -   | open
press dialog.cancel | public                            | -       | -             | -   | open
press lang.set      | public                            | -       | -             | -   | open
press layout.set    | public own-change                 | -       | -             | -   | open

press join.yes      | public own-change                 | -       | -             | -   | open
press join.no       | public                            | -       | -             | -   | open
press join.skip     | public                            | -       | -             | -   | open
press join.status   | public                            | -       | -             | -   | open
press join.guard    | public                            | -       | -             | -   | open
press join.edit     | public                            | -       | -             | -   | open
press join.field    | public                            | -       | -             | -   | open
press join.ok       | public own-change                 | -       | -             | -   | open
press join.move     | public own-change                 | -       | -             | -   | open
press join.again    | public                            | -       | -             | -   | open
step join.code      | public                            | -       | -             | -   | open
step join.consent   | public                            | -       | -             | -   | open
step join.name      | public                            | -       | -             | -   | open
step join.birth     | public                            | -       | -             | -   | open
step join.number    | public                            | -       | -             | -   | open
step join.phone     | public                            | -       | -             | -   | open
step join.status    | public                            | -       | -             | -   | open
step join.guardian  | public                            | -       | -             | -   | open
step join.confirm   | public                            | -       | -             | -   | open
step join.move      | public                            | -       | -             | -   | open
step join.again     | public                            | -       | -             | -   | open

press me.edit       | own-change                        | person  | own-change    | A   | own
press me.field      | own-change                        | person  | own-change    | A   | own
press me.ok         | own-change                        | person  | own-change    | A   | own
press me.clear      | own-change                        | person  | -             | -   | asks
press me.back       | public own-change                 | person  | own-change    | A   | own
step me.value       | own-change                        | person  | own-change    | A   | own
step me.confirm     | own-change                        | person  | own-change    | A   | own
press link.open     | public own-change                 | -       | -             | -   | open
press link.enter    |                                   | -       | -             | -   | open
press link.ok       | public own-change                 | -       | -             | -   | open
press link.back     | public own-change                 | -       | -             | -   | open
step link.code      | public own-change                 | -       | -             | -   | open
step link.sure      |                                   | -       | -             | -   | open
press link.yes      | own-change                        | link    | own-change    | A   | effect
press link.no       | own-change                        | link    | own-change    | A   | effect
press link.undo     | own-change                        | linked  | own-change    | A   | effect
press link.drop     | own-change                        | account | own-change    | A   | look
press link.drop.ok  | own-change                        | account | own-change    | A   | effect
press link.prefer   | own-change                        | account | own-change    | A   | effect
press hours.show    | own-view                          | entry   | own-view      | A   | own
press hours.more    | own-view                          | entry   | own-view      | A   | own
press hours.open    | own-view                          | entry   | own-view      | A   | own
press privacy.end   | public own-change                 | person  | own-change    | A   | own
press privacy.abroad | public own-change                | person  | own-change    | A   | own
press privacy.noabroad | public own-change              | person  | own-change    | A   | own
press privacy.ok    | public own-change                 | person  | own-change    | A   | own
press forget.more   | public own-delete                 | person  | own-delete    | A   | own
press forget.ok     | public own-delete                 | person  | own-delete    | A   | own
step forget.first   | public own-delete                 | person  | own-delete    | A   | own
step forget.sure    | public own-delete                 | person  | own-delete    | A   | own
press log.start     |                                   | -       | -             | -   | open
press log.fill      | claim                             | person  | claim         | A   | own
press log.ok        | claim                             | person  | claim         | A   | own
press log.redo      | claim                             | claim   | claim         | A   | look
press claim.back    | claim                             | claim   | claim         | A   | effect
step log.again      | claim                             | person  | claim         | A   | own
step log.what       | claim                             | person  | claim         | A   | own
step log.confirm    | claim                             | person  | claim         | A   | own

press review.claims | review-list                       | claim   | review-list   | A   | desk
press review.watch  | review-list                       | place   | review-list   | A   | desk
press claim.show    | approve review-list               | claim   | approve       | A   | look
press claim.next    | approve review-list               | claim   | approve       | A   | list
press claim.ok      | approve review-list               | claim claim.secretary | approve | A | effect
press claim.no      | reject approve                    | claim   | approve       | A   | look
press claim.no.why  | reject approve                    | claim claim.secretary | reject | A | effect
press claims.all    | approve review-list               | claim   | review-list   | A   | desk
press claims.all.ok | approve review-list               | claim   | approve       | A   | effect
step review.reason  | reject approve                    | claim   | reject        | A   | effect
step review.all     | review-list                       | claim   | -             | -   | asks
press undo.list     | review-list                       | entry   | review-list   | A   | desk
press undo.show     | member-view reverse               | entry   | member-view   | A   | look
press undo.ask      |                                   | entry   | -             | -   | asks
press undo.why      | reverse                           | entry   | reverse       | 2   | effect
step reversal.reason | reverse                          | entry   | reverse       | 2   | effect
press undo.wait     | review-list                       | reversal | review-list  | A   | desk
press undo.see      | reverse                           | reversal | reverse      | A   | look
press undo.ok       | reverse                           | reversal | reverse      | A   | effect
press undo.no       | reverse                           | reversal | reverse      | A   | effect

press members.places | member-list                      | place   | member-list   | Am  | desk
press members.unit  | member-list                       | place   | member-list   | Am  | look
press members.below | member-list                       | place   | member-list   | Am  | look
press members.ask   | member-list                       | place   | -             | -   | asks
press members.more  | member-list                       | person  | member-list   | Am  | look
step members.find   | member-list                       | person  | member-list   | Am  | look
press members.see   | member-view                       | person minor | member-view | Am | look
press members.show  | private-view minor-reveal         | person  | -             | -   | asks
press members.why   | private-view minor-reveal         | person minor | private-view | AR | look
press members.name  | roster-import                     | person  | -             | -   | asks
step members.name   | roster-import                     | person  | -             | -   | asks
step members.namesure | roster-import                   | person  | -             | -   | asks
press members.nameok | roster-import                    | person  | roster-import | A   | effect
press members.status | roster-import                    | person  | -             | -   | asks
press members.setto | roster-import                     | person  | -             | -   | asks
press members.today | roster-import                     | person  | roster-import | A   | effect
step members.day    | roster-import                     | person  | roster-import | A   | effect
press members.guard | registration-review               | minor   | -             | -   | asks
step members.guard  | member-view                       | minor   | member-view   | Am  | look
step members.guardsure | member-view                    | minor   | -             | -   | asks
press members.guardok | registration-review             | minor   | registration-review | A | effect
press members.unguard | member-view                     | minor   | member-view   | Am  | look
press members.unguok | registration-review              | minor   | registration-review | A | look
press members.out   | member-view                       | person  | member-view   | Am  | look
press members.outok | move                              | person  | move          | A   | effect
press members.undo  | move                              | left    | move          | A   | effect
press members.move  | move                              | person  | -             | -   | asks
step members.move   | move                              | person  | move          | A   | look
step members.movesure | move                            | person  | -             | -   | asks
press members.moveok | move                             | person  | move          | A   | effect

press import.unit   | roster-import                     | place   | roster-import | A   | look
step import.roster  | roster-import                     | place   | roster-import | A   | look
press import.list   | roster-import                     | place   | roster-import | A   | look
press import.back   | roster-import                     | place   | roster-import | A   | look
step import.sure    | roster-import                     | place   | roster-import | A   | look
press import.ok     | roster-import                     | place   | roster-import | A   | effect
press import.undo   | roster-import                     | imported | roster-import | A  | effect

press inv.open      | invite                            | place   | invite        | A   | look
press inv.uses      | invite                            | place   | -             | -   | asks
press inv.make      | invite                            | place   | invite        | A   | effect
press inv.show      | invite                            | invite  | invite        | A   | look
press inv.drop      | invite                            | invite  | invite        | A   | look
press inv.drop.ok   | invite                            | invite  | invite        | A   | effect

press grp.open      | invite                            | place   | invite        | A   | look
press grp.robot     | invite                            | place   | invite        | A   | look
step grp.robot      | invite                            | place   | invite        | A   | effect
press grp.robot.at  | invite                            | place   | invite        | A   | effect
step grp.robot.which | invite                           | -       | -             | -   | open
press grp.chat      | invite                            | place   | invite        | A   | look
press grp.chat.ok   | invite                            | place   | invite        | A   | look
press grp.chat.back | invite                            | chat    | invite        | A   | effect
press grp.end       | invite                            | group   | invite        | A   | look
press grp.end.ok    | invite                            | group   | invite        | A   | effect

press reg.list      | registration-review move          | registration | registration-review | A | list
press reg.see       | registration-review move | registration transfer | registration-review | A | look
press reg.ok        | registration-review move | registration transfer | registration-review | A | effect
press reg.new       | registration-review move | registration | registration-review | A | effect
press reg.guardok   | registration-review move | registration | registration-review | A | effect
press reg.no        | registration-review move          | registration | -        | -   | asks
press reg.why       | registration-review move | registration transfer | registration-review | A | effect
step reg.guardian   | registration-review move          | registration | registration-review | A | look
step reg.guardsure  | registration-review move          | registration | registration-review | A | look
step reg.reason     | registration-review move          | registration | registration-review | A | effect

press unit.open     | unit-view                         | place   | unit-view     | A   | look
press unit.page     | unit-view                         | place   | unit-view     | A   | desk
press unit.new      | unit-view unit-create             | unit    | unit-create   | A   | look
press unit.new.kind | unit-create                       | unit    | -             | -   | asks
press unit.new.code | unit-create                       | unit    | -             | -   | asks
step unit.new.name  | unit-create                       | unit    | unit-create   | A   | look
step unit.new.code  | unit-create                       | unit    | unit-create   | A   | look
step unit.new.kind  | unit-view unit-create             | unit    | unit-create   | A   | look
step unit.new.sure  | unit-create                       | unit    | unit-create   | A   | look
press unit.closed   | unit-create                       | unit    | unit-create   | A   | look
press unit.new.ok   | unit-create                       | unit    | unit-create   | A   | effect
press unit.rename   | unit-view unit-rename             | unit    | unit-rename   | A   | look
step unit.rename    | unit-rename                       | unit    | unit-rename   | A   | look
step unit.rename.sure | unit-rename                     | unit    | unit-rename   | A   | look
press unit.rename.ok | unit-rename                      | unit    | unit-rename   | A   | effect
press unit.name.undo | unit-rename                      | unit.renamed | unit-rename | A | effect
press unit.gate     | unit-rename                       | unit    | unit-rename   | A   | effect
press unit.move     | unit-move unit-create             | unit    | unit-move     | A   | look
press unit.where    | unit-move unit-create unit-merge  | unit    | unit-move     | A   | look
step unit.move.to   | unit-move unit-create             | unit    | unit-move     | A   | look
press unit.move.to  | unit-move unit-create             | unit    | unit-move     | A   | look
step unit.move.sure | unit-move unit-create             | unit    | unit-move     | A   | look
press unit.move.ok  | unit-move unit-create             | unit    | unit-move     | A   | effect
press unit.move.undo | unit-move unit-create            | unit.shifted | unit-move | A  | effect
press unit.merge    | unit-merge                        | unit    | unit-merge    | A   | look
step unit.merge.to  | unit-merge                        | unit    | unit-merge    | A   | look
press unit.merge.to | unit-merge                        | unit    | unit-merge    | A   | look
step unit.merge.sure | unit-merge                       | unit    | unit-merge    | A   | look
press unit.merge.ok | unit-merge                        | unit    | unit-merge    | A   | effect
press unit.close    | unit-close                        | unit    | unit-close    | A   | look
press unit.close.ok | unit-close                        | unit    | unit-close    | A   | effect
press unit.reopen   | unit-close                        | unit.closed | unit-close | A  | effect
press found.begin   | found                             | -       | -             | -   | open
press found.kind    | found                             | -       | -             | -   | open
step found.unit     | found                             | -       | -             | -   | open
step found.kind     | found                             | -       | -             | -   | open
step found.name     | found                             | -       | -             | -   | open
press found.edit    | found                             | -       | -             | -   | open
press found.ok      | found                             | -       | -             | -   | open
step found.sure     | found                             | -       | -             | -   | open

press role.open     | role-view                         | place   | role-view     | Am  | look
press role.below    | unit-view                         | place   | unit-view     | A   | look
press role.item     | role-view                         | role    | role-view     | Amo | look
press role.new      | role-view appoint                 | wish    | appoint       | A2  | look
press role.kind     | appoint                           | wish    | appoint       | A2  | look
press role.page     | appoint                           | wish    | appoint       | A2  | look
step role.person    | appoint                           | wish    | appoint       | A2  | look
press role.who      | appoint                           | wish    | appoint       | A2  | look
step role.kind      | role-view appoint                 | wish    | appoint       | A2  | look
step role.sure      | appoint                           | wish    | appoint       | A2  | look
press role.until    | appoint                           | wish    | appoint       | A2  | look
step role.until     | appoint                           | wish    | appoint       | A2  | look
press role.ok       | appoint | wish wish.organiser wish.officer wish.auditor wish.peer | appoint | A2 | effect
press role.hand     | role-view appoint                 | role    | role-view     | o   | look
press role.today    | appoint                           | role    | appoint       | o   | look
step role.since     | appoint                           | role    | appoint       | o   | look
press role.end      | end-appointment                   | role    | end-appointment | A2 | look
press role.end.ok   | end-appointment | role role.organiser role.officer role.auditor role.peer | end-appointment | A2 | effect
press role.undo     | appoint                           | role.ended | appoint    | A2  | effect
press prop.list     | appoint end-appointment           | handover | appoint      | A   | list
press prop.open     | appoint end-appointment | handover proposal proposal.end | appoint | A | look
press prop.yes      | appoint end-appointment | handover proposal proposal.end | appoint | A | effect
press prop.no       | appoint end-appointment | handover proposal proposal.end | appoint | A | effect
press prop.back     | appoint end-appointment           | handover | appoint      | A   | effect
press prop.admin    | appoint | handover proposal proposal.end | appoint         | -   | effect
"""  # noqa: E501  # a table


@dataclass(frozen=True, slots=True)
class Row:
    """One route. `actions` None: those of every command."""

    route: str
    actions: tuple[Action, ...] | None
    things: tuple[str, ...]
    decides: Action | None
    enough: frozenset[Verdict]
    owner: bool
    ends: str


def _read(line: str) -> Row:
    route, declares, on, decides, enough, ends = (part.strip() for part in line.split("|"))
    return Row(
        route=route,
        actions=None if declares == "*" else tuple(Action(word) for word in declares.split()),
        things=() if on == "-" else tuple(on.split()),
        decides=None if decides == "-" else Action(decides),
        enough=frozenset(_WORDS[sign] for sign in enough if sign in _WORDS),
        owner="o" in enough,
        ends=ends,
    )


ROWS = {row.route: row for row in map(_read, filter(None, _ROWS.splitlines()))}
