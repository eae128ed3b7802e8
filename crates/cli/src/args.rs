//! What can be typed. Nothing here opens, reads or asks: a wrong line is refused with exit code 2.

use crate::keys::args::KeysArgs;
use crate::login::args::{ExecArgs, LoginArgs, LogoutArgs, StatusArgs, TokenArgs};
use crate::people::args::PeopleArgs;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The front desk of APIs: a single sign-on goes in, an API token comes out.
#[derive(Debug, Parser)]
#[command(name = "portaria", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  typed or configured wrongly
  3  network
  4  authentication refused
  5  interaction needed, and nobody to ask
  6  second factor refused
  7  unknown page
  8  host not trusted";

/// The jobs of the program.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a commented portaria.toml and a master key, ready for `serve`
    Init(InitArgs),
    /// Be the front desk: everything an operator runs
    Serve(ServeArgs),
    /// Rehearse: all the systems on this machine, reachable by their documented names
    Lab(LabArgs),
    /// Declare organizations, users, groups, applications and identity providers
    Apply(ApplyArgs),
    /// Report every fault of a configuration at once, and certificates that end
    Check(CheckArgs),
    /// Copy the SQLite database while `serve` runs
    Backup(BackupArgs),
    /// List our keys, let new ones follow, or take one out at once
    Keys(KeysArgs),
    /// See whose sign-ins fail, and let somebody try again
    People(PeopleArgs),
    /// Try mapping rules on attributes
    Mapping(MappingArgs),
    /// Print a new secret of 256 bits, for an application, an API or a client
    Secret,
    /// Ask a running server whether it is ready
    Healthcheck(HealthcheckArgs),
    /// Sign in, and print an API token
    Login(LoginArgs),
    /// End the cached sign-on
    Logout(LogoutArgs),
    /// Say who is signed in, where, and until when
    Status(StatusArgs),
    /// Print the cached token
    Token(TokenArgs),
    /// Run a command with the cached token in its environment
    Exec(ExecArgs),
    /// Say why a sign-on fails: every rule, what it wanted, what it found, who must mend it
    Explain(ExplainArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// `portaria init`
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Folder to write into
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
}

/// `portaria serve`
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Configuration
    #[arg(long, env = "PORTARIA_CONFIG", default_value = "portaria.toml")]
    pub(crate) config: PathBuf,
}

/// `portaria check`
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Configuration
    #[arg(long, env = "PORTARIA_CONFIG", default_value = "portaria.toml")]
    pub(crate) config: PathBuf,
}

/// `portaria backup`
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// File to write; it must not be there yet
    pub(crate) file: PathBuf,
    /// Configuration
    #[arg(long, env = "PORTARIA_CONFIG", default_value = "portaria.toml")]
    pub(crate) config: PathBuf,
}

/// The configuration, for a job that is typed behind another word; it may stand anywhere behind it.
#[derive(Debug, Args)]
pub(crate) struct OfStore {
    /// Configuration, for the database and the master key
    #[arg(
        long,
        env = "PORTARIA_CONFIG",
        default_value = "portaria.toml",
        global = true
    )]
    pub(crate) config: PathBuf,
}

/// `portaria healthcheck`
#[derive(Debug, Args)]
pub(crate) struct HealthcheckArgs {
    /// Telemetry address of the server; none reads it from the configuration
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) telemetry: Option<SocketAddr>,
    /// Configuration
    #[arg(long, env = "PORTARIA_CONFIG", default_value = "portaria.toml")]
    pub(crate) config: PathBuf,
}

/// `portaria mapping`
#[derive(Debug, Args)]
pub(crate) struct MappingArgs {
    #[command(subcommand)]
    pub(crate) job: MappingJob,
}

/// What can be done with mapping rules.
#[derive(Debug, Subcommand)]
pub(crate) enum MappingJob {
    /// Print the user and the groups that rules make of attributes
    Test(MappingTestArgs),
}

