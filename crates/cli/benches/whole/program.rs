//! The program: `portaria serve` in a folder of its own, and who exists in it.

use crate::call::{self, answer, request};
use crate::load::Target;
use crate::machine;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The program that is measured, as `cargo bench` built it.
const PROGRAM: &str = env!("CARGO_BIN_EXE_portaria");
pub(crate) const GRID: &str = "storagegrid.example.com";
pub(crate) const ADFS: &str = "adfs.example.com";
pub(crate) const CLOUD: &str = "iam.example.com";
pub(crate) const ACME: &str = "idp.example.org";
pub(crate) const CSSO: &str = "my-domain.sso.example.com";
/// An application of HORACIUS.
pub(crate) const SITE: &str = "https://site.example.com";
pub(crate) const GATEWAY: &str = "cess.local";
/// Host under which proxies ask about an API.
pub(crate) const API: &str = "api.example.com";
pub(crate) const USER: &str = "ana@my-domain";
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// The API that asks about tokens, and its secret.
pub(crate) const ASKER: (&str, &str) = ("reports", "a-secret-that-a-machine-has-drawn");
/// The holder at the PSC.
pub(crate) const HOLDER: &str = "52998224725";
/// The secret of the holder's second factor, as base32 and as bytes.
const TOTP: (&str, &[u8]) = ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", b"12345678901234567890");

/// A running program.
pub(crate) struct Program {
    folder: TempDir,
    child: Option<Child>,
    /// Where its doors listen.
    pub(crate) http: SocketAddr,
    /// Where proxies ask.
    pub(crate) forward_auth: SocketAddr,
    telemetry: SocketAddr,
    /// Where the gateway sends transactions.
    pub(crate) upstream: SocketAddr,
    _service: crate::control::Control,
}

impl Program {
    /// Starts it, declares everybody and lets it know its own metadata.
    pub(crate) async fn start() -> Self {
        let service = crate::control::Control::start(machine::LOAD);
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let mut program = Self {
            folder: TempDir::new().unwrap(),
            child: None,
            http: loopback(free_port()),
            forward_auth: loopback(free_port()),
            telemetry: loopback(free_port()),
            upstream: service.address,
            _service: service,
        };
        fs::write(program.path("master.key"), "07".repeat(32)).unwrap();
        fs::write(program.path("portaria.toml"), program.configuration()).unwrap();
        program.open().await;
        for (file, host, path) in [
            ("grid.xml", GRID, "/api/saml-metadata"),
            (
                "cloud.xml",
                CLOUD,
                "/v3-ext/auth/OS-FEDERATION/SSO/metadata",
            ),
            (
                "adfs.xml",
                ADFS,
                "/FederationMetadata/2007-06/FederationMetadata.xml",
            ),
            ("acme.xml", ACME, "/idp/shibboleth"),
        ] {
            let wanted = request(&format!("GET {path}"), host, &[], None);
            let metadata = answer(program.http, &wanted).await;
            fs::write(program.path(file), metadata.body).unwrap();
        }
        fs::write(program.path("site.xml"), site()).unwrap();
        fs::write(program.path("world.toml"), declaration()).unwrap();
        let applied = Command::new(PROGRAM)
            .args(["apply", "--config"])
            .arg(program.path("portaria.toml"))
            .arg("-f")
            .arg(program.path("world.toml"))
            .stdout(std::process::Stdio::null())
            .status();
        assert!(applied.unwrap().success(), "the declaration is good");
        program
    }

    /// Starts the process on the server's core. Returns how long it took until it answered.
    pub(crate) async fn open(&mut self) -> Duration {
        let log = fs::File::create(self.path("log")).unwrap();
        let began = Instant::now();
        let child = machine::on_core(machine::SERVER, PROGRAM)
            .args(["serve", "--config"])
            .arg(self.path("portaria.toml"))
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
        until_listening(self.telemetry);
        let ready = request("GET /readyz", "localhost", &[], None);
        answer(self.telemetry, &ready).await;
        began.elapsed()
    }

