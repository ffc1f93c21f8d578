"""家庭收入: what counts, what is deducted. M57 第十三条. Amounts a month in parts of a fen (see exact.py)."""

import numpy
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from .entities import Household, Person
from .exact import BASIS_POINTS, PARTS, total


class net_wage(Variable):
    value_type = int
    entity = Person
    definition_period = DateUnit.MONTH
    label = "工资减去必要就业成本，成本以工资的一定比例为限"
    reference = ["M57#13", "DB-31"]

    def formula(person, period, parameters):
        wage = person("wage", period)
        limit = wage * parameters(period.stop).work_cost_limit * (PARTS // BASIS_POINTS)
        return wage * PARTS - numpy.minimum(person("work_cost", period) * PARTS, limit)


class counted_income(Variable):
    value_type = int
    entity = Person
    definition_period = DateUnit.MONTH
    label = "本人计入的收入：工资性、经营、转移；未满16周岁的没有劳动收入"
    reference = ["M57#13", "DB-26", "DB-28", "DB-30"]

    def formula(person, period, parameters):
        work = person("net_wage", period) + PARTS * (
            person("casual_income", period) + person("business_income", period)
        )
        # 中央确定的基础养老金不计入.
        exempt = parameters(period.stop).base_pension_exempt
        transfers = (
            person("employee_pension", period)
            + numpy.maximum(person("resident_pension", period) - exempt, 0)
            + person("unemployment_benefit", period)
            + person("support_received", period)
        )
        return numpy.where(person("age", period) < 16, 0, work) + PARTS * transfers


class common_income(Variable):
    value_type = int
    entity = Household
    definition_period = DateUnit.MONTH
    label = "全家共有的收入：种养业（按年）和家庭财产（按月）"
    reference = "M57#13"

    def formula(household, period):
        by_month = household("land_and_rent_income", period)
        return household("farm_income", period) * (PARTS // 12) + by_month * PARTS


class hard_expense(Variable):
    value_type = int
    entity = Household
    definition_period = DateUnit.MONTH
    label = "成员因残疾、重病在近12个月增加的刚性支出，分"
    reference = ["M57#13", "DB-31"]

    def formula(household, period):
        person = household.members
        burdened = person("severe_or_third_grade_mind", period) | person("serious_illness", period)
        spent = person("medical_self_paid_12m", period) + person("rehab_self_paid_12m", period)
        return total(household, spent * (burdened & person("counted_member", period)))


class family_income(Variable):
    value_type = int
    entity = Household
    definition_period = DateUnit.MONTH
    label = "家庭月收入：总收入减去刚性支出的一部分，至少计入总收入的一定比例；一分的 1/FINE"
    reference = ["M57#13", "DB-31", "DB-34"]

    def formula(household, period, parameters):
        local = parameters(period.stop)
        person = household.members
        earned = total(household, person("counted_income", period) * person("counted_member", period))
        gross = earned + household("common_income", period)
        # A twelfth of the year's expense, of which a rate is deducted.
        parts = PARTS // 12 // BASIS_POINTS
        deduction = household("hard_expense", period) * parts * local.hard_expense_rate
        return numpy.maximum((gross - deduction) * BASIS_POINTS, gross * local.income_floor_share)