/// `portaria mapping test`
#[derive(Debug, Args)]
pub(crate) struct MappingTestArgs {
    /// Rules, JSON
    #[arg(long, value_name = "FILE", required_unless_present = "cases")]
    pub(crate) rules: Option<PathBuf>,
    /// Attributes, JSON: an object of names, each with a text or a list of texts; `_NAMEID_` is the NameID
    #[arg(long, value_name = "FILE", required_unless_present_any = ["cases", "history"])]
    pub(crate) attributes: Option<PathBuf>,
    /// Many cases at once: a JSON object a line with `dialect`, `rules` and `attributes`; prints a line for each
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rules", "attributes", "history"])]
    pub(crate) cases: Option<PathBuf>,
    /// Say who would gain or lose what, of the people whose sign-ins the organization remembers
    #[arg(long, conflicts_with = "attributes", requires_all = ["organization", "provider"])]
    pub(crate) history: bool,
    /// With --history: whose people
    #[arg(long, value_name = "ID")]
    pub(crate) organization: Option<String>,
    /// With --history: the identity provider whose rules these would be
    #[arg(long, value_name = "ID")]
    pub(crate) provider: Option<String>,
    /// With --history: configuration, for the database and the master key
    #[arg(long, env = "PORTARIA_CONFIG", default_value = "portaria.toml")]
    pub(crate) config: PathBuf,
    /// Whose rules these are
    #[arg(long, value_enum, default_value_t = RuleDialect::Huawei)]
    pub(crate) dialect: RuleDialect,
}

/// Whose mapping rules.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RuleDialect {
    /// Huawei Cloud IAM's identity conversion rules
    Huawei,
    /// Keystone's mappings
    Keystone,
}

impl From<RuleDialect> for identity::mapping::Dialect {
    fn from(dialect: RuleDialect) -> Self {
        match dialect {
            RuleDialect::Huawei => Self::Huawei,
            RuleDialect::Keystone => Self::Keystone,
        }
    }
}

/// `portaria apply`
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// Declaration, TOML; `-` reads standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Remove what the declared organizations hold beyond the declaration; its sessions and tokens end
    #[arg(long)]
    pub(crate) prune: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Configuration, for the database and the master key
    #[arg(long, env = "PORTARIA_CONFIG", default_value = "portaria.toml")]
    pub(crate) config: PathBuf,
}

/// `portaria explain`
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// SAMLResponse, SAMLRequest, redirect URL, form body, HTML page, HAR file or XML; `-` reads standard input
    pub(crate) file: PathBuf,
    /// Configuration, for our doors and for everybody whom their organizations trust
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
    /// Metadata of the side that wrote the message (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) metadata: Vec<PathBuf>,
    /// Metadata of the service provider that the response is for
    #[arg(long, value_name = "FILE")]
    pub(crate) sp_metadata: Option<PathBuf>,
    /// Entity ID of the service provider
    #[arg(long)]
    pub(crate) audience: Option<String>,
    /// Consumer URL of the service provider (repeatable)
    #[arg(long, value_name = "URL")]
    pub(crate) acs: Vec<String>,
    /// URL to which requests and logout messages should be addressed (repeatable)
    #[arg(long, value_name = "URL")]
    pub(crate) destination: Vec<String>,
    /// ID of the request that a response should answer
    #[arg(long, value_name = "ID")]
    pub(crate) in_response_to: Option<String>,
    /// Judge as of this time (2018-11-07T16:32:59Z) instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t = ReportForm::Text)]
    pub(crate) output: ReportForm,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportForm {
    /// For a person
    Text,
    /// For a program
    Json,
}

/// `portaria lab`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct LabArgs {
    #[command(subcommand)]
    pub(crate) job: Option<LabJob>,
    #[command(flatten)]
    pub(crate) options: LabOptions,
    /// End after the first sign-on instead of staying up
    #[arg(long)]
    pub(crate) once: bool,
}

