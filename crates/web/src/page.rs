//! 页面框架: what every page shows around its own content.

use doudi_policy::Date;
use doudi_registry::Post;

use crate::assets::CSS_PATH;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::lang::Lang;
use crate::routes::Place;
use crate::view::{Icon, Note, icon};

/// Who is at work, as the header shows it.
#[derive(Clone, Debug)]
pub struct Who {
    /// Name.
    pub name: String,
    /// Post and area.
    pub post: String,
}

/// One place of the main navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Address.
    pub href: &'static str,
    /// Name.
    pub label: &'static str,
    /// What waits there for this person.
    pub count: Option<u64>,
    /// Whether the page is there.
    pub current: bool,
}

/// The frame of one page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Language.
    pub l: Lang,
    /// Title of the document.
    pub title: String,
    /// Whether data and people are fictional.
    pub demo: bool,
    /// Whether a role can be taken without an account.
    pub roles: bool,
    /// The person at work.
    pub who: Option<Who>,
    /// Their area in words.
    pub scope: String,
    /// Token for forms.
    pub csrf: String,
    /// Main navigation.
    pub nav: Vec<NavItem>,
    /// Whether the search for families is offered.
    pub searches: bool,
    /// This page in the other language.
    pub switch_href: String,
    /// What has just been done.
    pub flash: Option<Note>,
    /// The day.
    pub today: Date,
}

impl Page {
    /// The frame for a request. `place` is the address of the current navigation item.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of(ctx: &Ctx, title: String, place: &'static str) -> Result<Self, WebError> {
        let l = ctx.l();
        let state = ctx.state();
        let staff = ctx.staff();
        let mut scope = String::new();
        let mut nav = Vec::new();
        if let Some(staff) = staff {
            scope = state.area_name(l, &staff.division).await?;
            let waiting = state.waiting(staff, ctx.today()).await?;
            nav = nav_of(l, ctx, staff.post, place, waiting);
        }
        Ok(Self {
            l,
            title,
            demo: state.is_demo(),
            roles: ctx.roles_allowed(),
            who: staff
                .map(|s| Who { name: l.name(&s.name), post: l.pick(s.post.zh(), s.post.en()).to_owned() }),
            scope,
            csrf: ctx.csrf().to_owned(),
            nav,
            searches: staff_may_search(ctx),
            switch_href: ctx.switch_href(),
            flash: flash(l, ctx.query()),
            today: ctx.today(),
        })
    }

    /// A frame without a store, for errors of the store itself.
    #[must_use]
    pub fn bare(ctx: &Ctx, title: String) -> Self {
        Self {
            l: ctx.l(),
            title,
            demo: ctx.state().is_demo(),
            roles: ctx.roles_allowed(),
            who: None,
            scope: String::new(),
            csrf: ctx.csrf().to_owned(),
            nav: Vec::new(),
            searches: staff_may_search(ctx),
            switch_href: ctx.switch_href(),
            flash: None,
            today: ctx.today(),
        }
    }

    /// Address of the stylesheet.
    #[must_use]
    pub fn css(&self) -> &'static str {
        CSS_PATH.as_str()
    }

    /// 2024年6月17日 星期一
    #[must_use]
    pub fn day_words(&self) -> String {
        format!("{} {}", self.l.date(self.today), self.l.weekday(self.today))
    }

    /// A symbol.
    #[must_use]
    pub fn ico(&self, id: &'static str) -> Icon {
        icon(id)
    }
}

/// Those who have yet to say who they are are asked for it by the search itself.
fn staff_may_search(ctx: &Ctx) -> bool {
    ctx.staff().is_none() || ctx.may("household.list", Place::Own)
}

/// What waits for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Leads that nobody has taken.
    pub leads: u64,
    /// Cases in which this person may act.
    pub cases: u64,
}

