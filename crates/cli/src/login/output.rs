//! The shapes in which a token is printed, all of them on standard output.

use super::args::{OutputArgs, Shape, Shell};
use super::session::variables;
use crate::cache::CachedToken;
use serde_json::json;
use std::fmt::Write as _;
use std::io::{self, Write as _};

/// What is printed where no shape was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usual {
    /// The line that StorageGRID's scripts print, which people copy from.
    ForPeople,
    /// The bare token.
    Bare,
}

/// Prints it.
pub(super) fn print(token: &CachedToken, typed: &OutputArgs, usual: Usual) -> io::Result<()> {
    let shell = typed
        .shell
        .unwrap_or_else(|| usual_shell(std::env::var("SHELL").ok().as_deref()));
    let text = match (typed.output, usual) {
        (None, Usual::ForPeople) => format!("StorageGRID Auth Token: {}\n", token.token.expose()),
        (None, Usual::Bare) => shaped(token, Shape::Token, shell),
        (Some(shape), _) => shaped(token, shape, shell),
    };
    io::stdout().write_all(text.as_bytes())
}

// No quoting: a token was checked to be made of harmless characters when it arrived (RFC 6750 §2.1).
fn shaped(token: &CachedToken, shape: Shape, shell: Shell) -> String {
    let bare = token.token.expose();
    match shape {
        Shape::Token => format!("{bare}\n"),
        Shape::Header => format!("Authorization: Bearer {bare}\n"),
        Shape::Json => {
            let mut facts = facts(token);
            facts["token"] = bare.into();
            format!("{facts}\n")
        }
        Shape::Env => {
            variables(&token.token)
                .iter()
                .fold(String::new(), |mut lines, (name, value)| {
                    let _ = match shell {
                        Shell::Bash => writeln!(lines, "export {name}='{value}'"),
                        Shell::Fish => writeln!(lines, "set -gx {name} '{value}'"),
                        Shell::PowerShell => writeln!(lines, "$env:{name} = '{value}'"),
                    };
                    lines
                })
        }
    }
}

/// What may be told of a token without telling the token.
pub(super) fn facts(token: &CachedToken) -> serde_json::Value {
    json!({
        "expires_at": token.expires_at.to_string(),
        "address": token.address,
        "account": token.account,
        "method": token.method,
        "user": token.method.sign_in_name(&token.user, &token.domain),
    })
}

fn usual_shell(shell: Option<&str>) -> Shell {
    match shell.and_then(|path| path.rsplit(['/', '\\']).next()) {
        Some("fish") => Shell::Fish,
        Some("pwsh" | "powershell") => Shell::PowerShell,
        None if cfg!(windows) => Shell::PowerShell,
        _ => Shell::Bash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::login::{Method, Secret};

    fn token() -> CachedToken {
        CachedToken {
            token: Secret::new("56eb07bf-21f6-40b7-af0b-5c6cacfb25e7"),
            expires_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            address: "storagegrid.example.com".parse().unwrap(),
            account: "12345".to_owned(),
            method: Method::Adfs,
            user: "ana".to_owned(),
            domain: "corp".to_owned(),
            hosts: Vec::new(),
        }
    }

    #[test]
    fn token_is_printed_in_every_shape() {
        let every: String = [
            (Shape::Token, Shell::Bash),
            (Shape::Header, Shell::Bash),
            (Shape::Json, Shell::Bash),
            (Shape::Env, Shell::Bash),
            (Shape::Env, Shell::Fish),
            (Shape::Env, Shell::PowerShell),
        ]
        .map(|(shape, shell)| shaped(&token(), shape, shell))
        .concat();
        insta::assert_snapshot!(every, @r#"
        56eb07bf-21f6-40b7-af0b-5c6cacfb25e7
        Authorization: Bearer 56eb07bf-21f6-40b7-af0b-5c6cacfb25e7
        {"expires_at":"2026-01-01T00:00:00Z","address":"storagegrid.example.com","account":"12345","method":"adfs","user":"ana@corp","token":"56eb07bf-21f6-40b7-af0b-5c6cacfb25e7"}
        export STORAGEGRID_TOKEN='56eb07bf-21f6-40b7-af0b-5c6cacfb25e7'
        export PORTARIA_TOKEN='56eb07bf-21f6-40b7-af0b-5c6cacfb25e7'
        set -gx STORAGEGRID_TOKEN '56eb07bf-21f6-40b7-af0b-5c6cacfb25e7'
        set -gx PORTARIA_TOKEN '56eb07bf-21f6-40b7-af0b-5c6cacfb25e7'
        $env:STORAGEGRID_TOKEN = '56eb07bf-21f6-40b7-af0b-5c6cacfb25e7'
        $env:PORTARIA_TOKEN = '56eb07bf-21f6-40b7-af0b-5c6cacfb25e7'
        "#);
    }

    #[test]
    fn shell_is_known_by_its_path() {
        assert_eq!(usual_shell(Some("/usr/bin/fish")), Shell::Fish);
        assert_eq!(usual_shell(Some("/bin/zsh")), Shell::Bash);
        assert_eq!(usual_shell(Some("/snap/bin/pwsh")), Shell::PowerShell);
    }
}
