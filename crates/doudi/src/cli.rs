//! The command line. Names and options are stable: scripts rely on them.

mod import;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::import::{ImportArgs, ImportCommand, RejectWord};
use crate::commands::KeysArgs;
use crate::keys::KeyArgs;

/// 兜底: a social safety net that finds people before they ask.
#[derive(Debug, Parser)]
#[command(name = "doudi", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// 演示: build the fictional county, find the families, and open the pages
    Demo(DemoArgs),
    /// 政策包: try, check and explain the law
    Policy(PolicyArgs),
    /// 虚构县数据: write department files and the truth behind them
    Synth(SynthArgs),
    /// 导入: registers, department files, the real list of divisions
    Import(ImportArgs),
    /// 比对: the law over everybody on file; leads are written to the database
    Sweep(SweepArgs),
    /// 网页服务: serve a database that exists
    Serve(ServeArgs),
    /// 审计树: sequence, verify, export and witness the record of every change and every look
    Audit(AuditArgs),
    /// 备份: everything in the database and its files, sealed to a key whose holders restore it together
    Backup(BackupArgs),
    /// 恢复: a backup into a new database and a new folder, checked to the last digest
    Restore(RestoreArgs),
    /// 密钥: make, show, rotate and destroy the keys that seal what is sensitive
    Keys(KeysArgs),
    /// 自检: what has to hold while the program runs; fails where it does not
    Check(CheckArgs),
    /// 账号: who can log in
    Staff(StaffArgs),
    /// Reads one file from standard input under limits; the program starts itself so
    #[command(hide = true, name = crate::guarded::COMMAND)]
    ReadTable {
        /// Format, encoding, bytes of memory, seconds of processor time
        order: Vec<String>,
    },
    /// 接口: which programs of departments may deliver files, and with which token
    Service(ServiceArgs),
}

/// 中文 or English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tongue {
    /// 中文
    #[default]
    Zh,
    /// English
    En,
}

impl From<Tongue> for doudi_policy::lang::Lang {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Zh => Self::Zh,
            Tongue::En => Self::En,
        }
    }
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// An HTML fragment
    Html,
}

/// To whom an explanation speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reader {
    /// The clerk
    #[default]
    Clerk,
    /// The family
    Citizen,
}

/// How stale values are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeWord {
    /// They stand, marked: to find people
    Find,
    /// They are unknown: to decide
    Decide,
    /// They are unknown: to decide against somebody
    Adverse,
}

impl From<ModeWord> for doudi_policy::Mode {
    fn from(word: ModeWord) -> Self {
        match word {
            ModeWord::Find => Self::Find,
            ModeWord::Decide => Self::Decide,
            ModeWord::Adverse => Self::Adverse,
        }
    }
}

/// Options of `doudi demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder with policy packages instead of those inside the program (see `doudi policy unpack`)
    #[arg(long)]
    pub(crate) policies: Option<PathBuf>,
    /// Folder for the county and its database (default: a temporary one, removed at the end)
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// Language of the story
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Tongue,
    /// Seed of the county; the same seed gives the same county
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Households of the county, 500 to 1,000,000
    #[arg(long, default_value_t = 60_000, value_parser = demo_households)]
    pub(crate) households: u32,
    /// Of 100 households entitled for more than two years, how many receive (an assumption: try others)
    #[arg(long, default_value_t = doudi_synth::LASTING_TAKE_UP, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) take_up: u32,
    /// Port on the loopback address; 0 takes a free one
    #[arg(long, default_value_t = 8990)]
    pub(crate) port: u16,
    /// Stop after the story instead of serving pages
    #[arg(long)]
    pub(crate) no_serve: bool,
    /// `json` ends with one JSON object on the last line
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Database instead of an SQLite file in the folder, such as postgres://…; it must be empty
    #[arg(long)]
    pub(crate) database: Option<String>,
}

