//! `doudi sweep`: the law over everybody on file, from the deliveries that were accepted to leads in the store.

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use doudi_monitoring::contract::{Contracts, Vocabulary};
use doudi_monitoring::pipeline::{self, County, Folders, PipelineError, Prepared};
use doudi_monitoring::sweep::{Capacity, Settings, Sweep};
use doudi_policy::Date;
use doudi_policy::lang::Lang;
use doudi_policy::plan::Plan;
use doudi_registry::LeadKind;
use doudi_store::Store;

use crate::cli::{Format, SweepArgs};
use crate::law;
use crate::say::{grouped, say};

/// What a sweep needs, whenever it is made.
pub(crate) struct Sweeper<'a> {
    pub(crate) store: &'a Store,
    pub(crate) folders: &'a Folders,
    pub(crate) contracts: &'a Contracts,
    pub(crate) vocabulary: Vocabulary<'a>,
    /// The policy packages.
    pub(crate) files: &'a [(String, String)],
}

impl Sweeper<'_> {
    /// Makes the snapshot of a day, sweeps it by the plan and writes the leads.
    pub(crate) async fn run(
        &self,
        plan: &Plan,
        here: &County,
        day: Date,
        lang: Lang,
    ) -> Result<(Prepared, Sweep)> {
        let told = |e: PipelineError| super::told(&e, lang);
        let Self { store, folders, contracts, vocabulary, files } = *self;
        let prepared =
            pipeline::prepare(store, folders, contracts, vocabulary, plan, here, day).await.map_err(told)?;
        let settings = Settings {
            period: plan.period,
            today: day,
            capacity: Capacity::default(),
            due_on: law::lead_limits(files, day)?,
            threads: 2,
        };
        let found = pipeline::run_sweep(store, contracts, vocabulary, plan, &prepared, settings)
            .await
            .map_err(told)?;
        Ok((prepared, found))
    }
}

pub(crate) async fn run(args: SweepArgs) -> Result<ExitCode> {
    let lang = Lang::from(args.lang);
    let store = args.keys.open(&args.database, lang).await?;
    let day = match &args.day {
        Some(text) => text.parse::<Date>()?,
        None => {
            let played = store.demo_today().await.map_err(|e| anyhow!("{}", lang.pick(&e.zh(), &e.en())))?;
            played.unwrap_or_else(super::this_day)
        }
    };
    let (files, book) = law::packages(args.policies.as_deref(), lang)?;
    let plan = law::plan(&book, day.month(), day, lang)?;
    let contracts = super::contracts()?;
    let folders = Folders { data: args.data.clone() };
    let here = pipeline::load_county(&store, day).await.map_err(|e| super::told(&e, lang))?;
    if here.population.households.is_empty() {
        bail!(lang.pick(
            "数据库里没有住户；先导入登记：doudi import registers 文件夹",
            "The database holds no households; import the registers first: doudi import registers FOLDER"
        ));
    }
    let sweeper = Sweeper {
        store: &store,
        folders: &folders,
        contracts: &contracts,
        vocabulary: Vocabulary { facts: book.facts(), enums: book.enums() },
        files: &files,
    };
    let (prepared, found) = sweeper.run(&plan, &here, day, lang).await?;
    let count = |kind: LeadKind| found.leads.iter().filter(|l| l.kind == kind).count();
    if args.format == Format::Json {
        say!(
            "{}",
            serde_json::json!({
                "day": day.to_string(), "households": prepared.snapshot.households.len(),
                "persons": prepared.snapshot.persons.len(), "facts": prepared.snapshot.facts(),
                "deliveries": prepared.deliveries.len(), "leads": found.leads.len(),
                "missed": count(LeadKind::Missed), "risk": count(LeadKind::Risk),
                "delivery": count(LeadKind::Delivery), "wrong": count(LeadKind::Wrong),
            })
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = serve_options(&args);
    let households = grouped(prepared.snapshot.households.len());
    let deliveries = grouped(prepared.deliveries.len());
    match lang {
        Lang::Zh => {
            say!("{day}：比对了 {households} 户，用了 {deliveries} 份部门数据。")?;
            say!("{:>9} 户可能该得到帮助而没有得到", grouped(count(LeadKind::Missed)))?;
            say!("{:>9} 户已有帮助、情况变重", grouped(count(LeadKind::Risk)))?;
            say!("{:>9} 户定了没有收到，或复核已到期", grouped(count(LeadKind::Delivery)))?;
            say!("{:>9} 户在享待遇需要问一问", grouped(count(LeadKind::Wrong)))?;
            say!("看线索：doudi serve{options}")?;
        }
        Lang::En => {
            say!("{day}: {households} households compared, by {deliveries} department files.")?;
            say!("{:>9} may be entitled and do not receive", grouped(count(LeadKind::Missed)))?;
            say!("{:>9} receive help and are worse off", grouped(count(LeadKind::Risk)))?;
            say!("{:>9} are owed a payment or a review", grouped(count(LeadKind::Delivery)))?;
            say!("{:>9} recipients raise a question", grouped(count(LeadKind::Wrong)))?;
            say!("To see the leads: doudi serve{options}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The options with which `doudi serve` shows what was swept here.
fn serve_options(args: &SweepArgs) -> String {
    let policies = args.policies.as_ref().map(|folder| format!(" --policies {}", folder.display()));
    // An address of a server may carry a password.
    let database = if args.database.starts_with("sqlite:") { args.database.as_str() } else { "…" };
    let keys = args.keys.keys.as_ref().map(|file| format!(" --keys {}", file.display()));
    format!("{} --database {database}{}", policies.unwrap_or_default(), keys.unwrap_or_default())
}
