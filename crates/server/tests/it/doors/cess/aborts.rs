//! Clients that reset their connection at the worst moment, in front of a PSC that takes its time.

use super::{CESS, basic, echo, gateway, upstream};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Where the PSC stands still until it is let go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slow {
    Opening,
    Revoking,
}

struct Cloud {
    slow: Slow,
    /// A permit for each call that has arrived at the slow place, and for each that may go on.
    arrived: Semaphore,
    may_go_on: Semaphore,
    open: Mutex<HashSet<String>>,
    revoked: Semaphore,
}

impl Cloud {
    async fn stand_still(&self, place: Slow) {
        if self.slow == place {
            self.arrived.add_permits(1);
            self.may_go_on.acquire().await.unwrap().forget();
        }
    }
}

async fn open(State(cloud): State<Arc<Cloud>>) -> Json<Value> {
    cloud.open.lock().unwrap().insert("token".to_owned());
    cloud.stand_still(Slow::Opening).await;
    Json(json!({ "access_token": "token", "token_type": "bearer", "expires_in": 600, "scope": "" }))
}

async fn revoke(State(cloud): State<Arc<Cloud>>, Json(asked): Json<Value>) -> Json<Value> {
    cloud.stand_still(Slow::Revoking).await;
    let token = asked["token"].as_str().unwrap();
    assert!(cloud.open.lock().unwrap().remove(token), "told once");
    cloud.revoked.add_permits(1);
    Json(json!({}))
}

async fn psc(cloud: Arc<Cloud>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/v0/oauth/pwd_authorize", post(open))
        .route("/v0/oauth/revoke", post(revoke))
        .with_state(cloud);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A client resets its connection while the PSC stands still at `slow`; the session must end there all the same.
async fn a_client_resets(slow: Slow) {
    let cloud = Arc::new(Cloud {
        slow,
        arrived: Semaphore::new(0),
        may_go_on: Semaphore::new(0),
        open: Mutex::default(),
        revoked: Semaphore::new(0),
    });
    let service = upstream("/", echo("service").await);
    let gateway = gateway(psc(Arc::clone(&cloud)).await, service).await;
    let mut client = TcpStream::connect(gateway.http).await.unwrap();
    let request = format!(
        "GET /sign HTTP/1.1\r\nHost: {CESS}\r\nAuthorization: {}\r\n\r\n",
        basic("123456")
    );
    client.write_all(request.as_bytes()).await.unwrap();
    cloud.arrived.acquire().await.unwrap().forget();
    client.set_zero_linger().unwrap();
    drop(client);
    // The gateway hears of the reset before the PSC goes on.
    tokio::time::sleep(Duration::from_millis(200)).await;
    cloud.may_go_on.add_permits(1);
    let ended = tokio::time::timeout(Duration::from_secs(30), cloud.revoked.acquire()).await;
    ended
        .expect("the session ends at the PSC")
        .unwrap()
        .forget();
    assert!(cloud.open.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_session_whose_client_went_away_while_it_opened_is_ended() {
    a_client_resets(Slow::Opening).await;
}

#[tokio::test]
async fn an_end_that_nobody_waits_for_any_more_goes_on() {
    a_client_resets(Slow::Revoking).await;
}
