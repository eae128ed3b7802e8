//! Proofs that come from a person's telephone: a request that is approved there, or a code that was sent there.
//!
//! This module owns how such a proof begins, what the telephone may answer, and which sign-in it completes; it dials nothing:
//! how a telephone is reached is for whoever runs us, and without such a way (`Settings::telephones`) nothing is offered.

use crate::audit::Event;
use crate::digest;
use crate::entities::IdentityProvider;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::login::{NextStep, Pending, Secret};
use crate::moment::Moment;
use crate::service::Service;
use crate::sessions::Spent;
use crate::store::approvals::{self, ApprovalRow};
use crate::store::users::User;
use crate::store::{audit, millis};
use crate::throttle::Attempt;
use jiff::SignedDuration;
use saml::names;
use subtle::ConstantTimeEq;

/// How long the telephone may take.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);
/// What number and code are sealed for.
const SEALED: &str = "approval";
/// Authentication context: a second factor on a mobile telephone (SAML authentication context §3.4.5).
pub(crate) const MOBILE_TWO_FACTOR: &str =
    "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered";

/// How a telephone proves something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// An application there asks to approve, and for the number that the sign-in page shows.
    Push,
    /// It receives a code.
    Message,
}

impl Method {
    /// As the store has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Message => "message",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Push, Self::Message]
            .into_iter()
            .find(|method| method.name() == name)
    }
}

/// What a person's telephone can be asked, as far as a sign-in page may say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Telephone {
    /// Whether it can approve.
    pub push: bool,
    /// The number to which a code can go: its last two digits, the rest hidden.
    pub message_to: Option<String>,
}

impl Telephone {
    fn offers(&self, method: Method) -> bool {
        match method {
            Method::Push => self.push,
            Method::Message => self.message_to.is_some(),
        }
    }
}

/// A telephone was asked.
#[derive(Clone)]
pub struct Begun {
    /// The sign-in under way, which only this proof completes.
    pub pending: String,
    /// The number that the sign-in page shows and the telephone asks for; none for a message.
    pub number: Option<String>,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}

/// How an approval stands.
#[derive(Debug)]
pub enum Standing {
    /// The telephone has not answered; the number that the page shows.
    Waiting(String),
    /// It said no. The sign-in may go on another way.
    Denied,
    /// What follows.
    Over(NextStep),
}

/// What waits for a telephone, for whoever plays or reaches one.
#[derive(Clone)]
pub struct Waiting {
    /// Identifier.
    pub id: String,
    /// Whose telephone.
    pub user_name: String,
    /// The door at which the sign-in is under way.
    pub door: String,
    /// How it proves something.
    pub method: Method,
    /// The number to enter, or the code that was sent.
    pub content: String,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting")
            .field("id", &self.id)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// What a telephone answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply<'a> {
    /// It was I, and the page shows this number.
    Approve(&'a str),
    /// It was not.
    Deny,
}

impl Service {
    /// What the telephone of whoever signs in can be asked; nothing if the sign-in is over.
    pub async fn telephone(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        pending: &str,
    ) -> Result<Telephone, Unavailable> {
        let opened = self.open_pending(moment, entity, pending).await?;
        Ok(opened
            .map(|pending| self.telephone_of(&pending.user))
            .unwrap_or_default())
    }

    /// Asks the telephone of whoever signs in. Refused with `login.pending`, `login.method` (it cannot be asked so) and
    /// `login.throttled`.
    pub async fn ask_telephone(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (pending, method): (&str, Method),
    ) -> Answer<Begun> {
        let Some(Pending { user, first, .. }) = self.open_pending(moment, entity, pending).await?
        else {
            return Ok(Err(over()));
        };
        if !self.telephone_of(&user).offers(method) && guard::stands("login.method") {
            return Ok(Err(Refused::new(
                "login.method",
                "no telephone of that person can be asked so",
            )));
        }
        // Whoever knows a password could let a telephone ring until somebody approves to have peace.
        let counted = asked_of(&user);
        let attempt = counted_under(entity, &counted);
        if !self.inner.codes.admits(attempt, moment.now) && guard::stands("login.throttled") {
            return Ok(Err(Refused::new(
                "login.throttled",
                "the telephone was asked too often",
            )));
        }
        self.inner.codes.wrong(attempt, moment.now);

        let id = moment.uuid().to_string();
        let content = drawn(moment, method);
        let row = ApprovalRow {
            sealed: self.inner.vault.seal(
                SEALED,
                &bound(&entity.organization, &id),
                content.as_bytes(),
                moment.bytes(),
            ),
            door: entity.door.clone(),
            user: user.id.clone(),
            user_name: user.name.clone(),
            method: method.name().to_owned(),
            asked_at: moment.now,
            expires_at: moment.now + PATIENCE,
            state: "waiting".to_owned(),
            id,
        };
        let event = Event::new(
            moment,
            "approval.asked",
            &entity.organization,
            format!("door {}, {}", entity.door, method.name()),
        )
        .by(&user.name)
        .about(&row.id);
        let (organization, written) = (entity.organization.clone(), row.clone());
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    approvals::add(connection, &organization, &written).await?;
                    audit::append(connection, &event).await?;
                    Ok(Ok::<_, std::convert::Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())?;
        Ok(Ok(Begun {
            pending: self.pending_ticket(moment, entity, (&user, first, Some(&row.id))),
            number: (method == Method::Push).then_some(content),
        }))
    }

