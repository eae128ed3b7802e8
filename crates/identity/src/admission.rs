//! Whether a token opens somebody else's API, in front of which a proxy asks us.

use crate::error::{Answer, Refused};
use crate::guard;
use crate::moment::Moment;
use crate::service::Service;
use crate::tokens::Token;
use std::sync::Arc;

/// Whom an API admits.
#[derive(Debug, Clone)]
pub struct Admits<'a> {
    /// Accounts whose tokens open it.
    pub accounts: &'a [String],
    /// Groups of which a person needs one; none asks for no group beyond those that opened the account.
    pub groups: &'a [String],
}

impl Service {
    /// The live token of that text, if what it opens and who has it are admitted. Refused with `token.invalid`,
    /// `forward_auth.account`, `forward_auth.group`, or `forward_auth.value`: a name that no header can carry safely.
    pub async fn admit(
        &self,
        moment: &Moment,
        organization: &str,
        plain: &str,
        admits: &Admits<'_>,
    ) -> Answer<Arc<Token>> {
        let token = match self.check_token(moment, organization, plain).await? {
            Ok(token) => token,
            Err(refused) => return Ok(Err(refused)),
        };
        if !admits.accounts.contains(&token.account) && guard::stands("forward_auth.account") {
            let detail = format!("account {} is not admitted", token.account);
            return Ok(Err(Refused::new("forward_auth.account", detail)));
        }
        let in_group = token
            .groups
            .iter()
            .any(|group| admits.groups.contains(group));
        if !admits.groups.is_empty() && !in_group && guard::stands("forward_auth.group") {
            let detail = "the person is in none of the admitted groups";
            return Ok(Err(Refused::new("forward_auth.group", detail)));
        }
        // Security: H4. What decodes the header later must not find a line break in it.
        let unsafe_in_headers = token
            .groups
            .iter()
            .chain([&token.user_name, &token.user_id])
            .any(|value| value.chars().any(char::is_control));
        if unsafe_in_headers && guard::stands("forward_auth.value") {
            let detail = "a name has a control character";
            return Ok(Err(Refused::new("forward_auth.value", detail)));
        }
        Ok(Ok(token))
    }
}
