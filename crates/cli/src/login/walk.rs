//! The walk from a signed URL to a SAML response: look at a page, say what it is, send what it wants, until the response
//! stands in it. This module owns the order and the limits; what is posted stands with the product that wants it.

use super::page::Page;
use super::pingfederate;
use super::predicates::{self, PageKind};
use super::refusal::{Refusal, quoted};
use super::second_factor::SecondFactor;
use super::secret::Secret;
use super::storagegrid::Address;
use super::terminal::Terminal;
use super::transport::{Answer, Request, Transport};
use super::trust::{Asked, Trust, host_and_port};
use super::{adfs, entra, unknown_page};
use crate::folders::Folders;
use jiff::Timestamp;
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// Pages and redirects of one sign-in. The longest real one, Entra with two federated hops and a second factor, needs 14.
const MOST_STEPS: usize = 40;
/// How often a page that waits for a telephone is asked again. Such questions do not count as steps: time limits them.
const POLL: Duration = Duration::from_secs(2);

/// Who signs in.
pub(super) struct Credentials {
    /// The name, as the sign-in page wants it.
    pub(super) name: String,
    /// The password.
    pub(super) password: Secret,
    /// The second factor, should it be asked for.
    pub(super) second_factor: SecondFactor,
}

/// A sign-in on its way.
pub(super) struct Walk<'a> {
    pub(super) transport: &'a mut Transport,
    pub(super) trust: &'a mut Trust,
    pub(super) terminal: &'a Terminal,
    pub(super) credentials: &'a Credentials,
    steps: usize,
    /// Hosts that have seen the password: one that asks again has refused it.
    asked: Vec<String>,
    code_sent: bool,
}

impl<'a> Walk<'a> {
    /// A walk that has not begun.
    pub(super) fn new(
        transport: &'a mut Transport,
        trust: &'a mut Trust,
        terminal: &'a Terminal,
        credentials: &'a Credentials,
    ) -> Self {
        Self {
            transport,
            trust,
            terminal,
            credentials,
            steps: 0,
            asked: Vec::new(),
            code_sent: false,
        }
    }

    /// Goes all the way. The response must be made out for `address`.
    pub(super) async fn reach_saml_response(
        &mut self,
        start: Url,
        address: &Address,
        copies: (&Folders, Timestamp),
    ) -> Result<Zeroizing<String>, Refusal> {
        let mut page = self.open(Request::get(start)).await?;
        loop {
            let host = host_and_port(&page.url);
            // RFC 6585 §4. Trying again would only prolong it.
            if page.status == 429 {
                let text = or_title(&page);
                return Err(Refusal::EndedByProvider { host, text });
            }
            let Some(kind) = predicates::kind(&page) else {
                return Err(unknown_page::refusal(&page, self.credentials, copies));
            };
            if kind == PageKind::SamlResponse {
                return response(&page, address);
            }
            let next = self.next(kind, &page, host).await?;
            // A predicate promises what the answer to its page needs; Entra's promises are made by somebody else's script.
            let Some(next) = next else {
                return Err(unknown_page::refusal(&page, self.credentials, copies));
            };
            page = self.open(next).await?;
        }
    }

    /// What to send next. None: the page lacks what its kind promises.
    async fn next(
        &mut self,
        kind: PageKind,
        page: &Page,
        host: String,
    ) -> Result<Option<Request>, Refusal> {
        let text = page.complaint.clone();
        match kind {
            PageKind::SamlResponse => Ok(None),
            PageKind::AdfsSignIn => {
                self.password_once(page)?;
                let code = match adfs::code_beside_password(page) {
                    Some(_) if self.credentials.second_factor.is_at_hand() => {
                        Some(self.code(page).await?)
                    }
                    _ => None,
                };
                Ok(adfs::sign_in(
                    page,
                    self.credentials,
                    code.as_ref().map(Secret::expose),
                ))
            }
            PageKind::PingFederateSignIn => {
                self.password_once(page)?;
                Ok(pingfederate::sign_in(page, self.credentials))
            }
            PageKind::OneTimeCode => self.one_time_code(page).await,
            PageKind::AdfsPush => self.adfs_push(page).await,
            PageKind::PingIdPush => self.pingid_push(page).await,
            PageKind::PingIdDone => Ok(pingfederate::done(page, None)),
            PageKind::PassingOn => {
                Ok(predicates::passing_on(page).map(|form| form.fill().request()))
            }
            PageKind::EntraSignIn => entra::sign_in(self, page).await,
            PageKind::EntraSecondFactor => entra::second_factor(self, page).await,
            PageKind::EntraStaySignedIn => Ok(entra::do_not_stay(page)),
            PageKind::EntraRegistration => Ok(entra::skip_registration(page)),
            PageKind::EntraError => Err(entra::error(page)),
            PageKind::Expired => Err(Refusal::Expired {
                host,
                text: or_title(page),
            }),
            PageKind::Complaint => Err(Refusal::EndedByProvider { host, text }),
        }
    }

    /// The page at the end of an exchange and its redirects.
    pub(super) async fn open(&mut self, request: Request) -> Result<Page, Refusal> {
        let mut request = request;
        loop {
            self.steps += 1;
            let answer = self.exchange(&request).await?;
            if self.steps >= MOST_STEPS {
                return Err(Refusal::Circles {
                    host: answer.host(),
                    steps: self.steps,
                });
            }
            let Some(target) = redirected(&answer) else {
                return self.read(answer).await;
            };
            request = match answer.status {
                // RFC 9110 §15.4.8 and .9: these repeat the request. The host is admitted like any other that sees it.
                307 | 308 => Request {
                    url: target,
                    ..request
                },
                _ => Request::get(target),
            };
        }
    }

