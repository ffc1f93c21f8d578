//! 授权: who may do what, where, and to what they stand in which relation. The rules are the text in `policy/*.cedar`
//! over `policy/schema.cedarschema`; this module compiles them once, fails where they contradict the schema, and asks
//! them. It knows no rule itself, no clock and no database: who acts, and on what, is an argument.

mod ask;
mod grants;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision as Verdict, Effect, Entities, Entity, EntityId,
    EntityTypeName, EntityUid, PolicyId, PolicySet, Request, Schema, ValidationMode, Validator,
};

pub use ask::{Area, Ask, CaseTies, Decision, Object, Rule};
pub use grants::{CLASSES, Grants};

/// The schema that the policies are written against.
pub const SCHEMA: &str = include_str!("../policy/schema.cedarschema");
/// What is permitted, by post.
pub const PERMIT: &str = include_str!("../policy/permit.cedar");
/// What is forbidden all the same, in the order in which it is told.
pub const FORBID: &str = include_str!("../policy/forbid.cedar");

/// Why a text of policies cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// 原因
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl PolicyFault {
    fn new(error: &impl std::fmt::Display) -> Self {
        Self {
            zh: format!("授权规则不能用：{error}"),
            en: format!("the authorisation policies cannot be used: {error}"),
        }
    }
}

impl std::fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {}", self.zh, self.en)
    }
}

impl std::error::Error for PolicyFault {}

/// The compiled rules.
pub struct Access {
    authorizer: Authorizer,
    schema: Schema,
    actions: HashMap<String, Action>,
    rules: HashMap<PolicyId, Told>,
    types: ask::Types,
}

/// An action with the policies that speak of it: no other can apply, and reading them all would be most of the time.
struct Action {
    uid: EntityUid,
    /// The action with its groups. What a question adds is closed over by itself; building all of it anew takes longer.
    base: Entities,
    policies: PolicySet,
    /// Names of the attributes that those policies read.
    reads: BTreeSet<String>,
}

impl Action {
    fn new(uid: &EntityUid, groups: HashSet<EntityUid>, all: &PolicySet) -> Result<Self, PolicyFault> {
        let mut policies = PolicySet::new();
        let mut reads = BTreeSet::new();
        for policy in all.policies() {
            let named = |of: &EntityUid| of == uid || groups.contains(of);
            let speaks = match policy.action_constraint() {
                ActionConstraint::Any => true,
                ActionConstraint::Eq(of) => of == *uid,
                ActionConstraint::In(of) => of.iter().any(named),
            };
            if speaks {
                attributes(&policy.to_json().map_err(|e| PolicyFault::new(&e))?, &mut reads);
                policies.add(policy.clone()).map_err(|e| PolicyFault::new(&e))?;
            }
        }
        let entity = Entity::new_no_attrs(uid.clone(), groups);
        let base = Entities::from_entities([entity], None).map_err(|e| PolicyFault::new(&e))?;
        Ok(Self { uid: uid.clone(), base, policies, reads })
    }
}

/// Every attribute that a policy reads or asks for, by its form in JSON (`{"attr": …}`).
fn attributes(policy: &serde_json::Value, found: &mut BTreeSet<String>) {
    match policy {
        serde_json::Value::Object(fields) => {
            if let Some(name) = fields.get("attr").and_then(serde_json::Value::as_str) {
                found.insert(name.to_owned());
            }
            fields.values().for_each(|value| attributes(value, found));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| attributes(value, found)),
        _ => {}
    }
}

/// A `forbid` as it is told.
struct Told {
    rank: usize,
    kind: Kind,
    rule: Rule,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Outside,
    Post,
    Relation,
}

impl Access {
    /// The rules of this repository.
    ///
    /// # Errors
    /// The texts do not parse or contradict the schema.
    pub fn built_in() -> Result<Self, PolicyFault> {
        Self::from_texts(SCHEMA, PERMIT, FORBID)
    }

