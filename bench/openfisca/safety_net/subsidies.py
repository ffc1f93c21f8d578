"""残疾人两项补贴: G52."""

import numpy
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from .entities import Person
from .vocabulary import DisabilityGrade


class draws_what_excludes(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "特困供养、工伤生活护理费，两项补贴都不能同享"
    reference = ["G52", "DS-17"]

    def formula(person, period):
        return person("in_tekun", period) | person("work_injury_care", period)


class subsidy_stops(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "死亡、服刑、户口迁出的停发"
    reference = "DS-13"

    def formula(person, period):
        return person("deceased", period) | person("in_prison", period) | person("moved_out", period)


class ds_living(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "困难残疾人生活补贴：低保家庭中的持证残疾人；孤儿不同享"
    reference = ["G52", "DS-01", "DS-04", "DS-18"]

    def formula(person, period):
        certified = person("disability_grade", period) != DisabilityGrade.none
        excluded = (
            person("draws_what_excludes", period)
            | person("is_orphan", period)
            | person("subsidy_stops", period)
        )
        return certified & person("in_dibao", period) & ~excluded


class ds_living_amount(Variable):
    value_type = int
    entity = Person
    definition_period = DateUnit.MONTH
    label = "月补贴，分"
    reference = "DS-06"

    def formula(person, period, parameters):
        return person("ds_living", period) * parameters(period.stop).ds_living_amount


class ds_nursing(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.MONTH
    label = "重度残疾人护理补贴：一级、二级且需要长期照护"
    reference = ["G52", "DS-02", "DS-03"]

    def formula(person, period):
        needs = person("severely_disabled", period) & person("long_term_care", period)
        return needs & ~person("draws_what_excludes", period) & ~person("subsidy_stops", period)


class ds_nursing_amount(Variable):
    value_type = int
    entity = Person
    definition_period = DateUnit.MONTH
    label = "月补贴，分，按等级"
    reference = "DS-06"

    def formula(person, period, parameters):
        local = parameters(period.stop)
        first = person("disability_grade", period) == DisabilityGrade.g1
        amount = numpy.where(first, local.ds_nursing_grade1, local.ds_nursing_grade2)
        return person("ds_nursing", period) * amount
