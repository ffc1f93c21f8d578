//! Observations: one received row, one form page or one visit. A fact is one key of an observation.

use std::collections::BTreeMap;

use doudi_policy::Date;
use serde::{Deserialize, Serialize};

use crate::coded;
use crate::ids::{CaseId, DeliveryId, HouseholdId, ObservationId, PersonId, StaffId, VisitId};

coded! {
    /// 证据等级
    Grade {
        /// A: a register that decides by law (civil registry, social security).
        A = "A", "甲级（登记机关）", "A, deciding register";
        /// B: seen or checked by two members of staff, or a department's working file.
        B = "B", "乙级（核实）", "B, checked";
        /// C: declared, with a document.
        C = "C", "丙级（有材料）", "C, declared with a document";
        /// D: declared or heard, without a document.
        D = "D", "丁级（口头）", "D, said only";
    }
}

/// Whom an observation speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A person.
    Person(PersonId),
    /// A household.
    Household(HouseholdId),
}

/// Where an observation came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A line of a department's delivery.
    Delivery(DeliveryId),
    /// A page of a form in a case.
    Form(CaseId),
    /// A visit.
    Visit(VisitId),
    /// The person says that an observation is wrong; the payload's keys are the disputed ones.
    Dispute(ObservationId),
    /// Our own register.
    Register,
}

/// A value as observed: money in fen, dates as `2024-06-01`, enums by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Yes or no.
    Bool(bool),
    /// A number in the unit of the fact.
    Number(i64),
    /// A date, an enum id or a text.
    Text(String),
}

/// 观测记录
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Surrogate id; 0 before the store has given one.
    pub id: ObservationId,
    /// Whom it speaks of.
    pub subject: Subject,
    /// Who says it: a feed id, `declaration`, `visit`, `registry`.
    pub source: String,
    /// Where it came in.
    pub origin: Origin,
    /// Line in the delivery.
    pub line: Option<i64>,
    /// Grade of evidence.
    pub grade: Grade,
    /// The day the values speak of, the first of their validity.
    pub valid_from: Date,
    /// The last day of their validity, if they end.
    pub valid_to: Option<Date>,
    /// The day on which we learnt it.
    pub recorded_at: Date,
    /// Who recorded it; `None` for a delivery.
    pub recorded_by: Option<StaffId>,
    /// Values by fact id.
    pub payload: BTreeMap<String, Scalar>,
}
