//! What the kinds of leaves and the things that they are about are called.

use doudi_store::audit::LeafGroup;

use crate::lang::Lang;

/// 留痕类别: each kind of leaf. A test finds a kind that the store writes and this list lacks.
const KINDS: &[(&str, &str, &str)] = &[
    ("access.refused", "被拒绝", "refused"),
    ("account.added", "新开登录账号", "log-in account opened"),
    ("account.declined", "不确认三员账号变更", "change of an administrator’s account declined"),
    ("account.disabled", "停用登录账号", "log-in account disabled"),
    ("account.enrolled", "首次登录并绑定动态口令", "first log-in, second factor bound"),
    ("account.linked", "绑定统一登录", "linked to the office’s log-in"),
    ("account.opened", "重新启用登录账号", "log-in account opened again"),
    ("account.password", "修改口令", "password changed"),
    ("account.proposed", "提出三员账号变更", "change of an administrator’s account put forward"),
    ("account.reset", "重置登录账号", "log-in account reset"),
    ("account.seeded", "导入银行账户", "bank accounts imported"),
    ("account.set", "登记银行账户", "bank account recorded"),
    ("account.unlinked", "解除统一登录", "link to the office’s log-in removed"),
    ("account.unlocked", "解除登录等待", "wait before a log-in lifted"),
    ("account.withdrawn", "撤回三员账号变更", "change of an administrator’s account withdrawn"),
    ("assessment.kept", "保存一次试算", "assessment kept"),
    ("audit.baseline", "从此刻起担保原有数据", "existing rows vouched for from now on"),
    ("authorisation.recorded", "登记查询授权", "authorisation recorded"),
    ("authorisation.revoked", "撤回查询授权", "authorisation withdrawn"),
    ("award.added", "登记待遇", "award recorded"),
    ("award.adopted", "接收原有待遇", "existing awards taken over"),
    ("award.ended", "待遇到期", "award ended"),
    ("award.stopped", "停发待遇", "award stopped"),
    ("backup.made", "备份", "backup made"),
    ("backup.restored", "从备份恢复", "restored from a backup"),
    ("case.acted", "办理案件", "step of a case"),
    ("case.opened", "立案", "case opened"),
    ("delivery.recorded", "收到部门文件", "file of a department received"),
    ("delivery.settled", "部门文件入库或退回", "file of a department accepted or rejected"),
    ("divisions.imported", "导入区划", "divisions imported"),
    ("erasure.declined", "不清除", "erasure declined"),
    ("erasure.proposed", "提出清除", "erasure put forward"),
    ("erasure.refused", "拒绝清除请求", "request to erase refused"),
    ("erasure.requested", "登记清除请求", "request to erase recorded"),
    ("erasure.withdrawn", "撤回清除请求", "request to erase withdrawn"),
    ("event.appended", "写入救助链", "entry of a chain"),
    ("fact.disputed", "本人提出异议", "fact disputed"),
    ("hold.released", "解除法定留存", "legal hold released"),
    ("hold.set", "设法定留存", "legal hold set"),
    ("inbox.received", "接口收到文件", "file received through the interface"),
    ("inbox.settled", "接口文件处理完毕", "file of the interface settled"),
    ("keys.destroyed", "销毁旧密钥", "old key destroyed"),
    ("keys.reseal-passed", "重新密封：一批", "sealed anew: a batch"),
    ("keys.resealed", "重新密封完成", "everything sealed anew"),
    ("keys.rotated", "换用新密钥", "new key in use"),
    ("keys.taken-up", "启用密钥", "keys taken up"),
    ("lead.assigned", "派单", "lead assigned"),
    ("lead.cleared", "线索自行消除", "lead cleared by newer data"),
    ("lead.closed", "办结线索", "lead closed"),
    ("lead.raised", "生成线索", "leads raised"),
    ("leaf.erased", "清除留痕内容", "content of a leaf erased"),
    ("login.entered", "登录", "logged in"),
    ("login.first", "首次登录", "first log-in"),
    ("login.tried", "登录未成功", "log-in failed"),
    ("membership.ended", "迁出", "left a household"),
    ("membership.recorded", "迁入", "joined a household"),
    ("observation.recorded", "登记观察", "observation recorded"),
    ("original.destroyed", "销毁原件", "original destroyed"),
    ("original.held", "留存原件", "original held"),
    ("original.opened", "取出原件", "original taken out"),
    ("original.released", "原件解除留存", "hold on an original released"),
    ("people.imported", "导入人员", "people imported"),
    ("person.added", "登记人员", "person recorded"),
    ("person.copied", "给本人一份副本", "copy handed out"),
    ("person.died", "登记死亡", "death recorded"),
    ("person.erased", "清除到期的记录", "records that were due erased"),
    ("person.read", "查看", "looked"),
    ("person.revealed", "查看完整内容", "looked at masked fields in full"),
    ("query.answered", "来源部门答复", "source answered"),
    ("receiving.imported", "导入在享名单", "register of receipts imported"),
    ("registers.imported", "导入登记册", "registers imported"),
    ("roster.answered", "登记银行回执", "bank’s answer recorded"),
    ("roster.explained", "说明名册差异", "differences of a roster explained"),
    ("roster.exported", "导出发放文件", "payment file exported"),
    ("roster.line-voided", "作废一笔", "line voided"),
    ("roster.made", "编制名册", "roster made"),
    ("roster.reissued", "重新发放", "line reissued"),
    ("roster.sealed", "封存名册", "roster sealed"),
    ("service.added", "新开部门接口", "service opened"),
    ("service.disabled", "停用部门接口", "service disabled"),
    ("service.renewed", "更换接口令牌", "token of a service renewed"),
    ("session.ended", "退出登录", "session ended"),
    ("setting.made", "修改设置", "setting made"),
    ("snapshot.recorded", "生成快照", "snapshot recorded"),
    ("staff.added", "登记工作人员", "member of staff recorded"),
    ("staff.kin", "备案近亲属", "near relatives registered"),
    ("staff.moved", "工作人员换岗", "member of staff moved"),
    ("staff.seeded", "导入工作人员", "staff imported"),
];

