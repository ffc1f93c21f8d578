//! `doudi service`: interfaces of departments, by whoever administers the machine. A token is printed once and stored
//! nowhere; the database keeps its digest.

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use doudi_access::identity::token;
use doudi_policy::lang::Lang;
use doudi_policy::{Date, DivisionCode};
use doudi_store::Store;
use doudi_web::clock::{AHEAD, DAY, day_in_china};
use doudi_web::session::random;

use super::{now, this_day};
use crate::cli::{ServiceArgs, ServiceCommand};
use crate::say::say;

/// Longest name of a service, in characters.
const MOST_NAME: usize = 64;
/// A token lasts so many days at most: two years.
const MOST_DAYS: i32 = 731;
/// What a token can be good for.
const DELIVER: &str = "deliver";

pub(crate) async fn run(args: ServiceArgs) -> Result<ExitCode> {
    let lang = args.lang.into();
    let store = args.keys.open(&args.database, lang).await?;
    let done = act(&store, args.command, lang).await;
    store.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn act(store: &Store, command: ServiceCommand, lang: Lang) -> Result<()> {
    match command {
        ServiceCommand::Add { name, scope, division, until } => {
            let name = checked(&name, lang)?;
            let scopes = scopes(&scope, lang)?;
            let division = place(store, &division, lang).await?;
            let until = end_of(&until, lang)?;
            let token = new_token()?;
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            let digest = token::digest(&token);
            told(store.add_service(&name, &digest, &scopes, &division, until).await, lang)?;
            shown(&name, &token, lang)
        }
        ServiceCommand::List => list(store, lang).await,
        ServiceCommand::Disable { name } => {
            told(store.disable_service(name.trim()).await, lang)?;
            let text = lang.pick(
                "已停用；下一次请求就会被拒绝。要重新启用：doudi service renew",
                "disabled; the next request is refused. To open it again: doudi service renew",
            );
            say!("{text}")
        }
        ServiceCommand::Renew { name, until } => {
            let until = end_of(&until, lang)?;
            let token = new_token()?;
            told(store.renew_service(name.trim(), &token::digest(&token), until).await, lang)?;
            shown(name.trim(), &token, lang)
        }
    }
}

fn told<T>(result: doudi_store::StoreResult<T>, lang: Lang) -> Result<T> {
    result.map_err(|e| {
        if e.is_not_found() {
            return anyhow!(
                "{}",
                lang.pick(
                    "没有这个接口；doudi service list 列出全部",
                    "no such service; doudi service list shows all"
                )
            );
        }
        anyhow!("{}", lang.pick(&e.zh(), &e.en()))
    })
}

fn new_token() -> Result<String> {
    Ok(token::token(&random()?))
}

/// A name: letters, digits, `.`, `-`, `_`.
fn checked(name: &str, lang: Lang) -> Result<String> {
    let name = name.trim();
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if name.is_empty() || name.chars().count() > MOST_NAME || !plain {
        bail!(
            "{}",
            lang.pick(
                "接口名称用字母、汉字、数字和 . - _，最多 64 个字",
                "a name has letters, digits, and . - _, at most 64 of them",
            )
        );
    }
    Ok(name.to_owned())
}

fn scopes(given: &[String], lang: Lang) -> Result<Vec<String>> {
    let contracts = super::contracts()?;
    let mut scopes: Vec<String> = given.iter().map(|s| s.trim().to_owned()).collect();
    scopes.sort();
    scopes.dedup();
    let known = |scope: &str| match scope.split_once(':') {
        None => scope == DELIVER,
        Some((word, feed)) => word == DELIVER && contracts.get(feed).is_some(),
    };
    if let Some(bad) = scopes.iter().find(|s| !known(s)) {
        let feeds: Vec<&str> = contracts.iter().map(|c| c.id.as_str()).collect();
        let feeds = feeds.join(", ");
        bail!(
            "{}",
            lang.pick(
                &format!("没有“{bad}”这种权限；可用 deliver（全部数据项）或 deliver:数据项，数据项有：{feeds}"),
                &format!("there is no scope `{bad}`; use deliver (every feed) or deliver:FEED, the feeds are: {feeds}"),
            )
        );
    }
    Ok(scopes)
}

async fn place(store: &Store, code: &str, lang: Lang) -> Result<DivisionCode> {
    let parsed: Option<DivisionCode> = code.trim().parse().ok();
    let known = match &parsed {
        Some(code) => told(store.division(code).await, lang)?.is_some(),
        None => false,
    };
    match parsed {
        Some(code) if known => Ok(code),
        _ => bail!(
            "{}",
            lang.pick(
                "数据库里没有这个区划代码；请核对 --division，或先导入区划登记",
                "the database has no such division; check --division, or import the divisions first",
            )
        ),
    }
}

/// The instant at which a day of China has passed.
fn end_of(day: &str, lang: Lang) -> Result<i64> {
    let today = this_day();
    let date: Option<Date> = day.trim().parse().ok();
    match date.filter(|d| *d >= today && d.0.saturating_sub(today.0) <= MOST_DAYS) {
        Some(date) => Ok((i64::from(date.0) + 1) * DAY - AHEAD),
        None => bail!(
            "{}",
            lang.pick(
                "--until 写作 2025-06-30，从今天起，最长两年",
                "--until is a day such as 2025-06-30, from today on, two years at most",
            )
        ),
    }
}

fn shown(name: &str, token: &str, lang: Lang) -> Result<()> {
    say!("{}: {name}", lang.pick("接口", "service"))?;
    say!("{}: {token}", lang.pick("令牌", "token"))?;
    let text = lang.pick(
        "只显示这一次，请用安全的方式交给报送单位，只写在 Authorization 请求头里。",
        "It is shown this once: hand it over in a safe way. It is sent in the header Authorization only.",
    );
    say!("{text}")
}

async fn list(store: &Store, lang: Lang) -> Result<()> {
    let all = told(store.services().await, lang)?;
    if all.is_empty() {
        let text = lang.pick(
            "还没有接口；doudi service add 开一个",
            "there are no services yet; doudi service add makes one",
        );
        return say!("{text}");
    }
    let now = now();
    for service in all {
        let state = match (service.disabled, service.until <= now) {
            (true, _) => lang.pick("停用", "disabled"),
            (_, true) => lang.pick("到期", "has run out"),
            _ => lang.pick("在用", "in use"),
        };
        let last = day_in_china(service.until - 1);
        say!("{}\t{}\t{}\t{last}\t{state}", service.name, service.scopes.join(" "), service.division)?;
    }
    Ok(())
}
