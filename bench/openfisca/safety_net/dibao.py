"""最低生活保障 and 低保边缘家庭: SAP 第九、十二条, M57 第八、十四、二十三条, M83 一."""

import numpy
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from .entities import Household
from .exact import BASIS_POINTS, FINE, total, up_to_jiao
from .vocabulary import RegisteredClass


class standard(Variable):
    value_type = int
    entity = Household
    definition_period = DateUnit.MONTH
    label = "当地低保标准，每人每月，分"
    reference = "SAP#10"

    def formula(household, period, parameters):
        # An array as a key of a parameter is looked up household by household; two values need no lookup.
        local = parameters(period.stop).dibao_standard
        urban = household("registered_class", period) == RegisteredClass.urban
        return numpy.where(urban, local.urban, local.rural)


def within(household, period, assets, vehicles, dwellings, shops, capital):
    """Whether the counted members together own no more than the local limits."""
    person = household.members
    counted = person("counted_member", period)

    def owned(fact):
        return total(household, person(fact, period) * counted)

    return (
        (household("financial_assets", period) <= assets * household("head_count", period))
        & (owned("vehicle_count") <= vehicles)
        & (owned("dwelling_count") <= dwellings)
        & (owned("shop_count") <= shops)
        & (owned("registered_capital") <= capital)
    )


class within_dibao_property(Variable):
    value_type = bool
    entity = Household
    definition_period = DateUnit.MONTH
    label = "财产符合低保规定"
    reference = ["SAP#9", "M57#14"]

    def formula(household, period, parameters):
        local = parameters(period.stop)
        return within(
            household,
            period,
            local.dibao_assets_per_head,
            local.dibao_vehicles,
            local.dibao_dwellings,
            local.dibao_shops,
            local.dibao_capital,
        )


class within_edge_property(Variable):
    value_type = bool
    entity = Household
    definition_period = DateUnit.MONTH
    label = "财产符合低保边缘规定"
    reference = ["M57#8", "M57#14"]

    def formula(household, period, parameters):
        local = parameters(period.stop)
        return within(
            household,
            period,
            local.edge_assets_per_head,
            local.edge_vehicles,
            local.edge_dwellings,
            local.edge_shops,
            local.edge_capital,
        )


class dibao(Variable):
    value_type = bool
    entity = Household
    definition_period = DateUnit.MONTH
    label = "低保：人均收入低于标准，并且财产符合规定"
    reference = ["SAP#9", "M57#8"]

    def formula(household, period):
        line = household("standard", period) * FINE * household("head_count", period)
        poor = household("family_income", period) < line
        return (household("family_size", period) > 0) & poor & household("within_dibao_property", period)


class dibao_amount(Variable):
    value_type = int
    entity = Household
    definition_period = DateUnit.MONTH
    label = "月保障金，分：（标准 − 人均收入）× 人数，见分进角"
    reference = ["SAP#12", "M57#23"]

    def formula(household, period):
        # (S − y / n) × n is S × n − y: nothing is divided, so nothing is lost.
        people = household("family_size", period)
        gap = household("standard", period) * FINE * people - household("family_income", period)
        return household("dibao", period) * up_to_jiao(numpy.maximum(gap, 0), FINE)


class edge(Variable):
    value_type = bool
    entity = Household
    definition_period = DateUnit.MONTH
    label = "低保边缘：不符合低保，人均收入低于标准的倍数，财产符合规定"
    reference = ["M57#8", "M83"]

    def formula(household, period, parameters):
        line = household("standard", period) * (FINE // BASIS_POINTS) * parameters(period.stop).edge_factor
        near = household("family_income", period) < line * household("head_count", period)
        family = household("family_size", period) > 0
        return family & ~household("dibao", period) & near & household("within_edge_property", period)