/// 对象: the nouns that subjects begin with.
const NOUNS: &[(&str, &str, &str)] = &[
    ("account", "登录账号", "log-in account"),
    ("account-change", "三员账号变更", "change of an administrator’s account"),
    ("assessment", "试算", "assessment"),
    ("authorisation", "授权", "authorisation"),
    ("award", "待遇", "award"),
    ("case", "案件", "case"),
    ("delivery", "部门文件", "file of a department"),
    ("household", "家庭", "household"),
    ("inbox", "接口文件", "file of the interface"),
    ("lead", "线索", "lead"),
    ("leaf", "留痕", "leaf"),
    ("line", "发放行", "line"),
    ("original", "原件", "original"),
    ("person", "人员", "person"),
    ("query", "核实", "question"),
    ("roster", "名册", "roster"),
    ("service", "部门接口", "service"),
    ("session", "登录", "session"),
    ("snapshot", "快照", "snapshot"),
    ("staff", "工作人员", "member of staff"),
];

/// 动作: what somebody asked for and was refused, or did in a case.
const ACTIONS: &[(&str, &str, &str)] = &[
    ("account.add", "新开账号", "open an account"),
    ("account.confirm", "确认三员账号变更", "confirm a change of an administrator’s account"),
    ("account.create", "新开账号", "open an account"),
    ("account.decline", "不确认三员账号变更", "decline a change of an administrator’s account"),
    ("account.disable", "停用账号", "disable an account"),
    ("account.end_sessions", "结束他人的登录", "end somebody’s sessions"),
    ("account.list", "看账号列表", "list accounts"),
    ("account.move", "调整岗位或辖区", "move somebody to another post or area"),
    ("account.open", "重新启用账号", "open an account again"),
    ("account.propose", "提出三员账号变更", "put forward a change of an administrator’s account"),
    ("account.read", "看账号", "read an account"),
    ("account.reset", "重置账号", "reset an account"),
    ("account.unlock", "解除登录等待", "lift the wait before a log-in"),
    ("account.waiting", "看待确认的账号变更", "list changes of accounts that wait"),
    ("account.withdraw", "撤回三员账号变更", "withdraw a change of an administrator’s account"),
    ("audit.read", "看审计记录", "read the audit"),
    ("case.accept", "受理", "accept"),
    ("case.assign", "派人走访", "send somebody"),
    ("case.back_fill", "补录办理过程", "record earlier steps"),
    ("case.close_lead", "走访后办结线索", "close the lead after a visit"),
    ("case.confirm", "确认", "confirm"),
    ("case.give_first_help", "先行救助", "help first"),
    ("case.list", "看案件列表", "list cases"),
    ("case.propose_approve", "提出同意意见", "propose to approve"),
    ("case.propose_refuse", "提出不同意意见", "propose to refuse"),
    ("case.read", "看案件", "read a case"),
    ("case.record_check", "登记核对结果", "record the data check"),
    ("case.record_notice", "登记送达", "record a notice"),
    ("case.record_objection", "登记公示异议", "record an objection"),
    ("case.record_visit", "登记走访", "record a visit"),
    ("case.refuse", "不予确认", "refuse"),
    ("case.register_kin", "备案近亲属", "register a near relative"),
    ("case.request_check", "请求核对", "ask for the data check"),
    ("case.request_supplement", "一次性告知补正", "ask for what is missing"),
    ("case.return", "退回", "return"),
    ("case.start_publicity", "开始公示", "publish"),
    ("case.submit", "报送", "submit"),
    ("case.withdraw", "撤回申请", "withdraw"),
    ("erasure.carry_out", "执行清除", "carry out an erasure"),
    ("erasure.decline", "不予清除", "decline an erasure"),
    ("erasure.propose", "提出清除", "put an erasure forward"),
    ("erasure.refuse", "拒绝清除请求", "refuse a request to erase"),
    ("erasure.request", "登记清除请求", "record a request to erase"),
    ("erasure.withdraw", "撤回清除请求", "withdraw a request to erase"),
    ("hold.release", "解除法定留存", "release a legal hold"),
    ("hold.set", "设法定留存", "set a legal hold"),
    ("household.list", "看家庭列表", "list households"),
    ("household.read", "看家庭", "read a household"),
    ("lead.assign", "派线索", "assign a lead"),
    ("lead.dismiss", "不再跟进线索", "dismiss a lead"),
    ("lead.list", "看线索列表", "list leads"),
    ("lead.read", "看线索", "read a lead"),
    ("person.copy", "给本人副本", "hand out a copy"),
    ("person.dispute", "登记异议", "record a dispute"),
    ("person.record", "看本人记录", "read a family’s record"),
    ("person.reveal", "看完整内容", "see masked fields in full"),
    ("person.reveal.asked", "应本人要求看完整内容", "see masked fields at the person’s request"),
    ("person.reveal.contact", "为联系看完整内容", "see masked fields to reach the family"),
    ("person.reveal.verify", "为核对身份看完整内容", "see masked fields to verify who it is"),
    ("query.answer", "登记来源答复", "record a source’s answer"),
    ("query.list", "看待核实列表", "list questions"),
    ("retention.list", "看到期清单", "list what is due"),
    ("roster.bounces", "重发退回的款", "settle bounced lines"),
    ("roster.explain", "说明名册差异", "explain differences"),
    ("roster.export", "导出名册", "export a roster"),
    ("roster.fetch", "下载发放文件", "download the payment file"),
    ("roster.list", "看名册列表", "list rosters"),
    ("roster.make", "编制名册", "make a roster"),
    ("roster.read", "看名册", "read a roster"),
    ("roster.reissue", "重新发放", "reissue a line"),
    ("roster.returns", "登记银行回执", "record the bank’s answer"),
    ("roster.seal", "封存名册", "seal a roster"),
    ("service.add", "新开部门接口", "open a service"),
    ("service.deliver", "接口报送", "deliver through the interface"),
    ("service.disable", "停用部门接口", "disable a service"),
    ("service.list", "看部门接口列表", "list services"),
    ("service.renew", "更换接口令牌", "renew a service’s token"),
    ("visit.open", "看走访任务", "open a visit"),
    ("workbench.open", "看工作台", "open the workbench"),
];