    /// Ends the process as an operator would.
    pub(crate) fn close(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Twice: the second signal does not wait for anybody.
            for _ in 0..2 {
                let id = child.id().to_string();
                let _ = Command::new("kill").arg(id).status();
                std::thread::sleep(Duration::from_millis(50));
            }
            let _ = child.wait();
        }
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// A token for account `55555`, by password.
    pub(crate) async fn token(&self) -> String {
        let body =
            format!(r#"{{"accountId": "55555", "username": "root", "password": "{PASSWORD}"}}"#);
        let body = Some((call::JSON, body.as_str()));
        let signing_in = request("POST /api/v3/authorize", GRID, &[], body);
        call::data(&answer(self.http, &signing_in).await)
    }

    /// The access token of a session at the gateway that stays open.
    pub(crate) async fn session(&self) -> String {
        let credential = STANDARD.encode(format!("{HOLDER}:{}", code()));
        let opening = request(
            "GET /",
            GATEWAY,
            &[
                ("Authorization", &format!("Basic {credential}")),
                ("VCSchemaCfg", "returnAccessToken=true;autoRevoke=false"),
            ],
            None,
        );
        let opened = answer(self.http, &opening).await;
        let data = opened.header("vcschemadata");
        data.split(';').next().unwrap_or_default().to_owned()
    }

    /// Where its doors listen, and its process.
    pub(crate) fn target<'a>(&self, process: &'a [u32; 1]) -> Target<'a> {
        Target {
            address: self.http,
            servers: process,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn configuration(&self) -> String {
        let Self {
            http,
            forward_auth,
            telemetry,
            upstream,
            ..
        } = self;
        let folder = self.folder.path().display();
        format!(
            r#"database = "sqlite:{folder}/portaria.db"
master_key = "{folder}/master.key"
[listen]
http = "{http}"
forward_auth = "{forward_auth}"
telemetry = "{telemetry}"
proxies = ["127.0.0.1"]
[limits]
attempts_per_minute = 1000000
linger_seconds = 0
[[door]]
kind = "storagegrid"
organization = "grid"
hosts = ["{GRID}"]
[[door]]
kind = "adfs"
organization = "my-domain"
domain = "my-domain"
hosts = ["{ADFS}"]
[[door]]
kind = "huawei"
organization = "cloud"
hosts = ["{CLOUD}"]
[[door]]
kind = "shibboleth"
organization = "my-domain"
domain = "my-domain"
hosts = ["{ACME}"]
[[door]]
kind = "horacius"
organization = "my-domain"
hosts = ["{CSSO}"]
[[door]]
kind = "psc"
organization = "psc"
hosts = ["127.0.0.1"]
plain = true
[door.psc]
client_id = "gateway"
client_secret = "secret-of-the-gateway"
[[door]]
kind = "cess"
organization = "signing"
hosts = ["{GATEWAY}"]
plain = true
[[door.gateway.provider]]
id = "PSC"
url = "http://{http}"
client_id = "gateway"
client_secret = "secret-of-the-gateway"
[[door.gateway.upstream]]
url = "http://{upstream}"
[[forward_auth]]
host = "{API}"
path = "/"
door = "{GRID}"
accounts = ["55555"]
"#
        )
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.close();
    }
}

/// The holder's code of this moment (RFC 6238).
fn code() -> String {
    let step = Timestamp::now().as_second() / 30;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOTP.1);
    let mac = hmac::sign(&key, &step.to_be_bytes());
    let mac = mac.as_ref();
    let at = usize::from(mac[19] & 15);
    let four: [u8; 4] = mac[at..at + 4].try_into().unwrap();
    format!(
        "{:06}",
        (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000
    )
}

fn site() -> String {
    format!(
        r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{SITE}"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{SITE}/acs" index="0"/></SPSSODescriptor></EntityDescriptor>"#
    )
}

fn declaration() -> String {
    let rules = r#"[{"local": [{"user": {"name": "FederationUser"}}], "remote": [{"type": "_NAMEID_"}]}, {"local": [{"group": {"name": "admin"}}], "remote": [{"type": "memberOf", "any_one_of": ["storage-admins"]}]}]"#;
    let ((asker, secret), (totp, _)) = (ASKER, TOTP);
    format!(
        r#"
[[organization]]
id = "my-domain"
[[organization.user]]
name = "{USER}"
password = "{PASSWORD}"
full_name = "Ana Souza"
groups = ["storage-admins"]
[[organization.application]]
id = "storagegrid"
metadata_file = "grid.xml"
[[organization.application]]
id = "huawei"
metadata_file = "cloud.xml"
[[organization.application]]
id = "site"
metadata_file = "site.xml"

[[organization]]
id = "grid"
[[organization.user]]
name = "root"
password = "{PASSWORD}"
groups = ["storage-admins"]
[[organization.account]]
id = "12345"
admits = ["storage-admins"]
identity_provider = "adfs"
[[organization.account]]
id = "55555"
admits = ["storage-admins"]
[[organization.identity_provider]]
id = "adfs"
metadata_file = "adfs.xml"
enabled = true
groups_attribute = "http://schemas.xmlsoap.org/claims/Group"
[[organization.resource_server]]
id = "{asker}"
secret = "{secret}"
accounts = ["12345", "55555"]

[[organization]]
id = "cloud"
name = "IAMDomain"
[[organization.group]]
name = "admin"
[[organization.account]]
id = "06aa2260bd00d5b32fb2c00862a34f9c"
name = "example"
admits = ["admin"]
[[organization.identity_provider]]
id = "ACME"
metadata_file = "acme.xml"
allow_unsolicited = true
[organization.identity_provider.mapping]
rules = '{rules}'

[[organization]]
id = "signing"
[[organization]]
id = "psc"
[[organization.user]]
name = "{HOLDER}"
totp = "{totp}"
"#
    )
}

/// A port of the loopback address that nobody has right now.
pub(crate) fn free_port() -> u16 {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    held.local_addr().unwrap().port()
}

/// Waits until somebody listens there.
pub(crate) fn until_listening(address: SocketAddr) {
    for _ in 0..20_000 {
        if TcpStream::connect(address).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    panic!("nobody listens at {address}");
}
