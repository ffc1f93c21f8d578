"""单人保: who may apply alone. M57 第八条, M83 一（一）、（四）."""

import numpy
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from .entities import Person
from .exact import BASIS_POINTS, PARTS, up_to_jiao
from .vocabulary import Relation, among


class own_income_below_standard(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "本人收入低于低保标准"
    reference = "SAP#9"

    def formula(person, period):
        return person("counted_income", period) < person.household("standard", period) * PARTS


class can_keep_others(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "家中未满60周岁、不是重残的成年人"
    reference = ["M83", "DB-25"]

    def formula(person, period):
        years = person("age", period)
        grown = person("counted_member", period) & (years >= 18) & (years < 60)
        return grown & ~person("severe_or_third_grade_mind", period)


class kept_by_others(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "家中有兄弟姐妹以外、未满60周岁的供养人"
    reference = ["M83", "DB-25"]

    def formula(person, period):
        relation = person("relation", period)
        member = person.household.get_role("member")
        keeps = person("can_keep_others", period)
        # Whose brothers and sisters the relation to the head shows.
        siblings = {
            Relation.head: (Relation.sibling,),
            Relation.sibling: (Relation.head, Relation.sibling),
            Relation.child: (Relation.child,),
        }
        others = person.household.any(keeps, role=member)
        for mine, theirs in siblings.items():
            strangers = person.household.any(keeps & ~among(relation, *theirs), role=member)
            others = numpy.where(relation == mine, strangers, others)
        return others


class alone_in_edge_family(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "低保边缘家庭中的重残人员、重病患者"
    reference = ["M57#8", "M83"]

    def formula(person, period):
        burdened = person("severe_or_third_grade_mind", period) | person("serious_illness", period)
        return person.household("edge", period) & burdened & person("counted_member", period)


class alone_when_kept(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "依靠兄弟姐妹或60周岁以上老年人供养的成年无业重度残疾人"
    reference = ["M83", "DB-25"]

    def formula(person, period, parameters):
        years = person("age", period)
        given = person("support_from_siblings", period)
        # What they give may be left out; it cannot be more than all that the person is given.
        left_out = numpy.minimum(given, person("support_received", period))
        share = parameters(period.stop).sibling_support_exempt * (PARTS // BASIS_POINTS)
        income = person("counted_income", period) - left_out * share
        earns = person("wage", period) + person("casual_income", period) + person("business_income", period)
        return (
            person("counted_member", period)
            & (years >= 18)
            & (years < 60)
            & (earns == 0)
            & person("severely_disabled", period)
            & (income < person.household("standard", period) * PARTS)
            & ((given > 0) | ~person("kept_by_others", period))
            & person.household("within_edge_property", period)
        )


class alone_as_religious(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "脱离家庭、在宗教场所居住三年以上的生活困难的宗教教职人员"
    reference = ["M57#7", "M57#8", "SAP#9"]

    def formula(person, period, parameters):
        local = parameters(period.stop)
        gone = (
            person("deceased", period)
            | person("in_prison", period)
            | person("in_drug_isolation", period)
            | person("declared_missing", period)
        )
        elsewhere = person("in_tekun", period) | person("is_orphan", period)
        little = (
            (person("vehicle_count", period) <= local.dibao_vehicles)
            & (person("dwelling_count", period) <= local.dibao_dwellings)
            & (person("shop_count", period) <= local.dibao_shops)
            & (person("registered_capital", period) <= local.dibao_capital)
        )
        away = person("religious_away_years", period) >= 3
        return away & ~gone & ~elsewhere & little & person("own_income_below_standard", period)


class dibao_single(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "单人保：全家符合低保的，不走单人保；宗教教职人员不是那个家庭的成员"
    reference = ["M57#8", "M83"]

    def formula(person, period):
        within = person("alone_in_edge_family", period) | person("alone_when_kept", period)
        return (within & ~person.household("dibao", period)) | person("alone_as_religious", period)


class dibao_single_amount(Variable):
    value_type = int
    entity = Person
    definition_period = DateUnit.MONTH
    label = "月保障金，分：标准的一定比例，见分进角"
    reference = "DB-24"

    def formula(person, period, parameters):
        share = person.household("standard", period) * parameters(period.stop).single_rate
        return person("dibao_single", period) * up_to_jiao(share, BASIS_POINTS)
