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
    fn a_subject_is_told_by_its_noun() {
        assert_eq!(subject(Lang::Zh, "case:12"), "案件 12");
        assert_eq!(subject(Lang::En, "household:3"), "household 3");
        assert_eq!(subject(Lang::En, "unheard:3"), "unheard:3");
        assert_eq!(kind(Lang::En, "unheard.of"), "unheard.of");
    }
}
