//! `doudi serve`: pages over a database that exists.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use doudi_monitoring::contract::{Contract, Format};
use doudi_policy::book::Book;
use doudi_policy::lang::Lang;
use doudi_store::Store;
use doudi_web::api::Feed;
use doudi_web::{AppState, Law, Rim};
use tokio::net::TcpListener;

use crate::audit_export::keep_exporting;
use crate::audit_log::AuditLog;
use crate::cli::ServeArgs;
use crate::law;
use crate::say::{aside, say};

pub(crate) async fn run(args: ServeArgs) -> Result<ExitCode> {
    let path = args.database.strip_prefix("sqlite://").or_else(|| args.database.strip_prefix("sqlite:"));
    let path = path.unwrap_or(&args.database).split('?').next().unwrap_or_default();
    if !super::is_postgres(&args.database) && !Path::new(path).is_file() {
        bail!(
            "没有数据库文件 {path}，也没有新建；请核对 --database，或先用 doudi import registers 导入登记。\n\
             There is no database file {path}, and none was made; check --database, or import the registers first (doudi import registers)."
        );
    }
    let mut stop = super::Stop::listen()?;
    // Whoever started the pages does not do what others do on them.
    let store = args.keys.open(&args.database, Lang::Zh).await?.acting_for(None);
    let log = AuditLog::open(&args.database, args.audit_key.as_deref(), Lang::Zh);
    let log = match log {
        Ok(log) => log,
        Err(problem) => {
            store.close().await;
            return Err(problem);
        }
    };
    let served = tokio::select! {
        served = pages(&store, &args) => served,
        () = log.keep_growing(&store, Lang::Zh) => Ok(()),
        () = keep_exporting(&store, &log, args.audit_folder.as_deref(), Lang::Zh) => Ok(()),
        _ = stop.come() => Ok(()),
    };
    store.close().await;
    served.map(|()| ExitCode::SUCCESS)
}

/// Serves pages over a store that may be shown.
async fn pages(store: &Store, args: &ServeArgs) -> Result<()> {
    let (files, book) = law::packages(args.policies.as_deref(), Lang::Zh)?;
    if store.population(None).await.map_err(|e| anyhow!("{e}"))?.0 == 0 {
        bail!(
            "数据库里还没有住户，没有可以打开的网页。请核对 --database，或先用 doudi import registers 导入登记；只想看看，用 doudi demo。\n\
             The database holds no households, so there are no pages to open. Check --database, or import the registers first (doudi import registers); to look around, use doudi demo."
        );
    }
    if !store.is_fictional().await.map_err(|e| anyhow!("{e}"))? {
        if !store.has_accounts().await.map_err(|e| anyhow!("{e}"))? {
            bail!(
                "这个数据库里有真实区划（不都是 99…），却没有可用的账号，没有人能登录。请先用 doudi staff add 开账号。\n\
                 This database holds real divisions (not all 99…) and no account that is open, so nobody could log in. Make one first (doudi staff add)."
            );
        }
        aside!(
            "提醒：密钥由软件保管，未经商用密码产品认证（非密评）；姓名和出生日期以明文存放。放真实个人数据之前，请先做密码应用评估和个人信息保护影响评估。\n\
             Mind: the keys are held by software that is not certified (非密评); names and dates of birth are stored in the clear. Have cryptography and data protection assessed before you load real personal data."
        );
    }
    let listener = listen(args.port).await?;
    say!("http://{}", listener.local_addr()?)?;
    let rim = Rim {
        behind_proxy: args.behind_proxy,
        oidc: provider(args)?,
        service_rate: args.service_rate,
        ..Rim::default()
    };
    serve_at(store.clone(), listener, (&files, book), Lang::Zh, rim).await
}

/// The provider of the options; its secret is in a file, since options stand in the list of processes.
fn provider(args: &ServeArgs) -> Result<Option<doudi_web::oidc::Provider>> {
    let (Some(issuer), Some(client), Some(file), Some(site)) =
        (&args.oidc_issuer, &args.oidc_client, &args.oidc_secret_file, &args.site)
    else {
        return Ok(None);
    };
    let secret = std::fs::read_to_string(file)
        .with_context(|| format!("读不了 {0} / {0} cannot be read", file.display()))?;
    Ok(Some(doudi_web::oidc::Provider {
        issuer: issuer.clone(),
        client: client.clone(),
        secret: secret.trim().to_owned(),
        site: site.clone(),
    }))
}

/// A listener on the loopback address.
pub(crate) async fn listen(port: u16) -> Result<TcpListener> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    TcpListener::bind(address).await.with_context(|| {
        format!("端口 {port} 已被占用；换一个：--port 0 / port {port} is taken; try another: --port 0")
    })
}

/// Serves until the process is stopped.
pub(crate) async fn serve(
    store: Store,
    listener: TcpListener,
    (files, book): (&[(String, String)], Book),
    lang: Lang,
) -> Result<()> {
    serve_at(store, listener, (files, book), lang, Rim::default()).await
}

async fn serve_at(
    store: Store,
    listener: TcpListener,
    (files, book): (&[(String, String)], Book),
    lang: Lang,
    rim: Rim,
) -> Result<()> {
    let rim = Rim { feeds: feeds()?, ..rim };
    let law = Law::new(book, files).map_err(|e| anyhow!("{e}"))?;
    let lang = match lang {
        Lang::Zh => doudi_web::Lang::Zh,
        Lang::En => doudi_web::Lang::En,
    };
    let config = doudi_web::Config { addr: listener.local_addr()?, lang };
    let state = AppState::with_rim(store, Arc::new(law), config, rim).await.map_err(|e| anyhow!("{e}"))?;
    doudi_web::serve_on(state, listener).await.map_err(|e| anyhow!("{e}"))
}

/// The feeds as the interface of departments names them.
fn feeds() -> Result<Vec<Feed>> {
    let contracts = super::contracts()?;
    let feed = |c: &Contract| Feed {
        id: c.id.clone(),
        zh: c.zh.clone(),
        en: c.en.clone(),
        workbook: c.format == Format::Xlsx,
    };
    Ok(contracts.iter().map(feed).collect())
}
