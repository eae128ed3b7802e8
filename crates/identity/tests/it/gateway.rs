//! Transactions at the gateway, in front of a PSC that fails in every way that networks know.

use crate::support::{World, code, ok};
use futures_util::future::BoxFuture;
use identity::Moment;
use identity::gateway::Gateway;
use identity::gateway::authorization::{Credential, Holder, Schema};
use identity::gateway::providers::{Provider, Providers};
use identity::gateway::psc::{Checked, OpenRequest, Opened, Psc, PscFault};
use identity::gateway::sessions::{NotBegun, Transaction};
use identity::gateway::transaction::Wishes;
use identity::guard;
use identity::login::Secret;
use jiff::SignedDuration;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

const CPF: &str = "52998224725";

/// What the PSC remembers, and how it fails next.
#[derive(Default)]
struct Cloud {
    open: HashSet<String>,
    opened: u32,
    passwords: Vec<String>,
    next: Option<PscFault>,
    revoke_next: Option<PscFault>,
    /// Whether the next revocation is heard of, and never answered.
    stuck: bool,
    revoked: u32,
}

/// Two providers, of which only `VAULTID` knows [`CPF`].
#[derive(Default)]
struct Clouds(Mutex<Cloud>);

impl Clouds {
    fn fails(&self, fault: PscFault) {
        self.0.lock().unwrap().next = Some(fault);
    }

    fn live(&self) -> usize {
        self.0.lock().unwrap().open.len()
    }

    fn passwords(&self) -> Vec<String> {
        self.0.lock().unwrap().passwords.clone()
    }
}

impl Psc for Clouds {
    fn open<'a>(
        &'a self,
        provider: &'a Provider,
        request: OpenRequest<'a>,
    ) -> BoxFuture<'a, Result<Opened, PscFault>> {
        let mut cloud = self.0.lock().unwrap();
        cloud
            .passwords
            .push(format!("{} {}", provider.id, request.otp.expose()));
        let opened = match cloud.next.take() {
            Some(fault) => Err(fault),
            None => {
                cloud.opened += 1;
                let token = format!("{:040x}", cloud.opened);
                cloud.open.insert(token.clone());
                Ok(Opened {
                    token: Secret::new(token),
                    lifetime: request.lifetime,
                })
            }
        };
        Box::pin(async move { opened })
    }

    fn revoke<'a>(
        &'a self,
        _: &'a Provider,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<(), PscFault>> {
        let mut cloud = self.0.lock().unwrap();
        cloud.revoked += 1;
        if std::mem::take(&mut cloud.stuck) {
            return Box::pin(std::future::pending());
        }
        let revoked = match cloud.revoke_next.take() {
            Some(fault) => Err(fault),
            None => {
                cloud.open.remove(token.expose());
                Ok(())
            }
        };
        Box::pin(async move { revoked })
    }

    fn check<'a>(
        &'a self,
        provider: &'a Provider,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<Checked, PscFault>> {
        let known = provider.id == "VAULTID" && ["elsewhere", "once"].contains(&token.expose());
        let checked = if known {
            Checked::Live {
                holder: Holder::new(CPF),
                used_up: token.expose() == "once",
            }
        } else {
            Checked::Dead
        };
        Box::pin(async move { Ok(checked) })
    }

    fn knows<'a>(
        &'a self,
        provider: &'a Provider,
        holder: &'a Holder,
    ) -> BoxFuture<'a, Result<bool, PscFault>> {
        let known = provider.id == "VAULTID" && holder.as_str() == CPF;
        Box::pin(async move { Ok(known) })
    }
}

pub(crate) struct Desk {
    pub(crate) world: World,
    clouds: Arc<Clouds>,
    pub(crate) gateway: Gateway,
}

impl Desk {
    async fn open() -> Self {
        Self::over(World::new().await)
    }

    pub(crate) fn over(world: World) -> Self {
        let clouds = Arc::new(Clouds::default());
        Self {
            world,
            gateway: gateway(&clouds),
            clouds,
        }
    }

    pub(crate) async fn begin(
        &self,
        credential: Credential,
        wishes: &str,
    ) -> Result<Transaction, NotBegun> {
        self.begin_at(&self.world.moment, credential, wishes).await
    }

    async fn begin_at(
        &self,
        moment: &Moment,
        credential: Credential,
        wishes: &str,
    ) -> Result<Transaction, NotBegun> {
        let wishes = Wishes::read(wishes).unwrap();
        let begun = self
            .world
            .service
            .begin_transaction(moment, &self.gateway, (credential, wishes))
            .await;
        begun.expect("the store answers")
    }

