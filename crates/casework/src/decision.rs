//! 决定: what a person, and only a person, decides about a family.

use doudi_policy::{Date, Truth};
use doudi_registry::{Post, StaffId};
use serde::{Deserialize, Serialize};

use crate::case::Grant;
use crate::staff::{Actor, Level};
use crate::text::{Refusal, written_length};

/// Fewest characters of the written reason of an adverse decision, blanks not counted.
pub const MIN_ADVERSE_REASON: usize = 10;

/// 人工决定: who decided, why, having seen what, under which version of the rules. Its fields are private, so
/// that it can only be made by [`HumanDecision::favourable`] and [`HumanDecision::adverse`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HumanDecision {
    by: StaffId,
    name: String,
    post: Post,
    reason: String,
    evidence_seen: Vec<String>,
    policy_version: String,
}

impl HumanDecision {
    /// A decision to help. `evidence_seen` names the pieces that the person opened (`visit:1`, `check`,
    /// `explanation` …); `policy_version` is the package hash of the calculation that was seen.
    ///
    /// # Errors
    /// No evidence seen, or no version of the rules.
    pub fn favourable(
        actor: &Actor,
        reason: impl Into<String>,
        evidence_seen: Vec<String>,
        policy_version: impl Into<String>,
    ) -> Result<Self, Refusal> {
        let policy_version = policy_version.into();
        if evidence_seen.iter().all(|e| e.trim().is_empty()) {
            return Err(Refusal::input(
                "请勾选您看过的凭据，至少一项",
                "tick what you have looked at, one piece at least",
            ));
        }
        if policy_version.trim().is_empty() {
            return Err(Refusal::input(
                "缺少政策版本：请先打开计算说明",
                "the version of the rules is missing: open the calculation first",
            ));
        }
        Ok(Self {
            by: actor.staff,
            name: actor.name.clone(),
            post: actor.post,
            reason: reason.into(),
            evidence_seen,
            policy_version,
        })
    }

    /// A decision against the family: as [`Self::favourable`], with a written reason.
    ///
    /// # Errors
    /// As above, or a reason of fewer than [`MIN_ADVERSE_REASON`] characters.
    pub fn adverse(
        actor: &Actor,
        reason: impl Into<String>,
        evidence_seen: Vec<String>,
        policy_version: impl Into<String>,
    ) -> Result<Self, Refusal> {
        let reason = reason.into();
        if written_length(&reason) < MIN_ADVERSE_REASON {
            return Err(Refusal::input(
                format!("理由太短：请写明事实和依据，不少于{MIN_ADVERSE_REASON}个字，这段话会写进书面告知"),
                format!(
                    "the reason is too short: write the facts and the ground in {MIN_ADVERSE_REASON} characters or more; it goes into the written notice"
                ),
            ));
        }
        Self::favourable(actor, reason, evidence_seen, policy_version)
    }

    /// Who decided.
    #[must_use]
    pub fn by(&self) -> StaffId {
        self.by
    }

    /// Name of who decided.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// In which post.
    #[must_use]
    pub fn post(&self) -> Post {
        self.post
    }

    /// The written reason.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What was looked at.
    #[must_use]
    pub fn evidence_seen(&self) -> &[String] {
        &self.evidence_seen
    }

    /// Package hash of the rules.
    #[must_use]
    pub fn policy_version(&self) -> &str {
        &self.policy_version
    }
}

/// 不予确认的情形. A result that is merely unknown is none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalGround {
    /// 不符合条件: a condition is known not to be met.
    ConditionsNotMet,
    /// 不配合调查: the family was told in writing what is missing and does not take part.
    NotCooperating,
}

/// 决定 as it stands in the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Day.
    pub on: Date,
    /// At which level.
    pub level: Level,
    /// The person's decision.
    pub human: HumanDecision,
    /// What the rules said when it was decided.
    pub finding: Truth,
    /// The award, where the decision helps.
    pub grant: Option<Grant>,
    /// The ground, where it refuses.
    pub ground: Option<RefusalGround>,
}