/// What a lab is made of.
#[derive(Debug, Clone, Args)]
pub(crate) struct LabOptions {
    /// Folder for keys, certificates, database and lab.json; a temporary one by default
    #[arg(long, value_name = "FOLDER")]
    pub(crate) state: Option<PathBuf>,
    /// Where to answer HTTPS; loopback only, port 0 picks one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = loopback)]
    pub(crate) https: SocketAddr,
    /// Where to answer plain HTTP
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = loopback)]
    pub(crate) http: SocketAddr,
    /// Where the proxy listens that knows the lab's host names
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = loopback)]
    pub(crate) proxy: SocketAddr,
    /// Where liveness, readiness and metrics are answered
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = loopback)]
    pub(crate) telemetry: SocketAddr,
    /// Provider through which the accounts 0 and 12345 sign in
    #[arg(long, value_enum, default_value_t = SignIn::Adfs)]
    pub(crate) sign_in: SignIn,
}

impl LabOptions {
    /// A lab that nobody else uses: a temporary folder, ports that are free.
    pub(crate) fn on_free_ports(sign_in: SignIn) -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            state: None,
            https: free,
            http: free,
            proxy: free,
            telemetry: free,
            sign_in,
        }
    }
}

/// What else a lab can do.
#[derive(Debug, Subcommand)]
pub(crate) enum LabJob {
    /// Run a document's steps, each shown and checked
    Run(LabRunArgs),
    /// Play the telephones of the lab's people: show what waits for them, or answer
    Approve(LabApproveArgs),
}

/// `portaria lab approve`
#[derive(Debug, Args)]
pub(crate) struct LabApproveArgs {
    /// State folder of the running lab
    #[arg(long, env = "PORTARIA_LAB", value_name = "FOLDER")]
    pub(crate) state: PathBuf,
    /// Approve the latest sign-in with the number that its page shows
    #[arg(long, value_name = "NUMBER", conflicts_with = "deny")]
    pub(crate) number: Option<String>,
    /// Deny the latest sign-in
    #[arg(long)]
    pub(crate) deny: bool,
    /// Only the telephone of this person
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
}

/// `portaria lab run`
#[derive(Debug, Args)]
pub(crate) struct LabRunArgs {
    /// Which document's steps
    #[arg(value_enum)]
    pub(crate) workflow: Workflow,
    /// State folder of a running lab; without it, a lab of its own is started
    #[arg(long, value_name = "FOLDER")]
    pub(crate) state: Option<PathBuf>,
    /// Account to sign in to; by default one that signs in through the workflow's provider
    #[arg(long)]
    pub(crate) account: Option<String>,
}

/// The documents' workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workflow {
    /// StorageGRID behind AD FS, with curl
    StoragegridAdfs,
    /// StorageGRID behind PingFederate, with curl
    StoragegridPingfederate,
}

/// A provider behind which StorageGRID's accounts can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignIn {
    /// AD FS
    Adfs,
    /// PingFederate
    Pingfederate,
    /// Entra ID
    Entra,
}

impl SignIn {
    /// As it is typed.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Adfs => "adfs",
            Self::Pingfederate => "pingfederate",
            Self::Entra => "entra",
        }
    }
}

/// `portaria completions`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// The lab knows everybody's password: it must not be reachable from anywhere else.
fn loopback(typed: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = typed
        .parse()
        .map_err(|_| "an address and a port, such as 127.0.0.1:8443".to_owned())?;
    if !address.ip().is_loopback() {
        return Err(format!(
            "{} is not a loopback address, and the lab binds nothing else",
            address.ip()
        ));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_is_declared_consistently() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn lab_binds_only_loopback() {
        for refused in [
            "0.0.0.0:0",
            "192.0.2.1:443",
            "[::]:0",
            "localhost:1",
            "127.0.0.1",
        ] {
            assert!(loopback(refused).is_err(), "{refused}");
        }
        for accepted in ["127.0.0.1:0", "127.8.0.1:8443", "[::1]:0"] {
            assert!(loopback(accepted).is_ok(), "{accepted}");
        }
    }
}
