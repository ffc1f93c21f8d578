"""China's minimum living guarantee, its single-person route, edge families, extreme hardship and the two
disability subsidies, written from the law for OpenFisca."""

import inspect

from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from . import dibao, family, income, single, subsidies, tekun, vocabulary
from .entities import Household, Person
from .parameters import read


class SafetyNet(TaxBenefitSystem):
    """The law of a place as it was known on a day."""

    def __init__(self, folders, division, as_of):
        super().__init__([Person, Household])
        self.parameters = read(folders, division, as_of)
        for variable in vocabulary.variables():
            self.add_variable(variable)
        for module in (family, income, dibao, single, tekun, subsidies):
            for _, item in inspect.getmembers(module, inspect.isclass):
                if issubclass(item, Variable) and item.__module__ == module.__name__:
                    self.add_variable(item)
