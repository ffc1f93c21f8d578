//! 名称: what a name in an expression means where it stands, and who may see it.

use super::{Compiler, Scope, params};
use crate::book::load::foreign_letter;
use crate::book::{Named, values};
use crate::diag::Fault;
use crate::glyph::skeleton;
use crate::near::nearest;
use crate::plan::{Entity, Input, NodeId, Op, Span, Type};
use crate::syntax::words;

impl Compiler<'_> {
    /// A name without a variable.
    pub(super) fn bare(
        &mut self,
        name: &str,
        span: Span,
        scope: &Scope<'_>,
        want: Option<Type>,
    ) -> Option<NodeId> {
        if let Some(value) = scope.value_of(name) {
            return Some(value);
        }
        if let Some((variable, _)) = scope.variable.filter(|(v, _)| *v == name) {
            return self.fault(
                span,
                Fault::new(
                    "bare-variable",
                    (
                        format!("“{variable}”代表一个人，不是值"),
                        format!("`{variable}` is a person, not a value"),
                    ),
                    (format!("写成 {variable}.事实名称"), format!("write {variable}.fact")),
                ),
            );
        }
        if let Some(Type::Enum(index)) = want {
            // Opposite to an enum a value of that enum comes first: a fact may bear the same name.
            let value = self.book.enum_value(index, name).is_some();
            if value || self.book.resolve(name).is_none() {
                let at = self.value_of(index, name, span)?;
                return Some(self.graph.node(Op::EnumValue(at), Type::Enum(index), Entity::Constant, span));
            }
        }
        if self.book.resolve(name).is_none() {
            return self.unknown(name, span);
        }
        let (id, input) = self.named(name, span)?;
        let entity = self.graph.entity(id);
        let visible = match (entity, scope.variable) {
            (Entity::Constant, _) => true,
            (Entity::Household, _) => scope.subject != Entity::Constant,
            (_, Some(_)) => false,
            (_, None) => entity == scope.subject,
        };
        if !visible {
            return self.fault(span, hidden(name, entity, scope));
        }
        self.input(input);
        Some(id)
    }

    /// `m.name`
    pub(super) fn field(
        &mut self,
        variable: &str,
        name: &str,
        span: Span,
        scope: &Scope<'_>,
    ) -> Option<NodeId> {
        let Some((_, list)) = scope.variable.filter(|(v, _)| *v == variable) else {
            let outer = scope.outer.contains(&variable);
            return self.fault(span, no_variable(variable, outer));
        };
        if self.book.resolve(name).is_none() {
            return self.unknown(name, span);
        }
        let (id, input) = self.named(name, span)?;
        let entity = self.graph.entity(id);
        if entity != list {
            return self.fault(span, foreign(variable, name, entity, list));
        }
        self.input(input);
        Some(id)
    }

    /// Position of an enum value.
    pub(super) fn value_of(&mut self, index: u16, name: &str, span: Span) -> Option<u8> {
        match values::enum_value(name, index, &self.book.enums) {
            Ok(at) => Some(at),
            Err(fault) => self.fault(span, fault),
        }
    }

    fn unknown<T>(&mut self, name: &str, span: Span) -> Option<T> {
        let is_value =
            self.book.enums.iter().find(|e| e.values.iter().any(|(id, zh)| id == name || zh == name));
        let like = self.book.looks.get(&skeleton(name));
        let told = !self.full(span, "unknown-name");
        let near = told.then(|| nearest(name, self.book.names.keys().map(String::as_str))).flatten();
        let cure = match (is_value, near) {
            _ if like.is_some() => foreign_letter(name, like.map_or("", String::as_str)),
            (Some(owner), _) => {
                let fact = owner.id.clone();
                (
                    format!("它是“{fact}”的一个值，写成 {fact} = {name}"),
                    format!("it is a value of `{fact}`: write {fact} = {name}"),
                )
            }
            (None, Some(near)) => (
                format!("是不是“{near}”？"),
                format!("did you mean `{near}`?"),
            ),
            (None, None) => (
                "核对名称；词与运算词之间要有空格；含括号的名称用英文编号".to_owned(),
                "check the name; word operators need blanks around them; a label with brackets is reached by its id".to_owned(),
            ),
        };
        self.fault(
            span,
            Fault::new(
                "unknown-name",
                (
                    format!("没有名为“{name}”的事实、规则或参数"),
                    format!("there is no fact, rule or parameter `{name}`"),
                ),
                cure,
            )
            .about(name),
        )
    }

    /// The node of a fact, rule or parameter, whoever may see it.
    pub(super) fn named(&mut self, name: &str, span: Span) -> Option<(NodeId, Input)> {
        match self.book.resolve(name)? {
            Named::Fact(at, fact) => {
                let (ty, of) = (fact.ty, fact.of);
                let index = self.fact_index(at);
                let id = self.graph.node(Op::Fact(index), ty, of, span);
                Some((id, Input::Fact(index)))
            }
            Named::Rule(id) => {
                if let Some(index) = self.rule_index.get(id).copied() {
                    let rule = self.rules.get(index as usize)?;
                    return Some((rule.node, Input::Rule(index)));
                }
                if self.broken.contains(id) {
                    return None;
                }
                if let Some(faults) = self.dormant.get(id) {
                    self.faults.extend(faults.iter().cloned());
                    return None;
                }
                let fault = self.gap(id);
                self.fault(span, fault)
            }
            Named::Parameter(at) => {
                let (id, index) = self.parameter(at, span)?;
                Some((id, Input::Param(index, id)))
            }
        }
    }

    fn parameter(&mut self, at: usize, span: Span) -> Option<(NodeId, u32)> {
        let decl = self.book.parameters.get(at)?;
        let mut keys = Vec::new();
        for (key, _) in &decl.keys {
            keys.push(self.named(key, span)?.0);
        }
        let entity = self.graph.narrowest(&keys).max(Entity::Household);
        let mixed = keys.iter().any(|key| {
            let of = self.graph.entity(*key);
            of > Entity::Household && of != entity
        });
        if mixed {
            return self.fault(
                decl.span,
                Fault::new(
                    "mixed-keys",
                    ("键列不能既有成员的又有义务人的", "keys are of members and of obligors at once"),
                    ("分成两个参数", "make two parameters of it"),
                ),
            );
        }
        let keys: Vec<NodeId> = keys.into_iter().map(|key| self.graph.lift(key, entity)).collect();
        let index = match self.param_index.get(&at) {
            Some(index) => *index,
            None => {
                let table = params::table(decl, self.day, self.as_of);
                if params::has_gap(decl, &table) {
                    let (day, zh, id) = (self.day, &decl.zh, &decl.id);
                    self.fault::<()>(
                        decl.span,
                        Fault::new(
                            "gap",
                            (
                                format!("参数“{zh}”在 {day} 没有值"),
                                format!("the parameter `{id}` has no value on {day}"),
                            ),
                            (
                                "补上这一天的行，或核对 from、to、enacted",
                                "add a row for that day, or check `from`, `to` and `enacted`",
                            ),
                        )
                        .about(id),
                    );
                }
                let index = u32::try_from(self.params.len()).ok()?;
                self.params.push(table);
                self.param_index.insert(at, index);
                index
            }
        };
        let id = self.graph.node(Op::Param(index, keys), decl.ty, entity, span);
        Some((id, index))
    }

    pub(super) fn fact_index(&mut self, at: usize) -> u32 {
        if let Some(index) = self.fact_index.get(&at) {
            return *index;
        }
        let index = u32::try_from(self.facts.len()).unwrap_or(u32::MAX);
        self.facts.extend(self.book.facts.get(at).cloned());
        self.fact_index.insert(at, index);
        index
    }

    pub(super) fn input(&mut self, input: Input) {
        if !self.inputs.contains(&input) {
            self.inputs.push(input);
        }
    }
}

