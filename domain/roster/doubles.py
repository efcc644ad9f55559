"""People who stand in a roster twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace

from domain.roster.line import GRAVITY, LineProblem, RosterLine


def mark_doubles(lines: Sequence[RosterLine]) -> tuple[RosterLine, ...]:
    """The same lines; those that share a number, an ID number or a bare name ask about it.

    A line that says all that an earlier one says is only a repetition, if it tells who is meant.
    Of namesakes those without a number ask; the others can be told apart.
    """
    problems = dict.fromkeys(_repeated(lines), LineProblem.REPEATED)
    once = [index for index in range(len(lines)) if index not in problems]
    for group in _groups(lines, once, lambda line: line.name and (_fold(line.name), line.unit)):
        bare = (index for index in group if lines[index].number is None)
        problems.update(dict.fromkeys(bare, LineProblem.SAME_NAME_TWICE))
    for group in _groups(lines, once, lambda line: line.id_number):
        problems.update(dict.fromkeys(group, LineProblem.DUPLICATE_ID_NUMBER))
    for group in _groups(lines, once, lambda line: _fold(line.number)):
        problems.update(dict.fromkeys(group, LineProblem.DUPLICATE_NUMBER))
    return tuple(_with(line, problems.get(index)) for index, line in enumerate(lines))


def _fold(text: str | None) -> str | None:
    return text and text.casefold()


def _repeated(lines: Sequence[RosterLine]) -> Iterable[int]:
    """Two people may share a name; nobody shares a number, a phone or an ID number as well."""
    seen: set[RosterLine] = set()
    for index, line in enumerate(lines):
        if line.number or line.phone or line.id_number:
            said = replace(line, line=0, problem=None, number=_fold(line.number))
            if said in seen:
                yield index
            seen.add(said)


def _groups(
    lines: Sequence[RosterLine], among: Sequence[int], key: Callable[[RosterLine], Hashable]
) -> Iterable[list[int]]:
    found: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index in among:
        if (value := key(lines[index])) is not None:
            found[value].append(index)
    return (group for group in found.values() if len(group) > 1)


def _with(line: RosterLine, problem: LineProblem | None) -> RosterLine:
    if problem is None or (line.problem and GRAVITY[line.problem] <= GRAVITY[problem]):
        return line
    return replace(line, problem=problem)
