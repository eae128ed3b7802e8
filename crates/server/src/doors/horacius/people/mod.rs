//! What people have at the host of their organization: a start page, their account, and ways in without a password.
//!
//! This module owns the addresses and forms of these pages; it does not own what people may change about themselves
//! (`identity::people`), and it asks for nothing that a browser without JavaScript could not send.
//!
//! * [`start`]: the applications · [`account`]: the account page, and what it changes · [`authenticator`]: enrolment
//! * [`partners`]: through an identity provider that the organization trusts
//! * [`links`]: letters with links · [`member`]: who is signed in, and whether a form is theirs
//! * [`pages`], [`browser_name`]

mod account;
mod authenticator;
mod browser_name;
pub(super) mod links;
mod member;
mod pages;
pub(super) mod partners;
mod start;

use super::Door;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// The addresses that every such door has.
pub(super) fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/", get(start::get).post(start::typed))
        .route(account::PATH, get(account::get).post(account::typed))
        .route("/account/password", post(account::password))
        .route(
            authenticator::PATH,
            get(authenticator::get).post(authenticator::post),
        )
        .route("/account/authenticator/remove", post(authenticator::remove))
        .route("/account/recovery-codes", post(authenticator::recovery))
        .route("/account/sign-out-elsewhere", post(account::elsewhere))
        .route(partners::METADATA, get(partners::metadata))
        .route(partners::CONSUMER, post(partners::consume))
        .route(partners::BEGIN, get(partners::begin))
}