    /// How the approval stands that the sign-in waits for; approved, it completes the sign-in, once.
    pub async fn approval(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        pending: &str,
    ) -> Result<Standing, Unavailable> {
        let Some((sign_in, row)) = self
            .asked_of_telephone(moment, entity, (pending, Method::Push))
            .await?
        else {
            return Ok(Standing::Over(NextStep::Refused(over())));
        };
        match row.state.as_str() {
            "waiting" if guard::stands("login.waiting") => {
                return Ok(Standing::Waiting(self.content(&entity.organization, &row)));
            }
            "denied" if guard::stands("login.denied") => return Ok(Standing::Denied),
            _ => (),
        }
        self.complete(moment, entity, (&sign_in, &row, pending))
            .await
            .map(Standing::Over)
    }

    /// Judges the code that somebody received, of a sign-in that asked for one to be sent.
    pub async fn message_code(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (pending, code): (&str, &Secret),
    ) -> Result<NextStep, Unavailable> {
        let Some((sign_in, row)) = self
            .asked_of_telephone(moment, entity, (pending, Method::Message))
            .await?
        else {
            return Ok(NextStep::Refused(over()));
        };
        // The same counter as for codes that an application shows: guesses at either add up.
        let attempt = counted_under(entity, &sign_in.user.id);
        if !self.inner.codes.admits(attempt, moment.now) && guard::stands("login.throttled") {
            return Ok(NextStep::Refused(Refused::new(
                "login.throttled",
                "too many wrong codes",
            )));
        }
        let sent = self.content(&entity.organization, &row);
        let right = bool::from(sent.as_bytes().ct_eq(code.expose().as_bytes()));
        if !right && guard::stands("login.code") {
            self.inner.codes.wrong(attempt, moment.now);
            return Ok(NextStep::AskSecondFactor {
                pending: self.pending_ticket(
                    moment,
                    entity,
                    (&sign_in.user, sign_in.first, Some(&row.id)),
                ),
                wrong_code: true,
            });
        }
        self.complete(moment, entity, (&sign_in, &row, pending))
            .await
    }

