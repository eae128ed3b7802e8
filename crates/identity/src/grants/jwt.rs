//! JWTs of HORACIUS's document ("Integração via Protocolo JWT"), and the tickets that renew them.

use super::issue::{Drawn, Issue};
use super::live;
use crate::applications::JwtClient;
use crate::audit::Event;
use crate::digest;
use crate::error::{Answer, Refused};
use crate::guard;
use crate::login::Session;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::grants::{self, Grant, HeldToken, Holder, TokenKind};
use crate::store::{audit, millis};
use jiff::{SignedDuration, Timestamp};
use oauth::jwt::{self, ApplicationToken, Claims, Expected};
use std::convert::Infallible;
use std::sync::Arc;

/// How long a JWT lives: the document's `exp` is its `iat` and fifteen minutes.
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// Characters of `renewTicketValue`, as the document's tokens have them: 70 of the unreserved ones (RFC 3986 §2.3).
const TICKET: usize = 70;
const UNRESERVED: &[u8; 66] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

/// Whose JWT it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtUser {
    /// User name.
    pub user_name: String,
    /// Full name; the user name where there is none.
    pub name: String,
}

/// What became of a ticket.
enum Renewed {
    Now,
    Before,
    Dead,
}

impl Service {
    /// A JWT for the session's person. Refused with `login.session`.
    pub async fn issue_jwt(
        &self,
        moment: &Moment,
        organization: &str,
        (client, session): (&JwtClient, &Session),
    ) -> Answer<String> {
        let store = &self.inner.store;
        let holder = store.grant_holder(organization, &session.id).await?;
        let Some(holder) = live(holder, moment) else {
            return Ok(Err(Refused::new("login.session", "the session ended")));
        };
        let grant = Grant {
            id: moment.uuid().to_string(),
            application: client.id.clone(),
            user: Some(session.user.clone()),
            session: Some(session.id.clone()),
            scope: String::new(),
            issued_at: millis(moment.now),
            expires_at: millis(holder.session_expires_at + LIFETIME),
        };
        let until = holder.session_expires_at;
        let (token, issue) = draw(moment, organization, client, (grant, &holder, until));
        store
            .write(move |connection| {
                Box::pin(async move {
                    issue.write_first(connection).await?;
                    Ok(Ok::<_, Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())?;
        Ok(Ok(token))
    }

    /// Whose JWT that is. Refused with the codes of [`oauth::jwt::JwtError`], and `token.invalid` if it was revoked or its
    /// session ended.
    pub async fn jwt_user(
        &self,
        moment: &Moment,
        organization: &str,
        (client, token): (&JwtClient, &str),
    ) -> Answer<JwtUser> {
        let held = self
            .judge_jwt(moment, organization, (client, token))
            .await?;
        Ok(held
            .and_then(|held| held.holder.clone().ok_or_else(dead))
            .map(|holder| JwtUser {
                name: holder.full_name.unwrap_or_else(|| holder.user_name.clone()),
                user_name: holder.user_name,
            }))
    }

    /// Revokes a JWT, and the ticket in it. Refused as [`Service::jwt_user`] refuses.
    pub async fn revoke_jwt(
        &self,
        moment: &Moment,
        organization: &str,
        (client, token): (&JwtClient, &str),
    ) -> Answer<()> {
        let judged = self
            .judge_jwt(moment, organization, (client, token))
            .await?;
        let held = match judged {
            Ok(held) => held,
            Err(refused) => return Ok(Err(refused)),
        };
        self.revoke_grant(moment, organization, &held.grant.id)
            .await?;
        Ok(Ok(()))
    }

    /// A new JWT for a ticket, once. A ticket that comes again ends everything that it led to. Codes: `ticket.invalid`,
    /// `ticket.replayed`.
    pub async fn renew_jwt(
        &self,
        moment: &Moment,
        organization: &str,
        (client, ticket): (&JwtClient, &str),
    ) -> Answer<String> {
        let hash = digest::of_secret(ticket);
        let kind = (TokenKind::Ticket, hash.as_str());
        let held = self.live_token(moment, organization, kind).await?;
        let held = held
            .filter(|held| held.grant.application == client.id || !guard::stands("ticket.invalid"));
        let invalid = || Refused::new("ticket.invalid", "not a live ticket of that application");
        let Some((holder, held)) = held.and_then(|held| Some((held.holder.clone()?, held))) else {
            return Ok(Err(invalid()));
        };
        let detail = "a ticket came again: everything that it led to is revoked";
        let replayed = Event::new(moment, "grant.replayed", organization, detail)
            .by(&client.id)
            .about(&held.grant.id);
        let drawn = (held.grant.clone(), &holder, held.expires_at);
        let (token, issue) = draw(moment, organization, client, drawn);
        let (organization, now) = (organization.to_owned(), millis(moment.now));
        let renewed = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if !grants::hold(connection, &organization, &issue.grant.id).await? {
                        return Ok(Ok::<_, Infallible>(Renewed::Dead));
                    }
                    if !grants::use_up(connection, &organization, &hash, now).await?
                        && guard::stands("ticket.replayed")
                    {
                        grants::revoke(connection, &organization, &issue.grant.id, now).await?;
                        audit::append(connection, &replayed).await?;
                        return Ok(Ok(Renewed::Before));
                    }
                    issue.write_next(connection).await?;
                    Ok(Ok(Renewed::Now))
                })
            })
            .await
            .map(|Ok(renewed)| renewed)?;
        if !matches!(renewed, Renewed::Now) {
            self.forget_checks();
        }
        Ok(match renewed {
            Renewed::Now => Ok(token),
            Renewed::Before => Err(Refused::new("ticket.replayed", detail)),
            Renewed::Dead => Err(invalid()),
        })
    }