    /// Rules from other texts.
    ///
    /// # Errors
    /// A text does not parse or contradicts the schema, a policy has no id, or a `forbid` no kind and words.
    pub fn from_texts(schema: &str, permit: &str, forbid: &str) -> Result<Self, PolicyFault> {
        let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|e| PolicyFault::new(&e))?;
        let mut policies = PolicySet::new();
        let mut rules = HashMap::new();
        for (text, effect) in [(permit, Effect::Permit), (forbid, Effect::Forbid)] {
            let set = PolicySet::from_str(text).map_err(|e| PolicyFault::new(&e))?;
            let mut list: Vec<_> = set.policies().cloned().collect();
            // A parsed set numbers its policies by their place in the text.
            list.sort_by_key(|p| place(p.id()));
            for policy in list {
                let Some(id) = policy.annotation("id").map(str::to_owned) else {
                    return Err(PolicyFault::new(&format_args!("a policy without @id: {policy}")));
                };
                if policy.effect() != effect {
                    return Err(PolicyFault::new(&format_args!("`{id}` stands in the wrong file")));
                }
                let key = PolicyId::new(&id);
                if effect == Effect::Forbid {
                    rules.insert(key.clone(), told(&policy, &id, rules.len())?);
                }
                policies.add(policy.new_id(key)).map_err(|e| PolicyFault::new(&e))?;
            }
        }
        let checked = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        if let Some(error) = checked.validation_errors().next() {
            return Err(PolicyFault::new(error));
        }
        let tree = schema.action_entities().map_err(|e| PolicyFault::new(&e))?;
        let mut actions = HashMap::new();
        for action in schema.actions() {
            // A group applies to nobody and cannot be asked for.
            if schema.principals_for_action(action).is_none_or(|mut of| of.next().is_none()) {
                continue;
            }
            let groups = tree.ancestors(action).into_iter().flatten().cloned().collect();
            let of = Action::new(action, groups, &policies)?;
            actions.insert(action.id().unescaped().to_owned(), of);
        }
        let types = ask::Types::new().map_err(|e| PolicyFault::new(&e))?;
        Ok(Self { authorizer: Authorizer::new(), schema, actions, rules, types })
    }

    /// Ids of all actions, in order.
    #[must_use]
    pub fn actions(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.actions.keys().map(String::as_str).collect();
        all.sort_unstable();
        all
    }

    /// Whether the schema has an action of this name.
    #[must_use]
    pub fn knows(&self, action: &str) -> bool {
        self.actions.contains_key(action)
    }

    /// What is forbidden whoever permits it, in the order in which it is told.
    #[must_use]
    pub fn rules(&self) -> Vec<&Rule> {
        let mut all: Vec<&Told> = self.rules.values().collect();
        all.sort_by_key(|t| t.rank);
        all.into_iter().map(|t| &t.rule).collect()
    }

    /// Whether the entities of a question are such as the schema describes; the rules rest on that.
    ///
    /// # Errors
    /// What does not conform, or that the action is unknown.
    pub fn conforms(&self, ask: &Ask<'_>) -> Result<(), PolicyFault> {
        let unknown = || PolicyFault::new(&format_args!("nothing is called `{}`", ask.action));
        let action = &self.actions.get(ask.action).ok_or_else(unknown)?.uid;
        let world = ask::World::of(&self.types, ask, &|_| true).ok_or_else(unknown)?;
        Entities::from_entities(world.entities, Some(&self.schema)).map_err(|e| PolicyFault::new(&e))?;
        Request::new(world.who, action.clone(), world.what, Context::empty(), Some(&self.schema))
            .map_err(|e| PolicyFault::new(&e))?;
        Ok(())
    }

    /// Whether somebody may do something. What the rules cannot answer is refused: an action that the schema does not
    /// know, or an error while a rule is read.
    #[must_use]
    pub fn decide(&self, ask: &Ask<'_>) -> Decision {
        self.answer(ask).unwrap_or(Decision::NotThisPost(None))
    }

    fn answer(&self, ask: &Ask<'_>) -> Option<Decision> {
        let Action { uid, base, policies, reads } = self.actions.get(ask.action)?;
        let world = ask::World::of(&self.types, ask, &|name| reads.contains(name))?;
        let entities = base.clone().add_entities(world.entities, None).ok()?;
        let request = Request::new(world.who, uid.clone(), world.what, Context::empty(), None).ok()?;
        let response = self.authorizer.is_authorized(&request, policies, &entities);
        // A rule that could not be read might have been the one that forbids.
        if response.diagnostics().errors().next().is_some() {
            return None;
        }
        if response.decision() == Verdict::Allow {
            return Some(Decision::Allowed);
        }
        let first =
            response.diagnostics().reason().filter_map(|id| self.rules.get(id)).min_by_key(|t| t.rank);
        Some(match first {
            None => Decision::NotThisPost(None),
            Some(told) => match told.kind {
                Kind::Outside => Decision::Outside,
                Kind::Post => Decision::NotThisPost(Some(told.rule.clone())),
                Kind::Relation => Decision::NotThisOne(told.rule.clone()),
            },
        })
    }
}

/// `policy12` → 12
fn place(id: &PolicyId) -> usize {
    let text: &str = id.as_ref();
    text.trim_start_matches("policy").parse().unwrap_or(usize::MAX)
}

fn told(policy: &cedar_policy::Policy, id: &str, rank: usize) -> Result<Told, PolicyFault> {
    let words = |key: &str| {
        policy
            .annotation(key)
            .map(str::to_owned)
            .ok_or_else(|| PolicyFault::new(&format_args!("`{id}` has no @{key}")))
    };
    let kind = match words("kind")?.as_str() {
        "outside" => Kind::Outside,
        "post" => Kind::Post,
        "relation" => Kind::Relation,
        other => return Err(PolicyFault::new(&format_args!("`{id}`: unknown kind `{other}`"))),
    };
    Ok(Told { rank, kind, rule: Rule { id: id.to_owned(), zh: words("zh")?, en: words("en")? } })
}

fn uid(name: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(name.clone(), EntityId::new(id))
}
