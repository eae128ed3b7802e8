//! Keys that sign our own JWTs, as an operator sees them beside the others. They have no certificate; their name is the `kid`.

use super::manage::{Facts, Selection};
use super::{Holder, State};
use crate::error::{Answer, Unavailable};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::jwt_keys::JwtKeyRow;
use jiff::Timestamp;

impl Service {
    /// Every one of an organization, the newest first.
    pub(super) async fn jwt_facts(
        &self,
        moment: &Moment,
        organization: &str,
    ) -> Result<Vec<Facts>, Unavailable> {
        let mut rows = self.jwt_keys(organization).await?;
        rows.sort_by(|a, b| {
            (&a.door, &a.purpose, b.signs_from).cmp(&(&b.door, &b.purpose, a.signs_from))
        });
        let facts = rows.iter().map(|row| Facts {
            holder: Holder::door(organization, &row.door),
            role: row.purpose.clone(),
            algorithm: "p-256".to_owned(),
            fingerprint: row.kid.clone(),
            state: state(row, &rows, moment.now),
            signs_from: row.signs_from,
            retires_at: row.published_until,
            not_after: None,
            certificate: Vec::new(),
        });
        Ok(facts.collect())
    }

    /// Lets a new one follow in every line that is meant. Returns the new ones.
    pub(super) async fn rotate_jwt_keys(
        &self,
        moment: &Moment,
        selection: &Selection,
    ) -> Result<Vec<Facts>, Unavailable> {
        let organization = &selection.organization;
        let before = self.jwt_facts(moment, organization).await?;
        let mut lines: Vec<(&str, &str)> = before
            .iter()
            .filter(|key| selection.holds(&key.holder, &key.role))
            .map(|key| (key.holder.door.as_str(), key.role.as_str()))
            .collect();
        lines.dedup();
        for line in lines {
            self.rotate_jwt_key(moment, organization, line).await?;
        }
        let mut after = self.jwt_facts(moment, organization).await?;
        after.retain(|key| before.iter().all(|old| old.fingerprint != key.fingerprint));
        Ok(after)
    }

    /// Kills the one of that `kid`.
    pub(super) async fn kill_jwt(
        &self,
        moment: &Moment,
        organization: &str,
        kid: &str,
    ) -> Answer<Vec<Facts>> {
        if let Err(refused) = self.kill_jwt_key(moment, organization, kid).await? {
            return Ok(Err(refused));
        }
        let mut all = self.jwt_facts(moment, organization).await?;
        all.retain(|key| key.fingerprint == kid);
        Ok(Ok(all))
    }
}

fn state(row: &JwtKeyRow, rows: &[JwtKeyRow], now: Timestamp) -> State {
    let begun = rows.iter().filter(|other| {
        other.door == row.door
            && other.purpose == row.purpose
            && other.is_published(now)
            && other.signs_from <= now
    });
    let current = begun.max_by_key(|other| (other.signs_from, other.kid.as_str()));
    if row.killed.is_some() {
        State::Killed
    } else if !row.is_published(now) {
        State::Retired
    } else if current == Some(row) {
        State::Current
    } else if row.signs_from > now {
        State::Next
    } else {
        State::Previous
    }
}