/// 其他说明: words in the content of a leaf, each under its field.
const WORDS: &[(&str, &str, &str, &str)] = &[
    ("came", "letter", "来函", "a letter"),
    ("came", "system", "系统", "the system"),
    ("came", "telephone", "电话", "telephone"),
    ("outcome", "corrected", "已更正", "corrected"),
    ("outcome", "upheld", "原数据属实", "upheld"),
    ("basis", "request", "本人要求", "the person asks"),
    ("basis", "term", "期限已满", "its term is over"),
    ("parts", "files", "案卷", "case files"),
    ("parts", "findings", "没有立案的发现", "findings without a case"),
    ("parts", "money", "发放", "payments"),
    ("parts", "register", "户籍身份", "who they are"),
    ("purpose", "asked", "本人在场要求查看", "the person is here and asks"),
    ("purpose", "contact", "为联系或上门", "to reach the family"),
    ("purpose", "verify", "为核对本人身份", "to verify who it is"),
    ("why", "many", "一分钟内太多，合记一条", "too many within a minute, told together"),
    ("why", "not_found", "不在辖区，或没有这个对象", "outside the area, or not there"),
    ("why", "post", "岗位无此权限", "not for this post"),
    ("why", "rule", "本件须由他人办理", "somebody else has to do it"),
    ("why", "token", "令牌无效", "token not valid"),
];

/// An action in words, of a case also without the word before its dot; one that is not in the list stands as it is.
pub(super) fn action(l: Lang, id: &str) -> &str {
    let known = |of: &str| of == id || of.strip_prefix("case.") == Some(id);
    ACTIONS.iter().find(|(of, ..)| known(of)).map_or(id, |(_, zh, en)| l.pick(zh, en))
}

