//! The people who do the work, and the post in which they do it.

use doudi_policy::DivisionCode;
use serde::{Deserialize, Serialize};

use crate::coded;
use crate::ids::StaffId;

coded! {
    /// 岗位. What a post may do is decided by the case and roster tables, never by a name.
    Post {
        /// 村级协理员
        VillageWorker = "village_worker", "村级协理员", "village worker";
        /// 社工
        SocialWorker = "social_worker", "社工", "social worker";
        /// 乡镇经办
        TownshipClerk = "township_clerk", "乡镇经办", "township clerk";
        /// 乡镇分管领导
        TownshipHead = "township_head", "乡镇分管领导", "township head";
        /// 县级民政
        CountyOfficer = "county_officer", "县级民政", "county officer";
        /// 市级民政: decides where a relative of the family works for the county.
        CityOfficer = "city_officer", "市级民政", "city officer";
        /// 财务经办
        FinanceOfficer = "finance_officer", "财务经办", "finance officer";
        /// 财务复核
        FinanceReviewer = "finance_reviewer", "财务复核", "finance reviewer";
        /// 监督审计
        Auditor = "auditor", "监督审计", "auditor";
        /// 系统管理员: machines and interfaces, the second pair of eyes on administrators; no family data.
        SystemAdmin = "system_admin", "系统管理员", "system administrator";
        /// 安全管理员: accounts, posts and keys; no family data.
        SecurityAdmin = "security_admin", "安全管理员", "security administrator";
        /// 审计管理员: the record of what was done, no family data.
        AuditAdmin = "audit_admin", "审计管理员", "audit administrator";
    }
}

impl Post {
    /// 三员: whether it is one of the three separated administrators, whose accounts no one person changes alone.
    #[must_use]
    pub fn is_administrator(self) -> bool {
        matches!(self, Self::SystemAdmin | Self::SecurityAdmin | Self::AuditAdmin)
    }
}

/// 工作人员 in one post for one area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Surrogate id; 0 before the store has given one.
    pub id: StaffId,
    /// Name.
    pub name: String,
    /// Post.
    pub post: Post,
    /// The area they answer for, with everything inside it.
    pub division: DivisionCode,
}

/// The seeded people of the fictional county. They may exist only where every division is fictional.
#[must_use]
pub fn demo_staff() -> Vec<Staff> {
    let people = [
        ("柳青禾", Post::TownshipClerk, "990121103"),
        ("白石川", Post::TownshipHead, "990121103"),
        ("柳长青", Post::VillageWorker, "990121103001"),
        ("茶小雨", Post::SocialWorker, "990121103"),
        ("竹明远", Post::CountyOfficer, "990121"),
        ("松清和", Post::CountyOfficer, "990121"),
        ("金满秋", Post::FinanceOfficer, "990121"),
        ("梨春晓", Post::FinanceReviewer, "990121"),
        ("云知章", Post::Auditor, "990121"),
        ("溪照临", Post::CityOfficer, "9901"),
        ("岩守常", Post::SystemAdmin, "990121"),
        ("松知微", Post::SecurityAdmin, "990121"),
        ("茶明鉴", Post::AuditAdmin, "990121"),
    ];
    (1..)
        .zip(people)
        .filter_map(|(id, (name, post, division))| {
            Some(Staff { id: StaffId(id), name: name.to_owned(), post, division: division.parse().ok()? })
        })
        .collect()
}
