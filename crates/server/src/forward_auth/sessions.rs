//! Sessions of a CESS gateway: the credential of a transaction that a proxy forwards. Nobody sees how it ends.

use super::answered::passed;
use super::asked::Asked;
use super::rules::Sessions;
use crate::app::App;
use crate::doors::cess::headers::Demand;
use crate::doors::cess::problem;
use axum::response::Response;
use identity::Moment;

/// Whether the credential of a transaction lets it pass.
pub(super) async fn judge(
    app: &App,
    moment: &Moment,
    (opened_by, asked): (&Sessions, &Asked<'_>),
) -> Response {
    let demand = match Demand::read(asked.headers) {
        Ok(demand) => demand,
        Err(response) => return *response,
    };
    let judged = app
        .service
        .pass_transaction(
            moment,
            &opened_by.gateway,
            demand.of_application(opened_by.lifetime),
        )
        .await;
    match judged {
        Ok(Ok(transaction)) => passed(&transaction),
        Ok(Err(why)) => problem::not_begun(&why),
        Err(away) => problem::unavailable(&away),
    }
}
