"""Worked examples of the law, each computed by hand: python test_examples.py POLICIES"""

import datetime
import sys
import unittest
from pathlib import Path

import numpy
from openfisca_core.errors import ParameterNotFoundError
from openfisca_core.indexed_enums import Enum
from openfisca_core.simulations import SimulationBuilder
from safety_net import SafetyNet, parameters, vocabulary

POLICIES = Path(sys.argv.pop(1))
COUNTY = "990121"
MONTH = "2024-06"
KNOWN = datetime.date(2024, 5, 31)
SYSTEM = SafetyNet([POLICIES], COUNTY, KNOWN)

# What holds of a person unless an example says otherwise.
PLAIN = {"co_resident": True, "independent": True, "birth": "1980-03-02"}


def household(members, obligors=(), **home):
    """One household as a simulation; money in yuan."""
    builder = SimulationBuilder()
    builder.create_entities(SYSTEM)
    count = len(members) + len(obligors)
    builder.declare_person_entity("person", range(count))
    entity = builder.declare_entity("household", [0])
    builder.join_with_persons(entity, [0] * count, [0] * len(members) + [1] * len(obligors))
    simulation = builder.build(SYSTEM)
    groups = (
        (vocabulary.HOUSEHOLD, [{"registered_class": "rural"} | home]),
        (vocabulary.MEMBER, [PLAIN | m for m in members] + [{}] * len(obligors)),
        (vocabulary.OBLIGOR, [{}] * len(members) + list(obligors)),
    )
    for facts, rows in groups:
        for name, kind in facts.items():
            values = [row.get(name) for row in rows]
            if kind is Enum:
                enum = vocabulary.ENUMS[name]
                values = [enum[value or next(iter(enum)).name].index for value in values]
            elif kind is datetime.date:
                values = numpy.array([value or "1980-03-02" for value in values], "datetime64[D]")
            elif kind is int and not name.endswith(("_count", "_failed", "_years")):
                values = [(value or 0) * 100 for value in values]
            else:
                values = [value or kind() for value in values]
            simulation.set_input(name, MONTH, numpy.array(values))
    return simulation


class Examples(unittest.TestCase):
    def result(self, simulation, name):
        return simulation.calculate(name, MONTH).tolist()

    def test_e1_urban_family_of_three(self):
        family = household(
            [
                {"relation": "head", "wage": 1500},
                {"relation": "spouse"},
                {"relation": "child", "birth": "2012-09-01"},
            ],
            registered_class="urban",
        )
        self.assertEqual(self.result(family, "dibao_amount"), [76800])
        self.assertEqual(self.result(family, "edge"), [False])

    def test_e2_to_e5_on_and_beside_the_lines(self):
        family = [
            {"relation": "head"},
            {"relation": "spouse", "disability_class": "physical", "disability_grade": "g2"},
            {"relation": "child", "birth": "2008-11-15"},
            {"relation": "child", "birth": "2013-01-09"},
        ]
        for farm, dibao, edge in ((33_600, False, True), (40_824, False, False), (40_823, False, True)):
            home = household(family, farm_income=farm)
            self.assertEqual((self.result(home, "dibao"), self.result(home, "edge")), ([dibao], [edge]), farm)
        alone = household(family, farm_income=33_600)
        self.assertEqual(self.result(alone, "dibao_single_amount"), [0, 34020, 0, 0])
        couple = household(family[:1] + [{"relation": "spouse"}], farm_income=13_608)
        self.assertEqual((self.result(couple, "dibao"), self.result(couple, "edge")), ([False], [True]))

    def test_e6_who_counts(self):
        family = household(
            [
                {"relation": "head"},
                {"relation": "spouse"},
                {"relation": "child", "birth": "2004-05-19", "studying": "bachelor", "co_resident": False},
                {
                    "relation": "child",
                    "birth": "2001-01-23",
                    "studying": "postgraduate",
                    "co_resident": False,
                },
                {"relation": "parent", "birth": "1949-09-09", "co_resident": False},
            ]
        )
        self.assertEqual(self.result(family, "counted_member"), [True, True, True, False, False])

    def test_e7_a_third_is_not_lost(self):
        family = household(
            [
                {"relation": "head", "in_prison": True},
                {"relation": "spouse", "wage": 2000},
                {"relation": "child", "birth": "2012-02-20"},
                {"relation": "child", "birth": "2015-10-11"},
            ],
            registered_class="urban",
        )
        self.assertEqual(self.result(family, "dibao_amount"), [26800])

    def test_e9_to_e12_tekun(self):
        old = {"relation": "head", "birth": "1958-01-20", "casual_income": 300, "self_care_failed": 2}
        able = {"obligor_birth": "1979-03-03", "obligor_income": 42_000}
        mad = {
            "obligor_birth": "1994-02-14",
            "obligor_income": 9_600,
            "obligor_property_ok": True,
            "obligor_disability_class": "mental",
            "obligor_disability_grade": "g3",
        }
        self.assertEqual(self.result(household([old]), "tekun_amount"), [106910])
        self.assertEqual(self.result(household([old], [able]), "tekun")[0], False)
        self.assertEqual(self.result(household([old], [mad]), "tekun")[0], True)
        blind = {
            "relation": "head",
            "birth": "1984-01-20",
            "disability_class": "visual",
            "disability_grade": "g2",
        }
        self.assertEqual(self.result(household([blind]), "tekun"), [False])

    def test_e16_tekun_draws_no_subsidy(self):
        person = {
            "relation": "head",
            "disability_class": "physical",
            "disability_grade": "g1",
            "long_term_care": True,
            "in_dibao": True,
        }
        both = household([person])
        self.assertEqual(self.result(both, "ds_living_amount"), [10000])
        self.assertEqual(self.result(both, "ds_nursing_amount"), [5000])
        neither = household([person | {"in_tekun": True}])
        self.assertEqual(self.result(neither, "ds_living"), [False])
        self.assertEqual(self.result(neither, "ds_nursing"), [False])

    def test_e23_a_pupil_is_kept_on(self):
        for study, kept in (("vocational", True), ("bachelor", False)):
            pupil = {"relation": "head", "birth": "2006-02-20", "in_tekun": True, "studying": study}
            self.assertEqual(self.result(household([pupil]), "tekun"), [kept], study)


class Ages(unittest.TestCase):
    def test_a_birthday_counts_from_its_own_day(self):
        born = numpy.array(["1964-06-30", "1964-07-01", "2004-02-29", "2004-03-01"], "datetime64[D]")
        years = [vocabulary.full_years(born, day).tolist() for day in ("2024-06-30", "2023-02-28")]
        self.assertEqual(years, [[60, 59, 20, 20], [58, 58, 19, 18]])


class Parameters(unittest.TestCase):
    def test_a_row_holds_from_its_day_and_is_known_from_its_decision(self):
        for known, month, standard in (
            ("2024-05-31", "2024-06-30", 56_700),
            ("2024-03-01", "2024-06-30", 50_700),
            ("2024-05-31", "2024-03-31", 50_700),
        ):
            read = parameters.read([POLICIES], COUNTY, datetime.date.fromisoformat(known))
            self.assertEqual(read.get_at_instant(month).dibao_standard.rural, standard)

    def test_what_has_ended_has_no_value(self):
        read = parameters.read([POLICIES], COUNTY, datetime.date(2026, 1, 31))
        self.assertEqual(read.get_at_instant("2025-12-31").base_pension_exempt, 14_300)
        with self.assertRaises(ParameterNotFoundError):
            _ = read.get_at_instant("2026-01-31").base_pension_exempt


if __name__ == "__main__":
    unittest.main()
