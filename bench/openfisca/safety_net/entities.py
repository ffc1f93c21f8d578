"""Who the law speaks of: persons, and the household that lists them."""

from openfisca_core.entities import build_entity

Person = build_entity(key="person", plural="persons", label="人", is_person=True)

# An obligor lives elsewhere and is no member; OpenFisca has one kind of person, so a role keeps them apart.
Household = build_entity(
    key="household",
    plural="households",
    label="户",
    roles=[
        {"key": "member", "plural": "members", "label": "家庭成员"},
        {"key": "obligor", "plural": "obligors", "label": "户外的法定义务人"},
    ],
)