    pub(crate) async fn end(&self, transaction: &Transaction) {
        let moment = &self.world.moment;
        self.world
            .service
            .end_transaction(moment, &self.gateway, (transaction, "done"))
            .await
            .unwrap();
    }
}

fn gateway(clouds: &Arc<Clouds>) -> Gateway {
    let provider = |id: &str| Provider {
        id: id.to_owned(),
        addresses: Vec::new(),
        schema: true,
        longest: None,
    };
    let list = vec![provider("SOLUTI"), provider("VAULTID")];
    let providers = Providers::new(list, "SOLUTI", SignedDuration::from_hours(12)).unwrap();
    Gateway::new("grid", providers, Arc::clone(clouds) as Arc<dyn Psc>)
}

pub(crate) fn basic(otp: &str) -> Credential {
    Credential::Basic {
        holder: Holder::new(CPF).unwrap(),
        otp: Secret::new(otp),
    }
}

pub(crate) fn bearer(token: &str) -> Credential {
    Credential::Bearer(Secret::new(token))
}

fn schema(text: &str) -> Credential {
    Credential::Schema(Schema::read(text).unwrap())
}

fn refusal(begun: Result<Transaction, NotBegun>) -> &'static str {
    match begun.expect_err("a refusal") {
        NotBegun::Refused(refused) => refused.code,
        NotBegun::Away { fault, .. } => fault.code(),
    }
}

pub(crate) fn token(transaction: &Transaction) -> String {
    transaction.token().expose().to_owned()
}

#[tokio::test]
async fn a_session_ends_with_the_transaction_that_opened_it() {
    let desk = Desk::open().await;
    let transaction = desk
        .begin(basic("111111"), "returnAccessToken=true;lifetime=999")
        .await
        .unwrap();
    assert_eq!(
        transaction.provider, "VAULTID",
        "the one that knows the holder"
    );
    let data = transaction.schema_data.clone().unwrap();
    assert_eq!(data, format!("{};999;VAULTID", token(&transaction)));
    assert!(
        desk.begin(bearer(&token(&transaction)), "").await.is_ok(),
        "control: it lives until then"
    );
    desk.end(&transaction).await;
    assert_eq!(desk.clouds.live(), 0);
    assert_eq!(
        refusal(desk.begin(bearer(&token(&transaction)), "").await),
        "gateway.session"
    );
}

#[tokio::test]
async fn a_session_that_is_kept_serves_until_it_is_revoked() {
    let desk = Desk::open().await;
    let first = desk
        .begin(basic("111111"), "autoRevoke=false")
        .await
        .unwrap();
    assert!(first.schema_data.is_none(), "nobody asked for it");
    desk.end(&first).await;
    let kept = token(&first);
    for good in [
        kept.clone(),
        format!("{CPF}|{kept}"),
        format!("VAULTID-{CPF}|{kept}"),
        format!("VAULTID-|{kept}"),
    ] {
        let credential = if good == kept {
            bearer(&good)
        } else {
            schema(&good)
        };
        let used = desk.begin(credential, "").await;
        // Without a provider the schema means the default one, which is another.
        if good.starts_with(CPF) {
            assert_eq!(refusal(used), "gateway.session");
        } else {
            desk.end(&used.unwrap()).await;
        }
    }
    for foreign in [
        format!("SOLUTI-|{kept}"),
        format!("VAULTID-11122233344|{kept}"),
    ] {
        assert_eq!(
            refusal(desk.begin(schema(&foreign), "").await),
            "gateway.session",
            "{foreign}"
        );
    }
    let moment = &desk.world.moment;
    for _ in 0..2 {
        desk.world
            .service
            .revoke_gateway_session(moment, &desk.gateway, &Secret::new(&kept))
            .await
            .unwrap()
            .unwrap();
    }
    assert_eq!(desk.clouds.live(), 0);
    assert_eq!(
        refusal(desk.begin(bearer(&kept), "").await),
        "gateway.session"
    );
}

#[tokio::test]
async fn a_session_is_over_when_its_time_is() {
    let desk = Desk::open().await;
    let transaction = desk
        .begin(basic("111111"), "autoRevoke=false;lifetime=3")
        .await
        .unwrap();
    let after = |seconds| Moment {
        now: desk.world.moment.now + SignedDuration::from_secs(seconds),
        ..desk.world.moment.clone()
    };
    assert!(
        desk.begin_at(&after(2), bearer(&token(&transaction)), "")
            .await
            .is_ok(),
        "control"
    );
    assert_eq!(
        refusal(
            desk.begin_at(&after(3), bearer(&token(&transaction)), "")
                .await
        ),
        "gateway.session"
    );
}

