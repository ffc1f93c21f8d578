"""Reads the households and doudi's results that `doudi-bench openfisca` has written."""

import json

import numpy
from openfisca_core.indexed_enums import Enum
from openfisca_core.simulations import SimulationBuilder

from safety_net import vocabulary


class Part:
    """Some households under the law of one month as it was known on a day."""

    def __init__(self, folder, manifest, part):
        self.folder = folder / part["folder"]
        self.manifest = manifest
        self.period = part["period"]
        self.as_of = part["as_of"]
        self.county = part["county"]
        self.members = self.column("members.offsets")
        self.obligors = self.column("obligors.offsets")
        self.households = len(self.members) - 1

    def column(self, name):
        return numpy.fromfile(self.folder / f"{name}.i64", dtype="<i8")

    def simulation(self, system):
        """The households as an OpenFisca simulation: the members of all of them, then the obligors of all."""
        numbers = numpy.arange(self.households)
        home_of_members = numpy.repeat(numbers, numpy.diff(self.members))
        home_of_obligors = numpy.repeat(numbers, numpy.diff(self.obligors))
        roles = numpy.repeat([0, 1], [len(home_of_members), len(home_of_obligors)])
        builder = SimulationBuilder()
        builder.create_entities(system)
        builder.declare_person_entity("person", range(len(roles)))
        household = builder.declare_entity("household", numbers)
        builder.join_with_persons(household, numpy.concatenate([home_of_members, home_of_obligors]), roles)
        simulation = builder.build(system)
        for facts in (vocabulary.HOUSEHOLD, vocabulary.MEMBER, vocabulary.OBLIGOR):
            for name, kind in facts.items():
                values = self.values(name, kind)
                if facts is vocabulary.MEMBER:
                    values = numpy.concatenate([values, numpy.zeros(len(home_of_obligors), values.dtype)])
                elif facts is vocabulary.OBLIGOR:
                    values = numpy.concatenate([numpy.zeros(len(home_of_members), values.dtype), values])
                simulation.set_input(name, self.period, values)
        return simulation

    def values(self, name, kind):
        """A column as OpenFisca wants it: days as dates, enums by their place in ours."""
        values = self.column(name)
        if kind is bool:
            return values.astype(bool)
        if kind is Enum:
            ours = vocabulary.ENUMS[name]
            declared = next(fact["values"] for fact in self.manifest["facts"] if fact["id"] == name)
            places = []
            for value, label in declared:
                if ours[value].value != label:
                    raise ValueError(f"{name}: {value} is {label} there and {ours[value].value} here")
                places.append(ours[value].index)
            return numpy.array(places)[values]
        return values.astype("datetime64[D]") if kind is not int else values


def parts(folder):
    """All parts, and what the manifest says."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest, [Part(folder, manifest, part) for part in manifest["parts"]]