/// `doudi policy …`
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// Folder with policy packages instead of those inside the program
    #[arg(long, global = true)]
    pub(crate) policies: Option<PathBuf>,
    /// Language of what is printed
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) lang: Tongue,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

/// What can be done with the law.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// 取出: write the packages inside the program to a folder, to add to them
    Unpack {
        /// Folder to write, new or empty
        folder: PathBuf,
    },
    /// 样表: a fillable facts sheet for one programme; null is unknown
    Template {
        /// Programme, by id or 中文 title
        programme: String,
        /// When the law holds
        #[command(flatten)]
        when: When,
    },
    /// 检查: types, units, dates, sources, gaps and overlaps of every version
    Check {
        /// Folder with policy packages
        path: Option<PathBuf>,
        /// `json` for programs
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// 错误: what a fault means, with a wrong and a right example
    Errors {
        /// Number such as E0301 or word such as unknown-name; without one all are listed
        code: Option<String>,
        /// The whole catalogue as a Markdown page
        #[arg(long, conflicts_with = "code")]
        page: bool,
        /// `json` for programs
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// 样例户: run the golden households
    Test {
        /// Folder with policy packages
        path: Option<PathBuf>,
        /// `json` for programs
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// 说明: why a household comes out as it does, with articles and arithmetic
    Explain {
        /// Programme, by id or 中文 title
        programme: String,
        /// Facts sheet (a file, `-`), or the heading of a bundled golden household such as `E1`
        facts: String,
        /// Which member (from 1), where members are entitled one by one (default: the first who is or may be)
        #[arg(long)]
        member: Option<usize>,
        /// To whom: the clerk (everything, with articles) or the family (short, plain, nothing of outsiders)
        #[arg(long = "for", value_enum, default_value_t)]
        reader: Reader,
        /// How values are taken that are out of date (default: deciding; a golden household brings its own)
        #[arg(long, value_enum)]
        mode: Option<ModeWord>,
        /// Whom the family asks: an office and a telephone
        #[arg(long)]
        contact: Option<String>,
        /// Write a record to this new file, from which `replay` tells the same again; it holds the facts
        #[arg(long)]
        record: Option<PathBuf>,
        /// When and where
        #[command(flatten)]
        when: When,
        /// text, json or html
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// 重放: tell a record of an explanation again, and what differs if anything does
    Replay {
        /// Record that `explain --record` wrote; `-` is standard input
        record: PathBuf,
        /// Facts as they are known today, to be compared with those of the record
        #[arg(long)]
        facts: Option<PathBuf>,
        /// `json` for programs
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// 试算: all programmes for one household or many (JSON lines in and out)
    Assess {
        /// Facts sheets: files with one sheet or one a line; `-` is standard input
        #[arg(required = true)]
        facts: Vec<String>,
        /// When and where
        #[command(flatten)]
        when: When,
        /// Always JSON; accepted for uniformity
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// 比较: what differs between two folders of packages, or between two dates of one
    Diff {
        /// First folder (default: the packages inside the program, with which one folder alone is compared)
        a: Option<PathBuf>,
        /// Second folder (default: the first, at another date)
        b: Option<PathBuf>,
        /// Month; given twice, one for each side; without it every version that was ever written counts
        #[arg(long, num_args = 1)]
        period: Vec<String>,
        /// What was known on this day; given twice, one for each side
        #[arg(long, num_args = 1)]
        as_of: Vec<String>,
        /// `json` for programs
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// 模拟: who enters, who leaves, by how much, at what cost, before a change is decided
    Simulate(SimulateArgs),
    /// 词汇: every fact with label, type and unit; as JSON also who can supply it and how long it stays fresh
    Facts {
        /// `json` for programs
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// 书写: the expressions of the packages in 中文 or English; comments and layout stay
    Fmt {
        /// File or folder below `policies` (default: all packages). Of a folder the files that would change are listed
        path: Option<PathBuf>,
        /// Write the files
        #[arg(long)]
        write: bool,
    },
}

/// `doudi policy simulate …`
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// The change: a TOML file, or a second folder of packages
    pub(crate) change: PathBuf,
    /// Snapshot to count: its folder, or a folder that holds snapshots, such as the demo's
    #[arg(long, required_unless_present = "county", conflicts_with = "county")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Count the fictional county instead, with everything about everybody known
    #[arg(long)]
    pub(crate) county: bool,
    /// Households of the fictional county
    #[arg(long, default_value_t = 60_000, value_parser = synth_households, requires = "county")]
    pub(crate) households: u32,
    /// Seed of the fictional county
    #[arg(long, default_value_t = 1, requires = "county")]
    pub(crate) seed: u64,
    /// Month that is assessed (default: that of the snapshot)
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// What was known on this day (default: the last day of the month)
    #[arg(long)]
    pub(crate) as_of: Option<String>,
    /// Count by divisions of this level: 1 province … 5 village (default: one below what all share)
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub(crate) level: Option<u8>,
    /// Families whose cliffs are scanned, evenly taken from those with help
    #[arg(long, default_value_t = 300)]
    pub(crate) cliffs: usize,
    /// List who changes, by surrogate id (in JSON only)
    #[arg(long)]
    pub(crate) list_households: bool,
    /// Threads (default: one a core)
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// text, json, or a self-contained page
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// The month, the knowledge date and the place.
#[derive(Debug, Args)]
pub(crate) struct When {
    /// Month that is assessed (default: 2024-06; a golden household brings its own)
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// What was known on this day (default: the last day of the month)
    #[arg(long)]
    pub(crate) as_of: Option<String>,
    /// Division code of the household, where the sheet names none, or instead of a golden household's
    #[arg(long)]
    pub(crate) division: Option<String>,
}

/// Options of `doudi synth`.
#[derive(Debug, Args)]
pub(crate) struct SynthArgs {
    /// Seed; the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Households, 1 to 1,000,000
    #[arg(long, default_value_t = 60_000, value_parser = synth_households)]
    pub(crate) households: u32,
    /// Of 100 households entitled for more than two years, how many receive (an assumption: try others)
    #[arg(long, default_value_t = doudi_synth::LASTING_TAKE_UP, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) take_up: u32,
    /// Folder to write; it must be empty or new
    #[arg(long)]
    pub(crate) out: PathBuf,
}

/// Options of `doudi sweep`.
#[derive(Debug, Args)]
pub(crate) struct SweepArgs {
    /// Folder with policy packages instead of those inside the program (see `doudi policy unpack`)
    #[arg(long)]
    pub(crate) policies: Option<PathBuf>,
    /// Database: sqlite://FILE or postgres://…
    #[arg(long, default_value = "sqlite://doudi.db")]
    pub(crate) database: String,
    /// Its keys.
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    /// Folder for deliveries and snapshots
    #[arg(long, default_value = "doudi-data")]
    pub(crate) data: PathBuf,
    /// Day of the sweep, such as 2024-06-17; its month is the month that is assessed (default: today)
    #[arg(long)]
    pub(crate) day: Option<String>,
    /// Language of what is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Tongue,
    /// `json` for programs
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Options of `doudi serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Folder with policy packages instead of those inside the program (see `doudi policy unpack`)
    #[arg(long)]
    pub(crate) policies: Option<PathBuf>,
    /// Database: sqlite://FILE or postgres://…
    #[arg(long, default_value = "sqlite://doudi.db")]
    pub(crate) database: String,
    /// Its keys.
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    /// Port on the loopback address; 0 takes a free one
    #[arg(long, default_value_t = 8990)]
    pub(crate) port: u16,
    /// File of the key that signs the audit log, made at first use (default: beside the database)
    #[arg(long)]
    pub(crate) audit_key: Option<PathBuf>,
    /// 见证: folder that gets the audit log every five minutes, where the witness of another office reads it
    #[arg(long)]
    pub(crate) audit_folder: Option<PathBuf>,
    /// A proxy of yours on this machine speaks HTTPS with browsers and says so in X-Forwarded-Proto and X-Forwarded-For
    #[arg(long)]
    pub(crate) behind_proxy: bool,
    /// 统一登录: the issuer of an OpenID provider that stands for the password; the second factor stays
    #[arg(long, requires_all = ["oidc_client", "oidc_secret_file", "site"])]
    pub(crate) oidc_issuer: Option<String>,
    /// Our client id at the provider
    #[arg(long)]
    pub(crate) oidc_client: Option<String>,
    /// File with our secret at the provider
    #[arg(long)]
    pub(crate) oidc_secret_file: Option<PathBuf>,
    /// Where browsers find this server, such as https://doudi.example
    #[arg(long)]
    pub(crate) site: Option<String>,
    /// Requests that one interface of a department may make in a minute
    #[arg(long, default_value_t = doudi_web::state::SERVICE_RATE, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) service_rate: u32,
}

/// `doudi audit …`
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Language of what is printed
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) lang: Tongue,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: AuditCommand,
}

/// A database and the key of its log.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Database: sqlite://FILE or postgres://…
    #[arg(long, default_value = "sqlite://doudi.db")]
    pub(crate) database: String,
    /// File of the key that signs the audit log, made at first use (default: beside the database)
    #[arg(long)]
    pub(crate) audit_key: Option<PathBuf>,
}

/// What can be done with the audit tree.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// 定序: give waiting leaves their places and sign the head (`doudi serve` does it by itself)
    Sequence {
        /// Which log
        #[command(flatten)]
        log: LogArgs,
    },
    /// 核验: compute everything again from the database and name what was altered
    Verify {
        /// Which log
        #[command(flatten)]
        log: LogArgs,
        /// Checkpoint that was kept elsewhere, such as a witness's state; may be given several times
        #[arg(long)]
        since: Vec<PathBuf>,
        /// When another office has looked last
        #[command(flatten)]
        witness: WitnessArgs,
        /// `json` for programs
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// 导出: write tiles, entries and checkpoint to a folder for `docs/audit/verify.py` and for witnesses
    Export {
        /// Which log
        #[command(flatten)]
        log: LogArgs,
        /// Folder, new, empty, or with an earlier export
        folder: PathBuf,
    },
    /// 见证: cosign an exported folder if it extends what this witness signed last
    Witness {
        /// Exported folder; its checkpoint gets the witness's line
        folder: PathBuf,
        /// What the witness signed last; made at first use, with its key in a file of the same name and `.key`
        #[arg(long)]
        state: PathBuf,
        /// Public key of the log, got by a way of your own
        #[arg(long)]
        log: String,
        /// Name of the witness, at first use
        #[arg(long, default_value = "witness")]
        name: String,
        /// Go on, and cosign again after so many seconds
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..=86_400))]
        every: Option<u64>,
    },
    /// 基线: vouch from now on for rows that no leaf knows of, as they are; for databases of earlier versions
    Baseline {
        /// Database: sqlite://FILE or postgres://…
        #[arg(long, default_value = "sqlite://doudi.db")]
        database: String,
    },
    /// 公钥: the public key of the log, to give to auditors and witnesses
    Key {
        /// Which log
        #[command(flatten)]
        log: LogArgs,
    },
}

/// Options of `doudi backup`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct BackupArgs {
    /// Database: sqlite://FILE or postgres://…
    #[arg(long, default_value = "sqlite://doudi.db")]
    pub(crate) database: String,
    /// Folder for deliveries and snapshots
    #[arg(long, default_value = "doudi-data")]
    pub(crate) data: PathBuf,
    /// File to write; it must be new
    #[arg(long, required = true)]
    pub(crate) to: Option<PathBuf>,
    /// Public recovery key that `doudi backup key` wrote
    #[arg(long, required = true)]
    pub(crate) recovery: Option<PathBuf>,
    /// Suite that seals the content
    #[arg(long, value_enum, default_value_t)]
    pub(crate) suite: SuiteWord,
    /// Language of what is printed
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) lang: Tongue,
    /// `json` for programs
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) format: Format,
    /// What else to do.
    #[command(subcommand)]
    pub(crate) command: Option<BackupCommand>,
}

/// What else can be done about backups.
#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// 恢复密钥: make one; its shares are printed once, one for each holder, and kept nowhere
    Key {
        /// People who hold a share
        #[arg(long, default_value_t = 3)]
        holders: u8,
        /// How many of them must come together to restore, two at least
        #[arg(long, default_value_t = 2)]
        threshold: u8,
        /// File for the public part; it must be new
        #[arg(long)]
        to: PathBuf,
    },
    /// 试恢复: everything that a restore checks, without writing anything
    Verify(FromArgs),
}

/// A backup and what opens it.
#[derive(Debug, Args)]
pub(crate) struct FromArgs {
    /// The backup
    #[arg(long)]
    pub(crate) from: PathBuf,
    /// File with one holder's share; given once for each holder
    #[arg(long, required = true)]
    pub(crate) share: Vec<PathBuf>,
    /// Checkpoint that another office holds, such as a witness's state; may be given several times
    #[arg(long)]
    pub(crate) witnessed: Vec<PathBuf>,
    /// Public key of the log, with which those checkpoints must be signed
    #[arg(long)]
    pub(crate) log: Option<String>,
}

/// Options of `doudi restore`.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// Which backup
    #[command(flatten)]
    pub(crate) from: FromArgs,
    /// New, empty database: sqlite://FILE or postgres://…, whichever the backup was made from
    #[arg(long)]
    pub(crate) database: String,
    /// New, empty folder for deliveries and snapshots
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Language of what is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Tongue,
    /// `json` for programs
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// A cipher suite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SuiteWord {
    /// AES-256-GCM-SIV with HMAC-SHA-256
    #[default]
    Aes,
    /// 国密: SM4-GCM with HMAC-SM3
    Sm4,
}

impl From<SuiteWord> for doudi_access::Algorithm {
    fn from(word: SuiteWord) -> Self {
        match word {
            SuiteWord::Aes => Self::Aes256GcmSivSha256,
            SuiteWord::Sm4 => Self::Sm4GcmSm3,
        }
    }
}

/// The last head that another office has signed.
#[derive(Debug, Args)]
pub(crate) struct WitnessArgs {
    /// Checkpoint with a witness's line, such as an exported folder's or a witness's state
    #[arg(long)]
    pub(crate) witnessed: Option<PathBuf>,
    /// Public key of the witness, to check that line
    #[arg(long, requires = "witnessed")]
    pub(crate) witness_key: Option<String>,
    /// Minutes after which that line is too old
    #[arg(long, default_value_t = 10)]
    pub(crate) max_age: u32,
}

/// Options of `doudi check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Database: sqlite://FILE or postgres://…
    #[arg(long, default_value = "sqlite://doudi.db")]
    pub(crate) database: String,
    /// File of the key that signs the audit log (default: beside the database)
    #[arg(long)]
    pub(crate) audit_key: Option<PathBuf>,
    /// Keys, with which decisions are read as well (I7)
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    /// When another office has looked last
    #[command(flatten)]
    pub(crate) witness: WitnessArgs,
    /// Language of what is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Tongue,
    /// `json` for programs
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// `doudi staff …`
#[derive(Debug, Args)]
pub(crate) struct StaffArgs {
    /// Database: sqlite://FILE or postgres://…
    #[arg(long, global = true, default_value = "sqlite://doudi.db")]
    pub(crate) database: String,
    /// Its keys.
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    /// Language of what is printed
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) lang: Tongue,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: StaffCommand,
}

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum StaffCommand {
    /// 开账号: prints a first password once, which is replaced at the first log-in
    Add {
        /// Log-in name
        login: String,
        /// Name of the person
        #[arg(long)]
        name: Option<String>,
        /// Post, such as township_clerk or 乡镇经办
        #[arg(long)]
        post: Option<String>,
        /// Division code of the area
        #[arg(long)]
        division: Option<String>,
        /// Number of a member of staff who is on file, instead of name, post and division
        #[arg(long, conflicts_with_all = ["name", "post", "division"])]
        staff: Option<i64>,
    },
    /// 列账号: who can log in, and who has not yet
    List,
    /// 关联统一登录: who the person is at the provider; without --subject the links are taken away
    Link {
        /// Log-in name
        login: String,
        /// Issuer, as the provider names itself
        #[arg(long, requires = "subject")]
        issuer: Option<String>,
        /// Subject (`sub`) of the person at the provider
        #[arg(long, requires = "issuer")]
        subject: Option<String>,
    },
    /// 停用: nobody enters with it any more, and its sessions end with their next request
    Disable {
        /// Log-in name
        login: String,
    },
    /// 重置: a new first password; authenticator, recovery codes and sessions are gone, a disabled account opens
    Reset {
        /// Log-in name
        login: String,
    },
}

/// `doudi service …`
#[derive(Debug, Args)]
pub(crate) struct ServiceArgs {
    /// Database: sqlite://FILE or postgres://…
    #[arg(long, global = true, default_value = "sqlite://doudi.db")]
    pub(crate) database: String,
    /// Its keys.
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    /// Language of what is printed
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) lang: Tongue,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: ServiceCommand,
}

/// What can be done with services.
#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    /// 开接口: prints a token once, which is stored nowhere
    Add {
        /// Name, such as of the department's system
        name: String,
        /// What the token is good for: `deliver` for every feed, `deliver:FEED` for one; may be given several times
        #[arg(long, required = true)]
        scope: Vec<String>,
        /// Division code of the area
        #[arg(long)]
        division: String,
        /// Last day of the token, such as 2025-06-30
        #[arg(long)]
        until: String,
    },
    /// 列接口: which there are, what for, until when
    List,
    /// 停用: its token is good for nothing from the next request on
    Disable {
        /// Name
        name: String,
    },
    /// 换发: a new token and a new last day; the old token ends at once, a disabled service opens
    Renew {
        /// Name
        name: String,
        /// Last day of the new token
        #[arg(long)]
        until: String,
    },
}

/// A million households take four minutes and 5 GB; more than that is a slip of the finger.
const MOST_HOUSEHOLDS: u32 = 1_000_000;

fn synth_households(text: &str) -> Result<u32, String> {
    households(text, 1, "", "")
}

/// In a smaller county some department may have nobody to list, and an empty list is refused.
fn demo_households(text: &str) -> Result<u32, String> {
    households(text, 500, "；再少，有的部门表会是空的", "; with fewer, some department has nobody to list")
}

fn households(text: &str, least: u32, zh: &str, en: &str) -> Result<u32, String> {
    let number = text.parse::<u32>().ok().filter(|n| (least..=MOST_HOUSEHOLDS).contains(n));
    number.ok_or_else(|| {
        format!(
            "户数应为 {least} 到 {MOST_HOUSEHOLDS} 的整数{zh} / give a whole number from {least} to {MOST_HOUSEHOLDS}{en}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{demo_households, synth_households};

    #[test]
    fn a_county_too_small_or_too_large_is_refused_with_its_bounds() {
        assert_eq!(demo_households("500"), Ok(500));
        assert_eq!(synth_households("1"), Ok(1));
        for text in ["0", "1", "499", "1000001", "4294967295", "-1", "many"] {
            let said = demo_households(text).unwrap_err();
            assert!(said.contains("500 到 1000000") && said.contains("nobody to list"), "{said}");
        }
        assert!(synth_households("0").is_err());
    }
}
