//! This module owns the documents' workflows, one file each, as a list of named steps; it does not know how the lab is built.

mod page;
mod storagegrid;
mod storagegrid_adfs;
mod storagegrid_entra;
mod storagegrid_pingfederate;

use super::journey::Journey;
use crate::args::{SignIn, Workflow};
use anyhow::Result;

/// A workflow's every step.
pub(super) async fn run(
    workflow: Workflow,
    journey: &mut Journey,
    account: Option<&str>,
) -> Result<()> {
    match workflow {
        Workflow::StoragegridAdfs => {
            storagegrid_adfs::run(journey, account.unwrap_or("12345")).await
        }
        Workflow::StoragegridPingfederate => {
            storagegrid_pingfederate::run(journey, account.unwrap_or("67890")).await
        }
    }
}

/// A sign-on to the account that the documents print: its token.
pub(super) async fn sign_on(through: SignIn, journey: &mut Journey) -> Result<String> {
    match through {
        SignIn::Adfs => storagegrid_adfs::sign_on(journey, "12345").await,
        SignIn::Pingfederate => storagegrid_pingfederate::sign_on(journey, "12345").await,
        SignIn::Entra => storagegrid_entra::sign_on(journey, "12345").await,
    }
}
