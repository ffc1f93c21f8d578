//! People on file.

use doudi_policy::Date;
use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::{IdentityNumber, coded};

coded! {
    /// 性别
    Sex {
        /// 男
        Male = "male", "男", "male";
        /// 女
        Female = "female", "女", "female";
        /// 未说明
        Unknown = "unknown", "未说明", "not stated";
    }
}

coded! {
    /// 户口状态
    HukouState {
        /// 正常
        Normal = "normal", "正常", "registered";
        /// 迁出
        MovedOut = "moved_out", "迁出", "moved away";
        /// 注销
        Cancelled = "cancelled", "注销", "cancelled";
    }
}

/// 人员: one human being, whatever the registers call them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Surrogate id; 0 before the store has given one.
    pub id: PersonId,
    /// Identity number, if one is on file.
    pub number: Option<IdentityNumber>,
    /// Name as written in the register.
    pub name: String,
    /// Sex as registered.
    pub sex: Sex,
    /// Date of birth as registered.
    pub birth: Option<Date>,
    /// Date of death, if known here.
    pub died: Option<Date>,
    /// State of the household registration.
    pub hukou: HukouState,
    /// 民族, as registered; empty if not stated.
    pub ethnic: String,
}
