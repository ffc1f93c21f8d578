//! Surrogate ids. They carry no meaning, so that a snapshot or a log line names nobody.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// 人员
    PersonId;
    /// 家庭
    HouseholdId;
    /// 案件
    CaseId;
    /// 线索
    LeadId;
    /// 工作人员
    StaffId;
    /// 待遇
    AwardId;
    /// 发放名册
    RosterId;
    /// 部门数据交付
    DeliveryId;
    /// 观测记录
    ObservationId;
    /// 入户走访
    VisitId;
    /// 认定试算
    AssessmentId;
    /// 文书
    NoticeId;
    /// 救助链事件
    EventId;
    /// 核对授权
    AuthorisationId;
    /// 快照
    SnapshotId;
    /// 记账凭证
    EntryId;
}
