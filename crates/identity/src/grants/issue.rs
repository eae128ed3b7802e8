//! How tokens of a grant are drawn and written down.

use crate::audit::Event;
use crate::digest;
use crate::moment::Moment;
use crate::store::grants::{self, Grant, GrantToken, TokenKind};
use crate::store::{Connection, audit, millis};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

/// How long an access token lives: the `expires_in` that HORACIUS's document prints.
pub(crate) const ACCESS: SignedDuration = SignedDuration::from_hours(1);

/// A new token: its text for whoever asked, its hash for the store.
pub(crate) struct Drawn {
    pub(crate) plain: String,
    pub(crate) row: GrantToken,
}

impl Drawn {
    /// An access token: 128 hexadecimal digits, as HORACIUS's document prints them.
    pub(crate) fn access(moment: &Moment) -> Self {
        let plain = digest::hexadecimal(&moment.bytes::<64>());
        Self::of(moment, TokenKind::Access, plain, moment.now + ACCESS)
    }

    /// A refresh token: 256 bits.
    pub(crate) fn refresh(moment: &Moment, expires: Timestamp) -> Self {
        let plain = URL_SAFE_NO_PAD.encode(moment.bytes::<32>());
        Self::of(moment, TokenKind::Refresh, plain, expires)
    }

    /// A token of that text.
    pub(crate) fn of(moment: &Moment, kind: TokenKind, plain: String, expires: Timestamp) -> Self {
        let row = GrantToken {
            kind,
            hash: digest::of_secret(&plain),
            issued_at: millis(moment.now),
            expires_at: millis(expires),
        };
        Self { plain, row }
    }
}

/// Everything that one answer issues.
pub(crate) struct Issue {
    pub(crate) organization: String,
    pub(crate) grant: Grant,
    pub(crate) tokens: Vec<GrantToken>,
    pub(crate) event: Event,
}

impl Issue {
    /// Writes grant, tokens and event.
    pub(crate) async fn write_first(&self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        grants::add(connection, &self.organization, &self.grant).await?;
        self.write_next(connection).await
    }

    /// Writes tokens and event of a grant that exists.
    pub(crate) async fn write_next(&self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        for token in &self.tokens {
            grants::add_token(connection, &self.organization, &self.grant.id, token).await?;
        }
        audit::append(connection, &self.event).await
    }
}