/// The text of a field in words, as far as it is made of ours.
pub(super) fn told(l: Lang, field: &str, text: &str) -> String {
    let word = |id| {
        let of = WORDS.iter().find(|(of, word, ..)| *of == field && *word == id);
        of.map_or(id, |(.., zh, en)| l.pick(zh, en))
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(l.pick("、", ", "))
}

/// 案件 12, case 12, CASE：12 → `case:12`; what is not understood stays as it was written.
pub(super) fn sought(text: &str) -> String {
    let text = text.trim().replace('：', ":");
    let digits = text.chars().rev().take_while(char::is_ascii_digit).count();
    let (noun, id) = text.split_at(text.len().saturating_sub(digits));
    let noun = noun.to_lowercase();
    // A case is known by its number, AJ-000012.
    let (noun, id) = match noun.strip_suffix("aj-") {
        Some(rest) if rest.trim().is_empty() => ("case", id.trim_start_matches('0')),
        Some(rest) => (rest, id.trim_start_matches('0')),
        None => (noun.as_str(), id),
    };
    let noun = noun.trim_matches(|c: char| c == ':' || c.is_whitespace());
    let known = NOUNS.iter().find(|(of, zh, en)| *of == noun || *zh == noun || *en == noun);
    match known {
        Some((of, ..)) if digits > 0 => format!("{of}:{id}"),
        _ => text,
    }
}

/// A kind of leaf in words; a kind that is not in the list stands as it is.
pub(super) fn kind(l: Lang, kind: &str) -> String {
    KINDS.iter().find(|(id, ..)| *id == kind).map_or(kind, |(_, zh, en)| l.pick(zh, en)).to_owned()
}

/// A group of leaves in words.
pub(super) fn group(l: Lang, group: LeafGroup) -> &'static str {
    match group {
        LeafGroup::Change => l.pick("改动", "changes"),
        LeafGroup::Look => l.pick("查看", "looks"),
        LeafGroup::Refused => l.pick("被拒", "refusals"),
        LeafGroup::Login => l.pick("登录", "log-ins"),
        LeafGroup::Erased => l.pick("清除", "erasures"),
    }
}

/// `case:12` → 案件 12
pub(super) fn subject(l: Lang, subject: &str) -> String {
    let (noun, id) = subject.split_once(':').unwrap_or((subject, ""));
    match NOUNS.iter().find(|(of, ..)| *of == noun) {
        Some((_, zh, en)) => format!("{} {id}", l.pick(zh, en)),
        None => subject.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Every `noun.verb` in quotes that stands where a leaf is begun.
    fn written(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                written(&path, found);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for start in ["Entry::of(", "Entry::at_large("] {
                for rest in text.split(start).skip(1) {
                    let Some(rest) = rest.trim_start().strip_prefix('"') else { continue };
                    found.extend(rest.split('"').next().map(str::to_owned));
                }
            }
        }
    }

    #[test]
    fn every_kind_of_leaf_has_words() {
        let mut found = BTreeSet::new();
        written(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/src"), &mut found);
        assert!(found.len() > 50, "{found:?}");
        let lacking: Vec<_> = found
            .iter()
            .filter(|k| !k.starts_with("bench.") && KINDS.iter().all(|(id, ..)| id != *k))
            .collect();
        assert!(lacking.is_empty(), "{lacking:?}");
    }

    #[test]
    fn every_action_has_words() {
        let access = doudi_access::Access::built_in().unwrap();
        let groups = ["case.act", "account.change", "account.alone"];
        let lacking: Vec<_> = access
            .actions()
            .into_iter()
            .filter(|id| id.contains('.') && !groups.contains(id))
            .filter(|id| ACTIONS.iter().all(|(of, ..)| of != id))
            .collect();
        assert_eq!(lacking, Vec::<&str>::new());
    }

    #[test]
    fn what_is_sought_is_understood_as_it_is_said() {
        for text in ["case:12", "案件 12", "案件12", " Case 12 ", "CASE：12", "案件：12"] {
            assert_eq!(sought(text), "case:12", "{text}");
        }
        assert_eq!(sought("家庭 3"), "household:3");
        assert_eq!(sought("12"), "12");
        assert_eq!(sought("某处 7"), "某处 7");
        assert_eq!(sought("案件"), "案件");
    }

    #[test]
    fn a_subject_is_told_by_its_noun() {
        assert_eq!(subject(Lang::Zh, "case:12"), "案件 12");
        assert_eq!(subject(Lang::En, "household:3"), "household 3");
        assert_eq!(subject(Lang::En, "unheard:3"), "unheard:3");
        assert_eq!(kind(Lang::En, "unheard.of"), "unheard.of");
    }
}
