"""特困人员救助供养: M43."""

import numpy
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from .entities import Household, Person
from .exact import BASIS_POINTS, PARTS, total, up_to_jiao
from .vocabulary import DisabilityClass, DisabilityGrade, ObligorStatus, Relation, Study, among, full_years

# Who of the household owes a person support by law, by the relations of both to the head: spouses (民法典 1059),
# parents and grown-up children (26, 1067), grandparents and grandchildren (1074). In-laws owe each other
# nothing. Where two readings are possible (a head's grandchild is the child of one of the children), it counts.
OBLIGORS_OF = {
    Relation.head: (
        Relation.spouse,
        Relation.child,
        Relation.parent,
        Relation.grandchild,
        Relation.grandparent,
    ),
    Relation.spouse: (Relation.head, Relation.child, Relation.grandchild, Relation.parent_in_law),
    Relation.child: (
        Relation.head,
        Relation.spouse,
        Relation.parent,
        Relation.parent_in_law,
        Relation.child_in_law,
        Relation.grandchild,
    ),
    Relation.parent: (
        Relation.head,
        Relation.sibling,
        Relation.parent,
        Relation.child,
        Relation.grandparent,
    ),
    Relation.parent_in_law: (Relation.spouse, Relation.parent_in_law, Relation.child),
    Relation.child_in_law: (Relation.child, Relation.grandchild),
    Relation.grandchild: (Relation.head, Relation.spouse, Relation.child, Relation.child_in_law),
    Relation.grandparent: (Relation.head, Relation.sibling, Relation.parent, Relation.grandparent),
}


