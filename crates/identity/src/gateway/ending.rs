//! How sessions end: with their transaction, by `POST /revoke`, or because nobody answers for them any more.
//!
//! A session that must end with its transaction is written down before anything is forwarded, with a time until which this
//! process answers for it. Whoever finds the time passed — the same program started again, another node — ends it
//! ([`Service::end_left_open`]). What cannot be covered is a session whose access token never reached us.

use super::Gateway;
use super::memory::Fate;
use super::psc::PscFault;
use super::sessions::{HELD, SEALED, Transaction, stranger, throttled};
use crate::audit::Event;
use crate::digest;
use crate::error::{Answer, Unavailable};
use crate::guard;
use crate::login::Secret;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::gateway_sessions;
use crate::store::{audit, millis};
use std::convert::Infallible;

/// How many sessions one round of [`Service::end_left_open`] takes on.
const ROUND: u32 = 100;

impl Service {
    /// Ends a transaction: the session that must end with it is dead, here and at its provider, when this returns, or dead here
    /// and written down to be ended at its provider. `outcome` says what became of the transaction, for the audit.
    pub async fn end_transaction(
        &self,
        moment: &Moment,
        gateway: &Gateway,
        (transaction, outcome): (&Transaction, &str),
    ) -> Result<(), Unavailable> {
        let session = match (transaction.opened, transaction.ends_session) {
            (true, true) => "opened and ended",
            (true, false) => "opened",
            (false, _) => "reused",
        };
        let took = moment.now.duration_since(transaction.began).as_millis();
        let detail = format!(
            "provider {}, session {session}, {took} ms, {outcome}",
            transaction.provider
        );
        let mut event = Event::new(moment, "gateway.transaction", &gateway.organization, detail);
        if let Some(holder) = &transaction.holder {
            event = event.by(holder.masked());
        }
        let ends = transaction.ends_session.then(|| transaction.hash.clone());
        // From here on the row's time runs: where the store or the provider does not hear of the end, a later round finds it.
        if let Some(hash) = &ends {
            gateway.held.remove(hash);
        }
        self.note_end(moment, gateway, (ends, event)).await?;
        if transaction.ends_session {
            self.revoke_at(
                moment,
                gateway,
                (&transaction.provider, &transaction.hash, &transaction.token),
            )
            .await?;
        }
        Ok(())
    }

    async fn note_end(
        &self,
        moment: &Moment,
        gateway: &Gateway,
        (ends, event): (Option<String>, Event),
    ) -> Result<(), Unavailable> {
        let organization = gateway.organization.clone();
        let times = (millis(moment.now), millis(moment.now + HELD));
        let evicted = ends.clone();
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if let Some(hash) = &ends {
                        gateway_sessions::end(connection, &organization, hash, times).await?;
                    }
                    audit::append(connection, &event).await?;
                    Ok(Ok::<_, Infallible>(()))
                })
            })
            .await;
        if let Some(hash) = &evicted {
            gateway.cache.evict(hash);
        }
        written.map(|Ok(())| ())
    }

    /// Tells the provider, and writes down that it knows. What it did not hear stays written down for the next round.
    async fn revoke_at(
        &self,
        moment: &Moment,
        gateway: &Gateway,
        (provider, hash, token): (&str, &str, &Secret),
    ) -> Result<(), Unavailable> {
        let Some(provider) = gateway.providers.find(provider) else {
            return Ok(());
        };
        let told = gateway.psc.revoke(provider, token).await;
        // "No such session" is what we wanted to hear.
        if let Err(fault) = told
            && fault != PscFault::Refused
        {
            tracing::warn!(
                provider = provider.id,
                code = fault.code(),
                "a session could not be ended yet"
            );
            return Ok(());
        }
        let (organization, hash, now) = (
            gateway.organization.clone(),
            hash.to_owned(),
            millis(moment.now),
        );
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    gateway_sessions::revoked(connection, &organization, &hash, now).await?;
                    Ok(Ok::<_, Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())
    }

    /// Ends a session by its token (`POST /revoke`). Says nothing about whether there was one. Refused with `gateway.throttled`,
    /// whatever the token, to a client that came with too many that nobody knows: each of those is told to every provider.
    pub async fn revoke_gateway_session(
        &self,
        moment: &Moment,
        gateway: &Gateway,
        token: &Secret,
    ) -> Answer<()> {
        let stranger = stranger(moment, gateway);
        if !gateway.strangers.admits(stranger, moment.now) && guard::stands("gateway.throttled") {
            return Ok(Err(throttled()));
        }
        let hash = digest::of_secret(token.expose());
        let row = self
            .inner
            .store
            .gateway_session(&gateway.organization, &hash)
            .await?;
        gateway.cache.evict(&hash);
        let Some(row) = row else {
            gateway.strangers.wrong(stranger, moment.now);
            // Opened elsewhere, perhaps: every provider is told, and nothing of what they say goes to whoever asks.
            for provider in gateway.providers.all() {
                let _ = gateway.psc.revoke(provider, token).await;
            }
            gateway
                .cache
                .put(&hash, Fate::Dead, (moment.now, gateway.cache.epoch()));
            return Ok(Ok(()));
        };
        let event = Event::new(
            moment,
            "gateway.revoked",
            &gateway.organization,
            format!("provider {}", row.provider),
        );
        self.note_end(moment, gateway, (Some(hash.clone()), event))
            .await?;
        self.revoke_at(moment, gateway, (&row.provider, &hash, token))
            .await
            .map(Ok)
    }

    /// Says that this process still answers for its transactions. To be called more often than every 15 seconds.
    pub async fn hold_transactions(
        &self,
        moment: &Moment,
        gateway: &Gateway,
    ) -> Result<(), Unavailable> {
        let hashes = gateway.held.all();
        if hashes.is_empty() {
            return Ok(());
        }
        let (organization, until) = (gateway.organization.clone(), millis(moment.now + HELD));
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    gateway_sessions::hold(connection, &organization, &hashes, until).await?;
                    Ok(Ok::<_, Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())
    }

    /// Ends sessions that should be dead and for which nobody answers any more. Returns how many were taken on.
    pub async fn end_left_open(
        &self,
        moment: &Moment,
        gateway: &Gateway,
    ) -> Result<usize, Unavailable> {
        let rows = self
            .inner
            .store
            .gateway_sessions_left_open(&gateway.organization, moment.now, ROUND)
            .await?;
        let count = rows.len();
        for row in rows {
            let opened = self
                .inner
                .vault
                .open(SEALED, gateway.organization.as_bytes(), &row.token);
            let Some(token) = opened.and_then(|bytes| String::from_utf8(bytes).ok()) else {
                tracing::error!(
                    provider = row.provider,
                    "a session's token cannot be opened with this master key"
                );
                continue;
            };
            let event = Event::new(
                moment,
                "gateway.ended_left_open",
                &gateway.organization,
                format!("provider {}", row.provider),
            );
            self.note_end(moment, gateway, (Some(row.hash.clone()), event))
                .await?;
            self.revoke_at(
                moment,
                gateway,
                (&row.provider, &row.hash, &Secret::new(token)),
            )
            .await?;
        }
        Ok(count)
    }
}
