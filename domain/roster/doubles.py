"""People who stand in a roster twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace

from domain.roster.line import GRAVITY, LineProblem, RosterLine


def mark_doubles(lines: Sequence[RosterLine]) -> tuple[RosterLine, ...]:
    """The same lines; those that share a number, an ID number or a bare name ask about it.

    Two people of one name are nothing special as long as both have a number.
    """
    problems: dict[int, LineProblem] = {}
    for group in _groups(lines, lambda line: (line.name and line.name.casefold(), line.unit)):
        if lines[group[0]].name and any(lines[i].number is None for i in group):
            problems.update(dict.fromkeys(group, LineProblem.SAME_NAME_TWICE))
    for group in _groups(lines, lambda line: line.id_number):
        problems.update(dict.fromkeys(group, LineProblem.DUPLICATE_ID_NUMBER))
    for group in _groups(lines, lambda line: line.number and line.number.casefold()):
        problems.update(dict.fromkeys(group, LineProblem.DUPLICATE_NUMBER))
    return tuple(_with(line, problems.get(index)) for index, line in enumerate(lines))


def _groups(
    lines: Sequence[RosterLine], key: Callable[[RosterLine], Hashable]
) -> Iterable[list[int]]:
    found: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        if (value := key(line)) is not None:
            found[value].append(index)
    return (group for group in found.values() if len(group) > 1)


def _with(line: RosterLine, problem: LineProblem | None) -> RosterLine:
    if problem is None or (line.problem and GRAVITY[line.problem] <= GRAVITY[problem]):
        return line
    return replace(line, problem=problem)
