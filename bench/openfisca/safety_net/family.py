"""共同生活的家庭成员: who counts. M57 第七条."""

import numpy
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from .entities import Household, Person
from .exact import total
from .vocabulary import DisabilityClass, DisabilityGrade, Relation, Study, among, full_years


class age(Variable):
    value_type = int
    entity = Person
    definition_period = DateUnit.MONTH
    label = "周岁，按当月最后一日"

    def formula(person, period):
        return full_years(person("birth", period), period.stop.date)


class excluded_by_law(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "去世，服刑，强制隔离戒毒，宣告失踪，离家三年以上的宗教教职人员"
    reference = "M57#7"

    def formula(person, period):
        return (
            person("deceased", period)
            | person("in_prison", period)
            | person("in_drug_isolation", period)
            | person("declared_missing", period)
            | (person("religious_away_years", period) >= 3)
        )


class belongs_to_family(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "共同生活的家庭成员，不论已由何种待遇保障"
    reference = "M57#7"

    def formula(person, period):
        relation = person("relation", period)
        child = relation == Relation.child
        minor = person("age", period) < 18
        at_school = among(
            person("studying", period), Study.compulsory, Study.senior, Study.vocational, Study.bachelor
        )
        # (一)配偶 (二)未成年子女 (三)不能独立生活的成年子女: the article asks for no common roof and no hukou.
        dependent = minor | at_school | ~person("independent", period)
        by_itself = (relation == Relation.spouse) | (child & dependent)
        # (四) others bound by a duty of support who live here for good; whoever has moved away does not.
        bound = ~among(relation, Relation.other_kin, Relation.non_kin)
        living_here = (relation == Relation.head) | (bound & person("co_resident", period))
        by_living = living_here & ~person("moved_out", period)
        return (by_itself | by_living) & ~person("excluded_by_law", period)


class counted_member(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "计入低保家庭的成员：特困和孤儿另有保障，不计入"
    reference = ["M57#7", "DB-19"]

    def formula(person, period):
        elsewhere = person("in_tekun", period) | person("is_orphan", period)
        return person("belongs_to_family", period) & ~elsewhere


class family_size(Variable):
    value_type = int
    entity = Household
    definition_period = DateUnit.MONTH
    label = "共同生活成员人数"
    reference = "M57#7"

    def formula(household, period):
        return total(household, household.members("counted_member", period))


class head_count(Variable):
    value_type = int
    entity = Household
    definition_period = DateUnit.MONTH
    label = "按人平均时的除数：至少一人"

    def formula(household, period):
        return numpy.maximum(household("family_size", period), 1)


class severely_disabled(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "重度残疾人：一级、二级"
    reference = ["M57#8", "DS-02"]

    def formula(person, period):
        return among(person("disability_grade", period), DisabilityGrade.g1, DisabilityGrade.g2)


class mind_disability(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "智力或精神残疾；多重残疾看最重的一类"

    def formula(person, period):
        kinds = (DisabilityClass.intellectual, DisabilityClass.mental)
        kind = person("disability_class", period)
        worst = among(person("worst_disability_class", period), *kinds)
        return among(kind, *kinds) | ((kind == DisabilityClass.multiple) & worst)


class severe_or_third_grade_mind(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "一级、二级重度残疾人和三级智力、精神残疾人"
    reference = "M57#8"

    def formula(person, period):
        third = person("disability_grade", period) == DisabilityGrade.g3
        return person("severely_disabled", period) | (third & person("mind_disability", period))
