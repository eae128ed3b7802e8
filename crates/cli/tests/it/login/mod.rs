//! The client, tried as a program against stand-ins.

mod commands;
#[cfg(all(feature = "keyring", target_os = "linux"))]
mod keyrings;
mod other_products;
#[cfg(target_os = "linux")]
mod person;
mod refused;
mod secrets;
mod signing_in;
mod stand_in;
mod world;
