//! Logout tokens on their way to applications (OpenID Connect Back-Channel Logout §2.5).

use super::{Outbound, OutboundFault};
use futures_util::future::BoxFuture;
use identity::logout::back_channel::{Messenger, NotTold};

impl Messenger for Outbound {
    fn post<'a>(
        &'a self,
        url: &'a str,
        logout_token: &'a str,
    ) -> BoxFuture<'a, Result<(), NotTold>> {
        Box::pin(async move {
            match Outbound::post(self, url, &[("logout_token", logout_token)]).await {
                // §2.8: 200; 204 is what many applications answer instead.
                Ok(status) if [200, 204].contains(&status.as_u16()) => Ok(()),
                Ok(status) => Err(NotTold::Refused(status.as_u16())),
                Err(OutboundFault::Address) => Err(NotTold::Address),
                Err(OutboundFault::NoAnswer) => Err(NotTold::NoAnswer),
            }
        })
    }
}
