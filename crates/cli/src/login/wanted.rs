//! What is meant: flags first, then environment, profile and - for a token that has to be got again - the last sign-in; then
//! whatever a person answers. StorageGRID's scripts ask the same questions in the same order.

use super::args::SignInArgs;
use super::method::Method;
use super::refusal::Refusal;
use super::second_factor::SecondFactor;
use super::secret::Secret;
use super::storagegrid::Address;
use super::terminal::Terminal;
use super::walk::Credentials;
use crate::cache::{CachedToken, Choice};
use crate::profile::Profile;
use std::str::FromStr;

/// The account that stands for the grid.
const GRID: &str = "0";

/// What is known before anybody is asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) method: Option<Method>,
    pub(super) address: Option<Address>,
    pub(super) account: Option<String>,
    pub(super) user: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) trusted_hosts: Vec<String>,
    /// Who keeps the key of the token that is got.
    pub(super) cache: Choice,
    /// A browser goes through the sign-in.
    browser: bool,
    password: PasswordSource,
    second_factor: SecondFactor,
}

/// Where the password comes from.
#[derive(Debug, Clone, Default)]
enum PasswordSource {
    /// A person.
    #[default]
    Person,
    /// The first line of standard input.
    StandardInput,
    /// What a command prints.
    Command(String),
    /// It was given.
    Given(Secret),
}

/// All that a sign-in needs.
pub(super) struct SignIn {
    pub(super) method: Method,
    pub(super) address: Address,
    pub(super) account: String,
    pub(super) user: String,
    pub(super) domain: String,
    /// A browser goes through the sign-in.
    pub(super) browser: bool,
    pub(super) credentials: Credentials,
}

impl Wanted {
    /// What was typed, over what the environment and the profile say.
    pub(super) fn new(typed: &SignInArgs, profile: &Profile) -> Self {
        let given = |typed: &Option<String>, written: &Option<String>| {
            typed.clone().or_else(|| written.clone())
        };
        let mut trusted_hosts = typed.trust_host.clone();
        trusted_hosts.extend(profile.trusted_hosts.iter().cloned());
        Self {
            method: typed.method.or(profile.method),
            address: typed.address.clone().or_else(|| profile.address.clone()),
            account: given(&typed.account, &profile.account).map(grid_if_blank),
            user: given(&typed.user, &profile.user),
            domain: given(&typed.domain, &profile.domain),
            trusted_hosts,
            cache: if typed.no_cache {
                Choice::Nobody
            } else {
                typed.cache.or(profile.cache).unwrap_or_default()
            },
            browser: typed.browser,
            password: password_source(typed, profile),
            second_factor: second_factor(typed, profile),
        }
    }

