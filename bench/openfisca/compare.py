"""Compares doudi with the same law written for OpenFisca: python compare.py DATA POLICIES

Stops at the first household for which a result differs, shows it, and exits with 1.
"""

import datetime
import math
import sys
import time
from pathlib import Path

import numpy
import show
from columns import parts
from safety_net import SafetyNet
from safety_net.exact import FINE, PARTS

# The county of uneven numbers lies beside this file; it is law for nobody.
ODD = Path(__file__).parent / "odd"


# Of each outcome: whether it is one of members, and whether it pays.
OUTCOMES = {
    "dibao": (False, True),
    "edge": (False, False),
    "dibao_single": (True, True),
    "tekun": (True, True),
    "ds_living": (True, True),
    "ds_nursing": (True, True),
}


class Stopwatch:
    """Time on the clock and of the processor; a busy machine changes only the first."""

    def __init__(self):
        self.clock = self.processor = 0.0

    def start(self):
        self.clock -= time.perf_counter()
        self.processor -= time.process_time()

    def stop(self):
        self.clock += time.perf_counter()
        self.processor += time.process_time()

    def of(self, people):
        rate = people / self.processor
        return f"{self.clock:.2f} s, {self.processor:.2f} s of processor, {rate:,.0f} persons/s of processor"


class Results:
    """What one side and the other make of a part: name, whether of members, doudi's column, ours."""

    def __init__(self, part, simulation):
        self.part = part
        self.simulation = simulation
        self.people = part.members[-1]

    def ours(self, name):
        values = self.simulation.calculate(name, self.part.period)
        return values[: self.people] if len(values) != self.part.households else values

    def all(self):
        """Every result that is compared."""
        for outcome in self.part.manifest["outcomes"]:
            of_members, pays = OUTCOMES[outcome]
            yield f"{outcome}.met", of_members, self.theirs(outcome, "met"), self.ours(outcome)
            if pays:
                amount = self.ours(f"{outcome}_amount")
                yield f"{outcome}.amount", of_members, self.theirs(outcome, "amount"), amount
        for rule in self.part.manifest["rules"]:
            yield rule, *RULES[rule](self, self.part.column(f"rule.{rule}"))

    def theirs(self, outcome, what):
        return self.part.column(f"outcome.{outcome}.{what}")


def plain(ours, of_members):
    return lambda results, theirs: (of_members, theirs, results.ours(ours))


def fraction(numerator, people, unit, of_members):
    """Two exact amounts a head, as theirs × unit × people = ours × their unit: nothing is divided."""

    def compare(results, theirs):
        heads = results.ours(people)
        if of_members:
            home = numpy.repeat(numpy.arange(results.part.households), numpy.diff(results.part.members))
            heads = heads[home]
        theirs_unit = results.part.manifest["parts_of_a_fen"]
        common = math.gcd(unit, theirs_unit)
        left = theirs * (unit // common) * heads
        return of_members, left, results.ours(numerator) * (theirs_unit // common)

    return compare


RULES = {
    "counts_as_member": plain("counted_member", True),
    "member_count": plain("family_size", False),
    "income_per_capita": fraction("family_income", "head_count", FINE, False),
    "no_work_ability": plain("no_work_ability", True),
    "tekun_income": fraction("tekun_income_of_all", "people_of_family", PARTS, True),
    "severe_or_mental": plain("severe_or_third_grade_mind", True),
}


def first_difference(part, results):
    """The first household for which a result differs, with the names of those that do; else None."""
    first, counts = None, {}
    for name, of_members, theirs, ours in results:
        rows = numpy.flatnonzero(theirs != ours)
        if len(rows) == 0:
            continue
        counts[name] = len(rows)
        homes = numpy.searchsorted(part.members, rows, side="right") - 1 if of_members else rows
        first = homes[0] if first is None else min(first, homes[0])
    return None if first is None else (int(first), counts)


def compare(data, policies, out=sys.stdout):
    """Compares everything; 0 where all is equal, 1 after the first difference."""
    manifest, all_parts = parts(data)
    households = people = compared = 0
    building, calculating = Stopwatch(), Stopwatch()
    for part in all_parts:
        building.start()
        system = SafetyNet([policies, ODD], part.county, datetime.date.fromisoformat(part.as_of))
        simulation = part.simulation(system)
        building.stop()
        calculating.start()
        for outcome in manifest["outcomes"]:
            simulation.calculate(outcome, part.period)
            if OUTCOMES[outcome][1]:
                simulation.calculate(f"{outcome}_amount", part.period)
        calculating.stop()
        results = list(Results(part, simulation).all())
        difference = first_difference(part, results)
        if difference:
            show.difference(part, simulation, results, *difference, out)
            return 1
        households += part.households
        people += int(part.members[-1])
        compared += sum(len(theirs) for _, _, theirs, _ in results)
    print(f"equal: {households} households, {people} members, {compared} results", file=out)
    print(f"OpenFisca, one thread: entities and facts: {building.of(people)}", file=out)
    print(f"OpenFisca, one thread: six outcomes: {calculating.of(people)}", file=out)
    return 0


if __name__ == "__main__":
    sys.exit(compare(Path(sys.argv[1]), Path(sys.argv[2])))
