//! Which passwords people may choose (NIST SP 800-63B §3.1.1.2): long ones, any characters, none that everybody tries first.

use crate::error::Refused;
use crate::guard;
use crate::login::Secret;
use crate::passwords::LONGEST;
use crate::store::users::User;

/// The fewest characters where the password is all there is.
const ALONE: usize = 15;
/// The fewest characters beside a second factor.
const WITH_FACTOR: usize = 8;

/// What attackers try first: words around which people build the passwords that rules force on them.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "senha",
    "contrasena",
    "contraseña",
    "qwerty",
    "qwertz",
    "asdfgh",
    "zxcvbn",
    "admin",
    "administrator",
    "letmein",
    "welcome",
    "bemvindo",
    "bienvenido",
    "iloveyou",
    "teamo",
    "monkey",
    "dragon",
    "football",
    "futebol",
    "flamengo",
    "corinthians",
    "palmeiras",
    "brasil",
    "secret",
    "segredo",
    "changeme",
    "mudar",
    "trocar",
    "master",
    "login",
    "acesso",
    "123456",
    "12345678",
    "1234567890",
    "abc123",
    "111111",
    "000000",
    "superman",
    "princess",
    "sunshine",
    "shadow",
    "michael",
    "jesus",
    "deusefiel",
    "portaria",
];

/// Codes: `password.short`, `password.long`, `password.common`.
pub(super) fn judge(password: &Secret, user: &User, organization: &str) -> Result<(), Refused> {
    let text = password.expose();
    let least = if user.totp.is_some() {
        WITH_FACTOR
    } else {
        ALONE
    };
    if text.chars().count() < least && guard::stands("password.short") {
        let detail = format!("fewer than {least} characters");
        return Err(Refused::new("password.short", detail));
    }
    // Not cut: what is compared is what was typed.
    if text.len() > LONGEST {
        return Err(Refused::new("password.long", "longer than 1,024 bytes"));
    }
    if is_common(text, user, organization) && guard::stands("password.common") {
        let detail = "made of what attackers try first";
        return Err(Refused::new("password.common", detail));
    }
    Ok(())
}

/// Whether too little is left of a password once everything is taken out that an attacker knows or tries first.
fn is_common(text: &str, user: &User, organization: &str) -> bool {
    let mut left = text.to_lowercase();
    let email = user.email.as_deref().unwrap_or_default();
    let full = user.full_name.as_deref().unwrap_or_default();
    let known = [user.name.as_str(), email, full, organization]
        .into_iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.chars().count() > 2)
        .map(str::to_lowercase);
    let mut words: Vec<String> = known
        .chain(COMMON.iter().map(ToString::to_string))
        .collect();
    // Long ones first: "com" of an address must not leave "ercial" of "comercial" behind as if it were somebody's own.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in words {
        left = left.replace(&word, " ");
    }
    surprises(&left) < 5
}

/// How many characters do not simply follow from the one before: neither the same, nor the next one up or down, nor a blank.
fn surprises(text: &str) -> usize {
    let mut before = '\0';
    let mut seen = std::collections::HashSet::new();
    let mut count = 0;
    for character in text.chars().filter(|c| !c.is_whitespace()) {
        let step = i64::from(u32::from(character)) - i64::from(u32::from(before));
        if step.abs() > 1 && seen.insert((before, character)) {
            count += 1;
        }
        before = character;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(totp: bool) -> User {
        User {
            id: "1".into(),
            name: "ana.souza@example.com".into(),
            password_hash: None,
            full_name: Some("Ana Souza".into()),
            email: Some("ana@example.com".into()),
            guid: uuid::Uuid::nil(),
            totp: totp.then(Vec::new),
            push: false,
            telephone: None,
            declared_password_hash: None,
            declared_totp: None,
            disabled_at: None,
        }
    }

    fn code(password: &str, totp: bool) -> Option<&'static str> {
        judge(&Secret::new(password), &user(totp), "comercial")
            .err()
            .map(|refused| refused.code)
    }

    #[test]
    fn length_is_asked_for_and_less_of_it_beside_a_second_factor() {
        assert_eq!(code("girafa no telhado", false), None);
        assert_eq!(code("çãõ éèê îïì òóô", false), None);
        assert_eq!(code("girafa telhado", false), Some("password.short"));
        assert_eq!(code("girafa telhado", true), None);
        assert_eq!(code("girafas", true), Some("password.short"));
        assert_eq!(code("", true), Some("password.short"));
    }

    #[test]
    fn long_passwords_are_taken_and_megabytes_are_not() {
        let long: String = ('a'..='z').cycle().step_by(7).take(LONGEST).collect();
        assert_eq!(code(&long, false), None);
        assert_eq!(code(&format!("{long}x"), false), Some("password.long"));
    }

    #[test]
    fn what_attackers_try_first_is_not_taken() {
        for common in [
            "passwordpassword",
            "Senha123456789012",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcdefghijklmnopqrst",
            "abababababababababab",
            "ana.souza@example.com",
            "Comercial-Ana-Souza-123",
            "qwertyqwerty123456",
            "                    ",
        ] {
            assert_eq!(code(common, false), Some("password.common"), "{common}");
        }
        assert_eq!(code("correct horse battery staple", false), None);
        assert_eq!(code("minha senha e um cavalo azul", false), None);
    }
}
