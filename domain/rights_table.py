"""Who may do what: one row for each action, one column for each relation."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person is at a unit, valid for its whole subtree between two dates."""

    MEMBER = "member"
    ORGANISER = "organiser"
    SECRETARY = "secretary"
    OFFICER = "officer"
    AUDITOR = "auditor"


class Verdict(StrEnum):
    """The answer. DENY looks to the user like a thing that does not exist, and is audited."""

    ALLOW = "allow"
    REASON = "reason"  # masked, and shown in full once a reason was given and logged
    SECOND = "second"  # may propose; another person with the same right completes it
    MASKED = "masked"
    DENY = "deny"


BEST_FIRST = (Verdict.ALLOW, Verdict.REASON, Verdict.SECOND, Verdict.MASKED, Verdict.DENY)


class Relation(StrEnum):
    """How an actor stands to a target. Several may hold; the best verdict counts.

    There is no relation for a sibling unit, for a unit above or for another township: who comes
    from there is OUTSIDE, like a stranger.
    """

    SELF = "self"
    MEMBER = "member"  # at home in the very unit of the target
    ORGANISER = "organiser"  # of the target's unit or of one above it, as all that follow
    RUNNER = "runner"  # an organiser who runs this very activity
    SECRETARY = "secretary"
    TOWNSHIP = "township"  # officer below the district: township, school, general branch
    DISTRICT = "district"  # officer of a district or of a unit without parent
    AUDITOR = "auditor"
    ADMIN = "admin"  # named in app.admins; has DISTRICT too
    OUTSIDE = "outside"  # everybody


class Action(StrEnum):
    """Everything that may be asked for. Words with a dash are those of the matrix."""

    OWN_VIEW = "own-view"
    OWN_EXPORT = "own-export"
    OWN_DELETE = "own-delete"
    MEMBER_VIEW = "member-view"
    MINOR_REVEAL = "minor-reveal"
    CLAIM = "claim"
    CHECK_IN = "check-in"
    APPROVE = "approve"
    REJECT = "reject"
    REVERSE = "reverse"
    ACTIVITY_CREATE = "act-create"
    ACTIVITY_CODE = "act-qr"
    ACTIVITY_CLOSE = "act-close"
    BROADCAST = "bc-small"  # becomes the large one by itself over LARGE_BROADCAST recipients
    BROADCAST_LARGE = "bc-large"  # also for an outside link
    INVITE = "invite"  # make, see and revoke invites of the unit
    MOVE_MEMBER = "move"  # asked once for each side, out and in: both must agree
    APPOINT_SECRETARY = "appoint-sec"
    APPOINT_OFFICER = "appoint-township"  # becomes APPOINT_PEER at a unit of district level
    EXPORT = "export"  # of one unit alone
    AUDIT = "audit"
    RULES = "rules"
    MERGE_PERSONS = "merge"
    DELETE_PERSON = "delete-person"

    PUBLIC = "public"  # first contact, help, join, the notice, language
    OWN_CHANGE = "own-change"  # consents, reminders, linked accounts
    PRIVATE_VIEW = "private-view"  # becomes MINOR_REVEAL when the target is a minor
    MEMBER_LIST = "member-list"
    ROSTER_IMPORT = "roster-import"
    REGISTRATION_REVIEW = "registration-review"
    REVIEW_LIST = "review-list"  # to open the list; each verdict is asked for by itself
    ATTENDANCE_VIEW = "attendance-view"  # target.owner is the person who runs the activity
    EXPORT_SUBTREE = "export-subtree"
    EXPORT_MINORS = "export-minors"  # what both exports become over MANY_MINORS minors
    UNIT_VIEW = "unit-view"
    UNIT_CREATE = "unit-create"  # target: the parent
    UNIT_RENAME = "unit-rename"
    UNIT_MOVE = "unit-move"  # target: the unit itself; UNIT_CREATE is asked at the new parent
    UNIT_MERGE = "unit-merge"  # asked once for each of the two units
    UNIT_CLOSE = "unit-close"
    ROLE_VIEW = "role-view"
    APPOINT = "appoint"  # becomes the row of target.role
    APPOINT_ORGANISER = "appoint-organiser"
    APPOINT_AUDITOR = "appoint-auditor"
    APPOINT_PEER = "appoint-peer"  # an officer of district level
    END_APPOINTMENT = "end-appointment"  # of another: the row of target.role; one's own: leaving
    FOUND = "found"  # the root unit and its first officer; target without units
    STATUS = "status"  # health of the installation


LARGE_BROADCAST = 1_000
"""Recipients up to which one person is enough (SPEC section 4, Tasks and broadcasts)."""

MANY_MINORS = 5_000
"""Minors in an export up to which one district officer is enough (QUALITY 2.2)."""

_SIGNS = {
    "A": Verdict.ALLOW,
    "r": Verdict.REASON,
    "2": Verdict.SECOND,
    "m": Verdict.MASKED,
    "-": Verdict.DENY,
}

