//! What tests share: a server with a world of its own, a clock that they set, and a client that shows every byte.

mod browser;
mod call;
mod circumstances;
pub(crate) mod cloud;
pub(crate) mod federation;
pub(crate) mod requests;
mod server;
pub(crate) mod sign_on;
pub(crate) mod telephone;
mod template;
pub(crate) mod totp;
pub(crate) mod wire;
mod world;

pub(crate) use browser::{Browser, Page};
pub(crate) use call::{Answer, Call};
pub(crate) use circumstances::{MockClock, SeededRandom};
pub(crate) use server::{TestServer, Wanted};
pub(crate) use world::{
    ADFS, API_SECRET, DIRECTORY, EMAIL, ENTRA, GRID, HORACIUS, PING, SECRET, TOTP,
};