#[tokio::test]
async fn a_one_time_password_is_sent_once_whatever_fails() {
    for (fault, expected) in [
        (PscFault::Refused, "gateway.credentials"),
        (PscFault::NotReached, "gateway.provider_unreachable"),
        (PscFault::NoAnswer, "gateway.provider_timeout"),
        (PscFault::Fails, "gateway.provider_failure"),
        (PscFault::LeftAlone, "gateway.provider_left_alone"),
    ] {
        let desk = Desk::open().await;
        desk.clouds.fails(fault);
        assert_eq!(refusal(desk.begin(basic("222222"), "").await), expected);
        assert_eq!(
            desk.clouds.passwords(),
            ["VAULTID 222222"],
            "and to no other provider"
        );
    }
}

#[tokio::test]
async fn nobody_who_is_unknown_has_a_password_sent_anywhere() {
    let desk = Desk::open().await;
    let stranger = Credential::Basic {
        holder: Holder::new("11122233344").unwrap(),
        otp: Secret::new("333333"),
    };
    assert_eq!(
        refusal(desk.begin(stranger, "").await),
        "gateway.credentials"
    );
    assert!(desk.clouds.passwords().is_empty());
}

#[tokio::test]
async fn a_session_left_by_a_process_that_is_gone_is_ended_by_the_next() {
    let desk = Desk::open().await;
    let left = desk.begin(basic("111111"), "").await.unwrap();
    let kept = desk
        .begin(basic("222222"), "autoRevoke=false")
        .await
        .unwrap();
    // The process dies here. Another one starts on the same database.
    let node = desk.world.another_node().await;
    let theirs = gateway(&desk.clouds);
    let later = |seconds| Moment {
        now: node.moment.now + SignedDuration::from_secs(seconds),
        ..node.moment.clone()
    };
    assert_eq!(
        node.service
            .end_left_open(&later(10), &theirs)
            .await
            .unwrap(),
        0,
        "it may still answer for it"
    );
    assert_eq!(
        node.service
            .end_left_open(&later(16), &theirs)
            .await
            .unwrap(),
        1
    );
    assert_eq!(desk.clouds.live(), 1, "only the one that is to be kept");
    assert_eq!(
        refusal(desk.begin_at(&later(16), bearer(&token(&left)), "").await),
        "gateway.session"
    );
    assert!(
        desk.begin_at(&later(16), bearer(&token(&kept)), "")
            .await
            .is_ok()
    );
    assert_eq!(
        node.service
            .end_left_open(&later(40), &theirs)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn a_process_that_lives_keeps_its_transactions() {
    let desk = Desk::open().await;
    let slow = desk.begin(basic("111111"), "").await.unwrap();
    let later = |seconds| Moment {
        now: desk.world.moment.now + SignedDuration::from_secs(seconds),
        ..desk.world.moment.clone()
    };
    desk.world
        .service
        .hold_transactions(&later(14), &desk.gateway)
        .await
        .unwrap();
    assert_eq!(
        desk.world
            .service
            .end_left_open(&later(20), &desk.gateway)
            .await
            .unwrap(),
        0
    );
    desk.end(&slow).await;
    assert_eq!(desk.clouds.live(), 0);
}

#[tokio::test]
async fn an_end_that_was_cut_short_is_taken_up_again_although_the_process_lives() {
    let desk = Desk::open().await;
    let transaction = desk.begin(basic("111111"), "").await.unwrap();
    desk.clouds.0.lock().unwrap().stuck = true;
    let cut = tokio::time::timeout(std::time::Duration::from_millis(50), desk.end(&transaction));
    assert!(cut.await.is_err(), "the provider never answers");
    let later = |seconds| Moment {
        now: desk.world.moment.now + SignedDuration::from_secs(seconds),
        ..desk.world.moment.clone()
    };
    let (service, gateway) = (&desk.world.service, &desk.gateway);
    service
        .hold_transactions(&later(14), gateway)
        .await
        .unwrap();
    let ended = service.end_left_open(&later(16), gateway).await;
    assert_eq!((ended.unwrap(), desk.clouds.live()), (1, 0));
}

#[tokio::test]
async fn what_a_provider_did_not_hear_is_said_again() {
    for fault in [
        PscFault::NoAnswer,
        PscFault::Fails,
        PscFault::NotReached,
        PscFault::LeftAlone,
    ] {
        let desk = Desk::open().await;
        let transaction = desk.begin(basic("111111"), "").await.unwrap();
        desk.clouds.0.lock().unwrap().revoke_next = Some(fault);
        desk.end(&transaction).await;
        assert_eq!(desk.clouds.live(), 1, "it did not hear");
        assert_eq!(
            refusal(desk.begin(bearer(&token(&transaction)), "").await),
            "gateway.session",
            "dead here at once"
        );
        let later = Moment {
            now: desk.world.moment.now + SignedDuration::from_secs(16),
            ..desk.world.moment.clone()
        };
        assert_eq!(
            desk.world
                .service
                .end_left_open(&later, &desk.gateway)
                .await
                .unwrap(),
            1
        );
        assert_eq!(desk.clouds.live(), 0);
    }
}

#[tokio::test]
async fn a_session_opened_elsewhere_is_checked_where_it_was_opened() {
    let desk = Desk::open().await;
    assert_eq!(
        desk.begin(bearer("elsewhere"), "").await.unwrap().provider,
        "VAULTID"
    );
    assert!(
        desk.begin(schema(&format!("VAULTID-{CPF}|elsewhere")), "")
            .await
            .is_ok()
    );
    assert_eq!(
        refusal(
            desk.begin(schema("VAULTID-11122233344|elsewhere"), "")
                .await
        ),
        "gateway.session"
    );
    assert_eq!(
        refusal(desk.begin(bearer("nowhere"), "").await),
        "gateway.session"
    );
}

#[tokio::test]
async fn a_client_that_shows_too_many_unknown_tokens_is_asked_to_wait_whatever_it_shows_next() {
    let desk = Desk::open().await;
    let kept = desk
        .begin(basic("111111"), "autoRevoke=false")
        .await
        .unwrap();
    let revoke = async |moment: &Moment, token: &str| {
        desk.world
            .service
            .revoke_gateway_session(moment, &desk.gateway, &Secret::new(token))
            .await
    };
    let moment = desk.world.moment.clone();
    for number in 0..60 {
        ok(revoke(&moment, &format!("unknown-{number}")).await);
    }
    let asked = desk.clouds.0.lock().unwrap().revoked;
    assert_eq!(asked, 120, "every provider is told of each");
    let known = token(&kept);
    for next in ["unknown", known.as_str()] {
        assert_eq!(code(revoke(&moment, next).await), "gateway.throttled");
    }
    assert_eq!(
        refusal(desk.begin(bearer("nowhere"), "").await),
        "gateway.throttled"
    );
    assert_eq!(desk.clouds.0.lock().unwrap().revoked, asked);
    let neighbour = Moment {
        client: Some([192, 0, 2, 2].into()),
        ..moment.clone()
    };
    ok(revoke(&neighbour, "unknown").await);
    {
        let _off = guard::off("gateway.throttled");
        ok(revoke(&moment, &known).await);
    }
    let later = Moment {
        now: moment.now + SignedDuration::from_secs(60),
        ..moment
    };
    ok(revoke(&later, "unknown").await);
}

#[tokio::test]
async fn what_nobody_sees_end_opens_no_session_that_should() {
    let desk = Desk::open().await;
    let pass = async |credential: Credential, wishes: &str| {
        let wishes = Wishes::read(wishes).unwrap();
        desk.world
            .service
            .pass_transaction(&desk.world.moment, &desk.gateway, (credential, wishes))
            .await
            .unwrap()
    };
    for wishes in ["", "autoRevoke=true"] {
        assert_eq!(
            refusal(pass(basic("111111"), wishes).await),
            "gateway.unending"
        );
    }
    assert!(desk.clouds.passwords().is_empty(), "none is spent on it");
    let passed = pass(basic("222222"), "autoRevoke=false").await.unwrap();
    assert_eq!(passed.holder.as_ref().unwrap().as_str(), CPF);
    assert_eq!(desk.clouds.live(), 1, "it stays open");
    let kept = token(&passed);
    assert!(pass(bearer(&kept), "").await.is_ok());
    let named = format!("VAULTID-|{kept}");
    assert_eq!(refusal(pass(schema(&named), "").await), "gateway.unending");
    assert!(pass(schema(&named), "autoRevoke=false").await.is_ok());
    {
        let _off = guard::off("gateway.unending");
        assert!(pass(basic("333333"), "").await.is_ok());
    }
    let events = desk
        .world
        .service
        .store()
        .events("grid", jiff::Timestamp::UNIX_EPOCH, 1000)
        .await
        .unwrap();
    let of_transactions = events.iter().filter(|e| e.kind == "gateway.transaction");
    assert_eq!(of_transactions.count(), 4, "one each");
}

#[tokio::test]
async fn a_token_that_served_once_elsewhere_serves_once_here() {
    let desk = Desk::open().await;
    assert!(desk.begin(bearer("once"), "").await.is_ok());
    assert_eq!(
        refusal(desk.begin(bearer("once"), "").await),
        "gateway.session"
    );
    assert!(desk.begin(bearer("elsewhere"), "").await.is_ok());
    assert!(desk.begin(bearer("elsewhere"), "").await.is_ok(), "control");
}