_ROWS = """
action               self member organiser runner secretary township district auditor admin outside
own-view             A    -      -         -      -         -        -        -       -     -
own-export           A    -      -         -      -         -        -        -       -     -
own-delete           A    -      -         -      -         -        -        -       -     -
member-view          A    -      -         -      A         A        A        m       -     -
minor-reveal         A    -      -         -      r         m        2        -       -     -
claim                A    -      -         -      -         -        -        -       -     -
check-in             A    -      -         -      -         -        -        -       -     -
approve              -    -      -         -      A         A        A        -       -     -
reject               -    -      -         -      A         A        A        -       -     -
reverse              -    -      -         -      -         2        2        -       -     -
act-create           -    -      A         A      A         A        A        -       -     -
act-qr               -    -      A         A      A         A        A        -       -     -
act-close            -    -      A         A      A         A        A        -       -     -
bc-small             -    -      -         -      A         A        A        -       -     -
bc-large             -    -      -         -      -         2        2        -       -     -
invite               -    -      -         -      A         A        A        -       -     -
move                 -    -      -         -      A         A        A        -       -     -
appoint-sec          -    -      -         -      -         A        A        -       -     -
appoint-township     -    -      -         -      -         -        A        -       -     -
export               -    -      -         -      A         A        A        m       -     -
audit                A    -      -         -      A         A        A        A       -     -
rules                -    -      -         -      -         -        2        -       -     -
merge                -    -      -         -      -         -        2        -       -     -
delete-person        -    -      -         -      -         -        2        -       -     -
public               A    A      A         A      A         A        A        A       A     A
own-change           A    -      -         -      -         -        -        -       -     -
private-view         A    -      -         -      r         m        r        -       -     -
member-list          -    -      -         -      A         A        A        m       -     -
roster-import        -    -      -         -      A         A        A        -       -     -
registration-review  -    -      -         -      A         A        A        -       -     -
review-list          -    -      -         -      A         A        A        -       -     -
attendance-view      -    -      -         A      A         A        A        m       -     -
export-subtree       -    -      -         -      -         A        A        m       -     -
export-minors        -    -      -         -      -         A        2        m       -     -
unit-view            -    -      -         -      -         A        A        A       -     -
unit-create          -    -      -         -      -         A        A        -       -     -
unit-rename          -    -      -         -      -         A        A        -       -     -
unit-move            -    -      -         -      -         A        A        -       -     -
unit-merge           -    -      -         -      -         A        A        -       -     -
unit-close           -    -      -         -      -         A        A        -       -     -
role-view            -    -      -         -      -         A        A        m       -     -
appoint-organiser    -    -      -         -      -         A        A        -       -     -
appoint-auditor      -    -      -         -      -         -        A        -       -     -
appoint-peer         -    -      -         -      -         -        2        -       -     -
end-appointment      A    -      -         -      -         -        -        -       -     -
found                -    -      -         -      -         -        -        -       A     -
status               -    -      -         -      -         -        A        -       A     -
"""


def _read(text: str) -> dict[Action, dict[Relation, Verdict]]:
    heading, *rows = (line.split() for line in text.strip().splitlines())
    relations = [Relation(word) for word in heading[1:]]
    return {
        Action(word): {
            relation: _SIGNS[sign] for relation, sign in zip(relations, signs, strict=True)
        }
        for word, *signs in rows
    }


TABLE = _read(_ROWS)
"""Every action but APPOINT, which stands for the row of its role."""

APPOINTING = {
    Role.ORGANISER: Action.APPOINT_ORGANISER,
    Role.SECRETARY: Action.APPOINT_SECRETARY,
    Role.OFFICER: Action.APPOINT_OFFICER,
    Role.AUDITOR: Action.APPOINT_AUDITOR,
}
"""The row of each role that is given by appointment; a member joins instead."""

JUDGING = frozenset({Action.APPROVE, Action.REJECT, Action.REVERSE})
"""Verdicts about somebody's hours: never by who stands below the owner."""

NEEDS_OWNER = (
    JUDGING
    | {Action.MERGE_PERSONS, Action.DELETE_PERSON, Action.APPOINT_PEER}
    | frozenset(APPOINTING.values())
)
"""Refused while nobody says whose thing it is, because then it could be one's own."""

NEVER_OWN = NEEDS_OWNER | {Action.REGISTRATION_REVIEW}
"""Nobody decides these about themselves, whatever roles they hold."""

FROM_ABOVE = frozenset({Action.UNIT_MOVE, Action.UNIT_MERGE, Action.UNIT_CLOSE})
"""Change the tree itself: decided above the unit, so never for a unit without parent."""

WITHOUT_PERSON = frozenset({Action.PUBLIC, Action.FOUND, Action.STATUS})
"""Open to an account that has not registered yet."""