    /// What waits for the telephones of an organization's people, the latest first.
    pub async fn waiting_approvals(
        &self,
        moment: &Moment,
        organization: &str,
    ) -> Result<Vec<Waiting>, Unavailable> {
        let rows = self
            .inner
            .store
            .waiting_approvals(organization, moment.now)
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                Some(Waiting {
                    content: self.content(organization, &row),
                    method: Method::named(&row.method)?,
                    id: row.id,
                    user_name: row.user_name,
                    door: row.door,
                })
            })
            .collect())
    }

    /// What a telephone answers to a request to approve. Refused with `approval.over` (answered before, expired, or never asked)
    /// and `approval.number`: whoever types another number than the page shows looks at another page, and has denied.
    pub async fn answer_approval(
        &self,
        moment: &Moment,
        organization: &str,
        (id, reply): (&str, Reply<'_>),
    ) -> Answer<()> {
        let found = self.inner.store.approval(organization, id).await?;
        let lives =
            |row: &ApprovalRow| moment.now < row.expires_at || !guard::stands("approval.over");
        let Some(row) = found.filter(|row| row.method == Method::Push.name() && lives(row)) else {
            return Ok(Err(answered()));
        };
        let (state, wrong) = match reply {
            Reply::Deny => ("denied", false),
            Reply::Approve(number) if number == self.content(organization, &row) => {
                ("approved", false)
            }
            Reply::Approve(_) if guard::stands("approval.number") => ("denied", true),
            Reply::Approve(_) => ("approved", false),
        };
        let event = Event::new(
            moment,
            if state == "approved" {
                "approval.approved"
            } else {
                "approval.denied"
            },
            organization,
            if wrong {
                "another number than the page shows"
            } else {
                ""
            },
        )
        .by(&row.user_name)
        .about(&row.id);
        let organization = organization.to_owned();
        let moved = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let from = ("waiting", state);
                    if !approvals::advance(connection, (&organization, &row.id), from).await? {
                        return Ok(Err(answered()));
                    }
                    audit::append(connection, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        Ok(moved.and(if wrong {
            Err(Refused::new(
                "approval.number",
                "another number than the sign-in page shows",
            ))
        } else {
            Ok(())
        }))
    }

    fn telephone_of(&self, user: &User) -> Telephone {
        if !self.inner.settings.telephones {
            return Telephone::default();
        }
        Telephone {
            push: user.push,
            message_to: user.telephone.as_deref().map(hidden),
        }
    }

    /// The sign-in under way, and what it asked of its person's telephone.
    async fn asked_of_telephone(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (pending, method): (&str, Method),
    ) -> Result<Option<(Pending, ApprovalRow)>, Unavailable> {
        let Some(sign_in) = self.open_pending(moment, entity, pending).await? else {
            return Ok(None);
        };
        let Some(id) = &sign_in.approval else {
            return Ok(None);
        };
        let row = self.inner.store.approval(&entity.organization, id).await?;
        Ok(row
            .filter(|row| row.user == sign_in.user.id && row.door == entity.door)
            .filter(|row| row.method == method.name() && moment.now < row.expires_at)
            .map(|row| (sign_in, row)))
    }

    /// Opens the session, and uses the approval up with it.
    async fn complete(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (sign_in, row, pending): (&Pending, &ApprovalRow, &str),
    ) -> Result<NextStep, Unavailable> {
        let user = &sign_in.user;
        // Two factors are claimed only where the first was a password.
        let class_ref = if sign_in.first == names::PASSWORD_PROTECTED_TRANSPORT {
            MOBILE_TWO_FACTOR
        } else {
            sign_in.first
        };
        let from = if row.method == Method::Push.name() {
            "approved"
        } else {
            "waiting"
        };
        let spent = Spent {
            used: Some((digest::of_secret(pending), millis(moment.now + PATIENCE))),
            approval: Some((row.id.clone(), from)),
            ..Spent::default()
        };
        let opened = self
            .open_session(moment, entity, user, (class_ref, spent))
            .await?;
        Ok(match opened {
            Ok((cookie, session)) => {
                let asked = asked_of(user);
                self.inner
                    .codes
                    .right(counted_under(entity, &asked), moment.now);
                NextStep::SignedIn { cookie, session }
            }
            Err(_) => NextStep::Refused(over()),
        })
    }

    fn content(&self, organization: &str, row: &ApprovalRow) -> String {
        let opened = self
            .inner
            .vault
            .open(SEALED, &bound(organization, &row.id), &row.sealed);
        opened
            .and_then(|plain| String::from_utf8(plain).ok())
            .unwrap_or_default()
    }
}

fn over() -> Refused {
    Refused::new(
        "login.pending",
        "the pending sign-in expired, was completed, or is not of this door",
    )
}

fn answered() -> Refused {
    Refused::new(
        "approval.over",
        "it was answered before, has expired, or was never asked",
    )
}

fn bound(organization: &str, id: &str) -> [u8; 32] {
    digest::of_parts(&[organization, id])
}

/// Under what is counted how often a telephone was asked: not what counts wrong codes.
fn asked_of(user: &User) -> String {
    format!("telephone: {}", user.id)
}

fn counted_under<'a>(entity: &'a IdentityProvider, account: &'a str) -> Attempt<'a> {
    Attempt {
        organization: &entity.organization,
        account,
        client: None,
    }
}

/// A number of two digits, or a code of six.
fn drawn(moment: &Moment, method: Method) -> String {
    // Of 64 random bits the remainder by a million is even enough.
    let random = u64::from_be_bytes(moment.bytes());
    match method {
        Method::Push => (10 + random % 90).to_string(),
        Method::Message => format!("{:06}", random % 1_000_000),
    }
}

/// A telephone number of which only the last two digits are told.
fn hidden(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let last = digits.len().saturating_sub(2);
    digits[last..]
        .iter()
        .fold("······".to_owned(), |mut shown, digit| {
            shown.push(*digit);
            shown
        })
}

/// Whether codes can be sent to `number`: international form (ITU-T E.164 §6.2.1), spaces and hyphens where people write them.
pub(crate) fn is_telephone(number: &str) -> bool {
    let mut digits = 0;
    number.strip_prefix('+').is_some_and(|rest| {
        rest.chars().all(|c| {
            digits += usize::from(c.is_ascii_digit());
            c.is_ascii_digit() || c == ' ' || c == '-'
        }) && (8..=15).contains(&digits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_two_digits_of_a_telephone_number() {
        assert_eq!(hidden("+55 11 90000-0034"), "······34");
        assert_eq!(hidden("+"), "······");
    }

    #[test]
    fn telephone_numbers_are_international() {
        for good in ["+55 11 90000-0034", "+5511900000034", "+1 202 555 0100"] {
            assert!(is_telephone(good), "{good}");
        }
        for bad in [
            "",
            "11 90000-0034",
            "+55",
            "+55 11 9000O-0034",
            "+1234567890123456",
        ] {
            assert!(!is_telephone(bad), "{bad}");
        }
    }
}
