"""One household in words, for whoever has to find out which side is wrong."""

import datetime

EPOCH = datetime.date(1970, 1, 1)


def _value(fact, number):
    kind = fact["type"]
    if kind == "fen":
        return f"{number / 100:.2f} 元"
    if kind == "date":
        return str(EPOCH + datetime.timedelta(days=number))
    if kind == "enum":
        return fact["values"][number][1]
    return {0: "否", 1: "是"}[number] if kind == "bool" else str(number)


def _facts(part, of, row):
    """The facts of one subject; a no, a zero and a none go without saying."""
    for fact in part.manifest["facts"]:
        if fact["of"] == of:
            number = int(part.column(fact["id"])[row])
            if number != 0 or fact["id"] in ("relation", "registered_class"):
                yield f"{fact['zh']} {_value(fact, number)}"


def difference(part, simulation, results, home, counts, out):
    """Prints the first household with a difference: its facts, both sides, and our steps."""
    start, end = (int(n) for n in part.members[home : home + 2])
    law = f"{part.period} as known on {part.as_of}, county {part.county}"
    print(f"DIFFERENT: {law}, household {home} of {part.folder.name}", file=out)
    print("  " + "；".join(_facts(part, "household", home)), file=out)
    for row in range(start, end):
        print(f"  成员 {row - start + 1}: " + "；".join(_facts(part, "member", row)), file=out)
    for row in range(*(int(n) for n in part.obligors[home : home + 2])):
        print("  义务人: " + "；".join(_facts(part, "obligor", row)), file=out)
    for name, of_members, theirs, ours in results:
        for row in range(start, end) if of_members else [home]:
            if theirs[row] != ours[row]:
                who = f" of member {row - start + 1}" if of_members else ""
                print(f"  {name}{who}: doudi {int(theirs[row])}, OpenFisca {int(ours[row])}", file=out)
    print("  OpenFisca's steps:", file=out)
    for name, variable in simulation.tax_benefit_system.variables.items():
        values = simulation.get_array(name, part.period)
        if variable.is_input_variable() or values is None:
            continue
        if variable.entity.is_person:
            steps = "  ".join(str(int(v)) for v in values[start:end])
        else:
            steps = str(int(values[home]))
        print(f"    {name}: {steps}   {variable.label}", file=out)
    print("  in this part: " + ", ".join(f"{name} differs {n} times" for name, n in counts.items()), file=out)
