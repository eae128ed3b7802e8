//! The relying parties that a session took part with, and how the logout of each went.

use super::{Connection, Store};
use crate::error::Unavailable;
use saml::messages::NameId;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A relying party's part in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// The session.
    pub session: String,
    /// Entity ID.
    pub entity_id: String,
    /// NameID that it was told.
    pub name_id: String,
    /// Format of the NameID.
    pub name_id_format: Option<String>,
    /// SessionIndex that it was told.
    pub session_index: String,
}

impl Participant {
    /// The NameID as it was issued.
    pub fn name_id(&self) -> NameId {
        NameId {
            value: self.name_id.clone(),
            format: self.name_id_format.clone(),
            name_qualifier: None,
            sp_name_qualifier: None,
        }
    }
}

/// How the logout of a participant went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutState {
    /// It was sent a LogoutRequest.
    Asked,
    /// It is signed out.
    Done,
    /// It said no.
    Failed,
    /// It has no address for it.
    Unreachable,
}

impl LogoutState {
    fn text(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unreachable => "unreachable",
        }
    }

    fn of(text: &str) -> Result<Self, sqlx::Error> {
        let known = [Self::Asked, Self::Done, Self::Failed, Self::Unreachable];
        let state = known.into_iter().find(|state| state.text() == text);
        state.ok_or_else(|| sqlx::Error::Decode(format!("{text} is no logout state").into()))
    }
}

impl Store {
    /// The parts of one relying party in sessions of a door that were told that NameID. Sessions that ended are among them.
    pub async fn participants_named(
        &self,
        organization: &str,
        door: &str,
        entity_id: &str,
        name_id: &str,
    ) -> Result<Vec<Participant>, Unavailable> {
        let rows = sqlx::query(
            "select p.* from participants p join sessions s on s.organization = p.organization and s.id = p.session_id \
             where p.organization = $1 and s.door = $2 and p.entity_id = $3 and p.name_id = $4 order by p.session_id",
        )
        .bind(organization)
        .bind(door)
        .bind(entity_id)
        .bind(name_id)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(participant).collect::<Result<_, _>>()?)
    }

    /// The participants of the sessions that a logout ended and that have not been asked yet, in a stable order.
    pub async fn participants_to_ask(
        &self,
        organization: &str,
        logout: &str,
    ) -> Result<Vec<Participant>, Unavailable> {
        let rows = sqlx::query(
            "select p.* from participants p join sessions s on s.organization = p.organization and s.id = p.session_id \
             where p.organization = $1 and s.logout = $2 and p.logout_state is null order by p.session_id, p.entity_id",
        )
        .bind(organization)
        .bind(logout)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(participant).collect::<Result<_, _>>()?)
    }

    /// How the logout of each participant of a session went, by name; nothing where it was not asked. A party that is not
    /// declared any more goes by its entity ID.
    pub async fn logout_states(
        &self,
        organization: &str,
        session: &str,
    ) -> Result<Vec<(String, Option<LogoutState>)>, Unavailable> {
        let rows = sqlx::query(
            "select coalesce(a.name, p.entity_id) as party, p.logout_state as logout_state from participants p \
             left join applications a on a.organization = p.organization and a.entity_id = p.entity_id \
             where p.organization = $1 and p.session_id = $2 order by 1, p.entity_id",
        )
        .bind(organization)
        .bind(session)
        .fetch_all(self.database.reads())
        .await?;
        let state = |row: &AnyRow| {
            let text: Option<String> = row.try_get("logout_state")?;
            Ok((
                row.try_get("party")?,
                text.as_deref().map(LogoutState::of).transpose()?,
            ))
        };
        Ok(rows.iter().map(state).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Whether every participant of a logout is signed out.
    pub async fn logout_is_complete(
        &self,
        organization: &str,
        logout: &str,
    ) -> Result<bool, Unavailable> {
        let row = sqlx::query(
            "select p.entity_id as entity_id from participants p join sessions s on s.organization = p.organization and s.id = p.session_id \
             where p.organization = $1 and s.logout = $2 and (p.logout_state is null or p.logout_state <> 'done') limit 1",
        )
        .bind(organization)
        .bind(logout)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.is_none())
    }
}

/// Records one; nothing happens if it takes part already.
pub(crate) async fn add(
    connection: &mut Connection,
    organization: &str,
    participant: &Participant,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into participants (organization, session_id, entity_id, name_id, name_id_format, session_index) values ($1, $2, $3, $4, $5, $6) \
         on conflict (organization, session_id, entity_id) do nothing",
    )
    .bind(organization)
    .bind(participant.session.as_str())
    .bind(participant.entity_id.as_str())
    .bind(participant.name_id.as_str())
    .bind(participant.name_id_format.as_deref())
    .bind(participant.session_index.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Records how its logout went.
pub(crate) async fn mark(
    connection: &mut Connection,
    organization: &str,
    (session, entity_id): (&str, &str),
    state: LogoutState,
) -> Result<(), sqlx::Error> {
    sqlx::query("update participants set logout_state = $1 where organization = $2 and session_id = $3 and entity_id = $4")
        .bind(state.text())
        .bind(organization)
        .bind(session)
        .bind(entity_id)
        .execute(connection)
        .await?;
    Ok(())
}

fn participant(row: &AnyRow) -> Result<Participant, sqlx::Error> {
    Ok(Participant {
        session: row.try_get("session_id")?,
        entity_id: row.try_get("entity_id")?,
        name_id: row.try_get("name_id")?,
        name_id_format: row.try_get("name_id_format")?,
        session_index: row.try_get("session_index")?,
    })
}
