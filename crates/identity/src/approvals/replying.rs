//! The telephone's side: what waits for it, and what it answers.

use super::{Method, Reply, Waiting};
use crate::audit::Event;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::approvals::{self, ApprovalRow};
use crate::store::audit;

impl Service {
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
}

fn answered() -> Refused {
    Refused::new(
        "approval.over",
        "it was answered before, has expired, or was never asked",
    )
}
