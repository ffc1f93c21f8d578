//! 案件状态 and 动作: the two axes of the table.

use crate::staff::named;

named! {
    /// 案件状态.
    Status {
        /// A lead waits for its visit.
        Task = "task" "待走访" "to be visited",
        /// The lead was visited; close it or help with an application.
        Visited = "visited" "已走访，待处理" "visited, to be settled",
        /// An application came in and waits for acceptance.
        Applied = "applied" "已申请，待受理" "applied, to be accepted",
        /// Told once of everything that is missing.
        Supplement = "supplement" "待补正" "waiting for papers",
        /// Accepted; survey and data check under way.
        Accepted = "accepted" "调查核对中" "survey and check under way",
        /// Survey and data check are complete.
        Checked = "checked" "待初审" "to be proposed",
        /// The township has formed its first opinion.
        Proposed = "proposed" "已提初审意见" "first opinion given",
        /// The first opinion is public in the village.
        Publicity = "publicity" "公示中" "on public notice",
        /// With the deciding level.
        Deciding = "deciding" "待确认" "to be confirmed",
        /// Sent back by the deciding level.
        Returned = "returned" "退回补正" "sent back",
        /// Urgent help was given; records are to be completed.
        Helped = "helped" "已先行救助，待补手续" "helped first, records to be completed",
        /// Confirmed; an award exists.
        Confirmed = "confirmed" "已确认" "confirmed",
        /// Refused with reasons and a way to appeal.
        Refused = "refused" "不予确认" "refused",
        /// Withdrawn by the family.
        Withdrawn = "withdrawn" "已撤回" "withdrawn",
        /// The lead was settled without an application.
        Closed = "closed" "线索已办结" "lead settled",
    }
}

impl Status {
    /// Whether nothing more is due; late records may still be added.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Confirmed | Self::Refused | Self::Withdrawn | Self::Closed => true,
            Self::Task
            | Self::Visited
            | Self::Applied
            | Self::Supplement
            | Self::Accepted
            | Self::Checked
            | Self::Proposed
            | Self::Publicity
            | Self::Deciding
            | Self::Returned
            | Self::Helped => false,
        }
    }
}

named! {
    /// 动作: what a member of staff can do to a case.
    Action {
        /// Name who visits.
        Assign = "assign" "派单" "assign",
        /// Append the record of a visit.
        RecordVisit = "record_visit" "登记走访" "record a visit",
        /// Settle a lead with a result code.
        CloseLead = "close_lead" "办结线索" "settle the lead",
        /// Accept the application; clocks start.
        Accept = "accept" "受理申请" "accept the application",
        /// Tell the family once of everything that is missing.
        RequestSupplement = "request_supplement" "一次性告知补正" "ask once for what is missing",
        /// Put near relatives among staff on the separate register.
        RegisterKin = "register_kin" "近亲属备案" "register near relatives",
        /// Ask the county for the data check.
        RequestCheck = "request_check" "发起核对" "ask for the data check",
        /// Record what the data check returned.
        RecordCheck = "record_check" "登记核对结果" "record the data check",
        /// First opinion: help.
        ProposeApprove = "propose_approve" "初审：拟同意" "propose to approve",
        /// First opinion: do not help.
        ProposeRefuse = "propose_refuse" "初审：拟不同意" "propose to refuse",
        /// Put the first opinion on public notice in the village.
        StartPublicity = "start_publicity" "开始公示" "start the public notice",
        /// Record an objection or a complaint.
        RecordObjection = "record_objection" "登记异议" "record an objection",
        /// Hand the file to the deciding level.
        Submit = "submit" "报送" "submit",
        /// Send the file back.
        Return = "return" "退回补正" "send back",
        /// Confirm: the award.
        Confirm = "confirm" "确认" "confirm",
        /// Refuse, with reasons.
        Refuse = "refuse" "不予确认" "refuse",
        /// Record that the family withdraws.
        Withdraw = "withdraw" "撤回申请" "withdraw",
        /// Help at once in an emergency.
        GiveFirstHelp = "give_first_help" "先行救助" "help first",
        /// Complete the records of urgent help.
        BackFill = "back_fill" "补办手续" "complete the records",
        /// Record that the written notice reached the family.
        RecordNotice = "record_notice" "登记送达" "record the delivery of the notice",
    }
}
