//! The telephone of the one person who has one.

use super::TestServer;
use identity::approvals::Reply;

/// The number or the code of the latest question that waits there.
pub(crate) async fn shown(server: &TestServer) -> String {
    let app = server.beside().await;
    let waiting = app
        .service
        .waiting_approvals(&app.moment(None), "my-domain")
        .await
        .unwrap();
    waiting[0].content.clone()
}

/// Answers that question; whether the answer was taken.
pub(crate) async fn reply(server: &TestServer, reply: Reply<'_>) -> bool {
    let app = server.beside().await;
    let moment = app.moment(None);
    let waiting = app
        .service
        .waiting_approvals(&moment, "my-domain")
        .await
        .unwrap();
    app.service
        .answer_approval(&moment, "my-domain", (&waiting[0].id, reply))
        .await
        .unwrap()
        .is_ok()
}
