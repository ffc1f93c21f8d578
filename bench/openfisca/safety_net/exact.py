"""Money without rounding: whole numbers of a small part of a fen.

A month is a twelfth of a year and rates are whole basis points, so every monthly amount of the law is a whole
number of 1/120,000 fen; a share of such an amount (the least income that counts) is one of 1/1,200,000,000.
A quotient by the number of people is never taken: both sides of a comparison are multiplied instead.
"""

import numpy
from openfisca_core.variables import config

BASIS_POINTS = 10_000
PARTS = 12 * BASIS_POINTS
FINE = PARTS * BASIS_POINTS
JIAO = 10

# OpenFisca keeps whole numbers in 32 bits (21 million yuan in fen, and no part of a fen).
config.VALUE_TYPES[int]["dtype"] = numpy.int64

# GroupPopulation.sum adds in 64-bit floating point, which is exact up to here.
_EXACT_FLOAT = 2**53


def total(household, amounts):
    """Sum over the members of each household, exactly."""
    if numpy.abs(amounts).sum(dtype=numpy.float64) >= _EXACT_FLOAT:
        raise OverflowError("the amounts are too large to be added exactly")
    return household.sum(amounts, role=household.get_role("member")).astype(numpy.int64)


def up_to_jiao(amount, parts):
    """Fen, rounded up to whole jiao (见分进角), from an amount in units of 1/parts fen."""
    return -(-amount // (JIAO * parts)) * JIAO
