//! `doudi staff`: accounts, by whoever administers the machine. A first password is printed once and kept nowhere.

use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_policy::lang::Lang;
use doudi_registry::{Post, Staff, StaffId};
use doudi_store::Store;
use doudi_web::session::{self, log_in_name, random};

use super::now;
use crate::cli::{StaffArgs, StaffCommand};
use crate::say::say;

pub(crate) async fn run(args: StaffArgs) -> Result<ExitCode> {
    let lang = args.lang.into();
    let store = args.keys.open(&args.database, lang).await?;
    let done = act(&store, args.command, lang).await;
    store.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn act(store: &Store, command: StaffCommand, lang: Lang) -> Result<()> {
    match command {
        StaffCommand::Add { login, name, post, division, staff } => {
            let login = checked(&login, lang)?;
            if told(store.account(&login).await, lang)?.is_some() {
                bail!(lang.pick("这个登录名已被使用", "the log-in name is taken").to_owned());
            }
            let (first, hash) = first_password()?;
            match staff {
                Some(id) => told(store.add_account(StaffId(id), &login, &hash, now()).await, lang)?,
                None => {
                    let staff = person(name, post.as_deref(), division.as_deref(), lang)?;
                    told(store.take_on(&staff, &login, &hash, now()).await, lang)?;
                }
            }
            shown(&login, &first, lang)
        }
        StaffCommand::List => list(store, lang).await,
        StaffCommand::Link { login, issuer, subject } => {
            let account = account(store, &login, lang).await?;
            let text = match issuer.zip(subject) {
                Some((issuer, subject)) => {
                    told(store.link_subject(account, &issuer, &subject).await, lang)?;
                    lang.pick(
                        "已关联；登录时仍要动态口令",
                        "linked; the log-in still takes the code of the authenticator",
                    )
                }
                None => {
                    told(store.unlink_subjects(account).await, lang)?;
                    lang.pick("已解除关联", "the links are taken away")
                }
            };
            say!("{text}")
        }
        StaffCommand::Disable { login } => {
            let account = account(store, &login, lang).await?;
            told(store.disable_account(account).await, lang)?;
            let text = lang.pick(
                "已停用；已登录的，下一次操作就会被拒绝。要重新启用：doudi staff reset",
                "disabled; whoever is logged in is refused with the next request. To open it again: doudi staff reset",
            );
            say!("{text}")
        }
        StaffCommand::Reset { login } => {
            let account = account(store, &login, lang).await?;
            let (first, hash) = first_password()?;
            told(store.reset_account(account, &hash).await, lang)?;
            shown(&login.to_lowercase(), &first, lang)
        }
    }
}

fn told<T>(result: doudi_store::StoreResult<T>, lang: Lang) -> Result<T> {
    result.map_err(|e| anyhow!("{}", lang.pick(&e.zh(), &e.en())))
}

/// A log-in name: letters, digits, `.`, `-`, `_`, in small letters.
fn checked(login: &str, lang: Lang) -> Result<String> {
    log_in_name(login).with_context(|| {
        lang.pick(
            "登录名用字母、汉字、数字和 . - _，最多 64 个字",
            "a log-in name has letters, digits, and . - _, at most 64 of them",
        )
        .to_owned()
    })
}

fn person(name: Option<String>, post: Option<&str>, division: Option<&str>, lang: Lang) -> Result<Staff> {
    let (Some(name), Some(post), Some(division)) = (name, post, division) else {
        bail!(
            lang.pick(
                "请给出 --name、--post 和 --division；已登记的工作人员用 --staff 编号",
                "give --name, --post and --division; for somebody on file, --staff NUMBER",
            )
            .to_owned()
        );
    };
    let known = Post::ALL.iter().map(|p| format!("{} ({})", p.id(), p.zh())).collect::<Vec<_>>().join(", ");
    let found = Post::from_id(post).or_else(|| Post::ALL.iter().copied().find(|p| p.zh() == post));
    let post = found.with_context(|| {
        let said = lang.pick("没有这个岗位，可用的有", "no such post; there are");
        format!("{said}: {known}")
    })?;
    let division = division.parse().map_err(|_| {
        anyhow!("{}", lang.pick("区划代码应为 2 到 12 位数字", "a division code has 2 to 12 digits"))
    })?;
    Ok(Staff { id: StaffId(0), name, post, division })
}

async fn account(store: &Store, login: &str, lang: Lang) -> Result<StaffId> {
    let found = told(store.account(&login.trim().to_lowercase()).await, lang)?;
    found.map(|a| a.staff).with_context(|| {
        lang.pick(
            "没有这个登录名；doudi staff list 列出全部",
            "no such log-in name; doudi staff list shows all",
        )
        .to_owned()
    })
}

fn first_password() -> Result<(String, String)> {
    let first = session::first_password()?;
    let hash =
        doudi_access::identity::password::hash(&first, &random()?).map_err(|e| anyhow!("{}", e.en()))?;
    Ok((first, hash))
}

fn shown(login: &str, first: &str, lang: Lang) -> Result<()> {
    say!("{}: {login}", lang.pick("登录名", "log-in name"))?;
    say!("{}: {first}", lang.pick("第一次用的口令", "first password"))?;
    let text = lang.pick(
        "只显示这一次，请当面交给本人；第一次登录时换成自己的口令并装验证器。",
        "It is shown this once: hand it over in person. At the first log-in it is replaced by an own password and an authenticator.",
    );
    say!("{text}")
}

async fn list(store: &Store, lang: Lang) -> Result<()> {
    let all = told(store.accounts().await, lang)?;
    if all.is_empty() {
        let text = lang.pick(
            "还没有账号；doudi staff add 开一个",
            "there are no accounts yet; doudi staff add makes one",
        );
        return say!("{text}");
    }
    for line in all {
        let state = match (line.disabled, line.first) {
            (true, _) => lang.pick("停用", "disabled"),
            (_, true) => lang.pick("等第一次登录", "awaits the first log-in"),
            _ => lang.pick("在用", "in use"),
        };
        let codes = match lang {
            Lang::Zh => format!("剩 {} 个恢复码", line.recovery),
            Lang::En => format!("{} recovery codes left", line.recovery),
        };
        let staff = line.staff;
        let post = lang.pick(staff.post.zh(), staff.post.en());
        say!("{}\t{}\t{post}\t{}\t{state}\t{codes}", line.login, staff.name, staff.division)?;
    }
    Ok(())
}
