//! What a person reads when the lab is ready: how to point a shell at it, and what to try.

use super::manifest::{self, Manifest, ManifestUser};
use crate::args::SignIn;

/// The guide, for copying and pasting.
pub(super) fn guide(manifest: &Manifest, through: SignIn) -> String {
    let proxy = &manifest.proxy;
    let ca = shell_word(&manifest.ca.display().to_string());
    let state = manifest.ca.parent().unwrap_or(&manifest.ca);
    let hosts = manifest.hosts.join(", ");
    let accounts = manifest.accounts.join(", ");
    let people: Vec<String> = manifest.users.iter().map(introduce).collect();
    let people = people.join("\n");
    format!(
        "\
The lab is up: {hosts}.
Telemetry: http://{telemetry}/readyz

People, and the accounts of StorageGRID that they can enter ({accounts}; the outsider none):
{people}
Their telephones, which approve or receive codes at the Entra door: portaria lab approve --state {state}
Letters of the HORACIUS and ACME sign-ins (links to come in, forgotten passwords): {mail}
Applications, secrets and the rest: {everything}

Point a shell at it (bash, zsh; in fish write `set -x NAME VALUE`, in PowerShell `$env:NAME = 'VALUE'`):

export HTTPS_PROXY={proxy} https_proxy={proxy} http_proxy={proxy} NO_PROXY= no_proxy=
export SSL_CERT_FILE={ca} CURL_CA_BUNDLE={ca} REQUESTS_CA_BUNDLE={ca} NODE_EXTRA_CA_CERTS={ca}

Then the documents' own commands work, for instance the first and the last step of StorageGRID's workflows:

curl -X POST https://storagegrid.example.com/api/v3/authorize-saml \\
  -H 'accept: application/json' -H 'Content-Type: application/json' --data '{{\"accountId\": \"12345\"}}'
curl -X POST https://storagegrid.example.com:443/api/saml-response -H 'accept: application/json' \\
  --data-urlencode \"SAMLResponse=$SAMLResponse\" --data-urlencode RelayState=12345

or all of them at once: portaria login --method {method} --address storagegrid.example.com --account 12345
",
        telemetry = manifest.telemetry,
        state = shell_word(&state.display().to_string()),
        mail = state.join("mail").display(),
        everything = manifest.ca.with_file_name(manifest::FILE).display(),
        method = through.name(),
    )
}

fn introduce(user: &ManifestUser) -> String {
    let code = user
        .totp
        .as_ref()
        .map(|secret| format!(", one-time code secret {secret}"));
    format!(
        "  {}, password {}{}",
        user.user,
        user.password,
        code.unwrap_or_default()
    )
}

/// A path as one word of a POSIX shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,@%".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn path_is_one_word_whatever_is_in_it() {
        assert_eq!(
            shell_word("/tmp/portaria-lab-a1/ca.pem"),
            "/tmp/portaria-lab-a1/ca.pem"
        );
        assert_eq!(
            shell_word("/tmp/it's here/ca.pem"),
            r"'/tmp/it'\''s here/ca.pem'"
        );
    }
}
