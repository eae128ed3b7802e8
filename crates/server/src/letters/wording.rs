//! Subject and text of a letter. Plain text: there is nothing to load, and the address stands there to be read.

use crate::pages::words::Words;
use identity::people::{Letter, Purpose};

/// Subject and text of `letter`, whose link leads to `url`.
pub(super) fn of(letter: &Letter, words: &Words, url: &str) -> (String, String) {
    let words = &words.people;
    let (subject, lead, until, ignore) = match letter.purpose {
        Purpose::SignIn => (
            words.letter_sign_in,
            words.letter_sign_in_lead,
            words.letter_until,
            words.letter_sign_in_ignore,
        ),
        Purpose::Password => (
            words.letter_password,
            words.letter_password_lead,
            words.letter_until_anywhere,
            words.letter_password_ignore,
        ),
    };
    let greeting = match &letter.name {
        Some(name) => format!("{} {name},", words.letter_greeting),
        None => format!("{},", words.letter_greeting),
    };
    let expires = letter.expires.strftime("%Y-%m-%d %H:%M UTC");
    let text = format!(
        "{greeting}\n\n{lead} {organization}:\n\n{url}\n\n{until} {expires}\n{ignore}\n",
        organization = letter.organization,
    );
    (format!("{}: {subject}", letter.organization), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::words::PORTUGUESE;
    use jiff::Timestamp;

    #[test]
    fn letter_says_who_asks_for_what_and_until_when() {
        let letter = Letter {
            address: "ana@example.com".into(),
            name: Some("Ana Souza".into()),
            organization: "Comercial".into(),
            purpose: Purpose::SignIn,
            link: String::new(),
            expires: Timestamp::UNIX_EPOCH,
        };
        let (subject, text) = of(
            &letter,
            &PORTUGUESE,
            "https://comercial.sso.example.com/enter?link=x",
        );
        insta::assert_snapshot!(format!("{subject}\n\n{text}"), @r"
        Comercial: seu link de entrada

        Olá Ana Souza,

        Use este link para entrar em Comercial:

        https://comercial.sso.example.com/enter?link=x

        Ele funciona uma vez, no navegador que o pediu, até 1970-01-01 00:00 UTC
        Se não foi você que pediu, ignore esta mensagem: sem ela ninguém entra.
        ");
    }
}
