//! 节点: nodes are made once each; equal computations share one.

use std::collections::HashMap;

use crate::plan::{Entity, Node, NodeId, Op, Span, Type};

/// The growing graph of a plan.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    made: HashMap<(Op, Type, Entity), NodeId>,
}

impl Graph {
    /// The node of an operation, whose operands exist.
    pub(super) fn node(&mut self, op: Op, ty: Type, entity: Entity, span: Span) -> NodeId {
        let next = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let key = (op, ty, entity);
        if let Some(known) = self.made.get(&key) {
            return *known;
        }
        self.nodes.push(Node { op: key.0.clone(), ty, entity, span });
        self.made.insert(key, next);
        next
    }

    pub(super) fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    pub(super) fn ty(&self, id: NodeId) -> Type {
        self.get(id).map_or(Type::Bool, |n| n.ty)
    }

    pub(super) fn entity(&self, id: NodeId) -> Entity {
        self.get(id).map_or(Entity::Constant, |n| n.entity)
    }

    fn span(&self, id: NodeId) -> Span {
        self.get(id).map_or_else(Span::default, |n| n.span)
    }

    /// The value as the subjects of an entity see it.
    pub(super) fn lift(&mut self, id: NodeId, to: Entity) -> NodeId {
        if self.entity(id) == to {
            return id;
        }
        let (ty, span) = (self.ty(id), self.span(id));
        self.node(Op::Lift(id), ty, to, span)
    }

    /// The narrowest entity among some nodes.
    pub(super) fn narrowest(&self, ids: &[NodeId]) -> Entity {
        ids.iter().map(|id| self.entity(*id)).max().unwrap_or(Entity::Constant)
    }

    /// An operation over operands that are first lifted to a common entity.
    pub(super) fn over(
        &mut self,
        operands: &[NodeId],
        ty: Type,
        span: Span,
        op: impl FnOnce(&[NodeId]) -> Op,
    ) -> NodeId {
        let entity = self.narrowest(operands);
        let lifted: Vec<NodeId> = operands.iter().map(|id| self.lift(*id, entity)).collect();
        self.node(op(&lifted), ty, entity, span)
    }

    pub(super) fn unary(&mut self, a: NodeId, ty: Type, span: Span, op: impl FnOnce(NodeId) -> Op) -> NodeId {
        let entity = self.entity(a);
        self.node(op(a), ty, entity, span)
    }

    pub(super) fn binary(
        &mut self,
        a: NodeId,
        b: NodeId,
        ty: Type,
        span: Span,
        op: impl FnOnce(NodeId, NodeId) -> Op,
    ) -> NodeId {
        let entity = self.narrowest(&[a, b]);
        let (a, b) = (self.lift(a, entity), self.lift(b, entity));
        self.node(op(a, b), ty, entity, span)
    }

    /// The facts that a node reads, directly or through others, in rising order.
    pub(super) fn facts_below(&self, root: NodeId) -> Vec<u32> {
        let mut seen = vec![false; self.nodes.len()];
        let mut open = vec![root];
        let mut facts = std::collections::BTreeSet::new();
        while let Some(id) = open.pop() {
            let Some(mark) = seen.get_mut(id.0 as usize) else {
                continue;
            };
            if std::mem::replace(mark, true) {
                continue;
            }
            if let Some(node) = self.get(id) {
                if let Op::Fact(fact) = node.op {
                    facts.insert(fact);
                }
                open.extend(node.op.operands());
            }
        }
        facts.into_iter().collect()
    }
}
