"""The facts that the law reads, as OpenFisca input variables."""

import datetime

import numpy
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from .entities import Household, Person


class RegisteredClass(Enum):
    urban = "城镇"
    rural = "农村"


class Relation(Enum):
    head = "户主"
    spouse = "配偶"
    child = "子女"
    parent = "父母"
    child_in_law = "子女的配偶"
    parent_in_law = "配偶的父母"
    grandchild = "孙子女"
    grandparent = "祖父母"
    sibling = "兄弟姐妹"
    other_kin = "其他亲属"
    non_kin = "非亲属"


class Study(Enum):
    none = "未就读"
    compulsory = "义务教育"
    senior = "高中阶段"
    vocational = "中等职业教育"
    bachelor = "本科及以下高等教育"
    postgraduate = "研究生"


class DisabilityClass(Enum):
    none = "无"
    visual = "视力"
    hearing = "听力"
    speech = "言语"
    physical = "肢体"
    intellectual = "智力"
    mental = "精神"
    multiple = "多重"


class DisabilityGrade(Enum):
    none = "无"
    g1 = "一级"
    g2 = "二级"
    g3 = "三级"
    g4 = "四级"


class ObligorStatus(Enum):
    none = "无特殊身份"
    tekun = "特困人员"
    dibao = "低保对象"
    no_capacity = "无民事行为能力"
    missing = "宣告失踪"
    prison = "在监狱服刑"


ENUMS = {
    "registered_class": RegisteredClass,
    "relation": Relation,
    "studying": Study,
    "disability_class": DisabilityClass,
    "worst_disability_class": DisabilityClass,
    "disability_grade": DisabilityGrade,
    "obligor_status": ObligorStatus,
    "obligor_disability_class": DisabilityClass,
    "obligor_disability_grade": DisabilityGrade,
}

# The facts by entity and type; money in fen, dates as days.
HOUSEHOLD = {
    "registered_class": Enum,
    "farm_income": int,
    "land_and_rent_income": int,
    "financial_assets": int,
}
MEMBER = {
    "relation": Enum,
    "able_obligor_at_home": bool,
    "birth": datetime.date,
    "deceased": bool,
    "moved_out": bool,
    "co_resident": bool,
    "independent": bool,
    "studying": Enum,
    "in_prison": bool,
    "in_drug_isolation": bool,
    "declared_missing": bool,
    "religious_away_years": int,
    "wage": int,
    "casual_income": int,
    "business_income": int,
    "employee_pension": int,
    "resident_pension": int,
    "unemployment_benefit": int,
    "support_received": int,
    "support_from_siblings": int,
    "work_cost": int,
    "medical_self_paid_12m": int,
    "serious_illness": bool,
    "rehab_self_paid_12m": int,
    "disability_class": Enum,
    "worst_disability_class": Enum,
    "disability_grade": Enum,
    "self_care_failed": int,
    "long_term_care": bool,
    "work_injury_care": bool,
    "vehicle_count": int,
    "dwelling_count": int,
    "shop_count": int,
    "business_count": int,
    "registered_capital": int,
    "in_dibao": bool,
    "in_tekun": bool,
    "is_orphan": bool,
}
OBLIGOR = {
    "obligor_birth": datetime.date,
    "obligor_status": Enum,
    "obligor_income": int,
    "obligor_property_ok": bool,
    "obligor_disability_class": Enum,
    "obligor_disability_grade": Enum,
}


def variables():
    """One input variable a fact."""
    for facts, entity in ((HOUSEHOLD, Household), (MEMBER, Person), (OBLIGOR, Person)):
        for name, kind in facts.items():
            attributes = {"value_type": kind, "entity": entity, "definition_period": DateUnit.MONTH}
            if kind is Enum:
                values = ENUMS[name]
                attributes |= {"possible_values": values, "default_value": next(iter(values))}
            yield type(name, (Variable,), attributes)


def among(array, *items):
    """Whether each value of an enum is one of these."""
    return numpy.isin(array.view(numpy.ndarray), [item.index for item in items])


def full_years(born, day):
    """Full years of age (周岁) on a day: a birthday counts from its own day on, and where the month lacks the
    day, from the month's last day (民法典第二百零二条)."""
    years = born.astype("datetime64[Y]").astype(numpy.int64)
    months = born.astype("datetime64[M]").astype(numpy.int64) % 12
    days = (born - born.astype("datetime64[M]")).astype(numpy.int64)
    today = numpy.datetime64(day, "D")
    this_month = today.astype("datetime64[M]")
    day_of_month = (today - this_month).astype(numpy.int64)
    month_ends = (today + 1).astype("datetime64[M]") != this_month
    month = this_month.astype(numpy.int64) % 12
    before = (months > month) | ((months == month) & (days > day_of_month) & ~month_ends)
    return today.astype("datetime64[Y]").astype(numpy.int64) - years - before
