//! What is asked of the rules, and how it becomes the few entities that they read.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{Entity, EntityTypeName, EntityUid, RestrictedExpression};

use super::uid;

/// 辖区: the code of a division and of all that it lies in, the innermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area(Vec<String>);

impl Area {
    /// From the innermost code outwards.
    pub fn new<S: Into<String>>(codes: impl IntoIterator<Item = S>) -> Self {
        Self(codes.into_iter().map(Into::into).collect())
    }
}

/// How members of staff stand to a case. All are ids of the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseTies {
    /// Near relatives of the family.
    pub kin: Vec<i64>,
    /// Who visited or proposed.
    pub hands: Vec<i64>,
    /// Who visited.
    pub visitors: Vec<i64>,
    /// Who is to visit.
    pub assigned: Option<i64>,
    /// Who gave the standing opinion.
    pub proposer: Option<i64>,
    /// The post whose decision it is.
    pub decides: String,
}

/// What it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object<'a> {
    /// An area as such: a list, or something that is only now made.
    Area(&'a Area),
    /// A household.
    Household(i64, &'a Area),
    /// A lead.
    Lead(i64, &'a Area),
    /// A case, and who stands in which relation to it.
    Case(i64, &'a Area, &'a CaseTies),
    /// A roster, and who made it.
    Roster(i64, &'a Area, i64),
    /// An erasure of a family's records, and who put it forward.
    Erasure(i64, &'a Area, i64),
    /// The account of a member of staff, by their id, and whether it is an administrator's or is to become one.
    Account(i64, &'a Area, bool),
    /// A change of an administrator's account, who put it forward, and whose account it is if there is one.
    AccountChange(i64, &'a Area, i64, Option<i64>),
    /// The interface of a department.
    Service(i64, &'a Area),
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask<'a> {
    /// Who, by id of the store.
    pub staff: i64,
    /// In which post, by id.
    pub post: &'a str,
    /// For which area.
    pub area: &'a Area,
    /// To do what, by id of the schema.
    pub action: &'a str,
    /// With what.
    pub object: Object<'a>,
}

/// A `forbid` in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `@id` of the policy.
    pub id: String,
    /// 为什么
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allowed,
    /// It lies outside the person's area: to this person it does not exist.
    Outside,
    /// It is not for this post; with the rule where one forbids it in words.
    NotThisPost(Option<Rule>),
    /// This person does such things, but not with this one: four eyes, a relative, another level.
    NotThisOne(Rule),
}

impl Decision {
    /// Whether it is yes.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        *self == Self::Allowed
    }
}

/// Names of the entity types, parsed once.
pub(super) struct Types {
    area: EntityTypeName,
    post: EntityTypeName,
    staff: EntityTypeName,
    household: EntityTypeName,
    lead: EntityTypeName,
    case: EntityTypeName,
    roster: EntityTypeName,
    erasure: EntityTypeName,
    account: EntityTypeName,
    account_change: EntityTypeName,
    service: EntityTypeName,
}

impl Types {
    pub(super) fn new() -> Result<Self, Box<cedar_policy::ParseErrors>> {
        let name = |id: &str| EntityTypeName::from_str(id).map_err(Box::new);
        Ok(Self {
            area: name("Area")?,
            post: name("Post")?,
            staff: name("Staff")?,
            household: name("Household")?,
            lead: name("Lead")?,
            case: name("Case")?,
            roster: name("Roster")?,
            erasure: name("Erasure")?,
            account: name("Account")?,
            account_change: name("AccountChange")?,
            service: name("Service")?,
        })
    }

    fn who(&self, id: i64) -> EntityUid {
        uid(&self.staff, &id.to_string())
    }

    fn area(&self, area: &Area) -> Option<EntityUid> {
        area.0.first().map(|code| uid(&self.area, code))
    }

    /// All that an area lies in.
    fn outside_of(&self, area: &Area) -> HashSet<EntityUid> {
        area.0.iter().skip(1).map(|code| uid(&self.area, code)).collect()
    }

    fn persons(&self, ids: &[i64]) -> RestrictedExpression {
        RestrictedExpression::new_set(
            ids.iter().map(|id| RestrictedExpression::new_entity_uid(self.who(*id))),
        )
    }
}

/// The entities of one question. Each carries everything it lies in itself, so that the areas in between need no entity:
/// building them is most of what an answer costs.
pub(super) struct World {
    pub(super) who: EntityUid,
    pub(super) what: EntityUid,
    pub(super) entities: Vec<Entity>,
}

impl World {
    /// With the relations of a case that are read. `None` where an area has no code or a value cannot be written.
    pub(super) fn of(t: &Types, ask: &Ask<'_>, reads: &dyn Fn(&str) -> bool) -> Option<Self> {
        let link = RestrictedExpression::new_entity_uid;
        let who = t.who(ask.staff);
        let own = t.area(ask.area)?;
        let staff = HashMap::from([
            ("post".to_owned(), link(uid(&t.post, ask.post))),
            ("area".to_owned(), link(own.clone())),
        ]);
        let mut entities = Vec::with_capacity(5);
        entities.push(Entity::new(who.clone(), staff, HashSet::new()).ok()?);
        let (name, id, place, attrs) = match &ask.object {
            Object::Area(area) => {
                let what = t.area(area)?;
                entities.push(Entity::new_no_attrs(what.clone(), t.outside_of(area)));
                return Some(Self { who, what, entities });
            }
            Object::Household(id, area) => (&t.household, id, *area, HashMap::new()),
            Object::Lead(id, area) => (&t.lead, id, *area, HashMap::new()),
            Object::Case(id, area, ties) => (&t.case, id, *area, case_attrs(t, ties, reads)),
            Object::Roster(id, area, maker) => {
                // Whether the person's area lies in the roster's is asked as well.
                entities.push(Entity::new_no_attrs(own, t.outside_of(ask.area)));
                let attrs = HashMap::from([
                    ("area".to_owned(), link(t.area(area)?)),
                    ("maker".to_owned(), link(t.who(*maker))),
                ]);
                (&t.roster, id, *area, attrs)
            }
            Object::Erasure(id, area, proposer) => {
                let attrs = HashMap::from([("proposer".to_owned(), link(t.who(*proposer)))]);
                (&t.erasure, id, *area, attrs)
            }
            Object::Account(whose, area, administrator) => {
                let attrs = HashMap::from([
                    ("whose".to_owned(), link(t.who(*whose))),
                    ("administrator".to_owned(), RestrictedExpression::new_bool(*administrator)),
                ]);
                (&t.account, whose, *area, attrs)
            }
            Object::AccountChange(id, area, proposer, whose) => {
                let mut attrs = HashMap::from([("proposer".to_owned(), link(t.who(*proposer)))]);
                if let Some(whose) = whose {
                    attrs.insert("whose".to_owned(), link(t.who(*whose)));
                }
                (&t.account_change, id, *area, attrs)
            }
            Object::Service(id, area) => (&t.service, id, *area, HashMap::new()),
        };
        let what = uid(name, &id.to_string());
        let mut places = t.outside_of(place);
        places.insert(t.area(place)?);
        entities.push(Entity::new(what.clone(), attrs, places).ok()?);
        Some(Self { who, what, entities })
    }
}

fn case_attrs(
    t: &Types,
    ties: &CaseTies,
    reads: &dyn Fn(&str) -> bool,
) -> HashMap<String, RestrictedExpression> {
    let link = RestrictedExpression::new_entity_uid;
    let one = |id: Option<i64>| id.map(|id| link(t.who(id)));
    let mut attrs = HashMap::new();
    let mut put = |name: &str, value: &dyn Fn() -> Option<RestrictedExpression>| {
        if reads(name)
            && let Some(value) = value()
        {
            attrs.insert(name.to_owned(), value);
        }
    };
    put("kin", &|| Some(t.persons(&ties.kin)));
    put("hands", &|| Some(t.persons(&ties.hands)));
    put("visitors", &|| Some(t.persons(&ties.visitors)));
    put("decides", &|| Some(link(uid(&t.post, &ties.decides))));
    put("assigned", &|| one(ties.assigned));
    put("proposer", &|| one(ties.proposer));
    attrs
}