fn nav_of(l: Lang, ctx: &Ctx, post: Post, place: &str, waiting: Waiting) -> Vec<NavItem> {
    let some = |n: u64| (n > 0).then_some(n);
    let visits = matches!(post, Post::VillageWorker | Post::SocialWorker);
    let lists = [
        ("lead.list", "/leads", l.t("线索"), some(waiting.leads)),
        ("case.list", "/cases", l.t("案件"), some(waiting.cases)),
        ("household.list", "/households", l.t("家庭"), None),
        ("query.list", "/queries", l.t("核实"), None),
        ("roster.list", "/rosters", l.t("发放"), None),
        ("account.list", "/accounts", l.t("账号"), None),
        ("account.waiting", "/account-changes", l.t("待确认"), None),
        ("audit.read", "/audit", l.t("审计"), None),
    ];
    let mut items = vec![("/workbench", l.t("工作台"), None)];
    let open = lists.into_iter().filter(|(action, ..)| ctx.may(action, Place::Own));
    items.extend(open.map(|(_, href, label, count)| (href, label, count)));
    if !visits {
        items.push(("/coverage", l.t("监测"), None));
    }
    items.push(("/policies", l.t("政策"), None));
    items
        .into_iter()
        .map(|(href, label, count)| NavItem { href, label, count, current: href == place })
        .collect()
}

/// What a redirect says was done: `?done=…` holds one of these words, never a text.
fn flash(l: Lang, query: &str) -> Option<Note> {
    let done = query.split('&').find_map(|p| p.strip_prefix("done="))?;
    let (heading, text) = match done {
        "role" => (l.t("已换角色"), l.t("页面只显示这个岗位能看、能办的事")),
        "session_ended" => (l.t("那一处已退出"), l.t("它的下一次操作就会被拒绝")),
        "account_done" => (l.t("已办"), l.t("这个账号的下一次操作就按新的来")),
        "account_proposed" => (l.t("已提出，等第二人确认"), l.t("系统管理员确认以前，这个账号不变")),
        "change_confirmed" => (l.t("变更已确认"), l.t("从下一次操作起生效")),
        "change_declined" => (l.t("变更没有确认"), l.t("这个账号不变")),
        "change_withdrawn" => (l.t("变更已撤回"), l.t("这个账号不变")),
        "disputed" => (l.t("异议已登记"), l.t("这一条从现在起按未知处理，等来源部门答复")),
        "answered" => (l.t("答复已登记"), l.t("来源部门的新说法从今天起算数")),
        "proposed" => (l.t("清除已提出"), l.t("第二人决定之前什么都不清除")),
        "erased" => (l.t("到期的记录已清除"), l.t("只留下一条审计：谁、依据什么、清除了哪几类")),
        "declined" => (l.t("没有清除"), l.t("记录照旧保存")),
        "requested" => (l.t("请求已登记"), l.t("页面写明现在为什么还不清除、到什么时候")),
        "withdrawn" => (l.t("请求已撤回"), l.t("记录照旧保存")),
        "refused" => (l.t("已拒绝请求"), l.t("请把理由和怎样投诉、起诉告诉本人")),
        "held" => (l.t("已留存"), l.t("解除之前什么都不清除，本人请求也不例外")),
        "released" => (l.t("留存已解除"), l.t("保存期限照常计算")),
        "password" => (l.t("口令已改"), l.t("别处的登录都已退出")),
        "day" => (l.t("演示日期已推进一天"), l.t("期限按新的日期重新计算")),
        "assigned" => (l.t("已派单"), l.t("走访人能在自己的工作台看到")),
        "visited" => (l.t("走访已登记"), l.t("看到的情况已写进这户的救助链")),
        "visited_part" => (l.t("走访已登记"), l.t("还有没问到的，镇里看得到；下次见面问清了再登记一次")),
        "dismissed" => (l.t("线索已办结"), l.t("理由会计入这条规则的准确率")),
        "acted" => (l.t("已办"), l.t("这一步已写进这户的救助链")),
        "roster" => (l.t("名册已生成"), l.t("请核对与上月的差异，再请第二人封存")),
        "sealed" => (l.t("名册已封存"), l.t("从现在起任何人都不能改，更正只能另立调整单")),
        "exported" => (l.t("发放文件已导出"), l.t("等银行回执后登记结果")),
        "returns" => (l.t("回执已登记"), l.t("退汇的可以重新发放")),
        "reissued" => (l.t("已重新发放"), l.t("原来那笔已作废，由新的一笔代替，不会重复支付")),
        _ => return None,
    };
    Some(Note::ok(heading, text))
}
