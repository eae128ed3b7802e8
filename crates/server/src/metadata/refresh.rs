//! Those whose time has come, in the background.

use super::Fetcher;
use crate::app::App;
use identity::metadata_sources::MetadataSource;
use std::error::Error;
use std::time::Duration;

/// How often is looked whose time has come.
const LOOK: Duration = Duration::from_secs(30);

/// Fetches and fetches again, until the server ends.
pub(crate) async fn refresh(app: App, fetcher: Fetcher) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        refresh_due(&app, &fetcher).await;
    }
}

/// Fetches what is to be fetched now, and leaves in use what is in use where that brings nothing better.
pub async fn refresh_due(app: &App, fetcher: &Fetcher) {
    match app.service.claim_metadata(&app.moment(None)).await {
        Ok(claimed) => {
            for source in &claimed {
                take(app, fetcher, source).await;
            }
        }
        Err(unavailable) => tracing::warn!(
            error = &unavailable as &dyn Error,
            "could not look whose metadata is to be fetched"
        ),
    }
}

async fn take(app: &App, fetcher: &Fetcher, source: &MetadataSource) {
    let kept = &source.kept;
    let validators = (kept.etag.as_deref(), kept.last_modified.as_deref());
    let fetched = fetcher.fetch((&source.url, source.kind), validators).await;
    let taken = app
        .service
        .take_metadata(&app.moment(None), source, fetched)
        .await;
    let outcome = match taken {
        Ok(Ok(true)) => "changed",
        Ok(Ok(false)) => "unchanged",
        Ok(Err(refused)) => {
            tracing::warn!(
                organization = source.organization,
                peer = source.id,
                url = source.url,
                code = refused.code,
                detail = refused.detail,
                "kept the old metadata or keys"
            );
            refused.code
        }
        Err(unavailable) => {
            tracing::warn!(
                error = &unavailable as &dyn Error,
                "could not keep metadata that was fetched"
            );
            return;
        }
    };
    app.metrics.metadata_fetched(outcome);
}
