//! AD FS's pages: what marks them, and what to post. StorageGRID's document, steps d to h.

use super::form::Form;
use super::page::Page;
use super::transport::Request;
use super::walk::Credentials;

/// The fields of the sign-in form.
pub(super) const CREDENTIALS: [&str; 2] = ["UserName", "Password"];

/// Where the adapters for a second factor expect the code.
pub(super) const CODES: [&str; 5] = [
    "VerificationCode",
    "ChallengeQuestionAnswer",
    "OathCode",
    "Passcode",
    "security_code",
];

/// Step f: the credentials go to the action of the form, which carries the `client-request-id`. The second factor may be
/// part of the same form.
pub(super) fn sign_in(
    page: &Page,
    credentials: &Credentials,
    code: Option<&str>,
) -> Option<Request> {
    let form = page.form_with(&CREDENTIALS)?;
    let mut filled = form
        .fill()
        .set("UserName", &credentials.name)
        .set("Password", credentials.password.expose())
        .set("AuthMethod", "FormsAuthentication");
    if let (Some(field), Some(code)) = (code_beside_password(page), code) {
        filled = filled.set(field, code);
    }
    Some(filled.request())
}

/// The name of a field for a code in the sign-in form itself.
pub(super) fn code_beside_password(page: &Page) -> Option<&str> {
    let form = page.form_with(&CREDENTIALS)?;
    let field = form
        .fields
        .iter()
        .find(|field| field.one_time || CODES.contains(&field.name.as_str()))?;
    Some(&field.name)
}

/// The form by which the page asks again whether the telephone has answered.
pub(super) fn push(page: &Page) -> Option<&Form> {
    page.form(|form| {
        form.id != "options" && form.has(&["AuthMethod", "Context"]) && !form.asks_password()
    })
}