class no_work_ability(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "无劳动能力"
    reference = "M43#5"

    def formula(person, period):
        years = person("age", period)
        own = person("disability_class", period)
        worst = person("worst_disability_class", period)
        grade = person("disability_grade", period)

        def of_class(kind):
            return (own == kind) | ((own == DisabilityClass.multiple) & (worst == kind))

        first = grade == DisabilityGrade.g1
        return (
            (years >= 60)
            | (years < 16)
            | (person("mind_disability", period) & among(grade, *list(DisabilityGrade)[1:4]))
            | (of_class(DisabilityClass.physical) & person("severely_disabled", period))
            | (of_class(DisabilityClass.visual) & first)
        )


class kept_on_as_minor(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "特困人员中的未成年人继续供养至18周岁，仍在接受义务教育、高中或中等职业教育的再继续"
    reference = "M43#24"

    def formula(person, period):
        at_school = among(person("studying", period), Study.compulsory, Study.senior, Study.vocational)
        return person("in_tekun", period) & ((person("age", period) < 18) | at_school)


class people_of_family(Variable):
    value_type = int
    entity = Household
    definition_period = DateUnit.MONTH
    label = "家庭人数，含已由特困、孤儿保障的成员；至少一人"

    def formula(household, period):
        return numpy.maximum(total(household, household.members("belongs_to_family", period)), 1)


class tekun_income_of_all(Variable):
    value_type = int
    entity = Person
    definition_period = DateUnit.MONTH
    label = "本人收入（含本人在全家共有收入中的一份）乘以家庭人数"
    reference = "M43#6"

    def formula(person, period):
        shared = person.household("common_income", period) * person("belongs_to_family", period)
        return person("counted_income", period) * person.household("people_of_family", period) + shared


class within_tekun_property(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "财产符合特困规定：家庭成员看全家，不属于这个家庭的人看本人"
    reference = ["M43#6", "M43#7"]

    def formula(person, period, parameters):
        family = person("belongs_to_family", period)

        def owned(fact):
            of_family = total(person.household, person(fact, period) * family)
            return numpy.where(family, of_family, person(fact, period))

        return (
            (person.household("financial_assets", period) <= parameters(period.stop).tekun_assets)
            & (owned("vehicle_count") == 0)
            & (owned("dwelling_count") <= 1)
            & (owned("shop_count") == 0)
            & (owned("business_count") == 0)
        )


class no_income_source(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "无生活来源"
    reference = "M43#6"

    def formula(person, period):
        line = person.household("standard", period) * PARTS * person.household("people_of_family", period)
        return (person("tekun_income_of_all", period) < line) & person("within_tekun_property", period)


class poor_as_obligor(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "财产符合当地低收入家庭规定（按低保边缘的限额，看本人；金融资产看全家人均）"
    reference = "M43#8"

    def formula(person, period, parameters):
        local = parameters(period.stop)
        assets = person.household("financial_assets", period)
        return (
            (assets <= local.edge_assets_per_head * person.household("head_count", period))
            & (person("vehicle_count", period) <= local.edge_vehicles)
            & (person("dwelling_count", period) <= local.edge_dwellings)
            & (person("shop_count", period) <= local.edge_shops)
            & (person("registered_capital", period) <= local.edge_capital)
        )


class member_without_capacity(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "本户成员无履行义务能力"
    reference = "M43#8"

    def formula(person, period, parameters):
        years = person("age", period)
        people = person.household("people_of_family", period)
        below = person("tekun_income_of_all", period) * 12 < parameters(period.stop).pdi * PARTS * people
        little = person("poor_as_obligor", period)
        as_tekun = person("in_tekun", period) | (
            person("no_work_ability", period) & person("no_income_source", period)
        )
        return (
            as_tekun
            | (person("in_dibao", period) & (years >= 60))
            | ((years >= 70) & below & little)
            | (person("severe_or_third_grade_mind", period) & below & little)
            | ((person("in_prison", period) | person("declared_missing", period)) & little)
        )


class able_obligor_in_household(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "本户有有能力的法定义务人"
    reference = "M43#8"

    def formula(person, period):
        relation = person("relation", period)
        # A minor owes nobody support.
        able = (
            (person("age", period) >= 18)
            & ~person("deceased", period)
            & ~person("member_without_capacity", period)
        )
        member = person.household.get_role("member")
        found = {
            kin: person.household.any(able & (relation == kin), role=member)
            for kin in (*OBLIGORS_OF, Relation.sibling)
        }
        result = numpy.zeros(person.count, dtype=bool)
        for mine, theirs in OBLIGORS_OF.items():
            result |= (relation == mine) & numpy.logical_or.reduce([found[kin] for kin in theirs])
        # Of brothers, sisters, other kin and others the relation to the head does not tell, so it is asked,
        # unless nobody here could owe anything to anybody.
        some = numpy.logical_or.reduce(list(found.values()))
        asked = some & person("able_obligor_at_home", period)
        told = among(relation, *OBLIGORS_OF)
        return numpy.where(told, result, asked)


class obligor_without_capacity(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "户外义务人无履行义务能力"
    reference = "M43#8"

    def formula(person, period, parameters):
        status = person("obligor_status", period)
        years = full_years(person("obligor_birth", period), period.stop.date)
        grade = person("obligor_disability_grade", period)
        mind = among(
            person("obligor_disability_class", period), DisabilityClass.intellectual, DisabilityClass.mental
        )
        severe = among(grade, DisabilityGrade.g1, DisabilityGrade.g2) | ((grade == DisabilityGrade.g3) & mind)
        little = person("obligor_property_ok", period)
        below = person("obligor_income", period) < parameters(period.stop).pdi
        gone = among(status, ObligorStatus.no_capacity, ObligorStatus.missing, ObligorStatus.prison)
        return (
            (status == ObligorStatus.tekun)
            | ((status == ObligorStatus.dibao) & (years >= 60))
            | ((years >= 70) & below & little)
            | (severe & below & little)
            | (gone & little)
        )


class no_able_obligor_outside(Variable):
    value_type = bool
    entity = Household
    definition_period = DateUnit.MONTH
    label = "户外没有义务人，或义务人均无履行义务能力"
    reference = "M43#8"

    def formula(household, period):
        without = household.members("obligor_without_capacity", period)
        return household.all(without, role=household.get_role("obligor"))


class tekun(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "特困：无劳动能力，无生活来源，无有能力的义务人"
    reference = ["SAP#14", "M43#4", "M43#9", "M43#24"]

    def formula(person, period):
        ended = person("deceased", period) | person("in_prison", period) | person("declared_missing", period)
        return (
            (person("no_work_ability", period) | person("kept_on_as_minor", period))
            & person("no_income_source", period)
            & ~person("able_obligor_in_household", period)
            & person.household("no_able_obligor_outside", period)
            & ~person("is_orphan", period)
            & ~ended
        )


class tekun_amount(Variable):
    value_type = int
    entity = Person
    definition_period = DateUnit.MONTH
    label = "月供养金（分散供养），分：基本生活标准加照料护理标准，见分进角"
    reference = ["M43#21", "M43#22", "TK-20", "TK-21", "TK-22"]

    def formula(person, period, parameters):
        local = parameters(period.stop)
        failed = person("self_care_failed", period)
        share = numpy.select(
            [failed >= 4, failed >= 1], [local.tekun_care_full, local.tekun_care_half], local.tekun_care_self
        )
        basic = person.household("standard", period) * local.tekun_basic_factor
        return person("tekun", period) * up_to_jiao(basic + local.minimum_wage * share, BASIS_POINTS)