    /// Tags that nobody closes, or a thousand attributes: a page can be written so that reading it takes hours.
    async fn read(&self, answer: Answer) -> Result<Page, Refusal> {
        let host = answer.host();
        let reading = tokio::task::spawn_blocking(move || Page::read(answer));
        self.transport
            .waiting(&host, async {
                Ok(reading.await.expect("reading a page does not panic"))
            })
            .await
    }

    /// One exchange with a host that is trusted.
    pub(super) async fn exchange(&mut self, request: &Request) -> Result<Answer, Refusal> {
        self.admit(&request.url).await?;
        self.transport.send(request.clone()).await
    }

    /// Lets the sign-in go to that address, or refuses.
    pub(super) async fn admit(&mut self, url: &Url) -> Result<(), Refusal> {
        if self.trust.admit(url, self.terminal).await? == Asked::Person {
            self.transport.start_anew();
        }
        Ok(())
    }

    /// A page that asks for the password again has refused it.
    pub(super) fn password_once(&mut self, page: &Page) -> Result<(), Refusal> {
        let host = host_and_port(&page.url);
        if self.asked.contains(&host) {
            let text = page.complaint.clone();
            if predicates::tells_of_expiry(&text.to_lowercase()) {
                return Err(Refusal::Expired { host, text });
            }
            return Err(Refusal::Password { host, text });
        }
        self.asked.push(host);
        Ok(())
    }

    /// A one-time code. A second one is not asked for: the first was refused.
    pub(super) async fn code(&mut self, page: &Page) -> Result<Secret, Refusal> {
        let host = host_and_port(&page.url);
        if self.code_sent {
            return Err(Refusal::SecondFactor {
                host,
                text: page.complaint.clone(),
            });
        }
        let source = &self.credentials.second_factor;
        let code = if source.is_at_hand() {
            self.transport
                .waiting("the second factor", source.code(&host, self.terminal))
                .await?
        } else {
            let code = source.code(&host, self.terminal).await?;
            self.transport.start_anew();
            code
        };
        self.code_sent = true;
        Ok(code)
    }

    /// Tells the person to look at their telephone; without one nobody would.
    pub(super) fn announce_push(&self, host: &str, number: &str) -> Result<(), Refusal> {
        if !self.terminal.has_person() {
            return Err(Refusal::SecondFactorNeeded {
                host: host.to_owned(),
            });
        }
        match number {
            "" => self.terminal.say(format_args!(
                "{host} waits for your answer on your telephone"
            )),
            number => self.terminal.say(format_args!(
                "{host} waits for your telephone; the number to pick is {number}"
            )),
        }
        Ok(())
    }

    async fn one_time_code(&mut self, page: &Page) -> Result<Option<Request>, Refusal> {
        let Some((form, field)) = predicates::one_time_code(page) else {
            return Ok(None);
        };
        let code = self.code(page).await?;
        Ok(Some(form.fill().set(&field.name, code.expose()).request()))
    }

    async fn adfs_push(&mut self, page: &Page) -> Result<Option<Request>, Refusal> {
        let host = host_and_port(&page.url);
        if !page.complaint.is_empty() {
            return Err(Refusal::SecondFactor {
                host,
                text: page.complaint.clone(),
            });
        }
        if !self.code_sent {
            self.announce_push(&host, &page.number_to_match)?;
            self.code_sent = true;
        }
        self.transport.pause(POLL, &host).await?;
        self.steps -= 1;
        Ok(adfs::push(page).map(|form| form.fill().request()))
    }

    async fn pingid_push(&mut self, page: &Page) -> Result<Option<Request>, Refusal> {
        let host = host_and_port(&page.url);
        if self.credentials.second_factor.is_at_hand()
            && let Some(request) = pingfederate::use_code(page)
        {
            return Ok(Some(request));
        }
        self.announce_push(&host, &page.number_to_match)?;
        while let Some(request) = pingfederate::poll(page) {
            let answer = self.exchange(&request).await?;
            match pingfederate::poll_status(&answer).as_str() {
                "ASYNC_AUTH_WAIT" => self.transport.pause(POLL, &host).await?,
                "OK" => return Ok(pingfederate::done(page, Some("OK"))),
                status => {
                    return Err(Refusal::SecondFactor {
                        host,
                        text: quoted(status),
                    });
                }
            }
        }
        Ok(None)
    }
}

/// The SAML response, if it is made out for the StorageGRID that was asked. One that is made out for another would let the
/// one that was asked sign in there: it chose the signed URL.
fn response(page: &Page, address: &Address) -> Result<Zeroizing<String>, Refusal> {
    let form = page
        .form_with(&["SAMLResponse"])
        .expect("the predicate found it");
    if !address.is_origin_of(&form.action) {
        return Err(Refusal::ForeignRecipient {
            provider: host_and_port(&page.url),
            recipient: host_and_port(&form.action),
            asked: address.to_string(),
        });
    }
    let value = &form.field("SAMLResponse").expect("the form has it").value;
    // Pages wrap long base64; StorageGRID's reader need not like that.
    Ok(Zeroizing::new(value.split_whitespace().collect()))
}

fn redirected(answer: &Answer) -> Option<Url> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    answer.url.join(answer.header("location")?).ok()
}

fn or_title(page: &Page) -> String {
    if page.complaint.is_empty() {
        page.title.clone()
    } else {
        page.complaint.clone()
    }
}