    /// Whether a cached token is what is wanted: nothing that was said contradicts it.
    pub(super) fn is_met_by(&self, cached: &CachedToken) -> bool {
        fn agrees<T: PartialEq>(wanted: Option<&T>, cached: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == cached)
        }
        agrees(self.method.as_ref(), &cached.method)
            && agrees(self.address.as_ref(), &cached.address)
            && agrees(self.account.as_ref(), &cached.account)
            && agrees(self.user.as_ref(), &cached.user)
            && agrees(self.domain.as_ref(), &cached.domain)
    }

    /// Fills what nobody said from the last sign-in. Its hosts stay trusted only for the StorageGRID that led to them.
    pub(super) fn or_as_before(mut self, cached: &CachedToken) -> Self {
        let same_address = self
            .address
            .as_ref()
            .is_none_or(|address| *address == cached.address);
        if same_address {
            self.trusted_hosts.extend(cached.hosts.iter().cloned());
        }
        self.method.get_or_insert(cached.method);
        self.address.get_or_insert_with(|| cached.address.clone());
        self.account.get_or_insert_with(|| cached.account.clone());
        self.user.get_or_insert_with(|| cached.user.clone());
        self.domain.get_or_insert_with(|| cached.domain.clone());
        self
    }

    /// Asks for the rest, in the order of StorageGRID's scripts: method, user, domain, address, account, password.
    pub(super) async fn ask(self, terminal: &Terminal) -> Result<SignIn, Refusal> {
        let method = match self.method {
            Some(method) => method,
            None if terminal.has_person() => {
                let question = "Sign-on method (adfs, pingfederate, entra):";
                insist(terminal, question).await?
            }
            None => {
                return Err(missing(
                    "the sign-on method",
                    "--method adfs, pingfederate or entra",
                ));
            }
        };
        let user = match self.user {
            Some(user) if !user.is_empty() => user,
            _ if terminal.has_person() => insist::<Name>(terminal, "User name:").await?.0,
            _ => return Err(missing("the user name", "--user")),
        };
        let domain = match self.domain {
            Some(domain) => domain,
            None if terminal.has_person() => terminal.ask("Domain (may be blank):").await?,
            None => String::new(),
        };
        let address = match self.address {
            Some(address) => address,
            None if terminal.has_person() => insist(terminal, "Address of StorageGRID:").await?,
            None => return Err(missing("the address of StorageGRID", "--address")),
        };
        let account = match self.account {
            Some(account) => account,
            None if terminal.has_person() => terminal
                .ask("Account (blank: the grid):")
                .await
                .map(grid_if_blank)?,
            None => GRID.to_owned(),
        };
        let password = match self.password {
            PasswordSource::Given(password) => password,
            PasswordSource::Command(command) => Secret::from_command(&command, "password").await?,
            PasswordSource::StandardInput => Secret::from_standard_input("password").await?,
            // Whoever sees the window types it there.
            PasswordSource::Person if self.browser => Secret::new(""),
            PasswordSource::Person if terminal.has_person() => {
                terminal.ask_secret("Password:").await?
            }
            PasswordSource::Person => {
                return Err(missing(
                    "the password",
                    "PORTARIA_PASSWORD, --password-command or --password-stdin",
                ));
            }
        };
        let name = method.sign_in_name(&user, &domain);
        let credentials = Credentials {
            name,
            password,
            second_factor: self.second_factor,
        };
        Ok(SignIn {
            method,
            address,
            account,
            user,
            domain,
            browser: self.browser,
            credentials,
        })
    }
}

fn password_source(typed: &SignInArgs, profile: &Profile) -> PasswordSource {
    if typed.password_stdin {
        return PasswordSource::StandardInput;
    }
    if let Some(command) = &typed.password_command {
        return PasswordSource::Command(command.clone());
    }
    if let Some(password) = Secret::from_environment("PORTARIA_PASSWORD") {
        return PasswordSource::Given(password);
    }
    profile
        .password_command
        .clone()
        .map_or(PasswordSource::Person, PasswordSource::Command)
}

fn second_factor(typed: &SignInArgs, profile: &Profile) -> SecondFactor {
    if let Some(command) = &typed.otp_command {
        return SecondFactor {
            command: Some(command.clone()),
            given: None,
        };
    }
    match Secret::from_environment("PORTARIA_OTP") {
        Some(code) => SecondFactor {
            command: None,
            given: Some(code),
        },
        None => SecondFactor {
            command: profile.otp_command.clone(),
            given: None,
        },
    }
}

/// StorageGRID's document: the account of the grid is 0; its scripts take an empty answer for it.
fn grid_if_blank(account: impl AsRef<str>) -> String {
    let account = account.as_ref().trim();
    if account.is_empty() {
        GRID.to_owned()
    } else {
        account.to_owned()
    }
}

/// Asks until the answer can be meant.
async fn insist<T>(terminal: &Terminal, question: &str) -> Result<T, Refusal>
where
    T: FromStr<Err = String>,
{
    loop {
        match terminal.ask(question).await?.parse() {
            Ok(answer) => return Ok(answer),
            Err(wanted) => terminal.say(format_args!("wanted: {wanted}")),
        }
    }
}

/// A name that is not blank.
struct Name(String);

impl FromStr for Name {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        if typed.is_empty() {
            return Err("the name that you type at the sign-in page".to_owned());
        }
        Ok(Self(typed.to_owned()))
    }
}

fn missing(what: &'static str, remedy: &'static str) -> Refusal {
    Refusal::NobodyToAsk { what, remedy }
}