    async fn judge_jwt(
        &self,
        moment: &Moment,
        organization: &str,
        (client, token): (&JwtClient, &str),
    ) -> Answer<Arc<HeldToken>> {
        let expected = Expected {
            issuer: &issuer(organization, client),
            audience: None,
            skew: SignedDuration::ZERO,
        };
        let judged = jwt::verify::<ApplicationToken>(token, &client.secret, &expected, moment.now);
        let verified = match judged {
            Ok(verified) => verified,
            Err(error) => return Ok(Err(Refused::new(error.code(), error.to_string()))),
        };
        let hash = digest::of_secret(verified.id());
        let kind = (TokenKind::Jwt, hash.as_str());
        let held = self.live_token(moment, organization, kind).await?;
        Ok(held
            .filter(|held| held.grant.application == client.id || !guard::stands("token.invalid"))
            .ok_or_else(dead))
    }
}

/// The JWT of a grant, and what is remembered of it.
fn draw(
    moment: &Moment,
    organization: &str,
    client: &JwtClient,
    (grant, holder, until): (Grant, &Holder, Timestamp),
) -> (String, Issue) {
    let expires = moment.now + LIFETIME;
    let id = moment.uuid().to_string();
    let ticket = renew_ticket_value(moment);
    let name = holder.full_name.as_deref().unwrap_or(&holder.user_name);
    let mut claims = Claims::new()
        .with("iss", issuer(organization, client))
        .with("iat", moment.now.as_second())
        .with("sub", holder.user_name.as_str())
        .with("jti", id.as_str())
        .with("name", name);
    if let Some(email) = &holder.email {
        claims = claims.with("email", email.as_str());
    }
    let claims = claims
        .with("renewTicketValue", ticket.as_str())
        .with("exp", expires.as_second())
        .with("alg", "HS256");
    let token = jwt::sign(&claims, &client.secret);
    let event = Event::new(
        moment,
        "jwt.issued",
        organization,
        format!("for {}", client.id),
    )
    .by(&holder.user_name)
    .about(&id);
    let tokens = vec![
        Drawn::of(moment, TokenKind::Jwt, id, expires).row,
        Drawn::of(moment, TokenKind::Ticket, ticket, until).row,
    ];
    let issue = Issue {
        organization: organization.to_owned(),
        grant,
        tokens,
        event,
    };
    (token, issue)
}

fn renew_ticket_value(moment: &Moment) -> String {
    let mut ticket = String::with_capacity(TICKET);
    while ticket.len() < TICKET {
        // 198 is the largest multiple of 66 in a byte: what lies above would favour the first characters.
        let usable = moment.bytes::<128>().into_iter().filter(|byte| *byte < 198);
        let characters = usable.map(|byte| char::from(UNRESERVED[usize::from(byte % 66)]));
        ticket.extend(characters.take(TICKET - ticket.len()));
    }
    ticket
}

/// `iss`: what the application has always seen there, or 24 hexadecimal digits that stand for the organization.
fn issuer(organization: &str, client: &JwtClient) -> String {
    if let Some(issuer) = &client.issuer {
        return issuer.clone();
    }
    digest::hexadecimal(&digest::of_parts(&["jwt-issuer", organization])[..12])
}

fn dead() -> Refused {
    Refused::new("token.invalid", "revoked, or its session ended")
}