fn subject(entity: Entity) -> (&'static str, &'static str) {
    match entity {
        Entity::Constant => ("常数", "constant"),
        Entity::Household => ("家庭", "household"),
        Entity::Member => ("成员", "member"),
        Entity::Obligor => ("义务人", "obligor"),
    }
}

/// A value of another subject, used bare.
fn hidden(name: &str, entity: Entity, scope: &Scope<'_>) -> Fault {
    let (zh, en) = subject(entity);
    let cure = match scope.variable {
        Some((variable, list)) if list == entity => {
            (format!("写成 {variable}.{name}"), format!("write {variable}.{name}"))
        }
        _ if entity == Entity::Household => {
            ("把规则改为 of = \"household\"".to_owned(), "make the rule of = \"household\"".to_owned())
        }
        _ => {
            let list_zh = words::list_word(entity, crate::Lang::Zh);
            let list_en = words::list_word(entity, crate::Lang::En);
            (
                format!("对名单统计，如 {list_zh}.任一(m, m.{name})；或把规则改为 of = \"{en}\""),
                format!(
                    "fold over the list, such as {list_en}.any(m, m.{name}), or make the rule of = \"{en}\""
                ),
            )
        }
    };
    Fault::new(
        "wrong-subject",
        (
            format!("“{name}”是{zh}的，这里不知道是谁的"),
            format!("`{name}` is of the {en}; here it is not clear whose"),
        ),
        cure,
    )
}

fn foreign(variable: &str, name: &str, entity: Entity, list: Entity) -> Fault {
    let ((zh, en), (list_zh, list_en)) = (subject(entity), subject(list));
    let cure = if entity <= Entity::Household {
        (format!("去掉“{variable}.”，只写 {name}"), format!("drop `{variable}.` and write {name}"))
    } else {
        (format!("在{zh}的名单上统计"), format!("fold over the list of the {en}"))
    };
    Fault::new(
        "wrong-subject",
        (
            format!("“{name}”是{zh}的，不是{list_zh}的"),
            format!("`{name}` is of the {en}, not of the {list_en}"),
        ),
        cure,
    )
}

fn no_variable(variable: &str, outer: bool) -> Fault {
    if outer {
        return Fault::new(
            "outer-variable",
            (
                format!("“{variable}”属于外层的名单，里层不能用"),
                format!("`{variable}` belongs to the outer list and cannot be used in the inner one"),
            ),
            (
                "把里层写成单独的规则(of = \"member\")再引用",
                "make the inner part a rule of its own (of = \"member\") and use its name",
            ),
        );
    }
    Fault::new(
        "unknown-variable",
        (format!("这里没有代表人的字母“{variable}”"), format!("there is no variable `{variable}` here")),
        ("先写 成员.合计(m, …)，再用 m.…", "write members.sum(m, …) first, then m.…"),
    )
}
